"""Figures of Lin et al. made again: R − σ² against M and against N_eff, simulation, sharp theory and asymptotic slopes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from numerics.papers.fits import Array
from numerics.papers.lin2024.experiment import Case, asymptotic, evaluate
from numerics.papers.lin2024.printed import Remade
from numerics.pictures.drawing import DASHED, STYLE, bars, logarithmic, matplotlib, new_figure
from numerics.pictures.panels import Curve, Panel, Points

MARKERS = ("o", "s", "^", "D", "v")
DRAWN = 4  # curves in a panel
BELOW = 0.8  # where the asymptotic slope is drawn: times the lowest curve, at the right end


@dataclass(frozen=True, eq=False)
class Pair:
    """What is drawn of one spectrum: against M and against N_eff.

    Attributes
    ----------
    title : str
        The spectrum in words.
    panels : tuple of Panel
        The last curve of each is the asymptotic power law.
    powers : tuple of str
        The latter in words.
    """

    title: str
    panels: tuple[Panel, Panel]
    powers: tuple[str, str]


def pair(case: Case) -> Pair:
    """Return the curves of one spectrum; this evaluates the theory between the simulated M."""
    widths, samples, effective = case.widths, np.array(case.plan.n_samples, dtype=np.float64), case.effective
    columns, rows = _spread(len(samples)), _spread(len(widths))
    mean, error = case.mean("reducible"), case.stderr("reducible")
    exact, between = case.theory["reducible"], np.sqrt(widths[1:] * widths[:-1])
    fine, order = np.append(widths, between), np.argsort(np.append(widths, between))
    against_width = np.vstack((exact[:, columns], evaluate(case.capacity, between, samples[columns])["reducible"]))
    p, q = asymptotic(case.capacity)
    left = [
        Curve(f"$N = {samples[j]:.0f}$", fine[order], line[order], _points(widths, mean[:, j], error[:, j]))
        for j, line in zip(columns, against_width.T, strict=True)
    ]
    right = [
        Curve(f"$M = {widths[i]:.0f}$", effective, exact[i], _points(effective, mean[i], error[i])) for i in rows
    ]
    panels = Panel("M", (*left, _power(left, p))), Panel("N", (*right, _power(right, q)))
    first, second = (Fraction(exponent).limit_denominator(100) for exponent in (p, q))
    return Pair(f"$a = {case.capacity:g}$", panels, (f"$M^{{-{first}}}$", f"$N_{{\\rm eff}}^{{\\,-{second}}}$"))


def _spread(count: int) -> Any:
    """Return up to `DRAWN` indices from the first to the last."""
    return np.unique(np.round(np.linspace(0, count - 1, DRAWN)).astype(np.int64))


def _points(x: Array, y: Array, error: Array) -> Points:
    return Points(x, y, error, error, np.zeros(len(x), dtype=np.bool_))


def _power(curves: Sequence[Curve], exponent: float) -> Curve:
    """Return x^-exponent, below all curves and closest at their right end."""
    x = curves[0].x
    shape = x**-exponent
    lowest = min(float((np.interp(np.log(x), np.log(curve.x), curve.y) / shape).min()) for curve in curves)
    return Curve("asymptotic", x, BELOW * lowest * shape)


def figure(pairs: Sequence[Pair]) -> Any:
    """Return the picture, a row a spectrum.

    Points are simulated means with bars of one standard error, lines the sharp theory, dashes the asymptotic slope.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with matplotlib().rc_context(STYLE):
        page = new_figure(7.0, 3.1 * len(pairs))
        for row, drawn in zip(page.subplots(len(pairs), 2, squeeze=False, sharey="row"), pairs, strict=True):
            for axes, panel, words in zip(row, drawn.panels, drawn.powers, strict=True):
                *curves, law = panel.curves
                for place, (curve, marker) in enumerate(zip(curves, MARKERS, strict=False)):
                    colour = matplotlib().colormaps["viridis"](0.85 * place / max(len(curves) - 1, 1))
                    axes.plot(curve.x, curve.y, color=colour, linewidth=1.2)
                    points = curve.points
                    assert points is not None
                    look = {"color": colour, "markersize": 3.8, "label": curve.label, "zorder": 3}
                    bars(axes, points.x, points.y, [points.below, points.above], marker, **look)
                axes.plot(law.x, law.y, color="0.35", linestyle=DASHED, linewidth=1.1, label=words)
                logarithmic(axes, "x")
                axes.legend(loc="lower left", borderaxespad=0.2, labelspacing=0.3, handlelength=2.0)
            logarithmic(row[0], "y")
            row[0].set_ylabel(r"reducible risk $R - \sigma^2$")
            row[0].set_title(drawn.title, loc="left")
            row[0].set_xlabel("features $M$")
            row[1].set_xlabel(r"effective samples $N_{\rm eff} = N/\log_2 N$")
    return page


def printed_figure(remade: Sequence[Remade]) -> Any:
    """Return one of the paper's figures by the sharp theory, a row a spectrum.

    Parameters
    ----------
    remade : sequence of Remade
        The spectra of the figure.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with matplotlib().rc_context(STYLE):
        page = new_figure(7.0, 3.1 * len(remade))
        for row, drawn in zip(page.subplots(len(remade), 2, squeeze=False, sharey="row"), remade, strict=True):
            columns, rows = _spread(len(drawn.n_samples)), _spread(len(drawn.widths))
            sides = (
                (drawn.widths, [(f"$N = {drawn.n_samples[j]:.0f}$", drawn.reducible[:, j]) for j in columns]),
                (drawn.effective, [(f"$M = {drawn.widths[i]:.0f}$", drawn.reducible[i]) for i in rows]),
            )
            for axes, (x, lines), exponent in zip(row, sides, asymptotic(drawn.printed.capacity), strict=True):
                for place, (label, y) in enumerate(lines):
                    colour = matplotlib().colormaps["viridis"](0.85 * place / max(len(lines) - 1, 1))
                    axes.plot(x, y, color=colour, linewidth=1.2, marker=MARKERS[place], markersize=3.8, label=label)
                law = _power([Curve(label, x, y, None) for label, y in lines], exponent)
                axes.plot(law.x, law.y, color="0.35", linestyle=DASHED, linewidth=1.1)
                logarithmic(axes, "x")
                axes.legend(loc="lower left", borderaxespad=0.2, labelspacing=0.3, handlelength=2.0)
            logarithmic(row[0], "y")
            row[0].set_ylabel(r"reducible risk $R - \sigma^2$")
            row[0].set_title(f"$a = {drawn.printed.capacity:g}$, $d = {drawn.printed.dims}$", loc="left")
            row[0].set_xlabel("features $M$")
            row[1].set_xlabel(r"effective samples $N_{\rm eff}$" if drawn.printed.number < 3 else "samples $N$")
    return page
