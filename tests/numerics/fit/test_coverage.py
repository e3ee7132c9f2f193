"""What bands and intervals are worth, measured on tables of the library's own theory, which no fitted form is."""

import warnings

import numpy as np
import pytest
from scipy.stats import norm

import numerics as nm
import theory as th
from numerics.fit.forms import FORMS
from numerics.fit.models.random_features import least_risk
from numerics.fit.projection import Problem, fit_form
from tests.numerics.fit.tables import own, public

Z = float(norm.ppf(0.95))
RESAMPLES = 30


def wald(fit, runs, N, D):
    """The standard error of ln L_fit at N, D by the Jacobian of all parameters."""

    def slopes(sizes, data):
        columns, moved = fit.form.columns(fit.theta, np.log(sizes) - fit.middle[0], np.log(data) - fit.middle[1])
        rows = np.column_stack([np.ones(len(sizes)), columns, np.einsum("ijk,j->ik", moved, fit.linear[1:])])
        return rows / fit.predict(sizes, data)[:, None]

    J = slopes(runs.sizes, runs.data)
    covariance = np.linalg.pinv(J.T @ J) * fit.rms**2
    at = slopes(N, D)
    return np.sqrt(np.einsum("ij,jk,ik->i", at, covariance, at) + fit.rms**2)


def bootstrap(fit, runs, N, D, rng):
    """Predictions of refits to resampled residuals, with new residuals added."""
    found = []
    for _ in range(RESAMPLES):
        loss = fit.predict(runs.sizes, runs.data) * np.exp(rng.choice(fit.residuals, size=len(runs)))
        problem = Problem(fit.form, type(runs)(runs.sizes, runs.data, loss, runs.compute))
        theta, _ = problem.minimise(fit.theta)
        columns, _ = fit.form.columns(theta, np.log(N) - fit.middle[0], np.log(D) - fit.middle[1])
        linear = problem.project(theta)[2]
        found.append(np.log(linear[0] + columns @ linear[1:]) + rng.choice(fit.residuals, size=len(N)))
    return np.quantile(found, [0.05, 0.95], axis=0)


@pytest.mark.slow
def test_backtested_bands_hold_at_ten_times_the_compute_and_the_others_do_not(capsys):
    draw = np.random.default_rng(0)
    inside = {"backtest": [], "wald": [], "bootstrap": []}
    exponents, errors = [], {"auto": [], "additive": []}
    for seed in range(24):
        capacity, source, noise = draw.uniform(1.2, 2.2), draw.uniform(0.15, 0.8), 10 ** draw.uniform(-4, -1)
        N, P, risk = own(capacity, source, noise, budgets=9)
        rng = np.random.default_rng(seed)
        loss = risk * np.exp(10 ** rng.uniform(-3, -2) * rng.normal(size=len(risk)))
        compute = N * P
        known, held = compute < 1.1e7, compute > 9e7  # seven budgets over three decades; ten times the largest
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", nm.FitWarning)
            fit = nm.fit_runs(N[known], P[known], loss[known])
        forecast = fit.forecast(N[held], P[held])
        np.testing.assert_allclose(forecast.factor, 10.0)
        inside["backtest"].append(np.mean((forecast.low < loss[held]) & (loss[held] < forecast.high)))
        one = fit.fits["additive"]
        miss = np.log(loss[held] / one.predict(N[held], P[held]))
        inside["wald"].append(np.mean(np.abs(miss) < Z * wald(one, fit.runs, N[held], P[held])))
        low, high = bootstrap(one, fit.runs, N[held], P[held], rng)
        inside["bootstrap"].append(np.mean((low < np.log(loss[held])) & (np.log(loss[held]) < high)))
        errors["auto"].append(np.sqrt(np.mean(np.log(loss[held] / forecast.loss) ** 2)))
        errors["additive"].append(np.sqrt(np.mean(miss**2)))
        reach = Z * np.sqrt(one.covariance[0, 0])
        exponents.append(
            abs(one.theta[0] - 2 * capacity * min(source, 0.5)) < reach
        )  # that of the least risk as N alone limits it
    covered = {name: float(np.mean(values)) for name, values in inside.items()}
    with capsys.disabled():
        print(f"\nat 10 times the compute, nominal 90 %: {', '.join(f'{name} {share:.0%}' for name, share in covered.items())}")
        print(f"the exponent in N inside its nominal 90 % interval: {np.mean(exponents):.0%}")
        print("median error:", ", ".join(f"{name} {np.median(values):.2%}" for name, values in errors.items()))
    assert 0.80 <= covered["backtest"] <= 0.97
    assert max(covered["wald"], covered["bootstrap"]) < covered["backtest"]
    assert np.mean(exponents) < 0.6


@pytest.mark.slow
def test_allocation_suffers_less_than_exponents():
    for seed, (capacity, source) in enumerate([(1.3, 0.3), (1.6, 0.4), (2.0, 0.5), (1.5, 0.7)]):
        N, P, risk = own(capacity, source, 0.02)
        loss = risk * np.exp(0.003 * np.random.default_rng(seed).normal(size=len(N)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", nm.FitWarning)
            fit = nm.fit_runs(N, P, loss)
        budget = 10 * fit.runs.compute.max()
        split = fit.allocation(budget)
        grid = np.append(np.exp(np.linspace(-4, 4, 161)) * np.sqrt(budget / 6), split.sizes)
        truth = least_risk(th.PowerLaw(capacity, source), 0.02, grid, budget / 6 / grid)
        lost = truth[-1] - truth.min()
        assert lost < 0.005 * truth.min()
        assert lost < 5 * split.regret
        assert 1 < split.sizes / grid[truth[:-1].argmin()] < 3  # towards larger models, by the form's bias


@pytest.mark.slow
def test_the_public_table_s_own_coverage(capsys):
    """Every cut of the public table by a factor of 3 and 10 that leaves enough runs: forecasts of what was left out."""
    table = public()
    compute = 6 * table["sizes"] * table["data"]
    inside, residual = [], []
    for top in (1e20, 4e20, 1e21, 3e21):
        known = compute < top
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", nm.FitWarning)
            fit = nm.fit_runs(**{name: values[known] for name, values in table.items()})
            held = ~known & (compute <= fit.runs.compute.max() * fit.tested_factor)
            forecast = fit.forecast(table["sizes"][held], table["data"][held])
        loss = table["loss"][held]
        inside.extend((forecast.low < loss) & (loss < forecast.high))
        one = fit.fits["additive"]
        miss = np.log(loss / one.predict(table["sizes"][held], table["data"][held]))
        residual.extend(np.abs(miss) < Z * wald(one, fit.runs, table["sizes"][held], table["data"][held]))
    with capsys.disabled():
        print(f"\npublic table, {len(inside)} forecasts: backtest {np.mean(inside):.0%}, Wald {np.mean(residual):.0%}")
    assert np.mean(inside) >= 0.75
    assert fit_form(FORMS["coupled"], fit.runs).rms < fit.fits["additive"].rms
