"""Templates: resources and bytes, and how many models fit one stack until a limit breaks."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.limits import DIRECT_BYTES, LIMITS, broken, used
from benchmarks.options import Options
from benchmarks.synthesis import synthesize
from benchmarks.table import Cell, Table
from benchmarks.workload import IMPORTS, JOBS, OURS, PEER

# Even with one resource each, no more would fit.
_MOST: Final = 500


@dataclass(frozen=True)
class _Size:
    """The template of a stack with so many models, and all templates it needs."""

    count: int
    used: dict[str, int]
    broken: list[str]
    nested_bytes: int


_NOTES: Final = (
    "Limits: 500 resources, 1 MB, 200 parameters, 200 outputs, 10,240 characters of inline policies of one",
    "role; a body of 51,200 bytes can be sent without a bucket. The CDK CLI always uses its bucket.",
)


def run(options: Options) -> list[Table]:
    """Ours beside the peer, for jobs of 24 hours and for imports."""
    with tempfile.TemporaryDirectory() as folder:
        kinds = (JOBS,) if options.smoke else (JOBS, IMPORTS)
        rows = [_row(Path(folder) / kind / system, system, kind, options) for kind in kinds for system in (OURS, PEER)]
    header = [
        "",
        "resources: stack + model",
        "bytes: stack + model",
        "nested bytes",
        "direct body holds",
        "one stack holds",
    ]
    return [
        Table(
            title="Templates",
            header=[*header, "the limit that breaks first"],
            rows=rows,
            notes=_NOTES,
        )
    ]


def _row(folder: Path, system: str, kind: str, options: Options) -> list[Cell]:
    one, two = (_size(folder, system, kind, count) for count in (1, 2))
    per_model = {name: two.used[name] - one.used[name] for name in LIMITS}
    base = {name: one.used[name] - per_model[name] for name in LIMITS}
    most, first_broken = _most(folder, system, kind, one, two, smoke=options.smoke)
    return [
        f"{kind}, {system}",
        f"{base['resources']} + {per_model['resources']}",
        f"{base['bytes']} + {per_model['bytes']}",
        two.nested_bytes,
        (DIRECT_BYTES - base["bytes"]) // per_model["bytes"],
        most,
        first_broken,
    ]


def _most(folder: Path, system: str, kind: str, one: _Size, two: _Size, *, smoke: bool) -> tuple[int, str]:
    """Synthesizes as many as the last templates promise, until one more breaks a limit."""
    fits, breaks, probe = two, None, _promised(one, two)
    if smoke:
        return probe, "(not tried)"
    while breaks is None or breaks.count - fits.count > 1:
        highest = breaks.count - 1 if breaks else _MOST
        size = _size(folder, system, kind, min(max(probe, fits.count + 1), highest))
        fits, breaks = (fits, size) if size.broken else (size, breaks)
        probe = _promised(two, size)
    return fits.count, ", ".join(breaks.broken)


def _promised(small: _Size, large: _Size) -> int:
    """How many would fit if every model added the same."""
    more = large.count - small.count
    room = [
        (LIMITS[name] - small.used[name]) * more // (large.used[name] - small.used[name])
        for name in LIMITS
        if large.used[name] > small.used[name]
    ]
    return small.count + min(room)


def _size(folder: Path, system: str, kind: str, count: int) -> _Size:
    place = folder / str(count)
    # The CDK would refuse what this looks for.
    context = {"@aws-cdk/core:stackResourceLimit": 0}
    (path,) = synthesize(place, system, kind=kind, count=count, per_stack=count, context=context).templates
    nested = [other for other in place.glob("*.template.json") if other != path]
    return _Size(count, used(path), broken(path), sum(other.stat().st_size for other in nested))
