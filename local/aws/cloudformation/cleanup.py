"""Clean-up after an update: what it replaced and removed is deleted once all of it has succeeded."""

from collections.abc import Iterator
from typing import Any

from local.aws.cloudformation import graph, stack
from local.aws.cloudformation.change import Kind, Leftover
from local.aws.cloudformation.operation import Operation
from local.aws.cloudformation.removal import remove_in_cleanup
from local.aws.cloudformation.resources import Record, Scope

_RETAINING = ("Retain", "RetainExceptOnCreate")


async def after_update(operation: Operation) -> None:
    """UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: a failure in here does not fail the update."""
    for child in operation.children.values():
        await after_update(child)
        if child.is_update:
            stack.enter(child.stack, "UPDATE_COMPLETE")
    if not operation.previous:
        return
    # A replaced resource is deleted only now, so that a rollback would have found it untouched.
    leftovers = {leftover.logical_id: (leftover, policy) for leftover, policy in _leftovers(operation)}
    if leftovers or operation.inherited:
        stack.enter(operation.stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")

    async def visit(logical_id: str) -> bool:
        await _clean_up(operation.stack, *leftovers[logical_id])
        return True

    await graph.visit_dependents_first(leftovers, _former_definitions(operation), visit)
    for leftover in operation.inherited:
        await remove_in_cleanup(operation.stack, leftover)


async def _clean_up(record: Record, leftover: Leftover, policy: str) -> None:
    gone = await remove_in_cleanup(record, leftover, keep=policy in _RETAINING)
    still_named = record["_resources"].get(leftover.logical_id, {})
    if gone and still_named.get("PhysicalResourceId") == leftover.physical_id:
        del record["_resources"][leftover.logical_id]


def _former_definitions(operation: Operation) -> dict[str, Any]:
    template = (operation.previous or {}).get("_template") or {}
    definitions: dict[str, Any] = template.get("Resources", {})
    return definitions


def _leftovers(operation: Operation) -> Iterator[tuple[Leftover, str]]:
    yield from _replaced(operation)
    yield from _removed(operation)


def _replaced(operation: Operation) -> Iterator[tuple[Leftover, str]]:
    for change in operation.changes:
        if change.kind is Kind.REPLACED:
            old_id = change.previous["PhysicalResourceId"] if change.previous else ""
            names = (change.logical_id, change.resource_type)
            policy = operation.scope.policy(operation.definitions[change.logical_id], "UpdateReplacePolicy")
            yield Leftover(*names, old_id, change.before, calls=change.old_deletes), policy


def _removed(operation: Operation) -> Iterator[tuple[Leftover, str]]:
    """What the new template has no more."""
    previous = operation.previous or {}
    template = previous.get("_template") or {}
    scope = Scope(operation.stack, template, previous.get("_resolved_params", {}), previous.get("_conditions", {}))
    for name in [name for name in previous["_resources"] if name not in operation.definitions]:
        old = previous["_resources"][name]
        leftover = Leftover(name, old["ResourceType"], old["PhysicalResourceId"], old["Properties"])
        yield leftover, scope.policy(template.get("Resources", {}).get(name), "DeletionPolicy")
