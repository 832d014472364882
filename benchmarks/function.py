"""The Lambda function: what a cold start costs, a warm look, each client, and how much code is carried.

`python -m benchmarks.function` alone, or the section "function" of `python -m benchmarks`. A child process stands for a
new execution environment: no compiled modules of the function's own, credentials in variables, and AWS is a server on
this machine.
"""

import http.server
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from benchmarks.options import Options
from benchmarks.rounds import interleaved, median, ratio
from benchmarks.table import Cell, Table

_ROOT: Final = Path(__file__).parents[1]
_OURS: Final = _ROOT / "lambda"
_PEER: Final = Path(__file__).parent / "peer" / "handlers"
_LOOKS: Final = 100
_BARE, _POLL, _EVENT, _ABORT, _PEER_LOOK = "boto3, nothing else", "on_poll", "on_event", "on_event, abort", "peer"
_SERVICES: Final = ("bedrock", "stepfunctions", "cloudformation", "iam", "ec2")
_MODEL: Final = "arn:aws:bedrock:us-east-1:123456789012:custom-model/imported/abcdefghijkl"

# Each defines `act`: what one invocation does.
_PROGRAMS: Final = {
    _BARE: """
import boto3
client = boto3.client("bedrock")
act = lambda: client.get_custom_model(modelIdentifier="assistant")
""",
    _POLL: """
import index
act = lambda: index.on_poll(state, context)
""",
    _EVENT: """
import index
act = lambda: index.on_event(event, context)
""",
    _ABORT: """
import index
act = lambda: index.on_event({"Abort": state}, context)
""",
    _PEER_LOOK: f"""
import index
look = {{"RequestType": "Create", "ResourceType": "Custom::PeerModel", "PhysicalResourceId": "{_MODEL}"}}
act = lambda: index.is_complete(look, context)
""",
}
_FRAME: Final = """
import contextlib, io, json, sys, time
from types import SimpleNamespace
context = SimpleNamespace(invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:events")
event, state = json.loads(sys.argv[1])
{program}
with contextlib.redirect_stdout(io.StringIO()):
    act()
    cold = time.process_time()
    peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
    began = time.process_time()
    for _ in range({looks}):
        act()
    warm = (time.process_time() - began) / {looks}
print(json.dumps([cold * 1000, warm * 1000, peak / 1024]))
"""
_CLIENT: Final = """
import json, time
{made}
began = time.process_time()
make("{service}")
print(json.dumps((time.process_time() - began) * 1000))
"""
# After a first client, so that only what is the service's own counts.
_OF_BOTO3: Final = "import boto3\nmake = boto3.client\nmake('sts')"
_OF_OURS: Final = "from provider.aws.clients import session\nmake = session().client\nmake({other!r})"


def run(options: Options) -> list[Table]:
    """In rounds of child processes that take turns."""
    with _service() as url, _environments(url) as environments:
        return [_starts(options, environments, url), _clients(options, environments), _sizes()]


def _starts(options: Options, environments: dict[str, dict[str, str]], url: str) -> Table:
    names = tuple(_PROGRAMS)
    given = json.dumps(_invocation(url))
    looks = 5 if options.smoke else _LOOKS

    def measure(name: str, _round: int) -> list[float]:
        program = _FRAME.format(program=_PROGRAMS[name], looks=looks)
        found: list[float] = json.loads(_python(program, environments[name], given))
        return found

    _python("import boto3", environments[_BARE])
    found = interleaved(names, options.turns * 2, measure)
    cold, warm, peak = ({name: [each[part] for each in found[name]] for name in names} for part in range(3))
    rows: list[list[Cell]] = [
        [
            name,
            median(cold[name]),
            ratio(cold[name], cold[_BARE]),
            median(peak[name]),
            ratio(peak[name], peak[_BARE]),
            median(warm[name]),
            _calls(name),
        ]
        for name in names
    ]
    header = ["", "cold start, ms of CPU", "to boto3", "peak, MB", "to boto3", "warm, ms of CPU", "calls"]
    return Table(title="One invocation of the function", header=header, rows=rows, notes=_NOTES)


_NOTES: Final = [
    "Cold: Python, imports, clients and the first invocation, against a server on the same machine.",
    "boto3: importing it, a client, GetCustomModel.",
]


