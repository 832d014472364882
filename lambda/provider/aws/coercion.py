"""Types of the API for values that CloudFormation has turned into text."""

import math
from typing import Any, Final

from botocore.model import Shape

from provider.cloudformation.result import Refused

_NUMBERS: Final[dict[str, type[int] | type[float]]] = {"integer": int, "long": int, "float": float, "double": float}
_BOOLEANS: Final = {"true": True, "false": False}
_HOLDERS: Final[dict[str, type[Any]]] = {"structure": dict, "map": dict, "list": list}


def typed(value: Any, shape: Shape) -> Any:
    """The value as the shape of the service model wants it: text becomes a number or a boolean where it has to."""
    if not isinstance(value, _HOLDERS.get(shape.type_name, object)):
        raise _refusal(value, shape)
    if shape.type_name == "structure":
        return {name: typed(part, shape.members[name]) for name, part in value.items() if name in shape.members}
    if shape.type_name == "list":
        return [typed(part, shape.member) for part in value]
    if shape.type_name == "map":
        return {name: typed(part, shape.value) for name, part in value.items()}
    if shape.type_name == "boolean":
        return _boolean(value, shape)
    return _number(value, shape) if shape.type_name in _NUMBERS else value


def _boolean(value: Any, shape: Shape) -> bool:
    try:
        return _BOOLEANS[str(value).lower()]
    except KeyError:
        raise _refusal(value, shape) from None


def _number(value: Any, shape: Shape) -> int | float:
    try:
        # CloudFormation may write 3 as "3.0".
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise _refusal(value, shape) from None
    if not math.isfinite(number):
        raise _refusal(value, shape)
    return _NUMBERS[shape.type_name](number)


def _refusal(value: Any, shape: Shape) -> Refused:
    return Refused(f"Nothing was done: {shape.name} must be of type {shape.type_name}, got {str(value)[:80]!r}.")
