"""Apps synthesized in a process of their own, and the templates they leave."""

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.limits import broken
from local import toolchain

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Synthesis:
    """One run: seconds on the clock and of the processor (Python and Node.js together), and what the app said."""

    wall: float
    cpu: float
    report: dict[str, Any]
    templates: list[Path]

    @property
    def round_trips(self) -> int:
        return int(self.report["round_trips"])


def synthesize(folder: Path, system: str, *, kind: str, count: int, per_stack: int, **more: Any) -> Synthesis:
    """Synthesizes so many models; the floor does what `templates` holds."""
    asked = {"system": system, "kind": kind, "count": count, "per_stack": per_stack, "folder": str(folder), **more}
    before, started = _children_cpu(), time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.synth_app", json.dumps(asked, default=str)],
        cwd=ROOT,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - started
    if ran.returncode:
        raise RuntimeError(f"{system} with {count} {kind} does not synthesize:\n{ran.stderr[-2000:]}")
    report = json.loads(ran.stdout.splitlines()[-1])
    return Synthesis(wall=wall, cpu=_children_cpu() - before, report=report, templates=_templates(folder))


def fitting(folder: Path, system: str, kind: str, count: int) -> int:
    """How many of these models one stack takes: all, or half of them, and so on.

    What the second one adds to each limit tells less: policies that have grown are divided.
    """
    size = count
    while size > 1 and broken(
        synthesize(folder / f"{size}", system, kind=kind, count=size, per_stack=size).templates[0]
    ):
        size = -(-size // 2)
    return size


def _templates(folder: Path) -> list[Path]:
    """The stacks' own, without those of nested stacks."""
    artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"].values()
    files = [each["properties"]["templateFile"] for each in artifacts if each["type"] == "aws:cloudformation:stack"]
    return [folder / name for name in sorted(files, key=lambda name: (len(name), name))]


def _environment() -> dict[str, str]:
    # As the CDK CLI starts an app, but without the validation of templates: it costs every system the same.
    return os.environ | {"JSII_NODE": str(toolchain.node()), "CDK_VALIDATION": "false"}


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
