"""Python processes that are forked from one which has imported the AWS SDK already."""

import gc
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import TextIO

# What a function of Lambda's Python runtime imports in any case, and what multiprocessing imports in each process.
_IMPORTED = ("boto3", "botocore.handlers", "botocore.httpsession", "local.aws.fork_server", "local.aws.server")
_PROJECT = Path(__file__).resolve().parents[2]


class ForkedProcess:
    """One of them: as much of `subprocess.Popen` as ministack uses of its workers."""

    def __init__(self, context: ForkServerContext, script: str, environment: Mapping[str, str], folder: Path) -> None:
        read_input, write_input = context.Pipe(duplex=False)
        read_output, write_output = context.Pipe(duplex=False)
        read_errors, write_errors = context.Pipe(duplex=False)
        theirs = (read_input, write_output, write_errors)
        self._process = context.Process(target=_run, args=(theirs, script, dict(environment), folder), daemon=True)
        self._process.start()
        for pipe in theirs:
            pipe.close()
        self.stdin = _file(write_input, "w")
        self.stdout = _file(read_output, "r")
        self.stderr = _file(read_errors, "r")

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0)
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


class ForkServer:
    """Starts with the first of its processes, and ends with the process that it belongs to."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(_IMPORTED))

    def start(self, script: str, *, environment: Mapping[str, str], folder: Path) -> ForkedProcess:
        """Run the script, as `python script` would in that folder and with exactly these environment variables."""
        return ForkedProcess(self._context, script, environment, folder)


def _file(pipe: Connection, mode: str) -> TextIO:
    file: TextIO = os.fdopen(os.dup(pipe.fileno()), mode, buffering=1)  # type: ignore[assignment]
    pipe.close()
    return file


def _run(pipes: tuple[Connection, ...], script: str, environment: dict[str, str], folder: Path) -> None:
    # What is inherited stays: to walk through it would copy it.
    gc.freeze()
    for number, pipe in enumerate(pipes):
        os.dup2(pipe.fileno(), number)
        pipe.close()
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  open for as long as the process lives
    sys.stdout, sys.stderr = (open(number, "w", buffering=1, closefd=False) for number in (1, 2))  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    # A daemon, as which it ends with the server, may have no processes of its own; a function may.
    multiprocessing.current_process().daemon = False
    # The next process in this folder need not compile the code again.
    sys.dont_write_bytecode = False
    # The script must not find this program, which no function in an account has beside it.
    sys.path[:] = [entry for entry in sys.path if entry and Path(entry) != _PROJECT]
    for name in [name for name in sys.modules if name.partition(".")[0] == "local"]:
        del sys.modules[name]
    exec(script, {"__name__": "__main__"})  # noqa: S102  ministack's own worker script
