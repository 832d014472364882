"""What `make deploy` does: start, bootstrap, deploy, show, destroy, stop."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from local import cdk, failure, session, summary
from local.aws import LocalAws, RunningAws, Settings


@dataclass
class Stopwatch:
    steps: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.steps[name] = time.monotonic() - started


def run(app: Path, settings: Settings, *, keep: bool, console: Console, stacks: str = "") -> int:
    if not app.is_file():
        console.print(f"[red]--app must name a CDK app, got {str(app)!r}, which is no file")
        return 2
    selection = [stacks] if stacks else ["--all"]
    return (_keep if keep else _come_and_go)(app, selection, settings, console)


def _come_and_go(app: Path, selection: list[str], settings: Settings, console: Console) -> int:
    watch = Stopwatch()
    with contextlib.ExitStack() as stack:
        stack.callback(console.print, "The local AWS is stopped; nothing is left running.")
        with watch.step("start the local AWS"):
            aws = stack.enter_context(LocalAws(settings))
        return _deploy(aws, app, selection, watch, console) or _destroy(aws, app, selection, console)


def _keep(app: Path, selection: list[str], settings: Settings, console: Console) -> int:
    watch = Stopwatch()
    with contextlib.ExitStack() as undo:
        with watch.step("start the local AWS"):
            aws = session.find() or _start_to_stay(settings, undo)
        code = _deploy(aws, app, selection, watch, console)
        if code == 0:
            undo.pop_all()
            summary.how_to_use(aws, console)
        return code


def _start_to_stay(settings: Settings, undo: contextlib.ExitStack) -> RunningAws:
    aws = LocalAws.start_detached(settings)
    undo.callback(aws.stop)
    session.announce(aws)
    undo.callback(session.forget, aws)
    return aws


def _deploy(aws: RunningAws, app: Path, selection: list[str], watch: Stopwatch, console: Console) -> int:
    console.rule(f"a local AWS at {aws.endpoint}")
    with watch.step("cdk bootstrap"):
        cdk.bootstrap(aws)
    with watch.step("cdk deploy"):
        code = cdk.run(aws, ["deploy", *selection, *_app(aws, app)], directory=_project(app))
    if code:
        failure.report(aws, console)
        return code
    summary.made(aws, console)
    summary.times(watch.steps, aws, console)
    return 0


def _destroy(aws: RunningAws, app: Path, selection: list[str], console: Console) -> int:
    code = cdk.run(aws, ["destroy", *selection, *_app(aws, app)], directory=_project(app))
    if code:
        failure.report(aws, console)
    return code


def _project(app: Path) -> Path:
    """Where its cdk.json lies, whose context it gets; an app without one is its own project."""
    return next((folder for folder in app.parents if (folder / "cdk.json").is_file()), app.parent)


def _app(aws: RunningAws, app: Path) -> list[str]:
    return [*cdk.app_option(app), "--output", str(aws.place.root / "cdk.out")]
