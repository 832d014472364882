"""Workers of xdist beyond the number of processors run nothing that computes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# With one processor, whatever this machine has.
CONFTEST = """
import json, os
from tests.support import scheduling
scheduling.PROCESSORS = 1

def pytest_xdist_make_scheduler(config, log):
    return scheduling.ByWaiting(config, log)

def pytest_runtest_logreport(report):
    if report.when == "call" and "PYTEST_XDIST_WORKER" not in os.environ:
        with open("ran.jsonl", "a") as file:
            file.write(json.dumps([report.node.gateway.id, report.location[0]]) + chr(10))
"""
TESTS = """
import time, pytest
@pytest.mark.parametrize("number", range(4))
def test(number):
    time.sleep({seconds})
"""


def ran_by(folder: Path, *, deployed: int, computed: int, workers: int) -> dict[str, list[str]]:
    """Of each worker, the files that it ran, each once."""
    for kind, count, seconds in (("docs", computed, 0.04), ("e2e", deployed, 0.0)):
        for number in range(count):
            file = folder / "tests" / kind / f"test_{kind}{number}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(TESTS.format(seconds=seconds))
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "pytest.ini").write_text("[pytest]\n")
    options = ["-q", "-p", "xdist", "-n", str(workers), "--no-loadscope-reorder"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment = {**clean, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "tests"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found: dict[str, list[str]] = {}
    for line in (folder / "ran.jsonl").read_text().splitlines():
        worker, file = json.loads(line)
        files = found.setdefault(worker, [])
        if file not in files:
            files.append(file)
    return found


def test_who_is_beyond_the_processors_takes_no_file_that_computes(tmp_path: Path) -> None:
    found = ran_by(tmp_path, deployed=4, computed=6, workers=3)
    assert sorted(file for files in found.values() for file in files) == sorted(
        str(path.relative_to(tmp_path)) for path in tmp_path.glob("tests/*/*.py")
    )
    assert [file for file in found["gw1"] + found["gw2"] if "docs" in file] == []


@pytest.mark.parametrize(("deployed", "computed"), [(0, 5), (5, 0)])
def test_where_there_is_one_kind_alone_everything_is_run(tmp_path: Path, deployed: int, computed: int) -> None:
    found = ran_by(tmp_path, deployed=deployed, computed=computed, workers=3)
    assert len({file for files in found.values() for file in files}) == 5
