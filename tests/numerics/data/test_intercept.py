"""The mean, fitted on the training rows: nothing of a held-out row is used, and the theory of it is right."""

import numpy as np
import pytest

from numerics.data.kernel_ridge import measured_learning_curve
from numerics.data.kernels import kernel_matrix, standardise
from numerics.data.learning_curve import predicted_learning_curve
from numerics.data.pool import pool_spectrum

RNG = np.random.default_rng(11)
X = RNG.standard_normal((120, 6))
Y = np.column_stack([np.sin(X[:, 0]) + X[:, 1] * X[:, 2], X[:, 3]])
Y = Y - Y.mean(axis=0)
K = kernel_matrix(X, "laplace")


def test_the_mean_is_that_of_the_training_rows():
    """Linear ridge with features and targets centred on the training rows by hand."""
    raw, y = X + 3.0, Y + 5.0
    measured = measured_learning_curve(kernel_matrix(raw, "linear"), y, [10, 119], 0.03, trials=2, seed=6)
    for i, P in enumerate((10, 119)):
        errors = []
        for trial in range(2):
            order = np.random.default_rng(np.random.SeedSequence(6, spawn_key=(trial,))).permutation(120)
            train, test = order[:P], order[P:]
            A, b = raw[train] - raw[train].mean(axis=0), y[train] - y[train].mean(axis=0)
            w = np.linalg.solve(A.T @ A / 6 + 0.03 * P * np.eye(6), A.T @ b / 6)
            residual = y[test] - y[train].mean(axis=0) - (raw[test] - raw[train].mean(axis=0)) @ w
            errors.append(np.mean(np.sum(residual**2, axis=1)))
        assert measured.test[i] == pytest.approx(np.mean(errors), rel=1e-10)


@pytest.mark.parametrize("kernel", ["linear", "ntk", "rbf"])
def test_a_prediction_knows_nothing_of_the_held_out_target(kernel):
    """Moving one target by s moves its residual from r to r + s, also when all targets are centred together before."""
    rng = np.random.default_rng(3)
    table, y = kernel_matrix(standardise(rng.standard_normal((20, 50))), kernel), rng.standard_normal(20)

    def last(seed, trial):
        return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(trial,))).permutation(20)[-1]

    seed = next(seed for seed in range(1000) if last(seed, 0) == last(seed, 1))  # both splits leave out the same row
    squares = []
    for shift in (0.0, 2.0, -2.0):
        moved = y + shift * (np.arange(20) == last(seed, 0))
        measured = measured_learning_curve(table, moved - moved.mean(), 19, 1e-10, trials=2, seed=seed)
        assert measured.test_stderr[0] == pytest.approx(0.0, abs=1e-9)
        squares.append(measured.test[0])
    residual = (squares[1] - squares[2]) / 8.0
    assert squares == pytest.approx([residual**2, (residual + 2.0) ** 2, (residual - 2.0) ** 2], rel=1e-6)
    assert squares[0] > 1e-3


@pytest.mark.parametrize(("n_features", "ridge"), [(200, 1e-10), (200, 0.01), (20, 0.01)])
def test_noise_is_not_learnt_and_theory_says_how_badly(n_features, ridge):
    """Pure noise, unit variance: no held-out error below 1, and the prediction that of many pools of 60."""
    P, measured, predicted = [20, 40, 58], [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        table = kernel_matrix(standardise(rng.standard_normal((60, n_features))), "linear")
        noise = rng.standard_normal(60)
        measured.append(measured_learning_curve(table, noise - noise.mean(), P, ridge, trials=2, seed=seed).test)
        predicted.append(predicted_learning_curve(pool_spectrum(table, noise), P, ridge).test)
    difference = np.array(measured) - np.array(predicted)
    z = difference.mean(axis=0) / (difference.std(axis=0, ddof=1) / np.sqrt(60))
    assert (np.abs(z) < 3.0).all()
    assert (np.mean(measured, axis=0) > 1.0).all()
    assert (np.mean(predicted, axis=0) > 1.0).all()


def test_without_features_the_error_is_that_of_a_mean():
    """A huge ridge: the mean of P of M values, without replacement, misses another by s²(1 + 1/P) on average, exactly."""
    P, variance = np.array([2, 7, 60, 119, 120]), np.var(Y, axis=0, ddof=1).sum()
    predicted = predicted_learning_curve(pool_spectrum(K, Y), P, 1e14)
    np.testing.assert_allclose(predicted.test, variance * (1.0 + 1.0 / P), rtol=1e-11)
    np.testing.assert_allclose(predicted.train, variance * (1.0 - 1.0 / P), rtol=1e-11)
    measured = measured_learning_curve(K, Y, P[:4], 1e14, trials=400)
    assert (np.abs(measured.test - predicted.test[:4]) < 4.0 * measured.test_stderr).all()
    assert (np.abs(measured.train - predicted.train[:4]) < 4.0 * measured.train_stderr + 1e-12).all()


def test_an_intercept_is_a_mode_of_infinite_variance():
    """K + c for large c, but for the held-out error of the mean itself, P/(P − 1) there and 1 + 1/P when it is exact."""
    P = np.array([2, 5, 30, 60, 100, 119])
    own = predicted_learning_curve(pool_spectrum(K, Y), P, 0.01)
    mode = predicted_learning_curve(pool_spectrum(K + 1e7, Y, intercept=False), P, 0.01)
    np.testing.assert_allclose(own.train, mode.train, rtol=1e-5)
    np.testing.assert_allclose(own.test / (1.0 + 1.0 / P), mode.test / (P / (P - 1.0)), rtol=1e-5)
