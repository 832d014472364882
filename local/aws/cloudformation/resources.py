"""ministack's resource provisioners, as coroutines, with the context its engine gives them."""

import copy
import dataclasses
from collections.abc import Mapping
from typing import Any

from local.aws import seams

Record = dict[str, Any]
Properties = Mapping[str, Any]
STACK_TYPE = "AWS::CloudFormation::Stack"

_STACKS = "services.cloudformation.stacks"
_PROVISIONERS = "services.cloudformation.provisioners"
_ENGINE = "services.cloudformation.engine"


@dataclasses.dataclass(frozen=True)
class Made:
    """What a provisioner answered. `old_deletes` are calls that remove what a replacement left behind."""

    physical_id: str
    attributes: dict[str, Any]
    name_seed: str = ""
    old_deletes: tuple[Any, ...] = ()


async def create(resource_type: str, logical_id: str, properties: Properties, stack_name: str) -> Made:
    provision = seams.take(_STACKS, "_provision_keeping_seed")
    (physical_id, attributes), seed = await _run(
        resource_type, provision, resource_type, logical_id, properties, stack_name
    )
    _encrypt(resource_type, physical_id, properties)
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
    seams.take(_PROVISIONERS, "_NAME_SEED").set(record.get("_name_seed", ""))
    seams.take(_PROVISIONERS, "_RETAIN_REPLACED").set(retain_replaced)
    seams.take(_PROVISIONERS, "_DEFERRED_PREDECESSOR_DELETES").set(old_deletes)
    (new_id, attributes), seed = await _run(
        resource_type,
        seams.take(_STACKS, "_update_keeping_seed"),
        resource_type,
        physical_id,
        before,
        after,
        stack_name,
        logical_id,
        record.get("Attributes", {}),
    )
    _encrypt(resource_type, new_id, after)
    return Made(new_id, attributes, seed, tuple(old_deletes))


def _encrypt(resource_type: str, bucket: str, properties: Properties) -> None:
    """ministack leaves BucketEncryption out; whose key a bucket has decides who may read it."""
    rules = properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
    if resource_type != "AWS::S3::Bucket" or not rules:
        return
    default = rules[0].get("ServerSideEncryptionByDefault", {})
    if "KMSMasterKeyID" not in default:
        # Keys of AWS ask nobody for permission.
        return
    inner = "".join(f"<{name}>{default[name]}</{name}>" for name in ("SSEAlgorithm", "KMSMasterKeyID"))
    rule = f"<Rule><ApplyServerSideEncryptionByDefault>{inner}</ApplyServerSideEncryptionByDefault></Rule>"
    body = f"<ServerSideEncryptionConfiguration>{rule}</ServerSideEncryptionConfiguration>"
    seams.take("services.s3", "_put_bucket_encryption")(bucket, body.encode())


async def delete(
    resource_type: str, logical_id: str, properties: Properties, stack_name: str, *, physical_id: str
) -> None:
    remove = seams.take(_PROVISIONERS, "_delete_resource")
    await _run(resource_type, remove, resource_type, physical_id, properties, stack_name, logical_id)


async def _run(resource_type: str, call: Any, *arguments: Any) -> Any:
    if seams.take(_STACKS, "_runs_on_worker_thread")(resource_type):
        return await seams.take("core.concurrency", "run_reentrant")(call, *arguments)
    return call(*arguments)


def replaces(resource_type: str, before: Properties, after: Properties) -> bool:
    return bool(seams.take(_PROVISIONERS, "_replacing_change")(resource_type, before, after))


def dependencies(definition: Mapping[str, Any], names: set[str]) -> set[str]:
    return set(seams.take(_ENGINE, "_extract_deps")(definition, names))


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
        conditions = seams.take(_ENGINE, "_evaluate_conditions")(template, parameters)
        return cls(stack, template, parameters, conditions)

    @property
    def mappings(self) -> Mapping[str, Any]:
        return self.template.get("Mappings", {})  # type: ignore[no-any-return]

    def properties(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        no_value = seams.take(_ENGINE, "_NO_VALUE")
        resolved = seams.take(_ENGINE, "_resolve_refs")(
            copy.deepcopy(definition.get("Properties", {})), *self._resolution()
        )
        given = {name: value for name, value in resolved.items() if value is not no_value}
        return dict(seams.take(_ENGINE, "_resolve_dynamic_references")(given)[0])

    def policy(self, definition: Mapping[str, Any] | None, attribute: str) -> str:
        resources, parameters, conditions, mappings, name, stack_id = self._resolution()
        read = seams.take(_STACKS, "_resource_policy")
        return str(read(definition, attribute, resources, parameters, conditions, mappings, name, stack_id))

    def outputs(self, surviving: Mapping[str, Record]) -> tuple[list[dict[str, str]], dict[str, dict[str, str]]]:
        _, parameters, conditions, mappings, name, stack_id = self._resolution()
        resolve = seams.take(_STACKS, "_resolve_stack_outputs")
        definitions = self.template.get("Outputs", {})
        outputs, exports = resolve(definitions, conditions, surviving, parameters, mappings, name, stack_id)
        return outputs, exports

    def tagged(self, resource_type: str, logical_id: str, properties: Properties, tags: Any) -> dict[str, Any]:
        add = seams.take(_PROVISIONERS, "_with_stack_tags")
        names = (self.stack["StackName"], self.stack["StackId"])
        return add(resource_type, properties, tags, *names, logical_id)  # type: ignore[no-any-return]

    def _resolution(self) -> tuple[Any, ...]:
        names = (self.stack["StackName"], self.stack["StackId"])
        return (self.stack["_resources"], self.parameters, self.conditions, self.mappings, *names)
