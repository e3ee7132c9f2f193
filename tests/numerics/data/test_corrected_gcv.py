"""The test error of correlated rows from their training error: against drawn rows, published values and a real series."""

from __future__ import annotations

import numpy as np
import pytest

import numerics as nm
import theory as th


def experiment(memory, noise, *, size=60, dims=60, ridge=1e-2, variance=0.1, trials=150, seed=0):
    """Return the errors of drawn regressions, shape (trials, 4): the true test error, corrected, plain, E_train/(f b)."""
    k = np.arange(1.0, dims + 1.0)
    eigenvalues, w = k**-1.1, k**-0.83
    w /= np.linalg.norm(w)
    rng, root = np.random.default_rng(seed), np.linalg.cholesky(memory.covariance(size))
    kinds = {"matched": root, "white": np.eye(size)}
    stirred = kinds[noise] if isinstance(noise, str) else np.linalg.cholesky(noise.covariance(size))
    found = []
    for _ in range(trials):
        X = root @ rng.standard_normal((size, dims)) * np.sqrt(eigenvalues)
        y = X @ w + np.sqrt(variance) * stirred @ rng.standard_normal(size)
        told = None if noise == "matched" else variance
        gcv = nm.corrected_gcv(X, y, ridge, rows=memory, noise=noise, variance=told)
        fit = X.T @ np.linalg.solve(X @ X.T + size * ridge * np.eye(size), y)
        found.append((eigenvalues @ (fit - w) ** 2 + variance, gcv.test, gcv.plain, gcv.train / gcv.factor))
    return np.array(found, dtype=np.float64)


def z(difference):
    return difference.mean() / (difference.std(ddof=1) / np.sqrt(len(difference)))


@pytest.mark.parametrize("memory", [th.exponential_memory(10.0), th.power_memory(0.5)], ids=["exponential", "power"])
@pytest.mark.parametrize("noise", ["matched", "white", th.exponential_memory(3.0)], ids=["matched", "white", "its own"])
def test_drawn_rows(memory, noise):
    true, corrected, plain, _ = experiment(memory, noise).T
    assert abs(z(corrected - true)) < 3.5
    assert z(plain - true) < -10.0
    assert plain.mean() < 0.9 * true.mean()


def test_interpolating_rows_without_a_ridge():
    true, corrected, plain, _ = experiment(th.exponential_memory(5.0), "matched", dims=150, ridge=0.0).T
    assert abs(z(corrected - true)) < 3.5
    assert plain.mean() < 0.5 * true.mean()


@pytest.mark.parametrize(("noise", "exact"), [("matched", 0.005333526371), ("white", 0.07114076671)])
def test_published_setting(noise, exact):
    """arXiv:2408.04607, ξ = T = 100; what is right for matched noise says .355 for white, of which .0711 is true."""
    setting = {"size": 100, "dims": 100, "ridge": 1e-4, "variance": 0.05**2}
    true, corrected, plain, divided = experiment(th.exponential_memory(100.0), noise, trials=150, seed=3, **setting).T
    assert abs(z(corrected - exact)) < 3.0
    assert abs(z(true - exact)) < 4.0
    assert plain.mean() < 0.1 * exact
    assert divided.mean() == pytest.approx(exact if noise == "matched" else 0.355, rel=0.06)


def rows_and_outputs(size=40, dims=25, seed=5):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(size, dims)), rng.normal(size=size)


