"""The server process of a local AWS: started, found to answer, stopped."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from local.aws import environment
from local.aws.running import RunningAws
from local.aws.settings import Settings
from local.aws.working_directory import WorkingDirectory

PROJECT = Path(__file__).resolve().parents[2]
LOG_DIRECTORY = PROJECT / ".local-aws"
_START_SECONDS = 30
_LARGEST_LOG = 20_000_000


class LocalAws:
    """`with LocalAws(Settings(...)) as aws:` runs an AWS for the block; it ends with the block or with this process."""

    def __init__(self, settings: Settings | None = None, *, log_file: Path | None = None) -> None:
        self._settings = settings or Settings()
        self._log_file = log_file or LOG_DIRECTORY / "server.log"
        self._process: subprocess.Popen[str] | None = None
        self._running: RunningAws | None = None

    def __enter__(self) -> RunningAws:
        self._process, self._running = _start(self._settings, self._log_file, detached=False)
        return self._running

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process and self._running:
            _end(self._process)
            self._running.directory.remove()

    @classmethod
    def start_detached(cls, settings: Settings | None = None) -> RunningAws:
        """An AWS that outlives this process: until `RunningAws.stop`, or the end of its lifetime."""
        return _start(settings or Settings(), LOG_DIRECTORY / "server.log", detached=True)[1]


def _start(settings: Settings, log_file: Path, *, detached: bool) -> tuple[subprocess.Popen[str], RunningAws]:
    directory = WorkingDirectory.create()
    if settings.tls:
        directory.issue_certificate()
    process = _spawn([settings.to_json(), str(directory.root), *(["--detached"] if detached else [])], log_file)
    try:
        announcement = _announcement(process)
    except BaseException:
        _end(process)
        directory.remove()
        raise
    if announcement is None:
        _end(process)
        directory.remove()
        raise RuntimeError(f"the local AWS did not start within {_START_SECONDS} s; see {log_file}:\n{_tail(log_file)}")
    endpoint = f"{'https' if settings.tls else 'http'}://127.0.0.1:{announcement['port']}"
    return process, RunningAws(endpoint, settings, directory, log_file)


def _spawn(arguments: Sequence[str], log_file: Path) -> subprocess.Popen[str]:
    _prepare(log_file)
    with log_file.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "local.aws.server", *arguments],
            cwd=PROJECT,
            env=environment.scrubbed(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            # Ctrl-C in the terminal is ours to handle: the stack has to be destroyed before its AWS goes.
            start_new_session=True,
        )


def _prepare(log_file: Path) -> None:
    log_file.parent.mkdir(parents=True, exist_ok=True)
    if log_file.parent == LOG_DIRECTORY:
        (LOG_DIRECTORY / ".gitignore").write_text("*\n")
    if log_file.exists() and log_file.stat().st_size > _LARGEST_LOG:
        log_file.unlink()


def _announcement(process: subprocess.Popen[str]) -> dict[str, int] | None:
    output = process.stdout
    if output is None or not select.select([output], [], [], _START_SECONDS)[0]:
        return None
    line = output.readline()
    return json.loads(line) if line else None


def _end(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(log_file: Path, lines: int = 30) -> str:
    return "\n".join(log_file.read_text(errors="replace").splitlines()[-lines:]) if log_file.exists() else ""
