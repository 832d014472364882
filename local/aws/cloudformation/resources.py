"""Provisioners of resources: ministack's own, as coroutines, with the context that its engine gives them."""

import copy
import dataclasses
from collections.abc import Mapping
from typing import Any

from local.aws.patches.names import cloudformation as ministack
from local.aws.patches.names import server

Record = dict[str, Any]
Properties = Mapping[str, Any]
STACK_TYPE = "AWS::CloudFormation::Stack"


@dataclasses.dataclass(frozen=True)
class Made:
    """What a provisioner answered. `old_deletes` are calls that remove what a replacement left behind."""

    physical_id: str
    attributes: dict[str, Any]
    name_seed: str = ""
    old_deletes: tuple[Any, ...] = ()


async def create(resource_type: str, logical_id: str, properties: Properties, stack_name: str) -> Made:
    provision = ministack.provision_keeping_seed
    (physical_id, attributes), seed = await _run(
        resource_type, provision, resource_type, logical_id, properties, stack_name
    )
    return Made(physical_id, attributes, seed)


async def update(
    resource_type: str,
    logical_id: str,
    before: Properties,
    after: Properties,
    stack_name: str,
    *,
    physical_id: str,
    record: Record,
    retain_replaced: bool = False,
) -> Made:
    # Inside one asyncio task the context is private: nothing has to be reset.
    old_deletes: list[Any] = []
    ministack.NAME_SEED.value.set(record.get("_name_seed", ""))
    ministack.RETAIN_REPLACED.value.set(retain_replaced)
    ministack.DEFERRED_PREDECESSOR_DELETES.value.set(old_deletes)
    (new_id, attributes), seed = await _run(
        resource_type,
        ministack.update_keeping_seed,
        resource_type,
        physical_id,
        before,
        after,
        stack_name,
        logical_id,
        record.get("Attributes", {}),
    )
    return Made(new_id, attributes, seed, tuple(old_deletes))


async def delete(
    resource_type: str, logical_id: str, properties: Properties, stack_name: str, *, physical_id: str
) -> None:
    remove = ministack.delete_resource
    await _run(resource_type, remove, resource_type, physical_id, properties, stack_name, logical_id)


async def _run(resource_type: str, call: Any, *arguments: Any) -> Any:
    if ministack.runs_on_worker_thread(resource_type):
        return await server.run_reentrant(call, *arguments)
    return call(*arguments)


def replaces(resource_type: str, before: Properties, after: Properties) -> bool:
    return bool(ministack.replacing_change(resource_type, before, after))


def dependencies(definition: Mapping[str, Any], names: set[str]) -> set[str]:
    return set(ministack.extract_deps(definition, names))


def active(template: Mapping[str, Any], conditions: Mapping[str, bool]) -> dict[str, dict[str, Any]]:
    return {
        name: definition
        for name, definition in template.get("Resources", {}).items()
        if conditions.get(definition.get("Condition"), True)
    }


@dataclasses.dataclass(frozen=True)
class Scope:
    """Everything that intrinsic functions of one template are resolved against."""

    stack: dict[str, Any]
    template: Mapping[str, Any]
    parameters: Mapping[str, Any]
    conditions: Mapping[str, bool]

    @classmethod
    def of(cls, stack: Record, template: Mapping[str, Any], parameters: Mapping[str, Any]) -> "Scope":
        """With the template's conditions evaluated for these parameters."""
        conditions = ministack.evaluate_conditions(template, parameters)
        return cls(stack, template, parameters, conditions)

    @property
    def mappings(self) -> Mapping[str, Any]:
        return self.template.get("Mappings", {})  # type: ignore[no-any-return]

    def properties(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        no_value = ministack.NO_VALUE.value
        resolved = ministack.resolve_refs(copy.deepcopy(definition.get("Properties", {})), *self._resolution())
        given = {name: value for name, value in resolved.items() if value is not no_value}
        return dict(ministack.resolve_dynamic_references(given)[0])

    def policy(self, definition: Mapping[str, Any] | None, attribute: str) -> str:
        resources, parameters, conditions, mappings, name, stack_id = self._resolution()
        read = ministack.resource_policy
        return str(read(definition, attribute, resources, parameters, conditions, mappings, name, stack_id))

    def outputs(self, surviving: Mapping[str, Record]) -> tuple[list[dict[str, str]], dict[str, dict[str, str]]]:
        _, parameters, conditions, mappings, name, stack_id = self._resolution()
        resolve = ministack.resolve_stack_outputs
        definitions = self.template.get("Outputs", {})
        outputs, exports = resolve(definitions, conditions, surviving, parameters, mappings, name, stack_id)
        return outputs, exports

    def tagged(self, resource_type: str, logical_id: str, properties: Properties, tags: Any) -> dict[str, Any]:
        add = ministack.with_stack_tags
        names = (self.stack["StackName"], self.stack["StackId"])
        return add(resource_type, properties, tags, *names, logical_id)  # type: ignore[no-any-return]

    def _resolution(self) -> tuple[Any, ...]:
        names = (self.stack["StackName"], self.stack["StackId"])
        return (self.stack["_resources"], self.parameters, self.conditions, self.mappings, *names)
