"""Curves carried over beyond the labels: exact where the pool ends, right on known populations and digits, else refused."""

import numpy as np
import pytest

import numerics as nm
import theory as th
from numerics.data.transport import carried_over, decades_in_reach, measured_at


def gaussian_pool(task, n, noise, seed):
    """A pool of n points of a truncated population, its kernel that of linear regression."""
    rng = np.random.default_rng(seed)
    eigenvalues, coefficients = task.explicit()
    X = rng.normal(size=(n, len(eigenvalues))) * np.sqrt(eigenvalues)
    y = X @ (np.sqrt(coefficients) * rng.choice([-1.0, 1.0], size=len(eigenvalues))) + np.sqrt(noise) * rng.normal(size=n)
    return nm.pool_spectrum(X @ X.T, y)


def test_at_the_end_of_the_pool_nothing_is_carried():
    pool = gaussian_pool(th.PowerLaw(1.5, 0.4, size=300), 60, 0.1, 0)
    here = nm.predicted_learning_curve(pool, [pool.size], 0.01)
    there = carried_over(pool, [pool.size], 0.01)
    np.testing.assert_allclose(there.test, here.test, rtol=1e-9)
    np.testing.assert_allclose(there.train, here.train, rtol=1e-9)


def test_slopes_are_those_of_what_is_measured():
    pool = gaussian_pool(th.PowerLaw(1.5, 0.4, size=300), 60, 0.1, 1)
    low, at, high = (measured_at(pool, np.log(1e-2 / pool.eigenvalues[0]) + step) for step in (-1e-5, 0.0, 1e-5))
    ends = np.log(high.kappa / low.kappa)
    assert np.log(low.dof / high.dof) / ends == pytest.approx(at.moved, rel=1e-5)
    g = [1 / (pool.eigenvalues + 1e-2 * np.exp(step)) for step in (-1e-5, 0.0, 1e-5)]
    T = [len(one) * (pool.signal @ one) / one.sum() for one in g]
    assert T[1] - (T[2] - T[0]) / ends == pytest.approx(at.bias, rel=1e-5)


def test_a_known_population_is_predicted_at_four_times_the_points():
    task, noise, ridge = th.PowerLaw(1.4, 0.4, size=2000), 0.05, 0.02
    ratios = []
    for seed in range(24):
        found = carried_over(gaussian_pool(task, 100, noise, seed), [400, 1600], ridge)
        p = np.array([399.0, 1599.0])
        truth = th.linear_ridge().evaluate(task, n_samples=p, ridge=ridge * (p + 1) / p, noise=noise)
        ratios.append([found.test / (truth.test * (1 + 1 / (p + 1))), found.kappa / truth.kappa])
    ratios = np.array(ratios)
    mean, stderr = ratios.mean(axis=0), ratios.std(axis=0, ddof=1) / np.sqrt(len(ratios))
    assert (np.abs(mean - 1) < 4 * stderr + 0.02).all()  # a bias of order 1/n beside the scatter
    assert np.median(np.abs(ratios[:, 0, 0] - 1)) < 0.15


@pytest.mark.slow
def test_digits_are_predicted_at_four_times_the_labels():
    digits = nm.load("digits")
    truth = nm.learning_curve(digits, kernel="laplace", ridge=0.01, n_samples=[800], trials=3)
    carried, power = [], []
    for seed in range(3):
        part = nm.learning_curve(
            digits, kernel="laplace", pool=200, ridge=0.01, n_samples=[25, 50, 100, 800], trials=4, seed=seed
        )
        assert np.isnan(part.measured[3])
        assert np.isnan(part.relative_error[3])
        assert part.trials[3] == 0
        assert part.reach[3] > 0.3
        assert np.isfinite(part.median_relative_error)
        slope, level = np.polyfit(np.log(part.n_samples[:3]), np.log(part.measured[:3]), 1)
        power.append(abs(np.exp(level + slope * np.log(800)) / truth.measured[0] - 1))
        carried.append(abs(part.predicted[3] / truth.measured[0] - 1))
    assert np.median(carried) < 0.08
    assert np.median(carried) < 0.5 * np.median(power)


def test_out_of_reach_is_refused():
    pool = gaussian_pool(th.PowerLaw(1.5, 0.4, size=300), 60, 0.1, 0)
    ridges = np.geomspace(1e-4, 1.0, 30)
    reached = []
    for ridge in ridges:
        try:
            found = carried_over(pool, [240], ridge)
        except ValueError:
            reached.append(False)
        else:
            assert found.reach[0] >= 0.3
            np.testing.assert_array_equal(found.reach, decades_in_reach(pool, [240], ridge))
            reached.append(True)
    with pytest.raises(ValueError, match="decades of κ are, of 0.3 needed"):
        carried_over(pool, [240], ridges[0])
    inside = decades_in_reach(pool, [10, 30, 60, 120], 0.1)
    assert (np.diff(inside) < 0).all()  # more samples see a smaller κ
    assert (np.diff(decades_in_reach(pool, [10, 30, 50], 0.0)) < 0).all()
    assert sorted(reached) == reached
    assert {*reached} == {False, True}


@pytest.mark.parametrize(("ridge", "sizes"), [([0.01, 0.02], [20, 100]), (np.array([0.1]), [100])])
def test_ridges_of_each_size_are_refused_with_the_reason(ridge, sizes):
    X = np.random.default_rng(0).normal(size=(60, 4))
    with pytest.raises(ValueError, match="the same at every P, where P goes beyond .*; retuned at each size"):
        nm.learning_curve(X, X[:, 0], ridge=ridge, n_samples=sizes)


def test_several_ridges_give_curves_of_one_ridge_each():
    X = np.random.default_rng(0).normal(size=(60, 4))
    several = nm.learning_curve(X, X[:, 0], "laplace", ridge=[0.3, 0.1], n_samples=[20, 40, 100], trials=2)
    alone = nm.learning_curve(X, X[:, 0], "laplace", ridge=0.1, n_samples=[20, 40, 100], trials=2)
    np.testing.assert_array_equal(several[1].predicted, alone.predicted)
    assert np.isnan(alone.measured).tolist() == [False, False, True]


def test_beyond_the_labels_alone():
    X = np.random.default_rng(0).normal(size=(80, 4))
    curve = nm.learning_curve(X, X[:, 0], "laplace", ridge=0.1, n_samples=[100, 1000])
    assert np.isnan(curve.median_relative_error)
    assert (np.diff(curve.predicted) < 0).all()
    assert curve.measured.shape == (2,)
