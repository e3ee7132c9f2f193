"""What a fit of a table of runs says, and how far it may be believed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from numerics.fit.allocation import Allocation, Splitter, allocate, moved, without_smallest
from numerics.fit.backtest import Backtest
from numerics.fit.candidates import SPLITTERS, Candidate
from numerics.fit.profiles import Interval
from numerics.fit.projection import FormFit
from numerics.fit.table import Array, Runs
from theory.errors import BadArgument, one_real, real_array

TESTED = 1.0 + 1e-9
HOPELESS = 4.0  # residuals over the smallest, above which a form has no say in an allocation
SHOWN = 4  # significant digits


class FitWarning(UserWarning):
    """A fit is asked for more than its table can bear."""


@dataclass(frozen=True)
class Fitted:
    """A number that was fitted.

    Attributes
    ----------
    value : float
        By the chosen form.
    interval : Interval
        Profile interval: what the table allows if the chosen form is the truth.
    spread : Interval
        Least and largest over the forms that the table does not rule out.
    by_form : mapping of str to float
        By each form.
    """

    value: float
    interval: Interval
    spread: Interval
    by_form: Mapping[str, float]

    def __str__(self) -> str:
        interval, spread = (f"{low:.{SHOWN}g} … {high:.{SHOWN}g}" for low, high in (self.interval, self.spread))
        return f"{self.value:.{SHOWN}g} (profile {interval}; over forms {spread})"


@dataclass(frozen=True, eq=False)
class Forecast:
    """Losses at sizes and data that need not have been tried, arrays of the broadcast shape.

    Attributes
    ----------
    loss, low, high : ndarray
        By the chosen form, and its backtested band; NaN where the extrapolation goes beyond what was backtested.
    factor : ndarray
        Compute over the largest of the table.
    by_form : mapping of str to ndarray
        By each form that the table does not rule out.
    """

    loss: Array
    low: Array
    high: Array
    factor: Array
    by_form: Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class RunsFit:
    """A table of runs, fitted.

    Attributes
    ----------
    form : str
        The form chosen, or asked for.
    chosen : Candidate
        Its fit, the runs that were fitted (all of them, or by form="auto" the larger half by compute) and its backtest.
    size_exponent, data_exponent, irreducible : Fitted
        a, b and E.
    level : float
        Nominal coverage of intervals and bands.
    runs : Runs
        The table: sizes, data, loss, compute, budgets.
    fits : mapping of str to FormFit
        Every form that was fitted, to all runs.
    backtests : mapping of str to Backtest
        Its refits without the largest budgets.
    larger_half : mapping of str to Candidate
        Forms fitted to the runs of at least the median compute, where these suffice; empty for a form that was asked for.
    plausible : tuple of str
        Forms that the table does not rule out: residuals at most twice the smallest.
    warnings : tuple of str
        Why not to believe it.
    stated_irreducible : float or None
        E, where it was given.
    """

    form: str
    chosen: Candidate
    size_exponent: Fitted
    data_exponent: Fitted
    irreducible: Fitted
    level: float
    runs: Runs
    fits: Mapping[str, FormFit]
    backtests: Mapping[str, Backtest]
    larger_half: Mapping[str, Candidate]
    plausible: tuple[str, ...]
    warnings: tuple[str, ...]
    stated_irreducible: float | None = field(default=None, repr=False)

    @property
    def fit(self) -> FormFit:
        """The chosen fit."""
        return self.chosen.fit

    @property
    def backtest(self) -> Backtest:
        """Of the chosen fit."""
        return self.chosen.backtest

    @property
    def residuals(self) -> Array:
        """ln(L/L_fit) of each run, those of the smaller half too."""
        found: Array = np.log(self.runs.loss / self.fit.predict(self.runs.sizes, self.runs.data))
        return found

    @property
    def weights(self) -> Array:
        """Robust weights of all runs: below 1 where a run lies off, 0 where it was left out of the fit."""
        if len(self.chosen.runs) == len(self.runs):
            return self.fit.weights
        found = np.zeros(len(self.runs))
        found[self.runs.compute >= self.chosen.runs.compute.min()] = self.fit.weights
        return found

    @property
    def tested_factor(self) -> float:
        """The largest factor of compute over which the chosen form was extrapolated in the backtest."""
        return self.backtest.factor

    @property
    def leave_largest_out(self) -> tuple[dict[str, float], ...]:
        """One row a cut: compute kept, factor to the largest, runs kept, a, b, E, and the error on what was left out."""
        rows = []
        for cut in self.backtest.cuts:
            a, b = cut.fit.exponents
            rows.append(
                {"compute": cut.compute, "factor": cut.factor, "n_runs": float(cut.n_runs), "size_exponent": a,
                 "data_exponent": b, "irreducible": cut.fit.irreducible, "error": cut.rms,
                 "worst": float(np.abs(cut.errors).max())}
            )  # fmt: skip
        return tuple(rows)

    def forecast(self, sizes: ArrayLike, data: ArrayLike, compute: ArrayLike | None = None) -> Forecast:
        """Return losses at sizes and data, of their broadcast shape, with backtested bands.

        Parameters
        ----------
        sizes, data : array_like
            Positive.
        compute : array_like, optional
            What such runs cost; unit · N · D when left out, the unit being the table's own.

        Warns
        -----
        FitWarning
            Where the extrapolation exceeds the factor that was backtested: there is then no band.

        Raises
        ------
        ValueError
            For what is not positive.
        """
        N, D = (_positive(name, values) for name, values in (("sizes", sizes), ("data", data)))
        C = self.runs.unit * N * D if compute is None else _positive("compute", compute)
        factor = np.asarray(C / self.runs.compute.max() + np.zeros(np.broadcast_shapes(N.shape, D.shape)))
        loss = self.fit.predict(N, D)
        beyond = factor > self.tested_factor * TESTED
        if beyond.any():
            tested = f"{self.tested_factor:.3g}" if self.backtest.cuts else "none"
            warnings.warn(
                f"forecast at {factor.max():.3g} times the largest compute, backtested factor {tested}: no band is given there",
                FitWarning, stacklevel=2,
            )  # fmt: skip
        half = np.where(beyond, np.nan, self.backtest.half_width(factor, self.level))
        by_form = {name: self.fits[name].predict(N, D) for name in self.plausible}
        return Forecast(loss, loss * np.exp(-half), loss * np.exp(half), factor, by_form)

    def allocation(self, compute: float) -> Allocation:
        """Return the best split of a budget C = unit · N · D, its interval, and what it costs to be wrong.

        Parameters
        ----------
        compute : float
            C > 0.

        Warns
        -----
        FitWarning
            Where the budget exceeds the largest by more than was backtested, or no split is best.

        Raises
        ------
        ValueError
            For what is not positive, or if the table's compute is no multiple of N D.
        """
        budget = one_real("compute", compute, "a positive finite number", "give a budget")
        if not 0.0 < budget < np.inf:
            raise BadArgument("compute", compute, "a positive finite number", "give a budget")
        if not self.runs.is_product:
            ratio = self.runs.compute / (self.runs.sizes * self.runs.data)
            raise BadArgument(
                "compute", [float(ratio.min()), float(ratio.max())], "a multiple of sizes × data in the table (within 5 %)",
                "the best split of another cost is not known here; leave compute out to count 6 N D",
            )  # fmt: skip
        best = min(fit.rms for fit in self.fits.values())
        forms = {name: fit for name, fit in self.fits.items() if fit.rms <= HOPELESS * best or name == self.form}
        found = allocate(budget, self.runs, self.fit, self._splitters, forms, self._others, self.stated_irreducible)
        if budget > self.runs.compute.max() * self.tested_factor * TESTED:
            factor = budget / self.runs.compute.max()
            beyond = f"allocation at {factor:.3g} times the largest compute, beyond what was backtested"
            warnings.warn(beyond, FitWarning, stacklevel=2)
        if not found.inside:
            warnings.warn("no split is best: the loss falls to the end of the range", FitWarning, stacklevel=2)
        return found

    @cached_property
    def _splitters(self) -> list[Splitter]:
        if not self.larger_half:
            return [Splitter(self.fit)]
        names = [name for name in SPLITTERS if name in self.fits]
        halves = {name: (half.fit, half.runs) for name, half in self.larger_half.items()}
        return [Splitter(self.fits[name], *halves.get(name, ())) for name in names]

    @cached_property
    def _others(self) -> list[FormFit]:
        cuts = [cut.fit for cut in self.backtest.cuts]
        factor = float(norm.ppf(0.5 + self.level / 2.0))
        upper = without_smallest(self.fit, self.runs, self.stated_irreducible)
        halves = [splitter.half for splitter in self._splitters if splitter.half is not None]
        return [*halves, *cuts, *upper, *moved(self.fit, self.chosen.runs, factor, self.stated_irreducible)]

    def __str__(self) -> str:
        test = self.backtest
        lines = [
            f"{self.form}: {self.fit.form.words}, {len(self.runs)} runs, {len(self.runs.budgets)} budgets"
            + (f", fitted to the {len(self.chosen.runs)} of most compute" if len(self.chosen.runs) < len(self.runs) else ""),
            f"  a (size)  {self.size_exponent}",
            f"  b (data)  {self.data_exponent}",
            f"  E         {self.irreducible}",
            f"  residuals {test.residual:.2%}; backtest "
            + (f"{test.error:.2%} over a factor {test.factor:.3g} of compute" if test.cuts else "impossible"),
            f"  {self.fit.agreement:.0%} of the starts found this minimum",
            *(f"  warning: {line}" for line in self.warnings),
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<RunsFit {self}>"


def _positive(name: str, values: ArrayLike) -> Array:
    found = real_array(name, values, "positive finite numbers", "give what a run may have")
    if not ((found > 0.0) & np.isfinite(found)).all():
        raise BadArgument(name, found, "positive finite numbers", "give what a run may have")
    return found
