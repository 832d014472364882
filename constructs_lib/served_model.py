"""What is known at synth about the model that something serves, or is trained on."""

from typing import Any, Final, cast

from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms
from constructs import IConstruct

from constructs_lib import checks
from constructs_lib.stacks import remembered

MODEL_INPUTS: Final = "ModelInputs"
# By their attribute: the resource in their ARNs.
_SERVING: Final = {
    "custom_model_deployment_arn": "custom-model-deployment",
    "provisioned_model_arn": "provisioned-model",
}


def arn_of(model: bedrock.IModel) -> str:
    """The model's ARN, asked for once: it never changes."""
    return _arn(cast("IConstruct", model))


@remembered
def _arn(model: IConstruct) -> str:
    return cast("bedrock.IModel", model).model_arn


def check_is_model(argument: str, model: bedrock.IModel) -> None:
    """Raises `ValueError` for what serves a model: it has a model's ARN to invoke, but nothing is trained on it."""
    arn = arn_of(model)
    known = "" if checks.is_token(arn) else arn.rpartition(":")[2].partition("/")[0]
    serves = next((kind for attribute, kind in _SERVING.items() if hasattr(model, attribute) or known == kind), None)
    checks.require(
        serves is None,
        f"{argument} must be a foundation model or a custom model",
        f"a {serves}",
        "give the custom model that it serves, as job.custom_model",
    )


def is_custom(model: bedrock.IModel) -> bool:
    """Whether it is an `ICustomModel`, and not one of the many other things that have a model's ARN."""
    return hasattr(model, "custom_model_arn")


def key_of(model: bedrock.IModel) -> kms.IKey | None:
    """The customer's key that encrypts it, if there is one and it is known."""
    return getattr(model, "encryption_key", None)


def check_region(argument: str, model: bedrock.IModel, own: str) -> None:
    """Raises `ValueError` for a model of another Region, when both are known."""
    region = _region(cast("IConstruct", model))
    if region:
        checks.same_region(argument, region, own)
    elif not checks.is_token(arn_of(model)):
        checks.same_region(argument, arn_of(model).split(":")[3], own)


@remembered
def _region(model: IConstruct) -> str | None:
    """None for what is no construct."""
    return cast("str", model.env.region) if hasattr(model, "env") else None


def inputs_of(model: bedrock.IModel) -> dict[str, Any]:
    """A digest of what the model is made of, as a property: the template changes when the model will.

    A reference alone would not do across stacks: it is the same text for every model, and the CLI skips a stack whose
    template is the same.
    """
    digest = getattr(model, "_inputs_digest", None)
    return {MODEL_INPUTS: digest} if digest else {}
