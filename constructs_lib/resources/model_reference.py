"""What is known at synth about the model that something serves, or is trained on."""

from typing import Any, Final

from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms
from constructs import IConstruct

from constructs_lib.core import checks
from constructs_lib.core.scopes import environment_of, remembered
from constructs_lib.customization import base_model_ids

MODEL_INPUTS: Final = "ModelInputs"
# By their attribute: the resource in their ARNs.
_SERVING: Final = {
    "custom_model_deployment_arn": "custom-model-deployment",
    "provisioned_model_arn": "provisioned-model",
    "imported_model_arn": "imported-model",
}


@remembered
def arn_of(model: bedrock.IModel) -> str:
    """The model's ARN, which never changes."""
    return model.model_arn


def root_arn_of(model: bedrock.IModel) -> str:
    """The ARN of the model that a chain of this app's jobs began with; for any other model its own."""
    return str(getattr(model, "_root_model_arn", None) or arn_of(model))


def check_is_model(argument: str, model: bedrock.IModel) -> None:
    """Raises `ValueError` for what serves a model: it has a model's ARN to invoke, but nothing is trained on it."""
    serves = next((kind for attribute, kind in _SERVING.items() if hasattr(model, attribute)), None)
    checks.require(
        serves is None,
        f"{argument} must be a foundation model or a custom model",
        f"a thing of the kind {serves}",
        "give the custom model that it serves, as job.custom_model; open weights are trained elsewhere",
    )
    base_model_ids.check(argument, arn_of(model))


def is_custom(model: bedrock.IModel) -> bool:
    """Whether it is an `ICustomModel`, and not one of the many other things that have a model's ARN."""
    return hasattr(model, "custom_model_arn")


def is_looked_up(model: bedrock.IModel) -> bool:
    """Whether the provider finds it at deployment: then its ARN is not known before, and its tags may be anybody's."""
    return bool(getattr(model, "_is_looked_up", False))


def key_of(model: bedrock.IModel) -> kms.IKey | None:
    """The customer's key that encrypts it, if there is one and it is known."""
    return getattr(model, "encryption_key", None)


def check_place(scope: IConstruct, argument: str, model: bedrock.IModel) -> None:
    """Raises `ValueError` for a model of another Region or account, when both are known.

    Amazon Bedrock uses no model of another account: the recipient of a shared one copies it first.
    https://docs.aws.amazon.com/bedrock/latest/userguide/share-model.html
    """
    region, account = _place(model)
    own = environment_of(scope)
    checks.same_region(argument, region, own.region, "make or copy the model there, or move the stack")
    remedy = "copy the shared model into this account (CreateModelCopyJob), and give the ARN of the copy"
    checks.same_account(argument, account, own.account, remedy)


@remembered
def _place(model: bedrock.IModel) -> tuple[str | None, str | None]:
    """Region and account, as far as they are known. A foundation model has no account."""
    if hasattr(model, "env"):
        return model.env.region, model.env.account
    arn = arn_of(model)
    if checks.is_token(arn):
        return None, None
    region, account = arn.split(":")[3:5]
    return region, account or None


def inputs_of(model: bedrock.IModel) -> dict[str, Any]:
    """A digest of what the model is made of, as a property: the template changes when the model will.

    A reference alone would not do across stacks: it is the same text for every model, and the CLI skips a stack whose
    template is the same.
    """
    digest = getattr(model, "_inputs_digest", None)
    return {MODEL_INPUTS: digest} if digest else {}
