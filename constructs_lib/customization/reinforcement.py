"""Reinforcement fine-tuning: RFTConfig of the service model bedrock 2023-04-20, and the grader it calls."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from constructs_lib.core import checks
from constructs_lib.core.contract import PREFIX
from constructs_lib.core.members import without_none
from constructs_lib.core.warnings import SynthWarning

_INTEGER_MAX: Final = 2**31 - 1
# Shapes of RFTHyperParameters, which names no bounds for the two that count tokens; a test holds them equal.
INTEGERS: Final[Mapping[str, tuple[str, int, int]]] = {
    "epoch_count": ("epochCount", 1, 50),
    "batch_size": ("batchSize", 16, 512),
    "max_prompt_length": ("maxPromptLength", 1, _INTEGER_MAX),
    "training_sample_per_prompt": ("trainingSamplePerPrompt", 2, 16),
    "inference_max_tokens": ("inferenceMaxTokens", 1, _INTEGER_MAX),
    "eval_interval": ("evalInterval", 1, 100),
}
LEARNING_RATE: Final = (1e-7, 1e-3)

# Lambda's default is 3 seconds, which a cold start alone can use up.
_SHORT_SECONDS: Final = 10
_UNQUALIFIED_PARTS: Final = 7


class ReasoningEffort(StrEnum):
    """How much a model may think while it is trained. More can improve the answers, and takes longer."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def rft_config(grader_arn: str, hyper_parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The value of `customizationConfig`."""
    grader = {"graderConfig": {"lambdaGrader": {"lambdaArn": grader_arn}}}
    return {"rftConfig": {**grader, "hyperParameters": dict(hyper_parameters)} if hyper_parameters else grader}


def rft_hyper_parameters(
    integers: Mapping[str, int | None], *, learning_rate: float | None, reasoning_effort: str | None
) -> dict[str, Any]:
    """The members of RFTHyperParameters that were given, by the API's names. Raises `ValueError` out of bounds."""
    for argument, value in integers.items():
        checks.integer(argument, value, *INTEGERS[argument][1:])
    checks.number("learning_rate", learning_rate, *LEARNING_RATE)
    members = {INTEGERS[argument][0]: value for argument, value in integers.items()} | {
        "learningRate": learning_rate,
        "reasoningEffort": None if reasoning_effort is None else str(reasoning_effort),
    }
    return without_none(members)


def unqualified_arn(grader: lambda_.IFunction) -> str:
    """The function's own ARN: a version or alias that moves on is no reason to train again."""
    function = _function(grader)
    arn = function.function_arn
    if isinstance(function, lambda_.Function):
        return arn
    # A token has no colon, so an ARN of tokens splits like any other, and one that is a token throughout at deployment.
    parts = arn.split(":") if ":" in arn else _split_later(arn)
    return ":".join(parts[:_UNQUALIFIED_PARTS])


def grader_warnings(grader: lambda_.IFunction) -> Iterator[SynthWarning]:
    """Warns of a grader whose timeout is known to be short."""
    function = _function(grader)
    if not isinstance(function, lambda_.Function):
        return
    timeout = function.timeout
    if timeout is not None and checks.is_token(timeout):
        return
    seconds = 3 if timeout is None else timeout.to_seconds(integral=False)
    if seconds < _SHORT_SECONDS:
        yield SynthWarning(
            f"{PREFIX}graderTimeout",
            f"The grader {function.node.path} has a timeout of {seconds:g} s: one call grades many answers, and one "
            "that is cut off fails the training; give the function a timeout of minutes",
        )


def _split_later(arn: str) -> list[str]:
    return [cdk.Fn.select(part, cdk.Fn.split(":", arn)) for part in range(_UNQUALIFIED_PARTS)]


def _function(grader: lambda_.IFunction) -> lambda_.IFunction:
    # IVersion and IAlias have the function itself as `lambda_`; IFunction has no such member.
    owner: lambda_.IFunction | None = getattr(grader, "lambda_", None)
    return grader if owner is None else owner
