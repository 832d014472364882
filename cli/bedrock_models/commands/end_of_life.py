"""What lives on a base model that takes no new use, or ends soon: after its end requests for all of it fail."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Final

from botocore.exceptions import ClientError

from bedrock_models import failures
from bedrock_models.bedrock import lifecycle
from bedrock_models.bedrock.lifecycle import Lifecycle
from bedrock_models.bedrock.resource import Resource
from bedrock_models.context import Context

# A run that has ended is a record: nothing of it can be lost.
_AT_RISK: Final = {"models": ("Active", "Creating"), "jobs": ("InProgress",)}
_GONE: Final = ("Failed", "Deleting")


def lives(context: Context) -> Mapping[str, Lifecycle]:
    """By model id; none where these credentials may not ask."""
    try:
        return lifecycle.of_all(context.aws.client("bedrock"))
    except ClientError as error:
        if failures.is_denied(error):
            return {}
        raise


def say(context: Context, found: Iterable[Resource], within: timedelta) -> None:
    """A line for each base model that comes to its end, with what stands on it."""
    lines = list(_lines(context, found, within))
    if lines:
        context.say()
        context.say("Base models that end", style="bold")
        for line in lines:
            context.say(line, style="yellow")
        context.say("For what can be trained instead: bedrock-models models", style="dim")


def of(known: Mapping[str, Lifecycle], each: Resource) -> Lifecycle | None:
    """The life of what a resource was made from; None of an imported model, whose base Bedrock does not tell."""
    return lifecycle.find(known, base_of(each))


def base_of(each: Resource) -> str:
    """The id of the foundation model. A trained model's ARN has it inside."""
    return each.base_model or each.model_arn.partition("/")[2].partition("/")[0]


def _lines(context: Context, found: Iterable[Resource], within: timedelta) -> Iterator[str]:
    at_risk = [each for each in found if _is_at_risk(each)]
    known = lives(context) if at_risk else {}
    for base in sorted({base_of(each) for each in at_risk}):
        life = lifecycle.find(known, base)
        if life and _is_worth_a_line(life, context, within):
            names = ", ".join(each.name for each in at_risk if base_of(each) == base)
            yield f"  {base}  {life.text(context.now())}: {names}"


def _is_at_risk(each: Resource) -> bool:
    return each.status in _AT_RISK[each.kind] if each.kind in _AT_RISK else each.status not in _GONE


def _is_worth_a_line(life: Lifecycle, context: Context, within: timedelta) -> bool:
    return life.is_legacy(context.now()) or life.ends_within(context.now(), within)
