"""Starts that wait for a free place: the quotas of what may be in progress are small, and a full one is no failure.

An execution of the waiter, named like what is to start, brings the event back to the events function until it starts.
The event itself was answered before; the wait for what it asked for sees the execution.
"""

import json
import re
from dataclasses import dataclass, replace
from typing import Any, Final

from provider.aws.clients import StepFunctions
from provider.cloudformation import identity, log
from provider.cloudformation.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    CUSTOM_MODEL_TYPE,
    IMPORTED_MODEL_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
)
from provider.waiter import executions
from provider.waiter.state import WaiterState

QUEUED: Final = "Queued"
# Many that queue in one stack share one function, which new events need too: the longer one waits, the less it asks.
_SHARE: Final = 10
_SHORTEST: Final = 60
_LONGEST: Final = 15 * 60
# Of two kinds with one name each has its own place.
_KINDS: Final = {
    MODEL_CUSTOMIZATION_JOB_TYPE: "job",
    IMPORTED_MODEL_TYPE: "import",
    CUSTOM_MODEL_TYPE: "model",
    CUSTOM_MODEL_DEPLOYMENT_TYPE: "serve",
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """One execution that still tries to start something, and what Amazon Bedrock said when it was put in."""

    execution_arn: str
    refusal: str = ""


def enqueue(states: StepFunctions, waiter_arn: str, state: WaiterState, name: str, refusal: str) -> None:
    """Starts the execution for what is to have that name."""
    execution = execution_name(state.event["ResourceType"], name, state.event["RequestId"])
    executions.start(states, waiter_arn, replace(state, queued=name, refusal=refusal), name=execution)


def execution_name(kind: str, name: str, request_id: str) -> str:
    """Like the resource, and no two the same: Step Functions keeps the name of an ended execution for 90 days."""
    return f"{_stem(kind, name)}_{identity.short(request_id)}"


def again(state: WaiterState, seconds_limit: int) -> WaiterState:
    """The state for another try: soon at first, later every quarter of an hour, until nobody waits for it any more."""
    if state.waited >= seconds_limit:
        log.info("given up: the timeout has passed in the queue", name=state.queued)
        return state.ended()
    return state.again(min(max(state.waited // _SHARE, _SHORTEST), _LONGEST))


def place(states: StepFunctions, waiter_arn: str, kind: str, name: str) -> Place | None:
    """The execution that still tries to start this, with the words of the refusal."""
    found = _executions(states, waiter_arn, kind, [name]) if kind in _KINDS else []
    if not found:
        return None
    state = json.loads(states.describe_execution(executionArn=found[0]).get("input") or "{}")
    return Place(execution_arn=found[0], refusal=str(state.get("Refusal", "")))


def leave(states: StepFunctions, waiter_arn: str, kind: str, names: list[str]) -> bool:
    """Stops the executions for these names; whether there were any, so that the caller looks once more."""
    running = _executions(states, waiter_arn, kind, names) if kind in _KINDS else []
    for arn in running:
        states.stop_execution(executionArn=arn, cause=json.dumps({"reason": "it is no longer wanted"}))
        log.info("taken out of the queue", execution=arn)
    return bool(running)


def _executions(states: StepFunctions, waiter_arn: str, kind: str, names: list[str]) -> list[str]:
    ours = re.compile(
        rf"({'|'.join(re.escape(_stem(kind, name)) for name in names)})_[0-9a-f]{{{identity.SCOPE_LENGTH}}}"
    )
    found: list[str] = []
    page: dict[str, Any] = {}
    while True:
        listed = states.list_executions(stateMachineArn=waiter_arn, statusFilter="RUNNING", **page)
        found += [each["executionArn"] for each in listed["executions"] if ours.fullmatch(each["name"])]
        if not listed.get("nextToken"):
            return found
        page = {"nextToken": listed["nextToken"]}


def _stem(kind: str, name: str) -> str:
    # Step Functions writes no log for an execution whose name holds anything else.
    return f"{_KINDS[kind]}-{re.sub(r'[^0-9A-Za-z_-]', '-', name)}"
