"""The best sizes and step of one pass of SGD at a given cost: a grid in logarithms, then a simplex from its lowest points.

Sizes are on the budget; the step is a share of γ_max at every point of the search, so that no step leaves the stable ones.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from theory.dynamics.warnings import UnstableStepWarning
from theory.errors import BadArgument, one_of, one_real
from theory.keywords import check_known
from theory.solve.optima.sizes import Allocation, AllocationSearch, read_cost
from theory.spectra.base import Array, Spectrum, check_spectrum

SIZES = ("n_samples", "n_features")
TERMS = ("test", "bias", "variance", "approximation")
WIDTHS, STEPS = 13, 9  # of the grid
LEAST, LARGEST = 1e-6, 0.999  # shares of γ_max that are tried: beyond its edge the risk diverges
_RISEN, _HIGHER = 2, 1.2  # as many widths in a row with as many times the least risk end the look along widths
_BORDER = 1e-2  # how near the edge, in the logarithm of the share, counts as at it
_CLOSE, _LOWER = 1e-3, 1e-7  # of the logarithms that are found, and of the risk: whole numbers of steps leave it rough


def best_allocation(
    sgd: Any, task: Spectrum, cost: Mapping[str, float], budget: float, of: str, fixed: Mapping[str, Any],
    edge: Callable[[float, float], float],
) -> Allocation:
    """Return the optimum; see `OnePassSGD.optimum`. `edge` is γ_max by the numbers of samples and of columns."""
    check_spectrum(task)
    one_of("of", of, TERMS)
    check_known(fixed, [*SIZES, "step"], ["noise"], "model")
    powers = read_cost(cost, SIZES, fixed)
    total = one_real("budget", budget, "one number > 0", "give the cost C; call it for each of several")
    if not 0 < total < math.inf:
        raise BadArgument("budget", budget, "one number > 0", "give the cost C")
    if "n_samples" not in (*powers, *fixed):
        raise BadArgument("cost", dict(cost), "with a power of n_samples, or n_samples fixed", "one pass needs data: add them")
    settled = {key: one_real(key, value, "one number", "give a scalar") for key, value in fixed.items()}
    if not powers:
        raise BadArgument("cost", dict(cost), "a monomial in sizes", "give a power of n_samples or n_features")
    return _Search(sgd, task, powers, math.log(total), of, {"noise": 0.0, "n_features": math.inf, **settled}, edge).run()


@dataclass(frozen=True)
class _Search:
    """Minimisation over ln M (where both sizes cost) and the logarithm of the step's share of γ_max."""

    sgd: Any
    task: Spectrum
    powers: Mapping[str, float]
    log_budget: float
    of: str
    settled: Mapping[str, float]
    edge: Callable[[float, float], float]

    def sizes(self, log_width: float) -> dict[str, float]:
        """Return all arguments but the step, with a logarithm of the width where it is free."""
        powers, found = self.powers, dict(self.settled)
        if len(powers) == 2:
            found["n_features"] = math.exp(log_width)
            left = self.log_budget - powers["n_features"] * log_width
            found["n_samples"] = math.exp(left / powers["n_samples"])
        else:
            ((name, power),) = powers.items()
            found[name] = math.exp(self.log_budget / power)
        return found

    def risks(self, log_width: float, shares: Array) -> tuple[Array, Array]:
        """Return the steps at some logarithms of their share of γ_max (or the given one), and the risk there."""
        given = self.sizes(log_width)
        if "step" in given:
            steps = np.full(1, given.pop("step"))
        else:
            steps = self.edge(given["n_samples"], given["n_features"]) * np.exp(shares)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnstableStepWarning)
            found: Array = getattr(self.sgd.evaluate(self.task, **given, step=steps), self.of)
        return steps, np.where(np.isfinite(found), found, math.inf)

    def run(self) -> Allocation:
        """Look over the grid, close its lowest basin, return what is found."""
        shares = np.log(np.geomspace(LEAST, LARGEST, STEPS))
        low, high = self._span()
        widths = np.linspace(low, high, WIDTHS) if high > low else np.array([low])
        table = self._table(widths, shares)
        tunes = "step" not in self.settled
        free = ([0] if high > low else []) + ([1] if tunes else [])
        spacing = np.array([(high - low) / WIDTHS, shares[1] - shares[0]])
        i, j = np.unravel_index(np.argmin(table), table.shape)
        risk, place = self._closed(np.array([widths[i], shares[j] if tunes else 0.0]), free, spacing, (low, high))
        steps, _ = self.risks(place[0], place[1:])
        at_border = tunes and place[1] > math.log(LARGEST) - _BORDER
        at_border |= 0 in free and min(place[0] - low, high - place[0]) < 1e-3 * (high - low)
        status = AllocationSearch.BORDER if at_border else AllocationSearch.INSIDE
        arguments = {**self.sizes(place[0]), "step": float(steps[0])}
        return Allocation(arguments, float(risk), status if math.isfinite(risk) else AllocationSearch.FAILED)

    def _table(self, widths: Array, shares: Array) -> Array:
        """Return the risk on the grid, from narrow widths on until it has risen for good: wide ones are dear."""
        rows = np.full((len(widths), 1 if "step" in self.settled else len(shares)), math.inf)
        for place, width in enumerate(widths):
            rows[place] = self.risks(width, shares)[1]
            least = rows.min(axis=1)
            if place >= _RISEN and (least[place - _RISEN + 1 : place + 1] > _HIGHER * least.min()).all():
                break
        return rows

    def _span(self) -> tuple[float, float]:
        """Return the range of ln M on the budget: one column to as many as leave one batch of samples."""
        if len(self.powers) < 2:
            return 0.0, 0.0
        least = math.log(self.sgd.batch)
        high = (self.log_budget - self.powers["n_samples"] * least) / self.powers["n_features"]
        if high <= 0:
            raise BadArgument("budget", math.exp(self.log_budget), "enough for one step and one column", "give more")
        top = math.log(self.task.rank) if math.isfinite(self.task.rank) else math.inf
        return 0.0, min(high - 1e-9, top)

    def _closed(self, start: Array, free: list[int], spacing: Array, span: tuple[float, float]) -> tuple[float, Array]:
        """Return the minimum near a point of the grid, by a simplex."""

        def placed(x: Array) -> Array:
            place = start.copy()
            place[free] = x
            place[0] = min(max(place[0], span[0]), span[1])
            place[1] = min(place[1], math.log(LARGEST))
            return place

        def risk(x: Array) -> float:
            place = placed(x)
            return float(self.risks(place[0], place[1:])[1][0])

        if not free:
            return risk(start[free]), start
        first = start[free]
        simplex = np.vstack([first, first - np.diag(0.5 * spacing[free])])
        options = {"initial_simplex": simplex, "xatol": _CLOSE, "fatol": _LOWER * risk(first), "maxfev": 60 * len(free)}
        found = minimize(risk, first, method="Nelder-Mead", options=options)
        return float(found.fun), placed(found.x)