def test_white_rows_are_plain_gcv():
    X, y = rows_and_outputs()
    ridge = np.array([[0.0, 1e-300, 1e-3], [1.0, 1e3, 1e12]])
    found = nm.corrected_gcv(X, y, ridge, rows=th.moving_average(0.0), noise="matched")
    np.testing.assert_allclose(found.test, found.plain, rtol=1e-12)
    np.testing.assert_allclose(nm.corrected_gcv(X, y, ridge, rows=np.ones(40), noise="white", variance=0.3).test, found.plain,
                               rtol=1e-12)  # fmt: skip
    assert found.test.shape == found.dof.shape == ridge.shape
    hat = X @ np.linalg.solve(X.T @ X + 40 * 1e-3 * np.eye(25), X.T)
    assert found.dof[0, 2] == pytest.approx(np.trace(hat), rel=1e-12)
    assert found.train[0, 2] == pytest.approx(np.mean((y - hat @ y) ** 2), rel=1e-12)
    assert found.test[1, 2] == pytest.approx(np.mean(y**2), rel=1e-9)
    small = nm.corrected_gcv(X, y, 1e-13, rows=np.ones(40), noise="matched")
    assert found.test[0, 0] == found.test[0, 1] == pytest.approx(float(small.test))


def test_the_same_rows_and_noise_in_other_words():
    X, y = rows_and_outputs()
    memory, other = th.power_memory(0.4), th.moving_average([0.5])
    K, N = memory.covariance(40), other.covariance(40)
    values, vectors = np.linalg.eigh(K)
    nu = np.diag(vectors.T @ N @ vectors)
    ways = [(memory, other), (memory, N), (3.0 * K, 7.0 * N), (memory, nu[::-1]), (K, nu[::-1]), (values, 5.0 * nu)]
    found = [nm.corrected_gcv(X, y, [0.1, 1.0], rows=rows, noise=noise, variance=0.5).test for rows, noise in ways]
    np.testing.assert_allclose(found, np.broadcast_to(found[0], (len(ways), 2)), rtol=1e-9)
    matched = nm.corrected_gcv(X, y, 0.1, rows=memory, noise="matched")
    for variance in (0.0, 0.5, 3.0):
        same = nm.corrected_gcv(X, y, 0.1, rows=memory, noise=memory, variance=variance)
        assert same.test == pytest.approx(float(matched.test), rel=1e-9)
    assert matched.inputs["noise"] == "matched"
    assert matched.inputs["n_dims"] == 25


def test_rows_that_repeat_each_other():
    """K of rank 20 in 40 rows, as a matrix and as eigenvalues; and rows that hardly change, which are still of full rank."""
    rng = np.random.default_rng(8)
    root = rng.normal(size=(40, 20))
    X, y = root @ rng.normal(size=(20, 30)), rng.normal(size=40)
    K = root @ root.T
    both = K, np.linalg.eigvalsh(K).clip(0.0)
    ways = [nm.corrected_gcv(X, y, 2.0, rows=rows, noise="white", variance=0.5).test for rows in both]
    assert ways[0] == pytest.approx(float(ways[1]), rel=1e-9)
    still, memory = rng.normal(size=(1, 30)) + 1e-8 * X, th.exponential_memory(1e15)
    slow = nm.corrected_gcv(still, y, [0.0, 1e-3], rows=memory, noise="matched")
    assert np.isfinite(slow.test).all()
    assert (slow.chi < 1.0).all()


def test_interpolation_is_a_limit():
    """More columns than rows: both errors are 0/0 at ridge zero, and their ratio is not."""
    X, y = rows_and_outputs(30, 70)
    memory, ridges = th.exponential_memory(8.0), [0.0, 1e-300, 1e-11, 1e-9]
    for noise, variance in (("matched", None), ("white", 0.2)):
        found = nm.corrected_gcv(X, y, ridges, rows=memory, noise=noise, variance=variance)
        np.testing.assert_allclose(found.test, found.test[0], rtol=1e-6)
        np.testing.assert_allclose(found.plain, found.plain[0], rtol=1e-6)
        assert (found.train < 1e-15).all()
    scaled = nm.corrected_gcv(X * 1e200, y, 0.0, rows=memory, noise="matched")
    assert scaled.test == pytest.approx(float(nm.corrected_gcv(X, y, 0.0, rows=memory, noise="matched").test))


