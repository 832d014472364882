"""Synthesis: time, processor time and round trips between Python and Node.js."""

import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.options import Options
from benchmarks.rounds import interleaved, median, ratio
from benchmarks.synthesis import Synthesis, fitting, synthesize
from benchmarks.table import Cell, Table
from benchmarks.workload import FLOOR, IMPORTS, JOBS, OURS, PEER

_SYSTEMS: Final = (OURS, PEER, FLOOR)
_TOP: Final = 20
# A synthesis takes a second or two, and on a shared machine three of them differ by a tenth.
_MORE_ROUNDS: Final = 3
_NOTES: Final = (
    "Whole processes, medians of interleaved rounds; templates' validation is off. CPU: Python and Node.js together.",
    "Trips: calls from Python to Node.js. The floor is every resource of our template as a plain CfnResource.",
    "The last row is the difference between the first and the one before it, for each model.",
)
Runs = dict[str, list[Synthesis]]


def run(options: Options) -> list[Table]:
    """1, 10 and 50 models of each kind; then where the calls of one more job come from."""
    counts = (1, 3) if options.smoke else (1, 10, 50)
    kinds = (JOBS,) if options.smoke else (JOBS, IMPORTS)
    with tempfile.TemporaryDirectory() as folder:
        tables = [_scaled(Path(folder) / kind, kind, counts, options) for kind in kinds]
        return [*tables, _profile(Path(folder) / "profile", extra=2 if options.smoke else 10)]


def _scaled(folder: Path, kind: str, counts: Sequence[int], options: Options) -> Table:
    sizes = {system: fitting(folder / f"fitting-{system}", system, kind, counts[-1]) for system in (OURS, PEER)}
    found = {count: _runs(folder / f"{count}", kind, count, sizes, options) for count in counts}
    rows = [_row(count, runs) for count, runs in found.items()]
    return Table(
        title=f"Synthesis: {kind}{' of 24 hours' if kind == JOBS else ''}",
        header=[
            "models (stacks)",
            *(f"{system} s" for system in _SYSTEMS),
            "ours/peer",
            *(f"{system} CPU s" for system in _SYSTEMS),
            *(f"{system} trips" for system in _SYSTEMS),
        ],
        rows=[*rows, _marginal(found[counts[0]], found[counts[-1]], counts[-1] - counts[0])],
        notes=_NOTES,
    )


def _runs(folder: Path, kind: str, count: int, sizes: dict[str, int], options: Options) -> Runs:
    templates = synthesize(folder / "first", OURS, kind=kind, count=count, per_stack=sizes[OURS]).templates

    def measure(system: str, turn: int) -> Synthesis:
        place = folder / f"{system}-{turn}"
        size = sizes[PEER if system == PEER else OURS]
        return synthesize(place, system, kind=kind, count=count, per_stack=size, templates=templates)

    return interleaved(_SYSTEMS, options.turns * _MORE_ROUNDS, measure)


def _row(count: int, runs: Runs) -> list[Cell]:
    walls = {system: [run.wall for run in runs[system]] for system in _SYSTEMS}
    return [
        f"{count} ({len(runs[OURS][0].templates)} / {len(runs[PEER][0].templates)})",
        *(median(walls[system]) for system in _SYSTEMS),
        ratio(walls[OURS], walls[PEER]),
        *(median(run.cpu for run in runs[system]) for system in _SYSTEMS),
        *(runs[system][0].round_trips for system in _SYSTEMS),
    ]


def _marginal(first: Runs, last: Runs, more: int) -> list[Cell]:
    def per_model(system: str, value: Any) -> float:
        return (median(map(value, last[system])) - median(map(value, first[system]))) / more

    walls, cpus, trips = (
        [per_model(system, value) for system in _SYSTEMS]
        for value in (lambda run: run.wall, lambda run: run.cpu, lambda run: run.round_trips)
    )
    return ["per model", *walls, walls[0] / walls[1], *cpus, *trips]


def _profile(folder: Path, *, extra: int) -> Table:
    """Which calls one more job costs."""
    calls: dict[str, float] = defaultdict(float)
    seconds: dict[str, float] = defaultdict(float)
    for count, sign in ((1, -1), (1 + extra, 1)):
        done = synthesize(folder / f"{count}", OURS, kind=JOBS, count=count, per_stack=count, profile=True)
        for key, number, took in done.report["profile"]:
            calls[key] += sign * number / extra
            seconds[key] += sign * took / extra
    top = sorted(calls, key=lambda key: (-calls[key], key))[:_TOP]
    return Table(
        title=f"Synthesis: round trips that one more job costs, of {sum(calls.values()):.0f}",
        header=["from  what", "calls", "ms"],
        rows=[[key, calls[key], 1000 * seconds[key]] for key in top],
    )
