"""Waiting: calls, transitions, invocations and their price for each hour, and how late the end is seen.

Counted, not timed: the waiters' real definitions and the real handlers run over the Bedrock in memory on one clock.
"""

import contextlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks import prices
from benchmarks.options import Options
from benchmarks.peer.provider import QUERY_INTERVAL
from benchmarks.rounds import median
from benchmarks.synthesis import synthesize
from benchmarks.table import Cell, Table
from benchmarks.waiters import OursWaiting, PeerWaiting, Waited
from benchmarks.workload import JOBS, OURS, PEER

_HOUR: Final = 3600.0
# The end falls into another second of the interval each time.
_SHORT_RUNS: Final = [seconds * 60 + seconds % 60 for seconds in range(37, 57, 2)]
_LONG_RUNS: Final = [8 * _HOUR + second for second in range(0, 60, 23)]


@dataclass(frozen=True)
class _Case:
    title: str
    wait: Callable[[float], Waited]
    runs: Sequence[float]
    function: "_Function"
    framework: "_Function | None" = None


@dataclass(frozen=True)
class _Function:
    """What an invocation costs."""

    memory_mb: int
    architecture: str

    def usd(self, invocations: float) -> float:
        return prices.lambda_usd(
            invocations=invocations,
            seconds=invocations * prices.LOOK_SECONDS,
            memory_mb=self.memory_mb,
            architecture=self.architecture,
        )


_NOTES: Final = (
    "The waiters' own workflows and handlers, counted on a clock in the hand; 24 hours of timeout for ours.",
    f"USD: prices of us-east-1 (benchmarks/prices.py), {prices.LOOK_SECONDS} s assumed for an invocation.",
    "The peer can't wait longer than an hour.",
)


def run(options: Options) -> list[Table]:
    """Ours, the peer as it comes, and the peer with our interval."""
    with tempfile.TemporaryDirectory() as folder:
        cases = list(_cases(Path(folder)))
    rows = [_row(case, case.runs[:1] if options.smoke else case.runs) for case in cases]
    return [
        Table(
            title="Waiting, for each hour",
            header=["", "Bedrock calls", "transitions", "invocations", "USD", "end seen after s (median)", "(worst)"],
            rows=rows,
            notes=_NOTES,
        )
    ]


def _cases(folder: Path) -> Iterator[_Case]:
    ours = _template(folder / OURS, OURS)
    poll = _function_of(ours, "Poll")
    waiting = OursWaiting(_definition(ours))
    yield _Case("ours, up to an hour", waiting.wait, _SHORT_RUNS, poll)
    yield _Case("ours, 8 hours", waiting.wait, _LONG_RUNS, poll)
    for title, interval in (("peer, its default of 5 s", None), ("peer, every 60 s", 60)):
        peer = _template(folder / title, PEER, interval=interval)
        functions = _function_of(peer, "IsComplete"), _function_of(peer, "frameworkisComplete")
        yield _Case(title, PeerWaiting(_definition(peer)).wait, _SHORT_RUNS, *functions)


def _row(case: _Case, runs: Sequence[float]) -> list[Cell]:
    # The handlers log to the standard output, as Lambda wants it.
    with contextlib.redirect_stdout(io.StringIO()):
        waited = [case.wait(seconds) for seconds in runs]
    hours = sum(each.seconds for each in waited) / _HOUR
    calls, transitions, invocations, framework = (
        sum(getattr(each, name) for each in waited) / hours
        for name in ("calls", "transitions", "invocations", "framework_invocations")
    )
    usd = transitions * prices.STATE_TRANSITION + case.function.usd(invocations)
    usd += case.framework.usd(framework) if case.framework else 0
    late = [each.late for each in waited]
    return [case.title, calls, transitions, invocations + framework, usd, median(late), max(late)]


def _template(folder: Path, system: str, *, interval: int | None = None) -> Mapping[str, Any]:
    context = {QUERY_INTERVAL: interval} if interval else {}
    (path,) = synthesize(folder, system, kind=JOBS, count=1, per_stack=1, context=context).templates
    template: Mapping[str, Any] = json.loads(path.read_text())
    return template


def _definition(template: Mapping[str, Any]) -> Mapping[str, Any]:
    (machine,) = (each for each in template["Resources"].values() if each["Type"] == "AWS::StepFunctions::StateMachine")
    text = machine["Properties"]["DefinitionString"]
    if isinstance(text, dict):
        text = "".join(map(_referred, text["Fn::Join"][1]))
    definition: Mapping[str, Any] = json.loads(text)
    return definition


def _referred(part: str | Mapping[str, Any]) -> str:
    """What is referred to stands for itself: a function's logical id, or the partition's name."""
    if isinstance(part, str):
        return part
    return str(part["Ref"] if "Ref" in part else part["Fn::GetAtt"][0])


def _function_of(template: Mapping[str, Any], name: str) -> _Function:
    found = min((key for key, each in template["Resources"].items() if _is_function(key, each, name)), key=len)
    properties = template["Resources"][found]["Properties"]
    return _Function(properties.get("MemorySize", 128), properties.get("Architectures", ["x86_64"])[0])


def _is_function(logical_id: str, resource: Mapping[str, Any], name: str) -> bool:
    return resource["Type"] == "AWS::Lambda::Function" and name in logical_id
