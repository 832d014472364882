"""Custom::BedrockModelCustomizationJob: starts a training run, or adopts the one that these inputs had before."""

import re
from functools import partial
from typing import Any, Final, NoReturn

from botocore.exceptions import ClientError

from provider.aws import errors
from provider.aws.clients import Bedrock, Clients
from provider.aws.coercion import typed
from provider.aws.status import Snapshot, State, missing, reason, state_of
from provider.cloudformation import log
from provider.cloudformation.request import Request
from provider.cloudformation.result import Answer, Cause, Enqueue, NotYet, Refused
from provider.lifecycle import adoption, base_model_life, stack_status, starting
from provider.lifecycle.ownership_tags import Ownership, all_tags, api_tags, owned, retag, write_tags
from provider.lifecycle.stack_status import StackState
from provider.training_job.refusals import (
    refuse_more_attempts,
    refuse_protected,
    refuse_relabelling,
    refuse_repetition,
    refuse_taken_model_name,
)
from provider.training_job.run import (
    COMPLETED,
    FAILED,
    IN_PROGRESS,
    NOT_STARTED,
    STOPPED,
    STOPPING,
    Run,
    any_in_progress,
    attempts,
    digest,
    find,
    name_of_attempt,
    usable,
)
from provider.waiter import start_queue

_STATES: Final = {
    IN_PROGRESS: State.RUNNING,
    STOPPING: State.RUNNING,
    COMPLETED: State.SUCCEEDED,
    FAILED: State.FAILED,
    STOPPED: State.FAILED,
}
_STOPPING_PATIENCE: Final = 45 * 60
# As long as the function that started it may run, and a retry of it.
_YOUNG_SECONDS: Final = 4 * 60
# Seen to last for one to three days, in Amazon Bedrock's own queue for capacity.
_NOT_STARTED_TEXT: Final = "Its training has not started: it waits for Amazon Bedrock's capacity."
_SERVICE_FAULT_TEXT: Final = (
    "This is an internal error of Amazon Bedrock: the inputs need no change. Deploy again to train them once more."
)
_ROLE_REMEDY: Final = (
    "Its trust policy must let bedrock.amazonaws.com assume it, with aws:SourceAccount of this account and "
    "aws:SourceArn of its model-customization-job/*; its policy must allow the data, the output and their keys; and "
    "the buckets must be in this Region."
)


def create(request: Request, clients: Clients) -> Answer | Enqueue:
    """Adopts a usable run of these inputs, or starts one, up to `MaxAttempts` in all."""
    runs = _attempts(request, clients)
    return _adopt(request, clients, runs) or _start(request, clients, number=len(runs) + 1)


def update(request: Request, clients: Clients) -> Answer | Enqueue:
    """Takes tags, role, network, output and policy up in place; other inputs are another run."""
    current = adoption.current_of_id(request, clients, partial(find, clients.bedrock))
    if digest(request.properties) == digest(request.old_properties):
        return _update_in_place(request, clients, current)
    if stack_status.is_rolling_back(clients.cloudformation, request):
        return _roll_back(request, clients)
    refuse_relabelling(request)
    runs = _attempts(request, clients)
    found = _adopt(request, clients, runs)
    if found:
        return found
    refuse_protected(request)
    return _start(request, clients, number=len(runs) + 1)


def describe(bedrock: Bedrock, name: str) -> Snapshot:
    """How the run stands, for those who wait for it."""
    subject = f"Model customization job {name!r}"
    run = find(bedrock, name)
    if run is None:
        gone = Run(name=name, arn="", status="Missing")
        message = f"{subject} was never started and is not queued; deploy again."
        return missing(subject, gone.attributes, message=message)
    return Snapshot(
        state=state_of(_STATES, run.status, subject),
        subject=subject,
        attributes=run.attributes,
        status=run.status,
        message=_failure(subject, run),
        progress=_NOT_STARTED_TEXT if run.status == IN_PROGRESS and run.training == NOT_STARTED else "",
        created=run.created,
    )


def _failure(subject: str, run: Run) -> str:
    lasted = f" after {_duration(run.ended - run.created)}" if run.ended and run.created else ""
    told = f"{subject} is {run.status}{lasted} ({run.arn}): {reason(run.message)}"
    return f"{told} {_SERVICE_FAULT_TEXT}" if errors.is_service_fault(run.message) else told


