"""Loss curves in a terminal, through plotext."""

from typing import Final

import plotext

from bedrock_models.bedrock.losses import Curve
from bedrock_models.bedrock.run import Run

_HEIGHT: Final = 20
_WIDEST: Final = 120
# A few points are drawn as such; colors may be absent, so the marks tell the curves apart.
_MARKS: Final = {"training": "x", "validation": "o"}
_FEW: Final = 30


def mark(curve: Curve) -> str:
    """How the curve is drawn."""
    return _MARKS[curve.kind] if len(curve.values) <= _FEW else "\N{BOX DRAWINGS LIGHT HORIZONTAL}"


def draw(curves: list[Curve], run: Run, *, width: int, colors: bool) -> str:
    """The picture as text."""
    figure = plotext.figure
    figure.clear()
    figure.plot_size(min(width, _WIDEST), _HEIGHT)
    figure.theme("simple" if colors else "colorless")
    figure.canvas("default")
    for curve in curves:
        few = len(curve.values) <= _FEW
        marker = mark(curve) if few else "braille"
        signal = figure.signal(list(curve.steps), list(curve.values), marker=marker)
        figure.draw(signal if few else signal.lines())
    figure.title(run.name)
    figure.label("step")
    text = str(figure.build()) if colors else str(plotext.uncolorize(figure.build()))
    return "\n".join(line.rstrip() for line in text.splitlines())
