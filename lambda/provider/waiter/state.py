"""The state of one execution of the waiter: what a call of a function hands to the next one, by way of Step Functions.

Its keys are a format. A wait of days may have been written by the functions of another release, so what this one does
not know is handed on, and what it needs is checked.
"""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from provider.cloudformation.request import Malformed

_OPTIONAL: Final = ("deadline", "causes", "queued", "refusal", "unreadable_from", "missing_from")


@functools.cache
def _key(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


@dataclass(frozen=True, kw_only=True)
class WaiterState:
    """The state as a value. Each member stands in the JSON under its own name in capitals: `WaitSeconds`."""

    # CloudFormation's event, the function to call next, and the one that answers if that fails for good.
    event: dict[str, Any]
    function: str
    events_function: str
    # The physical id of a FAILED answer, and what is waited for, in words.
    failure_id: str
    subject: str
    # When CloudFormation sent the event, and how many seconds the waiter has let pass for it, and lets pass next.
    since: float
    waited: int
    wait_seconds: int = 0
    done: bool = False
    # When a segment of waiting ends.
    deadline: float | None = None
    # At how many seconds of waiting each cause for it was met first.
    causes: dict[str, int] = field(default_factory=dict)
    # What is to start, if the execution is a place in the queue, and what Amazon Bedrock said when it was put there.
    queued: str = ""
    refusal: str = ""
    # At how many seconds of waiting the last outage began, and the time in which nothing was seen.
    unreadable_from: int | None = None
    missing_from: int | None = None
    unknown: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, payload: Any) -> "WaiterState":
        """Reads the JSON. Raises `Malformed` if something is missing, or of another kind."""
        if not isinstance(payload, dict):
            raise Malformed("the waiter's state must be an object.")
        for name in ("Since", "Waited"):
            _require_number(payload, name)
        for name in ("Deadline", "UnreadableFrom", "MissingFrom", "WaitSeconds"):
            if payload.get(name) is not None:
                _require_number(payload, name)
        for name in ("Function", "EventsFunction", "Subject", "FailureId"):
            if not isinstance(payload.get(name), str):
                raise Malformed(f"{name} in the waiter's state must be text.")
        for name in ("Event", "Causes"):
            if not isinstance(payload.get(name, {}), dict):
                raise Malformed(f"{name} in the waiter's state must be an object.")
        known = {_key(each.name): each.name for each in fields(cls) if each.name != "unknown"}
        given = {known[key]: value for key, value in payload.items() if key in known and value is not None}
        return cls(**given, unknown={key: value for key, value in payload.items() if key not in known})

    def render(self) -> dict[str, Any]:
        """The JSON. What is optional and not there is left out."""
        own = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "unknown"}
        absent = {name for name in _OPTIONAL if own[name] in (None, "", {})}
        return {**self.unknown, **{_key(name): value for name, value in own.items() if name not in absent}}

    def again(self, seconds: int, **changes: Any) -> "WaiterState":
        """For another call after so many seconds."""
        return replace(self, done=False, wait_seconds=seconds, waited=self.waited + seconds, **changes)

    def ended(self) -> "WaiterState":
        """The state that ends the execution."""
        return replace(self, done=True)


def _require_number(payload: Mapping[str, Any], name: str) -> None:
    value = payload.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Malformed(f"{name} in the waiter's state must be a number.")
