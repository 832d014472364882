"""What a deployment does with one model, deployment or throughput, in the words that people decide by."""

import enum
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bedrock_models.bedrock.resource import model_id
from bedrock_models.cloudformation import unknown
from bedrock_models.plan import changes
from bedrock_models.plan.aws.recorder import Write
from bedrock_models.plan.changes import Change
from bedrock_models.plan.stack_plan import PlannedEvent
from provider.cloudformation import contract
from provider.custom_model import model as custom_model
from provider.job.imported_model import ImportedModels
from provider.job.model_customization_job import ModelCustomizationJobs
from provider.job.resource import JobResource
from provider.lookup import memory


class Action(enum.StrEnum):
    """One word for each."""

    TRAIN = "train"
    IMPORT = "import"
    DEPLOY = "deploy"
    BUY = "buy"
    CONFIGURE = "configure"
    ADOPT = "adopt"
    UPDATE = "update"
    SWAP = "swap"
    NOTHING = "nothing"
    STOP = "stop"
    DELETE = "delete"
    KEEP = "keep"
    REFUSE = "refuse"
    UNKNOWN = "unknown"


# What starts something that is billed. Nobody knows about the last one: so it counts.
PAID: Final = (Action.TRAIN, Action.IMPORT, Action.DEPLOY, Action.BUY, Action.UNKNOWN)

_CREATES: Final = {
    "CreateModelCustomizationJob": Action.TRAIN,
    "CreateCustomModel": Action.IMPORT,
    "CreateModelImportJob": Action.IMPORT,
    "CreateCustomModelDeployment": Action.DEPLOY,
    "CreateProvisionedModelThroughput": Action.BUY,
}
_NOUNS: Final = {
    contract.CUSTOM_MODEL_TYPE: "custom model",
    contract.MODEL_CUSTOMIZATION_JOB_TYPE: "training",
    contract.IMPORTED_MODEL_TYPE: "import",
    contract.CUSTOM_MODEL_DEPLOYMENT_TYPE: "deployment",
    contract.PROVISIONED_MODEL_THROUGHPUT_TYPE: "throughput",
    contract.MODEL_LOOKUP_TYPE: "look-up",
    contract.INVOCATION_LOGGING_TYPE: "invocation logging",
}
_JOBS: Final[Mapping[str, JobResource[Any]]] = {
    contract.MODEL_CUSTOMIZATION_JOB_TYPE: ModelCustomizationJobs(),
    contract.IMPORTED_MODEL_TYPE: ImportedModels(),
}
_DIGEST: Final = re.compile(r"(-[0-9a-f]{10}-)[0-9a-f]{20}")
_SHORT: Final = 12
_IN_PROGRESS: Final = ("InProgress", "Creating", "Updating", "Queued")


