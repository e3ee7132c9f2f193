"""The figures of the validation report: theory as lines or areas, simulation as points with error bars.

Filled points are means, open points medians. Every curve has a grey, a dash and a marker of its own.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from numerics.check.agreement import Agreement
from numerics.pictures.crosscheck import plot_crosscheck
from numerics.pictures.drawing import AXES, DASHED, SOLID, STYLE, bars, logarithmic, matplotlib, new_figure
from numerics.pictures.panels import Curve, Optimum, Panel

# (colour, dash, marker) of the curves in a panel, all different in grey too.
PAIR: tuple[tuple[str, Any, str], ...] = (("black", SOLID, "o"), ("0.5", DASHED, "s"))
RANGE: tuple[tuple[str, Any, str], ...] = (
    ("#000000", SOLID, "o"), ("#0072B2", (0, (5, 1.5)), "s"),
    ("#D55E00", (0, (5, 1.5, 1, 1.5)), "^"), ("#808080", (0, (1, 1)), "D"),
)  # fmt: skip
# Areas from the bottom: Okabe-Ito colours in an order in which neighbours differ in grey, with hatches besides.
AREAS: tuple[tuple[str, str], ...] = (
    ("#D9D9D9", ""), ("#0072B2", ""), ("#F0E442", "///"), ("#009E73", ""),
    ("#56B4E9", "..."), ("#8C4A1F", ""), ("#E69F00", "\\\\\\"),
)  # fmt: skip
SIZE = 3.6
STAR: dict[str, Any] = {"marker": "*", "markersize": 9.0, "markerfacecolor": "white", "zorder": 4}


def small_multiples(panels: Sequence[Panel], ylabels: tuple[str, str], columns: int = 3) -> Any:
    """Return panels of test and training risk against P, on common axes.

    Parameters
    ----------
    panels : sequence of Panel
        Of two curves each.
    ylabels : (str, str)
        Of the two curves.
    columns : int
        How many panels stand side by side.

    Returns
    -------
    matplotlib.figure.Figure
        Every panel has the first curve above, the second below: their ranges differ.
    """
    with matplotlib().rc_context(STYLE):
        rows = -(-len(panels) // columns)
        figure = new_figure(2.3 * columns + 0.4, 2.9 * rows + 0.4)
        grid = figure.subplots(2 * rows, columns, sharex=True, sharey="row", squeeze=False, height_ratios=(3, 2) * rows)
        for place, panel in enumerate(panels):
            row, column = divmod(place, columns)
            for part in (0, 1):
                axes = grid[2 * row + part, column]
                _curves(axes, panel, PAIR, (part,))
                if not column:
                    axes.set_ylabel(ylabels[part])
            grid[2 * row, column].set_title(panel.title, loc="left")
        for place, axes in enumerate(grid[:, 0]):
            logarithmic(axes, "xy" if not place else "y")
        for axes in grid[-1]:
            axes.set_xlabel(AXES["n_samples"])
        figure.align_ylabels(grid[:, 0])
        _legend(figure, panels[0].curves, PAIR, panels)
    return figure


def stacked(panel: Panel) -> Any:
    """Return the parts of the test risk as areas, one on another, and their simulated sums as points.

    Parameters
    ----------
    panel : Panel
        Its curves are cumulative sums, from below.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with matplotlib().rc_context(STYLE):
        figure = new_figure(6.4, 3.8)
        axes = figure.subplots()
        below = np.zeros_like(panel.curves[0].y)
        handles: list[Any] = []
        for curve, (colour, hatch) in zip(panel.curves, AREAS, strict=True):
            style = {"facecolor": colour, "hatch": hatch, "edgecolor": "white" if hatch else colour, "linewidth": 0.0}
            area = axes.fill_between(curve.x, below, curve.y, label=_part(curve.label), **style)
            axes.plot(curve.x, curve.y, color="black", linewidth=0.6)
            handles.insert(0, area)
            below = curve.y
        for curve in panel.curves[1:]:
            if curve.points is not None:
                error = [curve.points.below, curve.points.above]
                bars(axes, curve.points.x, curve.points.y, error, "o", color="black", markersize=3.2, zorder=4)
        logarithmic(axes, "x")
        axes.set_xlim(panel.curves[0].x[0], panel.curves[0].x[-1])
        axes.set_ylim(0.0, 1.08 * float(max(below.max(), _top(panel.curves[-1]))))
        axes.set_xlabel(AXES["n_samples"])
        axes.set_ylabel("test risk, stacked")
        style = {"color": "black", "linestyle": "none", "marker": "o", "markersize": 3.2, "markerfacecolor": "white"}
        simulated = _line([], [], label="simulated sums", **style)
        axes.legend(handles=[*handles, simulated], loc="center left", bbox_to_anchor=(1.0, 0.5), borderaxespad=0.3)
        _threshold(axes, panel.mark)
    return figure


