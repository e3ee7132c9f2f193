"""How far a form is wrong where it is extrapolated, read off the table itself: without its largest budgets.

For each cut c below the largest budget, a form is fitted to the runs with C ≤ c, and its errors e = ln(L/L_fit) on the others
are kept with the factor g = C/c by which they extrapolate. What intervals from residuals leave out is the bias of the form,
which grows with the factor; so the band at a factor G beyond the whole table is

    |ln L − ln L_fit| ≤ √((k ln G)² + (z s)²),        k: a quantile of |e|/ln g,    s: the residuals,    z: of the normal law.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from numerics.fit.forms import Form
from numerics.fit.projection import FormFit, fit_form
from numerics.fit.table import Array, Runs

SPARE = 2  # runs beyond the number of parameters that a refit needs
FEWEST = 3  # budgets that a refit needs
NEAREST = 1.2  # factor below which an error says nothing of extrapolation

Part = Callable[[Runs, Form], Runs]


@dataclass(frozen=True, eq=False)
class Cut:
    """A refit without the budgets above `compute`.

    Attributes
    ----------
    compute : float
        The largest that was kept.
    factor : float
        The largest of the table over it.
    n_runs : int
        Runs that were refitted.
    fit : FormFit
        Of them.
    factors, errors : ndarray, shape (n_held_out,)
        C/compute and ln(L/L_fit) of the others.
    """

    compute: float
    factor: float
    n_runs: int
    fit: FormFit
    factors: Array
    errors: Array

    @property
    def rms(self) -> float:
        """Root mean square of the errors."""
        return float(np.sqrt(np.mean(self.errors**2)))


@dataclass(frozen=True, eq=False)
class Backtest:
    """What refits of one form without the largest budgets got wrong.

    Attributes
    ----------
    cuts : tuple of Cut
        From the mildest to the one that leaves out most.
    residual : float
        The root mean square of the residuals of the fit to all.
    """

    cuts: tuple[Cut, ...]
    residual: float

    @property
    def factor(self) -> float:
        """The largest factor of compute that was tried; 1 where nothing could be."""
        return max((cut.factor for cut in self.cuts), default=1.0)

    @property
    def error(self) -> float:
        """The root mean square of the errors over the cuts, every cut alike; inf where nothing could be tried."""
        return float(np.sqrt(np.mean([cut.rms**2 for cut in self.cuts]))) if self.cuts else np.inf

    def typical(self, n_cuts: int) -> float:
        """Return the geometric mean of the errors over the mildest cuts: every cut alike, however large its errors are."""
        return float(np.exp(np.mean([np.log(max(cut.rms, 1e-300)) for cut in self.cuts[:n_cuts]])))

    def rate(self, level: float) -> float:
        """Return k, the quantile of |e|/ln g over the cuts, every cut alike."""
        if not self.cuts:
            return np.inf
        slopes, weights = [], []
        for cut in self.cuts:
            far = cut.factors >= NEAREST
            slopes.append(np.abs(cut.errors[far]) / np.log(cut.factors[far]))
            weights.append(np.full(int(far.sum()), 1.0 / max(int(far.sum()), 1)))
        return _quantile(np.concatenate(slopes), np.concatenate(weights), level)

    def half_width(self, factor: Array, level: float) -> Array:
        """Return the half width of the band of ln L at factors of compute beyond the table."""
        beyond = np.log(np.maximum(factor, 1.0))
        noise = float(norm.ppf(0.5 + level / 2.0)) * self.residual
        rate = self.rate(level) if (beyond > 0.0).any() else 0.0
        found: Array = np.hypot(np.where(beyond > 0.0, rate * beyond, 0.0), noise)
        return found


def _quantile(values: Array, weights: Array, level: float) -> float:
    if not values.size:
        return np.inf
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(int(np.searchsorted(share, level - 1e-9)), len(values) - 1)])


def backtest(
    form: Form, runs: Runs, whole: FormFit, holdout: float, irreducible: float | None = None, part: Part | None = None
) -> Backtest:
    """Refit a form without the largest budgets, down to the first cut at least a factor `holdout` below the largest.

    Parameters
    ----------
    form : Form
        What is refitted.
    runs : Runs
        The table.
    whole : FormFit
        The fit to all of it, where searches begin.
    holdout : float
        > 1, of compute.
    irreducible : float, optional
        E where it is known.
    part : callable, optional
        `part(runs, form)`: what of the runs that are kept is refitted; all by default. Cuts end where it leaves none out.
    """
    cuts = []
    for top in possible_cuts(form.n_parameters, runs, holdout):
        kept = runs.compute <= top
        below = runs.take(kept)
        if part is not None:
            below = part(below, form)
            if len(below) == kept.sum():
                break
        fit = fit_form(form, below, irreducible, start=whole.theta)
        rest = runs.take(~kept)
        errors = np.log(rest.loss / fit.predict(rest.sizes, rest.data))
        largest = float(runs.compute.max())
        cuts.append(Cut(top, largest / top, len(below), fit, rest.compute / top, errors))
    return Backtest(tuple(cuts), whole.rms)


def possible_cuts(n_parameters: int, runs: Runs, holdout: float) -> Sequence[float]:
    """Return the budgets down to which the largest can be left out, decreasing."""
    tops, largest = runs.budgets, float(runs.compute.max())
    found: list[float] = []
    for place in range(len(tops) - 2, FEWEST - 2, -1):
        kept = runs.compute <= tops[place]
        varied = all(np.ptp(np.log(x[kept])) > 1e-9 for x in (runs.sizes, runs.data))
        if kept.sum() < n_parameters + SPARE or not varied:
            break
        found.append(float(tops[place]))
        if largest / tops[place] >= holdout:
            break
    return found
