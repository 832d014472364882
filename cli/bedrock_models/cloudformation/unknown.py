"""Values that only the deployment will know, as texts that can be told apart inside of others.

What this deployment makes has a value that nothing has now: no earlier run can have been trained with it. What exists
and cannot be read may have any value.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_MADE: Final = "made by this deployment"
_UNREAD: Final = "not known"
_TOKEN: Final = re.compile(rf"\{{({_MADE}|{_UNREAD}): ([^{{}}]*)\}}")


def made(what: str) -> str:
    """The value of something that this deployment makes."""
    return f"{{{_MADE}: {what}}}"


def unread(what: str) -> str:
    """A value that exists, or may exist, and cannot be read from here."""
    return f"{{{_UNREAD}: {what}}}"


def logical_id(value: str) -> str:
    """The resource or parameter of the template that the first unknown part of a value refers to; empty without one."""
    found = next(_texts(value), None)
    return found[1].partition(".")[0] if found else ""


def as_name(text: str) -> str:
    """The same with a name in place of each unknown part, for services that take ARNs only in their own form."""
    return _TOKEN.sub(lambda found: f"unknown-{hashlib.sha256(found[0].encode()).hexdigest()[:12]}", text)


def is_known(value: object) -> bool:
    """Whether no such text is in it, at any depth."""
    return next(_texts(value), None) is None


def are_made(value: object) -> list[str]:
    """What this deployment makes, of what the value is made of."""
    return [what for kind, what in _texts(value) if kind == _MADE]


def are_unread(value: object) -> list[str]:
    """What cannot be read, of what the value is made of."""
    return [what for kind, what in _texts(value) if kind == _UNREAD]


def _texts(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, str):
        yield from dict.fromkeys((found[1], found[2]) for found in _TOKEN.finditer(value))


def as_text(value: Any) -> Any:
    """Properties as CloudFormation sends them to a custom resource: booleans and numbers become text."""
    if isinstance(value, Mapping):
        return {name: as_text(part) for name, part in value.items()}
    if isinstance(value, list):
        return [as_text(part) for part in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None or isinstance(value, str) else str(value)
