"""The poll function: one look at a run for the waiter, and the answer to CloudFormation when there is one."""

import time
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from provider import answer, errors, log, wait, waiter
from provider.clients import Clients
from provider.look import Look, State
from provider.outcome import Refused
from provider.request import Request

# Bad data shows early; later a minute is soon enough for work that takes hours.
_EARLY: Final = 10 * 60
_EARLY_INTERVAL: Final = 30
_INTERVAL: Final = 60
_OUTAGE_PATIENCE: Final = 30 * 60


def handle(state: dict[str, Any], _context: Any, *, clients: Clients | None = None) -> dict[str, Any]:
    """Returns the waiter's next state."""
    event = state["Event"]
    request = Request.of(event)
    log.bind(request_id=request.id, stack_id=request.stack_id, logical_id=request.logical_id)
    deadline_passed = time.time() >= state["Deadline"]
    try:
        seen = wait.look(request, (clients or Clients()).bedrock)
        if seen.state is State.MISSING and not state.get("Missed"):
            # One miss may be a read that lags behind.
            return waiter.again({**state, "Missed": True}, _EARLY_INTERVAL)
        conclusion = wait.conclude(request, seen, deadline_passed=deadline_passed)
    except (ClientError, BotoCoreError) as error:
        return _unreadable(state, error)
    except Refused as refusal:
        return _refuse(state, str(refusal))
    log.info("look", subject=seen.subject, status=seen.status)
    if conclusion is None:
        return waiter.again({**state, "UnreadableFrom": None}, _interval(state, seen))
    answer.send(event, status="SUCCESS", physical_id=conclusion.physical_id, data=conclusion.data)
    return waiter.done(state)


def _interval(state: dict[str, Any], seen: Look) -> int:
    age = (datetime.now(UTC) - seen.created).total_seconds() if seen.created else 0
    left = state["Deadline"] - time.time()
    return max(1, min(_EARLY_INTERVAL if age < _EARLY else _INTERVAL, int(left) + 1))


def _unreadable(state: dict[str, Any], error: Exception) -> dict[str, Any]:
    """A long run is not lost to a short outage: half an hour of it is borne, by the waiter's own schedule."""
    text = f"{errors.code(error)}: {errors.message(error)}"
    log.error("could not look", error=text)
    since = state.get("UnreadableFrom")
    since = state["Waited"] if since is None else since
    if state["Waited"] - since < _OUTAGE_PATIENCE and (errors.is_passing(error) or errors.is_denied(error)):
        return waiter.again({**state, "UnreadableFrom": since}, _EARLY_INTERVAL)
    reason = f"{state['Subject']} could not be read: {text}. It was left alone; deploy again to attach to it."
    return _refuse(state, reason)


def _refuse(state: dict[str, Any], reason: str) -> dict[str, Any]:
    answer.send(state["Event"], status="FAILED", physical_id=state["FailureId"], reason=reason)
    return waiter.done(state)
