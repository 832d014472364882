"""Validation of a request against its shape in the service model, the way the service does it.

botocore itself sends names that break their pattern and lists that are too long, so this is the only gate between a
wrong request and production.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import Shape

from local.bedrock.errors import invalid

# The model writes job names as `(-*[a-z-])*`, which takes exponential time on a row of hyphens. The set already holds
# the hyphen, so this one accepts the same names.
_SLOW, _FAST = r"(-*[a-zA-Z0-9\+\-\.])*", r"[a-zA-Z0-9\+\-\.]*"


def validate(shape: Shape | None, value: Mapping[str, Any]) -> None:
    """Raises the service's ValidationException, naming all that is wrong."""
    if found := problems(shape, value):
        count = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
        raise invalid(f"{count} detected: {'; '.join(found)}")


def problems(shape: Shape | None, value: Mapping[str, Any]) -> list[str]:
    return list(_problems(shape, value, "")) if shape else _unknown(value)


def _unknown(value: Mapping[str, Any]) -> list[str]:
    return [f"Value at '{key}' failed to satisfy constraint: Member must not be present" for key in value]


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if getattr(shape, "is_document_type", False):
        return
    # To Python a bool is an int, to JSON it is not.
    is_misplaced_bool = isinstance(value, bool) and shape.type_name != "boolean"
    if isinstance(value, _PYTHON_TYPES[shape.type_name]) and not is_misplaced_bool:
        yield from _CHECKS.get(shape.type_name, _nothing)(shape, value, path)
    else:
        yield _failed(value, path, f"Member must be of type {shape.type_name}")


def _structure(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[str]:
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        yield _failed(value, path, f"Member must have exactly one of: [{', '.join(shape.members)}]")
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
    for name, member in value.items():
        if name not in shape.members:
            yield from _unknown({_join(path, name): member})
        elif member is not None:
            yield from _problems(shape.members[name], member, _join(path, name))


def _list(shape: Any, value: list[Any], path: str) -> Iterator[str]:
    yield from _size(shape, value, path)
    for index, item in enumerate(value, start=1):
        yield from _problems(shape.member, item, f"{path}.{index}.member")


def _map(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[str]:
    yield from _size(shape, value, path)
    for key, item in value.items():
        yield from _problems(shape.key, key, f"{path}.key")
        yield from _problems(shape.value, item, f"{path}.{key}.member")


def _string(shape: Any, value: str, path: str) -> Iterator[str]:
    yield from _size(shape, value, path)
    if shape.enum and value not in shape.enum:
        yield _failed(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield _failed(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _number(shape: Shape, value: float, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and value < low:
        yield _failed(value, path, f"Member must have value greater than or equal to {low}")
    if high is not None and value > high:
        yield _failed(value, path, f"Member must have value less than or equal to {high}")


def _size(shape: Shape, value: Any, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and len(value) < low:
        yield _failed(value, path, f"Member must have length greater than or equal to {low}")
    if high is not None and len(value) > high:
        yield _failed(value, path, f"Member must have length less than or equal to {high}")


def _nothing(shape: Shape, value: Any, path: str) -> Iterator[str]:
    del shape, value, path
    yield from ()


def _failed(value: Any, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(_SLOW, _FAST))


_PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "structure": Mapping,
    "map": Mapping,
    "list": list,
    "string": str,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "boolean": bool,
    "timestamp": datetime,
    "blob": (bytes, str),
}
_CHECKS: dict[str, Callable[[Any, Any, str], Iterator[str]]] = {
    "structure": _structure,
    "map": _map,
    "list": _list,
    "string": _string,
    "integer": _number,
    "long": _number,
    "float": _number,
    "double": _number,
}
