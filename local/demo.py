"""`make deploy`: start a local AWS, bootstrap, deploy, show what was made, destroy, stop."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from local import cdk, failure, session, summary
from local.app import App, stack_names
from local.aws import LocalAws, RunningAws, Settings

_DEPLOY = "cdk deploy"


@dataclass
class Stopwatch:
    steps: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.steps[name] = time.monotonic() - started


def run(app: App, settings: Settings, *, keep: bool, console: Console, stacks: str = "") -> int:
    if not app.exists:
        console.print(
            f"[red]--app must name a CDK app, got {str(app.path)!r}, which is no file; use APP=path/to/app.py"
        )
        return 2
    selection = stacks.split() or ["--all"]
    return (_deploy_and_keep if keep else _deploy_and_destroy)(app, selection, settings, console)


def _deploy_and_destroy(app: App, selection: list[str], settings: Settings, console: Console) -> int:
    watch = Stopwatch()
    with contextlib.ExitStack() as stack:
        stack.callback(console.print, "The local AWS is stopped; nothing is left running.")
        with watch.step("start the local AWS"):
            aws = stack.enter_context(LocalAws(settings))
        return _deploy(aws, app, selection, watch, console) or _cdk(aws, app, ["destroy", *selection], console)


def _deploy_and_keep(app: App, selection: list[str], settings: Settings, console: Console) -> int:
    watch = Stopwatch()
    with contextlib.ExitStack() as undo:
        with watch.step("start the local AWS"):
            aws = session.find() or _start_to_stay(settings, undo)
        with watch.step("cdk bootstrap"):
            cdk.bootstrap(aws)
        # From here on there is something to look at, and to deploy once more: after a failure and Ctrl-C, too.
        undo.pop_all()
    try:
        return _deploy(aws, app, selection, watch, console)
    finally:
        summary.instructions(aws, console)


def _start_to_stay(settings: Settings, undo: contextlib.ExitStack) -> RunningAws:
    aws = LocalAws.start_detached(settings)
    undo.callback(aws.stop)
    session.announce(aws)
    undo.callback(session.forget, aws)
    return aws


def _deploy(aws: RunningAws, app: App, selection: list[str], watch: Stopwatch, console: Console) -> int:
    summary.rule(console, f"a local AWS at {aws.endpoint}")
    if "cdk bootstrap" not in watch.steps:
        with watch.step("cdk bootstrap"):
            cdk.bootstrap(aws)
    with watch.step(_DEPLOY):
        code = _cdk(aws, app, ["deploy", *selection], console)
    if code == 0:
        summary.made(aws, stack_names(_assembly(aws)), console)
        summary.times(watch.steps, watch.steps[_DEPLOY], aws, console)
    return code


def _cdk(aws: RunningAws, app: App, arguments: list[str], console: Console) -> int:
    since = datetime.now(UTC)
    code = cdk.run(aws, [*arguments, "--output", str(_assembly(aws))], app)
    if code:
        failure.report(aws, stack_names(_assembly(aws)), since, console)
    return code


def _assembly(aws: RunningAws) -> Path:
    return aws.directory.root / "cdk.out"
