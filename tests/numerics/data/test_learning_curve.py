"""Measured curves by definition, predicted ones against the published closed form, and both on real data."""

import warnings

import numpy as np
import pytest

from numerics.data.capacity import capacity_estimate
from numerics.data.kernel_ridge import default_trials, loo_over_gcv, measured_learning_curve
from numerics.data.kernels import kernel_matrix, standardise
from numerics.data.learning_curve import (
    TheoryLimitWarning,
    decay,
    default_sample_sizes,
    learning_curve,
    limits,
    predicted_learning_curve,
)
from numerics.data.sets import DataWarning, load, pool_spectrum
from tests.references.pool_formula import pool_formula

RNG = np.random.default_rng(11)
X = RNG.standard_normal((120, 6))
Y = np.column_stack([np.sin(X[:, 0]) + X[:, 1] * X[:, 2], X[:, 3]])
Y = Y - Y.mean(axis=0)
K = kernel_matrix(X, "laplace")


def test_a_split_is_kernel_ridge_written_out():
    measured = measured_learning_curve(K, Y, [30, 90], 0.02, trials=3, seed=4)
    for i, P in enumerate((30, 90)):
        errors = []
        for trial in range(3):
            stream = np.random.default_rng(np.random.SeedSequence(4, spawn_key=(trial,)))
            order = stream.permutation(120)
            train, test = order[:P], order[P:]
            dual = np.linalg.inv(K[train][:, train] + 0.02 * P * np.eye(P)) @ Y[train]
            residuals = [Y[part] - K[part][:, train] @ dual for part in (test, train)]
            errors.append([np.mean(np.sum(r**2, axis=1)) for r in residuals])
        mean, stderr = np.mean(errors, axis=0), np.std(errors, axis=0, ddof=1) / np.sqrt(3)
        np.testing.assert_allclose([measured.test[i], measured.train[i]], mean, rtol=1e-10)
        np.testing.assert_allclose([measured.test_stderr[i], measured.train_stderr[i]], stderr, rtol=1e-8)


def test_points_do_not_depend_on_their_company():
    alone = measured_learning_curve(K, Y, 40, 0.01, trials=4, seed=9)
    together = measured_learning_curve(K, Y, [80, 20, 40], 0.01, trials=4, seed=9)
    assert alone.test[0] == together.test[2]
    assert alone.test[0] != measured_learning_curve(K, Y, 40, 0.01, trials=4, seed=10).test[0]


def test_without_ridge_the_training_error_vanishes():
    measured = measured_learning_curve(K, Y, [20, 60], 0.0, trials=3)
    assert (measured.train == 0.0).all()
    assert (measured.test > 0.0).all()


def test_default_trials_are_many_where_they_are_cheap():
    assert default_trials([100, 3000, 4000, 20_000]).tolist() == [30, 22, 9, 4]


@pytest.mark.parametrize(
    "change",
    [
        {"n_samples": [10, 120]},
        {"n_samples": 0},
        {"n_samples": 10.5},
        {"n_samples": []},
        {"n_samples": np.nan},
        {"ridge": -1.0},
        {"ridge": np.inf},
        {"ridge": "small"},
        {"ridge": [0.1, 0.2]},
        {"trials": 1},
        {"trials": 2.5},
        {"targets": np.ones(7)},
        {"kernel": X},
        {"kernel": X @ X.T, "ridge": 0.0},
    ],
)
def test_bad_measurements_are_value_errors(change):
    arguments = {"kernel": K, "targets": Y, "n_samples": [10, 20], "ridge": 0.1, "trials": 2} | change
    with pytest.raises(ValueError):
        measured_learning_curve(**arguments)


@pytest.mark.parametrize("kernel", ["laplace", "rbf", "linear"])
def test_prediction_is_the_published_pool_formula(kernel):
    pool = pool_spectrum(kernel_matrix(X, kernel), Y)
    P = np.array([1, 5, 30, 60, 100, 119, 120])
    for ridge in (1e-1, 1e-3, 1e-7):
        predicted = predicted_learning_curve(pool, P, ridge)
        assert np.all(predicted.converged)
        for i, size in enumerate(P):
            test, train, kappa = (float(v) for v in pool_formula(pool.eigenvalues, pool.signal, size, ridge, dps=30))
            assert predicted.kappa[i] == pytest.approx(kappa, rel=1e-10)
            assert predicted.test[i] == pytest.approx(test, rel=1e-9)
            assert predicted.train[i] == pytest.approx(train, rel=1e-9)


def test_the_whole_pool_gives_generalised_cross_validation():
    ridge, M = 0.01, len(K)
    predicted = predicted_learning_curve(pool_spectrum(K, Y), M, ridge)
    G = np.linalg.inv(K + ridge * M * np.eye(M))
    gcv = np.sum((G @ Y) ** 2) / M / (np.trace(G) / M) ** 2
    assert predicted.test[0] == pytest.approx(gcv, rel=1e-10)


def test_beyond_the_pool_is_refused():
    with pytest.raises(ValueError, match="larger pool"):
        predicted_learning_curve(pool_spectrum(K, Y), [100, 121], 0.01)


def test_loo_over_gcv_by_leaving_each_point_out():
    ridge, M = 0.003, len(K)
    delta = ridge * M
    left_out = 0.0
    for i in range(M):
        rest = np.delete(np.arange(M), i)
        dual = np.linalg.solve(K[rest][:, rest] + delta * np.eye(M - 1), Y[rest])
        left_out += np.sum((Y[i] - K[i, rest] @ dual) ** 2) / M
    gcv = float(predicted_learning_curve(pool_spectrum(K, Y), M, ridge).test[0])
    assert loo_over_gcv(K, Y, ridge) == pytest.approx(left_out / gcv, rel=1e-9)


