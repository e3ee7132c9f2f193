"""The spectrum of a pool: with a mean fitted and without, what is rounding and what is no kernel."""

import numpy as np
import pytest

from numerics.data.kernels import kernel_matrix
from numerics.data.pool import kernel_array, pool_spectrum, without_mean

RNG = np.random.default_rng(5)
X = RNG.standard_normal((40, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.1 * RNG.standard_normal(40)


@pytest.mark.parametrize("n", [1, 2, 3, 17])
def test_without_mean_is_an_orthonormal_basis_of_what_sums_to_zero(n):
    Q = without_mean(np.eye(n)).T
    assert Q.shape == (n, n - 1)
    np.testing.assert_allclose(Q.T @ Q, np.eye(n - 1), atol=1e-14)
    np.testing.assert_allclose(Q.sum(axis=0), 0.0, atol=1e-14)
    np.testing.assert_allclose(Q @ Q.T, np.eye(n) - 1.0 / n, atol=1e-14)


def test_with_an_intercept_the_constant_is_no_mode():
    """The spectrum of HKH, H = I − 11ᵀ/M, without its zero on the constant."""
    K, H = kernel_matrix(X, "laplace"), np.eye(40) - 1.0 / 40
    pool = pool_spectrum(K, Y)
    assert (pool.size, len(pool.eigenvalues), pool.rank, pool.intercept) == (40, 39, 39, True)
    assert pool.mean_diagonal == pytest.approx(1.0, rel=1e-14)
    values = np.linalg.eigvalsh(H @ K @ H)[1:]
    np.testing.assert_allclose(pool.eigenvalues, values[::-1] / 39, rtol=1e-10)
    assert pool.signal.sum() == pytest.approx(np.var(Y, ddof=1), rel=1e-12)
    centred = Y - Y.mean()
    expected = centred @ np.linalg.pinv(H @ K @ H, rcond=1e-12) @ centred
    assert np.sum(pool.signal / pool.eigenvalues) == pytest.approx(expected, rel=1e-9)


def test_constants_make_no_difference_with_an_intercept():
    """Neither a mean of the targets, nor what is constant along rows or columns of the kernel."""
    K, shift = kernel_matrix(X, "laplace"), RNG.standard_normal(40)
    pool = pool_spectrum(K, Y)
    for other in (pool_spectrum(K + 7.0, Y - 3.0), pool_spectrum(K + shift + shift[:, None], Y)):
        np.testing.assert_allclose(other.eigenvalues, pool.eigenvalues, rtol=1e-11)
        np.testing.assert_allclose(other.signal.sum(), pool.signal.sum(), rtol=1e-11)
    negative = -np.abs(X[:, :1] - X[:, 0])  # no kernel, but one on vectors of sum zero
    assert pool_spectrum(negative, Y).rank == 39
    with pytest.raises(ValueError, match="not a kernel"):
        pool_spectrum(negative, Y, intercept=False)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("kernel", ["rbf", "linear", "laplace"])
def test_the_type_of_a_kernel_tells_its_rounding(kernel, dtype):
    exact = kernel_matrix(X, kernel)
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, exact.shape)
    rounded = (exact + np.finfo(dtype).eps * noise).astype(dtype)
    K, eps = kernel_array(rounded)
    assert (K == K.T).all()
    assert eps == max(np.finfo(dtype).eps, np.finfo(float).eps)
    pool, true = pool_spectrum(rounded, Y), pool_spectrum(exact, Y)
    np.testing.assert_allclose(pool.eigenvalues, true.eigenvalues, atol=40 * eps * true.eigenvalues[0])
    if kernel == "linear":
        assert pool.rank == 3


def test_a_rounded_kernel_that_forgot_its_type_is_refused():
    rounded = kernel_matrix(X, "linear").astype(np.float16).astype(float)
    with pytest.raises(ValueError, match="not a kernel"):
        pool_spectrum(rounded, Y)


def test_a_kernel_that_is_constant_but_for_rounding_is_refused():
    far = X + 1e9
    with pytest.raises(ValueError, match="kernel = .*centre"):
        pool_spectrum(kernel_matrix(far, "linear"), Y)
    with pytest.raises(ValueError, match="kernel = .*centre|not a kernel"):
        pool_spectrum(np.ones((40, 40)), Y)


def test_pool_spectrum_keeps_all_the_power():
    K = kernel_matrix(X, "laplace")
    pool = pool_spectrum(K, Y - Y.mean(), intercept=False)
    assert pool.size == pool.rank == 40
    assert pool.population.unlearnable == 0.0
    assert pool.mean_diagonal == pytest.approx(np.trace(K) / 40, rel=1e-13)
    assert pool.signal.sum() == pytest.approx(np.var(Y), rel=1e-13)
    assert (np.diff(pool.eigenvalues) <= 0.0).all()
    # Yᵀ K Y/M² and Yᵀ K⁻¹ Y, without an eigenvector.
    centred = Y - Y.mean()
    assert np.sum(pool.eigenvalues * pool.signal) == pytest.approx(centred @ K @ centred / 40**2, rel=1e-12)
    assert np.sum(pool.signal / pool.eigenvalues) == pytest.approx(centred @ np.linalg.solve(K, centred), rel=1e-10)
    spectrum = pool.population
    assert spectrum.size == 40
    assert spectrum.signal == pytest.approx(np.var(Y), rel=1e-13)


def test_zero_modes_count_in_the_size_and_carry_noise():
    centred = Y - Y.mean()
    pool = pool_spectrum(kernel_matrix(X - X.mean(axis=0), "linear"), centred, intercept=False)
    assert (pool.size, pool.rank) == (40, 3)
    residual = centred - X @ np.linalg.lstsq(X - X.mean(axis=0), centred, rcond=None)[0]
    assert pool.population.unlearnable == pytest.approx(np.var(residual), rel=1e-10)
    assert pool.population.size == 40
    assert pool.population.rank == 3
    assert pool.population.signal == pytest.approx(np.var(Y), rel=1e-12)


def test_several_outputs_add():
    K, outputs = kernel_matrix(X), np.column_stack([Y, Y**2])
    both = pool_spectrum(K, outputs).signal
    np.testing.assert_allclose(both, pool_spectrum(K, Y).signal + pool_spectrum(K, Y**2).signal, rtol=1e-12)


@pytest.mark.parametrize(
    ("kernel", "targets", "reason"),
    [
        (np.diag([1.0, 1.0, -0.1]), np.ones(3), "not a kernel"),
        (np.zeros((3, 3)), np.ones(3), "not a kernel"),
        (np.ones((3, 2)), np.ones(3), "symmetric"),
        (np.triu(np.ones((3, 3))), np.ones(3), "symmetric"),
        (np.diag([1.0, 1.0, np.inf]), np.ones(3), "kernel"),
        (np.eye(3), np.ones(4), "targets"),
        (np.eye(3), [1.0, np.nan, 1.0], "targets"),
        (np.eye(3), ["a", "b", "c"], "targets"),
        (np.eye(3), None, "targets"),
        (np.eye(3), np.ones((3, 0)), "targets"),
        (np.eye(3), np.ma.masked_equal([1.0, 2.0, 3.0], 2.0), "targets"),
        (np.ma.masked_equal(np.eye(3), 1.0), np.ones(3), "kernel"),
        (np.eye(3) * 1e200, np.ones(3), "kernel"),
        (None, np.ones(3), "kernel"),
    ],
)
def test_bad_kernels_are_value_errors(kernel, targets, reason):
    with pytest.raises(ValueError, match=reason):
        pool_spectrum(kernel, targets, intercept=False)


def test_negative_rounding_is_a_zero_mode():
    Q = np.linalg.qr(RNG.standard_normal((4, 4)))[0]
    K = Q @ np.diag([1.0, 0.5, 1e-12, -1e-11]) @ Q.T
    assert pool_spectrum((K + K.T) / 2, np.ones(4), intercept=False).rank == 2


def test_an_intercept_is_a_flag():
    for wrong in ("no", 1, None):
        with pytest.raises(ValueError, match="intercept = "):
            pool_spectrum(np.eye(3), np.arange(3), intercept=wrong)
