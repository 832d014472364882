from decimal import Decimal

import aws_cdk as cdk
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from constructs_lib.customization.hyper_parameters import all_as_text, as_text, hyper_parameters


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00001, "0.00001"),
        (1e-7, "0.0000001"),
        (1.5e-5, "0.000015"),
        (0.1, "0.1"),
        (1e22, "10000000000000000000000"),
        (3, "3"),
        (3.0, "3"),
        (-0.0, "0"),
        (True, "true"),
        (False, "false"),
        ("auto", "auto"),
        ("1e-05", "1e-05"),
    ],
)
def test_a_value_is_written_without_an_exponent(value: str | float | bool, text: str) -> None:
    assert hyper_parameters({"learningRate": value}) == {"learningRate": text}


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(-1.0000000000000001e200)
def test_no_number_gains_an_exponent_or_loses_a_digit(value: float) -> None:
    text = as_text("value", value)
    assert float(text) == value
    assert set(text) <= set("-0123456789.")


@pytest.mark.parametrize("nothing", [None, {}])
def test_without_entries_the_defaults_of_the_model_apply(nothing: None) -> None:
    assert hyper_parameters(nothing) == {}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), "", "  ", None, [1], {}, Decimal("0.1")])
def test_a_value_without_a_plain_notation_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"hyper_parameters\['learningRate'\] must be .*, got .*; .+"):
        hyper_parameters({"learningRate": value})


@pytest.mark.parametrize("name", ["", " ", "learning rate", "1st", "-x", 3, None])
def test_a_name_that_no_model_has_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"hyper_parameters must be named .*got .*; use"):
        hyper_parameters({name: 1})


def test_tokens_reach_the_template_as_text() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    text = cdk.CfnParameter(stack, "Text").value_as_string
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    formatted = stack.resolve(hyper_parameters({"batchSize": text, "learningRate": number}))
    assert formatted == {"batchSize": {"Ref": "Text"}, "learningRate": {"Ref": "Number"}}


def test_an_identity_is_text_throughout() -> None:
    member = {"usePromptResponse": True, "list": [{"n": 512, "rate": 1e-7}], "name": "x"}
    assert all_as_text(member) == {
        "usePromptResponse": "true",
        "list": [{"n": "512", "rate": "0.0000001"}],
        "name": "x",
    }
