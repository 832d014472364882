"""What is documented of base models: `base_models.json`, with the date it was read and its sources.

Documents lag behind the service, so nothing here refuses anything: a model or hyperparameter that is not listed is
Amazon Bedrock's to judge.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any, Final

from constructs_lib.core import checks
from constructs_lib.core.contract import PREFIX
from constructs_lib.core.warnings import SynthWarning

DATA: Final = Path(__file__).with_name("base_models.json")


@cache
def documented() -> Mapping[str, Any]:
    """The whole file."""
    read: Mapping[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return read


def find(model: str) -> Mapping[str, Any] | None:
    """The entry of a model, given by its id or by any ARN with the id in it, as that of a model trained from it."""
    return next((each for each in documented()["models"] if _names(model, each["id"])), None)


def warnings(base_model: str, hyper_parameters: Mapping[str, str], teacher: str | None) -> Iterator[SynthWarning]:
    """Warns of a model past its end of life, an undocumented pair of a distillation, and values out of bounds."""
    for model in filter(None, (base_model, teacher)):
        yield from _ended(model)
    if teacher:
        yield from _pair(base_model, teacher)
    known = find(base_model)
    bounds = documented()["hyper_parameters"].get(known.get("hyper_parameters")) if known else None
    if known and bounds:
        for name, value in hyper_parameters.items():
            yield from _out_of_bounds(known["name"], bounds, name, value)


def _names(model: str, wanted: str) -> bool:
    # A context length may follow the id, as in ":300k".
    return any(f"{part}:".startswith(f"{wanted}:") for part in model.split("/"))


def _ended(model: str) -> Iterator[SynthWarning]:
    for each in documented()["ended"]:
        if any(part.startswith(each["family"]) for part in model.split("/")):
            instead = f"use {each['use']}" if "use" in each else "see `bedrock-models models` for what can be trained"
            yield SynthWarning(
                f"{PREFIX}endedModel",
                f"{each['name']} has come to the end of its life as a model to train from or to learn from (read on "
                f"{documented()['read']}), and Amazon Bedrock will refuse it: {instead}",
            )


def _pair(student: str, teacher: str) -> Iterator[SynthWarning]:
    for each in documented()["distillation"]:
        if _names(teacher, each["teacher"]) and find(student) and not any(_names(student, s) for s in each["students"]):
            yield SynthWarning(
                f"{PREFIX}distillationPair",
                f"{each['teacher']} is documented as the teacher of {' and '.join(each['students'])} only: use one of "
                "them as base_model",
            )


def _out_of_bounds(model: str, bounds: Mapping[str, Any], name: str, value: str) -> Iterator[SynthWarning]:
    if checks.is_token(name) or checks.is_token(value):
        return
    if name not in bounds:
        text = f"{model} has no documented hyperparameter {name!r}: use {', '.join(bounds)}"
    elif not _is_within(bounds[name], value):
        text = f"{name} of {model} is documented as {range_text(bounds[name])}, got {value!r}: use a value in between"
    else:
        return
    yield SynthWarning(f"{PREFIX}hyperParameter", text)


def _is_within(bound: Mapping[str, Any], value: str) -> bool:
    if value.lower() in (word.lower() for word in bound.get("words", ())):
        return True
    try:
        return Decimal(bound["least"]) <= Decimal(value) <= Decimal(bound["most"])
    except InvalidOperation:
        return False


def range_text(bound: Mapping[str, Any]) -> str:
    """As people write it: `1 to 5`, `256 to 9216 or Auto`."""
    words = "".join(f" or {word}" for word in bound.get("words", ()))
    one = bound["least"] == bound["most"]
    return (bound["least"] if one else f"{bound['least']} to {bound['most']}") + words
