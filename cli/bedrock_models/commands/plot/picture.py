"""Loss curves as a file, through matplotlib."""

from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt

from bedrock_models.bedrock.losses import Curve
from bedrock_models.bedrock.run import Run

_COLORS: Final = {"training": "#1f6feb", "validation": "#d9480f"}
# With few points a line says more than it knows.
_FEW: Final = 30


def write(curves: list[Curve], run: Run, path: Path) -> None:
    """Writes the picture; the format follows from the name's ending."""
    figure, axes = plt.subplots(figsize=(9, 5), dpi=150, layout="constrained")
    for number, curve in enumerate(curves):
        _draw(axes, curve, label=_label(curves, number))
    _mark_epochs(axes, curves[0])
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    axes.set_title(run.name, loc="left", fontsize=11, fontweight="bold", pad=22)
    trains = f"{run.base_model}, {run.customization.lower().replace('_', ' ')}"
    axes.text(0, 1.02, trains, transform=axes.transAxes, fontsize=9, color="#555555")
    figure.savefig(path)
    plt.close(figure)


def _draw(axes: Any, curve: Curve, *, label: str) -> None:
    marker = "o" if len(curve.values) <= _FEW else ""
    color = _COLORS[curve.kind]
    axes.plot(curve.steps, curve.values, color=color, marker=marker, markersize=4, linewidth=1.6, label=label)


def _label(curves: list[Curve], number: int) -> str:
    curve = curves[number]
    same = [each for each in curves if each.kind == curve.kind]
    which = f" {same.index(curve) + 1}" if len(same) > 1 else ""
    return f"{curve.kind}{which} (last {curve.last:.4g})"


def _mark_epochs(axes: Any, curve: Curve) -> None:
    for index in range(1, len(curve.epochs)):
        if curve.epochs[index] != curve.epochs[index - 1]:
            axes.axvline(curve.steps[index], color="#999999", linewidth=0.8, linestyle=":")
