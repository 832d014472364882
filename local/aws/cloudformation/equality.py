"""Whether two values of templates are the same as JSON has it: to Python `1`, `1.0` and `True` are one value."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from local.aws import seams
from local.aws.cloudformation.resources import Properties, Record

_CHANGE_SETS = "services.cloudformation.changesets"
_STACKS = "services.cloudformation.stacks"


def same(one: object, other: object) -> bool:
    return _text(one) == _text(other)


def told_apart(before: Properties, after: Properties) -> tuple[Properties, Properties]:
    """ministack does nothing where Python finds no difference; custom resources get strings anyway."""
    return (_as_strings(before), _as_strings(after)) if before == after else (before, after)


def install() -> None:
    """A change set is found by comparing what this function resolves: so it resolves to text."""
    resolve = seams.take(_CHANGE_SETS, "_resolve_props_for_diff")

    def resolved(*arguments: Any) -> Record:
        resources: Record = resolve(*arguments).get("Resources", {})
        return {"Resources": {name: _comparable(definition) for name, definition in resources.items()}}

    seams.replace(_CHANGE_SETS, "_resolve_props_for_diff", resolved)
    _leave_out_what_stays()


def _leave_out_what_stays() -> None:
    """A reference to what is changed and not replaced stands for the same value afterwards.

    ministack lists each as a change that is decided in deployment, and the CDK CLI shows it: after a change of tags
    alone, every resource around it seemed to change. It also takes tags for something that may replace a resource.
    """
    recreation = seams.take(_STACKS, "_property_recreation")
    references = seams.take(_STACKS, "_reference_details")

    def property_recreation(resource_type: str, name: str) -> str:
        is_aws = resource_type.startswith("AWS::")
        return "Never" if name == "Tags" and is_aws else str(recreation(resource_type, name))

    def reference_details(definition: Record, replacements: Mapping[str, str], changed: Collection[str]) -> Any:
        replaced = {name: word for name, word in replacements.items() if word != "False"}
        return references(definition, replaced, changed)

    seams.replace(_STACKS, "_property_recreation", property_recreation)
    seams.replace(_STACKS, "_reference_details", reference_details)


def _as_strings(properties: Properties) -> Properties:
    strings: Properties = seams.take("services.cloudformation.custom_resource", "_normalise_resource_properties")(
        properties
    )
    return strings


def _comparable(definition: Record) -> Record:
    properties = {name: _text(value) for name, value in (definition.get("Properties") or {}).items()}
    attributes = {name: _text(value) for name, value in definition.items() if name not in ("Type", "Properties")}
    return {**attributes, "Type": definition.get("Type"), "Properties": properties}


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)
