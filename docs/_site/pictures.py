"""Draws the pictures of the documentation: `.venv/bin/python docs/_site/pictures.py` writes them into `docs/assets/`.

Pages hold them as part of their text, so their colors are those of the theme that is on.
"""

import textwrap
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final

RECORDED_PLAN: Final = Path(__file__).with_name("plan.txt")
ASSETS: Final = Path(__file__).parents[1] / "assets"

_WIDTH: Final = 760
_BOX: Final = {
    "plain": "fill:currentColor;fill-opacity:.06;stroke:currentColor;stroke-opacity:.5",
    "main": "fill:#3f7be0;fill-opacity:.22;stroke:#3f7be0",
    "good": "fill:#2e9e5b;fill-opacity:.22;stroke:#2e9e5b",
    "bad": "fill:#d9534f;fill-opacity:.22;stroke:#d9534f",
}


@dataclass
class Picture:
    """Boxes, arrows and words on a drawing board 760 wide."""

    title: str
    description: str
    height: int
    parts: list[str] = field(default_factory=list)

    def words(
        self,
        x: float,
        y: float,
        text: str,
        *,
        anchor: str = "start",
        small: bool = False,
    ) -> None:
        size, shade = (12, ";opacity:.75") if small else (14, "")
        style = f"font-size:{size}px;text-anchor:{anchor}{shade}"
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" style="{style}">{escape(text)}</text>'
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        text: str,
        *,
        kind: str = "plain",
        height: float = 34,
    ) -> None:
        shape = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4"'
        self.parts.append(f'<rect {shape} style="{_BOX[kind]}"/>')
        self.words(x + width / 2, y + height / 2 + 5, text, anchor="middle")

    def line(
        self,
        *points: tuple[float, float],
        arrow: bool = False,
        dashed: bool = False,
    ) -> None:
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        style = "fill:none;stroke:currentColor;stroke-opacity:.6" + (
            ";stroke-dasharray:4 4" if dashed else ""
        )
        end = f' marker-end="url(#{self._arrow})"' if arrow else ""
        self.parts.append(f'<polyline points="{path}" style="{style}"{end}/>')

    def row(self, y: float, *label: str) -> None:
        for number, text in enumerate(label):
            self.words(0, y + 17 * number, text, small=number > 0)

    @property
    def _arrow(self) -> str:
        # Pages hold several pictures: ids must differ.
        return f"arrow-{self.height}"

    def svg(self) -> str:
        """Without an empty line, which would end the picture on its page."""
        tip = '<path d="M0 0 8 4 0 8z" style="fill:currentColor;fill-opacity:.6"/>'
        place = f'id="{self._arrow}" markerWidth="8" markerHeight="8" refX="7" refY="4"'
        marker = f'<marker {place} orient="auto">{tip}</marker>'
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {self.height}" role="img" '
            'style="fill:currentColor;font-family:sans-serif">'
        )
        about = f"<title>{escape(self.title)}</title>\n<desc>{escape(self.description)}</desc>"
        return "\n".join(
            [head, about, f"<defs>{marker}</defs>", *self.parts, "</svg>", ""]
        )


def wait_chain() -> Picture:
    """A job of two hours and a quarter, and what waits for it."""
    picture = Picture(
        "How a stack waits for a training run",
        "The job's resource answers in seconds. Waits of 50 minutes follow one another in a nested stack until the run "
        "has ended; the rest answer at once. Ready, in your stack, carries the model's attributes.",
        330,
    )
    picture.row(62, "Your stack")
    picture.row(142, "Nested stack", "28 waits of 50 min")
    picture.row(232, "Bedrock")
    picture.row(302, "Time")
    picture.box(128, 40, 60, "Job", kind="main")
    picture.box(592, 40, 68, "Ready", kind="good")
    picture.box(682, 40, 76, "callers", kind="plain")
    picture.line((660, 57), (680, 57), arrow=True)
    picture.words(158, 30, "answers in seconds", anchor="middle", small=True)
    picture.words(626, 30, "the model's ARN", anchor="middle", small=True)
    picture.line((158, 74), (158, 208), arrow=True)
    picture.words(166, 98, "starts the run, or adopts it", small=True)
    for number, (x, width) in enumerate([(190, 124), (318, 124), (446, 92)], start=1):
        picture.box(x, 124, width, f"Wait{number:02}")
    picture.words(252, 174, "still InProgress", anchor="middle", small=True)
    picture.words(380, 174, "still InProgress", anchor="middle", small=True)
    picture.box(546, 124, 40, "…28")
    picture.line((586, 141), (612, 141), (612, 76), arrow=True)
    picture.words(622, 136, "the rest answer", small=True)
    picture.words(622, 152, "at once", small=True)
    picture.box(160, 210, 372, "the training run", kind="main")
    picture.line((534, 227), (540, 227), (540, 160), arrow=True)
    picture.words(549, 222, "seen within a minute:", small=True)
    picture.words(549, 238, "every 30 s, later 60 s", small=True)
    picture.line((128, 282), (756, 282), arrow=True)
    for x, text in ((160, "0"), (318, "0:50"), (446, "1:40"), (534, "2:15")):
        picture.line((x, 278), (x, 286))
        picture.words(x, 303, text, anchor="middle", small=True)
    return picture


