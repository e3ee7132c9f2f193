"""The capacity of data with a known one, and what has none."""

import warnings

import numpy as np
import pytest

from numerics.data.capacity import capacity_estimate
from numerics.data.kernels import kernel_matrix
from numerics.data.learning_curve import decay
from numerics.data.pool import pool_spectrum

RNG = np.random.default_rng(11)
X = RNG.standard_normal((120, 6))
Y = np.column_stack([np.sin(X[:, 0]) + X[:, 1] * X[:, 2], X[:, 3]])
Y = Y - Y.mean(axis=0)
K = kernel_matrix(X, "laplace")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    MATRIX = np.matrix([[1]])


def test_decay_of_a_power_law_is_its_capacity():
    pool = pool_spectrum(np.diag(np.arange(1.0, 401.0) ** -1.7), np.ones(400), intercept=False)
    assert decay(pool) == pytest.approx(1.7, rel=1e-6)
    assert decay(pool_spectrum(np.diag([1.0, 0.0, 0.0, 0.0]), np.ones(4), intercept=False)) == 0.0


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
        {"trials": True},
        {"trials": 10**9},
        {"seed": MATRIX},
        {"kernel": X},
        {"kernel": None},
        {"ridge": -1},
    ],
)
def test_bad_capacity_estimates_are_value_errors(change):
    with pytest.raises(ValueError):
        capacity_estimate(**({"kernel": K} | change))


def test_a_repeated_point_has_no_ridgeless_capacity():
    with pytest.raises(ValueError, match="repeated points"):
        capacity_estimate(np.ones((8, 8)), [4, 8])