def _duration(time: Any) -> str:
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _attempts(request: Request, clients: Clients) -> list[Run]:
    runs = attempts(clients.bedrock, request)
    for run in runs:
        _refuse_foreign(request, clients, run)
    return runs


def _adopt(request: Request, clients: Clients, runs: list[Run]) -> Answer | None:
    found = next((run for run in reversed(runs) if usable(clients, run)), None)
    # A second delivery of the event that started a run which failed since: that run is the answer, not another one.
    found = found or next((run for run in runs if run.token == token(request, run.name)), None)
    if found:
        _stop_if_unwanted(request, clients, found)
        _write_tags(request, clients, found)
        return _answer(found, reason=_taken_over(found))
    if any(run.status == STOPPING for run in runs):
        text = f"{runs[-1].name} is still being stopped"
        raise NotYet(
            text, cause=Cause.STOPPING, give_up=f"{text}; deploy again later.", patience=_STOPPING_PATIENCE, seconds=30
        )
    refuse_more_attempts(request, runs)
    return None


def _update_in_place(request: Request, clients: Clients, current: Ownership | None) -> Answer:
    if current and current.digest != digest(request.properties):
        return _return_to_inputs(request, clients)
    run = find(clients.bedrock, request.physical_id or "")
    if run is None:
        # It waits in the queue, or nothing was ever started: then the wait tells.
        return Answer(physical_id=request.failure_id, data=Run(name=request.failure_id, arn="", status="").attributes)
    _write_tags(request, clients, run)
    return _answer(run)


def _return_to_inputs(request: Request, clients: Clients) -> Answer:
    """The id is of a run from other inputs: an update's rollback was continued without this resource.

    The run of the template's inputs is the answer. Then the other one is CloudFormation's to clean up.
    """
    if stack_status.is_rolling_back(clients.cloudformation, request):
        return _roll_back(request, clients)
    found = _adopt(request, clients, _attempts(request, clients))
    if found is None:
        raise Refused(
            f"The run {request.physical_id!r} was trained on other inputs than the template's, and of those no usable "
            "run is left. Deploy the inputs of that run, or set another revision to train the template's again."
        )
    return found


def _roll_back(request: Request, clients: Clients) -> Answer:
    """A rollback trains nothing and fails for nothing: the earlier run, or what is known of it."""
    runs = attempts(clients.bedrock, request)
    best = next((run for run in reversed(runs) if usable(clients, run)), runs[-1] if runs else None)
    if best is None:
        return _answer(Run(name=name_of_attempt(request, 1), arn="", status="Missing"))
    _write_tags(request, clients, best)
    return _answer(best)


def _start(request: Request, clients: Clients, *, number: int) -> Answer | Enqueue:
    base_model_life.require_living(
        clients,
        request.properties.run_inputs.get("baseModelIdentifier", ""),
        what="training jobs",
        seconds=request.properties.settings.timeout_seconds,
    )
    if teacher := _teacher(request):
        base_model_life.require_teacher(clients, teacher)
    starting.require_deploying(request, clients)
    refuse_taken_model_name(request, clients)
    if number == 1 and request.type == "Create":
        refuse_repetition(request, clients)
    name = name_of_attempt(request, number)
    try:
        arn = _create_job(request, clients.bedrock, name)
    except ClientError as error:
        if errors.is_quota(error):
            return _queue(request, clients, name, error)
        if errors.is_model_name_taken(error):
            taken = request.properties.run_inputs.get("customModelName") or name
            raise Refused(f"Nothing was started: {errors.message(error)} It is {taken!r}.") from error
        raise starting.failure(name, error, role_remedy=_ROLE_REMEDY) from error
    log.info("training started", job_arn=arn)
    state = stack_status.read(clients.cloudformation, request, again=True)
    if state not in (StackState.DEPLOYING, StackState.UNREADABLE):
        _stop_unwanted(clients, name, arn, state)
    return _answer(Run(name=name, arn=arn, status=IN_PROGRESS), reason=f"A paid training run was started: {name}.")


def _teacher(request: Request) -> str:
    config = request.properties.run_inputs.get("customizationConfig", {}).get("distillationConfig", {})
    return str(config.get("teacherModelConfig", {}).get("teacherModelIdentifier", ""))


