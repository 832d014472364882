"""The real CDK command line, run against a local AWS."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from local import toolchain
from local.app import App, library_path
from local.aws import RunningAws
from local.aws.environment import scrubbed

_BOOTSTRAP_STACK = "CDKToolkit"
# Nothing of this may wait for the network, and there is nobody to ask.
_QUIET = ("--no-notices", "--no-version-reporting")
_UNATTENDED = {"deploy": ("--require-approval", "never"), "destroy": ("--force",)}


def run(aws: RunningAws, arguments: Sequence[str], app: App | None = None) -> int:
    """The CLI with its own output and progress; returns its exit code. Without an app it finds its own, here."""
    given = [*arguments, *(app.options if app else ()), *_QUIET, *_UNATTENDED.get(arguments[0], ())]
    environment = app.environment if app else {"PYTHONPATH": library_path()}
    return _wait(_start(aws, given, app.project if app else None, environment))


def unchecked(app: Path) -> str:
    """The command that runs an app without validation: no variable of the CDK is passed on to the CLI."""
    return shlex.join(["env", "CDK_VALIDATION=false", sys.executable, str(app)])


def bootstrap(aws: RunningAws) -> None:
    """Once for each local AWS; silent unless it fails."""
    if is_bootstrapped(aws):
        return
    target = f"aws://{aws.settings.account}/{aws.settings.region}"
    process = _start(aws, ["bootstrap", target, *_QUIET], aws.directory.root, {}, captured=True)
    output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"cdk bootstrap failed:\n{output}")


def is_bootstrapped(aws: RunningAws) -> bool:
    stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
    return any(stack["StackName"] == _BOOTSTRAP_STACK for stack in stacks)


def _start(
    aws: RunningAws,
    arguments: Sequence[str],
    directory: Path | None,
    environment: Mapping[str, str],
    *,
    captured: bool = False,
) -> subprocess.Popen[str]:
    output = subprocess.PIPE if captured else None
    return subprocess.Popen(
        toolchain.cdk_command(arguments),
        cwd=directory,
        env=_environment(aws, environment),
        stdout=output,
        stderr=subprocess.STDOUT if captured else None,
        text=True,
    )


def _environment(aws: RunningAws, given: Mapping[str, str]) -> dict[str, str]:
    whole = {**scrubbed(os.environ), **aws.env}
    # What an app brings goes before our Python, and our Node.js before all.
    paths = [str(aws.directory.bin), *filter(None, [given.get("PATH")]), whole["PATH"]]
    return {**whole, **given, "PATH": os.pathsep.join(paths)}


def _wait(process: subprocess.Popen[str]) -> int:
    try:
        return process.wait()
    except KeyboardInterrupt:
        # The terminal sent Ctrl-C to the CLI as well; it must be gone before its AWS goes.
        process.terminate()
        process.wait()
        raise
