"""The plan as Markdown, for a comment under a change."""

from collections.abc import Iterator

from bedrock_models.plan import report, step
from bedrock_models.plan.report import Planned, Report
from bedrock_models.plan.step import Action


def of(told: Report) -> str:
    """A table for each stack, what is paid in a list under it, and what could not be looked at."""
    return "\n".join(_lines(told))


def _lines(told: Report) -> Iterator[str]:
    yield "### Plan for Amazon Bedrock"
    yield ""
    yield f"**{_plain(told.summary)}**"
    for stack, steps in report.of_stacks(told.planned).items():
        yield ""
        yield f"#### {_plain(stack)}"
        yield ""
        yield "| | construct | what happens | name |"
        yield "|---|---|---|---|"
        for each in steps:
            cells = (_action(each), _plain(each.step.path), _plain(each.step.text), f"`{each.step.name or '-'}`")
            yield f"| {' | '.join(cells)} |"
        details = [line for each in steps for line in _details(each)]
        if details:
            yield ""
            yield from details
    if told.notes:
        yield ""
        yield from (f"> {_plain(note)}" for note in told.notes)


def _action(each: Planned) -> str:
    word = str(each.step.action)
    return (
        f"**{word}**" if each.step.is_paid or each.step.action in (Action.REFUSE, Action.DELETE, Action.STOP) else word
    )


def _details(each: Planned) -> Iterator[str]:
    path = _plain(each.step.path)
    if each.step.queued:
        yield f"- {path}: waits for a place: {_plain(each.step.queued)}"
    for change in each.step.changes:
        yield f"- {path}: {_plain(change.name)} `{step.short(change.old)}` → `{step.short(change.new)}`"
    for cost in each.costs:
        yield f"- {path}: {_plain(cost.text)}"
    if each.step.action is Action.TRAIN:
        yield f"- {path}: {_plain(report.usual_text(each.usual, each.step.timeout_seconds))}"
    for warning in each.warnings:
        yield f"- {path}: ⚠ {_plain(warning)}"
    if each.step.replaces:
        yield f"- {path}: `{each.step.replaces.name}` {_plain(each.step.replaces.text)}"


def _plain(text: str) -> str:
    """What would end a cell of a table or begin markup."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
