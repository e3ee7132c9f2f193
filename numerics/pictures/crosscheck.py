"""The picture of a cross-check: how far every term is from theory, with its standard error and its verdict."""

from __future__ import annotations

from typing import Any

from numerics.check.agreement import Agreement, label
from numerics.pictures.drawing import axes_for

MARKS = {"agree": ("o", "black"), "undecided": ("o", "white"), "disagree": ("X", "black")}


def plot_crosscheck(agreement: Agreement, ax: Any = None, **style: Any) -> Any:
    """Draw the deviation of every term from theory over all settings, in per cent, with bars of one standard error.

    Parameters
    ----------
    agreement : Agreement
        As `numerics.crosscheck` returns it.
    ax : matplotlib axes, optional
        Where to draw; a new figure if left out.
    **style
        Matplotlib's keywords for the points and bars.

    Returns
    -------
    matplotlib axes
        Filled points agree, open ones are undecided, crosses disagree.
    """
    with axes_for(ax, 5.8, 0.16 * len(agreement.terms) + 0.9) as axes:
        axes.axvline(0.0, color="0.6", linewidth=0.8, zorder=0)
        for place, row in enumerate(agreement.terms):
            marker, inside = MARKS[row.verdict]
            look = {"color": "black", "markersize": 3.6, "markerfacecolor": inside, "marker": marker, "elinewidth": 1.0,
                    "capsize": 1.5, **style}  # fmt: skip
            axes.errorbar([100 * row.deviation], [place], xerr=[[100 * row.stderr], [100 * row.stderr]], **look)
        axes.set_yticks(range(len(agreement.terms)), [label(row.term) for row in agreement.terms], fontsize=7.0)
        axes.set_ylim(len(agreement.terms) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0.0)
        axes.set_xlabel(r"simulation/theory $-$ 1, all settings (%)")
    return axes
