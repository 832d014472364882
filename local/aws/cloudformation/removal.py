"""Removal of physical resources, with the events of it."""

from local.aws.cloudformation import resources, stack
from local.aws.cloudformation.change import Leftover
from local.aws.cloudformation.resources import Record

_cleanup_attempts = 1


def set_cleanup_attempts(cleanup_attempts: int) -> None:
    """How often a cleanup tries to delete a resource before it goes on without."""
    global _cleanup_attempts  # noqa: PLW0603 - ministack keeps its services in module globals, and so does what hooks in
    _cleanup_attempts = cleanup_attempts


async def remove_in_cleanup(record: Record, leftover: Leftover, *, keep: bool = False) -> bool:
    """The same as `remove`, tried several times."""
    return await remove(record, leftover, keep=keep, attempts=_cleanup_attempts)


async def remove(record: Record, leftover: Leftover, *, keep: bool = False, attempts: int = 1) -> bool:
    """Delete one physical resource; False when that failed as often as it was tried."""
    names = (leftover.logical_id, leftover.resource_type)
    if keep:
        stack.event(record, *names, "DELETE_SKIPPED", physical_id=leftover.physical_id)
        return True
    for _ in range(attempts):
        stack.event(record, *names, "DELETE_IN_PROGRESS", physical_id=leftover.physical_id)
        try:
            await _delete(record, leftover)
        except Exception as error:
            stack.event(record, *names, "DELETE_FAILED", str(error), leftover.physical_id)
        else:
            stack.event(record, *names, "DELETE_COMPLETE", physical_id=leftover.physical_id)
            return True
    return False


async def _delete(record: Record, leftover: Leftover) -> None:
    for call, arguments, options in leftover.calls:
        call(*arguments, **options)
    await resources.delete(
        leftover.resource_type,
        leftover.logical_id,
        leftover.properties,
        record["StackName"],
        physical_id=leftover.physical_id,
    )
