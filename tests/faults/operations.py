"""How CloudFormation brings a template forward, and back again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.faults.deletions import CLEAN_UP_TRIES, Deletion, remove
from tests.faults.records import Record, request, sent
from tests.faults.templates import NEIGHBOR_TYPE, STACK_TYPE, Template
from tests.faults.walk import Done, Walk, each, needs_of

if TYPE_CHECKING:
    from tests.faults.records import Stack
    from tests.faults.stacks import CloudFormation


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an operation did to one resource: enough to undo it."""

    record: Record
    before: Record | None

    @property
    def is_replacement(self) -> bool:
        return self.before is not None and self.before.physical_id != self.record.physical_id


class Operation:
    """One creation or update of one stack, with its clean-up or its rollback."""

    def __init__(self, cloudformation: "CloudFormation", stack: "Stack", template: Template) -> None:
        self._cloudformation = cloudformation
        self._stack = stack
        self._template = template
        self._is_update = stack.status == "UPDATE_IN_PROGRESS"
        self._earlier = dict(stack.records)
        self._changes: dict[str, Change] = {}
        self._children: dict[str, Operation] = {}
        self._in_flight: dict[str, Change] = {}
        self._leftovers: list[Record] = []
        self._finished: Callable[[bool], None] | None = None
        self._walk = Walk(cloudformation.world.timeline, needs_of(template), self._bring, self._forward_done)
        self.over = False

    def run(self, finished: Callable[[bool], None] | None = None) -> None:
        """Forward. A nested one reports to `finished`, and leaves clean-up and rollback to its parent."""
        self._finished = finished
        self._walk.go()

    def fail(self, reason: str) -> None:
        """Cancels what is in flight, then goes back."""
        if self.over:
            return
        self._cloudformation.world.note(f"{self._stack.name}: failed, {reason}")
        self.give_up()
        if self._finished:
            self._stay_failed()
            self._finished(False)
        elif self._is_update:
            self.revert(self.clean_up_rollback)
        elif self._stack.on_failure_delete:
            self._stack.reason = "The following resource(s) failed to create: [Neighbor]. Delete requested by user."
            self._enter("DELETE_IN_PROGRESS")
            Deletion(self._cloudformation, self._stack).run()
        else:
            self._enter("ROLLBACK_IN_PROGRESS")
            Deletion(self._cloudformation, self._stack, end="ROLLBACK").run()

    def give_up(self) -> None:
        """Nobody waits for what is in flight any more; CloudFormation makes up an id for what never told its own."""
        self.over = self._walk.stopped = True
        self._stack.template = self._stack.template or self._template
        for logical_id, change in self._in_flight.items():
            self._note(logical_id, change)
        self._in_flight.clear()
        for child in self._children.values():
            if not child.over:
                child.give_up()
                child._stay_failed()

    def _stay_failed(self) -> None:
        self._stack.reason = f"The following resource(s) failed to {'update' if self._is_update else 'create'}: [One]. "
        self._enter("UPDATE_FAILED" if self._is_update else "CREATE_FAILED")

    def _enter(self, status: str) -> None:
        self._cloudformation.enter(self._stack, status)

    def _bring(self, logical_id: str, finished: Done) -> None:
        definition, before = self._template[logical_id], self._stack.records.get(logical_id)
        if definition.type == STACK_TYPE:
            self._bring_child(logical_id, before, finished)
            return
        properties = self._cloudformation.resolve(self._stack, definition.properties)
        if before and before.properties == properties:
            finished(True)
            return
        after = Record(
            logical_id=logical_id,
            type=definition.type,
            physical_id=before.physical_id if before else self._invented_id(logical_id),
            properties=properties,
        )
        change = self._in_flight[logical_id] = Change(record=after, before=before)
        if definition.type == NEIGHBOR_TYPE:
            self._bring_neighbor(change, finished)
            return
        event = request("Create", after)
        if before:
            event = _update(before=before, after=after)
        self._cloudformation.ask(self._stack, event, partial(self._answered, change, finished))

    def _bring_neighbor(self, change: Change, finished: Done) -> None:
        fails = "FailsAfter" in change.record.properties
        seconds = change.record.properties.get("FailsAfter", 1)
        answer = {
            "Status": "FAILED" if fails else "SUCCESS",
            "Reason": "the neighbor",
            "PhysicalResourceId": "neighbor",
        }
        self._cloudformation.world.timeline.after(seconds, lambda: self._answered(change, finished, answer))

    def _answered(self, change: Change, finished: Done, answer: dict[str, Any] | None) -> None:
        if self.over:
            return
        logical_id = change.record.logical_id
        del self._in_flight[logical_id]
        known = replace(
            change.record, physical_id=(answer or {}).get("PhysicalResourceId") or change.record.physical_id
        )
        if answer and answer["Status"] == "SUCCESS":
            self._note(
                logical_id, Change(record=replace(known, attributes=answer.get("Data", {})), before=change.before)
            )
            finished(True)
            return
        self._note(logical_id, Change(record=known, before=change.before))
        self.fail(answer["Reason"] if answer else f"no answer for {logical_id}")

    def _note(self, logical_id: str, change: Change) -> None:
        self._changes[logical_id] = change
        self._stack.records[logical_id] = change.record

    def _bring_child(self, logical_id: str, before: Record | None, finished: Done) -> None:
        cloudformation, parents = self._cloudformation, (self._stack.id, *self._stack.parents)
        child = cloudformation.stacks[before.physical_id] if before else None
        made = child or cloudformation.add(f"{self._stack.name}-{logical_id}", parents)
        definition = self._template[logical_id]
        cloudformation.begin(made, "UPDATE_IN_PROGRESS" if before else "CREATE_IN_PROGRESS")
        record = Record(logical_id=logical_id, type=STACK_TYPE, physical_id=made.id, properties=definition.properties)
        self._note(logical_id, Change(record=record, before=before))
        operation = self._children[logical_id] = Operation(cloudformation, made, definition.properties["Template"])

        def ended(success: bool) -> None:
            if not self.over:
                finished(True) if success else self.fail(f"the nested stack {logical_id}")

        operation.run(ended)

    def _forward_done(self) -> None:
        self.over = True
        if self._finished:
            self._enter("UPDATE_COMPLETE" if self._is_update else "CREATE_COMPLETE")
            self._stack.template = self._template
            self._finished(True)
        elif self._is_update:
            self.clean_up(lambda _: self._complete("UPDATE_COMPLETE"))
        else:
            self._complete("CREATE_COMPLETE")

    def _complete(self, status: str) -> None:
        self._stack.template = self._template
        self._stack.operation = None
        self._enter(status)

    def clean_up(self, done: Done) -> None:
        """Deletes what was replaced or left the template; a failure in here does not fail the update."""
        self._enter("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        replaced = [change.before for change in self._changes.values() if change.is_replacement and change.before]
        removed = [record for name, record in self._earlier.items() if name not in self._template]
        for record in removed:
            del self._stack.records[record.logical_id]
        needs = {**needs_of(self._stack.template), **needs_of(self._template)}
        retained = {name for name, each in {**self._stack.template, **self._template}.items() if each.retained}
        leftovers = [record for record in [*replaced, *removed] if record.logical_id not in retained]
        children = lambda _: self._clean_up_children(done)  # noqa: E731
        remove(self._cloudformation, self._stack, leftovers, needs, children, tries=CLEAN_UP_TRIES)

    def _clean_up_children(self, done: Done) -> None:
        def clean(child: Operation, next_: Done) -> None:
            def cleaned(ok: bool) -> None:
                child._enter("UPDATE_COMPLETE")
                next_(ok)

            child.clean_up(cleaned)

        each([child for child in self._children.values() if child._is_update], clean, done)

    def revert(self, done: Done) -> None:
        """Sends back what existed before, in the order of the template."""
        self._enter("UPDATE_ROLLBACK_IN_PROGRESS")
        failed: list[str] = []
        needs = {name: needed for name, needed in needs_of(self._template).items() if name in self._changes}

        def visit(logical_id: str, finished: Done) -> None:
            def ended(success: bool) -> None:
                if not success:
                    failed.append(logical_id)
                finished(success)

            self._send_back(self._changes[logical_id], ended)

        Walk(self._cloudformation.world.timeline, needs, visit, lambda: done(not failed)).go()

    def _send_back(self, change: Change, finished: Done) -> None:
        before, after = change.before, change.record
        if after.logical_id in self._children and before:
            self._children[after.logical_id].revert(finished)
            return
        if before is None:
            self._leftovers.append(after)
            self._stack.records.pop(after.logical_id, None)
            finished(True)
            return
        if after.type == NEIGHBOR_TYPE:
            self._stack.records[after.logical_id] = before
            finished(True)
            return
        if after.logical_id in self._stack.skips:
            # It failed to go back, and the rollback was continued without it: the id of what was made stays.
            self._stack.records[before.logical_id] = replace(before, physical_id=after.physical_id)
            finished(True)
            return
        event = _update(before=after, after=replace(before, physical_id=after.physical_id))
        self._cloudformation.ask(self._stack, event, partial(self._sent_back, before, after, finished))

    def _sent_back(self, before: Record, after: Record, finished: Done, answer: dict[str, Any] | None) -> None:
        if not answer or answer["Status"] != "SUCCESS":
            finished(False)
            return
        back = replace(before, physical_id=answer["PhysicalResourceId"], attributes=answer.get("Data", {}))
        self._stack.records[before.logical_id] = back
        if back.physical_id != after.physical_id:
            self._leftovers.append(after)
        finished(True)

    def clean_up_rollback(self, success: bool, done: Done | None = None) -> None:
        """Deletes what the failed update made. A nested stack's comes with its parent's."""
        if not success:
            self._stack.operation = None
            self._enter("UPDATE_ROLLBACK_FAILED")
            return
        self._enter("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        retained = {name for name, each in self._template.items() if each.retained}
        leftovers = [record for record in self._leftovers if record.logical_id not in retained]

        def ended(_: bool) -> None:
            self._stack.operation = None
            self._enter("UPDATE_ROLLBACK_COMPLETE")
            if done:
                done(True)

        def children(_: bool) -> None:
            updated = [child for child in self._children.values() if child._is_update]
            each(updated, lambda child, next_: child.clean_up_rollback(True, next_), ended)

        needs = needs_of(self._template)
        remove(self._cloudformation, self._stack, leftovers, needs, children, tries=CLEAN_UP_TRIES)

    def _invented_id(self, logical_id: str) -> str:
        return f"{self._stack.name}-{logical_id}-1ABCDEF2GHIJ"


def _update(*, before: Record, after: Record) -> dict[str, Any]:
    old = sent(before.properties)
    return request("Update", after, PhysicalResourceId=after.physical_id, OldResourceProperties=old)
