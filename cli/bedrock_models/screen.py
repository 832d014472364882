"""How things look: tables that keep names whole, and statuses in colors."""

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

_GOOD: Final = {"Active", "InService", "Completed", "Passed", "ok"}
_BAD: Final = {"Failed", "Undecided", "problem"}
_PLAIN: Final[dict[str, Any]] = {"box": None, "pad_edge": False, "padding": (0, 2, 0, 0)}
_PASSING: Final = {"InProgress", "Creating", "Updating", "Stopping", "Queued", "Running", "warning"}

# Longer than any line of ours, and short enough for rich to fill it with blanks.
_ENDLESS: Final = 5000


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Text]]) -> Table:
    """A table without boxes: its rows are there to be copied and searched."""
    shown = Table(title=title, title_justify="left", title_style="bold", header_style="dim", **_PLAIN)
    for name in columns:
        shown.add_column(name, no_wrap=True)
    for row in rows:
        shown.add_row(*row)
    return shown


def records(title: str, rows: Sequence[Sequence[Text]]) -> RenderableType:
    """The same for a narrow terminal: the first cell in a line of its own, so that nothing is cut or left out."""
    lines = [Text(title, style="bold")]
    for name, *cells in rows:
        lines += [name, Text("  ").append_text(Text("  ").join(cells))]
    for line in lines:
        line.overflow = "fold"
    return Group(*lines)


def show_rows(screen: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[Text]]) -> None:
    """A table where it fits, records where it does not."""
    as_table = table(title, columns, rows)
    fits = Measurement.get(screen, _options(screen, _ENDLESS), as_table).maximum <= screen.width
    if fits or not screen.is_terminal:
        show(screen, as_table)
    else:
        screen.print(records(title, rows))


def show(screen: Console, shown: RenderableType) -> None:
    """Prints it; in a pipe each row is one line, as long as it needs to be, for `grep` and `awk`."""
    if screen.is_terminal:
        screen.print(shown)
        return
    for segments in screen.render_lines(shown, _options(screen, _ENDLESS), pad=False):
        line = "".join(segment.text for segment in segments if not segment.control)
        screen.print(line.rstrip(), markup=False, highlight=False, soft_wrap=True)


def _options(screen: Console, width: int) -> ConsoleOptions:
    return screen.options.update(width=width)


def style_of(status: str) -> str:
    """The color of a status."""
    if status in _GOOD:
        return "green"
    if status in _BAD:
        return "red"
    return "yellow" if status in _PASSING else ""


def status_text(status: str) -> Text:
    """The status in its color."""
    return Text(status, style=style_of(status.strip()))
