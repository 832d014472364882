"""Runs the real CDK command line against a local AWS."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from local import toolchain
from local.aws import RunningAws
from local.aws.environment import scrubbed
from local.aws.process import PROJECT

_BOOTSTRAP_STACK = "CDKToolkit"
# Nothing of this may wait for the network, and there is nobody to ask.
_QUIET = ("--no-notices", "--no-version-reporting")
_UNATTENDED = {"deploy": ("--require-approval", "never"), "destroy": ("--force",)}


def run(aws: RunningAws, arguments: Sequence[str], *, directory: Path | None = None) -> int:
    """The CLI with its own output and progress; returns its exit code."""
    return _wait(_start(aws, [*arguments, *_QUIET, *_UNATTENDED.get(arguments[0], ())], directory))


def app_option(app: Path) -> list[str]:
    """The CLI runs the app through a shell."""
    return ["--app", shlex.join([sys.executable, str(app)])]


def bootstrap(aws: RunningAws) -> None:
    """Once for each local AWS; silent unless it fails."""
    if is_bootstrapped(aws):
        return
    target = f"aws://{aws.settings.account}/{aws.settings.region}"
    process = _start(aws, ["bootstrap", target, *_QUIET], aws.place.root, captured=True)
    output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"cdk bootstrap failed:\n{output}")


def is_bootstrapped(aws: RunningAws) -> bool:
    stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
    return any(stack["StackName"] == _BOOTSTRAP_STACK for stack in stacks)


def _start(
    aws: RunningAws, arguments: Sequence[str], directory: Path | None, *, captured: bool = False
) -> subprocess.Popen[str]:
    output = subprocess.PIPE if captured else None
    return subprocess.Popen(
        toolchain.cdk_command(arguments),
        cwd=directory,
        env=scrubbed(os.environ) | aws.env | {"PYTHONPATH": _path()},
        stdout=output,
        stderr=subprocess.STDOUT if captured else None,
        text=True,
    )


def _path() -> str:
    """An app in a folder of its own finds the library, installed or not."""
    return os.pathsep.join([str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])])


def _wait(process: subprocess.Popen[str]) -> int:
    try:
        return process.wait()
    except KeyboardInterrupt:
        # The terminal sent Ctrl-C to the CLI as well; it must be gone before its AWS goes.
        process.terminate()
        process.wait()
        raise
