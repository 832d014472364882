"""The register of assumptions, docs/assumptions.md, as data."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[1] / "docs" / "assumptions.md"
_ROW: Final = re.compile(r"^\| `(?P<id>[a-z0-9-]+)` \|(?P<cells>.*)\|$", re.MULTILINE)
_COLUMNS: Final = 5


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """A row of the page. `probe` is empty where `settled` says how else it can be seen."""

    id: str
    claim: str
    modules: tuple[str, ...]
    source: str
    if_wrong: str
    settled: str

    @property
    def probe(self) -> str:
        found = re.fullmatch(r"`([a-z0-9-]+)`", self.settled)
        return found[1] if found else ""


def read(text: str | None = None) -> dict[str, Assumption]:
    """All of them by id. Raises `ValueError` for a row that is not complete, and for an id that stands twice."""
    found: dict[str, Assumption] = {}
    for row in _ROW.finditer(PAGE.read_text(encoding="utf-8") if text is None else text):
        cells = [cell.strip() for cell in row["cells"].split(" | ")]
        if len(cells) != _COLUMNS or not all(cells):
            raise ValueError(f"a row of the register must have {_COLUMNS + 1} cells, got {row[0]!r}")
        if row["id"] in found:
            raise ValueError(f"an id must stand once in the register, got {row['id']!r} twice")
        claim, modules, source, if_wrong, settled = cells
        found[row["id"]] = Assumption(
            id=row["id"],
            claim=claim,
            modules=tuple(re.findall(r"`([^`]+)`", modules)),
            source=source,
            if_wrong=if_wrong,
            settled=settled,
        )
    return found
