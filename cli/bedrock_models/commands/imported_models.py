"""What imported models take: custom model units, by which `list` says what a deployed one costs."""

from collections.abc import Sequence
from typing import Any

from bedrock_models.bedrock import custom_model_units, prices
from bedrock_models.bedrock.resource import Resource
from bedrock_models.context import Context


def show(context: Context, models: Sequence[Resource]) -> None:
    """A line for each, below their table."""
    bedrock = context.aws.client("bedrock")
    for each in models:
        cost = prices.imported_model(custom_model_units.of_model(bedrock, each.arn), context.aws.region)
        context.say(f"{each.name}: {cost}", style="dim")


def plain(context: Context, model: Resource) -> dict[str, Any] | None:
    """The units of one for JSON; None for everything else, and where they are not known."""
    if model.kind != "imported-models":
        return None
    units = custom_model_units.of_model(context.aws.client("bedrock"), model.arn)
    return {"perCopy": units.per_copy, "version": units.version} if units.per_copy else None
