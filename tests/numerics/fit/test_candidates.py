"""Forms on all runs and on their larger half, and the choice among them."""

import copy
import warnings
from dataclasses import replace

import numpy as np
import pytest

import numerics as nm
from numerics.fit.allocation import Splitter, allocate, moved
from numerics.fit.backtest import Backtest, Cut
from numerics.fit.candidates import Candidate, choose, larger_half
from numerics.fit.forms import FORMS
from numerics.fit.projection import fit_form
from numerics.fit.table import checked_runs
from tests.numerics.fit.tables import drawn, made


def candidate(fit, runs, *errors):
    """A candidate that erred so at the cuts."""
    one = np.ones(1)
    cuts = tuple(Cut(1.0 / place, float(place), 9, None, one * place, one * error) for place, error in enumerate(errors, 2))
    return Candidate(fit, runs, Backtest(cuts, 0.0))


@pytest.fixture(scope="module")
def table():
    runs = checked_runs(*made("additive", 0.003))
    return fit_form(FORMS["additive"], runs), runs


def test_the_larger_half_has_the_runs_of_at_least_the_median_compute(table):
    _, runs = table
    half = larger_half(runs, FORMS["coupled"])
    assert half.compute.min() == pytest.approx(np.median(runs.compute))
    assert len(half) == np.sum(runs.compute >= np.median(runs.compute) * (1 - 1e-9))
    N, D = np.geomspace(1e7, 1e10, 14), np.geomspace(1e9, 1e12, 14) * np.tile([1.0, 2.0], 7)
    few = checked_runs(N, D, 1.7 + 400 * N**-0.34 + 410 * D**-0.28)
    assert larger_half(few, FORMS["coupled"]) is few  # seven of its runs, one too few for six parameters
    assert len(larger_half(few, FORMS["additive"])) == 7


def test_one_budget_in_the_larger_half_is_no_table():
    N, D, loss = made("additive", 0.003)
    few, many = 6 * N * D < 1e19, np.argmax(N * D)
    runs = checked_runs(*(np.append(values[few], np.repeat(values[many], 30)) for values in (N, D, loss)))
    assert larger_half(runs, FORMS["tied"]) is runs


def test_the_choice_is_by_ratios_over_the_cuts_that_all_were_tested_by(table):
    fit, runs = table

    def chosen(*whole, halves=()):
        return choose(dict(enumerate(whole)), dict(halves))

    steady, falling = candidate(fit, runs, 0.03, 0.03), candidate(fit, runs, 0.01, 0.06)
    assert falling.backtest.error > steady.backtest.error
    assert chosen(steady, falling) is falling
    assert chosen(steady, candidate(fit, runs, 0.01, 0.10)) is steady
    farther = candidate(fit, runs, 0.02, 0.02, 9.0)  # a cut that the others were not tested by
    assert chosen(steady, farther) is farther
    untested, better = candidate(fit, runs), candidate(replace(fit, residuals=0.5 * fit.residuals), runs)
    assert chosen(untested, better) is better
    assert chosen(untested, steady) is steady
    assert chosen(steady, halves={0: falling}.items()) is falling
    once = candidate(fit, runs, 0.01)  # where the larger half was too small below the second cut
    assert chosen(steady, halves={0: once}.items()) is steady
    assert chosen(untested, halves={0: candidate(replace(fit, residuals=0.1 * fit.residuals), runs)}.items()) is untested


@pytest.fixture(scope="module")
def found():
    _, _, N, P, loss = drawn(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nm.FitWarning)
        return nm.fit_runs(N, P, loss)


def test_what_was_fitted_to_the_larger_half_says_so(found):
    assert len(found.runs) == 42
    assert len(found.chosen.runs) == 24
    assert "fitted to the 24 of most compute" in str(found)
    left = found.runs.compute < found.chosen.runs.compute.min()
    assert (found.weights[left] == 0).all()
    assert (found.weights[~left] > 0).all()
    np.testing.assert_allclose(found.residuals, np.log(found.runs.loss / found.fit.predict(found.runs.sizes, found.runs.data)))
    assert found.fit is not found.fits[found.form]
    assert set(found.larger_half) == set(found.fits)
    for cut in found.backtest.cuts:
        kept = found.runs.take(found.runs.compute <= cut.compute)
        assert cut.n_runs == len(larger_half(kept, found.fit.form))
    budget = 2 * found.runs.compute.max()
    assert copy.deepcopy(found).allocation(budget) == found.allocation(budget)


def test_the_spread_holds_both_fits_of_a_form(found):
    for number, place in ((found.size_exponent, 0), (found.data_exponent, 1)):
        low, high = number.spread
        for fit in (found.fit, found.fits[found.form], found.larger_half[found.form].fit):
            assert low <= fit.exponents[place] <= high
        assert number.value == found.fit.exponents[place]


def split_by(found, *splitters, compute=None):
    """N* by splitters."""
    budget = compute or 3 * found.runs.compute.max()
    return allocate(budget, found.runs, found.fit, splitters, {}, []).sizes


def test_a_split_is_the_mean_of_two_forms_that_follow_their_drift(found):
    split = found.allocation(3 * found.runs.compute.max())
    logs = []
    for name in ("additive", "coupled"):
        whole, half = found.fits[name], found.larger_half[name]
        before, after = np.log(split_by(found, Splitter(whole))), np.log(split_by(found, Splitter(half.fit)))
        each = [split_by(found, Splitter(fit)) for fit in moved(half.fit, half.runs, 1.0, None)]
        variance = np.sum((np.log(each[::2]) - np.log(each[1::2])) ** 2) / 4
        drift = after - before
        logs.append(before + 1.5 * drift * drift**2 / (drift**2 + variance))
        assert variance < 0.05 * drift**2  # noise of .2 %: the drift is known
    assert split.sizes == pytest.approx(np.exp(np.mean(logs)))
    assert split.loss == pytest.approx(float(found.fit.predict(split.sizes, split.data)))
    assert split.size_interval.low <= split.sizes <= split.size_interval.high


def test_a_drift_within_its_noise_is_not_followed(table):
    whole, runs = table
    half = larger_half(runs, whole.form)
    fit = fit_form(whole.form, half)
    budget = 10 * runs.compute.max()

    def at(splitter):
        return np.log(allocate(budget, runs, whole, [splitter], {}, []).sizes)

    before, loud = at(Splitter(whole)), replace(fit, covariance=1e4 * fit.covariance)
    assert abs(at(Splitter(fit)) - before) > 0.01
    assert abs(at(Splitter(whole, loud, half)) - before) < 0.1 * abs(at(Splitter(fit)) - before)
    assert at(Splitter(whole, replace(fit, covariance=np.full((2, 2), np.inf)), half)) == before


def test_a_form_that_is_asked_for_is_fitted_to_all_runs(found):
    runs = found.runs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nm.FitWarning)
        asked = nm.fit_runs(runs.sizes, runs.data, runs.loss, form="coupled")
        split = asked.allocation(10 * runs.compute.max())
    assert asked.larger_half == {}
    np.testing.assert_allclose(asked.fit.theta, found.fits["coupled"].theta)
    assert split.sizes == pytest.approx(split.by_form["coupled"])
