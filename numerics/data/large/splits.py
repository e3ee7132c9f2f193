"""Kernel ridge on random splits of a pool whose kernel is held in single precision: every solve is in double precision.

One matrix of P × P doubles is held beside the pool's, centred, shifted and factored in place; held-out rows go in blocks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg

from numerics.data.arrays import Array
from numerics.data.large.matrix import BLOCK, Single
from theory.errors import BadArgument


def single_split(K: Single, Y: Array, order: Any, size: int, ridge: float) -> tuple[float, float]:
    """Return (test, train) of one split with an intercept; see `numerics.data.kernel_ridge`.

    Parameters
    ----------
    K : ndarray of float32, shape (M, M)
        The kernel.
    Y : ndarray of shape (M, n_outputs)
        Targets.
    order : array of int, shape (M,)
        The training rows are the first.
    size : int
        P.
    ridge : float
        λ > 0.

    Raises
    ------
    ValueError
        If K_train + δI is singular to rounding.
    """
    train, test, delta = order[:size], order[size:], ridge * float(size)
    A = np.empty((size, size))
    for start in range(0, size, BLOCK):
        A[start : start + BLOCK] = K[np.ix_(train[start : start + BLOCK], train)]
    means = A.mean(axis=0)
    A -= means
    A -= means[:, None]
    A += float(means.mean())
    A[np.diag_indices_from(A)] += delta
    try:
        L = scipy.linalg.cholesky(A.T, lower=True, overwrite_a=True, check_finite=False)
    except np.linalg.LinAlgError:
        admissible = f"large enough for K + δI to be invertible at P = {size} in single precision"
        raise BadArgument("ridge", ridge, admissible, "use a larger ridge, or a smaller pool") from None
    mean = Y[train].mean(axis=0)
    dual = scipy.linalg.cho_solve((L, True), Y[train] - mean, check_finite=False)
    missed = 0.0
    for start in range(0, len(test), BLOCK):
        rows = test[start : start + BLOCK]
        missed += float(np.sum((Y[rows] - mean - (K[np.ix_(rows, train)] - means) @ dual) ** 2))
    return missed / len(test), float(np.sum((delta * dual) ** 2)) / size
