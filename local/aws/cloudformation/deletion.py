"""Deletion of a stack: each resource by its policy, independent ones in parallel, nothing before what depends on it."""

from typing import Any

from local.aws.cloudformation import custom_resource, graph, stack
from local.aws.cloudformation.change import Leftover
from local.aws.cloudformation.operation import Operation
from local.aws.cloudformation.removal import remove
from local.aws.cloudformation.resources import Record, Scope

_RETAINING = ("Retain", "RetainExceptOnCreate")


async def delete(record: Record, retained: frozenset[str]) -> None:
    """A create that is still in progress is cancelled first. What can't be deleted stays, and what it depends on."""
    custom_resource.CANCELLATION.set(None)
    under_way: Operation | None = record.get("_under_way")
    if under_way and record["StackStatus"] == "CREATE_IN_PROGRESS":
        under_way.abandon()
    elif under_way:
        await under_way.over.wait()
    stack.enter(record, "DELETE_IN_PROGRESS", "" if record.get("ParentId") else "User Initiated")
    if under_way:
        # A cancelled create still answers; deleting before it has would miss what it made.
        await under_way.over.wait()
    await _delete_resources(record, retained)


async def delete_what_failed(operation: Operation) -> None:
    """OnFailure=DELETE. Nothing but the reason tells it from a deletion that a user asked for later."""
    custom_resource.CANCELLATION.set(None)
    stack.enter(operation.stack, "DELETE_IN_PROGRESS", f"{operation.failure} Delete requested by user.")
    await _delete_resources(operation.stack, frozenset())


async def _delete_resources(record: Record, retained: frozenset[str]) -> None:
    template = record.get("_template") or {}
    definitions: dict[str, Any] = template.get("Resources", {})
    scope = Scope(record, template, record.get("_resolved_params", {}), record.get("_conditions", {}))
    failed: list[str] = []

    async def visit(logical_id: str) -> bool:
        policy = scope.policy(definitions.get(logical_id), "DeletionPolicy")
        gone = await _delete_one(record, logical_id, keep=policy in _RETAINING or logical_id in retained)
        if not gone:
            failed.append(logical_id)
        return gone

    await graph.visit_dependents_first(record["_resources"], definitions, visit)
    _finish(record, sorted(failed))


async def _delete_one(record: Record, logical_id: str, *, keep: bool) -> bool:
    found = record["_resources"][logical_id]
    leftover = Leftover(logical_id, found["ResourceType"], found["PhysicalResourceId"], found["Properties"])
    # Without a physical id there is nothing: its create failed before anything was made.
    gone = not leftover.physical_id or await remove(record, leftover, keep=keep)
    if gone:
        del record["_resources"][logical_id]
    return gone


def _finish(record: Record, failed: list[str]) -> None:
    if failed:
        stack.enter(record, "DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}].")
        return
    for output in record.get("Outputs", []):
        stack.exports().pop(output.get("ExportName"), None)
    stack.enter(record, "DELETE_COMPLETE")
