"""Meta-learning: losses against brute force, repairs that help, and theory of a new task against drawn ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import numerics as nm
import theory as th
from numerics.meta.curve import new_task_risk
from numerics.meta.estimate import _positive
from numerics.meta.losses import likelihood, squared, unsquared
from numerics.meta.tasks import draw_tasks


def prior(p: int) -> np.ndarray:
    """Return C of the paper's example: Ω/p, Ω tridiagonal."""
    return (16.0 * np.eye(p) + 5.0 * (np.eye(p, k=1) + np.eye(p, k=-1))) / p


def mean_loss(tasks, C, noise, power):
    residual = tasks.outputs[:, :, None] * tasks.outputs[:, None, :] - tasks.inputs @ C @ tasks.inputs.transpose(0, 2, 1)
    residual = residual - noise * np.eye(tasks.n_samples)
    return float(np.mean((residual**2).sum(axis=(1, 2)) ** (0.5 * power)))


@pytest.mark.parametrize("noise", [0.7, None])
def test_the_squared_loss_is_at_its_minimum(noise):
    """Any small step from it is worse; the minimum is that of least squares on all entries."""
    p, n = 4, 5
    tasks = draw_tasks(np.diag([1.0, 2.0, 0.5, 1.5]), prior(p), n_tasks=60, n_samples=n, noise=0.7, seed=1)
    C, sigma = squared(tasks, noise)
    rows, right = [], []
    for X, y in zip(tasks.inputs, tasks.outputs, strict=True):
        columns = [(X[:, [i]] @ X[:, [j]].T + X[:, [j]] @ X[:, [i]].T).ravel() * (0.5 if i == j else 1.0)
                   for i in range(p) for j in range(i, p)]  # fmt: skip
        rows.append(np.array([*columns, np.eye(n).ravel()][: None if noise is None else -1]).T)
        right.append(np.outer(y, y).ravel() - (0.0 if noise is None else noise) * np.eye(n).ravel())
    solution = np.linalg.lstsq(np.concatenate(rows), np.concatenate(right))[0]
    wanted = np.zeros((p, p))
    wanted[np.triu_indices(p)] = solution[: p * (p + 1) // 2]
    np.testing.assert_allclose(C, wanted + np.triu(wanted, 1).T, rtol=1e-6, atol=1e-8)
    assert sigma == pytest.approx(0.7 if noise else solution[-1], rel=1e-6)


def test_the_unsquared_loss_is_at_its_minimum_and_shrinks():
    tasks = draw_tasks(np.eye(6), prior(6), n_tasks=400, n_samples=12, noise=1.0, seed=2)
    start = squared(tasks, 1.0).coefficients
    C = unsquared(tasks, 1.0, start).coefficients
    least, rng = mean_loss(tasks, C, 1.0, 1), np.random.default_rng(0)
    for _ in range(20):
        step = rng.normal(size=(6, 6)) * 1e-3
        assert mean_loss(tasks, C + step + step.T, 1.0, 1) > least
    assert np.trace(C) < 0.97 * np.trace(start)


def log_likelihood(tasks, C, noise):
    kernels = tasks.inputs @ C @ tasks.inputs.transpose(0, 2, 1) + noise * np.eye(tasks.n_samples)
    return np.mean([multivariate_normal.logpdf(y, cov=kernel) for y, kernel in zip(tasks.outputs, kernels, strict=True)])


@pytest.mark.parametrize("noise", [0.7, None])
def test_the_likelihood_is_at_its_maximum(noise):
    """Any small step from it is worse, along the noise too where that is estimated; it beats the losses on a new task."""
    p, n = 5, 6
    tasks = draw_tasks(np.eye(p), prior(p), n_tasks=120, n_samples=n, noise=0.7, seed=6)
    C, sigma = likelihood(tasks, noise)
    most, rng = log_likelihood(tasks, C, sigma), np.random.default_rng(0)
    for _ in range(10):
        step = rng.normal(size=(p, p)) * 3e-3
        assert log_likelihood(tasks, C + step + step.T, sigma) < most
    if noise is None:
        assert log_likelihood(tasks, C, 1.03 * sigma) < most
        assert log_likelihood(tasks, C, 0.97 * sigma) < most
        assert sigma == pytest.approx(0.7, abs=0.3)
    else:
        assert sigma == 0.7
    both = C, _positive(squared(tasks, 0.7).coefficients)
    risks = [new_task_risk(np.eye(p), prior(p), found, n_samples=n, noise=0.7) for found in both]
    assert risks[0] < risks[1]
    found = nm.estimate_coefficients(tasks.inputs, tasks.outputs, noise=noise, structure="none", loss="likelihood")
    np.testing.assert_allclose(found.coefficients, C, rtol=1e-3, atol=1e-4)


def test_many_tasks_give_the_truth():
    tasks = draw_tasks(np.eye(5), prior(5), n_tasks=20_000, n_samples=10, noise=1.0, seed=3)
    found = nm.estimate_coefficients(tasks.inputs, tasks.outputs)
    np.testing.assert_allclose(found.coefficients, prior(5), atol=0.25)
    assert found.noise == pytest.approx(1.0, abs=0.25)
    assert found.structure in ("band", "threshold")
    assert set(found.likelihoods) == {"shrink", "threshold", "band"}


def test_the_best_weight_cannot_be_beaten_and_repairs_help():
    """The paper's example at p = 32, n = 50, a thousand tasks."""
    p, n = 32, 50
    C, identity = prior(p), np.eye(p)
    tasks = draw_tasks(identity, C, n_tasks=1000, n_samples=n, noise=1.0, seed=0)
    best = new_task_risk(identity, C, C, n_samples=n, noise=1.0)
    plain = float(th.linear_ridge().optimal_ridge(th.Discrete.from_matrices(identity, C), n_samples=n, noise=1.0).risk)
    risks = {}
    for structure in ("none", "shrink", "threshold", "band", "auto"):
        found = nm.estimate_coefficients(tasks.inputs, tasks.outputs, noise=1.0, structure=structure)
        risks[structure] = new_task_risk(identity, C, found.coefficients, n_samples=n, noise=1.0)
    assert best == pytest.approx(2.3451, abs=1e-4)
    assert plain == pytest.approx(2.4031, abs=1e-4)
    assert best < risks["band"] < risks["threshold"] < risks["shrink"] < risks["none"] < plain
    assert risks["auto"] == risks["band"]


def test_theory_of_estimated_weights_against_new_tasks():
    inputs, sizes = np.diag(np.linspace(0.5, 1.5, 24)), {"n_tasks": [60, 400], "n_samples": [20, 40]}
    curve = nm.meta_learning_curve(inputs, prior(24), noise=1.0, seed=4, trials=6, structures=("none", "threshold"), **sizes)
    for name in ("none", "threshold"):
        z = (curve.measured[name] - curve.estimated[name]) / curve.stderr[name]
        gap = np.abs(curve.measured[name] / curve.estimated[name] - 1.0)
        assert ((np.abs(z) < 4.0) | (gap < 0.03)).all()
        assert (curve.estimated[name] > curve.optimal).all()
    assert (curve.plain > curve.optimal).all()
    assert (curve.estimated["none"][0] > curve.plain).all()  # sixty tasks: the raw estimate loses
    assert (curve.estimated["none"][1] < curve.estimated["none"][0]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.ones((20, 3))}, "^X = .*n_tasks, n_samples, n_dims"),
        ({"X": np.ones((20, 1, 3)), "y": np.ones((20, 1))}, "^X = .*two samples"),
        ({"y": np.ones((20, 5))}, "^y = "),
        ({"X": np.full((20, 4, 3), np.nan)}, "^X = "),
        ({"noise": 0.0}, "^noise = 0"),
        ({"noise": None, "loss": "unsquared"}, "^noise = None"),
        ({"structure": "toeplitz"}, "^structure = 'toeplitz'"),
        ({"X": np.ones((6, 4, 3)), "y": np.ones((6, 4))}, "^X = .*at least 10 tasks"),
        ({"X": np.zeros((20, 4, 3))}, "^X = "),
        ({"X": np.zeros((20, 4, 3)), "loss": "likelihood"}, "^X = .*not all zero"),
    ],
)
def test_bad_input(change, message):
    rng = np.random.default_rng(0)
    given = {"X": rng.normal(size=(20, 4, 3)), "y": rng.normal(size=(20, 4)), "noise": 1.0, **change}
    with pytest.raises(ValueError, match=message):
        nm.estimate_coefficients(given.pop("X"), given.pop("y"), **given)


def test_bad_curves():
    with pytest.raises(ValueError, match="^structures = "):
        nm.meta_learning_curve(np.eye(3), np.eye(3), n_tasks=[20], n_samples=[4], noise=1.0, seed=0, structures=("toeplitz",))
    with pytest.raises(ValueError, match="^coefficients = "):
        nm.meta_learning_curve(np.eye(3), -np.eye(3), n_tasks=[20], n_samples=[4], noise=1.0, seed=0)
    with pytest.raises(ValueError, match="^noise = -1"):
        nm.meta_learning_curve(np.eye(3), np.eye(3), n_tasks=[20], n_samples=[4], noise=-1.0, seed=0)
