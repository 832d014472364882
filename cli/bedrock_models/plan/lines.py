"""The plan for people: a line for each model, and under it what it costs; in a pipe the same without colors."""

from collections.abc import Iterator
from typing import Final

from rich.table import Table
from rich.text import Text

from bedrock_models import screen
from bedrock_models.context import Context
from bedrock_models.plan import report, step
from bedrock_models.plan.report import Planned, Report
from bedrock_models.plan.step import Action

_MARKS: Final = {
    Action.TRAIN: ("$", "bold yellow"),
    Action.IMPORT: ("$", "bold yellow"),
    Action.BUY: ("$", "bold yellow"),
    Action.DEPLOY: ("+", "green"),
    Action.CONFIGURE: ("+", "green"),
    Action.ADOPT: ("=", "green"),
    Action.UPDATE: ("~", "cyan"),
    Action.SWAP: ("~", "cyan"),
    Action.NOTHING: (" ", "dim"),
    Action.KEEP: (" ", "dim"),
    Action.STOP: ("-", "bold red"),
    Action.DELETE: ("-", "bold red"),
    Action.REFUSE: ("!", "bold red"),
    Action.UNKNOWN: ("?", "bold magenta"),
}
_ACTION_WIDTH: Final = 8
_INDENT: Final = " " * 5


def show(context: Context, told: Report, *, verbose: bool) -> None:
    """Prints it."""
    width = max((len(each.step.path) for each in told.planned), default=0)
    for stack, steps in report.of_stacks(told.planned).items():
        context.say(stack, style="bold")
        for each in steps:
            _show(context, each, width, verbose=verbose)
    for note in told.notes:
        context.say(f"note: {note}", style="yellow")
    if told.planned or told.notes:
        context.say()
    context.say(told.summary, style="bold")


def _show(context: Context, each: Planned, width: int, *, verbose: bool) -> None:
    mark, style = _MARKS[each.step.action]
    head = Text(f"  {mark} ", style=style)
    head.append(f"{each.step.action:<{_ACTION_WIDTH}}", style=style)
    head.append(f" {each.step.path:<{width}}  ", style="" if each.step.action is not Action.NOTHING else "dim")
    head.append(each.step.text, style="dim" if each.step.action in (Action.NOTHING, Action.KEEP) else "")
    context.screen.print(head, soft_wrap=True, highlight=False)
    for name, text, color in _details(each, verbose=verbose):
        line = Text(f"{_INDENT}{name:<{_ACTION_WIDTH}} ", style="dim").append(text, style=color)
        context.screen.print(line, soft_wrap=True, highlight=False)
    if verbose and each.step.changes:
        screen.show(context.screen, _side_by_side(each))


def _details(each: Planned, *, verbose: bool) -> Iterator[tuple[str, str, str]]:
    yield from _of_what(each, verbose=verbose)
    yield from _of_money_and_time(each)
    if each.step.replaces:
        old = each.step.replaces
        color = "red" if old.action in (Action.DELETE, Action.STOP) else ""
        yield "before", f"{old.name} {old.text}", color
    if verbose:
        for write in (*each.step.writes, *(each.step.replaces.writes if each.step.replaces else ())):
            yield "call", f"{write.operation} {write.target}", "dim"


def _of_what(each: Planned, *, verbose: bool) -> Iterator[tuple[str, str, str]]:
    if each.step.name and (verbose or each.step.action not in (Action.NOTHING, Action.KEEP)):
        attempt = f", attempt {each.step.attempt} of {each.step.attempts}" if each.step.attempt else ""
        yield "name", f"{each.step.name}{attempt}", ""
    if each.step.queued:
        yield "queue", f"waits for a place: {each.step.queued}", "yellow"
    for waiting in each.step.waits_for:
        yield "waits", f"first, {waiting}", ""
    if not verbose:
        for change in each.step.changes:
            yield "change", f"{change.name}: {step.short(change.old)} -> {step.short(change.new)}", ""


def _of_money_and_time(each: Planned) -> Iterator[tuple[str, str, str]]:
    for cost in each.costs:
        yield "cost", cost.text, "yellow"
    if each.step.action is Action.TRAIN:
        yield "time", report.usual_text(each.usual, each.step.timeout_seconds), ""
    for warning in each.warnings:
        yield "warning", warning, "yellow"


def _side_by_side(each: Planned) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for style in ("dim", "red", "green"):
        grid.add_column(style=style, overflow="fold")
    grid.add_row(f"{_INDENT}changed", "now", "then")
    for change in each.step.changes:
        grid.add_row(f"{_INDENT}{change.name}", change.old or "-", change.new or "-")
    return grid
