"""Executions of the Step Functions waiter: look, wait, look again. An execution's input is its whole state."""

import json
from typing import Any, Final

from botocore.exceptions import ClientError

from provider.aws import errors
from provider.aws.clients import StepFunctions
from provider.cloudformation import identity, log
from provider.cloudformation.request import Request
from provider.waiter.state import WaiterState

_SPREAD: Final = 30


def first(event: dict[str, Any], events_function: str, request: Request, *, since: int, seconds: int) -> WaiterState:
    """The state of an execution that brings the event back to the events function after so many seconds, and some.

    Many events of one deployment come at once. They do not all come back at once.
    """
    seconds += identity.spread(request.id, min(seconds, _SPREAD))
    return WaiterState(
        event=event,
        function=events_function,
        events_function=events_function,
        failure_id=request.failure_id,
        subject=request.logical_id,
        since=since,
        waited=seconds,
        wait_seconds=seconds,
    )


def start(states: StepFunctions, waiter_arn: str, state: WaiterState, *, name: str | None = None) -> None:
    """Starts the execution for this event; one that runs already, after a second delivery, is as good."""
    event = state.event
    name = name or identity.execution_name(event["StackId"], event["LogicalResourceId"], event["RequestId"])
    try:
        states.start_execution(stateMachineArn=waiter_arn, name=name, input=json.dumps(state.render()))
    except ClientError as error:
        if errors.code(error) != "ExecutionAlreadyExists":
            raise
    log.info("waiter started", execution=name, subject=state.subject)
