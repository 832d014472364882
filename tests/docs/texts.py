"""The texts that users may read, as they stand in the code; what differs from one to the next is `…`."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from constructs_lib.core.contract import PREFIX
from tests.docs.pages import ROOT

PLACES: Final = ("constructs_lib", "lambda")
VARIES: Final = "…"
# Who says no to the user, and which of its arguments says why.
_REFUSING: Final = {"Refused": 0, "ValueError": 0, "require": 1}


def refusals(place: str) -> set[str]:
    """What is raised as the reason of a refusal, where it is written out there."""
    return {text for call in _calls(place) if (text := _reason(call)).strip(f"{VARIES} ,;:.()")}


def warning_ids() -> set[str]:
    """The ids of all warnings of synthesis, without what follows a second colon."""
    texts = {_text(argument) for call in _calls("constructs_lib") for argument in _arguments(call)}
    return {f"{PREFIX}{text.removeprefix(VARIES).split(':')[0]}" for text in texts if text.startswith(VARIES)}


@cache
def literals() -> str:
    """Every text of the code, joined where Python joins it, with a null character between them."""
    nodes = (node for place in PLACES for tree in _trees(place) for node in ast.walk(tree))
    return "\0".join(filter(None, map(_text, nodes)))


def _arguments(call: ast.Call) -> list[ast.expr]:
    return call.args[:1] if _name(call) in ("add_warning_v2", "SynthWarning") else []


def _reason(call: ast.Call) -> str:
    position = _REFUSING.get(_name(call))
    if position is not None and len(call.args) > position:
        return _text(call.args[position])
    return next((_text(keyword.value) for keyword in call.keywords if keyword.arg == "give_up"), "")


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        text = "".join(_text(part) if isinstance(part, ast.Constant) else VARIES for part in node.values)
        return re.sub(f"{VARIES}+", VARIES, text)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _calls(place: str) -> Iterator[ast.Call]:
    return (node for tree in _trees(place) for node in ast.walk(tree) if isinstance(node, ast.Call))


@cache
def _trees(place: str) -> tuple[ast.Module, ...]:
    return tuple(ast.parse(path.read_text()) for path in _sources(ROOT / place))


def _sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))
