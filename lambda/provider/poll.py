"""The poll function: one look at a run for the waiter, and the answer to CloudFormation when there is one."""

from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from provider import wait
from provider.aws import errors
from provider.aws.clients import Clients, shared
from provider.aws.status import Snapshot, State
from provider.cloudformation import log, response
from provider.cloudformation.request import Malformed, Request, failure_id
from provider.cloudformation.result import Answer
from provider.reply import Reply
from provider.waiter.start_queue import QUEUED
from provider.waiter.state import WaiterState

_RETRY_INTERVAL: Final = 30
_LAG_SECONDS: Final = 60
_OUTAGE_PATIENCE: Final = 30 * 60
# An outage at the end of the last segment is tolerated a little longer, but not beyond CloudFormation's hour.
_LATEST_ANSWER: Final = 55 * 60


def handle(payload: Any, _context: Any, *, clients: Clients | None = None) -> dict[str, Any]:
    """Returns the waiter's next state."""
    event: Any = payload.get("Event") if isinstance(payload, dict) else None
    log.bind(event)
    if not response.is_possible(event):
        return {"Done": True}
    clients = clients or shared()
    try:
        poll = _Poll(WaiterState.parse(payload), clients)
    except Malformed as finding:
        log.error("malformed", reason=str(finding))
        reason = f"The run cannot be looked at, and was left alone: {finding}"
        response.send(event, status="FAILED", physical_id=failure_id(event), reason=reason, put=clients.put)
        return {"Done": True}
    return poll.run()


class _Poll:
    """One look of one execution."""

    def __init__(self, state: WaiterState, clients: Clients) -> None:
        if state.deadline is None:
            raise Malformed("the waiter's state has no Deadline.")
        self.state = state
        self.clients = clients
        self.request = Request.of(state.event)
        self.reply = Reply(state.event, state.failure_id, clients)
        self.seconds_left = state.deadline - clients.now()

    def run(self) -> dict[str, Any]:
        """Looks, then answers or waits on. After an error that nobody expects the waiter tries again, then aborts."""
        return self.reply.guard(self._describe, refused=self._refuse)

    def _describe(self) -> dict[str, Any]:
        if self.seconds_left <= 0 and not wait.is_last(self.request):
            return self._succeed(wait.hand_over(self.request))
        try:
            run = wait.describe(self.request, self.clients)
            self._log(run)
            return self._conclude(run)
        except (ClientError, BotoCoreError) as error:
            return self._unreadable(error)

    def _log(self, run: Snapshot) -> None:
        why = run.message if run.status == QUEUED else run.progress
        told: dict[str, Any] = {"reason": why} if why else {}
        if run.progress and run.created:
            # What alarm_on_stall makes a metric of.
            told["not_started_seconds"] = int(self.clients.now() - run.created.timestamp())
        log.info("status", subject=run.subject, status=run.status, attributes=run.attributes, **told)

    def _conclude(self, run: Snapshot) -> dict[str, Any]:
        if run.state is State.MISSING:
            since = self._since(self.state.missing_from)
            if self.state.waited - since < _LAG_SECONDS:
                # A read may be eventually consistent.
                return self.state.again(_RETRY_INTERVAL, missing_from=since).render()
        conclusion = wait.conclude(self.request, run, deadline_passed=self.seconds_left <= 0)
        if conclusion is None:
            return self.state.again(self._interval(run), unreadable_from=None, missing_from=None).render()
        return self._succeed(conclusion)

    def _since(self, seconds: int | None) -> int:
        return self.state.waited if seconds is None else seconds

    def _interval(self, run: Snapshot) -> int:
        return max(1, min(wait.interval(run, self.clients.now()), int(self.seconds_left) + 1))

    def _unreadable(self, error: Exception) -> dict[str, Any]:
        """A long run is not lost to a short outage: half an hour of it is tolerated, counted by the waiter."""
        text = f"{errors.code(error)}: {errors.message(error)}"
        log.error("status not read", error=text)
        since = self._since(self.state.unreadable_from)
        in_time = self.clients.now() - self.state.since < _LATEST_ANSWER
        is_tolerated = in_time and self.state.waited - since < _OUTAGE_PATIENCE
        if is_tolerated and (errors.is_passing(error) or errors.is_denied(error)):
            return self.state.again(_RETRY_INTERVAL, unreadable_from=since).render()
        return self._refuse(f"{self.state.subject} could not be read: {text}. {wait.afterwards(self.request)}")

    def _succeed(self, conclusion: Answer) -> dict[str, Any]:
        self.reply.succeed(conclusion)
        return self.state.ended().render()

    def _refuse(self, reason: str) -> dict[str, Any]:
        self.reply.refuse(reason)
        return self.state.ended().render()
