"""Pictures of eigenvalues: ranks on logarithmic axes, and the density by bands."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from numerics.pictures.drawing import DASHED, SOLID, STYLE, bars, logarithmic, matplotlib, new_figure, positive
from theory.density.spectrum import EigenvalueDensity

POINTS = 200  # to a band


def spectrum_figure(
    predicted: ArrayLike | None = None, deviations: ArrayLike | None = None, measured: ArrayLike | None = None,
    density: EigenvalueDensity | None = None, title: str = "",
) -> Any:
    """Return a picture of eigenvalues by rank, and of their density if there is one.

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

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawn = density is not None and density.certificate.passed and bool(density.bands)
    with matplotlib().rc_context(STYLE):
        figure = new_figure(7.2 if drawn else 4.2, 3.4)
        panels = np.atleast_1d(figure.subplots(1, 2 if drawn else 1))
        axes = panels[0]
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
        if drawn and density is not None:
            for band in density.bands:
                low = max(band.lower, 1e-9 * band.upper)
                theta = (np.arange(POINTS) + 0.5) / POINTS * np.pi
                x = np.exp(0.5 * (np.log(low) + np.log(band.upper)) + 0.5 * np.log(band.upper / low) * np.cos(theta))
                panels[1].plot(x, positive(density.density(x) * x), color="black")
            logarithmic(panels[1], "xy")
            panels[1].set_xlabel("eigenvalue $x$")
            panels[1].set_ylabel(r"density in $\ln x$")
    return figure
