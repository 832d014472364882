"""The question of a look-up, read from its event. What is unknown in it is refused: a guess could serve any model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from botocore.model import Shape

from provider.aws.coercion import typed
from provider.cloudformation import identity
from provider.cloudformation.contract import FILTERS, FIND, FIND_NAME, QUERY, QUERY_KEY, REFRESH
from provider.cloudformation.request import Malformed, Properties
from provider.cloudformation.result import Refused

_MEMBERS: Final = (FIND, FIND_NAME, FILTERS, QUERY_KEY, REFRESH)
# How the look-up asks is not for the template to say.
_OURS: Final = ("maxResults", "nextToken", "sortBy", "sortOrder")


@dataclass(frozen=True, kw_only=True)
class Query:
    """By name, or else the newest that the filters of the List call let through."""

    kind: str
    name: str
    filters: Mapping[str, Any] = field(default_factory=dict)
    # None where nobody uses a model by this look-up; empty for a model without a key of the account.
    key_arn: str | None = None

    @classmethod
    def of(cls, properties: Properties) -> "Query":
        """Raises `Malformed` for what is no question, or one of another version of the library."""
        raw = _raw(properties)
        unknown = [name for name in raw if name not in _MEMBERS]
        if unknown:
            raise Malformed(f"{QUERY} has the unknown member {unknown[0][:80]!r}: it is of another version.")
        filters = raw.get(FILTERS) or {}
        if not isinstance(filters, Mapping):
            raise Malformed(f"{QUERY}.{FILTERS} must be an object.")
        kind, name, key_arn = raw.get(FIND), raw.get(FIND_NAME) or "", raw.get(QUERY_KEY)
        if not (isinstance(kind, str) and kind and isinstance(name, str) and isinstance(key_arn, str | None)):
            raise Malformed(f"{FIND}, {FIND_NAME} and {QUERY_KEY} of {QUERY} must be text.")
        return cls(kind=kind, name=name, filters=filters, key_arn=key_arn)

    def __str__(self) -> str:
        if self.name:
            return f"the name {self.name!r}"
        return ", ".join(f"{name} {str(value)[:200]!r}" for name, value in sorted(self.filters.items())) or "no filter"

    @property
    def wanted_name(self) -> str:
        """What the name is or holds, if the question says so."""
        return self.name or str(self.filters.get("nameContains", ""))

    def arguments(self, shape: Shape) -> dict[str, Any]:
        """The filters as the List call of this input takes them."""
        unknown = [name for name in self.filters if name not in shape.members or name in _OURS]
        if unknown:
            raise Refused(f"Nothing was looked up: {shape.name} has no filter {unknown[0][:80]!r}.")
        given = typed(dict(self.filters), shape)
        times = {name: _time(name, value) for name, value in given.items() if _is_time(shape, name)}
        return {**given, **times}


def digest(properties: Properties) -> str:
    """Another one asks again. The key is no part of it: it says who may use the answer."""
    return identity.digest("lookup", {name: part for name, part in _raw(properties).items() if name != QUERY_KEY})


def _raw(properties: Properties) -> Mapping[str, Any]:
    raw = properties.raw.get(QUERY) or {}
    if not isinstance(raw, Mapping):
        raise Malformed(f"{QUERY} must be an object.")
    return raw


def _is_time(shape: Shape, name: str) -> bool:
    return bool(shape.members[name].type_name == "timestamp")


def _time(name: str, value: Any) -> datetime:
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise Refused(
            f"Nothing was looked up: {name} must be a time like 2026-11-01T00:00:00Z, got {str(value)[:80]!r}."
        )
    return read
