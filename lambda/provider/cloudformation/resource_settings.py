"""The group `Settings` of a resource's properties, with a type and a meaning for each member.

A template of another release may lack a member, which has one meaning each, or hold a word that this release does not
know, which is refused: a guess could delete or pay for something.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from provider.cloudformation.contract import (
    ADOPT,
    KEPT,
    LOCK_ID,
    MAX_ATTEMPTS,
    NAME_PREFIX,
    PATH,
    REQUEST,
    RETRAIN_PROTECTION,
    ROLLBACK_BEHAVIOR,
    ROLLBACK_DELETE,
    ROLLBACK_KEEP,
    ROLLBACK_STOP,
    TIMEOUT_SECONDS,
    WAIT,
)

_BOOLEANS: Final = {"true": True, "false": False}
BEHAVIORS: Final = (ROLLBACK_KEEP, ROLLBACK_STOP, ROLLBACK_DELETE)


class Unknown(ValueError):  # noqa: N818  a finding, not a defect
    """A word that this release does not know."""


@dataclass(frozen=True, kw_only=True)
class ResourceSettings:
    """What the template says beside what decides about the weights. Defaults are what absence means."""

    name_prefix: str = "model"
    path: str = ""
    lock_id: str = ""
    max_attempts: int = 2
    timeout_seconds: float = 0
    rollback_behavior: str = ROLLBACK_KEEP
    is_protected: bool = False
    waits: bool = True
    adopts: bool = False
    # Members of the API's request that the next run takes up, and what the library made for this job.
    request: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, group: Mapping[str, Any], *, behaviors: tuple[str, ...] = BEHAVIORS) -> "ResourceSettings":
        """Reads the group. Raises `Unknown` for a word that is none of those known.

        Absence means what leaving the argument out means to the construct. `behaviors` are the rollback behaviors that
        the type of the resource has.
        """
        return cls(
            name_prefix=_text(group, NAME_PREFIX, "model"),
            path=_text(group, PATH, ""),
            lock_id=_text(group, LOCK_ID, ""),
            max_attempts=_whole(group, MAX_ATTEMPTS, 2),
            timeout_seconds=number(group, TIMEOUT_SECONDS, 0),
            rollback_behavior=word(group, ROLLBACK_BEHAVIOR, behaviors, ROLLBACK_KEEP),
            is_protected=boolean(group, RETRAIN_PROTECTION, absent=False),
            waits=boolean(group, WAIT, absent=True),
            adopts=boolean(group, ADOPT, absent=False),
            request=_object(group, REQUEST),
            kept=_object(group, KEPT),
        )


def word(holder: Mapping[str, Any], name: str, known: tuple[str, ...], absent: str) -> str:
    given = holder.get(name)
    if given in (None, ""):
        return absent
    if given not in known:
        raise Unknown(f"{name} must be one of {', '.join(known)}, got {str(given)[:80]!r}.")
    return str(given)


def boolean(holder: Mapping[str, Any], name: str, *, absent: bool) -> bool:
    given = holder.get(name)
    if given in (None, ""):
        return absent
    if str(given).lower() not in _BOOLEANS:
        raise Unknown(f"{name} must be true or false, got {str(given)[:80]!r}.")
    return _BOOLEANS[str(given).lower()]


def _whole(holder: Mapping[str, Any], name: str, absent: int) -> int:
    given = number(holder, name, absent)
    if given != int(given) or given < 1:
        raise Unknown(f"{name} must be a whole number from 1, got {str(holder[name])[:80]!r}.")
    return int(given)


def number(holder: Mapping[str, Any], name: str, absent: float) -> float:
    given = holder.get(name)
    if given in (None, ""):
        return absent
    try:
        read = float("" if isinstance(given, bool) else given)
    except (TypeError, ValueError):
        raise Unknown(f"{name} must be a number, got {str(given)[:80]!r}.") from None
    # Neither infinity nor what is no number compares as anyone means it.
    if not 0 <= read < float("inf"):
        raise Unknown(f"{name} must be a number from 0, got {str(given)[:80]!r}.")
    return read


def _text(holder: Mapping[str, Any], name: str, absent: str) -> str:
    given = holder.get(name)
    if given in (None, ""):
        return absent
    if not isinstance(given, str):
        raise Unknown(f"{name} must be text.")
    return given


def _object(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    given = holder.get(name)
    if given in (None, ""):
        return {}
    if not isinstance(given, Mapping):
        raise Unknown(f"{name} must be an object.")
    return given
