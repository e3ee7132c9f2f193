"""The figures of a paper made again: panels with lines of theory, points of simulation with bars, and the verdict on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.check.agreement import Agreement
from numerics.montecarlo.spread import mapped
from numerics.pictures.drawing import DASHED, STYLE, bars, logarithmic, matplotlib, new_figure, positive
from numerics.pictures.panels import Panel

MARKERS = ("o", "s", "^", "D", "v", "<")


@dataclass(frozen=True, eq=False)
class Part:
    """One figure, made again.

    Attributes
    ----------
    figure : str
        Its number in the paper, or a name.
    words : str
        What it shows, with its settings.
    panels : tuple of Panel
        Lines of theory and points of simulation, against time (or widths).
    agreement : Agreement or None
        The points against theory.
    across : str or tuple of str
        What the abscissa is, in words; one for each panel where they differ.
    logarithmic : str
        The axes that are: "xy", "x", "y" or "".
    up : str
        What the ordinate is, of a figure without a number.
    """

    figure: str
    words: str
    panels: tuple[Panel, ...]
    agreement: Agreement | None
    across: str | tuple[str, ...] = "time $t$"
    logarithmic: str = "xy"
    up: str = "loss"


def make(
    pieces: Sequence[Callable[[], Any]], executor: Executor | None, progress: Callable[[float, float], None] | None
) -> list[Any]:
    """Return what the pieces of an experiment return, in their order; no number depends on the executor."""
    found = []
    for piece in mapped(_made, pieces, executor=executor):
        found.append(piece)
        if progress is not None:
            progress(float(len(found)), float(len(pieces)))
    return found


def _made(piece: Callable[[], Any]) -> Any:
    return piece()


def figure(parts: Sequence[Part]) -> Any:
    """Return the picture, a row a part.

    Returns
    -------
    matplotlib.figure.Figure
    """
    columns = max(len(part.panels) for part in parts)
    with matplotlib().rc_context(STYLE):
        page = new_figure(0.8 + 3.1 * columns, 2.7 * len(parts) + 0.3)
        grid = page.subplots(len(parts), columns, squeeze=False)
        for row, part in zip(grid, parts, strict=True):
            words = (part.across,) * len(part.panels) if isinstance(part.across, str) else part.across
            for axes, panel, across in zip(row, part.panels, words, strict=False):
                _panel(axes, panel, part.logarithmic)
                axes.set_xlabel(across)
            row[0].set_ylabel(f"Figure {part.figure}" if part.figure.isdigit() else part.up)
            for axes in row[len(part.panels) :]:
                axes.axis("off")
    return page


def _panel(axes: Any, panel: Panel, scales: str) -> None:
    solid = [curve for curve in panel.curves if len(curve.x) and not curve.label.startswith("guide")]
    alone = {curve.label: "black" for curve in panel.curves if not len(curve.x)}
    colours = alone | {curve.label: matplotlib().colormaps["viridis"](0.85 * place / max(len(solid) - 1, 1))
                       for place, curve in enumerate(solid)}  # fmt: skip
    shown = positive if "y" in scales else np.asarray
    for place, curve in enumerate(panel.curves):
        if curve.label not in colours:
            axes.plot(curve.x, shown(curve.y), color="0.35", linestyle=DASHED, linewidth=1.0)
            continue
        colour, points = colours[curve.label], curve.points
        axes.plot(curve.x, shown(curve.y), color=colour, linewidth=1.2, label=curve.label if points is None else None)
        if points is not None:
            marker = MARKERS[place % len(MARKERS)]
            error = np.nan_to_num([points.below, points.above])
            bars(axes, points.x, shown(points.y), error, marker, color=colour, markersize=3.6, label=curve.label, zorder=3)
    logarithmic(axes, scales)
    axes.set_title(panel.title, loc="left")
    axes.legend(loc="best", fontsize=6.5)
