"""Hyperparameters as the API takes them: text to text, with numbers written so that every model can read them.

The shape ModelCustomizationHyperParameters of the service model bedrock 2023-04-20 limits neither the number of entries
nor their lengths; which names a model knows, and within which bounds, the service checks when the job is created.
"""

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import aws_cdk as cdk

from constructs_lib.core import checks

HyperParameter = str | int | float | bool

_NAME: Final = r"[A-Za-z][A-Za-z0-9_.-]*"


def hyper_parameters(values: Mapping[str, HyperParameter] | None) -> dict[str, str]:
    """The `hyperParameters` member: `{"learningRate": 0.00001}` becomes `{"learningRate": "0.00001"}`.

    An empty mapping means the model's own defaults, like None. Raises `ValueError` for names that no model has, and for
    values that have no plain notation: empty text, NaN, infinity, anything but text, numbers and booleans.
    """
    formatted = {}
    for name, value in (values or {}).items():
        _check_name(name)
        formatted[name] = as_text(f"hyper_parameters[{name!r}]", value)
    return formatted


def as_text(argument: str, value: Any) -> str:
    """One value as text, without an exponent: `str(0.00001)` would be `1e-05`, which models refuse."""
    if checks.is_token(value):
        return value if isinstance(value, str) else cdk.Token.as_string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _decimal(argument, value)
    return _words(argument, value)


def all_as_text(member: Any) -> Any:
    """The same structure with every leaf as text.

    CloudFormation hands over each property of a custom resource as text, so only text hashes the same on both sides.
    """
    if isinstance(member, Mapping):
        return {key: all_as_text(value) for key, value in member.items()}
    if isinstance(member, Sequence) and not isinstance(member, str):
        return [all_as_text(value) for value in member]
    return member if isinstance(member, str) else as_text("a member", member)


def _check_name(name: object) -> None:
    if not checks.is_token(name):
        checks.require(
            isinstance(name, str) and re.fullmatch(_NAME, name) is not None,
            "hyper_parameters must be named by a letter followed by letters, digits, '_', '.' or '-'",
            name,
            "use the API's own name, as 'epochCount'",
        )


def _decimal(argument: str, value: float) -> str:
    checks.require(math.isfinite(value), f"{argument} must be a finite number", value, "use a number or leave it out")
    # float() first: subclasses such as NumPy's have a repr of their own.
    return str(int(value)) if value.is_integer() else format(Decimal(repr(float(value))), "f")


def _words(argument: str, value: object) -> str:
    checks.require(
        isinstance(value, str) and bool(value.strip()),
        f"{argument} must be text, a number or a boolean",
        value,
        "give a value such as 3, 0.00001 or 'auto', or leave the entry out",
    )
    return str(value)
