"""What is tried on a table: each form on all runs and on their larger half; what forecasts, and what splits a budget.

Where no form is the truth its exponents drift with scale, and a fit to all runs is an average over the drift. The runs of most
compute are nearer to what is asked. So each form is fitted to all runs and to those of at least the median compute; refits
without the largest budgets, made the same way, decide which of these forecasts. A split of a budget far beyond the table hangs
on the drift alone: there the larger half decides, by the geometric mean of what the additive form says and the coupled one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from numerics.fit.backtest import FEWEST, SPARE, Backtest, backtest
from numerics.fit.forms import Form
from numerics.fit.projection import FormFit, fit_form
from numerics.fit.table import Runs

SPLITTERS = ("additive", "coupled")  # forms that split a budget: the others err far more, towards large models


@dataclass(frozen=True, eq=False)
class Candidate:
    """A form fitted to some of the runs.

    Attributes
    ----------
    fit : FormFit
        The fit.
    runs : Runs
        What was fitted.
    backtest : Backtest
        Refits without the largest budgets, each to as much of the rest.
    """

    fit: FormFit
    runs: Runs
    backtest: Backtest


def larger_half(runs: Runs, form: Form) -> Runs:
    """Return the runs of at least the median compute, or all where these are too few for the form or have too few budgets."""
    kept = runs.take(runs.compute >= np.median(runs.compute) * (1.0 - 1e-9))
    varied = all(np.ptp(np.log(values)) > 1e-9 for values in (kept.sizes, kept.data))
    return kept if len(kept) >= form.n_parameters + SPARE and len(kept.budgets) >= FEWEST and varied else runs


def on_all(forms: Sequence[Form], runs: Runs, holdout: float, irreducible: float | None) -> dict[str, Candidate]:
    """Return each form fitted to all runs."""
    fits = {form.name: fit_form(form, runs, irreducible) for form in forms}
    return {name: Candidate(fit, runs, backtest(fit.form, runs, fit, holdout, irreducible)) for name, fit in fits.items()}


def on_larger_half(whole: Mapping[str, Candidate], holdout: float, irreducible: float | None) -> dict[str, Candidate]:
    """Return the forms fitted to the larger half of the runs, where it suffices."""
    found = {}
    for name, candidate in whole.items():
        form, runs = candidate.fit.form, candidate.runs
        half = larger_half(runs, form)
        if half is not runs:
            fit = fit_form(form, half, irreducible, start=candidate.fit.theta)
            found[name] = Candidate(fit, half, backtest(form, runs, fit, holdout, irreducible, larger_half))
    return found


def choose(whole: Mapping[str, Candidate], halves: Mapping[str, Candidate]) -> Candidate:
    """Return what erred least without the largest budgets, in the geometric mean over the cuts that all were tested by.

    The farther a cut, the larger every error; by ratios each cut counts alike. The larger half has a chance where it was tested
    as often as all runs were. Residuals decide where nothing could be tested.
    """
    tested = [candidate for candidate in whole.values() if candidate.backtest.cuts]
    if not tested:
        return min(whole.values(), key=lambda candidate: candidate.fit.rms)
    tested += [half for name, half in halves.items() if 0 < len(half.backtest.cuts) == len(whole[name].backtest.cuts)]
    shared = min(len(candidate.backtest.cuts) for candidate in tested)
    return min(tested, key=lambda candidate: candidate.backtest.typical(shared))
