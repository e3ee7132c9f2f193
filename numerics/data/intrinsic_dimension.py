"""The dimension of the manifold that data lie on, from the distances to their two nearest neighbours (TwoNN).

On d dimensions of locally constant density μ = r₂/r₁ has the law P(μ > x) = x^-d, whatever the density (Facco, d'Errico,
Rodriguez and Laio, 2017): d̂ = n/(Σ ln μ) over n points, the largest μ, which feel the scale of the manifold, counted as no more
than a quantile.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from numerics.data.arrays import Array, feature_matrix
from theory.errors import BadArgument, real_array

ROWS = 512  # of a block of distances
TREE = 12   # dimensions up to which a tree is faster than all distances


@dataclass(frozen=True)
class IntrinsicDimension:
    """A dimension with its standard error.

    Attributes
    ----------
    dimension, stderr : float
        d̂ and d̂/√n, as if ratios of different points were independent.
    n_points : int
        Whose ratio is below the quantile.
    """

    dimension: float
    stderr: float
    n_points: int


def intrinsic_dimension(points: ArrayLike, *, discard: float = 0.1) -> IntrinsicDimension:
    """Estimate the dimension of the manifold that points lie on.

    Parameters
    ----------
    points : array_like of shape (n_rows, n_features)
        At least four; without repeated rows.
    discard : float
        The share 0 ≤ x < 1 of the largest ratios of which it only counts that they are large.

    Returns
    -------
    IntrinsicDimension
        By maximum likelihood.

    Raises
    ------
    ValueError
        If the points are not a finite matrix of at least four different rows, or the share is out of range.

    Notes
    -----
    Noise, and too few points for a dimension, are seen at the scale of nearest neighbours, where d̂ is read: it tends to be too
    low above some ten dimensions.
    """
    X = feature_matrix(points, "points")
    if len(X) < 4:
        raise BadArgument("points", X.shape, "at least four rows", "pass more points")
    admissible, remedy = "a number from 0 to below 1", "leave it out for 0.1"
    share = real_array("discard", discard, admissible, remedy)
    if share.ndim or not 0.0 <= share < 1.0:
        raise BadArgument("discard", discard, admissible, remedy)
    first, second = _two_nearest(X).T
    if not first.all():
        raise BadArgument("points", X.shape, "without repeated rows", "keep one row of those that are equal")
    ratios = np.sort(np.log(second / first))
    kept = max(1, len(X) - int(share * len(X)))
    length = float(ratios[:kept].sum() + (len(X) - kept) * ratios[kept - 1])
    if length == 0.0:
        raise BadArgument("points", X.shape, "no regular lattice", "both neighbours of each point are equally far")
    return IntrinsicDimension(kept / length, float(np.sqrt(kept)) / length, kept)


def _two_nearest(X: Array) -> Array:
    """Return the distances to the two nearest other rows, shape (n_rows, 2), from differences."""
    if X.shape[1] <= TREE:
        return np.asarray(cKDTree(X).query(X, k=3)[0][:, 1:])
    centred = X - X.mean(axis=0)
    squares = np.einsum("ij,ij->i", centred, centred)
    found = np.empty((len(X), 2))
    for start in range(0, len(X), ROWS):
        rows = X[start : start + ROWS]
        rough = squares[start : start + ROWS, None] + squares - 2.0 * centred[start : start + ROWS] @ centred.T
        rough[np.arange(len(rows)), start + np.arange(len(rows))] = np.inf
        near = np.argpartition(rough, min(4, len(X) - 2), axis=1)[:, :5]  # a few more than two: rounding may swap them
        exact = np.linalg.norm(X[near] - rows[:, None], axis=2)
        exact[near == start + np.arange(len(rows))[:, None]] = np.inf
        found[start : start + ROWS] = np.partition(exact, 1, axis=1)[:, :2]
    return found
