"""For logs: one line for each change, without a single escape code."""

import json
from types import TracebackType

from bedrock_models import times
from bedrock_models.bedrock.job import Job
from bedrock_models.bedrock.run import NOT_STARTED, Run
from bedrock_models.commands.watch.progress import Progress, SeenJob
from bedrock_models.context import Context


class Lines:
    """Says what is new since the last progress."""

    def __init__(self, context: Context, *, as_json: bool = False) -> None:
        self._context = context
        self._as_json = as_json
        self._said: dict[tuple[str, str], str] = {}

    def __enter__(self) -> "Lines":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def show(self, progress: Progress) -> None:
        """The lines that differ from those before."""
        if progress.stack:
            self._say(progress, progress.stack.name, "stack", f"stack {progress.stack.status}")
            if progress.shows_nothing and progress.is_waiting:
                self._say(progress, progress.stack.name, "runs", "nothing of Amazon Bedrock yet")
        for seen in progress.jobs:
            self._show_job(progress, seen)
        for each in progress.served:
            reason = f": {each.message}" if each.message else ""
            self._say(progress, each.name, "status", f"{each.noun} {each.state}{reason}")
        for check in progress.checks:
            self._say(progress, check.name, "check", check.text)

    def _show_job(self, progress: Progress, seen: SeenJob) -> None:
        job = seen.job
        if job is None:
            because = f": {seen.queued_because}" if seen.queued_because else ""
            self._say(progress, seen.name, "status", f"Queued, not started yet{because}")
            return
        self._say(progress, seen.name, "paid", seen.paid(progress.stack))
        self._say(progress, seen.name, "typical", seen.usual)
        if isinstance(job, Run):
            self._show_phases(progress, job)
        elif not job.is_over:
            self._say(progress, seen.name, "status", f"import {job.status}", elapsed=job)
        if seen.segment and not job.is_over:
            self._say(progress, seen.name, "segment", f"deployment waits in {seen.segment}")
        for number, curve in enumerate(seen.curves):
            text = f"{curve.kind} loss {curve.last:.4g} at step {curve.steps[-1]:g}"
            self._say(progress, seen.name, f"loss {number}", text)
        if job.is_over:
            reason = f": {job.message}" if job.message else ""
            took = times.duration(job.elapsed(progress.at))
            self._say(progress, seen.name, "status", f"{job.status} after {took}{reason}")

    def _show_phases(self, progress: Progress, run: Run) -> None:
        if all(phase.status == NOT_STARTED for phase in run.phases) and not run.is_over:
            self._say(progress, run.name, "status", f"{run.status}, waits for Bedrock to begin")
        self._say(progress, run.name, "stall", run.stall(progress.at))
        for phase in run.phases:
            if phase.status != NOT_STARTED:
                self._say(progress, run.name, phase.name, f"{phase.name} {phase.status}", elapsed=run)

    def _say(self, progress: Progress, who: str, what: str, text: str, *, elapsed: Job | None = None) -> None:
        if text in ("", self._said.get((who, what))):
            return
        self._said[who, what] = text
        if self._as_json:
            self._context.say(json.dumps({"at": times.stamp(progress.at), "name": who, "what": what, "text": text}))
            return
        since = f" ({times.duration(elapsed.elapsed(progress.at))} elapsed)" if elapsed else ""
        self._context.say(f"{times.stamp(progress.at)} {who}: {text}{since}")
