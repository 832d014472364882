"""The register of assumptions is complete: rows, modules, probes and the code's own references agree."""

import re
from pathlib import Path

import pytest

from acceptance import probes, register
from acceptance.probe import PROBES

ROOT = Path(__file__).parents[2]
REGISTER = register.read()
_MENTION = re.compile(r"assumptions\.md: ([a-z0-9-]+)")

assert probes


def test_a_probe_settles_exactly_the_rows_that_name_it() -> None:
    named = {(row.probe, row.id) for row in REGISTER.values() if row.probe}
    assert named == {(probe.id, assumption) for probe in PROBES.values() for assumption in probe.settles}


def test_each_module_of_a_row_exists() -> None:
    missing = {name for row in REGISTER.values() for name in row.modules if not (ROOT / name).is_file()}
    assert missing == set()
    assert all(row.modules for row in REGISTER.values())


def test_what_no_probe_settles_says_how_it_can_be_seen() -> None:
    unsaid = [row.id for row in REGISTER.values() if not row.probe and not row.settled.startswith("by hand: ")]
    assert unsaid == []


def test_the_code_names_rows_that_are_there() -> None:
    folders = ("lambda", "constructs_lib", "cli", "local")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    named = {match for path in files for match in _MENTION.findall(path.read_text())}
    assert named
    assert named <= set(REGISTER)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("| `a` | claim | `m.py` | source | nothing |", "must have 6 cells"),
        ("| `a` | claim | `m.py` | source |  | by hand: look |", "must have 6 cells"),
        ("| `a` | c | `m.py` | s | n | by hand: x |\n| `a` | c | `m.py` | s | n | by hand: x |", "stand once"),
    ],
)
def test_a_broken_row_is_refused(text: str, finding: str) -> None:
    with pytest.raises(ValueError, match=finding):
        register.read(text)
