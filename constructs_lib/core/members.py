"""Members of properties and requests: only what was given is written."""

from collections.abc import Mapping
from typing import Any


def without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that have a value, in their order. False, zero and empty text are values."""
    return {name: value for name, value in members.items() if value is not None}
