"""Create or update of a stack: each resource after what it depends on, independent ones in parallel."""

import asyncio
from typing import Any

from local.aws.cloudformation import custom_resource, equality, graph, nested, removal, resources, stack
from local.aws.cloudformation.change import Change, Kind, Leftover
from local.aws.cloudformation.resources import STACK_TYPE, Made, Properties, Record, Scope
from local.aws.cloudformation.responses import CANCELLED, Cancellation

REPLACEMENT_REFUSED = "Replacement type updates not supported on stack with disable-rollback."
SERVICE_TOKEN_REFUSED = "Modifying service token is not allowed."  # noqa: S105 - a message, no secret
_RETAINING = ("Retain", "RetainExceptOnCreate")


class Operation:
    """One create or update of one stack, with all that its cleanup or its rollback needs to know."""

    def __init__(
        self,
        scope: Scope,
        *,
        previous: Record | None = None,
        disable_rollback: bool = False,
        retain_except_on_create: bool = False,
        cancellation: Cancellation | None = None,
    ) -> None:
        self.scope = scope
        self.stack = scope.stack
        self.previous = previous
        self.retain_except_on_create = retain_except_on_create
        self.disable_rollback = disable_rollback
        self.cancellation = cancellation or Cancellation()
        self.definitions = resources.active(scope.template, scope.conditions)
        self.changes: list[Change] = []
        self.children: dict[str, Operation] = {}
        self._failed: dict[str, list[str]] = {}
        self.failure = ""
        # Whether something went wrong here, and not only in another part of the same operation.
        self.has_own_failure = False
        # Replacements that only the provider's answer told: they count as failed.
        self.refused: set[str] = set()
        # What an earlier operation without rollback left behind: it goes in this one's cleanup.
        self.inherited: list[Leftover] = []
        self.abandoned = False
        self.over = asyncio.Event()

    @property
    def is_update(self) -> bool:
        return self.previous is not None

    @property
    def previous_resources(self) -> dict[str, Record]:
        return self.previous["_resources"] if self.previous else {}

    def abandon(self) -> None:
        """DeleteStack in the middle of a create: what is in progress is cancelled, and nothing is rolled back."""
        self.abandoned = True
        self.cancellation.request()

    async def run(self) -> bool:
        """Bring every resource forward; False when one failed, after the ones in progress were cancelled.

        Without rollback one failure ends its own path only: what does not depend on it goes on.
        """
        custom_resource.CANCELLATION.set(self.cancellation)
        names = set(self.definitions)
        needs = {name: resources.dependencies(definition, names) for name, definition in self.definitions.items()}
        await graph.visit_in_order(needs, self._visit, self._must_stop)
        if self.cancellation.requested and not self.failure:
            self.failure = CANCELLED["UPDATE" if self.is_update else "CREATE"]
        return not self.failure and self._resolve_outputs()

    def _must_stop(self) -> bool:
        if self.is_update and stack.requested_token(self.stack):
            self.failure = "User Initiated"
            self.cancellation.request()
        return self.cancellation.requested

    async def _visit(self, logical_id: str) -> bool:
        definition = self.definitions[logical_id]
        resource_type, previous = definition["Type"], self.previous_resources.get(logical_id)
        if previous and previous.get("ResourceStatus") == "CREATE_FAILED":
            await self._delete_failed(logical_id, previous)
            previous = None
        try:
            properties = self.scope.properties(definition)
            after = self.scope.tagged(resource_type, logical_id, properties, self.stack.get("Tags") or [])
            if previous is None:
                made = await self._create(logical_id, after)
            else:
                made = await self._update(logical_id, previous, after)
        except Exception as error:
            self._fail(logical_id, str(error), "UPDATE" if previous else "CREATE")
            return False
        self._record(logical_id, properties, made, previous)
        return True

    async def _delete_failed(self, logical_id: str, failed: Record) -> None:
        """A create that failed without a rollback left no stable state: it goes before the resource is made again."""
        leftover = Leftover(logical_id, failed["ResourceType"], failed["PhysicalResourceId"], failed["Properties"])
        if leftover.physical_id:
            await removal.remove(self.stack, leftover)
        self.stack["_resources"].pop(logical_id, None)

    async def _create(self, logical_id: str, after: Properties) -> Made:
        resource_type = self.definitions[logical_id]["Type"]
        stack.event(self.stack, logical_id, resource_type, "CREATE_IN_PROGRESS")
        try:
            if resource_type == STACK_TYPE:
                made = await nested.create(self, logical_id, after)
            else:
                made = await resources.create(resource_type, logical_id, after, self.stack["StackName"])
        except Exception as error:
            physical_id = getattr(error, "physical_id", "")
            self._note(Kind.CREATE_FAILED, logical_id, physical_id, after)
            if physical_id:
                self._record(logical_id, after, Made(physical_id, {}), None, "CREATE_FAILED")
            raise
        self._note(Kind.CREATED, logical_id, made.physical_id, after)
        if resource_type != STACK_TYPE:
            self.initiated(logical_id, made.physical_id)
        stack.event(self.stack, logical_id, resource_type, "CREATE_COMPLETE", physical_id=made.physical_id)
        return made

    def initiated(self, logical_id: str, physical_id: str) -> None:
        """A second event, as soon as the physical id is known: the CDK CLI finds nested stacks by it."""
        resource_type = self.definitions[logical_id]["Type"]
        stack.event(self.stack, logical_id, resource_type, "CREATE_IN_PROGRESS", _INITIATED, physical_id)

    async def _update(self, logical_id: str, previous: Record, after: Properties) -> Made:
        resource_type, old_id = self.definitions[logical_id]["Type"], previous["PhysicalResourceId"]
        before = self._before(logical_id, previous)
        # A nested stack is always looked into: the template behind an unchanged URL may be another one.
        if equality.same(before, after) and resource_type != STACK_TYPE:
            return Made(old_id, previous.get("Attributes", {}), previous.get("_name_seed", ""))
        self._refuse(resource_type, before, after)
        reason = _REPLACING if resources.replaces(resource_type, before, after) else ""
        stack.event(self.stack, logical_id, resource_type, "UPDATE_IN_PROGRESS", reason, old_id)
        try:
            made = await self._updated(logical_id, previous, *equality.distinct(before, after))
        except Exception as error:
            self._note(
                Kind.UPDATE_FAILED,
                logical_id,
                getattr(error, "physical_id", ""),
                after,
                before=before,
                previous=previous,
            )
            raise
        replaced = made.physical_id != old_id or bool(made.old_deletes)
        kind = Kind.REPLACED if replaced else Kind.UPDATED
        self._note(kind, logical_id, made.physical_id, after, before=before, previous=previous, made=made)
        # Without rollback nothing may be replaced, and a custom resource tells only by its answer that it was.
        if replaced and self.disable_rollback:
            self.refused.add(logical_id)
            raise ValueError(REPLACEMENT_REFUSED)
        stack.event(self.stack, logical_id, resource_type, "UPDATE_COMPLETE", physical_id=made.physical_id)
        return made

    async def _updated(self, logical_id: str, previous: Record, before: Properties, after: Properties) -> Made:
        definition = self.definitions[logical_id]
        if definition["Type"] == STACK_TYPE:
            return await nested.update(self, logical_id, previous["PhysicalResourceId"], after)
        return await resources.update(
            definition["Type"],
            logical_id,
            before,
            after,
            self.stack["StackName"],
            physical_id=previous["PhysicalResourceId"],
            record=previous,
            retain_replaced=self.scope.policy(definition, "UpdateReplacePolicy") in _RETAINING,
        )

    def _before(self, logical_id: str, previous: Record) -> dict[str, Any]:
        tags = (self.previous or {}).get("Tags") or []
        return self.scope.tagged(previous["ResourceType"], logical_id, previous["Properties"], tags)

    def _refuse(self, resource_type: str, before: Properties, after: Properties) -> None:
        # The provider behind a resource cannot change: CloudFormation would not know whom to send the Delete.
        if custom_resource.is_custom(resource_type) and before.get("ServiceToken") != after.get("ServiceToken"):
            raise ValueError(SERVICE_TOKEN_REFUSED)
        if self.disable_rollback and resources.replaces(resource_type, before, after):
            raise ValueError(REPLACEMENT_REFUSED)

    def _note(
        self,
        kind: Kind,
        logical_id: str,
        physical_id: str,
        after: Properties,
        *,
        before: Properties | None = None,
        previous: Record | None = None,
        made: Made | None = None,
    ) -> None:
        change = Change(
            kind=kind,
            logical_id=logical_id,
            resource_type=self.definitions[logical_id]["Type"],
            physical_id=physical_id,
            after=after,
            before=before or {},
            previous=previous,
            attributes=made.attributes if made else {},
            old_deletes=made.old_deletes if made else (),
        )
        self.changes.append(change)

    def _record(
        self, logical_id: str, properties: Properties, made: Made, previous: Record | None, status: str = ""
    ) -> None:
        resource_type = self.definitions[logical_id]["Type"]
        changed = any(change.logical_id == logical_id for change in self.changes)
        record = {
            "PhysicalResourceId": made.physical_id,
            "ResourceType": resource_type,
            "ResourceStatus": status or ("UPDATE_COMPLETE" if previous else "CREATE_COMPLETE"),
            "LogicalResourceId": logical_id,
            "Properties": properties,
            "Attributes": made.attributes,
            "Timestamp": stack.now(),
            "_name_seed": made.name_seed,
        }
        unchanged = {} if changed or not previous else {"ResourceStatus": previous.get("ResourceStatus")}
        self.stack["_resources"][logical_id] = record | unchanged

    def _fail(self, logical_id: str, reason: str, verb: str) -> None:
        physical_id = self.stack["_resources"].get(logical_id, {}).get("PhysicalResourceId", "")
        resource_type = self.definitions[logical_id]["Type"]
        stack.event(self.stack, logical_id, resource_type, f"{verb}_FAILED", reason, physical_id)
        self._failed.setdefault(verb, []).append(logical_id)
        told = [f"The following resource(s) failed to {v.lower()}: [{', '.join(n)}]." for v, n in self._failed.items()]
        self.failure = " ".join(told)
        self.has_own_failure |= reason not in CANCELLED.values()
        if not self.disable_rollback:
            # One failure ends the operation: what is in progress elsewhere is cancelled, not waited for.
            self.cancellation.request()

    def _resolve_outputs(self) -> bool:
        surviving = {name: record for name, record in self.stack["_resources"].items() if name in self.definitions}
        try:
            outputs, exports = self.scope.outputs(surviving)
            stack.refuse_changed_exports(self.stack, exports)
        except Exception as error:
            self.failure = str(error)
            return False
        for output in self.stack.get("Outputs", []):
            stack.exports().pop(output.get("ExportName"), None)
        self.stack["Outputs"] = outputs
        stack.exports().update(exports)
        return True


_INITIATED = "Resource creation Initiated"
_REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."
