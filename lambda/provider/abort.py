"""The last resort of the waiter: FAILED by the shortest path there is, with nothing that can have failed before."""

from typing import Any

from provider.cloudformation import execution_error, log, response


def handle(state: Any, *, put: response.Put | None = None) -> dict[str, Any]:
    """Answers for an execution whose looks have failed for good. The run itself is left alone."""
    state = state if isinstance(state, dict) else {}
    event = state.get("Event")
    log.bind(event)
    log.error("waiter gave up", error=execution_error.text(state.get("Error")))
    # What queues was answered when it was put into the queue.
    if not state.get("Queued") and response.is_possible(event):
        response.send(event, status="FAILED", physical_id=_failure_id(state), reason=_reason(state), put=put)
    return {"Done": True}


def _failure_id(state: dict[str, Any]) -> str:
    # For an Update it is the old id, or CloudFormation would delete that.
    return str(state.get("FailureId") or state["Event"].get("PhysicalResourceId") or state["Event"]["RequestId"])


def _reason(state: dict[str, Any]) -> str:
    return (
        f"The provider's function failed again and again while it looked after {state.get('Subject', 'the model')}: "
        f"{execution_error.text(state.get('Error'))}. What was started in Amazon Bedrock was left alone; see the "
        "function's log, then deploy again to adopt it."
    )
