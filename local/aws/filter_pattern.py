"""Filter patterns of CloudWatch Logs for JSON events, as far as templates use them here.

`{ ($.attributes.JobName = "name") && ($.seconds > 5) }`: comparisons of members with texts, which may hold `*`, or
with numbers, joined by && and ||. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import json
import operator
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, Final

Matches = Callable[[Any], bool]
_TOKEN: Final = re.compile(r'\s*(?:(\$[\w.]+)|("(?:[^"\\]|\\.)*")|(&&|\|\||!=|>=|<=|[(){}=<>])|([^\s(){}=<>!&|"]+))')
_ORDERS: Final = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
_MISSING: Final = object()


def compiled(pattern: str) -> Matches:
    """A function that tells whether a parsed event matches. Raises `ValueError` for any other kind of pattern."""
    tokens = _Tokens(pattern)
    tokens.take("{")
    matches = _any_of(tokens)
    tokens.take("}")
    return matches


def member(event: Any, selector: str) -> Any:
    """What `$.a.b` selects; `_MISSING` if the event has no such member."""
    for name in selector.removeprefix("$.").split("."):
        event = event.get(name, _MISSING) if isinstance(event, dict) else _MISSING
    return event


def parsed(line: str) -> Any:
    """The event in a line of a log; None if it is no JSON."""
    try:
        return json.loads(line)
    except ValueError:
        return None


class _Tokens:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._tokens: list[str] = []
        position, end = 0, len(pattern.rstrip())
        while position < end:
            found = _TOKEN.match(pattern, position)
            if not found:
                raise self._error()
            self._tokens.append(found[0].strip())
            position = found.end()

    def next(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def take(self, expected: str = "") -> str:
        if not self._tokens or (expected and self._tokens[0] != expected):
            raise self._error()
        return self._tokens.pop(0)

    def _error(self) -> ValueError:
        return ValueError(f"a filter pattern must compare members of JSON, got {self._pattern!r}")


def _any_of(tokens: _Tokens) -> Matches:
    parts = [_all_of(tokens)]
    while tokens.next() == "||":
        tokens.take()
        parts.append(_all_of(tokens))
    return lambda event: any(part(event) for part in parts)


def _all_of(tokens: _Tokens) -> Matches:
    parts = [_one(tokens)]
    while tokens.next() == "&&":
        tokens.take()
        parts.append(_one(tokens))
    return lambda event: all(part(event) for part in parts)


def _one(tokens: _Tokens) -> Matches:
    if tokens.next() == "(":
        tokens.take()
        inner = _any_of(tokens)
        tokens.take(")")
        return inner
    selector, sign, value = tokens.take(), tokens.take(), tokens.take()
    if sign in _ORDERS:
        bound = float(value)
        return lambda event: _is_number(found := member(event, selector)) and _ORDERS[sign](found, bound)
    equals = _equal_to(value)
    if sign == "=":
        return lambda event: (found := member(event, selector)) is not _MISSING and equals(found)
    if sign == "!=":
        return lambda event: (found := member(event, selector)) is not _MISSING and not equals(found)
    raise ValueError(f"a comparison must be one of =, !=, <, >, <=, >=, got {sign!r}")


def _equal_to(value: str) -> Matches:
    if value.startswith('"') or not re.fullmatch(r"-?\d+(\.\d+)?", value):
        text = json.loads(value) if value.startswith('"') else value
        return lambda found: fnmatchcase(found if isinstance(found, str) else json.dumps(found), text)
    return lambda found: _is_number(found) and found == float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
