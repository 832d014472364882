"""Equality of template values as JSON has it: to Python `1`, `1.0` and `True` are one value."""

import json

from local.aws.cloudformation.resources import Properties, Record
from local.aws.patches.names import cloudformation as ministack


def same(one: object, other: object) -> bool:
    return _text(one) == _text(other)


def distinct(before: Properties, after: Properties) -> tuple[Properties, Properties]:
    """ministack does nothing where Python finds no difference; custom resources get strings anyway."""
    return (_as_strings(before), _as_strings(after)) if before == after else (before, after)


def _as_strings(properties: Properties) -> Properties:
    strings: Properties = ministack.normalise_resource_properties(properties)
    return strings


def comparable(definition: Record) -> Record:
    """A definition whose values are told apart as JSON tells them: 1, 1.0 and true are three."""
    properties = {name: _text(value) for name, value in (definition.get("Properties") or {}).items()}
    attributes = {name: _text(value) for name, value in definition.items() if name not in ("Type", "Properties")}
    return {**attributes, "Type": definition.get("Type"), "Properties": properties}


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)
