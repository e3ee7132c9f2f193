"""Pools of which not all modes are computed: the spectrum, the stated error against all modes, splits in single precision."""

import numpy as np
import pytest

import numerics as nm
from numerics.data.kernels import kernel_matrix
from numerics.data.large import matrix
from numerics.data.large.leading import leading_pool
from numerics.data.pool import pool_spectrum

RNG = np.random.default_rng(7)
M = 700
X = RNG.standard_normal((M, 6))
Y = np.sin(X[:, 0]) + 0.3 * X[:, 1] * X[:, 2] + 0.1 * RNG.standard_normal(M)
P = [20, 100, 560]


@pytest.mark.parametrize(("kernel", "modes"), [("rbf", 30), ("rbf", 200), ("laplace", 60), ("ntk", 60), ("linear", 20)])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_stated_error_holds_the_prediction_of_all_modes(kernel, modes, monkeypatch):
    monkeypatch.setattr(matrix, "BLOCK", 150)
    exact = nm.learning_curve(X, Y, kernel, n_samples=P, trials=2)
    found = nm.learning_curve(X, Y, kernel, n_samples=P, trials=2, modes=modes)
    assert not exact.prediction_error.any()
    off = np.abs(found.predicted / exact.predicted - 1)
    assert (off <= found.prediction_error).all()
    assert (found.prediction_error < 100 * off + 1e-4).all()  # and says no more than that
    assert (found.prediction_error < {30: 0.2, 200: 2e-3, 60: 0.08, 20: 1e-5}[modes]).all()
    for name in ("measured", "measured_train", "stderr"):
        np.testing.assert_allclose(getattr(found, name), getattr(exact, name), rtol=1e-5)


def test_leading_modes_and_what_is_left_add_up():
    K = kernel_matrix(X, "rbf")
    exact, found = pool_spectrum(K, Y), leading_pool(K.astype(np.float32), Y, 100, 0)
    assert (found.computed, found.rank, found.size) == (100, 100, M)
    np.testing.assert_allclose(found.eigenvalues[:40], exact.eigenvalues[:40], rtol=1e-3)
    assert (found.eigenvalues[:100] <= exact.eigenvalues[:100] * (1 + 1e-6)).all()  # the rest is positive
    for name in ("eigenvalues", "signal"):
        assert getattr(found, name).sum() == pytest.approx(getattr(exact, name).sum(), rel=1e-5)
    assert (np.diff(found.eigenvalues) <= 0).all()
    assert found.mean_diagonal == pytest.approx(exact.mean_diagonal, rel=1e-6)
    again = leading_pool(K.astype(np.float32), Y, 100, 0)
    np.testing.assert_array_equal(again.eigenvalues, found.eigenvalues)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_function_and_a_matrix_are_kernels_too():
    def rbf(A, B):
        return np.exp(-((A[:, None] - B[None]) ** 2).sum(axis=-1) / 12.0)

    given = {"n_samples": [50], "trials": 2, "modes": 50, "ridge": 0.02}
    by_function = nm.learning_curve(X, Y, rbf, scaling="none", **given)
    by_matrix = nm.learning_curve(rbf(X, X), Y, "precomputed", **given)
    np.testing.assert_allclose(by_function.measured, by_matrix.measured, rtol=1e-6)
    np.testing.assert_allclose(by_function.predicted, by_matrix.predicted, rtol=1e-4)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"modes": 0}, "modes = 0"),
        ({"modes": M // 2 + 1}, "modes = 351"),
        ({"n_samples": [20, M]}, "n_samples = 700.*not all modes are computed"),
        ({"ridge": 1e-9}, "ridge = 1e-09.*single precision"),
        ({"loo_correction": True}, "loo_correction"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_needs_all_modes_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        nm.learning_curve(X, Y, "rbf", **{"n_samples": [20], "trials": 2, "modes": 50, **given})


def test_what_is_no_kernel_is_refused():
    K = kernel_matrix(X, "rbf").astype(np.float32)
    with pytest.raises(ValueError, match="positive semidefinite"):
        leading_pool(-K, Y, 50, 0)
    huge = kernel_matrix(X, "rbf") * 1e39
    with pytest.raises(ValueError, match="kernel = 1e\\+39"):
        matrix._rounded(huge)
