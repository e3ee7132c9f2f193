"""Pictures of eigenvalues: ranks on logarithmic axes, the density by bands, and statistics of neighbours."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from numerics.data.arrays import Array
from numerics.eigenvalues.statistics import LevelStatistics, goe_form_factor
from numerics.pictures.drawing import DASHED, SOLID, STYLE, axes_for, bars, logarithmic, matplotlib, new_figure, positive
from theory.density.spectrum import EigenvalueDensity
from theory.errors import BadArgument

POINTS = 200  # to a band


def spectrum_figure(
    predicted: ArrayLike | None = None, deviations: ArrayLike | None = None, measured: ArrayLike | None = None,
    density: EigenvalueDensity | None = None, title: str = "", statistics: LevelStatistics | None = None,
) -> Any:
    """Return a picture of eigenvalues by rank, of their density if there is one, and of their neighbours.

    Parameters
    ----------
    predicted, measured : array-like of shape (n,), optional
        Eigenvalues, the largest first.
    deviations : array-like of shape (n,), optional
        Standard deviations of the predicted ones that are isolated, NaN for the others.
    density : EigenvalueDensity, optional
        Drawn beside; one that fails its certificate is not.
    title : str
        Above the picture; none if empty.
    statistics : LevelStatistics, optional
        Spacings are drawn beside, and the form factor where there are matrices enough for it.

    Returns
    -------
    matplotlib.figure.Figure
    """
    beside: list[Callable[[Any], None]] = []
    if density is not None and density.certificate.passed and density.bands:
        beside.append(partial(plot_spectrum, density))
    if statistics is not None:
        beside.append(partial(_spacings, statistics))
        if np.isfinite(statistics.form_factor).all():
            beside.append(partial(_form_factor, statistics))
    with matplotlib().rc_context(STYLE):
        figure = new_figure(4.2 + 3.0 * len(beside), 3.4)
        axes, *others = np.atleast_1d(figure.subplots(1, 1 + len(beside)))
        if measured is not None:
            values = positive(measured)
            axes.plot(np.arange(1, values.size + 1), values, color="#D55E00", linestyle="none", marker=".", markersize=3,
                      label="measured")  # fmt: skip
        if predicted is not None:
            values = positive(predicted)
            ranks = np.arange(1, values.size + 1)
            axes.plot(ranks, values, color="black", linestyle=SOLID if measured is None else DASHED, label="predicted")
            alone = np.isfinite(np.full(values.size, np.nan) if deviations is None else np.asarray(deviations))
            if deviations is not None and alone.any():
                bars(axes, ranks[alone], values[alone], np.asarray(deviations)[alone], "o", color="black", markersize=3.0)
        logarithmic(axes, "xy")
        axes.set_xlabel("rank $k$")
        axes.set_ylabel("eigenvalue")
        axes.legend(title=title, alignment="left")
        for place, draw in zip(others, beside, strict=True):
            draw(place)
    return figure


def plot_spectrum(
    density: EigenvalueDensity, ax: Any = None, *, measured: ArrayLike | None = None, **style: Any
) -> Any:
    """Draw the density of eigenvalues in ln x, beside a histogram of measured ones.

    Parameters
    ----------
    density : EigenvalueDensity
        As `Chain.spectrum` returns it; its atoms are not drawn.
    ax : matplotlib axes, optional
        Where to draw; a new figure if left out.
    measured : array-like, optional
        Eigenvalues of one draw or several, of matrices of the same size; those that are zero are left out.
    **style
        Matplotlib's keywords for the line of the density.

    Returns
    -------
    matplotlib axes
        Those given, or new ones.

    Raises
    ------
    ValueError
        For a density that fails its certificate.
    """
    if not density.certificate.passed:
        raise BadArgument("density", density, "one that passes its certificate", "; ".join(density.certificate.failures))
    with axes_for(ax, 4.8, 3.4) as axes:
        if measured is not None:
            _histogram(axes, np.asarray(measured, dtype=np.float64).ravel())
        look = {"color": "black", "label": "predicted", **style}
        for place, band in enumerate(density.bands):
            low = max(band.lower, 1e-9 * band.upper)
            theta = (np.arange(POINTS) + 0.5) / POINTS * np.pi
            x = np.exp(0.5 * (np.log(low) + np.log(band.upper)) + 0.5 * np.log(band.upper / low) * np.cos(theta))
            axes.plot(x, positive(density.density(x) * x), **(look if not place else {**look, "label": "_"}))
        logarithmic(axes, "xy")
        axes.set_xlabel("eigenvalue $x$")
        axes.set_ylabel(r"density in $\ln x$")
    return axes


def _histogram(axes: Any, values: Array) -> None:
    """Draw the share of eigenvalues by e-fold."""
    logs = np.log(values[values > 0])
    count, edges = np.histogram(logs, bins=max(10, round(2.0 * logs.size ** (1.0 / 3.0))))
    share = positive(count / (values.size * np.diff(edges)))
    axes.stairs(share, np.exp(edges), color="#D55E00", label="measured")


def _spacings(statistics: LevelStatistics, axes: Any) -> None:
    s = np.linspace(0.0, 3.5, POINTS)
    ranked = statistics.spacings
    axes.step(ranked, (np.arange(ranked.size) + 1) / ranked.size, where="post", color="#D55E00", label="measured")
    axes.plot(s, -np.expm1(-np.pi / 4.0 * s**2), color="black", label="GOE")
    axes.plot(s, -np.expm1(-s), color="black", linestyle=DASHED, label="Poisson")
    axes.set_xlim(0.0, 3.5)
    axes.set_xlabel("spacing $s$, unfolded")
    axes.set_ylabel("cumulative distribution")
    axes.legend()


def _form_factor(statistics: LevelStatistics, axes: Any) -> None:
    tau = np.linspace(0.05, 1.5, POINTS)
    bars(axes, statistics.times, statistics.form_factor, statistics.form_factor_stderr, "o", color="#D55E00", markersize=3.0,
         label="measured")  # fmt: skip
    axes.plot(tau, goe_form_factor(tau), color="black", label="GOE")
    axes.axhline(1.0, color="black", linestyle=DASHED, label="Poisson")
    axes.set_xlabel("time $\\tau$")
    axes.set_ylabel("connected form factor")
    axes.legend()
