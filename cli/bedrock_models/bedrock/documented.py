"""What is documented of base models and open weights: the library's files, read without the CDK that it needs."""

import importlib.util
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any


@cache
def everything() -> Mapping[str, Any]:
    """The whole file on base models."""
    return _read("customization/base_models.json")


@cache
def open_weights() -> Mapping[str, Any]:
    """The whole file on open weights: architectures, limits, Regions of Custom Model Import."""
    return _read("data/open_weights.json")


def _read(name: str) -> Mapping[str, Any]:
    found = importlib.util.find_spec("constructs_lib")
    assert found is not None and found.origin is not None  # noqa: S101, PT018  the wheel holds both
    read: Mapping[str, Any] = json.loads((Path(found.origin).parent / name).read_text(encoding="utf-8"))
    return read


def find(model_id: str) -> Mapping[str, Any] | None:
    """The entry of a model; its id may end in a context length, as in `:300k`."""
    return next((each for each in everything()["models"] if f"{model_id}:".startswith(f"{each['id']}:")), None)


def hyper_parameters(model_id: str) -> Mapping[str, Mapping[str, Any]]:
    """Bounds by name, as far as documented."""
    known = find(model_id) or {}
    bounds: Mapping[str, Mapping[str, Any]] = everything()["hyper_parameters"].get(known.get("hyper_parameters"), {})
    return bounds


def teachers(model_id: str) -> list[str]:
    """Whom a student can learn from."""
    known = find(model_id) or {}
    return [pair["teacher"] for pair in everything()["distillation"] if known.get("id") in pair["students"]]


def range_text(bound: Mapping[str, Any]) -> str:
    """As people write it: `1 to 5 (default 2)`, `256 to 9216 or Auto`."""
    words = "".join(f" or {word}" for word in bound.get("words", ()))
    default = f" (default {bound['default']})" if "default" in bound else ""
    span = bound["least"] if bound["least"] == bound["most"] else f"{bound['least']} to {bound['most']}"
    return f"{span}{words}{default}"
