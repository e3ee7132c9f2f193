"""The picture of a table of runs that was fitted: losses against compute with the forecast, and what the backtest got wrong."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from numerics.fit.models.model import ModelFit
from numerics.fit.result import FitWarning, RunsFit
from numerics.pictures.drawing import DASHED, STYLE, logarithmic, matplotlib, new_figure

POINTS = 60
BLUE, ORANGE = "#0072B2", "#D55E00"


def fit_figure(fit: RunsFit, title: str = "") -> Any:
    """Return a picture of a fit.

    Parameters
    ----------
    fit : RunsFit
        Left: losses against compute, darker for larger models, the least loss at each budget by the chosen form (by the others
        dashed) and its backtested band. Right: errors of the refits without the largest budgets against the factor by which
        they extrapolate, in the band read off them, and the residuals beside them.
    title : str
        Above the picture; none if empty.

    Returns
    -------
    matplotlib.figure.Figure
    """
    runs, test = fit.runs, fit.backtest
    with matplotlib().rc_context(STYLE):
        figure = new_figure(7.2, 3.2)
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        size = np.log(runs.sizes)
        grey = 0.8 - 0.7 * (size - size.min()) / np.ptp(size)
        left.scatter(runs.compute, runs.loss, c=[str(shade) for shade in grey], s=14, linewidths=0, label="runs", zorder=3)
        if runs.is_product:
            _frontier(left, fit)
        logarithmic(left, "xy")
        left.set_xlabel("compute $C$")
        left.set_ylabel("loss $L$")
        left.legend(loc="upper right")
        residuals = 100.0 * fit.residuals
        right.axhline(0.0, color="0.6", linewidth=0.8, zorder=0)
        right.scatter(np.ones(len(residuals)), residuals, s=10, color="0.6", linewidths=0, label="residuals")
        for cut in test.cuts:
            label = "left out" if cut is test.cuts[0] else None
            right.scatter(cut.factors, 100.0 * cut.errors, s=14, color=ORANGE, linewidths=0, label=label)
        if test.cuts:
            factors = np.geomspace(1.0, test.factor, POINTS)
            half = 100.0 * test.half_width(factors, fit.level)
            right.fill_between(factors, -half, half, color=ORANGE, alpha=0.15, linewidth=0, label=f"{fit.level:.0%} band")
        right.set_xscale("log")
        right.set_xlabel("compute over the largest fitted")
        right.set_ylabel(r"$\ln(L/L_\mathrm{fit})$ (%)")
        right.legend(loc="upper left", fontsize=7)
        figure.suptitle(title, x=0.01, ha="left", fontsize=9.0)
    return figure


def model_figure(fit: ModelFit, title: str = "") -> Any:
    """Return a picture of a table fitted by one of the library's models: losses against data, one line a size.

    Parameters
    ----------
    fit : ModelFit
        Points are runs, lines the model.
    title : str
        Above the picture; none if empty.

    Returns
    -------
    matplotlib.figure.Figure
    """
    runs = fit.runs
    with matplotlib().rc_context(STYLE):
        figure = new_figure(4.6, 3.4)
        axes = figure.subplots()
        sizes = np.unique(runs.sizes)
        for place, size in enumerate(sizes):
            shade = str(0.75 - 0.75 * place / max(len(sizes) - 1, 1))
            here = runs.sizes == size
            axes.plot(runs.data[here], runs.loss[here], "o", color=shade, markersize=3.5)
            if here.sum() > 1:
                along = np.geomspace(runs.data[here].min(), runs.data[here].max(), POINTS // 4)
                axes.plot(along, fit.fit.predict(size, np.round(along)), color=shade, linewidth=0.9)
        logarithmic(axes, "xy")
        axes.set_xlabel("data")
        axes.set_ylabel("loss, darker for larger models")
        verdict = "rejected" if fit.goodness.rejected else "not rejected"
        axes.set_title(f"{title} ({verdict})" if title else verdict, loc="left")
    return figure


def _frontier(axes: Any, fit: RunsFit) -> None:
    """Draw the least loss at each budget, by every form that is not ruled out, and the chosen one's band."""
    runs = fit.runs
    budgets = np.geomspace(runs.compute.min(), runs.compute.max() * max(fit.tested_factor, 3.0), POINTS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        best = [fit.allocation(float(budget)) for budget in budgets]
        forecast = fit.forecast([split.sizes for split in best], [split.data for split in best])
    for name, losses in forecast.by_form.items():
        if name != fit.form:
            axes.plot(budgets, losses, color="0.5", linestyle=DASHED, linewidth=0.8)
    axes.plot(budgets, forecast.loss, color=BLUE, label=f"least loss, {fit.form}")
    axes.fill_between(budgets, forecast.low, forecast.high, color=BLUE, alpha=0.15, linewidth=0)
