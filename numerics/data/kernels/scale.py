"""The scale of features: centred and divided by one number, or each by its own; and the bandwidth that goes with it.

Powers of two are taken out first, so that squares neither overflow nor vanish.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numerics.data.arrays import Array, feature_matrix
from theory.errors import BadArgument

STANDARDISATIONS = ("global", "each", "none")


def standardise(features: ArrayLike, how: str = "global") -> Array:
    """Return the features centred and scaled.

    Parameters
    ----------
    features : array_like of shape (n_rows, n_features)
        A row for each point; real and finite.
    how : {"global", "each", "none"}
        "global" subtracts the mean of each feature and divides all of them by *one* number, √(tr Cov/n_features): right
        for pixels, whose relative variances are information. "each" divides every feature by its own standard
        deviation: right for columns with different units. "none" returns the features as they are.

    Returns
    -------
    ndarray of shape (n_rows, n_features)
        Mean square entry 1, unless `how` is "none".

    Raises
    ------
    ValueError
        If `how` is unknown, all features are constant, or, for "each", any one is.
    """
    X = feature_matrix(features)
    if not (isinstance(how, str) and how in STANDARDISATIONS):
        raise BadArgument("how", how, f"one of {', '.join(STANDARDISATIONS)}", "choose how features are scaled")
    if how == "none":
        return X
    centred, spread, exponent = _centred(X)
    if how == "each":
        if not spread.all():
            raise BadArgument("features", X.shape, "without constant columns to scale each", "drop the constant columns")
        return centred / spread
    shift = exponent - exponent.max()
    return np.ldexp(centred, shift) / np.sqrt(np.mean(np.ldexp(spread, shift) ** 2))


def _centred(X: Array) -> tuple[Array, Array, NDArray[np.int32]]:
    """Return columns centred, their standard deviations (0 of a constant one), and the powers of two that multiply both.

    Raises
    ------
    ValueError
        If all columns are constant.
    """
    varies = (X[0] != X).any(axis=0)
    if not varies.any():
        raise BadArgument("features", X[:1], "varying between rows", "constant features carry no information; pass others")
    exponent = np.frexp(np.abs(X).max(axis=0))[1]
    Z = np.where(varies, np.ldexp(X, -exponent), 0.0)
    for _ in range(2):  # far from the origin the first mean is rounded
        Z = Z - Z.mean(axis=0)
    return Z, np.sqrt(np.mean(Z**2, axis=0)), np.where(varies, exponent, exponent[varies].min())


def default_bandwidth(features: ArrayLike) -> float:
    """Return ℓ = √tr Cov, the root-mean-square distance of a row from the mean row (√n_features once standardised).

    The rms distance of two rows is then √2 ℓ, and typical entries are e⁻¹ (rbf) and e^−√2 (laplace).

    Raises
    ------
    ValueError
        If the features are not a finite matrix, or all are constant.
    """
    _, spread, exponent = _centred(feature_matrix(features))
    return float(np.ldexp(np.linalg.norm(np.ldexp(spread, exponent - exponent.max())), exponent.max()))
