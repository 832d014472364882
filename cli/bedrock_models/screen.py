"""How things look: tables that keep names whole, and statuses in colours."""

from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

_GOOD: Final = {"Active", "InService", "Completed", "ok"}
_BAD: Final = {"Failed", "problem"}
_PASSING: Final = {"InProgress", "Creating", "Updating", "Stopping", "Queued", "warning"}

_WHOLE: Final = ("Status", "Age", "Stack", "Kind")


def table(title: str, *columns: str) -> Table:
    """A table without boxes: its rows are there to be copied and searched."""
    shown = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="dim",
    )
    for name in columns:
        shown.add_column(name, overflow="fold", no_wrap=name in _WHOLE)
    return shown


def show(screen: Console, shown: Table) -> None:
    """Prints a table; in a pipe without the blanks that fill its last column."""
    if screen.is_terminal:
        screen.print(shown)
        return
    with screen.capture() as captured:
        screen.print(shown)
    for line in captured.get().splitlines():
        screen.print(line.rstrip(), markup=False, highlight=False, soft_wrap=True)


def style_of(status: str) -> str:
    """The colour of a status."""
    if status in _GOOD:
        return "green"
    if status in _BAD:
        return "red"
    return "yellow" if status in _PASSING else ""


def status_text(status: str) -> Text:
    """The status in its colour."""
    return Text(status, style=style_of(status.strip()))
