"""A kernel in single precision, made block by block: what is held at once is that matrix and two blocks.

Entries are computed in double precision and rounded, by 6e-8 of themselves: a change of the kernel whose norm over the number
of points, about 6e-8 K(x, x)/√M, is nothing beside a ridge that is not as small.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.data.arrays import Array
from numerics.data.given_kernel import PRECOMPUTED, Given
from numerics.data.kernels import default_bandwidth, kernel_matrix, standardise
from numerics.data.kernels.profiles import RADIAL
from theory.errors import BadArgument

BLOCK = 1000  # rows
Single = NDArray[np.float32]


def single_matrix(given: Given, rows: Any) -> Single:
    """Return K between some rows, of shape (n_rows, n_rows), exactly symmetric, in single precision.

    Parameters
    ----------
    given : Given
        Data with a kernel.
    rows : array of int
        Of the data.

    Raises
    ------
    ValueError
        As `Given.matrix`; if an entry leaves the range of single precision.
    """
    if given.kernel == PRECOMPUTED:
        return _rounded(given.data.features[np.ix_(rows, rows)])
    X = standardise(given.data.features[rows], given.scaling)
    shape = dict(given.shape)
    if given.kernel in RADIAL and shape["bandwidth"] is None:
        shape["bandwidth"] = default_bandwidth(X)
    K = np.empty((len(X), len(X)), dtype=np.float32)
    parts = [slice(start, min(start + BLOCK, len(X))) for start in range(0, len(X), BLOCK)]
    for place, part in enumerate(parts):
        for other in parts[: place + 1]:
            block = _rounded(_between(given, X[part], X[other], shape))
            K[part, other], K[other, part] = block, block.T
        K[part, part] = (K[part, part] + K[part, part].T) / 2.0
    return K


def _between(given: Given, X: Array, Y: Array, shape: dict[str, Any]) -> Array:
    """Return K between two blocks of rows."""
    if isinstance(given.kernel, str):
        return kernel_matrix(np.concatenate([X, Y]), given.kernel, **shape)[: len(X), len(X) :]
    K = np.asarray(given.kernel(X, Y), dtype=np.float64)
    if K.shape != (len(X), len(Y)) or not np.isfinite(K).all():
        remedy = "of two points: lambda X, Y: sklearn.metrics.pairwise_kernels(X, Y, metric=f)"
        raise BadArgument("kernel", K.shape, f"a function that returns finite numbers, {(len(X), len(Y))} here", remedy)
    return K


def _rounded(K: Array) -> Single:
    with np.errstate(over="ignore"):
        single = K.astype(np.float32)
    if not np.isfinite(single).all():
        raise BadArgument("kernel", float(np.abs(K).max()), "a matrix of numbers up to 1e38", "rescale it")
    return single