def test_limits_speak_up_only_where_the_theory_fails():
    pool = pool_spectrum(K, Y)
    assert limits(pool, 0.01 * pool.mean_diagonal) == ()
    (message,) = limits(pool, 0.005 * pool.mean_diagonal)
    assert "10-30 %" in message
    smooth = pool_spectrum(kernel_matrix(X[:, :1], "rbf"), Y)
    assert decay(smooth) > 5.0
    (message,) = limits(smooth, 0.0)
    assert "20-50 %" in message


def test_decay_of_a_power_law_is_its_capacity():
    pool = pool_spectrum(np.diag(np.arange(1.0, 401.0) ** -1.7), np.ones(400))
    assert decay(pool) == pytest.approx(1.7, rel=1e-6)
    assert decay(pool_spectrum(np.diag([1.0, 0.0, 0.0, 0.0]), np.ones(4))) == 0.0


def test_default_sample_sizes():
    sizes = default_sample_sizes(5000)
    assert (sizes[0], sizes[-1], len(sizes)) == (50, 4000, 12)
    assert default_sample_sizes(3).tolist() == [2]


def test_warnings_are_given_and_recorded():
    doubled, targets = np.vstack([X, X[:5]]), np.vstack([Y, Y[:5]])
    with pytest.warns(TheoryLimitWarning), pytest.warns(DataWarning):
        curve = learning_curve(doubled, targets, "laplace", ridge=1e-5, n_samples=[20, 90], trials=3)
    assert len(curve.warnings) == 2
    assert curve.pool_size == 120


def test_loo_correction_multiplies_the_prediction():
    plain, corrected = (
        learning_curve(X, Y, "laplace", n_samples=[30, 90], trials=2, loo_correction=on) for on in (False, True)
    )
    ratio = loo_over_gcv(kernel_matrix(standardise(X), "laplace"), Y, plain.ridge)
    np.testing.assert_allclose(corrected.predicted, plain.predicted * ratio ** (np.array([30, 90]) / 120), rtol=1e-10)
    np.testing.assert_array_equal(corrected.measured, plain.measured)


@pytest.mark.parametrize("change", [{"pool": 121}, {"pool": 2}, {"pool": 50.0}, {"kernel": "no"}, {"scaling": "no"}])
def test_bad_curves_are_value_errors(change):
    with pytest.raises(ValueError):
        learning_curve(X, Y, **change)


@pytest.mark.parametrize("kernel", ["rbf", "laplace", "ntk"])
def test_digits_are_predicted_within_three_percent(kernel):
    data = load("digits")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curve = learning_curve(data.features, data.targets, kernel, trials=8, seed=1)
    assert curve.n_samples[-1] == int(0.8 * 1797)
    assert curve.median_relative_error <= 0.015
    # Where the measurement is sharp the prediction must be too, held-out and training error alike.
    sharp = curve.n_samples > 300
    assert (np.abs(curve.relative_error[sharp]) < 0.02 + 3.0 * (curve.stderr / curve.measured)[sharp]).all()
    assert (np.abs(curve.predicted_train / curve.measured_train - 1.0)[sharp] < 0.03).all()


@pytest.mark.slow
@pytest.mark.parametrize("kernel", ["rbf", "laplace", "ntk"])
def test_mnist_is_predicted_within_three_percent(kernel):
    data = load("mnist5k")
    curve = learning_curve(data.features, data.targets, kernel, trials=3, seed=1)
    assert curve.n_samples[-1] == 4000
    assert curve.median_relative_error <= 0.01
    assert np.abs(curve.relative_error).max() <= 0.05


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_capacity_of_the_laplace_kernel_on_a_sphere(dimension):
    """1 + 1/d, where slopes of ranked eigenvalues say 1.37, 1.12, .97."""
    points = np.random.default_rng(dimension).standard_normal((1500, dimension + 1))
    points /= np.linalg.norm(points, axis=1)[:, None]
    estimate = capacity_estimate(kernel_matrix(points, "laplace", bandwidth=1.0), [50, 100, 200, 400, 800], trials=12)
    assert abs(estimate.capacity - (1.0 + 1.0 / dimension)) < 3.0 * estimate.stderr + 0.01
    assert estimate.stderr < 0.03


def test_capacity_counts_what_it_says():
    estimate = capacity_estimate(K, [20, 80], ridge=0.05, trials=2, seed=7)
    for i, P in enumerate((20, 80)):
        logs = []
        for trial in range(2):
            rows = np.random.default_rng(np.random.SeedSequence(7, spawn_key=(trial,))).permutation(120)[:P]
            logs.append(-np.log(np.trace(np.linalg.inv(K[rows][:, rows] + 0.05 * P * np.eye(P)))))
        assert estimate.kappa[i] == pytest.approx(np.exp(np.mean(logs)), rel=1e-10)
    slope = -np.log(estimate.kappa[1] / estimate.kappa[0]) / np.log(4.0)
    assert estimate.capacity == pytest.approx(slope, rel=1e-10)
    assert estimate.local_capacity[0] == pytest.approx(slope, rel=1e-10)
    assert capacity_estimate(K, trials=2).n_samples.tolist() == [3, 7, 15, 30, 60]


@pytest.mark.parametrize(
    "change",
    [
        {"n_samples": [20]},
        {"n_samples": [40, 20]},
        {"n_samples": [20, 121]},
        {"trials": 1},
        {"kernel": X},
        {"ridge": -1},
    ],
)
def test_bad_capacity_estimates_are_value_errors(change):
    with pytest.raises(ValueError):
        capacity_estimate(**({"kernel": K} | change))


def test_a_repeated_point_has_no_ridgeless_capacity():
    with pytest.raises(ValueError, match="repeated points"):
        capacity_estimate(np.ones((8, 8)), [4, 8])
