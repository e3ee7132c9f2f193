"""A change of population: matrices that do not commute, fixed first stages, generalised ridge, against draws of the data."""

from __future__ import annotations

import numpy as np
import pytest

import theory as th

RNG = np.random.default_rng(11)
DIMS, NOISE = 48, 0.2
ROOT = RNG.normal(size=(DIMS, DIMS)) * np.arange(1.0, DIMS + 1.0) ** -0.6
COVARIANCE = ROOT @ ROOT.T
TARGET = RNG.normal(size=DIMS) / np.sqrt(np.trace(COVARIANCE))
STAGE = RNG.normal(size=(DIMS, 20)) @ RNG.normal(size=(20, 32)) / 8.0  # of rank 20
PENALTY = np.diag(np.linspace(0.3, 3.0, 32)) + 0.2


def measured(stage, penalty, n_samples, ridge, trials, n_features=None):
    """Return the mean test risk and its standard error, by complex draws of the data (remainders of order 1/size²)."""
    rng, root, found = np.random.default_rng(5), np.linalg.cholesky(COVARIANCE), []

    def normal(*shape):
        return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)) / np.sqrt(2.0)

    for _ in range(trials):
        X = normal(n_samples, DIMS) @ root.T
        y = X @ TARGET + np.sqrt(NOISE) * normal(n_samples)
        first, weight = stage, penalty
        if n_features is not None:  # random features of the stage's, in the metric of the penalty
            turned = stage @ np.linalg.inv(np.linalg.cholesky(penalty)).T
            first = turned @ normal(stage.shape[1], n_features) / np.sqrt(n_features)
            weight = np.eye(n_features)
        Z = X @ first
        v = np.linalg.solve(Z.conj().T @ Z / n_samples + ridge * weight, Z.conj().T @ y / n_samples)
        error = TARGET - first @ v
        found.append(float((error.conj() @ COVARIANCE @ error).real) + NOISE)
    return float(np.mean(found)), float(np.std(found, ddof=1) / np.sqrt(trials))


@pytest.mark.parametrize(("stage", "penalty"), [(np.eye(DIMS), np.eye(DIMS)), (STAGE, np.eye(32)), (STAGE, PENALTY)])
def test_ridge_on_matrices_against_draws(stage, penalty):
    population = th.Discrete.from_matrices(COVARIANCE, TARGET, transform=stage, weights=penalty)
    mean, error = measured(stage, penalty, 40, 0.05, 300)
    exact = float(th.linear_ridge().evaluate(population, n_samples=40, ridge=0.05, noise=NOISE).test)
    assert abs(mean - exact) < 4.0 * error + 2e-3 * exact
    shifted = float(th.linear_ridge().evaluate(population, n_samples=44, ridge=0.05, noise=NOISE).test)
    assert abs(mean - shifted) > abs(mean - exact)


def test_random_features_after_a_stage_against_draws():
    population = th.Discrete.from_matrices(COVARIANCE, TARGET, transform=STAGE, weights=PENALTY)
    mean, error = measured(STAGE, PENALTY, 40, 0.05, 300, n_features=60)
    exact = float(th.random_features().evaluate(population, n_samples=40, n_features=60, ridge=0.05, noise=NOISE).test)
    assert abs(mean - exact) < 4.0 * error + 2e-3 * exact


def test_what_the_stage_cannot_reach_is_a_bias_that_stays():
    narrow = STAGE[:, :7]
    population = th.Discrete.from_matrices(COVARIANCE, TARGET, transform=narrow)
    best = np.linalg.lstsq(ROOT.T @ narrow, ROOT.T @ TARGET)[0]
    left = TARGET - narrow @ best
    assert population.unlearnable == pytest.approx(left @ COVARIANCE @ left, rel=1e-10)
    assert population.signal == pytest.approx(TARGET @ COVARIANCE @ TARGET, rel=1e-12)
    assert (population.size, population.rank) == (8, 7)
    endless = th.linear_ridge().evaluate(population, n_samples=np.inf, ridge=0.0)
    assert float(endless.bias) == pytest.approx(population.unlearnable)


def test_stages_that_reach_everything_miss_nothing():
    assert th.Discrete.from_matrices(COVARIANCE, TARGET, transform=RNG.normal(size=(DIMS, DIMS + 3))).unlearnable == 0.0
    plain = th.Discrete.from_matrices(COVARIANCE, TARGET)
    turned = np.linalg.qr(RNG.normal(size=(DIMS, DIMS)))[0]
    same = th.Discrete.from_matrices(COVARIANCE, TARGET, transform=turned)
    np.testing.assert_allclose(same.moments(np.array([0.1]), ((1, 0, 0), (1, 1, 1))),
                               plain.moments(np.array([0.1]), ((1, 0, 0), (1, 1, 1))), rtol=1e-11)  # fmt: skip


def test_second_moments_are_means_over_targets():
    targets = RNG.normal(size=(3, DIMS))
    moment = th.Discrete.from_matrices(COVARIANCE, targets.T @ targets / 3, transform=STAGE, weights=PENALTY)
    risks = [th.linear_ridge().evaluate(th.Discrete.from_matrices(COVARIANCE, one, transform=STAGE, weights=PENALTY),
                                        n_samples=30, ridge=0.01).test for one in targets]  # fmt: skip
    np.testing.assert_allclose(th.linear_ridge().evaluate(moment, n_samples=30, ridge=0.01).test, np.mean(risks), rtol=1e-10)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"covariance": [[1.0, 0.5], [0.4, 1.0]]}, "^covariance = .*symmetric"),
        ({"covariance": [[1.0, 2.0], [2.0, 1.0]]}, "^covariance = .*smallest eigenvalue is -1"),
        ({"covariance": np.ones((2, 3))}, "^covariance = .*square"),
        ({"covariance": [[1.0, np.nan], [np.nan, 1.0]]}, "^covariance = "),
        ({"coefficients": [1.0, 2.0, 3.0]}, "^coefficients = .*vector of 2"),
        ({"coefficients": [[1.0, 0.0], [0.0, -1.0]]}, "^coefficients = .*smallest eigenvalue is -1"),
        ({"transform": np.ones((3, 2))}, "^transform = .*with 2 rows"),
        ({"transform": np.zeros((2, 2))}, "^transform = .*variance pass"),
        ({"weights": np.eye(3)}, "^weights = .*of shape"),
        ({"weights": [[1.0, 1.0], [1.0, 1.0]]}, "^weights = .*positive definite"),
    ],
)
def test_bad_input(change, message):
    given = {"covariance": np.eye(2), "coefficients": [1.0, 0.0], **change}
    with pytest.raises(ValueError, match=message):
        th.Discrete.from_matrices(**given)
