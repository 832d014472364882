"""Python functions: what each finds in its environment, and what it shares with none."""

import io
import json
import os
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.aws import LocalAws, RunningAws, Settings

CODE = """
import importlib.util, os, sys
print("imported")
calls = 0

def handler(event, context):
    global calls
    calls += 1
    print("line of", context.aws_request_id, file=sys.stderr)
    return {
        "calls": calls, "process": os.getpid(), "folder": os.getcwd(), "file": __file__, "compiled": __cached__,
        "environment": dict(os.environ), "modules": [name for name in event if importlib.util.find_spec(name)],
        "name": context.function_name, "memory": context.memory_limit_in_mb,
    }
"""

Invoke = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def aws() -> Iterator[RunningAws]:
    with pytest.MonkeyPatch.context() as patch:
        # It asks Python to keep no compiled files, and then each environment would compile the code again.
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        with LocalAws(Settings(auth=False, tls=False)) as running:
            yield running


@pytest.fixture
def invoke(aws: RunningAws) -> Invoke:
    """Makes a function of some code when it is first invoked, and invokes it."""
    return _functions(aws)


def _functions(aws: RunningAws) -> Invoke:
    client, names = aws.client("lambda"), dict[str, str]()

    def invoke(name: str, event: object = None, *, code: str = CODE, **options: Any) -> dict[str, Any]:
        if name not in names:
            names[name] = f"{name}-{uuid.uuid4().hex}"
            client.create_function(
                FunctionName=names[name],
                Runtime="python3.12",
                Handler="index.handler",
                Role=f"arn:aws:iam::{aws.settings.account}:role/any",
                Code={"ZipFile": _zip(code)},
                **options,
            )
        answer = client.invoke(FunctionName=names[name], Payload=json.dumps(event or []))["Payload"].read()
        result: dict[str, Any] = json.loads(answer)
        return result

    return invoke


def _zip(code: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        # With a time of its own, so that the same code is the same archive.
        archive.writestr(zipfile.ZipInfo("index.py"), code)
    return content.getvalue()


def test_an_environment_is_used_again_and_shared_with_no_other_function(invoke: Invoke) -> None:
    first, again, other = invoke("one"), invoke("one"), invoke("other")
    assert (first["calls"], again["calls"], other["calls"]) == (1, 2, 1)
    assert first["process"] == again["process"] != other["process"]
    # Of one code, which is compiled once.
    assert first["file"] == other["file"]
    assert Path(first["compiled"]).is_file()


def test_functions_of_different_code_have_folders_of_their_own(invoke: Invoke) -> None:
    first, other = invoke("one"), invoke("other", code=CODE + "# Another.\n")
    assert first["folder"] != other["folder"]
    assert Path(other["file"]).parent == Path(other["folder"])


def test_the_environment_is_the_functions_own(aws: RunningAws, invoke: Invoke) -> None:
    variables = {"GREETING": "hello", "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "https://example.com"}
    found = invoke("one", MemorySize=256, Timeout=7, Environment={"Variables": variables})
    expected = {
        "GREETING": "hello",
        # Reserved by AWS, so that no function decides about it.
        "AWS_REGION": aws.settings.region,
        "AWS_ENDPOINT_URL": "https://example.com",
        "AWS_LAMBDA_FUNCTION_NAME": found["name"],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "LAMBDA_TASK_ROOT": found["folder"],
        "_LAMBDA_TIMEOUT": "7",
    }
    assert {name: found["environment"].get(name) for name in expected} == expected
    assert (found["name"].partition("-")[0], found["memory"]) == ("one", 256)
    # The next one has none of it.
    other = invoke("other")["environment"]
    assert "GREETING" not in other
    assert other["AWS_ENDPOINT_URL"] == aws.endpoint


def test_it_finds_the_runtimes_sdk_and_nothing_of_this_project(invoke: Invoke) -> None:
    found = invoke("one", ["boto3", "botocore", "index", "local", "constructs_lib", "cli", "tests"])
    assert found["modules"] == ["boto3", "botocore", "index"]


def test_what_it_writes_is_in_its_log(aws: RunningAws, invoke: Invoke) -> None:
    name = invoke("one")["name"]
    events = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    assert any("line of" in event["message"] for event in events)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import nothing_of_that_name", "No module named 'nothing_of_that_name'"),
        ("handlers = 1", "has no attribute 'handler'"),
        ("import os; os._exit(3)", "Worker process exited"),
    ],
)
def test_code_that_cannot_be_imported_fails_the_invocation(invoke: Invoke, code: str, message: str) -> None:
    assert message in json.dumps(invoke("one", code=code))


def test_after_an_environment_died_the_next_invocation_has_a_new_one(invoke: Invoke) -> None:
    code = CODE.replace("    calls += 1\n", "    calls += 1\n    if event == 'end':\n        os._exit(1)\n")
    first = invoke("one", code=code)
    assert "died" in json.dumps(invoke("one", "end"))
    again = invoke("one")
    assert again["calls"] == 1
    assert again["process"] != first["process"]


def test_a_function_may_have_processes_of_its_own(invoke: Invoke) -> None:
    code = """
import multiprocessing

def square(number):
    return number * number

def handler(event, context):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return {"squares": pool.map(square, event)}
"""
    assert invoke("one", [2, 3], code=code) == {"squares": [4, 9]}


def test_its_processes_end_with_the_server() -> None:
    with LocalAws(Settings(auth=False, tls=False)) as aws:
        process = _functions(aws)("one")["process"]
        assert _runs(process)
    while _runs(process):
        time.sleep(0.01)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # One that nobody has collected yet is still in the table.
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
