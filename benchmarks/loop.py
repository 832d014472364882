"""The developer's loop: `make deploy` and `make test`, and where the tests' time goes."""

import os
import shutil
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path

from benchmarks.options import Options
from benchmarks.synthesis import ROOT
from benchmarks.table import Cell, Table

Row = list[Cell]


def run(options: Options) -> list[Table]:
    """Cold means that Python has no compiled modules yet; nothing is installed anew."""
    with tempfile.TemporaryDirectory() as folder:
        cold = {"PYTHONPYCACHEPREFIX": str(Path(folder) / "pycache")}
        rows: list[Row] = [
            ["make deploy, cold", _make(["deploy"], cold)],
            ["make deploy, warm", _make(["deploy"], cold)],
        ]
        if options.smoke:
            return [_commands(rows)]
        report = Path(folder) / "report.xml"
        rows.append(["make test", _make(["test", f"ARGS=--junit-xml={report}"], {})])
        return [_commands(rows), _by_folder(report)]


def _commands(rows: list[Row]) -> Table:
    return Table(title="The developer's loop", header=["", "s"], rows=rows)


def _make(arguments: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    ran = subprocess.run(
        [shutil.which("make") or "make", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"make {' '.join(arguments)} ended with {ran.returncode}:\n{ran.stdout[-3000:]}")
    return time.perf_counter() - started


def _by_folder(report: Path) -> Table:
    """Seconds of all tests of a folder, as pytest counts them: several run at a time."""
    seconds: dict[str, float] = defaultdict(float)
    tests: dict[str, int] = defaultdict(int)
    # Written a moment ago by our own pytest.
    for case in ET.parse(report).iter("testcase"):  # noqa: S314
        folder = "/".join(case.attrib["classname"].split(".")[:2])
        seconds[folder] += float(case.attrib["time"])
        tests[folder] += 1
    return Table(
        title="`make test`, folder by folder",
        header=["folder", "tests", "s"],
        rows=[[folder, tests[folder], seconds[folder]] for folder in sorted(seconds, key=lambda name: -seconds[name])],
    )
