"""Deletes what nothing names any more: replaced and removed resources, and what a rollback leaves over."""

from collections.abc import Iterable

from local.aws.cloudformation import resources, stack
from local.aws.cloudformation.change import Kind, Leftover
from local.aws.cloudformation.operation import Operation
from local.aws.cloudformation.resources import Record, Scope

_RETAINING = ("Retain", "RetainExceptOnCreate")


async def after_update(operation: Operation) -> None:
    """UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: a failure in here does not fail the update."""
    for child in operation.children.values():
        await after_update(child)
    if not operation.previous:
        return
    leftovers = [*_replaced(operation), *_removed(operation)]
    if leftovers:
        stack.enter(operation.stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    for leftover, policy in leftovers:
        await _clean_up(operation.stack, leftover, policy)


async def _clean_up(record: Record, leftover: Leftover, policy: str) -> None:
    gone = await remove(record, leftover, keep=policy in _RETAINING)
    still_named = record["_resources"].get(leftover.logical_id, {})
    if still_named.get("PhysicalResourceId") != leftover.physical_id:
        return
    if gone:
        del record["_resources"][leftover.logical_id]
    else:
        still_named["ResourceStatus"] = "DELETE_FAILED"


def _replaced(operation: Operation) -> list[tuple[Leftover, str]]:
    return [
        (
            Leftover(
                change.logical_id,
                change.resource_type,
                change.previous["PhysicalResourceId"] if change.previous else "",
                change.before,
                calls=change.old_deletes,
            ),
            operation.scope.policy(operation.definitions[change.logical_id], "UpdateReplacePolicy"),
        )
        for change in reversed(operation.changes)
        if change.kind is Kind.REPLACED
    ]


def _removed(operation: Operation) -> list[tuple[Leftover, str]]:
    """What the new template has no more, dependents first."""
    previous = operation.previous or {}
    template = previous.get("_template") or {}
    scope = Scope(operation.stack, template, previous.get("_resolved_params", {}), previous.get("_conditions", {}))
    definitions = template.get("Resources", {})
    gone = [name for name in previous["_resources"] if name not in operation.definitions]
    leftovers = []
    for name in _dependents_first(gone, definitions):
        old = previous["_resources"][name]
        leftover = Leftover(name, old["ResourceType"], old["PhysicalResourceId"], old["Properties"])
        leftovers.append((leftover, scope.policy(definitions.get(name), "DeletionPolicy")))
    return leftovers


def _dependents_first(names: Iterable[str], definitions: dict[str, dict[str, object]]) -> list[str]:
    remaining = set(names)
    needs = {name: resources.dependencies(definitions.get(name, {}), remaining) for name in remaining}
    ordered: list[str] = []
    while remaining:
        free = [name for name in remaining if not any(name in needs[other] for other in remaining - {name})]
        # A circle can't come from a template that was deployed, but it must not hang the server either.
        ordered += sorted(free or remaining)
        remaining -= set(free or remaining)
    return ordered


async def remove(record: Record, leftover: Leftover, *, keep: bool = False) -> bool:
    """Delete one physical resource, with its events; False when that failed."""
    names = (leftover.logical_id, leftover.resource_type)
    if keep:
        stack.event(record, *names, "DELETE_SKIPPED", physical_id=leftover.physical_id)
        return True
    stack.event(record, *names, "DELETE_IN_PROGRESS", physical_id=leftover.physical_id)
    try:
        for call, arguments, options in leftover.calls:
            call(*arguments, **options)
        await resources.delete(
            leftover.resource_type,
            leftover.logical_id,
            leftover.properties,
            record["StackName"],
            physical_id=leftover.physical_id,
        )
    except Exception as error:
        stack.event(record, *names, "DELETE_FAILED", str(error), leftover.physical_id)
        return False
    stack.event(record, *names, "DELETE_COMPLETE", physical_id=leftover.physical_id)
    return True
