"""The last resort of the waiter: FAILED by the shortest path there is, with nothing that can have failed before."""

import json
from typing import Any

from provider import answer, log


def handle(state: dict[str, Any], *, put: answer.Put | None = None) -> dict[str, Any]:
    """Answers for an execution whose looks have failed for good. The run itself is left alone."""
    event = state.get("Event") or {}
    log.bind(
        request_id=event.get("RequestId"), logical_id=event.get("LogicalResourceId"), stack_id=event.get("StackId")
    )
    log.error("waiter gave up", error=_cause(state))
    if not state.get("Queued"):
        answer.send(event, status="FAILED", physical_id=state["FailureId"], reason=_reason(state), put=put)
    return {"Done": True}


def _reason(state: dict[str, Any]) -> str:
    return (
        f"The provider's function failed again and again while it looked after {state.get('Subject', 'the model')}: "
        f"{_cause(state)}. What was started in Amazon Bedrock was left alone; see the function's log, then "
        "deploy again to attach to it."
    )


def _cause(state: dict[str, Any]) -> str:
    error = state.get("Error") or {}
    try:
        detail = json.loads(error.get("Cause", ""))
        return f"{detail['errorType']}: {detail['errorMessage']}"[:500]
    except (ValueError, KeyError, TypeError):
        return str(error.get("Error", "unknown error"))[:500]
