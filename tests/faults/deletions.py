"""How CloudFormation deletes: a stack at its end, what a rollback takes away, and what a clean-up removes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from tests.faults.records import Record, request
from tests.faults.templates import NEIGHBOR_TYPE, STACK_TYPE
from tests.faults.walk import Done, Walk, needs_of

if TYPE_CHECKING:
    from tests.faults.records import Stack
    from tests.faults.stacks import CloudFormation

# How often a clean-up tries to delete a resource before it goes on without, which is no failure of the update.
CLEAN_UP_TRIES = 3


class Deletion:
    """All resources of a stack, dependents first: its end, or the rollback of its creation."""

    def __init__(
        self, cloudformation: "CloudFormation", stack: "Stack", *, end: str = "DELETE", retains: Sequence[str] = ()
    ) -> None:
        self._cloudformation = cloudformation
        self._stack = stack
        self._end = end
        self._retains = retains

    def run(self, done: Done | None = None) -> None:
        kept = {name for name, each in self._stack.template.items() if each.retained or name in self._retains}
        records = [record for name, record in self._stack.records.items() if name not in kept]

        def ended(success: bool) -> None:
            if success and self._stack.takes_retained:
                # What was newly made goes, also what is to be retained; a resource that stays keeps what it needs.
                for name in self._stack.roles:
                    self._cloudformation.world.iam.roles.pop(name, None)
                self._cloudformation.world.ec2.groups.clear()
            self._stack.operation = None
            self._cloudformation.enter(self._stack, f"{self._end}_COMPLETE" if success else f"{self._end}_FAILED")
            if done:
                done(success)

        remove(self._cloudformation, self._stack, records, needs_of(self._stack.template), ended)


def remove(
    cloudformation: "CloudFormation",
    stack: "Stack",
    records: Iterable[Record],
    needs: Mapping[str, set[str]],
    done: Done,
    *,
    tries: int = 1,
) -> None:
    """Dependents first; what a resource that failed to go depends on is not touched."""
    leftovers = {record.logical_id: record for record in records}
    # Over waits as well, which are retained and none of the leftovers.
    reverse = {name: {other for other in leftovers if name in _all_needs(other, needs)} for name in leftovers}
    failed: list[str] = []

    def visit(logical_id: str, finished: Done) -> None:
        record, left = leftovers[logical_id], tries - 1

        def gone(success: bool) -> None:
            nonlocal left
            if not success and left:
                left -= 1
                _delete(cloudformation, stack, record, gone)
                return
            current = stack.records.get(logical_id)
            if success and current is record:
                del stack.records[logical_id]
            if not success:
                failed.append(logical_id)
            finished(success)

        _delete(cloudformation, stack, record, gone)

    Walk(cloudformation.world.timeline, reverse, visit, lambda: done(not failed)).go()


def _all_needs(name: str, needs: Mapping[str, set[str]]) -> set[str]:
    direct = needs.get(name, set())
    return direct.union(*(_all_needs(each, needs) for each in direct))


def _delete(cloudformation: "CloudFormation", stack: "Stack", record: Record, gone: Done) -> None:
    if record.type == NEIGHBOR_TYPE:
        gone(True)
    elif record.type == STACK_TYPE:
        child = cloudformation.stacks[record.physical_id]
        # Nobody documents whether the reason of an earlier failure goes with this.
        cloudformation.begin(child, "DELETE_IN_PROGRESS", reason=child.reason)
        Deletion(cloudformation, child).run(gone)
    else:
        event = request("Delete", record, PhysicalResourceId=record.physical_id)
        cloudformation.ask(stack, event, lambda answer: gone(answer is not None and answer["Status"] == "SUCCESS"))
