"""The environments in which Python functions are run."""

import hashlib
import io
import json
import os
import queue
import tempfile
import threading
import uuid
import zipfile
from pathlib import Path
from typing import Any

from local.aws.fork_server import ForkedProcess, ForkServer
from local.aws.patches.names import lambda_functions as ministack
from local.aws.patches.patch import Patch


class ExecutionEnvironments(Patch):
    """Each is forked from a Python that has the SDK in memory, and all of one function's code share a folder."""

    corrects = (
        "ministack unzips the code for each environment, starts Python, compiles the code and imports the SDK: more "
        "work than most functions have."
    )
    aws = "An environment takes as long to start there, but many start at once; /var/task is the same for all of them."
    uses = (
        ministack.worker,
        ministack.account_and_region,
        ministack.execution_credentials,
        ministack.host_prefix_variable,
        ministack.python_worker_script,
        ministack.reserved_variables,
    )

    def __init__(self) -> None:
        self._fork_server = ForkServer()
        self._unpacking = threading.Lock()

    def apply(self) -> None:
        worker = ministack.worker.value
        start_anew = worker._spawn

        def spawn(environment: Any) -> None:
            if _is_plain_python(environment.config):
                self._start(environment)
            else:
                start_anew(environment)

        worker._spawn = spawn

    def _start(self, environment: Any) -> None:
        config = environment.config
        code = self._unpacked(environment.code_zip)
        environment._proc = process = self._fork_server.start(
            ministack.python_worker_script.value,
            environment={**os.environ, **_defaults(), **_own_variables(config), **_given(config, code)},
            folder=code,
        )
        environment._stderr_queue = queue.Queue()
        environment._stderr_thread = threading.Thread(target=environment._read_stderr, daemon=True)
        environment._stderr_thread.start()
        module, _, handler = config.get("Handler", "index.handler").rpartition(".")
        _initialize(
            process,
            {
                "code_dir": str(code),
                "module": module.replace("/", "."),
                "handler": handler,
                "function_name": config.get("FunctionName", ""),
                "memory": config.get("MemorySize", 128),
                "arn": config.get("FunctionArn", ""),
            },
        )

    def _unpacked(self, code_zip: bytes) -> Path:
        folder = Path(tempfile.gettempdir()) / "code" / hashlib.sha256(code_zip).hexdigest()
        with self._unpacking:
            if not folder.exists():
                partly = folder.with_suffix(".part")
                with zipfile.ZipFile(io.BytesIO(code_zip)) as archive:
                    archive.extractall(partly)
                partly.rename(folder)
        return folder


def _is_plain_python(config: dict[str, Any]) -> bool:
    snapshot = (config.get("SnapStart") or {}).get("OptimizationStatus") == "On"
    return config.get("Runtime", "").startswith("python") and not config.get("Layers") and not snapshot


def _own_variables(config: dict[str, Any]) -> dict[str, str]:
    given = config.get("Environment", {}).get("Variables", {})
    return {name: value for name, value in given.items() if name not in ministack.reserved_variables.value}


def _defaults() -> dict[str, str]:
    """What a function may set otherwise."""
    scheme = "https" if os.environ.get("USE_SSL") else "http"
    return {
        "AWS_ENDPOINT_URL": f"{scheme}://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        ministack.host_prefix_variable.value: "true",
    }


def _given(config: dict[str, Any], code: Path) -> dict[str, str]:
    """What the service decides."""
    _, region = ministack.account_and_region(config)
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        **ministack.execution_credentials(config),
        "LAMBDA_TASK_ROOT": str(code),
        "AWS_LAMBDA_FUNCTION_NAME": config.get("FunctionName", ""),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
        "AWS_LAMBDA_LOG_STREAM_NAME": str(uuid.uuid4()),
        "_LAMBDA_FUNCTION_ARN": config.get("FunctionArn", ""),
        "_LAMBDA_TIMEOUT": str(config.get("Timeout", 30)),
    }


def _initialize(process: ForkedProcess, message: dict[str, Any]) -> None:
    """Have the function's module imported. Raises `RuntimeError` if that fails, as ministack does."""
    process.stdin.write(json.dumps(message) + "\n")
    for line in process.stdout:
        if line.startswith("{"):
            answer = json.loads(line)
            if answer["status"] != "ready":
                raise RuntimeError(f"Worker init failed: {answer.get('error')}")
            return
    raise RuntimeError("Worker process exited immediately")
