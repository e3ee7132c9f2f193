"""The best sizes on the real risk: no point of a grid or nearby is better; negative ridges, borders, projections, bad input."""

import copy
import math
import pickle

import numpy as np
import pytest

import theory as th
from theory.solve.optima.sizes import AllocationSearch

BOTH = {"n_samples": 1, "n_features": 1}


def test_no_minimum_is_missed_by_a_thousandth():
    """Relu features, cost N² P², budget 1522.3237, noise 1: 1.693641 at N = 7 (a zooming grid ended at 1.695516, N = 8.03)."""
    model, task = th.nonlinear_random_features("relu"), th.PowerLaw(1.5, 0.8).truncate(50)
    best = model.optimum(task, {"n_features": 2, "n_samples": 2}, 1522.3237, noise=1)
    ridges = np.geomspace(3e-3, 6e-3, 2000)
    at = {width: float(model.evaluate(task, n_features=width, n_samples=math.sqrt(1522.3237) / width, ridge=ridges,
                                      noise=1).test.min()) for width in (6.7, 7.0, 8.03)}  # fmt: skip
    assert at[7.0] == pytest.approx(1.693641, abs=1e-6)
    assert best.converged
    assert best.status == AllocationSearch.INSIDE
    assert best.risk < min(at.values())
    assert best.n_features == pytest.approx(6.822, abs=1e-3)
    again = model.evaluate(task, **best.arguments)
    assert float(again.test) == pytest.approx(best.risk, rel=1e-12)


def test_the_ridge_may_be_negative():
    model, task = th.linear_ridge(), th.PowerLaw(1.5, 1.5, size=300)
    best = model.optimum(task, {"n_samples": 1}, 20)
    ridge = model.optimal_ridge(task, n_samples=20)
    assert best.ridge == pytest.approx(float(ridge), rel=1e-5)
    assert best.ridge < 0
    assert best.risk == pytest.approx(float(ridge.risk), rel=1e-12)
    assert model.optimum(task, {"n_samples": 1}, 20, ridge=-6e-3).risk == pytest.approx(0.00109742, rel=1e-5)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_nothing_nearby_is_better(noise):
    model, task = th.random_features(), th.PowerLaw(1.5, 0.4)
    best, rng = model.optimum(task, BOTH, 1e5, noise=noise), np.random.default_rng(3)
    for width in (1e-3, 1e-2, 0.1, 1.0):
        samples = best.n_samples * np.exp(width * rng.normal(size=300))
        ridge = best.ridge * np.exp(width * rng.normal(size=300))
        kept = (samples >= 1) & (samples <= 1e5)
        others = model.evaluate(task, n_samples=samples[kept], n_features=1e5 / samples[kept], ridge=ridge[kept], noise=noise)
        assert np.nanmin(others.test) >= best.risk * (1 - 1e-13)


@pytest.mark.slow
def test_three_sizes():
    model, task = th.deep_random_features(2), th.PowerLaw(1.5, 0.4)
    best = model.optimum(task, {"n_samples": 1, "n_features_1": 1, "n_features_2": 1}, 1e6, noise=0.1)
    rng = np.random.default_rng(4)
    for width in (1e-3, 1e-2, 0.1, 1.0):
        first, second, ridge = (getattr(best, key) * np.exp(width * rng.normal(size=1000))
                                for key in ("n_features_1", "n_features_2", "ridge"))  # fmt: skip
        kept = (first >= 1) & (second >= 1) & (first * second <= 1e6)
        given = {"n_features_1": first[kept], "n_features_2": second[kept], "ridge": ridge[kept]}
        others = model.evaluate(task, n_samples=1e6 / (first * second)[kept], noise=0.1, **given)
        assert np.nanmin(others.test) >= best.risk * (1 - 1e-12)
    assert best.converged


def test_a_projection_stays_within_its_input():
    """The budget would allow more features than the population has dimensions: it takes all of those, and says so."""
    model, task = th.Chain(th.Samples(), th.HaarProjection()), th.PowerLaw(1.2, 0.3, size=20)
    best = model.optimum(task, BOTH, 1e5, noise=0.01)
    assert best.n_features == pytest.approx(20, rel=1e-5)
    assert best.status == AllocationSearch.BORDER
    assert "border" in best.reason
    widths = np.linspace(1, 20, 20)
    least = model.optimal_ridge(task, n_features=widths, n_samples=1e5 / widths, noise=0.01).risk.min()
    assert best.risk <= least * (1 + 1e-6)


def test_copies():
    best = th.linear_ridge().optimum(th.PowerLaw(1.5, 0.4), {"n_samples": 1}, 50, noise=0.1)
    for again in (pickle.loads(pickle.dumps(best)), copy.copy(best), copy.deepcopy(best)):
        assert again == best
        assert again.converged


@pytest.mark.parametrize(("change", "words"), [
    ({"budget": [1e4, 1e6]}, "budget"), ({"budget": "1e6"}, "budget"), ({"budget": None}, "budget"), ({"of": "bogus"}, "of"),
    ({"of": None}, "of"), ({"noise": "1e3"}, "noise"), ({"noise": [0.1, 0.2]}, "noise"), ({"noise": math.nan}, "noise"),
    ({"cost": {**BOTH, "ridge": "x"}}, "cost"), ({"ensemble": 3}, "ensemble"), ({"task": None}, "task"),
    ({"cost": {"n_samples": 1}, "n_features": math.nan}, "n_features"),
    ({"cost": {"n_samples": 1}, "n_features": -3}, "n_features"),
], ids=str)  # fmt: skip
def test_bad_input(change, words):
    given = {"task": th.PowerLaw(1.5, 0.4), "cost": BOTH, "budget": 1e4, **change}
    with pytest.raises(ValueError, match=words):
        th.random_features().optimum(**given)
