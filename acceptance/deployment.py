"""Deployments by the CDK's own command line, watched from beside while they go on."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from acceptance.probe import NotPossible
from acceptance.run import STACKS, TAG, Run
from local import toolchain

ROOT: Final = Path(__file__).parents[1]
_QUIET: Final = ("--no-notices", "--no-version-reporting", "--require-approval", "never", "--progress", "events")


@dataclass(kw_only=True)
class Deployment:
    """How one ended. `seen` are the different states in which DescribeStacks showed the stack, in order."""

    stack: str
    status: str
    outputs: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)

    @property
    def failure(self) -> str:
        """What the stack's events say of failures, the first one first."""
        reasons = [each.get("ResourceStatusReason", "") for each in self.events]
        failed = [
            f"{each['LogicalResourceId']}: {reason}"
            for each, reason in zip(self.events, reasons, strict=True)
            if each["ResourceStatus"].endswith("_FAILED") and "cancelled" not in reason
        ]
        return "; ".join(reversed(failed))


def deploy(
    run: Run, stack: str, *, stage: str = "first", meanwhile: Callable[[str], object] | None = None
) -> Deployment:
    """Deploys one stack of the app. `meanwhile` is called with its name at each look, until it returns something true.

    Raises `NotPossible` if the stack cannot be read afterwards, as after a deployment that did not begin.
    """
    name, begun = f"{STACKS}{stack}", _latest_event(run, f"{STACKS}{stack}")
    watch = _Watch(run, name, meanwhile)
    with watch:
        code = _cdk(run, name, stage)
    described = _described(run, name)
    if described is None:
        raise NotPossible(f"the CDK CLI did not deploy {name} (exit status {code}); see {_log(run)}:\n{_tail(run)}")
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", ())}
    return Deployment(
        stack=name,
        status=described["StackStatus"],
        outputs=outputs,
        events=_events_since(run, name, begun),
        seen=watch.seen,
    )


def deployed(run: Run, stack: str, *, stage: str = "first") -> Deployment:
    """The same for a stack that is meant to arrive. Raises `NotPossible`, with the stack's own reasons, if not."""
    done = deploy(run, stack, stage=stage)
    if done.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise NotPossible(f"the stack {done.stack} is {done.status}: {done.failure}")
    return done


def output(run: Run, stack: str, key: str) -> str:
    """An output of a stack that an earlier probe has deployed. Raises `NotPossible` if it is not there."""
    described = _described(run, f"{STACKS}{stack}") or {}
    found = {each["OutputKey"]: str(each["OutputValue"]) for each in described.get("Outputs", ())}
    if key not in found:
        raise NotPossible(f"the stack {STACKS}{stack} is not deployed")
    return found[key]


def context(run: Run, stage: str) -> dict[str, str]:
    """What the app is told."""
    return {
        "run": run.id,
        "tag": TAG,
        "base_model": run.base_model,
        "source": run.source,
        "swap_source": run.swap_source,
        "weights": run.weights,
        "stage": stage,
    }


def _cdk(run: Run, name: str, stage: str) -> int:
    assembly = run.folder / "cdk.out" / f"{run.id}-{stage}"
    # The first deployment of a stage synthesizes the stacks of all steps.
    is_there = (assembly / "manifest.json").is_file()
    app = [str(assembly)] if is_there else [f"{sys.executable} -m acceptance.app", "--output", str(assembly)]
    command = toolchain.cdk_command(
        [
            *("deploy", name, "--exclusively", "--app", *app, *_QUIET),
            *(["--profile", run.profile] if run.profile else []),
            *(part for key, value in context(run, stage).items() if value for part in ("--context", f"{key}={value}")),
        ]
    )
    with _log(run).open("ab") as log:
        return subprocess.run(command, cwd=ROOT, env=_environment(run), stdout=log, stderr=log, check=False).returncode


def _environment(run: Run) -> dict[str, str]:
    path = os.pathsep.join([str(toolchain.node().parent), os.environ.get("PATH", os.defpath)])
    found = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "JSII_NODE": str(toolchain.node())}
    found |= {"AWS_REGION": run.aws.region, "AWS_DEFAULT_REGION": run.aws.region}
    found |= {"CDK_DISABLE_CLI_TELEMETRY": "true"}
    return found | ({"AWS_ENDPOINT_URL": run.endpoint_url} if run.endpoint_url else {})


def _log(run: Run) -> Path:
    return run.folder / "cdk.log"


def _tail(run: Run) -> str:
    return "\n".join(_log(run).read_text(errors="replace").splitlines()[-5:])


class _Watch:
    """A thread that looks at the stack while the command line deploys it."""

    def __init__(self, run: Run, name: str, meanwhile: Callable[[str], object] | None) -> None:
        self.seen: list[dict[str, Any]] = []
        self._run, self._name, self._meanwhile = run, name, meanwhile
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._over.wait(min(self._run.pause, 2)):
            self._look()

    def _look(self) -> None:
        # A look that fails is one look less.
        with suppress(ClientError, BotoCoreError):
            described = _described(self._run, self._name)
            if described is None:
                return
            told = ("StackStatus", "StackStatusReason", "CreationTime", "LastUpdatedTime", "RetainExceptOnCreate")
            state = {name: described[name] for name in told if name in described}
            if not self.seen or self.seen[-1] != state:
                self.seen.append(state)
            if self._meanwhile and self._meanwhile(self._name):
                self._meanwhile = None


def _described(run: Run, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = run.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return found


def _latest_event(run: Run, name: str) -> str:
    try:
        events = run.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    except ClientError as error:
        if "does not exist" in str(error):
            return ""
        raise
    return str(events[0]["EventId"]) if events else ""


def _events_since(run: Run, name: str, begun: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for page in run.cloudformation.get_paginator("describe_stack_events").paginate(StackName=name):
        for event in page["StackEvents"]:
            if event["EventId"] == begun:
                return found
            found.append(event)
    return found