def test_spurious_regression_of_the_sea_surface_temperature():
    """Months of El Niño, regressed on other years of it, are learnt in the training months only.

    The series without its mean year, cut into pieces of fifty months: each on the thirteen others, over its first twenty
    months, tested on its last twenty, ten months later, where its memory is gone. Plain GCV sees a tenth of what is true.
    """
    datasets = pytest.importorskip("statsmodels.datasets")
    months = datasets.elnino.load_pandas().data.iloc[:, 1:].to_numpy(dtype=float)
    series = (months - months.mean(axis=0)).ravel()
    series /= series.std()
    size, length = 20, 50
    memory = th.Autocovariance([series[: series.size - lag] @ series[lag:] / series.size for lag in range(size)])
    pieces = series[: series.size // length * length].reshape(-1, length)
    found = []
    for place, piece in enumerate(pieces):
        X = np.delete(pieces, place, axis=0).T
        gcv = nm.corrected_gcv(X[:size], piece[:size], [0.03, 0.1, 0.3], rows=memory, noise="matched")
        gram = X[:size].T @ X[:size] / size
        fits = [np.linalg.solve(gram + ridge * np.eye(len(gram)), X[:size].T @ piece[:size] / size) for ridge in gcv.ridge]
        held_out = [np.mean((piece[-size:] - X[-size:] @ fit) ** 2) for fit in fits]
        found.append((held_out, gcv.test, gcv.plain))
    true, corrected, plain = np.array(found).mean(axis=0)
    assert (true > 1.0).all()  # worse than no regression at all
    np.testing.assert_allclose(corrected, true, rtol=0.1)
    assert (np.abs([z(row) for row in np.array(found)[:, 1].T - np.array(found)[:, 0].T]) < 1.0).all()
    assert (plain < 0.2 * true).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"noise": None}, "^noise = None .*cannot be told"),
        ({"noise": "unknown"}, "^noise = 'unknown' .*cannot be told"),
        ({"noise": "white"}, "^variance = None .*give σ²"),
        ({"noise": "white", "variance": -1.0}, "^variance = -1"),
        ({"variance": 1.0}, "^variance = 1.0 .*left out"),
        ({"noise": np.ones(5), "variance": 1.0}, "^noise = .*of shape"),
        ({"noise": -np.ones(40), "variance": 1.0}, "^noise = .*smallest is -1"),
        ({"noise": -np.eye(40), "variance": 1.0}, "^noise = .*smallest eigenvalue is -1"),
        ({"rows": np.ones(40), "noise": np.eye(40), "variance": 1.0}, "^rows = .*eigenvectors"),
        ({"rows": np.ones(39)}, "^rows = "),
        ({"rows": -np.ones(40)}, "^rows = .*smallest is -1"),
        ({"rows": np.eye(40) - 0.5}, "^rows = .*smallest eigenvalue is -19"),
        ({"rows": np.repeat([1.0, 0.0], 20), "ridge": 0.0}, "^rows = .*of a rank above the degrees of freedom"),
        ({"rows": th.Autocovariance([1.0, 0.5])}, "^lags = "),
        ({"ridge": -0.1}, "^ridge = -0.1"),
        ({"ridge": [0.1, np.inf]}, "^ridge = "),
        ({"X": np.zeros((40, 3))}, "^X = .*not all zero"),
        ({"X": np.ones(40)}, "^X = "),
        ({"y": np.ones(39)}, "^y = "),
        ({"y": np.full(40, np.nan)}, "^y = "),
    ],
)
def test_bad_input(change, message):
    X, y = rows_and_outputs()
    given = {"X": X, "y": y, "ridge": 0.1, "rows": th.exponential_memory(3.0), "noise": "matched", **change}
    with pytest.raises(ValueError, match=message):
        nm.corrected_gcv(given.pop("X"), given.pop("y"), given.pop("ridge"), **given)