def rollback() -> Picture:
    """A first deployment in which something else fails, and the one after it."""
    picture = Picture(
        "A rollback keeps the run",
        "Another resource of the stack fails. CloudFormation deletes what it made, but the run goes on with its role. "
        "The next deployment finds the run by its name and adopts it.",
        340,
    )
    picture.row(62, "Stack")
    picture.row(142, "Run and model")
    picture.row(222, "Its role")
    picture.box(128, 40, 150, "first deployment", kind="plain")
    picture.box(282, 40, 134, "rollback", kind="bad")
    picture.box(520, 40, 238, "next deployment", kind="good")
    picture.words(280, 28, "another resource fails", anchor="middle", small=True)
    picture.line((280, 32), (280, 38), arrow=True)
    picture.box(160, 120, 300, "training goes on", kind="main")
    picture.box(464, 120, 294, "the model", kind="good")
    picture.line((350, 76), (350, 118), arrow=True, dashed=True)
    picture.words(360, 94, "Delete: the stack rolls back,", small=True)
    picture.words(360, 109, "so nothing is touched", small=True)
    picture.line((570, 76), (570, 118), arrow=True)
    picture.words(580, 94, "same inputs, same name:", small=True)
    picture.words(580, 109, "adopted, nothing is started", small=True)
    picture.box(134, 200, 326, "kept for the run", kind="main")
    picture.box(520, 200, 238, "a new one for the next run", kind="plain")
    picture.line((460, 217), (490, 217), (490, 262), arrow=True, dashed=True)
    picture.words(480, 280, "removed when no run needs it", anchor="middle", small=True)
    picture.line((128, 310), (756, 310), arrow=True)
    picture.words(756, 329, "time", anchor="end", small=True)
    return picture


@dataclass
class Screen:
    """What a command printed, as a terminal of 108 columns shows it."""

    title: str
    description: str
    text: str

    def svg(self) -> str:
        """In colors of its own: the README shows it where no page's colors reach."""
        lines = [
            (part, _color(line))
            for line in self.text.splitlines()
            for part in _folded(line.rstrip())
        ]
        height = len(lines) * 17 + 24
        rows = [
            f'<text x="14" y="{17 * number + 24}" xml:space="preserve" '
            f'style="fill:{color};font:11px ui-monospace,Menlo,Consolas,monospace">{escape(line)}</text>'
            for number, (line, color) in enumerate(lines)
            if line
        ]
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
            'style="fill:currentColor">'
        )
        about = f"<title>{escape(self.title)}</title>\n<desc>{escape(self.description)}</desc>"
        board = f'<rect width="{_WIDTH}" height="{height}" rx="6" style="fill:#161b22"/>'
        return "\n".join([head, about, board, *rows, "</svg>", ""])


# The colors that the command has for its lines, by how they begin.
_COLORS: Final = {
    "  $ ": "#e3b341",
    "     cost": "#e3b341",
    "     warning": "#e3b341",
    "     before": "#ff7b72",
    "    nothing": "#8b949e",
}


def _color(line: str) -> str:
    return next(
        (color for start, color in _COLORS.items() if line.startswith(start)),
        "#e6edf3",
    )


def _folded(line: str) -> list[str]:
    """Between words, and what is folded stands below the text of its line."""
    return textwrap.wrap(line, 108, subsequent_indent=" " * 14) or [""]


def plan() -> Screen:
    """As `scripts/record_plan.py` recorded it."""
    return Screen(
        "bedrock-models plan on a terminal",
        "A plan of the example app after its number of epochs was changed: the import is unchanged, a paid training run "
        "would start, and the model before it would be deleted; with data, cost, time and names.",
        f"$ bedrock-models plan\n{RECORDED_PLAN.read_text()}",
    )


PICTURES: Final = {
    "wait-chain.svg": wait_chain,
    "rollback.svg": rollback,
    "plan.svg": plan,
}


if __name__ == "__main__":
    for name, draw in PICTURES.items():
        (ASSETS / name).write_text(draw().svg())
