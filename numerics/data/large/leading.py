r"""The leading modes of a large pool by a Nyström approximation, the others by what they add up to, and what that may cost.

With an orthonormal basis B near the leading eigenvectors of the centred kernel K' (a Gaussian sketch, powered once),

    K' ≈ (K'B)(BᵀK'B)⁻¹(K'B)ᵀ     leaves a positive semidefinite rest,

of known trace, and of known signal |Y'|² − Σ (u·Y')². How the rest is spread over its modes is not known, but between two ends:
evenly, or as few modes as large as the last that was computed beside modes of zero, with the signal on either. A prediction
is made with the even rest; `rest_error` is how far the other two are from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from numerics.data.arrays import Array, real_numbers
from numerics.data.large.matrix import Single
from numerics.data.pool import Pool
from theory.errors import BadArgument, whole_number

EPS = float(np.finfo(np.float32).eps)
SAFE = 10.0  # least ridge over the rounding of eigenvalues
BEYOND = 0.2  # columns of the sketch beyond the modes that are kept, as a share of them


def leading_pool(kernel: Single, targets: ArrayLike, modes: int, seed: int) -> Pool:
    """Return the spectrum of a pool with an intercept: its leading modes, and the others alike.

    Parameters
    ----------
    kernel : ndarray of float32, shape (M, M)
        Symmetric; positive semidefinite on vectors of sum zero.
    targets : array-like of shape (M,) or (M, n_outputs)
        Y.
    modes : int
        How many modes are computed, at most half of M.
    seed : int
        Of the sketch.

    Returns
    -------
    Pool
        With `computed` modes; the eigenvalues and signals of the others are means.

    Raises
    ------
    ValueError
        If the number of modes is not admissible; if K' has negative eigenvalues beyond rounding.
    """
    M, m = len(kernel), len(kernel) - 1
    modes = whole_number("modes", modes, 1, M // 2, "leave it out to compute all modes")
    Y = real_numbers("targets", targets, "finite numbers").reshape(M, -1)
    Y = Y - Y.mean(axis=0)
    trace, total, mean_diagonal = _traces(kernel)
    stream = np.random.default_rng(np.random.SeedSequence(int(seed), spawn_key=(0, 1)))
    basis = stream.standard_normal((M, min(modes + int(np.ceil(BEYOND * modes)) + 10, M - 1)))
    for _ in range(2):
        basis = scipy.linalg.qr(_times(kernel, basis), mode="economic", overwrite_a=True, check_finite=False)[0]
    image = _times(kernel, basis)
    shift = EPS * float(np.linalg.norm(image))
    image += shift * basis
    core = basis.T @ image
    try:
        lower = scipy.linalg.cholesky((core + core.T) / 2.0, lower=True, check_finite=False)
    except np.linalg.LinAlgError:
        least = float(scipy.linalg.eigvalsh((core + core.T) / 2.0)[0]) - shift
        remedy = "this is not a kernel; check how it was computed"
        raise BadArgument("kernel", f"matrix with an eigenvalue {least:.3g}", "positive semidefinite", remedy) from None
    root = scipy.linalg.solve_triangular(lower, image.T, lower=True, check_finite=False).T
    vectors, values, _ = scipy.linalg.svd(root, full_matrices=False, check_finite=False, overwrite_a=True)
    values = np.maximum(values[:modes] ** 2 - shift, 0.0) / m  # the shift is beyond what single precision tells from 0
    signal = np.sum((vectors[:, :modes].T @ Y) ** 2, axis=1) / m
    rest = trace / m - float(values.sum()), float(np.sum(Y**2)) / m - float(signal.sum())
    others = m - modes
    if rest[0] < -np.sqrt(EPS) * trace / m:
        raise BadArgument("kernel", f"trace {trace:.6g} below its modes'", "positive semidefinite", "check how it was computed")
    tail = [np.full(others, max(each, 0.0) / others) for each in rest]
    order = np.argsort(-np.append(values, tail[0]), kind="stable")
    found = Pool(np.append(values, tail[0])[order], np.append(signal, tail[1])[order], mean_diagonal, True)
    return replace(found, computed=modes, rounding=EPS * total)


def check_leading(pool: Pool, ridges: list[float], n_samples: Any, loo_correction: bool) -> None:
    """Refuse what needs all modes of a pool: sizes beyond it, leave-one-out, ridges that single precision does not tell from 0.

    Parameters
    ----------
    pool : Pool
        As `leading_pool` makes it.
    ridges : list of float
        λ.
    n_samples : array of int
        P.
    loo_correction : bool
        See `learning_curve`.

    Raises
    ------
    ValueError
        If any of them is asked for.
    """
    if (most := int(n_samples.max())) >= pool.size:
        allowed = f"below the {pool.size} points of the pool, of which not all modes are computed"
        raise BadArgument("n_samples", most, allowed, "give fewer samples, or a pool of which all are")
    if loo_correction:
        raise BadArgument("loo_correction", True, "False where not all modes of the pool are computed", "leave it out")
    if min(ridges) <= SAFE * pool.rounding:
        allowed = f"above {SAFE * pool.rounding:.3g}, for a kernel in single precision"
        raise BadArgument("ridge", min(ridges), allowed, "give a larger ridge, or a pool of which all modes are computed")


def rest_error(pool: Pool, predict: Callable[[Pool], Array]) -> Array:
    """Return how far a prediction may be off, relatively, by the modes of a pool that were not computed.

    Parameters
    ----------
    pool : Pool
        As `leading_pool` makes it.
    predict : callable
        From a pool to positive numbers.
    """
    base = predict(pool)
    worst = np.zeros_like(base)
    for learnable in (True, False):
        worst = np.maximum(worst, np.abs(predict(_uneven(pool, learnable)) / base - 1.0))
    return worst


def _uneven(pool: Pool, learnable: bool) -> Pool:
    """Return the pool with the rest on as few modes as it can be, and its signal there, or on the modes that are then zero."""
    assert pool.computed is not None
    values, signal, kept = pool.eigenvalues.copy(), pool.signal.copy(), pool.computed
    others = len(values) - kept
    trace, carried, largest = float(values[kept:].sum()), float(signal[kept:].sum()), float(values[kept - 1])
    count = min(int(trace / largest), others - 1) if largest > 0.0 else 0
    values[kept:], signal[kept:] = 0.0, 0.0
    values[kept : kept + count] = largest
    values[kept + count] = min(trace - count * largest, largest)
    where = slice(kept, kept + count + 1) if learnable else slice(min(kept + count + 1, len(values) - 1), None)
    signal[where] = carried / len(signal[where])
    return replace(pool, eigenvalues=values, signal=signal)


def _times(kernel: Single, matrix: Array) -> Array:
    """Return K' A, products in single precision, means taken out of both sides."""
    centred = (matrix - matrix.mean(axis=0)).astype(np.float32)
    product = (kernel @ centred).astype(np.float64)
    product -= product.mean(axis=0)
    return product


def _traces(kernel: Single) -> tuple[float, float, float]:
    """Return tr K', a bound of the norm of K's rounding over its relative size and M, and the mean of the diagonal."""
    M = len(kernel)
    diagonal = kernel.diagonal().astype(np.float64)
    sums = kernel.sum(axis=1, dtype=np.float64)
    largest = max(float(np.abs(row).max()) for row in kernel)
    return float(diagonal.sum() - sums.sum() / M), largest / np.sqrt(M), float(diagonal.mean())
