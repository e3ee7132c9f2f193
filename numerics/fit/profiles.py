"""Profile intervals: how far a parameter may move before the table objects, all others following."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.stats import f as fisher

from numerics.fit.projection import FormFit, Problem
from numerics.fit.table import Array, Runs

STEPS = 12  # at most, each twice the last, to leave an interval
CLOSE = 2e-2  # of the distance to the end, where an end is found


class Interval(NamedTuple):
    """A range of values; an end is infinite, or 0 for what is positive, where the table does not bound it."""

    low: float
    high: float


def profile_interval(fit: FormFit, runs: Runs, name: str, level: float, irreducible: float | None = None) -> Interval:
    """Return the values of a parameter at which the weighted sum of squares rises by less than F(level) s².

    Parameters
    ----------
    fit : FormFit
        A fit of the table; its robust weights are kept.
    runs : Runs
        The table.
    name : str
        A parameter of the form, or "E".
    level : float
        Nominal coverage where the form is the truth, and only there.
    irreducible : float, optional
        E where it is given, as for the fit.
    """
    degrees = max(len(runs) - fit.form.n_parameters, 1)
    allowed = fit.cost + float(fisher.ppf(level, 1, degrees)) * fit.rms**2 * float(fit.weights.mean())
    if name == "E":
        best, low, high = fit.irreducible, 0.0, float(runs.loss.min())

        def start(value: float, theta: Array) -> tuple[Array, float]:
            return Problem(fit.form, runs, value, fit.weights).minimise(theta)

        guess = max(0.02 * best, 1e-3 * high)
    else:
        place = fit.form.parameters.index(name)
        best, low, high = float(fit.theta[place]), float(fit.form.bounds[0][place]), float(fit.form.bounds[1][place])
        problem = Problem(fit.form, runs, irreducible, fit.weights)

        def start(value: float, theta: Array) -> tuple[Array, float]:
            moved = theta.copy()
            moved[place] = value
            return problem.minimise(moved, {place: value})

        guess = 2.0 * float(np.sqrt(fit.covariance[place, place]))
    if not 1e-7 * abs(best) < guess < high - low:
        guess = 1e-2 * (high - low) if guess >= high - low else 1e-7 * max(abs(best), 1e-3)
    return Interval(_end(start, fit, best, guess, low, -1.0, allowed), _end(start, fit, best, guess, high, 1.0, allowed))


Refit = Callable[[float, Array], tuple[Array, float]]  # from a value and a start to θ and the cost


def _end(at: Refit, fit: FormFit, best: float, guess: float, limit: float, sign: float, allowed: float) -> float:
    """Return where the cost reaches what is allowed, or the limit (infinite above) where it never does."""
    theta, inside, step = fit.theta, best, guess
    floor = max(allowed - fit.cost, 1e-300)

    def excess(value: float) -> float:
        return (at(value, theta)[1] - allowed) / floor

    for _ in range(STEPS):
        value = best + sign * step
        if (value - limit) * sign >= 0.0:
            value = limit
        found, cost = at(value, theta)
        if cost > allowed:
            if excess(inside) >= 0.0:  # another minimum: the end lies no farther
                return inside
            return float(brentq(excess, inside, value, xtol=CLOSE * abs(value - best)))
        if value == limit:
            break
        theta, inside, step = found, value, 2.0 * step
    return limit if sign < 0.0 else np.inf
