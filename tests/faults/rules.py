"""What always holds, looked at while it happens and again when everything has come to rest."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from local.bedrock.custom_model_deployments import CustomModelDeployment
from local.bedrock.custom_models import CustomModel
from local.bedrock.customization_job import CustomizationJob
from local.bedrock.imported_models import ImportedModel
from local.bedrock.model_import_jobs import ModelImportJob
from local.bedrock.provisioned_model_throughputs import ProvisionedModelThroughput
from local.bedrock.resource import Resource
from provider.cloudformation import identity
from provider.cloudformation.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    OWNER_TAG,
    POLICY_TAG,
    PROVISIONED_MODEL_THROUGHPUT_TYPE,
    STACK_TAG,
)
from tests.faults.records import Question, Stack
from tests.functional.conftest import RESPONSE_URL

if TYPE_CHECKING:
    from tests.faults.world import World

_HOUR: Final = 3600
_COMPLETE: Final = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
_SERVING: Final[dict[str, type[Resource]]] = {
    CUSTOM_MODEL_DEPLOYMENT_TYPE: CustomModelDeployment,
    PROVISIONED_MODEL_THROUGHPUT_TYPE: ProvisionedModelThroughput,
}
_GROWING: Final = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
_NUMBER: Final = re.compile(r"(-[0-9a-f]{20})-[0-9]+$")
# A run of this age has cost nothing to speak of.
_SECONDS_OLD: Final = 10 * 60
KINDS: Final = (
    CustomizationJob,
    CustomModel,
    ModelImportJob,
    ImportedModel,
    CustomModelDeployment,
    ProvisionedModelThroughput,
)
# What a rollback keeps: somebody paid for it, or waited for it.
_KEPT_KINDS: Final = (CustomizationJob, CustomModel, ModelImportJob, ImportedModel)
# Of a start: the kind of its jobs, and the kind of their models.
_MADE_BY: Final[dict[type[Resource], type[Resource]]] = {CustomizationJob: CustomModel, ModelImportJob: ImportedModel}


class Rules:
    """Collects what was broken; the world goes on, so that the story can be read to its end."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.broken: list[str] = []
        self.excused: set[str] = set()
        self.kept: set[str] = set()
        self.bears_silence = False
        self.starts = 0
        self._unwanted: list[tuple[str, str]] = []
        self._before: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "bedrock:StopModelCustomizationJob": self._stops,
            "bedrock:DeleteCustomModel": self._deletes_model,
            "bedrock:DeleteImportedModel": self._deletes_imported_model,
            "bedrock:DeleteCustomModelDeployment": self._deletes_deployment,
            "bedrock:DeleteProvisionedModelThroughput": self._deletes_throughput,
            "iam:DeleteRole": self._deletes_role,
            "bedrock:PutModelInvocationLoggingConfiguration": world.logging.overwrites,
            "bedrock:DeleteModelInvocationLoggingConfiguration": world.logging.overwrites,
        }
        self._after: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "bedrock:CreateModelCustomizationJob": lambda params: self._started_run(CustomizationJob, params),
            "bedrock:CreateModelImportJob": lambda params: self._started_run(ModelImportJob, params),
            "bedrock:CreateCustomModel": self._started,
            "bedrock:CreateCustomModelDeployment": self._started,
            "bedrock:CreateProvisionedModelThroughput": self._started,
        }

    def break_(self, what: str) -> None:
        self._world.note(f"BROKEN: {what}")
        self.broken.append(what)

    @contextmanager
    def watching(self, operation: str, params: Mapping[str, Any]) -> Iterator[None]:
        """Around the effect of one call."""
        number = len(list(self.resources())) if operation in self._after else 0
        if look := self._before.get(operation):
            look(params)
        yield
        if (look := self._after.get(operation)) and len(list(self.resources())) > number:
            look(params)

    def resources(self) -> Iterator[Resource]:
        """All that Bedrock has."""
        for kind in KINDS:
            yield from self._world.bedrock.store().of(kind)

    # Starts

    def _started(self, params: Mapping[str, Any]) -> None:
        self.starts += 1
        current = self._world.functions.current
        if not current.wanted:
            self.break_(f"started for a stack that no longer wants it: {current.label}")
        if not self.is_wanted(current.event):
            self._unwanted.append((params.get("jobName", ""), current.label))

    def _started_run(self, kind: type[Resource], params: Mapping[str, Any]) -> None:
        self._started(params)
        lock = _lock(params["jobName"])
        runs = [job for job in self._world.bedrock.store().of(kind) if _lock(job.name) == lock]
        usable = [job.name for job in runs if self._is_usable(job)]
        if len(usable) > 1:
            self.break_(f"a second run while one is usable: {usable}")
        limit = int(self._world.functions.current.event["ResourceProperties"]["Settings"].get("MaxAttempts", 2))
        if len(runs) > limit:
            self.break_(f"more than {limit} runs of the same inputs: {[job.name for job in runs]}")

    def _is_usable(self, job: Resource) -> bool:
        if job.status == "Completed":
            arn = getattr(job, "output_model_arn", "") or getattr(job, "model_arn", "")
            return self._find(_MADE_BY[type(job)], arn) is not None
        return job.status == "InProgress"

    def is_wanted(self, event: Mapping[str, Any]) -> bool:
        """Whether the operation that sent it is still going forward."""
        question = self._world.cloudformation.questions[event["RequestId"]]
        above = [question.stack, *(self._world.cloudformation.stacks[each] for each in question.stack.parents)]
        return question.stack.turns == question.turn and all(stack.status in _GROWING for stack in above)

    # Ends

    def _stops(self, params: Mapping[str, Any]) -> None:
        job = self._world.bedrock.store().of(CustomizationJob).find(params["jobIdentifier"])
        if job is None or job.status != "InProgress":
            return
        event = self._world.functions.current.event
        age = (self._world.timeline.clock.now() - job.created).total_seconds()
        if event["RequestType"] != "Delete":
            if age > _SECONDS_OLD:
                self.break_(f"stopped a run of {age:.0f} s for a {event['RequestType']}: {job.name}")
            return
        if self._is_rolling_back() and event["ResourceProperties"]["Settings"]["RollbackBehavior"] == "keep":
            self.break_(f"a rollback stopped {job.name}")
        self._require_own(job)

    def _deletes_model(self, params: Mapping[str, Any]) -> None:
        model = self._world.bedrock.store().of(CustomModel).find(params["modelIdentifier"])
        self._deletes_finished(model)

    def _deletes_imported_model(self, params: Mapping[str, Any]) -> None:
        self._deletes_finished(self._find(ImportedModel, params["modelIdentifier"]))

    def _deletes_finished(self, model: Resource | None) -> None:
        if model is None or model.status != "Active":
            return
        properties = self._world.functions.current.event["ResourceProperties"]
        behavior = properties["Settings"].get("RollbackBehavior")
        if self._is_rolling_back() and behavior != "delete":
            self.break_(f"a rollback deleted the finished model {model.name}")
        if (
            properties["RemovalPolicy"] != "destroy"
            and model.tags.get(POLICY_TAG) != "destroy"
            and behavior != "delete"
        ):
            self.break_(f"deleted the retained model {model.name}")
        self._require_own(model)

    def _deletes_deployment(self, params: Mapping[str, Any]) -> None:
        self._deletes_serving(self._find(CustomModelDeployment, params["customModelDeploymentIdentifier"]))

    def _deletes_throughput(self, params: Mapping[str, Any]) -> None:
        self._deletes_serving(self._find(ProvisionedModelThroughput, params["provisionedModelId"]))

    def _deletes_serving(self, found: Resource | None) -> None:
        if found is None or found.status == "Failed":
            return
        policy = self._world.functions.current.event["ResourceProperties"]["RemovalPolicy"]
        if policy != "destroy" and found.tags.get(POLICY_TAG) != "destroy":
            self.break_(f"deleted the retained {found.noun} {found.name}")
        self._require_own(found)

    def _deletes_role(self, params: Mapping[str, Any]) -> None:
        jobs = [*self._world.bedrock.store().of(CustomizationJob), *self._world.bedrock.store().of(ModelImportJob)]
        for job in jobs:
            if job.status == "InProgress" and job.params["roleArn"].endswith(f"/{params['RoleName']}"):
                self.break_(f"took the role of {job.name}, which goes on")

    def _find(self, kind: type[Resource], identifier: str) -> Resource | None:
        return self._world.bedrock.store().of(kind).find(identifier)

    def _require_own(self, found: Resource) -> None:
        event = self._world.functions.current.event
        own = identity.owner(event["StackId"], event["LogicalResourceId"])
        owning_stack = self._world.cloudformation.stacks.get(found.tags.get(STACK_TAG, ""))
        lives = owning_stack is not None and owning_stack.status != "DELETE_COMPLETE"
        if owning_stack and owning_stack.id == event["StackId"] and owning_stack.status == "DELETE_IN_PROGRESS":
            return
        # A stack refactoring moves a resource, and no event tells.
        holds = [stack.records.values() for stack in self._world.cloudformation.stacks.values()]
        held_by = [each.logical_id for records in holds for each in records if each.physical_id == _name_of(found)]
        if event["RequestType"] == "Delete" and held_by == [event["LogicalResourceId"]]:
            return
        if event["RequestType"] != "Delete" or (_owner(found) != own and lives):
            self.break_(f"took {found.noun} {found.name}, which is another's, in {self._world.functions.current.label}")

    def _is_rolling_back(self) -> bool:
        question = self._world.cloudformation.questions[self._world.functions.current.event["RequestId"]]
        return _rolls_back(self._world, question.stack)

    # Answers

    def answered(self, question: Question, answer: Mapping[str, Any], *, url: str, size: int) -> None:
        event, now = question.event, self._world.timeline.now
        name = f"{event['RequestType']} {event['LogicalResourceId']}"
        if url != event["ResponseURL"] or size > 4096:
            self.break_(f"the answer to {name} went to the wrong place or has {size} bytes")
        if RESPONSE_URL.partition("?")[2] in str(answer):
            self.break_(f"the answer to {name} tells the signed URL")
        if question.answered is None:
            if now - question.asked > _HOUR:
                self.break_(f"the answer to {name} came after {now - question.asked:.0f} s")
            self._check_id(event, answer, name)
            if event["RequestType"] == "Delete" and answer["Status"] == "SUCCESS":
                self._deleted(question)
            elif event["RequestType"] == "Delete":
                self._world.logging.not_deleted(question)

    def _check_id(self, event: Mapping[str, Any], answer: Mapping[str, Any], name: str) -> None:
        given, known = answer["PhysicalResourceId"], event.get("PhysicalResourceId")
        if not given:
            self.break_(f"the answer to {name} has no physical id")
        if event["RequestType"] == "Delete" and given != known:
            self.break_(f"the answer to {name} changes the physical id from {known} to {given}")
        if answer["Status"] == "FAILED" and event["RequestType"] == "Update" and given != known:
            self.break_(f"a failed {name} changes the physical id from {known} to {given}")

    def silent(self, question: Question) -> None:
        """An hour has passed without an answer."""
        if not self._may_be_silent(question):
            self.break_(
                f"no answer to {question.event['RequestType']} {question.event['LogicalResourceId']} in an hour"
            )

    def _may_be_silent(self, question: Question) -> bool:
        return self.bears_silence or question.event["RequestId"] in self.excused

    def _deleted(self, question: Question) -> None:
        """A Delete that succeeded leaves nothing that costs money, unless the stack rolls back and keeps it."""
        event = question.event
        self._world.logging.deleted(question, rolls_back=_rolls_back(self._world, question.stack))
        for found in self._costing(question):
            # The deletion of a stack whose rollback failed for the sake of this run ends that rollback.
            # The stricter policy counts, the event's or the tag's.
            is_retained = event["ResourceProperties"]["RemovalPolicy"] == "retain" and found.status == "Active"
            rolls_back = _rolls_back(self._world, question.stack) or is_retained
            if rolls_back and isinstance(found, _KEPT_KINDS):
                self.kept.add(found.arn)
            elif question.stack.status == "DELETE_IN_PROGRESS" or found.name == event["PhysicalResourceId"]:
                self.break_(f"deleted {event['LogicalResourceId']}, and {found.noun} {found.name} is {found.status}")

    def _costing(self, question: Question) -> list[Resource]:
        own = identity.owner(question.stack.id, question.event["LogicalResourceId"])
        return [found for found in self.resources() if _owner(found) == own and self._costs(found)]

    def _costs(self, found: Resource) -> bool:
        if isinstance(found, CustomizationJob):
            return found.status in ("InProgress", "Stopping")
        if isinstance(found, ModelImportJob) and found.status != "InProgress":
            return False
        if isinstance(found, CustomModel) and found.status == "Failed":
            return False
        return found.tags.get(POLICY_TAG) == "destroy"

    def at_rest(self) -> None:
        """Nothing moves any more: what costs money has an owner, or somebody said that it does."""
        for execution in self._world.waiter.executions.values():
            if execution.running:
                self.break_(f"the execution {execution.name} never ends")
        for question in self._world.cloudformation.questions.values():
            if question.answered is None and not self._may_be_silent(question):
                self.break_(f"{question.event['RequestType']} {question.event['LogicalResourceId']} has no answer")
        for name, label in self._unwanted:
            run = self._world.bedrock.store().of(CustomizationJob).find(name)
            if run and run.status in ("InProgress", "Completed") and not self._is_in_a_stack(run):
                self.break_(f"{name} goes on, although the stack had turned when it was started: {label}")
        self._serves_what_templates_say()
        self._world.logging.at_rest()
        for found in self.resources():
            if found.tags.get(OWNER_TAG) and self._costs(found) and not self._is_accounted_for(found):
                self.break_(f"{found.noun} {found.name} is {found.status}, and nobody owns it")

    def _serves_what_templates_say(self) -> None:
        """What a failed update asked for is not served, and does not stand in tags."""
        settled = [each for each in self._world.cloudformation.stacks.values() if each.status in _COMPLETE]
        for stack, record in [(each, record) for each in settled for record in each.records.values()]:
            kind = _SERVING.get(record.type)
            found = self._find(kind, record.physical_id) if kind else None
            if found is None or found.status == "Failed":
                continue
            asked = record.properties["Settings"]["Request"]
            model = self._world.cloudformation.resolve(stack, asked.get("modelArn") or asked.get("modelId"))
            served = getattr(found, "model_arn", None)
            if served != model:
                self.break_(f"{found.noun} {found.name} serves {served}, and its stack asked for {model}")
            team = record.properties["Tags"][0]["Value"]
            if found.tags.get("team") != team:
                self.break_(
                    f"{found.noun} {found.name} has the tag {found.tags.get('team')}, and its stack asked for {team}"
                )

    def _is_accounted_for(self, found: Resource) -> bool:
        return self._is_in_a_stack(found) or self._is_kept(found) or self._was_told(found)

    def _is_in_a_stack(self, found: Resource) -> bool:
        names = {found.name, _name_of(found)}
        return any(
            record.physical_id in names
            for stack in self._world.cloudformation.stacks.values()
            for record in stack.records.values()
        )

    def _is_kept(self, found: Resource) -> bool:
        own_job = getattr(found, "job_arn", "") or getattr(found, "of_job", {}).get("jobArn", "")
        return found.arn in self.kept or own_job in self.kept

    def _was_told(self, found: Resource) -> bool:
        """By a Delete that failed, in its reason or by the id that stands beside it."""
        for question in self._world.cloudformation.questions.values():
            if question.event["RequestType"] != "Delete":
                continue
            for answer in question.answers[:1]:
                told = f"{answer['Reason']} {answer['PhysicalResourceId']}"
                job = _name_of(found)
                if answer["Status"] == "FAILED" and (found.name in told or found.arn in told or job in told):
                    return True
        return False


def _ends_a_failed_creation(stack: Stack) -> bool:
    """OnFailure=DELETE, what follows on it where it failed, or on a rollback that failed."""
    if stack.status != "DELETE_IN_PROGRESS":
        return False
    for status, reason in reversed(stack.events):
        if not status.startswith("DELETE_"):
            return status == "ROLLBACK_FAILED"
        if "failed to create" in reason:
            return True
    return False


def _name_of(found: Resource) -> str:
    """What CloudFormation calls it: a trained or imported model by its job."""
    return str(getattr(found, "job_name", "") or getattr(found, "of_job", {}).get("jobName", found.name))


def _owner(found: Resource) -> str:
    """The first of the tag; behind it stand former ones."""
    return found.tags.get(OWNER_TAG, "").partition(" ")[0]


def _lock(name: str) -> str:
    return _NUMBER.sub(r"\1", name)


def _rolls_back(world: "World", stack: Stack) -> bool:
    above = [stack, *(world.cloudformation.stacks[each] for each in stack.parents)]
    if _ends_a_failed_creation(above[-1]):
        return True
    return any("ROLLBACK" in each.status and not each.is_settled for each in above)
