"""Runs that wait for a free place: the quota of concurrent jobs is small, and a full one is no failure.

An execution of the waiter, named like the job, brings the event back to the events function until the run starts. The
event itself was answered before; the wait for the run sees the execution.
"""

import json
from typing import Any, Final

from provider import identity, log, waiter
from provider.clients import StepFunctions

_SHORTEST: Final = 60
_LONGEST: Final = 15 * 60


def enqueue(states: StepFunctions, waiter_arn: str, state: dict[str, Any], name: str) -> None:
    """Starts the execution for a job of that name."""
    waiter.start(states, waiter_arn, {**state, "Queued": name}, name=execution_name(name, state["Event"]["RequestId"]))


def execution_name(name: str, request_id: str) -> str:
    """Like the job, and no two the same: Step Functions keeps the name of an ended execution for 90 days."""
    return f"{name}.{identity.short(request_id)}"


def again(state: dict[str, Any], seconds_limit: int) -> dict[str, Any]:
    """The state for another try: soon at first, later every quarter of an hour, until nobody waits for it any more."""
    if state["Waited"] >= seconds_limit:
        log.info("given up: the timeout of the run has passed in the queue", job_name=state["Queued"])
        return waiter.done(state)
    return waiter.again(state, min(max(state["Waited"] // 20, _SHORTEST), _LONGEST))


def executions(states: StepFunctions, waiter_arn: str, names: list[str]) -> list[str]:
    """The ARNs of the executions that still try to start a job of one of these names."""
    prefixes = tuple(f"{name}." for name in names)
    found: list[str] = []
    page: dict[str, Any] = {}
    while True:
        listed = states.list_executions(stateMachineArn=waiter_arn, statusFilter="RUNNING", **page)
        found += [each["executionArn"] for each in listed["executions"] if each["name"].startswith(prefixes)]
        if not listed.get("nextToken"):
            return found
        page = {"nextToken": listed["nextToken"]}


def leave(states: StepFunctions, waiter_arn: str, names: list[str]) -> bool:
    """Stops the executions for jobs of these names; whether there were any, so that the caller looks once more."""
    running = executions(states, waiter_arn, names)
    for arn in running:
        states.stop_execution(executionArn=arn, cause=json.dumps({"reason": "the job is no longer wanted"}))
        log.info("taken out of the queue", execution=arn)
    return bool(running)
