"""For a terminal: one picture that is drawn anew with each progress."""

from types import TracebackType
from typing import Final

from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from bedrock_models import times
from bedrock_models.bedrock import model_check
from bedrock_models.bedrock.job import COMPLETED, FAILED, IN_PROGRESS, STOPPED, STOPPING
from bedrock_models.bedrock.model_check import ModelCheck
from bedrock_models.bedrock.run import Phase, Run
from bedrock_models.bedrock.served import Served
from bedrock_models.commands.watch.progress import Progress, SeenJob
from bedrock_models.context import Context
from bedrock_models.screen import status_text, style_of

_MARKS: Final = {COMPLETED: "✓", IN_PROGRESS: "▶", STOPPING: "▶", FAILED: "✗", STOPPED: "■"}
# The next letter of a curve that goes from 1 to 8 eighths of a line.
_BARS: Final = "▁▂▃▄▅▆▇█"
_ARTICLES: Final = {"import": "an import", "deployment": "a deployment", "throughput": "Provisioned Throughput"}
_SPARK: Final = 32


class Screen:
    """Redraws the progress in place."""

    def __init__(self, context: Context) -> None:
        self._live = Live(console=context.screen, auto_refresh=False, transient=False)

    def __enter__(self) -> "Screen":
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self, progress: Progress) -> None:
        """Draws it."""
        self._live.update(picture(progress), refresh=True)


def picture(progress: Progress) -> RenderableType:
    """The whole picture."""
    parts: list[RenderableType] = [_job(progress, seen) for seen in progress.jobs]
    parts += [_served(progress, each) for each in progress.served]
    parts += [_check(progress, each) for each in progress.checks]
    if progress.stack and progress.shows_nothing:
        parts.append(
            Text(f"{progress.stack.name}  {progress.stack.status}  nothing of Amazon Bedrock yet", style="dim")
        )
    return Group(*parts)


def _job(progress: Progress, seen: SeenJob) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(status_text(seen.status), Text(seen.name, style="bold"))
    if paid := seen.paid(progress.stack):
        grid.add_row("paid", paid)
    if seen.queued_because:
        grid.add_row("waits for", seen.queued_because)
    if seen.job:
        if isinstance(seen.job, Run):
            grid.add_row("trains", f"{seen.job.base_model}, {seen.job.customization.lower().replace('_', ' ')}")
        else:
            grid.add_row("imports", seen.job.source_uri)
        elapsed = times.duration(seen.job.elapsed(progress.at))
        grid.add_row("elapsed", ", ".join(filter(None, (elapsed, seen.usual))))
        if isinstance(seen.job, Run):
            _phases(grid, progress, seen, seen.job)
    if progress.stack:
        segment = f", waits in {seen.segment}" if seen.segment and progress.stack.is_moving else ""
        grid.add_row("stack", f"{progress.stack.name} {progress.stack.status}{segment}")
    for curve in seen.curves:
        text = f"{curve.last:.4g} at step {curve.steps[-1]:g}  {spark(curve.values)}"
        grid.add_row(f"{curve.kind} loss", text)
    if seen.job and seen.job.message:
        grid.add_row("message", Text(seen.job.message, style="red"))
    return grid


def _phases(grid: Table, progress: Progress, seen: SeenJob, run: Run) -> None:
    for phase in run.phases:
        grid.add_row(Text(phase.name, style=style_of(phase.status) or "dim"), _phase(progress, seen, phase))
    if stall := run.stall(progress.at):
        grid.add_row("stalled", Text(stall, style="yellow"))


def _served(progress: Progress, each: Served) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(status_text(each.state), Text(each.name, style="bold"))
    elapsed = "" if each.is_over else f", {times.duration(progress.at - each.created)} so far"
    grid.add_row("is", f"{_ARTICLES[each.noun]}{elapsed}")
    if progress.stack:
        grid.add_row("stack", f"{progress.stack.name} {progress.stack.status}")
    if each.message:
        grid.add_row("message", Text(each.message, style="red"))
    return grid


def _check(progress: Progress, each: ModelCheck) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(status_text(each.status), Text(each.name, style="bold"))
    grid.add_row("check", each.text)
    if each.status == model_check.RUNNING:
        grid.add_row("elapsed", times.duration(progress.at - each.started))
    if progress.stack:
        grid.add_row("stack", f"{progress.stack.name} {progress.stack.status}")
    return grid


def _phase(progress: Progress, seen: SeenJob, phase: Phase) -> Text:
    lasted = phase.lasted(progress.at)
    usual = seen.typical.phases.get(phase.name) if seen.typical else None
    text = f"{_MARKS.get(phase.status, '·')} "
    text += times.duration(lasted) if lasted is not None else "not started"
    if usual is not None and phase.status != COMPLETED:
        text += f", typically {times.duration(usual)}"
    return Text(text, style=style_of(phase.status))


def spark(values: tuple[float, ...]) -> str:
    """A curve in one line."""
    if len(values) < 2:  # noqa: PLR2004  one point is no curve
        return ""
    step = max(1, len(values) / _SPARK)
    chosen = [values[min(len(values) - 1, int(index * step))] for index in range(min(_SPARK, len(values)))]
    low, high = min(chosen), max(chosen)
    scale = (len(_BARS) - 1) / (high - low) if high > low else 0
    return "".join(_BARS[round((value - low) * scale)] for value in chosen)
