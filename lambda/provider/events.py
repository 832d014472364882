"""One event of CloudFormation: handle it, answer it, or leave it to the waiter."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from provider.aws import errors
from provider.aws.clients import Clients, shared
from provider.cloudformation import log, response, retry
from provider.cloudformation.request import NOT_STARTED, Malformed, Request, failure_id
from provider.cloudformation.result import Answer, Cause, Enqueue, NotYet, Refused, Watch
from provider.cloudformation.settings import Settings
from provider.handlers import HANDLERS
from provider.reply import Reply
from provider.waiter import executions, start_queue
from provider.waiter.state import WaiterState

# A short outage loses nothing; fresh permissions of ours propagate like the service role's.
_OUTAGE_PATIENCE: Final = 30 * 60
_DENIED_PATIENCE: Final = 5 * 60
_QUEUE_INTERVAL: Final = 60
# Whatever the waiter's schedule says, the answer must be out within CloudFormation's hour.
_LATEST_ANSWER: Final = 50 * 60
# The age at which Lambda drops an event, and the time in which a function may still run twice and be tried again.
_OLDEST_EVENT: Final = 25 * 60


def handle(payload: Any, context: Any, *, clients: Clients | None = None) -> dict[str, Any]:
    """Takes CloudFormation's event, or the waiter's state with such an event in it. Returns the waiter's next state."""
    event = payload["Event"] if isinstance(payload, dict) and "Event" in payload else payload
    log.bind(event)
    # First of all: nothing is done for somebody who cannot be told.
    if not response.is_possible(event):
        return {"Done": True}
    clients = clients or shared()
    try:
        handling = _Handling(payload, context.invoked_function_arn, clients)
    except Malformed as finding:
        return _refuse_malformed(event, str(finding), clients)
    return handling.run()


def _refuse_malformed(event: dict[str, Any], finding: str, clients: Clients) -> dict[str, Any]:
    log.error("malformed", reason=finding)
    # What started nothing leaves nothing to delete, and must not hold a rollback up.
    is_void = event.get("RequestType") == "Delete" and str(event.get("PhysicalResourceId")).startswith(NOT_STARTED)
    status = "SUCCESS" if is_void else "FAILED"
    reason = f"The event cannot be read, so nothing was done: {finding}"
    response.send(event, status=status, physical_id=failure_id(event), reason=reason, put=clients.put)
    return {"Done": True}


def _attempt(request: Request, clients: Clients) -> Answer | Watch | Enqueue:
    handlers = HANDLERS.get(request.resource_type)
    if handlers is None:
        raise Refused(f"This provider does not know the resource type {request.resource_type!r}.")
    try:
        return handlers[request.type](request, clients)
    except (ClientError, BotoCoreError) as error:
        raise _verdict(error) from error


def _verdict(error: Exception) -> Exception:
    """An error that no handler made sense of: worth waiting for, or final."""
    text = f"{errors.code(error)}: {errors.message(error)}"
    if errors.is_passing(error):
        give_up = f"AWS did not answer for half an hour: {text}"
        return NotYet(text, cause=Cause.OUTAGE, give_up=give_up, patience=_OUTAGE_PATIENCE, seconds=30)
    if errors.is_denied(error):
        remedy = (
            "allow it in the role of the provider's events function, a permissions boundary, a service control policy "
            "or the key's policy"
        )
        return NotYet(text, cause=Cause.DENIED, give_up=f"{text}; {remedy}", patience=_DENIED_PATIENCE)
    return Refused(text)


