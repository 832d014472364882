"""What the waiter hands over: checked, because the function may be another version than the one that wrote it."""

import math
from typing import Any, Final

from provider.request import Malformed

_TEXTS: Final = ("Function", "EventsFunction", "Subject", "FailureId")
_NUMBERS: Final = ("Since", "Waited")


def checked(payload: Any, *numbers: str) -> dict[str, Any]:
    """The state, if everything is there, these numbers included. Raises `Malformed` if not."""
    if not isinstance(payload, dict):
        raise Malformed("the waiter's state must be an object.")
    for name in (*_NUMBERS, *numbers):
        value = payload.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise Malformed(f"{name} in the waiter's state must be a number.")
    for name in _TEXTS:
        if not isinstance(payload.get(name), str):
            raise Malformed(f"{name} in the waiter's state must be text.")
    return payload
