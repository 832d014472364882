"""`bedrock-models models`: which base models can be customized here and now, how, and with which hyperparameters."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.text import Text

from bedrock_models import times
from bedrock_models.arguments import Options
from bedrock_models.bedrock import documented, lifecycle
from bedrock_models.bedrock.lifecycle import Lifecycle
from bedrock_models.context import Context
from bedrock_models.screen import show_rows

# The API lists which models take the other types, but not this one.
_UNLISTED: Final = "REINFORCEMENT_FINE_TUNING"
_SHORT: Final = {
    "FINE_TUNING": "fine-tuning",
    "CONTINUED_PRE_TRAINING": "continued pre-training",
    "DISTILLATION": "distillation",
    _UNLISTED: "reinforcement",
}


@dataclass(frozen=True, kw_only=True)
class BaseModel:
    """One of them. `teachers` are whom it can learn from in a distillation, as far as documented."""

    id: str
    name: str
    provider: str
    customizations: tuple[str, ...]
    life: Lifecycle
    hyper_parameters: Mapping[str, Mapping[str, Any]]
    teachers: tuple[str, ...]

    def can_be_trained(self, context: Context) -> bool:
        """A Legacy model takes no new jobs."""
        return not (self.life.is_over(context.now()) or self.life.is_legacy(context.now()))


def run(options: Options, context: Context) -> int:
    """Prints a table, or one JSON list."""
    found = [each for each in _models(context) if _is_asked_for(each, options, context)]
    if options.json:
        context.say(json.dumps([_plain(each) for each in found], indent=2))
        return 0
    rows = [_row(each, context) for each in found]
    title = f"Base models in {context.aws.region}" + ("" if rows else ": none that can be customized")
    show_rows(context.screen, title, ("Model", "Customizations", "Life", "Hyperparameters"), rows)
    context.say()
    context.say(
        f"Hyperparameters, reinforcement and teachers as documented on {documented.everything()['read']}; all else is "
        "what Amazon Bedrock says now.",
        style="dim",
    )
    return 0


def _models(context: Context) -> Iterator[BaseModel]:
    for summary in context.aws.client("bedrock").list_foundation_models()["modelSummaries"]:
        model_id = summary["modelId"]
        listed = (*summary.get("customizationsSupported", ()), *_reinforcement(model_id, context.aws.region))
        if listed:
            yield BaseModel(
                id=model_id,
                name=summary.get("modelName", ""),
                provider=summary.get("providerName", ""),
                customizations=listed,
                life=lifecycle.read(summary),
                hyper_parameters=documented.hyper_parameters(model_id),
                teachers=tuple(documented.teachers(model_id)) if "DISTILLATION" in listed else (),
            )


def _reinforcement(model_id: str, region: str) -> tuple[str, ...]:
    known = documented.find(model_id) or {"customizations": {}}
    return (_UNLISTED,) if region in known["customizations"].get(_UNLISTED, ()) else ()


def _is_asked_for(each: BaseModel, options: Options, context: Context) -> bool:
    wanted = options.customization is None or options.customization in each.customizations
    return wanted and (options.all or each.can_be_trained(context))


def _row(each: BaseModel, context: Context) -> tuple[Text, ...]:
    near = each.life.ends_within(context.now(), lifecycle.NEAR) or not each.can_be_trained(context)
    bounds = [f"{name} {documented.range_text(bound)}" for name, bound in each.hyper_parameters.items()]
    taken = [_SHORT.get(each, each) for each in each.customizations]
    if each.teachers:
        taken.append(f"teacher: {', '.join(each.teachers)}")
    life = Text(each.life.text(context.now()), style="yellow" if near else "")
    return Text(each.id), Text(", ".join(taken)), life, Text(", ".join(bounds) or "?")


def _plain(each: BaseModel) -> dict[str, Any]:
    life = {
        "status": each.life.status,
        "legacy": each.life.legacy and times.stamp(each.life.legacy),
        "end": each.life.end and times.stamp(each.life.end),
    }
    return {**asdict(each), "life": life}
