"""One event of CloudFormation: handle it, answer it, or leave it to the waiter."""

import traceback
from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from provider import (
    answer,
    custom_model,
    custom_model_deletion,
    custom_model_deployment,
    custom_model_deployment_deletion,
    errors,
    log,
    model_customization_job,
    model_customization_job_deletion,
    provisioned_model_throughput,
    provisioned_model_throughput_deletion,
    training_queue,
    wait,
    waiter,
)
from provider.clients import Clients, shared
from provider.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    CUSTOM_MODEL_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    PROVISIONED_MODEL_THROUGHPUT_TYPE,
    WAIT_TYPE,
)
from provider.outcome import Answer, Enqueue, NotYet, Refused, Watch
from provider.request import Request
from provider.settings import Settings

Handler = Callable[[Request, Clients], Answer | Watch | Enqueue]

_HANDLERS: Final[dict[str, dict[str, Handler]]] = {
    CUSTOM_MODEL_TYPE: {
        "Create": custom_model.create,
        "Update": custom_model.update,
        "Delete": custom_model_deletion.delete,
    },
    MODEL_CUSTOMIZATION_JOB_TYPE: {
        "Create": model_customization_job.create,
        "Update": model_customization_job.update,
        "Delete": model_customization_job_deletion.delete,
    },
    CUSTOM_MODEL_DEPLOYMENT_TYPE: {
        "Create": custom_model_deployment.create,
        "Update": custom_model_deployment.update,
        "Delete": custom_model_deployment_deletion.delete,
    },
    PROVISIONED_MODEL_THROUGHPUT_TYPE: {
        "Create": provisioned_model_throughput.create,
        "Update": provisioned_model_throughput.update,
        "Delete": provisioned_model_throughput_deletion.delete,
    },
    WAIT_TYPE: {"Create": wait.create, "Update": wait.update, "Delete": wait.delete},
}

# A short outage loses nothing; fresh permissions of ours propagate like the service role's.
_OUTAGE_PATIENCE: Final = 30 * 60
_DENIED_PATIENCE: Final = 5 * 60
_FIRST_POLL: Final = 30
_QUEUE_INTERVAL: Final = 60
# Whatever the waiter's schedule says, the answer must be out within CloudFormation's hour.
_LATEST_ANSWER: Final = 50 * 60


def handle(payload: dict[str, Any], context: Any, *, clients: Clients | None = None) -> dict[str, Any]:
    """Takes CloudFormation's event, or the waiter's state with such an event in it. Returns the waiter's next state."""
    handling = _Handling(payload, context.invoked_function_arn, clients or shared())
    log.bind(
        request_id=handling.request.id,
        type=handling.request.type,
        stack_id=handling.request.stack_id,
        logical_id=handling.request.logical_id,
        physical_id=handling.request.physical_id,
    )
    try:
        outcome = _attempt(handling.request, handling.clients)
    except NotYet as pending:
        return handling.later(pending)
    except Refused as refusal:
        return handling.refuse(str(refusal))
    return handling.conclude(outcome)


def _attempt(request: Request, clients: Clients) -> Answer | Watch | Enqueue:
    handlers = _HANDLERS.get(request.resource_type)
    if handlers is None:
        raise Refused(f"This provider does not know the resource type {request.resource_type!r}.")
    try:
        return handlers[request.type](request, clients)
    except (ClientError, BotoCoreError) as error:
        raise _verdict(error) from error
    except (NotYet, Refused):
        raise
    except Exception as defect:
        # One answer, whatever happens: silence would hold the stack for an hour.
        log.error("defect", error=repr(defect), traceback=traceback.format_exc())
        raise Refused(f"The provider failed: {type(defect).__name__}. Its log has the details.") from defect


