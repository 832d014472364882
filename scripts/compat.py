"""`make compat`: the wheel and the tests on every Python, the oldest and the newest CDK, that pyproject.toml promises.

Each combination gets an environment of its own outside the checkout, from the package index. It takes minutes each.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from local import toolchain

ROOT = Path(__file__).parents[1]
UV = str(Path(sys.executable).parent / "uv")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CDK: dict[str, str] = dict(re.findall(r"([\w-]+)>=([\d.]+)", " ".join(PROJECT["dependencies"])))
PYTHONS = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))
# A newer CDK may write templates in other words: that is news, and no fault.
TESTS = {"unit": ["tests/unit", "-k", "not pinned"], "functional": ["tests/functional"]}
_PYTEST = ("-n", "auto", "--maxfail=10", "--tb=line")
_LAST_LINES = 40


@dataclass
class Combination:
    """One row of the table."""

    python: str
    cdk: str
    cells: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def note(self, cell: str, ran: subprocess.CompletedProcess[str], good: str) -> bool:
        self.cells[cell] = good if ran.returncode == 0 else "[red]failed"
        if ran.returncode:
            lines = (ran.stdout + ran.stderr).splitlines()[-_LAST_LINES:]
            self.failures.append("\n".join([f"--- Python {self.python}, {self.cdk} CDK: {cell}", *lines]))
        return ran.returncode == 0


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """A copy of the sources, the wheel built of them, and somebody's project that uses it."""

    sources: Path
    wheel: Path
    project: Path
    environments: Path

    @classmethod
    def make(cls, folder: Path) -> "Workplace":
        sources, project = folder / "sources", folder / "project"
        for name in run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT).stdout.splitlines():
            if (ROOT / name).is_file():
                (sources / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, sources / name)
        built = run(sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(sources), cwd=folder)
        if built.returncode:
            sys.exit(built.stdout + built.stderr)
        shutil.copytree(sources / "examples", project / "examples")
        shutil.copy(sources / "app.py", project)
        [wheel] = folder.glob("*.whl")
        return cls(sources=sources, wheel=wheel, project=project, environments=folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", choices=PYTHONS, help="only this one (may be given again)")
    parser.add_argument("--cdk", choices=["oldest", "newest"], help="only this one")
    chosen = parser.parse_args()
    pythons = chosen.python or PYTHONS
    combinations = [Combination(pythons[0], "oldest"), *(Combination(python, "newest") for python in pythons)]
    combinations = [each for each in combinations if chosen.cdk in {None, each.cdk}]
    console = Console(width=None if sys.stdout.isatty() else 120)
    with tempfile.TemporaryDirectory(prefix="compat-") as folder:
        place = Workplace.make(Path(folder))
        for each in combinations:
            for step in check(each, place):
                console.print(f"Python {each.python}, {each.cdk} CDK: {step} ...", style="dim")
    report(combinations, console)


def check(combination: Combination, place: Workplace) -> Iterator[str]:
    """Fills the row, and tells each step before it begins."""
    yield "install"
    environment = place.environments / f"{combination.python}-{combination.cdk}"
    python = str(environment / "bin" / "python")
    if run(UV, "venv", "--python", interpreter(combination.python), str(environment), cwd=place.project).returncode:
        combination.cells["aws-cdk-lib"] = f"Python {combination.python}: not found"
        return
    pins = [f"{name}=={version}" for name, version in CDK.items()] if combination.cdk == "oldest" else []
    if not combination.note("aws-cdk-lib", install(python, str(place.wheel), *pins), ""):
        return
    combination.cells |= {name: version for name, version in installed(python) if name in CDK}
    yield "an app that uses the wheel"
    out = environment / "cdk.out"
    ran = run(python, "app.py", cwd=place.project, CDK_OUTDIR=str(out), CDK_CONTEXT_JSON='{"training_job":"nova"}')
    combination.note("app", ran, "synthesized")
    if not combination.note("types", install(python, *pins, *tools()), ""):
        return
    yield "mypy --strict of that app"
    cache = f"--cache-dir={place.sources / '.mypy_cache'}"
    combination.note("types", run(python, "-m", "mypy", "--strict", cache, "app.py", cwd=place.project), "strict")
    for name, arguments in TESTS.items():
        yield f"tests/{name}"
        ran = run(python, "-m", "pytest", *_PYTEST, *arguments, cwd=place.sources, COLUMNS="200")
        combination.note(name, ran, " ".join(re.findall(r"\d+ passed", ran.stdout)))
    shutil.rmtree(environment)


def report(combinations: list[Combination], console: Console) -> None:
    columns = [*CDK, "app", "types", *TESTS]
    table = Table("Python", "CDK", *columns, box=None)
    for each in combinations:
        table.add_row(each.python, each.cdk, *(each.cells.get(column, "") for column in columns))
    for each in combinations:
        print(*each.failures, sep="\n", end="\n" * bool(each.failures))
    console.print(table)
    sys.exit(any(each.failures for each in combinations))


def interpreter(version: str) -> str:
    """Where uv finds it, or where pyenv keeps it; else its number, for uv to download if it can."""
    found = run(UV, "python", "find", "--system", "--no-python-downloads", version, cwd=ROOT)
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    return found.stdout.strip() if found.returncode == 0 else str(kept[-1]) if kept else version


def install(python: str, *requirements: str) -> subprocess.CompletedProcess[str]:
    return run(UV, "pip", "install", "--python", python, *requirements, cwd=ROOT)


def installed(python: str) -> list[tuple[str, str]]:
    return re.findall(r"^(\S+)==(\S+)$", run(UV, "pip", "freeze", "--python", python, cwd=ROOT).stdout, re.MULTILINE)


def tools() -> list[str]:
    """What the tests need, as it is pinned; the CDK as it is installed already."""
    lines = [line for name in ("requirements.txt", "requirements-dev.txt") for line in (ROOT / name).open()]
    pinned = [found[0] for line in lines if (found := re.findall(r"^[\w-]+==\S+", line))]
    return [each for each in pinned if each.split("==")[0] not in CDK]


def run(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    env = inherited | {"JSII_NODE": str(toolchain.node()), "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1"}
    return subprocess.run(command, cwd=cwd, env=env | environment, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    main()
