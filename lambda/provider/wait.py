"""Custom::BedrockModelWait: a segment of the wait for a run; the last one carries the attributes of what was made.

Only the last one fails when the run has failed: the others stand in a nested stack, where nobody reads the reason. One
that has seen a run end tells the next (`Ended`, there `After`), which then asks nobody.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from provider.aws.clients import Clients
from provider.aws.status import Snapshot, State, reason
from provider.cloudformation import log
from provider.cloudformation.contract import (
    CHECK_EXECUTION,
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    CUSTOM_MODEL_TYPE,
    IMPORTED_MODEL_TYPE,
    MODEL_ARN,
    MODEL_CHECK_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    PROVISIONED_MODEL_THROUGHPUT_TYPE,
    SERVED_MODEL_ARN,
    WAIT_AFTER,
    WAIT_ENDED,
    WAIT_FOR,
    WAIT_LAST,
    WAIT_NAME,
    WAIT_SECONDS,
)
from provider.cloudformation.request import Malformed, Request
from provider.cloudformation.resource_settings import Unknown, boolean, number
from provider.cloudformation.result import Answer, Cause, NotYet, Refused, Watch
from provider.cloudformation.settings import Settings
from provider.custom_model import model as custom_model
from provider.job.imported_model import ImportedModels
from provider.job.model_customization_job import ModelCustomizationJobs
from provider.lifecycle import stack_status
from provider.model_check import handler as model_check
from provider.serving.custom_model_deployment import CustomModelDeployments
from provider.serving.provisioned_model_throughput import ProvisionedModelThroughputs
from provider.waiter import start_queue

# Bad data shows early; later a minute is soon enough for work that takes hours.
_EARLY: Final = 5 * 60
_EARLY_INTERVAL: Final = 30
_INTERVAL: Final = 60

# A job's name stands for one run for ever, and what has ended has ended. All other names may be used again.
_NEVER_FREED: Final = (MODEL_CUSTOMIZATION_JOB_TYPE, IMPORTED_MODEL_TYPE)
_NOT_ENDED: Final = "-"
# In front of the name of something that did not show for minutes: the waits that are left need not look as long.
_ABSENT: Final = "?"
# What was made a moment ago may not be readable yet.
_VISIBLE_PATIENCE: Final = 5 * 60

_jobs, _imports = ModelCustomizationJobs(), ImportedModels()
_deployments, _throughputs = CustomModelDeployments(), ProvisionedModelThroughputs()

# What serves a model and what checks one are named alike for every model, so their waits are also told for which one.
_DESCRIBE: Final[dict[str, Callable[[Request, Clients], Snapshot]]] = {
    CUSTOM_MODEL_TYPE: lambda wait, clients: custom_model.describe(clients.bedrock, _name(wait)),
    MODEL_CUSTOMIZATION_JOB_TYPE: lambda wait, clients: _jobs.describe(clients.bedrock, _name(wait)),
    IMPORTED_MODEL_TYPE: lambda wait, clients: _imports.describe(clients.bedrock, _name(wait)),
    CUSTOM_MODEL_DEPLOYMENT_TYPE: lambda wait, clients: _deployments.describe(
        clients.bedrock, _name(wait), served=_told(wait, SERVED_MODEL_ARN)
    ),
    PROVISIONED_MODEL_THROUGHPUT_TYPE: lambda wait, clients: _throughputs.describe(
        clients.bedrock, _name(wait), served=_told(wait, SERVED_MODEL_ARN)
    ),
    MODEL_CHECK_TYPE: lambda wait, clients: model_check.describe(
        clients.states, execution=_told(wait, CHECK_EXECUTION), model_arn=_told(wait, MODEL_ARN)
    ),
}

# What becomes of a thing when its wait fails, and with it usually the stack's operation.
_AFTERWARDS: Final = {
    CUSTOM_MODEL_TYPE: "It was left running; deploy again to adopt it.",
    MODEL_CUSTOMIZATION_JOB_TYPE: ("It was left running, unless rollback_behavior stops it; deploy again to adopt it."),
    IMPORTED_MODEL_TYPE: "It goes on, because an import cannot be stopped; deploy again to adopt it.",
    CUSTOM_MODEL_DEPLOYMENT_TYPE: "A rollback deletes what is new and swaps an earlier model back; deploy again.",
    PROVISIONED_MODEL_THROUGHPUT_TYPE: "A rollback deletes what is new and swaps an earlier model back; deploy again.",
    MODEL_CHECK_TYPE: "A rollback stops it, and the model is kept; deploy again to check it again.",
}


def create(request: Request, clients: Clients) -> Answer | Watch:
    """Answers at once if there is something to say, and else hands the run to the poll function."""
    _check_words(request)
    if _is_told_of_the_end(request):
        return _segment(request, ended=_name(request))
    run = describe(request, clients)
    if run.state is State.MISSING and not _is_told_of_the_absence(request):
        return _missing(request, run, clients)
    return conclude(request, run, deadline_passed=False) or _watch(request, run, clients)


# A new run behind the wait, or a rollback to the old one: the same question again.
update = create


def delete(request: Request, clients: Clients) -> Answer:  # noqa: ARG001  the signature of every handler
    """There is nothing behind a wait."""
    return Answer(physical_id=_physical_id(request))


def describe(request: Request, clients: Clients) -> Snapshot:
    """How the run stands now; one that is still in the queue is on its way."""
    name, kind = _name(request), _kind(request)
    run = _DESCRIBE[kind](request, clients)
    if run.state is not State.MISSING:
        return run
    place = start_queue.place(clients.states, Settings.of_environment().waiter_arn, kind, name)
    if place is None:
        return run
    attributes = {**run.attributes, "Status": start_queue.QUEUED}
    return replace(run, state=State.RUNNING, status=start_queue.QUEUED, attributes=attributes, message=place.refusal)


def interval(run: Snapshot, now: float) -> int:
    """Seconds until the next look."""
    # What has no age yet is in the queue, which is tried each minute.
    is_young = run.created is not None and now - run.created.timestamp() < _EARLY
    return _EARLY_INTERVAL if is_young else _INTERVAL


def hand_over(request: Request) -> Answer:
    """The answer of a segment that is over: the next one looks at once."""
    return _segment(request, ended=_NOT_ENDED)


def conclude(request: Request, run: Snapshot, *, deadline_passed: bool) -> Answer | None:
    """The answer that this status allows; None to keep polling; `Refused` by the last segment without a model."""
    if run.state is State.RUNNING and not deadline_passed:
        return None
    if not is_last(request):
        return _segment(request, ended=_end(request, run))
    if run.metrics:
        # Of one check in all its deployments: its name without the hash of model and check.
        log.metrics({"Check": _name(request).rpartition("-")[0]}, run.metrics)
    if run.state is State.SUCCEEDED:
        return _answer(request, run)
    if run.state is not State.RUNNING:
        raise Refused(run.message)
    if run.status == start_queue.QUEUED:
        raise Refused(
            f"{run.subject} was still Queued when the timeout ended: nothing was started, and nothing is paid. Amazon "
            f"Bedrock had said: {reason(run.message)} Deploy again when others have ended, or with a longer timeout."
        )
    told = " ".join(filter(None, (afterwards(request), run.progress)))
    raise Refused(
        f"{run.subject} was still {run.status} when the timeout ended. {told} A longer timeout waits for longer."
    )


def afterwards(request: Request) -> str:
    """What becomes of a thing whose wait fails although it did not, and what to do."""
    return _AFTERWARDS[request.properties.raw[WAIT_FOR]]


def is_last(request: Request) -> bool:
    """Whether it is `Ready`, which always looks itself."""
    try:
        return boolean(request.properties.raw, WAIT_LAST, absent=False)
    except Unknown as finding:
        raise Malformed(str(finding)) from None


def _seconds(request: Request) -> int | None:
    try:
        return int(number(request.properties.raw, WAIT_SECONDS, 0)) or None
    except Unknown as finding:
        raise Malformed(str(finding)) from None


def _check_words(request: Request) -> None:
    """Before the first look: what is read later only would be refused after an hour."""
    _kind(request)
    is_last(request)
    _seconds(request)


def _name(request: Request) -> str:
    name = request.properties.raw.get(WAIT_NAME)
    if not isinstance(name, str) or not name:
        raise Malformed("a wait has no Name.")
    return name


def _told(request: Request, name: str) -> str:
    """A property that tells the wait which of several things of one name is meant; empty from an older template."""
    return str(request.properties.raw.get(name, ""))


def _kind(request: Request) -> str:
    kind = request.properties.raw.get(WAIT_FOR)
    if not isinstance(kind, str) or kind not in _DESCRIBE:
        raise Malformed(f"For must be a resource type of this library, got {str(kind)[:80]!r}.")
    return kind


def _answer(request: Request, run: Snapshot) -> Answer:
    return Answer(physical_id=_physical_id(request), data=run.attributes)


def _segment(request: Request, *, ended: str) -> Answer:
    return Answer(physical_id=_physical_id(request), data={WAIT_ENDED: ended})


def _end(request: Request, run: Snapshot) -> str:
    if run.state is State.MISSING:
        return f"{_ABSENT}{_name(request)}"
    has_ended = run.state in (State.SUCCEEDED, State.FAILED)
    name, kind = _name(request), _kind(request)
    return name if has_ended and kind in _NEVER_FREED else _NOT_ENDED


def _is_told_of_the_end(request: Request) -> bool:
    # By name: in a rollback, or after it, the wait before this one may have been told of another run.
    return not is_last(request) and request.properties.raw.get(WAIT_AFTER) == _name(request)


def _is_told_of_the_absence(request: Request) -> bool:
    return request.properties.raw.get(WAIT_AFTER) == f"{_ABSENT}{_name(request)}"


def _watch(request: Request, run: Snapshot, clients: Clients) -> Watch:
    pause = interval(run, clients.now())
    return Watch(subject=run.subject, seconds=_seconds(request), interval=pause)


def _physical_id(request: Request) -> str:
    # Constant, so that no wait is ever replaced.
    return request.physical_id or request.logical_id


def _missing(request: Request, run: Snapshot, clients: Clients) -> Answer:
    if not is_last(request):
        if request.waited >= _VISIBLE_PATIENCE:
            return _segment(request, ended=_end(request, run))
    elif stack_status.is_rolling_back(clients.cloudformation, request):
        # A rollback must not fail because something is gone: it goes back to what is known of it.
        return _answer(request, run)
    # Patience never ends before the look that answers for a wait that is not the last.
    patience = _VISIBLE_PATIENCE if is_last(request) else 2 * _VISIBLE_PATIENCE
    raise NotYet(run.message, cause=Cause.NOT_VISIBLE, give_up=run.message, patience=patience, seconds=20)
