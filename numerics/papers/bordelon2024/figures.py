"""The paper's figures made again: lines of theory, points of simulation with bars of one standard error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from numerics.papers.bordelon2024.claims import Allocation
from numerics.papers.bordelon2024.experiment import Part
from numerics.pictures.drawing import DASHED, STYLE, bars, logarithmic, matplotlib, new_figure, positive
from numerics.pictures.panels import Curve, Panel

MARKERS = ("o", "s", "^", "D", "v", "<")


def optimum(found: Sequence[Allocation]) -> Part:
    """Return Figure 4: the least loss at each budget, with the published slopes below (dashed)."""
    curves = []
    for allocation in found:
        a, b = allocation.a, allocation.b
        label = f"$(a, b) = ({a:g}, {b:g})$"
        unit = allocation.loss[0]
        curves.append(Curve(label, allocation.budgets, allocation.loss / unit))
        law = allocation.budgets ** (-(a - 1) / (1 + b))
        curves.append(Curve(f"guide, {label}", allocation.budgets, law / law[-1] * allocation.loss[-1] / unit))
    words = "the least loss over width and time at N t = C, P = ∞, in units of the first; dashed: the published slopes"
    return Part("4", words, (Panel("loss", tuple(curves)),), None, "budget $C = N t$")


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
            for axes, panel in zip(row, part.panels, strict=False):
                _panel(axes, panel)
                axes.set_xlabel(part.across)
            row[0].set_ylabel(f"Figure {part.figure}" if part.figure.isdigit() else "loss")
            for axes in row[len(part.panels) :]:
                axes.axis("off")
    return page


def _panel(axes: Any, panel: Panel) -> None:
    solid = [curve for curve in panel.curves if not curve.label.startswith("guide")]
    colours = {curve.label: matplotlib().colormaps["viridis"](0.85 * place / max(len(solid) - 1, 1))
               for place, curve in enumerate(solid)}  # fmt: skip
    for place, curve in enumerate(panel.curves):
        if curve.label not in colours:
            axes.plot(curve.x, positive(curve.y), color="0.35", linestyle=DASHED, linewidth=1.0)
            continue
        colour, points = colours[curve.label], curve.points
        axes.plot(curve.x, positive(curve.y), color=colour, linewidth=1.2, label=curve.label if points is None else None)
        if points is not None:
            marker = MARKERS[place % len(MARKERS)]
            error = np.nan_to_num([points.below, points.above])
            bars(axes, points.x, positive(points.y), error, marker, color=colour, markersize=3.6, label=curve.label, zorder=3)
    logarithmic(axes, "xy")
    axes.set_title(panel.title, loc="left")
    axes.legend(loc="best", fontsize=6.5)
