"""Pictures of risks and learning curves, for a screen, a paper, or a printer without colour.

How they are drawn is `numerics.pictures.drawing`; matplotlib is imported when a picture is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from numerics.data.learning_curve import LearningCurve
from numerics.pictures.drawing import (
    AXES,
    DASHED,
    SOLID,
    STYLE,
    SUFFIXES,
    axes_for,
    bars,
    logarithmic,
    matplotlib,
    new_figure,
    positive,
    save,
    titled,
)
from numerics.pictures.phase_diagram import phase_diagram
from numerics.pictures.risks import axis_label, risk_figure, training_figure
from numerics.pictures.slopes import allocation_figure, slopes

__all__ = [
    "SUFFIXES", "allocation_figure", "axis_label", "comparison_figure", "learning_curve_figure", "matplotlib", "phase_diagram",
    "plot_learning_curve", "risk_figure", "save", "slopes", "training_figure",
]  # fmt: skip


ABOVE: dict[str, Any] = {"ncols": 2, "loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "borderaxespad": 0.3}


def plot_learning_curve(curve: LearningCurve, ax: Any = None, **style: Any) -> Any:
    """Draw a learning curve: predictions as lines, measurements as points with bars of one standard error.

    Parameters
    ----------
    curve : LearningCurve
        Of held-out and training errors.
    ax : matplotlib axes, optional
        Where to draw; a new figure if left out.
    **style
        Matplotlib's keywords for the lines.

    Returns
    -------
    matplotlib axes
        Those given, or new ones.
    """
    with axes_for(ax, 4.6, 3.6) as axes:
        P, order = curve.n_samples, np.argsort(curve.n_samples)
        pairs = (
            ("held out", "black", SOLID, "o", curve.predicted, curve.measured, curve.stderr),
            ("training", "0.45", DASHED, "s", curve.predicted_train, curve.measured_train, curve.train_stderr),
        )
        for name, colour, dash, marker, predicted, measured, stderr in pairs:
            if not _drawable(predicted, measured):
                continue
            look = {"color": colour, "linestyle": dash, "label": f"{name}, predicted", **style}
            axes.plot(P[order], positive(predicted)[order], **look)
            colour = look["color"]
            bars(axes, P, positive(measured), stderr, marker, color=colour, markersize=4.5, label=f"{name}, measured")
        axes.axhline(curve.null_error, color="0.6", linewidth=0.8, linestyle=(0, (1, 2)), zorder=0)
        axes.annotate(
            "predicting the mean", (1.0, curve.null_error), xycoords=("axes fraction", "data"), xytext=(0, 2),
            textcoords="offset points", ha="right", va="bottom", fontsize=7, color="0.4",
        )  # fmt: skip
        logarithmic(axes, "xy")
        axes.set_xlabel(AXES["n_samples"])
        axes.set_ylabel("squared error")
        if ax is None:
            axes.legend(**ABOVE)
    return axes


def learning_curve_figure(curve: LearningCurve, title: str = "") -> Any:
    """Return a picture of a learning curve: errors above, the relative error of the prediction below.

    Parameters
    ----------
    curve : LearningCurve
        As `plot_learning_curve`.
    title : str
        Above the picture; none if empty.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with matplotlib().rc_context(STYLE):
        figure = new_figure(4.6, 4.6)
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        plot_learning_curve(curve, above)
        above.set_xlabel("")
        above.legend(title=title, alignment="left", **ABOVE)
        bar = 100.0 * curve.stderr * curve.predicted / curve.measured**2
        below.axhline(0.0, color="0.6", linewidth=0.8, zorder=0)
        bars(below, curve.n_samples, 100.0 * curve.relative_error, bar, "o", color="black", markersize=3.5)
        reach = 1.15 * float(np.nanmax(np.abs(100.0 * curve.relative_error) + bar, initial=1.0))
        below.set_ylim(-reach, reach)
        below.set_ylabel("error of\nprediction (%)")
        below.set_xlabel(AXES["n_samples"])
    return figure


def comparison_figure(x: ArrayLike, curves: Mapping[str, ArrayLike], label: str, risk: str, title: str = "") -> Any:
    """Return a picture of one risk of several methods, against the argument that all of them share.

    Parameters
    ----------
    x : array_like of shape (n_points,)
        The argument that varies.
    curves : mapping of str to array_like of shape (n_points,)
        By method; zero and non-finite values leave gaps.
    label : str
        Of the abscissa.
    risk : str
        What is drawn.
    title : str
        Above the picture; none if empty.

    Returns
    -------
    matplotlib.figure.Figure
    """
    at = np.asarray(x, dtype=np.float64)
    order = np.argsort(at, kind="stable")
    with matplotlib().rc_context(STYLE):
        figure = new_figure(6.2, 3.8)
        axes = figure.subplots()
        for place, (name, values) in enumerate(curves.items()):
            shade = matplotlib().colormaps["viridis"](0.85 * place / max(len(curves) - 1, 1))
            axes.plot(at[order], positive(values)[order], color=shade, label=name, linestyle=(SOLID, DASHED)[place % 2])
        logarithmic(axes, "xy")
        axes.set_xlabel(label)
        axes.set_ylabel(risk)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), borderaxespad=0.3)
        titled(axes, title)
    return figure


def _drawable(*arrays: ArrayLike) -> bool:
    return all(np.isfinite(positive(array)).any() for array in arrays)
