"""The best sizes and step of one pass of SGD at a given cost, on the real risk."""

import warnings

import numpy as np
import pytest

import theory as th
from theory.solve.optima.sizes import AllocationSearch

TASK, SGD = th.PowerLaw(1.5, 0.4), th.OnePassSGD()


def test_no_step_is_better_at_given_data():
    best = SGD.optimum(TASK, {"n_samples": 1}, 1e5, noise=1.0)
    assert (best.n_samples, best.n_features, best.status) == (pytest.approx(1e5), np.inf, AllocationSearch.INSIDE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", th.UnstableStepWarning)
        around = SGD.evaluate(TASK, n_samples=best.n_samples, step=best.step * np.array([0.5, 0.8, 1, 1.25, 2]), noise=1.0).test
    assert around[2] == best.risk
    assert (around >= best.risk).all()


def test_nothing_on_the_budget_is_better():
    best = SGD.optimum(TASK, {"n_samples": 1, "n_features": 1}, 3e3)
    assert best.n_samples * best.n_features == pytest.approx(3e3)
    widths = best.n_features * np.array([0.7, 1.4])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", th.UnstableStepWarning)
        around = SGD.evaluate(TASK, n_samples=3e3 / widths, n_features=widths, step=best.step).test
    assert (around > best.risk).all()


def test_a_fixed_step_stays():
    best = SGD.optimum(TASK, {"n_samples": 1}, 1e4, step=0.1, n_features=30.0, of="bias")
    assert best.step == 0.1
    assert best.risk == SGD.evaluate(TASK, n_samples=1e4, n_features=30.0, step=0.1).bias


@pytest.mark.parametrize(
    ("cost", "budget", "fixed", "message"),
    [
        ({}, 1e5, {}, "cost = "), ({"n_samples": -1}, 1e5, {}, "positive for sizes"), ({"step": 1}, 1e5, {}, "remove step"),
        ({"n_features": 1}, 1e5, {}, "n_samples"), ({"n_samples": 1}, -1, {}, "budget = -1"),
        ({"n_samples": 1}, 1e5, {"ridge": 1.0}, "ridge = 1.0"), ({"n_samples": 1}, 1e5, {"of": "train"}, "of = 'train'"),
    ],
)  # fmt: skip
def test_what_is_refused(cost, budget, fixed, message):
    with pytest.raises(ValueError, match=message):
        SGD.optimum(TASK, cost, budget, **fixed)
