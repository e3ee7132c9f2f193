"""Pictures of training: what the risk is made of along time, the gap to the training risk, and where to stop.

Each draws on axes and returns them; `numerics.pictures.risks` puts them together. Time may be that of flow or a number
of steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numerics.pictures.drawing import (
    DASHED,
    TERMS,
    logarithmic,
    positive,
    term_words,
)

Array = NDArray[np.float64]

FLAT = 1e-6  # by what share the least risk must lie below the ends


def stacked(
    axes: Any, time: ArrayLike, terms: Mapping[str, ArrayLike], noise: ArrayLike = 0.0, total: str = "test", **style: Any
) -> Any:
    """Draw the test risk as the sum of its components, stacked: label noise, bias, every variance.

    Parameters
    ----------
    axes : matplotlib axes
        Where to draw.
    time : array_like of shape (n_points,)
        Increasing; zero and infinite times are left out.
    terms : mapping of str to array_like of shape (n_points,)
        "test", "bias" and variances "variance[samples]", …, as `scaletheory flow` names them; others are not drawn.
    noise : array_like
        σ², of the test risk.
    total : str
        The label of the sum.
    **style
        Matplotlib's keywords for the areas, before ours.

    Returns
    -------
    matplotlib axes
        The same.
    """
    at = np.asarray(time, dtype=np.float64)
    shown = np.isfinite(at) & (at > 0)
    parts = {"label noise": np.broadcast_to(np.asarray(noise, dtype=np.float64), at.shape)} if np.any(noise) else {}
    parts |= {term_words(name): np.asarray(values, dtype=np.float64) for name, values in terms.items()
              if name in ("approximation", "bias", "variance") or name.startswith("variance[")}  # fmt: skip
    colours = ["0.85", *(colour for colour, _ in TERMS)] if np.any(noise) else [colour for colour, _ in TERMS]
    layers = [np.where(np.isfinite(values), values, 0.0)[shown] for values in parts.values()]
    look = {"labels": list(parts), "colors": colours[: len(parts)], "alpha": 0.75, "linewidth": 0.0, **style}
    axes.stackplot(at[shown], *layers, **look)
    axes.plot(at[shown], np.asarray(terms["test"], dtype=np.float64)[shown], color="black", linewidth=1.6, label=total)
    axes.set_ylim(bottom=0.0)
    logarithmic(axes, "x")
    axes.set_ylabel("risk")
    return axes


def gap(
    axes: Any, time: ArrayLike, test: ArrayLike, train: ArrayLike, label: str = "", colour: Any = "black", **style: Any
) -> Any:
    """Draw test risk, training risk (dashed) and, shaded, the gap between them.

    Parameters
    ----------
    axes : matplotlib axes
        Where to draw.
    time, test, train : array_like of shape (n_points,)
        Times that are zero or infinite, and risks that are not positive, leave gaps.
    label : str
        Of the curve; "test" if empty.
    colour : colour
        Of the lines.
    **style
        Matplotlib's keywords for lines, before ours.

    Returns
    -------
    matplotlib axes
        The same.
    """
    at, above, below = positive(time), positive(test), positive(train)
    axes.fill_between(at, above, below, color=colour, alpha=0.12, linewidth=0.0)
    axes.plot(at, above, **{"color": colour, "label": label or "test", **style})
    look = {"color": colour, "linestyle": DASHED, "linewidth": 0.9, "label": None if label else "train"}
    axes.plot(at, below, **{**look, **{key: value for key, value in style.items() if key not in ("label", "linestyle")}})
    logarithmic(axes, "xy")
    axes.set_ylabel("risk")
    return axes


def early_stopping(axes: Any, time: ArrayLike, test: ArrayLike, colour: Any = "black") -> Any:
    """Mark where the test risk is least along time, unless that is at an end of the curve.

    Parameters
    ----------
    axes : matplotlib axes
        Where to draw.
    time, test : array_like of shape (n_points,)
        The curve.
    colour : colour
        Of the mark.

    Returns
    -------
    matplotlib axes
        The same.
    """
    at, risk = positive(time), positive(test)
    shown = np.isfinite(at) & np.isfinite(risk)
    at, risk = at[shown], risk[shown]
    if risk.size and risk.min() < (1.0 - FLAT) * min(risk[0], risk[-1]):
        best = int(np.argmin(risk))
        axes.plot(at[best], risk[best], marker="o", markersize=5.0, markerfacecolor="white", color=colour, zorder=4)
    return axes
