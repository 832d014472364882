"""The sources of the pages break at sentences, so that a change of one shows as one line."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

LIMIT = 120
# Written by programs: scripts and `make bench`.
_GENERATED = ("docs/reference/base-models.md", "docs/benchmarks.md")
# What cannot be broken: a row of a table, a quoted text of the code, the address of a link.
_WHOLE = re.compile(r"\s*(\||>|\[[^\]]+\]:)")


def sources() -> list[Path]:
    folders = ("docs", "examples", ".github")
    pages = [*ROOT.glob("*.md"), *(page for folder in folders for page in (ROOT / folder).rglob("*.md"))]
    return sorted(page for page in pages if page.relative_to(ROOT).as_posix() not in _GENERATED)


def prose(text: str) -> list[tuple[int, str]]:
    """The lines that are no code, by number."""
    lines, fence = [], ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r"\s*(`{3,}|~{3,})", line)
        if mark and (not fence or mark[1] == fence):
            fence = "" if fence else mark[1]
        elif not fence:
            lines.append((number, line))
    return lines


@pytest.mark.parametrize("page", sources(), ids=lambda page: str(page.relative_to(ROOT)))
def test_lines_are_short(page: Path) -> None:
    found = [
        f"{page.name}:{number} has {len(line)} characters"
        for number, line in prose(page.read_text())
        if len(line) >= LIMIT and not _WHOLE.match(line)
    ]

    assert not found
