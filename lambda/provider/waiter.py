"""Executions of the Step Functions waiter: look, wait, look again.

An execution's input is its whole state, and each look returns the next one: `Event` is CloudFormation's, `Function` the
function that looks, `EventsFunction` the one that answers if looking fails for good, `Waited` the seconds let pass so
far, `Deadline` when a segment of waiting ends, `Since` when CloudFormation sent the event, `Causes` at how many seconds
of waiting each cause for it was met first.
"""

import json
from typing import Any, Final

from botocore.exceptions import ClientError

from provider import errors, identity, log
from provider.clients import StepFunctions
from provider.request import Request

_SPREAD: Final = 30


def first(event: dict[str, Any], events_function: str, request: Request, *, since: int, seconds: int) -> dict[str, Any]:
    """The state of an execution that brings the event back to the events function after so many seconds, and some.

    Many events of one deployment come at once. They do not all come back at once.
    """
    seconds += identity.spread(request.id, min(seconds, _SPREAD))
    return {
        "Event": event,
        "Function": events_function,
        "EventsFunction": events_function,
        "FailureId": request.failure_id,
        "Subject": request.logical_id,
        "Since": since,
        "Waited": seconds,
        "WaitSeconds": seconds,
        "Done": False,
    }


def start(states: StepFunctions, waiter_arn: str, state: dict[str, Any], *, name: str | None = None) -> None:
    """Starts the execution for this event; one that runs already, after a second delivery, is as good."""
    event = state["Event"]
    name = name or identity.execution_name(event["StackId"], event["LogicalResourceId"], event["RequestId"])
    try:
        states.start_execution(stateMachineArn=waiter_arn, name=name, input=json.dumps(state))
    except ClientError as error:
        if errors.code(error) != "ExecutionAlreadyExists":
            raise
    log.info("waiter started", execution=name, subject=state["Subject"])


def again(state: dict[str, Any], seconds: int) -> dict[str, Any]:
    """The state for another look after so many seconds."""
    return {**state, "Done": False, "WaitSeconds": seconds, "Waited": state["Waited"] + seconds}


def done(state: dict[str, Any]) -> dict[str, Any]:
    """The state that ends the execution."""
    return {**state, "Done": True}
