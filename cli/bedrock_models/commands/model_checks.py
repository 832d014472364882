"""What model checks have said about models: shown by `list` below the models, or as members of their JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from rich.text import Text

from bedrock_models import failures, times
from bedrock_models.bedrock import model_check
from bedrock_models.bedrock.model_check import ModelCheck
from bedrock_models.bedrock.resource import Resource
from bedrock_models.context import Context
from bedrock_models.screen import show_rows, status_text

_COLUMNS: Final = ("Model", "Check", "Verdict", "Age", "Metrics", "Reason")


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """The checks of some models, or why they could not be asked for."""

    checks: tuple[ModelCheck, ...] = ()
    trouble: str = ""

    def plain(self, model: Resource) -> list[dict[str, Any]] | None:
        """Those of one model for JSON; None if that is not known."""
        if self.trouble or model.kind != "models":
            return None
        return [_plain(each) for each in self.checks if each.model_arn == model.arn]


def of_models(context: Context, models: Sequence[Resource]) -> Remembered:
    """What Step Functions remembers of them. Models are listed also by who may not ask it."""
    arns = {each.arn for each in models}
    if not arns:
        return Remembered()
    states = context.aws.client("stepfunctions")
    try:
        found = model_check.of_machines(states, model_check.machines(states))
    except (ClientError, BotoCoreError) as error:
        return Remembered(trouble=failures.explain(error))
    return Remembered(checks=tuple(each for each in found if each.model_arn in arns))


def show(context: Context, models: Sequence[Resource], remembered: Remembered) -> None:
    """A table of them, if there are any."""
    if remembered.trouble:
        context.say(f"Model checks were not asked for: {remembered.trouble}", style="dim")
    if not remembered.checks:
        return
    names = {each.arn: each.name for each in models}
    rows = [
        (
            Text(names[each.model_arn]),
            Text(each.name),
            status_text(each.status),
            Text(times.age(each.started, context.now())),
            Text(each.measured),
            Text(each.reason),
        )
        for each in remembered.checks
    ]
    context.say()
    show_rows(context.screen, f"Model checks ({len(rows)})", _COLUMNS, rows)


def _plain(check: ModelCheck) -> dict[str, Any]:
    return {
        "name": check.name,
        "verdict": check.status,
        "reason": check.reason or None,
        "metrics": dict(check.metrics),
        "started": times.stamp(check.started),
        "execution": check.execution,
    }