@dataclass(frozen=True, kw_only=True)
class Existing:
    """A run or a model that is there already."""

    name: str
    status: str
    created: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """What becomes of the one before, in the clean-up."""

    name: str
    action: Action
    text: str
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happens to one resource."""

    stack: str
    path: str
    logical_id: str
    noun: str
    action: Action
    name: str
    text: str
    changes: tuple[Change, ...] = ()
    writes: tuple[Write, ...] = ()
    queued: str = ""
    waits_for: tuple[str, ...] = ()
    attempt: int = 0
    attempts: int = 0
    existing: Existing | None = None
    replaces: Replaced | None = None
    base_model: str = ""
    timeout_seconds: float = 0
    event: PlannedEvent

    @property
    def is_paid(self) -> bool:
        """Whether it starts something that is billed."""
        return self.action in PAID

    @property
    def words(self) -> frozenset[str]:
        """What `--fail-on` may name it by."""
        own = {str(self.action)}
        if self.is_paid:
            own.add("paid")
        if self.replaces:
            own |= {"replace", str(self.replaces.action)}
        if self.action is Action.UNKNOWN:
            own |= {"train", "buy", "delete", "replace", "stop"}
        return frozenset(own)


def of(event: Sequence[PlannedEvent]) -> list[Step]:
    """A step for each resource; the clean-up of what is replaced belongs to the one that replaces it."""
    cleaned = {(each.stack.id, each.logical_id): each for each in event if each.cleans_up}
    return [_step(each, cleaned.get((each.stack.id, each.logical_id))) for each in event if not each.cleans_up]


def _step(event: PlannedEvent, cleaned: PlannedEvent | None) -> Step:
    action = action_of(event)
    found = changes.between(event.old, event.new) if event.kind == "Update" else []
    settings = (event.new or event.old).get(contract.SETTINGS, {})
    limit = int(settings.get("MaxAttempts") or 2)
    number = _attempt(event) if action is Action.TRAIN else 0
    existing = _existing(event) if action in (Action.ADOPT, Action.NOTHING, Action.UPDATE) else None
    inputs = (event.new or event.old).get(contract.RUN_INPUTS, {})
    return Step(
        stack=event.stack.root.name,
        path=str(settings.get("Path") or ".".join((*event.stack.path, event.logical_id))),
        logical_id=event.logical_id,
        noun=_NOUNS[event.type],
        action=action,
        name=name_of(event),
        text=_text(event, action, found, existing),
        changes=tuple(found),
        writes=event.result.writes,
        queued=event.result.queued,
        waits_for=event.result.waits_for,
        attempt=number,
        attempts=limit if number else 0,
        existing=existing,
        replaces=_replaced(cleaned) if cleaned else None,
        base_model=model_id(str(inputs.get("baseModelIdentifier", ""))),
        timeout_seconds=float(settings.get("TimeoutSeconds") or 0),
        event=event,
    )


def action_of(event: PlannedEvent) -> Action:
    """The word for what is written; of several things the one that costs most."""
    result = event.result
    operations = [each.operation for each in result.writes]
    for operation, action in _CREATES.items():
        if operation in operations:
            return action
    if result.writes and event.type == contract.INVOCATION_LOGGING_TYPE and not result.refusal:
        return _of_logging(event, operations)
    if result.queued:
        # Of all that may queue, the one whose kind this is.
        return next(action for operation, action in _CREATES.items() if operation in _QUEUED[event.type])
    if result.refusal:
        return Action.REFUSE
    if result.unclear:
        return Action.UNKNOWN
    return _of_deletion(operations) if event.kind == "Delete" else _of_change(event, operations)


_PUT_LOGGING: Final = "PutModelInvocationLoggingConfiguration"
_DELETE_LOGGING: Final = "DeleteModelInvocationLoggingConfiguration"
_QUEUED: Final = {
    contract.CUSTOM_MODEL_TYPE: "CreateCustomModel",
    contract.MODEL_CUSTOMIZATION_JOB_TYPE: "CreateModelCustomizationJob",
    contract.IMPORTED_MODEL_TYPE: "CreateModelImportJob",
    contract.CUSTOM_MODEL_DEPLOYMENT_TYPE: "CreateCustomModelDeployment",
}


def _of_logging(event: PlannedEvent, operations: Sequence[str]) -> Action:
    if _PUT_LOGGING in operations:
        return Action.UPDATE if event.kind == "Update" else Action.CONFIGURE
    return Action.DELETE if _DELETE_LOGGING in operations else Action.KEEP


def _of_deletion(operations: Iterable[str]) -> Action:
    listed = list(operations)
    if any(each.startswith(("DeleteCustomModel", "DeleteProvisioned")) for each in listed):
        return Action.DELETE
    return Action.STOP if "StopModelCustomizationJob" in listed or "StopExecution" in listed else Action.KEEP


def _of_change(event: PlannedEvent, operations: Sequence[str]) -> Action:
    if any(each.startswith("Update") for each in operations):
        return Action.SWAP
    if not event.kind or not operations:
        return Action.NOTHING
    if event.kind == "Update" and event.physical_id == event.held:
        return Action.UPDATE
    return Action.ADOPT


def name_of(event: PlannedEvent) -> str:
    """What it is called in Amazon Bedrock. The end of a generated name hangs on values that may not be known yet."""
    name = event.physical_id
    if event.type == contract.MODEL_LOOKUP_TYPE:
        return found_by(event)
    if event.kind == "Delete" or unknown.is_known(event.new.get(contract.RUN_INPUTS, {})):
        return name
    return _DIGEST.sub(r"\1…", name)


def found_by(event: PlannedEvent) -> str:
    """The ARN that a look-up answers with; empty if it finds nothing."""
    return next((each.arn for each in memory.read(event.physical_id)), "")


def _attempt(event: PlannedEvent) -> int:
    answer = event.result.answer
    found = re.search(r"-[0-9a-f]{20}-(\d+)$", answer.physical_id) if answer else None
    return int(found[1]) if found else 1


def _existing(event: PlannedEvent) -> Existing | None:
    bedrock, name = event.stack.bedrock, event.physical_id
    if jobs := _JOBS.get(event.type):
        run = jobs.find(bedrock, name) if event.kind else None
        return Existing(name=run.name, status=run.status, created=run.created) if run else None
    if event.type == contract.CUSTOM_MODEL_TYPE:
        model = custom_model.find(bedrock, name) if event.kind else None
        return Existing(name=model.name, status=model.status, created=model.created) if model else None
    return None


def _replaced(cleaned: PlannedEvent) -> Replaced:
    action = action_of(cleaned)
    text = _of_removed(cleaned, action)
    return Replaced(name=cleaned.held, action=action, text=text, writes=cleaned.result.writes)


def _text(event: PlannedEvent, action: Action, found: Sequence[Change], existing: Existing | None) -> str:
    if event.kind == "Delete" and action not in (Action.REFUSE, Action.UNKNOWN):
        return _of_removed(event, action)
    sentences: dict[Action, Callable[[], str]] = {
        Action.REFUSE: lambda: event.result.refusal,
        Action.UNKNOWN: lambda: event.result.unclear,
        Action.TRAIN: lambda: _of_training(event, found),
        Action.ADOPT: lambda: _of_adoption(event, existing),
        Action.SWAP: lambda: _of_swap(event),
        Action.IMPORT: lambda: "imports the model: billed by the month for its storage",
        Action.DEPLOY: lambda: "creates the deployment: billed by the token when it is invoked",
        Action.BUY: lambda: "buys model units: billed by the hour until they are deleted",
        Action.CONFIGURE: lambda: _of_configuration(event),
        Action.UPDATE: lambda: f"changes in place: {', '.join(each.name for each in found) or 'ownership'}",
        Action.NOTHING: lambda: _of_answer(event) if event.type == contract.MODEL_LOOKUP_TYPE else "nothing changes",
    }
    return sentences[action]()


def _of_training(event: PlannedEvent, found: Sequence[Change]) -> str:
    inputs = [each.name for each in found if each.kind == changes.INPUT]
    if inputs:
        return f"starts a paid training run: {', '.join(inputs)} changed"
    if event.kind == "Update" or _attempt(event) > 1:
        return "starts a paid training run: no usable run of these inputs is left"
    return "starts a paid training run: there is no run of these inputs"


def _of_adoption(event: PlannedEvent, existing: Existing | None) -> str:
    noun = "run" if event.type == contract.MODEL_CUSTOMIZATION_JOB_TYPE else _NOUNS[event.type]
    status = (event.result.answer.data if event.result.answer else {}).get("Status", "")
    is_over = noun == "run" and status not in _IN_PROGRESS
    since = f", made {existing.created:%Y-%m-%d %H:%M} UTC" if existing and existing.created else ""
    stands = f" ({existing.status}{since})" if existing else ""
    return f"adopts a {'finished ' if is_over else ''}{noun} that exists{stands}; nothing is paid again"


def _of_swap(event: PlannedEvent) -> str:
    swaps = any("modelArn" in each.params or "desiredModelId" in each.params for each in event.result.writes)
    if swaps:
        return "the model behind it is swapped in place; callers keep the ARN"
    return f"is renamed in place to {event.physical_id}"


def _of_answer(event: PlannedEvent) -> str:
    found, before = found_by(event), next((each.arn for each in memory.read(event.held)), "")
    if before and before != found:
        return f"finds another one than before, {before}"
    return "keeps what it found" if before else "finds it"


def _of_configuration(event: PlannedEvent) -> str:
    is_adopted = (event.new or {}).get(contract.SETTINGS, {}).get(contract.ADOPT) in (True, "true")
    over = ", over a configuration that is put back when this goes" if is_adopted and _lies_over(event) else ""
    return f"turns invocation logging on{over}"


def _lies_over(event: PlannedEvent) -> bool:
    """Whether what is remembered has a layer below the new one."""
    written = [each.params["Value"] for each in event.result.writes if each.operation == "PutParameter"]
    return any(len(json.loads(value)["layers"]) > 1 for value in written)


def _of_removed(event: PlannedEvent, action: Action) -> str:
    if action is Action.CONFIGURE:
        return "the configuration of invocation logging from before is put back"
    if action is Action.DELETE and event.type == contract.INVOCATION_LOGGING_TYPE:
        return "invocation logging is turned off: nothing was configured before"
    if action is Action.KEEP:
        policy = event.old.get(contract.REMOVAL_POLICY, contract.RETAIN)
        is_retained = policy == contract.RETAIN
        why = "its removal policy is RETAIN" if is_retained else "it belongs to another resource, or is gone"
        return f"stays as it is: {why}"
    if action is Action.STOP:
        return "is stopped: what it has trained so far is lost, and billed"
    if action is Action.DELETE:
        is_run = event.type == contract.MODEL_CUSTOMIZATION_JOB_TYPE
        return f"{'loses its model, which' if is_run else 'is deleted, and'} cannot be brought back"
    return event.result.refusal or event.result.unclear


def short(value: str) -> str:
    """A value as it fits into a line: a digest by its beginning."""
    return f"{value[:_SHORT]}…" if re.fullmatch(r"[0-9a-f]{64}", value) else value or "-"


def counted(steps: Sequence[Step]) -> Mapping[Action, int]:
    """How many there are of each action, in the order of the actions; what is replaced counts, too."""
    words: list[Any] = [each.action for each in steps]
    words += [each.replaces.action for each in steps if each.replaces and each.replaces.action is not Action.KEEP]
    return {action: words.count(action) for action in Action if action in words}
