"""Tables of results: in a terminal, in Markdown, in JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable

Cell = str | float | int | None
_WHOLE = 100


@dataclass(frozen=True, kw_only=True)
class Table:
    """What one measurement found. The first column names, the others are compared."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()

    def markdown(self) -> str:
        """As it stands in docs/benchmarks.md."""
        lines = [self.header, ["---", *["---:"] * (len(self.header) - 1)], *self.rows]
        body = "\n".join(f"| {' | '.join(map(text, line))} |" for line in lines)
        return "\n\n".join([f"### {self.title}", body, *([" ".join(self.notes)] if self.notes else [])])

    def show(self, console: Console) -> None:
        """In a terminal."""
        rich = RichTable(*self.header, title=self.title, title_justify="left")
        for row in self.rows:
            rich.add_row(*map(text, row))
        console.print(rich, " ".join(self.notes), sep="\n")

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "title": self.title,
            "header": list(self.header),
            "rows": [list(row) for row in self.rows],
            "notes": [*self.notes],
        }


def text(cell: Cell) -> str:
    """Three digits say enough."""
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.0f}" if abs(cell) >= _WHOLE else f"{cell:.3g}"
    return str(cell)