def _calls(name: str) -> int:
    # Per warm invocation: the event is a wait's, which is looked at once and handed to the waiter.
    return {_EVENT: 2}.get(name, 1)


def _clients(options: Options, environments: dict[str, dict[str, str]]) -> Table:
    def measure(name: str, _round: int) -> float:
        maker, _, service = name.partition(" ")
        other = "iam" if service == "bedrock" else "bedrock"
        made = _OF_BOTO3 if maker == "boto3" else _OF_OURS.format(other=other)
        return float(_python(_CLIENT.format(made=made, service=service), environments[_POLL]))

    names = [f"{maker} {service}" for service in _SERVICES for maker in ("boto3", "ours")]
    found = interleaved(names, options.turns, measure)
    rows: list[list[Cell]] = []
    for service in _SERVICES:
        ours, full = found[f"ours {service}"], found[f"boto3 {service}"]
        rows.append([service, median(ours), median(full), ratio(ours, full)])
    return Table(title="One more client, ms of CPU", header=["", "ours", "boto3", "ratio"], rows=rows)


def _sizes() -> Table:
    rows: list[list[Cell]] = [[name, *_size(folder)] for name, folder in (("ours", _OURS), ("peer", _PEER))]
    return Table(title="What the function carries", header=["", "files", "KB", "KB zipped"], rows=rows)


def _size(folder: Path) -> tuple[int, float, float]:
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".json") and "cache" not in str(path))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.relative_to(folder))
    return len(files), sum(file.stat().st_size for file in files) / 1024, len(content.getvalue()) / 1024


def _python(program: str, environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-B", "-c", program, *arguments]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(ran.stderr[-3000:])
    return ran.stdout


@contextmanager
def _environments(url: str) -> Iterator[dict[str, dict[str, str]]]:
    """The code as Lambda has it, without compiled modules; the SDK has its own, as in Lambda's runtime."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / name for name in ("ours", "peer")}
        for name, source in (("ours", _OURS), ("peer", _PEER)):
            shutil.copytree(source, paths[name], ignore=shutil.ignore_patterns("*cache*"))
        base = {
            "PATH": os.environ["PATH"],
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_SESSION_TOKEN": "token",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_ENDPOINT_URL": url,
            "NO_PROXY": "127.0.0.1",
            "WAITER_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:waiter",
            "POLL_FUNCTION_ARN": "arn:aws:lambda:us-east-1:123456789012:function:poll",
        }
        ours, peer = ({**base, "PYTHONPATH": str(paths[name])} for name in ("ours", "peer"))
        yield {_BARE: base, _POLL: ours, _EVENT: ours, _ABORT: ours, _PEER_LOOK: peer}


def _invocation(url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    event = {
        "RequestType": "Create",
        "RequestId": "00000000-0000-0000-0000-000000000001",
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/Models/1",
        "LogicalResourceId": "AssistantReady",
        "ResourceType": "Custom::BedrockModelWait",
        "ResponseURL": f"{url}/answer",
        "ResourceProperties": {"For": "Custom::BedrockCustomModel", "Name": "assistant", "Last": "true"},
    }
    functions = dict.fromkeys(("Function", "EventsFunction"), "arn:aws:lambda:us-east-1:123456789012:function:events")
    state = {"Event": event, **functions, "FailureId": "x", "Subject": "x", "Since": 0, "Waited": 30}
    return event, {**state, "WaitSeconds": 30, "Deadline": 10**11, "Done": False}


class _Service(http.server.BaseHTTPRequestHandler):
    """Bedrock with one model that never gets ready, Step Functions that starts everything, a bucket that takes it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        made = "2026-01-01T00:00:00Z"
        self._answer({"modelName": "assistant", "modelArn": _MODEL, "modelStatus": "Creating", "creationTime": made})

    def do_POST(self) -> None:
        self._answer({"executionArn": "arn:aws:states:us-east-1:123456789012:execution:waiter:x", "startDate": 0})

    def do_PUT(self) -> None:
        self._answer({})

    def _answer(self, content: dict[str, Any]) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _service() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def main() -> dict[str, Any]:
    """Prints the tables; the same as plain values, for JSON."""
    tables = run(Options(smoke="--smoke" in sys.argv[1:], rounds=5))
    for table in tables:
        table.show(Console(width=140))
    return {table.title: table.plain() for table in tables}


if __name__ == "__main__":
    main()
