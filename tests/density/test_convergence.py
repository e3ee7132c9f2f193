"""Entropy against the number of samples in closed form, and how many samples are enough."""

import re

import numpy as np
import pytest

import theory as th

LINEAR = th.linear_ridge()
TASKS = [th.Isotropic(50), th.PowerLaw(1.5, 0.3, size=300), th.PowerLaw(1.5, 0.3), th.PowerLaw(1.05, 0.3),
         th.Discrete([1.0, 0.1, 0.0], [1.0, 1.0, 0.0], [3, 40, 10])]  # fmt: skip


@pytest.mark.parametrize("task", TASKS, ids=repr)
def test_the_closed_form_is_the_entropy_of_the_density(task):
    rows = np.array([2.0, 17.0, 43.0, 300.0, 5000.0])
    found = th.sample_entropy(task, rows)
    expected = [LINEAR.spectrum(task, n_samples=p).entropy for p in rows]
    np.testing.assert_allclose(found, expected, rtol=1e-11)
    assert (np.diff(found) > 0).all()


def test_entropies_of_populations():
    eigenvalues = th.PowerLaw(1.4, 0.3, size=500).explicit()[0]
    p = eigenvalues / eigenvalues.sum()
    np.testing.assert_allclose(th.sample_entropy(th.PowerLaw(1.4, 0.3, size=500), np.inf), -(p * np.log(p)).sum(), rtol=1e-13)
    np.testing.assert_allclose(th.sample_entropy(th.PowerLaw(2.0, 0.3), np.inf), np.log(np.pi**2 / 6) + 2 * 0.5699609930945328)


def test_white_samples_miss_a_quarter_at_twice_the_dimension():
    np.testing.assert_allclose(th.sample_entropy(th.Isotropic(100), [100, 200]) - np.log(100), [-0.5, -0.25], rtol=1e-12)


def test_simulated_entropies():
    task = th.PowerLaw(1.5, 0.3, size=300)
    root, rng = np.sqrt(task.explicit()[0]), np.random.default_rng(0)
    for rows in (50, 200):
        drawn = []
        for _ in range(30):
            x = np.linalg.svd(rng.standard_normal((rows, 300)) * root, compute_uv=False) ** 2
            p = x / x.sum()
            drawn.append(-(p * np.log(p)).sum())
        assert float(th.sample_entropy(task, rows)) == pytest.approx(np.mean(drawn), rel=1e-2)


def test_critical_samples_of_white_data():
    found = th.critical_samples(th.Isotropic(784), ranks=None)
    assert found.entropy == pytest.approx(784 / (0.1 * np.log(784)), rel=1e-9)
    assert np.isnan(found.ranks)


def test_the_two_measures_differ():
    task = th.PowerLaw(2.0, 0.3, size=120)
    found = th.critical_samples(task)
    assert found.entropy < 80 < 240 < found.ranks
    assert float(th.sample_entropy(task, found.entropy) / th.sample_entropy(task, np.inf)) == pytest.approx(0.95)
    ranks = np.arange(9, 60)
    near = LINEAR.spectrum(task, of="covariance", n_samples=found.ranks).quantiles()[ranks] / task.explicit()[0][ranks]
    assert np.abs(near - 1.0).max() == pytest.approx(0.1, rel=1e-3)


@pytest.mark.parametrize(
    ("words", "call"),
    [
        ("finite entropy", lambda: th.sample_entropy(th.LogarithmicLaw(2.0), 10)),
        ("n_samples must be a number > 0", lambda: th.sample_entropy(th.Isotropic(3), 0)),
        ("a spectrum", lambda: th.sample_entropy([1.0], 3)),
        ("entropy must be a number between 0 and 1", lambda: th.critical_samples(th.Isotropic(50), entropy=1.0)),
        ("ranks must be a number between 0 and 1", lambda: th.critical_samples(th.Isotropic(50), ranks=[0.1, 0.2])),
        ("of a finite rank", lambda: th.critical_samples(th.PowerLaw(1.5, 0.3))),
        ("of a finite rank", lambda: th.critical_samples(th.Isotropic(20))),
    ],
)
def test_what_is_refused(words, call):
    with pytest.raises(ValueError, match=re.escape(words)):
        call()
