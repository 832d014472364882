"""Which invocation logs a model learns from: RequestMetadataFilters of the service model bedrock 2023-04-20.

The shape is a union of exactly one of `equals`, `notEquals`, `andAll` and `orAll`. The two lists hold 1 to 16 base
filters, each a map of one key for `equals`, for `notEquals` or for both.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from constructs_lib.core import checks

# Shapes RequestMetadataMapKeyString, RequestMetadataMapValueString, RequestMetadataFiltersList; held equal by a test.
TEXT_PATTERN: Final = r"[a-zA-Z0-9\s._:/=+$@-]"
TEXT_MAX: Final = 256
FILTERS_MAX: Final = 16

Pair = tuple[str, str]
# The API's operators, and the function that joins by each.
_OPERATORS: Final = {"andAll": "all_of", "orAll": "any_of"}


@dataclass(frozen=True, kw_only=True)
class MetadataFilter:
    """One condition on the `requestMetadata` that callers gave with an invocation.

    A key has 1 to 256 characters, a value 0 to 256: letters, digits, spaces and `. _ : / = + $ @ -`. Anything else
    raises `ValueError`.
    """

    equal: Pair | None = None
    not_equal: Pair | None = None

    def __post_init__(self) -> None:
        checks.require(
            self.equal is not None or self.not_equal is not None,
            "a filter must have a condition",
            "none",
            "use MetadataFilter.equals(key, value) or MetadataFilter.not_equals(key, value)",
        )
        _check_pair("equals", self.equal)
        _check_pair("not_equals", self.not_equal)

    @classmethod
    def equals(cls, key: str, value: str) -> "MetadataFilter":
        """Learns from invocations whose metadata has this value under the key."""
        return cls(equal=(key, value))

    @classmethod
    def not_equals(cls, key: str, value: str) -> "MetadataFilter":
        """Learns from invocations whose metadata does not have this value under the key."""
        return cls(not_equal=(key, value))

    @classmethod
    def equals_and_not(cls, *, equals: Pair, not_equals: Pair) -> "MetadataFilter":
        """Learns from invocations that fulfil both conditions."""
        return cls(equal=equals, not_equal=not_equals)

    def entry(self) -> dict[str, Any]:
        """This condition as a RequestMetadataBaseFilters, the member of a list."""
        members = {"equals": self.equal, "notEquals": self.not_equal}
        return {member: dict([pair]) for member, pair in members.items() if pair is not None}

    def request(self) -> dict[str, Any]:
        """This condition alone as `requestMetadataFilters`."""
        entry = self.entry()
        # The union takes one member only, so a condition with two stands in a list of one.
        return entry if len(entry) == 1 else {"andAll": [entry]}


@dataclass(frozen=True, kw_only=True)
class MetadataFilterGroup:
    """1 to 16 conditions, joined by one operator. Groups don't nest: the API has one level."""

    operator: str
    filters: tuple[MetadataFilter, ...]

    def __post_init__(self) -> None:
        argument = _OPERATORS.get(self.operator, "")
        known = " or ".join(map(repr, _OPERATORS))
        remedy = "use MetadataFilterGroup.all_of(...) or MetadataFilterGroup.any_of(...)"
        checks.require(bool(argument), f"operator must be {known}", self.operator, remedy)
        remedy = f"give 1 to {FILTERS_MAX} conditions, or leave the filters out"
        checks.count(argument, self.filters, 1, FILTERS_MAX, remedy)

    @classmethod
    def all_of(cls, *filters: MetadataFilter) -> "MetadataFilterGroup":
        """Learns from invocations that fulfil every condition. Raises `ValueError` for none, or more than 16."""
        return cls(operator="andAll", filters=filters)

    @classmethod
    def any_of(cls, *filters: MetadataFilter) -> "MetadataFilterGroup":
        """Learns from invocations that fulfil at least one condition. Raises `ValueError` for none, or more than 16."""
        return cls(operator="orAll", filters=filters)

    def request(self) -> dict[str, Any]:
        """These conditions as `requestMetadataFilters`."""
        return {self.operator: [condition.entry() for condition in self.filters]}


def _check_pair(argument: str, pair: Pair | None) -> None:
    if pair is not None:
        _text(f"{argument} key", pair[0], 1)
        _text(f"{argument} value", pair[1], 0)


def _text(argument: str, value: object, low: int) -> None:
    if not checks.is_token(value):
        checks.require(
            isinstance(value, str) and re.fullmatch(f"{TEXT_PATTERN}{{{low},{TEXT_MAX}}}", value) is not None,
            f"{argument} must be {low} to {TEXT_MAX} letters, digits, spaces or . _ : / = + $ @ -",
            value,
            "give the text that the callers put into requestMetadata",
        )
