"""`bedrock-models doctor`: examines trainings, imports and invocation logging of a stack, and says what to do."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from botocore.exceptions import ClientError
from rich.table import Table

from bedrock_models import failures
from bedrock_models.arguments import Options
from bedrock_models.context import Context
from bedrock_models.doctor import (
    base_model,
    bucket,
    data,
    invocation_logging,
    key,
    life,
    model_resource,
    quota,
    role,
    training_job,
    weights,
)
from bedrock_models.doctor.finding import Finding, Verdict, warning
from bedrock_models.doctor.logging_resource import LoggingResource
from bedrock_models.doctor.model_resource import Examined, ModelResource
from bedrock_models.failures import Failure
from bedrock_models.screen import show, status_text

_CHECKS: Final[dict[str, Callable[[Context, ModelResource], Iterable[Finding]]]] = {
    "role": role.check,
    "bucket": bucket.check,
    "data": data.check,
    "weights": weights.check,
    "training job": training_job.check,
    "base model": base_model.check,
    "life": life.check,
    "key": key.check,
}
_ACCOUNT: Final = "account"


def run(options: Options, context: Context) -> int:
    """0 without problems, 1 with some."""
    everything = _resources(options, context)
    resources = [replace(each, near=_near(options)) for each in everything if isinstance(each, ModelResource)]
    found = {each.path: list(_examined(context, each)) for each in resources}
    for each in everything:
        if isinstance(each, LoggingResource):
            found[each.path] = list(_logged(context, each))
    found[_ACCOUNT] = list(_of_account(context, resources))
    if options.json:
        context.say(
            json.dumps({name: [asdict(each) for each in findings] for name, findings in found.items()}, indent=2)
        )
    else:
        _show(found, context)
    return 1 if any(each.verdict is Verdict.PROBLEM for findings in found.values() for each in findings) else 0


def _near(options: Options) -> timedelta:
    return timedelta(days=options.ends_within)


def _resources(options: Options, context: Context) -> list[Examined]:
    if options.template:
        found = model_resource.of_template(context, Path(options.template), options.stack)
    elif options.stack:
        found = model_resource.of_stack(context, options.stack)
    else:
        raise Failure("doctor needs something to examine; use --template cdk.out/NAME.template.json, or a stack's name")
    if not found:
        raise Failure("there is neither a training, an import nor invocation logging in it: nothing to examine")
    return found


def _examined(context: Context, each: ModelResource) -> Iterator[Finding]:
    for name, check in _CHECKS.items():
        yield from _allowed(name, lambda check=check: check(context, each))  # type: ignore[misc]


def _logged(context: Context, examined: LoggingResource) -> Iterator[Finding]:
    yield from _allowed("logging", lambda: invocation_logging.check(context, examined))


def _of_account(context: Context, resources: list[ModelResource]) -> Iterator[Finding]:
    yield from _allowed("quota", lambda: quota.check(context, resources))


def _allowed(name: str, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """A check that these credentials may not make is a warning, and the others go on."""
    try:
        yield from check()
    except ClientError as error:
        if not failures.is_denied(error):
            raise
        yield warning(name, f"not checked: these credentials may not do {failures.action(error)}", "allow it")


def _show(found: dict[str, list[Finding]], context: Context) -> None:
    for name, findings in found.items():
        if findings:
            context.say(name, style="bold")
            show(context.screen, _table(findings))
    verdicts = [each.verdict for findings in found.values() for each in findings]
    counts = {verdict: verdicts.count(verdict) for verdict in Verdict}
    style = "red" if counts[Verdict.PROBLEM] else "green"
    context.say(
        f"{_count(counts[Verdict.PROBLEM], 'problem')}, {_count(counts[Verdict.WARNING], 'warning')}, "
        f"{counts[Verdict.OK]} ok",
        style=style,
    )


def _table(findings: list[Finding]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for each in findings:
        text = f"{each.text}\n-> {each.remedy}" if each.remedy else each.text
        grid.add_row(status_text(f"  {each.verdict}"), each.check, text)
    return grid


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
