"""A finite pool of points as a population, with no model of where the points came from.

On M points with kernel matrix K and targets Y of shape (M, n_outputs), the mean is fitted first (an intercept): what is left
is the kernel and the target in the m = M − 1 directions orthogonal to the constant, K' = QᵀKQ and Y' = QᵀY. With
K' = U diag(e) Uᵀ,

    λ_k = e_k/m        c_k λ_k = |u_kᵀY'|²/m        σ² = Σ |u_kᵀY'|²/m over the zero modes of K'

and without an intercept the same of K and Y themselves, m = M. Errors are summed over outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from numerics.data.arrays import Array, feature_matrix, plain_array, real_numbers
from numerics.data.targets import LARGEST, SMALLEST
from theory import Discrete
from theory.errors import BadArgument, truth
from theory.keywords import says_what_is_meant

EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Pool:
    """The spectrum of a finite pool of M points and what the targets put on it.

    Attributes
    ----------
    eigenvalues : ndarray of shape (m,)
        λ_k = e_k/m, descending, zero modes kept as exact zeros; m = M − 1 with an intercept, M without.
    signal : ndarray of shape (m,)
        |u_kᵀY'|²/m, summed over outputs.
    mean_diagonal : float
        The mean of K(x, x) over the pool: the unit in which a ridge is large or small.
    intercept : bool
        Whether the mean is fitted, and so is no mode.
    computed : int or None
        How many modes were computed; the others, after them, share what is left. None: all.
    rounding : float
        What the eigenvalues may be off by, of a kernel in single precision.
    """

    eigenvalues: Array
    signal: Array
    mean_diagonal: float
    intercept: bool = True
    computed: int | None = None
    rounding: float = 0.0

    @property
    def size(self) -> int:
        """M, the number of points."""
        return len(self.eigenvalues) + self.intercept

    @property
    def rank(self) -> int:
        """The number of modes that are not zero, of those that were computed."""
        return int(np.count_nonzero(self.eigenvalues[: self.computed]))

    @cached_property
    def population(self) -> Discrete:
        """The m modes as a spectrum of the theory; the signal on zero modes cannot be learnt and counts as bias."""
        return Discrete.from_signal(self.eigenvalues, self.signal)


def without_mean(rows: Array) -> Array:
    """Return QᵀA for A of shape (n, ·): n − 1 rows, the coordinates of its columns orthogonal to the constant.

    Q, of shape (n, n − 1), has orthonormal columns of sum zero: all but one of the columns of a Householder reflection.
    """
    root = np.sqrt(len(rows))
    return np.asarray(rows[1:] + (rows[0] - rows.sum(axis=0) / root) / (root - 1.0)) if len(rows) > 1 else rows[1:]


def kernel_array(kernel: ArrayLike) -> tuple[Array, float]:
    """Return K as an exactly symmetric float64 matrix, and the relative rounding ε of its entries, by their type.

    Raises
    ------
    ValueError
        If K is not a matrix of finite real numbers, symmetric up to ε^¾.
    """
    admissible = "a symmetric matrix of finite real numbers, shape (n_rows, n_rows)"
    dtype = plain_array("kernel", kernel, admissible).dtype
    eps = max(EPS, float(np.finfo(dtype).eps)) if dtype.kind == "f" else EPS
    K = feature_matrix(kernel, "kernel")
    if K.shape[0] != K.shape[1]:
        raise BadArgument("kernel", K.shape, "a symmetric matrix", "pass kernel_matrix(features) for a matrix of features")
    largest = float(np.abs(K).max())
    if largest > LARGEST:
        raise BadArgument("kernel", largest, f"a matrix of numbers up to {LARGEST:g}", "rescale it")
    if np.abs(K - K.T).max() > eps**0.75 * largest:
        raise BadArgument("kernel", K.shape, "a symmetric matrix", "pass kernel_matrix(features) for a matrix of features")
    return (K + K.T) / 2.0, eps


def kernel_and_targets(kernel: ArrayLike, targets: ArrayLike) -> tuple[Array, Array, float]:
    """Return K, shape (M, M), and Y, shape (M, n_outputs), checked but otherwise unchanged, and K's rounding ε.

    Raises
    ------
    ValueError
        As `kernel_array`; if Y has not M rows of finite numbers.
    """
    K, eps = kernel_array(kernel)
    admissible = f"finite numbers with {len(K)} rows, the largest between {SMALLEST:g} and {LARGEST:g} if not zero"
    Y = real_numbers("targets", targets, admissible)
    if Y.ndim not in (1, 2) or len(Y) != len(K) or Y.size == 0 or not (SMALLEST <= np.abs(Y).max() <= LARGEST or not Y.any()):
        raise BadArgument("targets", targets, admissible, "match targets to data points")
    return K, Y.reshape(len(Y), -1), eps


@says_what_is_meant
def pool_spectrum(kernel: ArrayLike, targets: ArrayLike, *, intercept: bool = True) -> Pool:
    """Return the spectrum of a pool from its kernel matrix and targets.

    Parameters
    ----------
    kernel : array_like of shape (M, M)
        Symmetric and positive semidefinite; with an intercept, on vectors of sum zero.
    targets : array_like of shape (M,) or (M, n_outputs)
        With an intercept their mean makes no difference.
    intercept : bool
        Whether the predictor has a mean of its own, fitted without penalty.

    Returns
    -------
    Pool
        Eigenvalues within rounding of zero are set to zero: those not above M ε ‖K‖, where ε is the rounding of K's type, nor
        above the size of the most negative one.

    Raises
    ------
    ValueError
        If K is not a symmetric matrix of finite numbers, does not match the targets, has an eigenvalue below −√ε ‖K‖ (it is
        then not a kernel), or none above rounding.
    """
    K, Y, eps = kernel_and_targets(kernel, targets)
    M, mean_diagonal, largest = len(K), float(K.trace()) / len(K), float(np.abs(K).max())
    if truth("intercept", intercept):
        K, Y = without_mean(without_mean(K).T), without_mean(Y)
    values, vectors = scipy.linalg.eigh(K, driver="evd", check_finite=False)
    values, signal = values[::-1], np.sum((vectors.T @ Y) ** 2, axis=1)[::-1]
    top, bottom = float(values[0]), float(values[-1])
    norm = max(top, largest)
    if bottom < -np.sqrt(eps) * norm or top <= 0.0:
        raise BadArgument(
            "kernel", f"matrix with eigenvalues from {bottom:.3g} to {top:.3g}", "positive semidefinite",
            "this is not a kernel; check how it was computed",
        )
    rounding = max(M * eps * norm, -bottom)
    if top <= rounding:
        remedy = "centre and scale the features before the kernel is computed"
        raise BadArgument("kernel", f"matrix with entries up to {largest:.3g}", "varying by more than its rounding", remedy)
    return Pool(np.where(values > rounding, values, 0.0) / len(K), signal / len(K), mean_diagonal, bool(intercept))
