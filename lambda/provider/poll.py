"""The poll function: one look at a run for the waiter, and the answer to CloudFormation when there is one."""

import traceback
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from provider import answer, errors, log, wait, waiter
from provider.clients import Clients, shared
from provider.look import Look, State
from provider.outcome import Answer, Refused
from provider.request import Malformed, Request, failure_id
from provider.start_queue import QUEUED
from provider.state import checked

_RETRY_INTERVAL: Final = 30
_LAG_SECONDS: Final = 60
_OUTAGE_PATIENCE: Final = 30 * 60
# An outage that the last segment ends in is borne a little longer, but not beyond CloudFormation's hour.
_LATEST_ANSWER: Final = 55 * 60


def handle(payload: Any, _context: Any, *, clients: Clients | None = None) -> dict[str, Any]:
    """Returns the waiter's next state."""
    event: Any = payload.get("Event") if isinstance(payload, dict) else None
    log.bind(event)
    if not answer.is_possible(event):
        return {"Done": True}
    clients = clients or shared()
    try:
        poll = _Poll(payload, clients)
    except Malformed as finding:
        log.error("malformed", reason=str(finding))
        reason = f"The run cannot be looked at, and was left alone: {finding}"
        answer.send(event, status="FAILED", physical_id=failure_id(event), reason=reason, put=clients.put)
        return {"Done": True}
    return poll.look()


class _Poll:
    """One look of one execution."""

    def __init__(self, payload: Any, clients: Clients) -> None:
        self.state = checked(payload, "Deadline")
        self.clients = clients
        self.request = Request.of(self.state["Event"])
        self.seconds_left = self.state["Deadline"] - clients.now()

    def look(self) -> dict[str, Any]:
        """Looks, then answers or waits on."""
        if self.seconds_left <= 0 and not wait.is_last(self.request):
            return self._succeed(wait.hand_over(self.request))
        try:
            seen = wait.look(self.request, self.clients)
            why = seen.message if seen.status == QUEUED else seen.progress
            told: dict[str, Any] = {"reason": why} if why else {}
            if seen.progress and seen.created:
                # What alarm_on_stall makes a metric of.
                told["not_started_seconds"] = int(self.clients.now() - seen.created.timestamp())
            log.info("look", subject=seen.subject, status=seen.status, attributes=seen.attributes, **told)
            return self._conclude(seen)
        except (ClientError, BotoCoreError) as error:
            return self._unreadable(error)
        except (Refused, Malformed) as refusal:
            return self._refuse(str(refusal))
        except answer.NotDeliveredError:
            raise
        except Exception as defect:
            # The waiter tries again, then aborts.
            log.error("defect", error=repr(defect), traceback=traceback.format_exc())
            raise

    def _conclude(self, seen: Look) -> dict[str, Any]:
        if seen.state is State.MISSING and self.state["Waited"] - self._missing_from() < _LAG_SECONDS:
            # A read may lag behind what was made, or come from a place that has not heard of it.
            return waiter.again({**self.state, "MissingFrom": self._missing_from()}, _RETRY_INTERVAL)
        conclusion = wait.conclude(self.request, seen, deadline_passed=self.seconds_left <= 0)
        if conclusion is None:
            calm = {"UnreadableFrom": None, "MissingFrom": None}
            return waiter.again({**self.state, **calm}, self._interval(seen))
        return self._succeed(conclusion)

    def _missing_from(self) -> int:
        since = self.state.get("MissingFrom")
        return int(self.state["Waited"] if since is None else since)

    def _interval(self, seen: Look) -> int:
        return max(1, min(wait.interval(seen, self.clients.now()), int(self.seconds_left) + 1))

    def _unreadable(self, error: Exception) -> dict[str, Any]:
        """A long run is not lost to a short outage: half an hour of it is borne, by the waiter's own schedule."""
        text = f"{errors.code(error)}: {errors.message(error)}"
        log.error("could not look", error=text)
        since = self.state.get("UnreadableFrom")
        since = self.state["Waited"] if since is None else since
        in_time = self.clients.now() - self.state["Since"] < _LATEST_ANSWER
        borne = in_time and self.state["Waited"] - since < _OUTAGE_PATIENCE
        if borne and (errors.is_passing(error) or errors.is_denied(error)):
            return waiter.again({**self.state, "UnreadableFrom": since}, _RETRY_INTERVAL)
        subject = self.state["Subject"]
        return self._refuse(f"{subject} could not be read: {text}. {wait.afterwards(self.request)}")

    def _succeed(self, conclusion: Answer) -> dict[str, Any]:
        return self._send(status="SUCCESS", physical_id=conclusion.physical_id, data=conclusion.data)

    def _refuse(self, reason: str) -> dict[str, Any]:
        return self._send(status="FAILED", physical_id=self.state["FailureId"], reason=reason)

    def _send(self, **content: Any) -> dict[str, Any]:
        answer.send(self.state["Event"], put=self.clients.put, sleep=self.clients.sleep, **content)
        return waiter.done(self.state)