def _create_job(request: Request, bedrock: Bedrock, name: str) -> str:
    shape = bedrock.meta.service_model.operation_model("CreateModelCustomizationJob").input_shape
    ownership = _ownership(request)
    given = {**request.properties.run_inputs, **request.properties.settings.request}
    return str(
        bedrock.create_model_customization_job(
            **{
                "customModelName": re.sub(r"[^0-9a-zA-Z]+", "-", name),
                **typed(given, shape),
                "jobName": name,
                "jobTags": api_tags(all_tags(request, ownership)),
                "customModelTags": api_tags({**request.properties.model_tags, **ownership.tags()}),
                "clientRequestToken": token(request, name),
            }
        )["jobArn"]
    )


def token(request: Request, name: str) -> str:
    # Get returns it, so that a second delivery of this event recognises its own run.
    return f"{re.sub(r'[^0-9a-zA-Z]+', '-', name)}-{request.id[-12:]}"


def _queue(request: Request, clients: Clients, name: str, error: ClientError) -> Enqueue:
    if not request.properties.settings.waits:
        raise Refused(
            f"Nothing was started: {errors.message(error)} With wait=False nobody queues for it; deploy again when "
            "another job has ended, or leave wait=False out."
        ) from error
    waits = f"{name} waits for a free place, and nothing is paid yet: {errors.message(error)}"
    queued = _answer(Run(name=name, arn="", status=start_queue.QUEUED), reason=waits)
    full = starting.full(error, name=name, queued=queued, in_progress=partial(any_in_progress, clients.bedrock))
    # A run takes hours: it is queued at once, so that the stack's other resources are not held up.
    if isinstance(full, NotYet) and full.enqueue:
        return full.enqueue
    raise full from error


def _stop_if_unwanted(request: Request, clients: Clients, run: Run) -> None:
    """The same for an event that comes again, because the stop of what it started failed or was never asked for."""
    if run.token != token(request, run.name) or run.status != IN_PROGRESS or run.created is None:
        return
    if clients.now() - run.created.timestamp() > _YOUNG_SECONDS:
        return
    state = stack_status.read(clients.cloudformation, request)
    if state in (StackState.ROLLING_BACK, StackState.DELETING, StackState.GONE):
        _stop_unwanted(clients, run.name, run.arn, state)


def _stop_unwanted(clients: Clients, name: str, arn: str, state: StackState) -> NoReturn:
    """The stack may have begun to roll back between the check and the start: a run of seconds costs nothing yet."""
    clients.bedrock.stop_model_customization_job(jobIdentifier=arn)
    raise Refused(f"The run {name!r} was stopped at once: the stack, or a parent of it, is {state.value}.")


def _refuse_foreign(request: Request, clients: Clients, run: Run) -> None:
    current = adoption.visible_owner(clients, run)
    if not adoption.is_ours(request, clients, current, _ownership(request), run.name):
        raise Refused(
            f"The job name {run.name!r} is taken by a run that is not this construct's ({run.arn}). Give the construct "
            "another job_name_prefix, lock_id or revision."
        )


def _ownership(request: Request) -> Ownership:
    return Ownership.of(request, digest=digest(request.properties))


def _write_tags(request: Request, clients: Clients, run: Run) -> None:
    current = owned(clients.bedrock, run.arn)
    is_rollback = adoption.require_wanted(request, clients, current)
    ownership = _ownership(request).after(current, is_rollback=is_rollback)
    retag(request, clients.bedrock, run.arn, ownership)
    if run.model_arn and usable(clients, run):
        new, old = request.properties.model_tags, request.old_properties.model_tags
        tags = {**new, **ownership.tags()}
        write_tags(clients.bedrock, run.model_arn, tags=tags, removed=set(old.keys() - new.keys()))


def _taken_over(run: Run) -> str:
    if run.status == IN_PROGRESS:
        return f"Adopted the run {run.name}, which is still in progress: nothing is paid again."
    return f"Adopted the run {run.name}, which is {run.status}: nothing is paid again."


def _answer(run: Run, *, reason: str = "") -> Answer:
    return Answer(physical_id=run.name, data=run.attributes, reason=reason)
