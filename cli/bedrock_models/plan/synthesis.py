"""`--app`: a cloud assembly that is there, or a command that the CDK CLI synthesizes one with."""

import contextlib
import shutil
import subprocess  # nosec B404
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bedrock_models.failures import Failure


@contextlib.contextmanager
def assembly(app: str) -> Iterator[Path]:
    """The folder of the assembly; one that was made for this is removed afterwards."""
    if Path(app).is_dir():
        yield Path(app)
        return
    if app == "cdk.out" or app.endswith(".out"):
        raise Failure(
            f"--app must be a cloud assembly or a command that synthesizes one, got {app!r}, which is not there; run "
            "cdk synth, or give the command: --app 'python app.py'"
        )
    with tempfile.TemporaryDirectory(prefix="bedrock-models-plan-") as folder:
        _synthesize(app, folder)
        yield Path(folder)


def _synthesize(app: str, folder: str) -> None:
    cdk = shutil.which("cdk")
    if cdk is None:
        raise Failure(
            "--app with a command needs the CDK CLI on PATH, got none; run cdk synth, then give --app cdk.out"
        )
    command = [cdk, "synth", "--app", app, "--output", folder, "--quiet"]
    # What the user typed, handed on as it is to the program that always runs it.
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 # nosec B603
    if done.returncode != 0:
        raise Failure(f"cdk synth --app {app!r} failed:\n{(done.stderr or done.stdout).strip()}")