class _Handling:
    """One event on its way to an answer, whether it came from CloudFormation or from the waiter."""

    def __init__(self, payload: dict[str, Any], function_arn: str, clients: Clients) -> None:
        self.state = WaiterState.parse(payload) if "Event" in payload else None
        self.event = self.state.event if self.state else payload
        self.request = Request.of(self.event, waited=int(self.state.waited) if self.state else 0)
        self.queued = bool(self.state and self.state.queued)
        self.reply = Reply(self.event, self.request.failure_id, clients, queued=self.queued)
        self.function_arn = function_arn
        self.clients = clients

    def run(self) -> dict[str, Any]:
        """To one answer, or to the waiter: silence would hold the stack for an hour."""
        try:
            return self.reply.guard(self._advance, refused=self._refuse)
        except response.NotDeliveredError:
            raise
        except Exception as defect:
            return self._refuse(f"The provider failed: {type(defect).__name__}. Its log has the details.")

    def _advance(self) -> dict[str, Any]:
        try:
            outcome = _attempt(self.request, self.clients)
        except NotYet as pending:
            return self._later(pending)
        if isinstance(outcome, Watch):
            return self._watch(outcome)
        if isinstance(outcome, Enqueue):
            return self._enqueue(outcome)
        return self._succeed(outcome)

    def _enqueue(self, outcome: Enqueue) -> dict[str, Any]:
        """The event is answered; an execution of the waiter keeps trying to start what it asked for."""
        if self.state and self.queued:
            return self._queue_again(self.state)
        states, waiter_arn = self.clients.states, Settings.of_environment().waiter_arn
        first = self._first(_QUEUE_INTERVAL)
        self._hand_over(lambda: start_queue.enqueue(states, waiter_arn, first, outcome.name, outcome.refusal))
        return self._succeed(outcome.answer)

    def _succeed(self, result: Answer) -> dict[str, Any]:
        self.reply.succeed(result)
        return self._done()

    def _refuse(self, reason: str) -> dict[str, Any]:
        self.reply.refuse(reason)
        return self._done()

    def _done(self) -> dict[str, Any]:
        return self.state.ended().render() if self.state else {"Done": True}

    def _later(self, pending: NotYet) -> dict[str, Any]:
        """The waiter brings this event back to the events function."""
        log.info("to be retried", reason=str(pending), waited=self.request.waited)
        if self.state is None:
            return self._start(replace(self._first(pending.seconds), causes={pending.cause: 0}))
        if self.queued:
            return self._queue_again(self.state)
        causes = {pending.cause: self.request.waited, **self.state.causes}
        waited_for_it = self.request.waited - causes[pending.cause]
        if waited_for_it >= pending.patience or self.clients.now() - self.state.since > _LATEST_ANSWER:
            return self._enqueue(pending.enqueue) if pending.enqueue else self._refuse(pending.give_up)
        return self.state.again(pending.seconds, causes=causes).render()

    def _watch(self, watch: Watch) -> dict[str, Any]:
        """From here on the waiter invokes the poll function."""
        settings = Settings.of_environment()
        limit = min(watch.seconds or settings.segment_seconds, settings.segment_seconds)
        pause = min(watch.interval, limit)
        before = self.state or self._first(pause)
        state = replace(
            before, function=settings.poll_function_arn, subject=watch.subject, deadline=before.since + limit
        )
        return state.again(pause).render() if self.state else self._start(state)

    def _queue_again(self, state: WaiterState) -> dict[str, Any]:
        timeout = int(self.request.properties.settings.timeout_seconds)
        # The waits are rounded up to whole segments: the queue outlasts them, so that the last one can tell of it.
        return start_queue.again(state, timeout + Settings.of_environment().segment_seconds).render()

    def _first(self, seconds: int) -> WaiterState:
        since = int(self.clients.now() - self._late())
        return executions.first(self.event, self.function_arn, self.request, since=since, seconds=seconds)

    def _late(self) -> float:
        """How many seconds ago CloudFormation sent the event: its hour began then, however late it was delivered."""
        late = self.clients.now() - self.request.sent.timestamp() if self.request.sent else 0
        # Lambda drops older ones: then it is the function's own clock that is wrong.
        return late if 0 < late <= _OLDEST_EVENT else 0

    def _start(self, first: WaiterState) -> dict[str, Any]:
        waiter_arn = Settings.of_environment().waiter_arn
        self._hand_over(lambda: executions.start(self.clients.states, waiter_arn, first))
        return {"Done": True}

    def _hand_over(self, start: Callable[[], None]) -> None:
        """Tries for a minute. Raised, the error would come back twice in Lambda's own retries, and then never again."""
        texts: list[str] = []

        def started() -> bool:
            try:
                start()
            except (ClientError, BotoCoreError) as error:
                texts.append(f"{errors.code(error)}: {errors.message(error)}")
                log.error("waiter not started", error=texts[-1])
                if not (errors.is_passing(error) or errors.is_denied(error)):
                    raise Refused(f"AWS Step Functions refuses to wait for this: {texts[-1]}") from error
                return False
            return True

        if not retry.succeeds(started, sleep=self.clients.sleep):
            raise Refused(f"AWS Step Functions could not be asked to wait for this: {texts[-1]}; deploy again.")