def _verdict(error: Exception) -> Exception:
    """An error that no handler made sense of: worth waiting for, or final."""
    text = f"{errors.code(error)}: {errors.message(error)}"
    if errors.is_passing(error):
        give_up = f"AWS did not answer for half an hour: {text}"
        return NotYet(text, give_up=give_up, patience=_OUTAGE_PATIENCE, seconds=30)
    if errors.is_denied(error):
        remedy = "allow it in the role of the provider's events function, a permissions boundary or the key's policy"
        return NotYet(text, give_up=f"{text}; {remedy}", patience=_DENIED_PATIENCE)
    return Refused(text)


class _Handling:
    """One event on its way to an answer, whether it came from CloudFormation or from the waiter."""

    def __init__(self, payload: dict[str, Any], function_arn: str, clients: Clients) -> None:
        self.state = payload if "Event" in payload else None
        self.event = payload["Event"] if self.state else payload
        self.request = Request.of(self.event, waited=payload.get("Waited", 0))
        self.queued = bool(self.state and self.state.get("Queued"))
        self.function_arn = function_arn
        self.clients = clients

    def conclude(self, outcome: Answer | Watch | Enqueue) -> dict[str, Any]:
        """What follows from an attempt that raised nothing."""
        if isinstance(outcome, Watch):
            return self.watch(outcome)
        if isinstance(outcome, Enqueue):
            return self.enqueue(outcome)
        return self.succeed(outcome)

    def enqueue(self, outcome: Enqueue) -> dict[str, Any]:
        """The event is answered; an execution goes on trying to start what it asked for."""
        if self.queued:
            return self._queue_again()
        waiter_arn = Settings.of_environment().waiter_arn
        training_queue.enqueue(self.clients.states, waiter_arn, self._first(_QUEUE_INTERVAL), outcome.name)
        return self.succeed(outcome.answer)

    def succeed(self, outcome: Answer) -> dict[str, Any]:
        self._send(status="SUCCESS", physical_id=outcome.physical_id, data=outcome.data)
        return self._done()

    def refuse(self, reason: str) -> dict[str, Any]:
        self._send(status="FAILED", physical_id=self.request.failure_id, reason=reason)
        return self._done()

    def later(self, pending: NotYet) -> dict[str, Any]:
        """The waiter brings this event back to the events function."""
        log.info("not yet", reason=str(pending), waited=self.request.waited)
        if self.state is None:
            return self._start(self._first(pending.seconds))
        if self.queued:
            return self._queue_again()
        if self.request.waited >= pending.patience or self.clients.now() - self.state["Since"] > _LATEST_ANSWER:
            return self.refuse(pending.give_up)
        return waiter.again(self.state, pending.seconds)

    def watch(self, watch: Watch) -> dict[str, Any]:
        """The waiter goes on with the poll function."""
        settings = Settings.of_environment()
        limit = min(watch.seconds or settings.segment_seconds, settings.segment_seconds)
        state = self.state or self._first(min(_FIRST_POLL, limit))
        state = {
            **state,
            "Function": settings.poll_function_arn,
            "Subject": watch.subject,
            "Deadline": state["Since"] + limit,
        }
        return waiter.again(state, min(_FIRST_POLL, limit)) if self.state else self._start(state)

    def _queue_again(self) -> dict[str, Any]:
        return training_queue.again(self.state or {}, int(self.request.properties.settings.get("TimeoutSeconds", 0)))

    def _first(self, seconds: int) -> dict[str, Any]:
        since = int(self.clients.now())
        return waiter.first(self.event, self.function_arn, self.request, since=since, seconds=seconds)

    def _start(self, state: dict[str, Any]) -> dict[str, Any]:
        waiter.start(self.clients.states, Settings.of_environment().waiter_arn, state)
        return {"Done": True}

    def _send(self, **content: Any) -> None:
        if self.queued:
            # Answered when it was put into the queue.
            log.info("left the queue", **content)
            return
        answer.send(self.event, put=self.clients.put, **content)

    def _done(self) -> dict[str, Any]:
        return waiter.done(self.state) if self.state else {"Done": True}
