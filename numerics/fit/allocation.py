"""The split of a budget into size and data that fits call best, how well that is known, and what being wrong costs.

The exponents of a form that is not the truth drift with scale. With δ what ln N* moves by from a fit to all runs to a fit to
their larger half, and V the variance of the latter, the split follows the drift and goes on with it:

    ln N* = ln N*_all + 3/2 · δ²/(δ² + V) · δ

The weight is that of least mean square error if δ is the bias of the former; 3/2, since half the runs have not the whole drift,
was set on tables other than those that the documentation reports on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from numerics.fit.profiles import Interval
from numerics.fit.projection import FormFit, Problem, fit_form
from numerics.fit.table import Array, Runs

POINTS = 401
WIDER = 7.0  # e-folds beyond the sizes of the table, and beyond the growth of the budget
ROUNDS = 3
ONWARD = 1.5  # times the drift from all runs to their larger half
FEWEST, SPARE = 4, 3  # budgets, and runs beyond the parameters, that refits without the smallest budgets need


@dataclass(frozen=True, eq=False)
class Splitter:
    """A form that splits a budget.

    Attributes
    ----------
    whole : FormFit
        Fitted to all runs.
    half : FormFit, optional
        Fitted to their larger half; without it the split is that of `whole`.
    runs : Runs, optional
        Their larger half.
    """

    whole: FormFit
    half: FormFit | None = None
    runs: Runs | None = None


@dataclass(frozen=True)
class Allocation:
    """The best split of a budget C = unit · N · D.

    Attributes
    ----------
    compute : float
        C.
    sizes, data : float
        N*, D*: by form="auto" the geometric mean of what the additive and the coupled form say, following their drift.
    loss : float
        There, by the chosen fit.
    size_interval, data_interval : Interval
        From the least to the largest N* and D* over many fits: of every form whose residuals are at most four times the
        smallest, and of the chosen form without the largest budgets, without the smallest, and moved along its covariance.
    regret : float
        The most that N* costs if one of these fits is the truth: its loss at N* less its least at this budget. What all of
        them get wrong together is not in it.
    relative_regret : float
        The same as a share of the reducible loss, the largest.
    by_form : mapping of str to float
        N* by each form.
    inside : bool
        Whether the optimum is a minimum, not the end of the range searched.
    """

    compute: float
    sizes: float
    data: float
    loss: float
    size_interval: Interval
    data_interval: Interval
    regret: float
    relative_regret: float
    by_form: Mapping[str, float]
    inside: bool


def allocate(
    compute: float,
    runs: Runs,
    chosen: FormFit,
    splitters: Sequence[Splitter],
    forms: Mapping[str, FormFit],
    others: Sequence[FormFit],
    irreducible: float | None = None,
) -> Allocation:
    """Return the best split of a budget, and its spread over other fits.

    Parameters
    ----------
    compute : float
        The budget.
    runs : Runs
        The table.
    chosen : FormFit
        What forecasts the loss.
    splitters : sequence of Splitter
        What decides: the geometric mean of their N*.
    forms : mapping of str to FormFit
        Forms that have a say.
    others : sequence of FormFit
        Further fits.
    irreducible : float, optional
        E where it is known.
    """
    size = float(np.exp(np.mean([_follow(splitter, compute, runs, irreducible) for splitter in splitters])))
    loss = float(chosen.predict(size, compute / (runs.unit * size)))
    inside = all(_best(splitter.whole, compute, runs)[2] for splitter in splitters)
    by_form = {name: _best(fit, compute, runs)[0] for name, fit in forms.items()}
    sizes, regrets, relative = [size], [0.0], [0.0]
    for fit in (*forms.values(), *others):
        there, least, found = _best(fit, compute, runs)
        if not found:
            continue
        lost = float(fit.predict(size, compute / (runs.unit * size))) - least
        sizes.append(there)
        regrets.append(max(lost, 0.0))
        relative.append(max(lost, 0.0) / max(least - fit.irreducible, 1e-300))
    product = compute / runs.unit
    low, high = min(sizes), max(sizes)
    return Allocation(
        compute, size, product / size, loss, Interval(low, high), Interval(product / high, product / low), max(regrets),
        max(relative), by_form, inside,
    )  # fmt: skip


def without_smallest(fit: FormFit, runs: Runs, irreducible: float | None) -> list[FormFit]:
    """Return refits of a form without the smallest third and half of the budgets: exponents that drift show it."""
    found = []
    for share in (3, 2):
        kept = runs.compute > runs.budgets[len(runs.budgets) // share - 1]
        varied = all(np.ptp(np.log(values[kept])) > 1e-9 for values in (runs.sizes, runs.data))
        if len(runs.budgets) >= FEWEST and kept.sum() >= fit.form.n_parameters + SPARE and varied:
            found.append(fit_form(fit.form, runs.take(kept), irreducible, start=fit.theta))
    return found


def moved(fit: FormFit, runs: Runs, factor: float, irreducible: float | None) -> list[FormFit]:
    """Return a fit moved by `factor` standard deviations along each axis of the covariance of θ, amplitudes refitted."""
    if not np.isfinite(fit.covariance).all():
        return []
    values, vectors = np.linalg.eigh(fit.covariance)
    problem = Problem(fit.form, runs, irreducible, fit.weights)
    lower, upper = fit.form.bounds
    found = []
    for value, axis in zip(values, vectors.T, strict=True):
        for sign in (-1.0, 1.0):
            theta = np.clip(fit.theta + sign * factor * np.sqrt(max(value, 0.0)) * axis, lower, upper)
            found.append(replace(fit, theta=theta, linear=problem.project(theta)[2]))
    return found


def _follow(splitter: Splitter, compute: float, runs: Runs, irreducible: float | None) -> float:
    """Return ln N* of a form that follows its drift, as far as that exceeds its noise."""
    before = float(np.log(_best(splitter.whole, compute, runs)[0]))
    if splitter.half is None or splitter.runs is None:
        return before
    drift = float(np.log(_best(splitter.half, compute, runs)[0])) - before
    either = [np.log(_best(fit, compute, runs)[0]) for fit in moved(splitter.half, splitter.runs, 1.0, irreducible)]
    if drift == 0.0 or not either:
        return before
    variance = float(np.sum((np.diff(np.reshape(either, (-1, 2)), axis=1) / 2.0) ** 2))
    return before + ONWARD * drift**3 / (drift**2 + variance)


def _best(fit: FormFit, compute: float, runs: Runs) -> tuple[float, float, bool]:
    """Return N*, the loss there, and whether it is a minimum inside the range."""
    product = compute / runs.unit
    growth = max(np.log(compute / runs.compute.max()), 0.0)
    low, high = np.log(runs.sizes.min()) - WIDER, np.log(runs.sizes.max()) + growth + WIDER
    inside = True
    for turn in range(ROUNDS):
        grid: Array = np.linspace(low, high, POINTS)
        values = fit.predict(np.exp(grid), product / np.exp(grid))
        place = int(values.argmin())
        if turn == 0:
            inside = 0 < place < POINTS - 1
        low, high = grid[max(place - 1, 0)], grid[min(place + 1, POINTS - 1)]
    size = float(np.exp(grid[place]))
    return size, float(values[place]), inside
