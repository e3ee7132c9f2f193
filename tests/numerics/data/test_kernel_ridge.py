"""Kernel ridge on random splits, by definition, and leave-one-out errors by leaving out."""

import warnings

import numpy as np
import pytest

from numerics.data.capacity import capacity_estimate
from numerics.data.kernel_ridge import default_trials, loo_over_gcv, measured_learning_curve
from numerics.data.kernels import kernel_matrix
from numerics.data.learning_curve import predicted_learning_curve
from numerics.data.pool import pool_spectrum

RNG = np.random.default_rng(11)
X = RNG.standard_normal((120, 6))
Y = np.column_stack([np.sin(X[:, 0]) + X[:, 1] * X[:, 2], X[:, 3]])
Y = Y - Y.mean(axis=0)
K = kernel_matrix(X, "laplace")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    MATRIX = np.matrix([[1]])


@pytest.mark.parametrize("intercept", [False, True])
def test_a_split_is_kernel_ridge_written_out(intercept):
    """With an intercept b: K α + b 1 + δ α = y and 1ᵀα = 0."""
    measured = measured_learning_curve(K, Y, [30, 90], 0.02, trials=3, seed=4, intercept=intercept)
    for i, P in enumerate((30, 90)):
        errors = []
        for trial in range(3):
            stream = np.random.default_rng(np.random.SeedSequence(4, spawn_key=(trial,)))
            order = stream.permutation(120)
            train, test = order[:P], order[P:]
            bordered = np.ones((P + 1, P + 1))
            bordered[:P, :P] = K[train][:, train] + 0.02 * P * np.eye(P)
            bordered[P, P] = 0.0 if intercept else 1e300
            solution = np.linalg.solve(bordered, np.vstack([Y[train], np.zeros((1, 2))]))
            residuals = [Y[part] - K[part][:, train] @ solution[:P] - solution[P] for part in (test, train)]
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
        {"ridge": None},
        {"ridge": np.ma.masked},
        {"n_samples": [1, 20]},
        {"n_samples": np.zeros((1,) * 40)},
        {"n_samples": np.ma.masked_equal([10, 20], 10)},
        {"n_samples": True},
        {"trials": 10**9},
        {"trials": True},
        {"seed": MATRIX},
        {"seed": -1},
        {"seed": None},
        {"intercept": "no"},
        {"progress": 3},
        {"intercept": 1},
        {"targets": None},
        {"targets": 1e151 * Y},
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


@pytest.mark.parametrize("intercept", [False, True])
def test_loo_over_gcv_by_leaving_each_point_out(intercept):
    ridge, M = 0.003, len(K)
    delta = ridge * M
    left_out = 0.0
    for i in range(M):
        rest = np.delete(np.arange(M), i)
        bordered = np.ones((M, M))
        bordered[:-1, :-1] = K[rest][:, rest] + delta * np.eye(M - 1)
        bordered[-1, -1] = 0.0 if intercept else 1e300
        solution = np.linalg.solve(bordered, np.vstack([Y[rest], np.zeros((1, 2))]))
        left_out += np.sum((Y[i] - K[i, rest] @ solution[:-1] - solution[-1]) ** 2) / M
    gcv = float(predicted_learning_curve(pool_spectrum(K, Y, intercept=intercept), M, ridge).test[0])
    gcv = gcv / (1.0 - intercept / M**2)
    assert loo_over_gcv(K, Y, ridge, intercept=intercept) == pytest.approx(left_out / gcv, rel=1e-9)


def test_a_kernel_of_small_rank_is_not_blamed_on_repeated_points():
    low = kernel_matrix(X, "linear")
    for call in (
        lambda: capacity_estimate(low, [4, 8]),
        lambda: measured_learning_curve(low, Y, [40], 0.0, trials=2),
        lambda: measured_learning_curve(low, Y, [40], 0.0, trials=2, intercept=False),
        lambda: loo_over_gcv(low, Y, 0.0),
    ):
        with pytest.raises(ValueError, match=r"^ridge = 0\.0 .*the rank of the kernel is smaller") as caught:
            call()
        assert "repeated" not in str(caught.value)
    twice = np.vstack([X[:30], X[:30]])
    with pytest.raises(ValueError, match="repeated points"):
        measured_learning_curve(kernel_matrix(twice, "laplace"), np.arange(60), [50], 0.0, trials=2)