def one_panel(panel: Panel, across: str, ylabel: str, optima: Sequence[Optimum] = ()) -> Any:
    """Return one panel of several curves, with simulated optima as stars.

    Parameters
    ----------
    panel : Panel
        Curves, and points with error bars.
    across : str
        The argument's keyword; it labels the axis.
    ylabel : str
        Of the ordinate.
    optima : sequence of Optimum
        Stars with error bars in both directions.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with matplotlib().rc_context(STYLE):
        figure = new_figure(4.8, 3.6)
        axes = figure.subplots()
        _curves(axes, panel, RANGE)
        for optimum in optima:
            reach = [[optimum.simulated * (1 - 1 / optimum.factor)], [optimum.simulated * (optimum.factor - 1)]]
            at, least = [optimum.simulated], [optimum.simulated_risk]
            axes.errorbar(at, least, xerr=reach, linestyle="none", color="black", elinewidth=1.0, capsize=2.0, **STAR)
        logarithmic(axes, "xy")
        axes.set_xlabel(AXES[across])
        axes.set_ylabel(ylabel)
        star = [_line([], [], linestyle="none", color="black", label="optimum, simulated", **STAR)] if optima else []
        _legend(figure, panel.curves, RANGE, [panel], star)
    return figure


def side_by_side(panels: Sequence[Panel]) -> Any:
    """Return panels of the same curves' different quantities against P, each with an axis of its own."""
    with matplotlib().rc_context(STYLE):
        figure = new_figure(7.0, 3.2)
        for axes, panel in zip(figure.subplots(1, len(panels)), panels, strict=True):
            _curves(axes, panel, RANGE)
            logarithmic(axes, "xy")
            axes.set_xlabel(AXES["n_samples"])
            axes.set_ylabel(panel.title)
        _legend(figure, panels[0].curves, RANGE, panels)
    return figure


def deviations(verdicts: Sequence[tuple[str, Agreement]]) -> Any:
    """Return the deviation of every term from theory over all settings, in per cent, a block a model.

    Bars are of one standard error; filled points agree, open ones are undecided, crosses disagree.
    """
    with matplotlib().rc_context(STYLE):
        counts = [len(agreement.terms) for _, agreement in verdicts]
        figure = new_figure(5.8, 0.14 * sum(counts) + 0.25 * len(counts) + 0.6)
        grid = figure.subplots(len(counts), 1, sharex=True, squeeze=False, height_ratios=[count + 0.6 for count in counts])
        for axes, (title, agreement) in zip(grid[:, 0], verdicts, strict=True):
            plot_crosscheck(agreement, axes)
            axes.set_xlabel("")
            axes.set_title(title, loc="left", fontsize=8.0, fontweight="bold", pad=2.0)
        grid[-1, 0].set_xlabel(r"simulation/theory $-$ 1, all settings (%)")
    return figure


def _curves(axes: Any, panel: Panel, styles: Sequence[tuple[str, Any, str]], places: Sequence[int] | None = None) -> None:
    """Draw the curves of a panel, or those at some places of it."""
    for place in range(len(panel.curves)) if places is None else places:
        curve, (colour, dash, marker) = panel.curves[place], styles[place]
        axes.plot(curve.x, curve.y, color=colour, linestyle=dash)
        points = curve.points
        if points is None:
            continue
        for medians, inside in ((False, colour), (True, "white")):
            where = points.is_median == medians
            error = np.array([points.below, points.above])[:, where]
            style = {"color": colour, "markersize": SIZE, "markerfacecolor": inside, "zorder": 3}
            bars(axes, points.x[where], points.y[where], error, marker, **style)
    _threshold(axes, panel.mark)


def _threshold(axes: Any, mark: float | None) -> None:
    if mark is not None:
        axes.axvline(mark, color="0.7", linewidth=0.8, linestyle=(0, (1, 2)), zorder=0)


def _top(curve: Curve) -> float:
    return 0.0 if curve.points is None else float((curve.points.y + curve.points.above).max())


def _part(label: str) -> str:
    return label if label in ("label noise", "bias") else f"var. {label}"


def _line(x: Sequence[float], y: Sequence[float], **style: Any) -> Any:
    return importlib.import_module("matplotlib.lines").Line2D(x, y, **style)


def _legend(
    figure: Any, curves: Sequence[Curve], styles: Sequence[tuple[str, Any, str]], panels: Sequence[Panel],
    more: Sequence[Any] = (),
) -> None:  # fmt: skip
    """Say above the panels which curve is which, and that open points are medians where there are such."""
    handles = []
    for curve, (colour, dash, marker) in zip(curves, styles, strict=False):
        shown = marker if curve.points is not None else ""
        handles.append(_line([], [], color=colour, linestyle=dash, marker=shown, markersize=SIZE, label=curve.label))
    handles.extend(more)
    points = [curve.points for panel in panels for curve in panel.curves if curve.points is not None]
    if any(point.is_median.any() for point in points):
        colour, _, marker = styles[0]
        for label, inside in (("mean", colour), ("median", "white")):
            style = {"color": colour, "linestyle": "none", "marker": marker, "markersize": SIZE}
            handles.append(_line([], [], markerfacecolor=inside, label=label, **style))
    wide = figure.get_figwidth() > 6
    style = {"columnspacing": 1.2, "handlelength": 2.2, "handletextpad": 0.5}
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles) if wide else 4, **style)
