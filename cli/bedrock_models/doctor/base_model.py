"""The base model: there, and open to this type of customization in this Region."""

from collections.abc import Iterator
from typing import Any

from bedrock_models.bedrock.resource import model_id
from bedrock_models.cloudformation.unknown import is_known
from bedrock_models.context import Context
from bedrock_models.doctor.finding import Finding, ok, problem, warning
from bedrock_models.doctor.model_resource import ModelResource
from bedrock_models.failures import is_missing


def check(context: Context, examined: ModelResource) -> Iterator[Finding]:
    """One finding."""
    if not examined.trains:
        return
    bedrock = context.aws.client("bedrock")
    if not is_known(examined.base_model):
        yield ok("base model", "a model that this deployment makes first")
    elif ":custom-model/" in examined.base_model:
        yield _custom(bedrock, examined.base_model)
    else:
        yield _foundation(bedrock, examined)


def _custom(bedrock: Any, arn: str) -> Finding:
    try:
        status = bedrock.get_custom_model(modelIdentifier=arn).get("modelStatus", "Active")
    except bedrock.exceptions.ClientError as error:
        if is_missing(error):
            return problem("base model", f"the custom model {arn} does not exist", "import or train it first")
        raise
    if status != "Active":
        return problem("base model", f"the custom model {arn} is {status}", "wait for it, or use another one")
    return ok("base model", f"{arn} is Active")


def _foundation(bedrock: Any, examined: ModelResource) -> Finding:
    wanted, region = model_id(examined.base_model), examined.template.place.region
    if examined.customization not in _askable(bedrock):
        return warning(
            "base model",
            f"ListFoundationModels does not tell which models take {examined.customization}",
            "try it small",
        )
    listed = bedrock.list_foundation_models(byCustomizationType=examined.customization)["modelSummaries"]
    ids = [summary["modelId"] for summary in listed]
    # A context length behind the id, as in ":300k", names a variant of the same model.
    if any(wanted == known or wanted.startswith(f"{known}:") for known in ids):
        return ok("base model", f"{wanted} takes {examined.customization} in {region}")
    variants = [known for known in ids if known.startswith(f"{wanted}:")]
    if variants:
        return warning(
            "base model", f"{wanted} is listed for {examined.customization} as {', '.join(variants)}", "use that"
        )
    return problem(
        "base model",
        f"{wanted} does not take {examined.customization} in {region}",
        f"use one of {', '.join(sorted(ids))}" if ids else "use another Region: no model there takes it",
    )


def _askable(bedrock: Any) -> list[str]:
    shape = bedrock.meta.service_model.operation_model("ListFoundationModels").input_shape
    return list(shape.members["byCustomizationType"].enum)
