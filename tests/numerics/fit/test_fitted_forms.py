"""Forms and variable projection: derivatives, recovery to rounding, one minimum for all starts, outliers."""

import numpy as np
import pytest
from scipy.optimize import minimize

from numerics.fit.forms import FORMS
from numerics.fit.profiles import profile_interval
from numerics.fit.projection import Problem, fit_form
from numerics.fit.table import checked_runs
from tests.numerics.fit.tables import made, public


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_derivatives_are_those_of_the_columns(form):
    n, d = np.random.default_rng(1).normal(size=(2, 12))
    theta = np.array(form.starts[1]) + 0.05
    _, slopes = form.columns(theta, n, d)
    for place in range(len(theta)):
        step = 1e-6 * np.eye(len(theta))[place]
        numeric = (form.columns(theta + step, n, d)[0] - form.columns(theta - step, n, d)[0]) / 2e-6
        np.testing.assert_allclose(slopes[:, :, place], numeric, atol=1e-7)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_form_s_own_table_is_recovered_to_rounding(form):
    N, D, loss = made(form.name)
    fit = fit_form(form, checked_runs(N, D, loss))
    np.testing.assert_allclose(fit.exponents, (0.34, 0.34 if form.name == "tied" else 0.28), rtol=1e-5)
    np.testing.assert_allclose(fit.amplitudes, (400.0, 410.0), rtol=1e-3)
    assert fit.irreducible == pytest.approx(1.7, rel=1e-5)
    assert np.abs(fit.residuals).max() < 1e-6
    np.testing.assert_allclose(fit.predict(N, D), loss, rtol=1e-6)
    assert fit.at_bound == ()


def test_limits_of_the_coupled_form():
    n, d = np.random.default_rng(2).normal(size=(2, 9))
    first, second = np.exp(-0.3 * n), np.exp(0.4 - 0.5 * d)
    one, _ = FORMS["coupled"].columns(np.array([0.3, 0.5, 1.0, 0.4]), n, d)
    np.testing.assert_allclose(one[:, 0], first + second, rtol=1e-12)
    larger, _ = FORMS["coupled"].columns(np.array([0.3, 0.5, 1e-3, 0.4]), n, d)
    np.testing.assert_allclose(larger[:, 0], np.maximum(first, second), rtol=1e-3)
    kaplan, _ = FORMS["kaplan"].columns(np.array([0.3, 0.5, 0.4]), n, d)
    np.testing.assert_allclose(kaplan[:, 0], (first**2 + second**2) ** 0.5, rtol=1e-12)


def test_variable_projection_is_well_conditioned_and_finds_the_least_squares():
    runs = checked_runs(*made("additive", 0.003))
    problem = Problem(FORMS["additive"], runs)
    found = [problem.minimise(np.array(start)) for start in FORMS["additive"].starts]
    assert np.ptp([cost for _, cost in found]) < 1e-8 * found[0][1]
    theta, cost = found[0]
    assert fit_form(FORMS["additive"], runs).condition < 10  # 1e6 and more in all five parameters

    def all_five(x):
        return np.sum(
            ((x[0] + np.exp(x[1] - x[3] * np.log(runs.sizes)) + np.exp(x[2] - x[4] * np.log(runs.data))) / runs.loss - 1) ** 2
        )

    amplitudes = problem.project(theta)[2][1:] * np.exp(theta * np.array(problem.middle))
    start = np.array([problem.project(theta)[2][0], *np.log(amplitudes), *theta])
    assert all_five(start) == pytest.approx(cost, rel=1e-9)
    polished = minimize(all_five, start, method="Nelder-Mead", options={"maxiter": 2000, "fatol": 1e-14})
    assert polished.fun > cost * (1 - 1e-6)


def test_outliers_are_weighed_down():
    N, D, loss = made("additive", 0.002)
    spoilt = loss.copy()
    spoilt[[5, 30]] *= (1.3, 0.8)
    clean, robust = (fit_form(FORMS["additive"], checked_runs(N, D, table)) for table in (loss, spoilt))
    assert robust.weights[[5, 30]].max() < 0.1
    np.testing.assert_allclose(robust.exponents, clean.exponents, atol=0.02)


@pytest.mark.slow
def test_profile_intervals_hold_where_the_form_is_the_truth():
    inside = []
    for seed in range(24):
        runs = checked_runs(*made("additive", 0.005, seed))
        fit = fit_form(FORMS["additive"], runs)
        for name, truth in (("a", 0.34), ("b", 0.28), ("E", 1.7)):
            low, high = profile_interval(fit, runs, name, 0.9)
            inside.append(low <= truth <= high)
    assert 0.75 <= np.mean(inside) <= 1.0  # 72 of them, in 24 independent tables: 0.9 ± .05


def test_a_known_irreducible_loss_is_kept():
    N, D, loss = made("additive", 0.003)
    runs = checked_runs(N, D, loss)
    fit = fit_form(FORMS["additive"], runs, irreducible=1.7)
    assert fit.irreducible == 1.7
    free = fit_form(FORMS["additive"], runs)
    known, fitted = np.ptp(profile_interval(fit, runs, "a", 0.9, 1.7)), np.ptp(profile_interval(free, runs, "a", 0.9))
    assert known / fit.rms < fitted / free.rms


def test_the_coupled_form_is_better_on_the_public_table():
    runs = checked_runs(**public())
    fits = {name: fit_form(form, runs) for name, form in FORMS.items()}
    assert fits["coupled"].rms < 0.8 * fits["additive"].rms
    assert all(fit.agreement == 1.0 for fit in fits.values())
