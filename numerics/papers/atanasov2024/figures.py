"""Pictures that are more than lines and points: components stacked, and phase diagrams in the papers' letters."""

from __future__ import annotations

from typing import Any

import numpy as np

from numerics.papers.atanasov2024.exponents import PAPER, law
from numerics.papers.parts import Part
from numerics.pictures.drawing import STYLE, TERMS, bars, logarithmic, matplotlib, new_figure, positive
from numerics.pictures.panels import Panel, Points
from numerics.pictures.phase_diagram import phase_diagram
from numerics.pictures.training import stacked

# By file: α, r, α_F of the diagram, and the power of the label noise in P.
DIAGRAMS = {
    "phases": (1.5, 0.4, 0.0, -np.inf), "phases-noise": (1.5, 0.4, 0.0, 0),
    "phases-columns-0.7": (2.5, 1.2, 0.7, -np.inf), "phases-columns-1.5": (1.5, 0.8, 1.5, -np.inf),
}  # fmt: skip


def diagram(name: str) -> Any:
    """Return a phase diagram."""
    alpha, r, columns, noise = DIAGRAMS[name]
    ours = PAPER.ours(alpha=alpha, r=r)
    weights = f",  $\\alpha_F = {columns:g}$" if columns else ""
    told = ",  no label noise" if noise == -np.inf else ",  $\\sigma^2 \\sim 1$"
    title = f"$\\alpha = {alpha:g}$,  $r = {r:g}${weights}{told}"
    return phase_diagram(law(columns), **ours, noise=noise, title=title)


def components(part: Part, noise: float) -> Any:
    """Return what the risk is made of, a column a model: stacked above, one by one below."""
    with matplotlib().rc_context(STYLE):
        page = new_figure(3.1 * len(part.panels) + 1.7, 5.6)
        grid = page.subplots(2, len(part.panels), sharex="col", squeeze=False)
        for above, below, panel in zip(*grid, part.panels, strict=True):
            _column(above, below, panel, noise)
            below.set_xlabel(part.across)
        grid[0][0].set_ylabel("risk, stacked")
        grid[1][0].set_ylabel("components")
        handles = {label: handle for axes in grid[0] for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
        page.legend(handles.values(), handles.keys(), loc="outside right upper")
    return page


def _column(above: Any, below: Any, panel: Panel, noise: float) -> None:
    """Draw one model."""
    test, *parts = panel.curves
    names = {curve.label: curve.label if curve.label == "bias" else f"variance[{curve.label}]" for curve in parts}
    stacked(above, test.x, {"test": test.y, **{names[curve.label]: curve.y for curve in parts}}, noise)
    above.set_ylabel("")
    above.set_title(panel.title, loc="left")
    for curve, (colour, dash) in zip(parts, TERMS, strict=False):
        below.plot(curve.x, positive(curve.y), color=colour, linestyle=dash)
        _points(below, curve.points, colour)
    _points(above, test.points, "black")
    logarithmic(below, "xy")
    floor = 1e-3 * float(np.nanmax(test.y))
    below.set_ylim(bottom=floor)


def _points(axes: Any, points: Points | None, colour: str) -> None:
    if points is not None:
        bars(axes, points.x, points.y, np.array([points.below, points.above]), "o", color=colour, markersize=3.2, zorder=4)
