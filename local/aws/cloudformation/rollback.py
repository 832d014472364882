"""Rollback of an operation that failed."""

from local.aws.cloudformation import custom_resource, graph, resources, stack
from local.aws.cloudformation.change import Change, Kind, Leftover
from local.aws.cloudformation.operation import Operation
from local.aws.cloudformation.removal import remove, remove_in_cleanup
from local.aws.cloudformation.resources import STACK_TYPE, Record


class Rollback:
    """Undoes one operation: an update's resources are sent back first, then what is left over is deleted."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._stack = operation.stack
        self._children: dict[str, Rollback] = {}
        self._undone: set[str] = set()
        self.leftovers: list[Leftover] = list(operation.inherited)
        self.failed: dict[str, Record] = {}

    async def run(self, reason: str) -> None:
        custom_resource.CANCELLATION.set(None)
        if self._operation.is_update:
            await self.revert(reason)
            await self.clean_up()
        else:
            await self._delete_everything(reason)

    async def _delete_everything(self, reason: str) -> None:
        stack.enter(self._stack, "ROLLBACK_IN_PROGRESS", f"{reason} Rollback requested by user.".strip())
        changes = {change.logical_id: change for change in self._operation.changes}

        async def visit(logical_id: str) -> bool:
            change = changes[logical_id]
            gone = not change.physical_id or await remove(
                self._stack, change.leftover, keep=self._keeps(change.leftover)
            )
            if gone:
                self._stack["_resources"].pop(logical_id, None)
            else:
                self.failed[logical_id] = _undeleted(change)
            return gone

        await graph.visit_dependents_first(changes, self._operation.definitions, visit)
        self._finish("ROLLBACK_FAILED" if self.failed else "ROLLBACK_COMPLETE")

    async def revert_failed(self) -> None:
        """Without rollback, what failed goes back to its last stable state at once, and the rest stays as it is."""
        custom_resource.CANCELLATION.set(None)
        for logical_id, child in self._operation.children.items():
            if child.failure and (rollback := self._of_child(logical_id)):
                await rollback.revert_failed()
            elif child.is_update:
                stack.enter(child.stack, "UPDATE_COMPLETE")
        for change in self._operation.changes:
            has_failed = change.kind is Kind.UPDATE_FAILED or change.logical_id in self._operation.refused
            if has_failed and change.resource_type != STACK_TYPE:
                await self._undo(change)
                self._undone.add(change.logical_id)
                previous = self._operation.previous_resources[change.logical_id]
                self._stack["_resources"][change.logical_id] = previous | {"ResourceStatus": "UPDATE_FAILED"}

    async def revert(self, reason: str) -> None:
        """Send back what existed before, in the order of the template that comes back into force."""
        # A child that failed by itself is on its way back already.
        if not self._stack.get("ParentId") or self._stack["StackStatus"] != "UPDATE_ROLLBACK_IN_PROGRESS":
            stack.enter(self._stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
        changes = {c.logical_id: c for c in self._operation.changes if c.logical_id not in self._undone}
        definitions = {name: self._operation.definitions[name] for name in changes}
        needs = {name: resources.dependencies(definition, set(changes)) for name, definition in definitions.items()}

        async def visit(logical_id: str) -> bool:
            await self._undo(changes[logical_id])
            return True

        await graph.visit_in_order(needs, visit)
        self._restore()

    async def continue_(self, skipped: frozenset[str]) -> None:
        """ContinueUpdateRollback: what failed is sent back once more, but for what is skipped; then the clean-up."""
        custom_resource.CANCELLATION.set(None)
        await self._try_again(skipped, "User Initiated")
        await self.clean_up()

    async def _try_again(self, skipped: frozenset[str], reason: str = "") -> None:
        stack.enter(self._stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
        names = set(self.failed)
        self.failed = {}
        changes = {change.logical_id: change for change in self._operation.changes if change.logical_id in names}
        definitions = self._operation.definitions
        needs = {name: resources.dependencies(definitions[name], names) for name in changes}

        async def visit(logical_id: str) -> bool:
            if logical_id in skipped:
                self._skip(changes[logical_id])
            else:
                await self._undo(changes[logical_id])
            return True

        await graph.visit_in_order(needs, visit)

    def _skip(self, change: Change) -> None:
        # The template is the earlier one then, and the physical id is of what the failed update made.
        if change.physical_id:
            self._keep(change, change.physical_id, change.attributes)
        self._event(change, "UPDATE_COMPLETE", "Resource rollback skipped by user")

    async def _undo(self, change: Change) -> None:
        if change.previous is None:
            if change.physical_id:
                self.leftovers.append(change.leftover)
            return
        try:
            if change.resource_type == STACK_TYPE:
                await self._revert_child(change)
            elif custom_resource.is_custom(change.resource_type):
                await self._revert_custom(change)
            elif change.kind is Kind.REPLACED:
                self.leftovers.append(change.leftover)
            elif change.kind is Kind.UPDATED:
                await self._revert_in_place(change)
        except Exception as error:
            self._event(change, "UPDATE_FAILED", str(error))
            self.failed[change.logical_id] = _unreverted(change)
            return
        self._event(change, "UPDATE_COMPLETE")

    async def _revert_child(self, change: Change) -> None:
        self._event(change, "UPDATE_IN_PROGRESS")
        if rollback := self._of_child(change.logical_id):
            await (rollback._try_again(frozenset()) if rollback.failed else rollback.revert(""))
            if rollback.failed:
                raise RuntimeError(f"Embedded stack {change.physical_id} was not successfully rolled back")

    def _of_child(self, logical_id: str) -> "Rollback | None":
        child = self._operation.children.get(logical_id)
        return self._children.setdefault(logical_id, Rollback(child)) if child else None

    async def _revert_custom(self, change: Change) -> None:
        """The provider may have acted before it failed, so it is told in each case, under the id it answered last.

        Whatever id comes back stands; the one it supersedes is deleted in the cleanup.
        """
        if not change.physical_id:
            return
        made = await self._sent_back(change)
        if made.physical_id != change.physical_id:
            self.leftovers.append(change.leftover)
        self._keep(change, made.physical_id, made.attributes)

    async def _revert_in_place(self, change: Change) -> None:
        made = await self._sent_back(change)
        self._keep(change, made.physical_id, made.attributes)

    async def _sent_back(self, change: Change) -> resources.Made:
        self._event(change, "UPDATE_IN_PROGRESS", physical_id=change.physical_id)
        return await resources.update(
            change.resource_type,
            change.logical_id,
            change.after,
            change.before,
            self._stack["StackName"],
            physical_id=change.physical_id,
            record={"Attributes": change.attributes, "_name_seed": (change.previous or {}).get("_name_seed", "")},
        )

    def _keep(self, change: Change, physical_id: str, attributes: dict[str, object]) -> None:
        record = self._operation.previous_resources[change.logical_id]
        record["PhysicalResourceId"] = physical_id
        record["ResourceStatus"] = "UPDATE_COMPLETE"
        record["Attributes"] = {**record.get("Attributes", {}), **attributes}

    def _restore(self) -> None:
        previous = self._operation.previous or {}
        self._stack["_resources"] = previous["_resources"]
        for name in stack.RESTORED:
            if name in previous:
                self._stack[name] = previous[name]

    async def clean_up(self) -> None:
        """A failed delete in here does not fail the rollback."""
        for child in self._children.values():
            await child.clean_up()
        if self._stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE":
            # A nested stack that was ready before its parent's rollback had to be continued.
            return
        if not self.failed:
            stack.enter(self._stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
            await self._remove_leftovers()
        self._finish("UPDATE_ROLLBACK_FAILED" if self.failed else "UPDATE_ROLLBACK_COMPLETE")

    async def _remove_leftovers(self) -> None:
        leftovers = {leftover.logical_id: leftover for leftover in self.leftovers}

        async def visit(logical_id: str) -> bool:
            leftover = leftovers[logical_id]
            await remove_in_cleanup(self._stack, leftover, keep=self._keeps(leftover))
            return True

        await graph.visit_dependents_first(leftovers, self._operation.definitions, visit)

    def _keeps(self, leftover: Leftover) -> bool:
        definition = self._operation.definitions.get(leftover.logical_id)
        policy = self._operation.scope.policy(definition, "DeletionPolicy")
        return policy == "Retain" and not self._operation.retain_except_on_create

    def _finish(self, status: str) -> None:
        if self.failed:
            # What ContinueUpdateRollback tries again.
            self._stack["_rollback_failed"] = self.failed
            self._stack["_paused_rollback"] = {"operation": self._operation, "rollback": self}
            stack.enter(self._stack, status, f"The following resource(s) failed: [{', '.join(sorted(self.failed))}].")
        else:
            stack.enter(self._stack, status)

    def _event(self, change: Change, status: str, reason: str = "", *, physical_id: str = "") -> None:
        known = physical_id or self._operation.previous_resources[change.logical_id]["PhysicalResourceId"]
        stack.event(self._stack, change.logical_id, change.resource_type, status, reason, known)


def _undeleted(change: Change) -> Record:
    return {
        "PhysicalResourceId": change.physical_id,
        "ResourceType": change.resource_type,
        "Properties": dict(change.after),
    }


def _unreverted(change: Change) -> Record:
    return _undeleted(change) | {
        "RevertFrom": dict(change.after),
        "RevertTo": dict(change.before),
        "Attributes": change.attributes,
    }
