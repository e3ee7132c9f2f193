"""Pictures of risks and learning curves, for a screen, a paper, or a printer without colour.

How they are drawn is `numerics.pictures.drawing`; matplotlib is imported when a picture is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numerics.data.learning_curve import LearningCurve
from numerics.pictures.drawing import (
    AXES,
    DASHED,
    SOLID,
    STYLE,
    SUFFIXES,
    bars,
    decomposition,
    floor,
    logarithmic,
    matplotlib,
    new_figure,
    positive,
    save,
)
from numerics.pictures.phase_diagram import phase_diagram
from numerics.pictures.slopes import allocation_figure, slopes

__all__ = [
    "SUFFIXES", "allocation_figure", "comparison_figure", "learning_curve_figure", "matplotlib", "phase_diagram", "risk_figure",
    "save", "slopes",
]  # fmt: skip


def learning_curve_figure(curve: LearningCurve, title: str = "") -> Any:
    """Return a picture of a learning curve: errors above, the relative error of the prediction below.

    Parameters
    ----------
    curve : LearningCurve
        Predictions are lines, measurements points with bars of one standard error.
    title : str
        Above the picture; none if empty.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with matplotlib().rc_context(STYLE):
        figure = new_figure(4.6, 4.6)
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        P, order = curve.n_samples, np.argsort(curve.n_samples)
        pairs = (
            ("held out", "black", SOLID, "o", curve.predicted, curve.measured, curve.stderr),
            ("training", "0.45", DASHED, "s", curve.predicted_train, curve.measured_train, curve.train_stderr),
        )
        for name, colour, dash, marker, predicted, measured, stderr in pairs:
            if not _drawable(predicted, measured):
                continue
            above.plot(P[order], positive(predicted)[order], color=colour, linestyle=dash, label=f"{name}, predicted")
            bars(above, P, positive(measured), stderr, marker, color=colour, markersize=4.5, label=f"{name}, measured")
        above.axhline(curve.null_error, color="0.6", linewidth=0.8, linestyle=(0, (1, 2)), zorder=0)
        above.annotate(
            "predicting the mean", (1.0, curve.null_error), xycoords=("axes fraction", "data"), xytext=(0, 2),
            textcoords="offset points", ha="right", va="bottom", fontsize=7, color="0.4",
        )  # fmt: skip
        logarithmic(above, "xy")
        above.set_ylabel("squared error")
        place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "borderaxespad": 0.3}
        above.legend(ncols=2, title=title, alignment="left", **place)
        bar = 100.0 * curve.stderr * curve.predicted / curve.measured**2
        below.axhline(0.0, color="0.6", linewidth=0.8, zorder=0)
        bars(below, P, 100.0 * curve.relative_error, bar, "o", color="black", markersize=3.5)
        reach = 1.15 * float(np.nanmax(np.abs(100.0 * curve.relative_error) + bar, initial=1.0))
        below.set_ylim(-reach, reach)
        below.set_ylabel("error of\nprediction (%)")
        below.set_xlabel(AXES["n_samples"])
    return figure


def risk_figure(
    x: ArrayLike, terms: Mapping[str, ArrayLike], across: str, groups: Sequence[str] | None = None, title: str = ""
) -> Any:
    """Return a picture of a risk against one of its arguments.

    Parameters
    ----------
    x : array_like of shape (n_points,)
        The argument that varies; infinite values are left out.
    terms : mapping of str to array_like of shape (n_points,)
        "test", "train", "bias" and variances "variance[samples]", …; zero and non-finite values leave gaps.
    across : str
        The argument's keyword (`n_samples`, `ridge`, …); it labels the axis.
    groups : sequence of str, optional
        A label for each point. With one label all terms are drawn; with several, test and training risk of each.
    title : str
        Above the picture; none if empty.

    Returns
    -------
    matplotlib.figure.Figure
    """
    at = np.asarray(x, dtype=np.float64)
    labels = np.asarray([""] * at.size if groups is None else list(groups))
    drawn = list(dict.fromkeys(labels.tolist()))
    with matplotlib().rc_context(STYLE):
        figure = new_figure(6.2, 3.8)
        axes = figure.subplots()
        for place, label in enumerate(drawn):
            where = np.flatnonzero((labels == label) & np.isfinite(at))
            where = where[np.argsort(at[where], kind="stable")]
            lines = {name: positive(np.asarray(values)[where]) for name, values in terms.items()}
            if len(drawn) == 1:
                decomposition(axes, at[where], lines)
            else:
                _group(axes, at[where], lines, label, place / (len(drawn) - 1))
        if len(drawn) > 1:
            axes.plot([], [], color="0.3", label="test")
            axes.plot([], [], color="0.3", linestyle=DASHED, linewidth=0.9, label="train")
        logarithmic(axes, "xy" if (at[np.isfinite(at)] > 0).all() else "y")
        floor(axes, np.asarray(terms["test"], dtype=np.float64))
        axes.set_xlabel(AXES.get(across, across.removeprefix("n_").replace("_", " ")))
        axes.set_ylabel("risk")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), borderaxespad=0.3)
        axes.set_title(title, loc="left", wrap=True)
    return figure


def comparison_figure(x: ArrayLike, curves: Mapping[str, ArrayLike], across: str, risk: str, title: str = "") -> Any:
    """Return a picture of one risk of several methods, against the argument that all of them share.

    Parameters
    ----------
    x : array_like of shape (n_points,)
        The argument that varies.
    curves : mapping of str to array_like of shape (n_points,)
        By method; zero and non-finite values leave gaps.
    across : str
        The argument's keyword; it labels the axis.
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
        for place, (label, values) in enumerate(curves.items()):
            shade = matplotlib().colormaps["viridis"](0.85 * place / max(len(curves) - 1, 1))
            axes.plot(at[order], positive(values)[order], color=shade, label=label, linestyle=(SOLID, DASHED)[place % 2])
        logarithmic(axes, "xy")
        axes.set_xlabel(AXES.get(across, across.removeprefix("n_").replace("_", " ")))
        axes.set_ylabel(risk)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), borderaxespad=0.3)
        axes.set_title(title, loc="left", wrap=True)
    return figure


def _group(axes: Any, at: NDArray[np.float64], lines: Mapping[str, NDArray[np.float64]], label: str, share: float) -> None:
    """Draw test (solid) and training risk (dashed) in one shade from dark to light."""
    shade = matplotlib().colormaps["viridis"](0.85 * share)
    axes.plot(at, lines["test"], color=shade, label=label)
    axes.plot(at, lines["train"], color=shade, linestyle=DASHED, linewidth=0.9)


def _drawable(*arrays: ArrayLike) -> bool:
    return all(np.isfinite(positive(array)).any() for array in arrays)
