"""Values of a training record: how the rules read them, and how they show what they refuse."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from constructs_lib.core.checks import require

Record = Mapping[str, Any]

_S3_URI: Final = re.compile(r"s3://[^/\s]+/.+")


def text(argument: str, value: Any, remedy: str) -> None:
    """A text that is not blank."""
    require(isinstance(value, str) and bool(value.strip()), f"{argument} must be text", shown(value), remedy)


def items(argument: str, value: Any, *, least: int = 1) -> Sequence[Record]:
    """A list of objects."""
    fits = isinstance(value, list | tuple) and len(value) >= least and all(isinstance(item, dict) for item in value)
    some = "a list of at least one object" if least else "a list of objects"
    require(fits, f"{argument} must be {some}", shown(value), "use [{...}]")
    return list(value)


def member(value: Any, *names: str) -> Any:
    """What lies at a path of members, or None where it ends."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def s3_uri(argument: str, value: Any) -> None:
    """The URI of an object."""
    fits = isinstance(value, str) and _S3_URI.fullmatch(value) is not None
    require(fits, f"{argument} must be an S3 URI", shown(value), "use s3://bucket/key")


def blocks(record: Record) -> Iterator[tuple[str, str, Record]]:
    """Each content block of a conversation that was seen to be one: its place, its role, and the block."""
    for index, turn in enumerate(record["messages"]):
        for block in turn["content"]:
            yield f"messages[{index}].content[]", turn["role"], block


def prompts(record: Record) -> Iterator[str]:
    """The texts of the system and of the user."""
    yield from (block["text"] for block in record.get("system", ()))
    yield from (block["text"] for _, role, block in blocks(record) if role == "user" and "text" in block)


def shown(value: Any) -> Any:
    """Enough of a value to find it: records are long."""
    if isinstance(value, str):
        return value[:60]
    if isinstance(value, dict):
        return sorted(value)
    return f"{len(value)} entries" if isinstance(value, list) else value
