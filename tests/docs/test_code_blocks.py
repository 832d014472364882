"""What the documentation and the README show is correct: every Python block is well typed and synthesizes."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, SETUPS, all_pages

PAGES = all_pages()
NAMES = [name for page in PAGES for name in page.programs()]
# What a page includes is checked where it stands.
CHECKED_ELSEWHERE = ("docs/_setups/", "examples/", "docs/assets/", "app.py", "CHANGELOG.md", "CONTRIBUTING.md")


@dataclass(frozen=True)
class Ran:
    folder: Path
    errors: str

    def problem(self, name: str) -> str:
        return "".join(part for part in self.errors.split("\n\n") if part.lstrip().startswith(f"{name}:"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("programs")
    for page in PAGES:
        for name, program in page.programs().items():
            (folder / f"{name}.py").write_text(program)
    return folder


@pytest.fixture(scope="module")
def ran(folder: Path) -> Ran:
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.run_programs", str(folder)],
        cwd=ROOT,
        env={**os.environ, "CDK_VALIDATION": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(folder, done.stderr)


def test_the_blocks_are_well_typed(folder: Path) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *map(str, sorted(folder.glob("*.py")))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", NAMES)
def test_a_block_synthesizes(ran: Ran, name: str) -> None:
    assert list((ran.folder / name).rglob("*.template.json")), ran.problem(name)


def test_a_page_shows_what_its_fragments_go_on_from() -> None:
    hidden = [page.name for page in PAGES if page.setup and f"docs/_setups/{page.setup}.py" not in page.includes]
    assert hidden == []


def test_every_setup_is_used() -> None:
    assert {path.stem for path in SETUPS.glob("*.py")} == {page.setup for page in PAGES} - {None}


def test_what_a_page_includes_is_checked_where_it_stands() -> None:
    others = [file for page in PAGES for file in page.includes if not file.startswith(CHECKED_ELSEWHERE)]
    assert others == []
