"""What counts as known only at deployment, and what the CDK must not even be asked about."""

from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib.core import checks


@dataclass(frozen=True)
class Value:
    parts: tuple[str, ...] = ("a",)


@pytest.fixture
def parameter() -> cdk.CfnParameter:
    return cdk.CfnParameter(cdk.Stack(cdk.App(), "Stack"), "Number", type="Number")


@pytest.mark.parametrize(
    "value",
    ["text", "", 3, 0.5, True, None, float("nan"), float("inf"), (), ("a",), [], {}, {"a": (1,)}, Value(), [Value()]],
)
def test_a_plain_value_is_no_token(value: Any) -> None:
    assert not checks.is_token(value)


def test_a_token_is_found_wherever_it_stands(parameter: cdk.CfnParameter) -> None:
    text, number = cdk.Token.as_string(parameter.value), parameter.value_as_number
    several = cdk.Token.as_list(parameter.value)
    tokens = (text, f"a-{text}", number, several, parameter.value, cdk.Duration.seconds(number))
    for token in (*tokens, [text], ("a", text), {"a": text}, {text: "a"}, {"a": {"b": [number]}}):
        assert checks.is_token(token)


@pytest.mark.parametrize(
    "text", ["${Token[", "${Token[]}", "${Token[a b.1]}", "${Token[A.1]}", "x${Token[AWS::R.2]}y", "$Token"]
)
def test_texts_are_judged_as_the_cdk_does(text: str) -> None:
    assert checks.is_token(text) is cdk.Token.is_unresolved(text)


@pytest.mark.parametrize("values", [(), ("a",), [Value()], (Value(),) * 3])
def test_a_list_of_anything_is_counted(values: Any) -> None:
    with pytest.raises(ValueError, match=r"filters must have 4 to 5 entries, got '\d entries'; add some"):
        checks.count("filters", values, 4, 5, "add some")


def test_a_list_that_is_a_token_is_not_counted(parameter: cdk.CfnParameter) -> None:
    checks.count("subnets", cdk.Token.as_list(parameter.value), 4, 5, "add some")
