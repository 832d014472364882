"""Custom::BedrockModelWait: a segment of the wait for a run; the last one carries the attributes of what was made.

Only the last one fails when the run has failed: the others stand in a nested stack, where nobody reads the reason. One
that has seen a run end tells the next (`Ended`, there `After`), which then asks nobody.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from provider import custom_model, model_customization_job, stacks, start_queue
from provider.clients import Bedrock, Clients
from provider.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    CUSTOM_MODEL_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    PROVISIONED_MODEL_THROUGHPUT_TYPE,
)
from provider.deployment import CustomModelDeployments
from provider.look import Look, State, reason
from provider.outcome import Answer, Cause, NotYet, Refused, Watch
from provider.request import Malformed, Request
from provider.resource_settings import Unknown, boolean, number
from provider.settings import Settings
from provider.throughput import ProvisionedModelThroughputs

_LOOKS: Final[dict[str, Callable[[Bedrock, str], Look]]] = {
    CUSTOM_MODEL_TYPE: custom_model.look,
    MODEL_CUSTOMIZATION_JOB_TYPE: model_customization_job.look,
}
# Bad data shows early; later a minute is soon enough for work that takes hours.
_EARLY: Final = 5 * 60
_EARLY_INTERVAL: Final = 30
_INTERVAL: Final = 60

# A job's name stands for one run for ever, and what has ended has ended. All other names may be used again.
_NEVER_FREED: Final = (MODEL_CUSTOMIZATION_JOB_TYPE,)
_NOT_ENDED: Final = "-"
# In front of the name of something that did not show for minutes: the waits that are left need not look as long.
_ABSENT: Final = "?"
# What was made a moment ago may not be readable yet.
_VISIBLE_PATIENCE: Final = 5 * 60

# These have to be told what to wait for: they are ready all the time, until they are given another model.
_LOOKS_AT_SERVING: Final[dict[str, Callable[..., Look]]] = {
    CUSTOM_MODEL_DEPLOYMENT_TYPE: CustomModelDeployments().look,
    PROVISIONED_MODEL_THROUGHPUT_TYPE: ProvisionedModelThroughputs().look,
}

# What becomes of a thing when its wait fails, and with it usually the stack's operation.
_AFTERWARDS: Final = {
    CUSTOM_MODEL_TYPE: "It was left alone and goes on; deploy again to attach to it.",
    MODEL_CUSTOMIZATION_JOB_TYPE: (
        "It was left alone, and goes on unless rollback_behavior stops it; deploy again to attach to it."
    ),
    CUSTOM_MODEL_DEPLOYMENT_TYPE: "A rollback deletes what is new and swaps an earlier model back; deploy again.",
    PROVISIONED_MODEL_THROUGHPUT_TYPE: "A rollback deletes what is new and swaps an earlier model back; deploy again.",
}


def create(request: Request, clients: Clients) -> Answer | Watch:
    """Answers at once if there is something to say, and else hands the run to the poll function."""
    _check_words(request)
    if _is_told_of_the_end(request):
        return _segment(request, ended=_name(request))
    seen = look(request, clients)
    if seen.state is State.MISSING and not _is_told_of_the_absence(request):
        return _missing(request, seen, clients)
    return conclude(request, seen, deadline_passed=False) or _watch(request, seen, clients)


# A new run behind the wait, or a rollback to the old one: the same question again.
update = create


def delete(request: Request, clients: Clients) -> Answer:  # noqa: ARG001  the signature of every handler
    """There is nothing behind a wait."""
    return Answer(physical_id=_physical_id(request))


def look(request: Request, clients: Clients) -> Look:
    """How the run stands now; one that is still in the queue is on its way."""
    name, kind = _name(request), _kind(request)
    if kind in _LOOKS_AT_SERVING:
        served = request.properties.raw.get("ServedModelArn", "")
        seen = _LOOKS_AT_SERVING[kind](clients.bedrock, name, served=served)
    else:
        seen = _LOOKS[kind](clients.bedrock, name)
    if seen.state is not State.MISSING:
        return seen
    place = start_queue.place(clients.states, Settings.of_environment().waiter_arn, kind, name)
    if place is None:
        return seen
    attributes = {**seen.attributes, "Status": start_queue.QUEUED}
    return replace(seen, state=State.RUNNING, status=start_queue.QUEUED, attributes=attributes, message=place.refusal)


def interval(seen: Look, now: float) -> int:
    """Seconds until the next look."""
    # What has no age yet is in the queue, which is tried each minute.
    is_young = seen.created is not None and now - seen.created.timestamp() < _EARLY
    return _EARLY_INTERVAL if is_young else _INTERVAL


def hand_over(request: Request) -> Answer:
    """The answer of a segment that is over: the next one looks at once."""
    return _segment(request, ended=_NOT_ENDED)


def conclude(request: Request, seen: Look, *, deadline_passed: bool) -> Answer | None:
    """The answer that a look allows, None to go on looking, `Refused` from the last segment if there is no model."""
    if seen.state is State.RUNNING and not deadline_passed:
        return None
    if not is_last(request):
        return _segment(request, ended=_end(request, seen))
    if seen.state is State.SUCCEEDED:
        return _answer(request, seen)
    if seen.state is not State.RUNNING:
        raise Refused(seen.message)
    if seen.status == start_queue.QUEUED:
        raise Refused(
            f"{seen.subject} was still Queued when the timeout ended: nothing was started, and nothing is paid. Amazon "
            f"Bedrock had said: {reason(seen.message)} Deploy again when others have ended, or with a longer timeout."
        )
    told = " ".join(filter(None, (afterwards(request), seen.progress)))
    raise Refused(
        f"{seen.subject} was still {seen.status} when the timeout ended. {told} A longer timeout waits for longer."
    )


def afterwards(request: Request) -> str:
    """What becomes of a thing whose wait fails although it did not, and what to do."""
    return _AFTERWARDS[request.properties.raw["For"]]


def is_last(request: Request) -> bool:
    """Whether it is `Ready`, which always looks itself."""
    try:
        return boolean(request.properties.raw, "Last", absent=False)
    except Unknown as finding:
        raise Malformed(str(finding)) from None


def _seconds(request: Request) -> int | None:
    try:
        return int(number(request.properties.raw, "Seconds", 0)) or None
    except Unknown as finding:
        raise Malformed(str(finding)) from None


def _check_words(request: Request) -> None:
    """Before the first look: what is read later only would be refused after an hour."""
    _kind(request)
    is_last(request)
    _seconds(request)


def _name(request: Request) -> str:
    name = request.properties.raw.get("Name")
    if not isinstance(name, str) or not name:
        raise Malformed("a wait has no Name.")
    return name


def _kind(request: Request) -> str:
    kind = request.properties.raw.get("For")
    if not isinstance(kind, str) or (kind not in _LOOKS and kind not in _LOOKS_AT_SERVING):
        raise Malformed(f"For must be a resource type of this library, got {str(kind)[:80]!r}.")
    return kind


def _answer(request: Request, seen: Look) -> Answer:
    return Answer(physical_id=_physical_id(request), data=seen.attributes)


def _segment(request: Request, *, ended: str) -> Answer:
    return Answer(physical_id=_physical_id(request), data={"Ended": ended})


def _end(request: Request, seen: Look) -> str:
    if seen.state is State.MISSING:
        return f"{_ABSENT}{_name(request)}"
    has_ended = seen.state in (State.SUCCEEDED, State.FAILED)
    name, kind = _name(request), _kind(request)
    return name if has_ended and kind in _NEVER_FREED else _NOT_ENDED


def _is_told_of_the_end(request: Request) -> bool:
    # By name: in a rollback, or after it, the wait before this one may have been told of another run.
    return not is_last(request) and request.properties.raw.get("After") == _name(request)


def _is_told_of_the_absence(request: Request) -> bool:
    return request.properties.raw.get("After") == f"{_ABSENT}{_name(request)}"


def _watch(request: Request, seen: Look, clients: Clients) -> Watch:
    pause = interval(seen, clients.now())
    return Watch(subject=seen.subject, seconds=_seconds(request), interval=pause)


def _physical_id(request: Request) -> str:
    # Constant, so that no wait is ever replaced.
    return request.physical_id or request.logical_id


def _missing(request: Request, seen: Look, clients: Clients) -> Answer:
    if not is_last(request):
        if request.waited >= _VISIBLE_PATIENCE:
            return _segment(request, ended=_end(request, seen))
    elif stacks.is_rolling_back(clients.cloudformation, request):
        # A rollback must not fail because something is gone: it goes back to what is known of it.
        return _answer(request, seen)
    # Patience never ends before the look that answers for a wait that is not the last.
    patience = _VISIBLE_PATIENCE if is_last(request) else 2 * _VISIBLE_PATIENCE
    raise NotYet(seen.message, cause=Cause.NOT_VISIBLE, give_up=seen.message, patience=patience, seconds=20)
