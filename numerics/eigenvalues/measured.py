"""The eigenvalues of data: of the sample covariance of a user's rows, with what was left out said."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from numerics.data.arrays import feature_matrix
from numerics.data.sets import DataWarning
from theory.errors import BadArgument, truth
from theory.results.result import PerPoint, Result


@dataclass(frozen=True, repr=False)
class MeasuredSpectrum(Result):
    """Eigenvalues of data.

    Attributes
    ----------
    eigenvalues : ndarray of shape (n_dims,)
        Of XᵀX/P, descending; those that vanish by rank are exactly 0.
    n_samples, n_dims : int
        P rows and D columns that were kept.
    notes : tuple of str
        What was left out, in words.
    """

    eigenvalues: PerPoint
    n_samples: int
    n_dims: int
    notes: tuple[str, ...]

    @property
    def entropy(self) -> float:
        """−Σ p ln p in nats, p the eigenvalues over their sum."""
        p = self.eigenvalues[self.eigenvalues > 0] / self.eigenvalues.sum()
        return float(-(p * np.log(p)).sum())


def measured_spectrum(features: ArrayLike, centred: bool = True) -> MeasuredSpectrum:
    """Return the eigenvalues of the sample covariance of rows of features.

    Parameters
    ----------
    features : array-like of shape (n_rows, n_features)
        One row a point. Columns that are constant, and rows that repeat an earlier one, are left out, with a warning.
    centred : bool
        Whether the mean row is taken away first (it takes one from the rank).

    Returns
    -------
    MeasuredSpectrum
        Eigenvalues, sizes, and what was left out.

    Raises
    ------
    ValueError
        For what is no table of finite numbers, or has fewer than 3 distinct rows or varying columns.

    Warns
    -----
    DataWarning
        For each kind of rows or columns left out.
    """
    X, notes = feature_matrix(features), []
    truth("centred", centred)
    varies = (X[0] != X).any(axis=0)
    if not varies.all():
        notes.append(f"{(~varies).sum()} of {varies.size} columns are constant and were left out")
        X = X[:, varies]
    first = np.sort(np.unique(X, axis=0, return_index=True)[1]) if X.shape[1] else np.zeros(1, np.intp)
    if first.size < len(X):
        notes.append(f"{len(X) - first.size} of {len(X)} rows repeat an earlier one and were left out")
        X = X[first]
    if min(X.shape) < 3:
        raise BadArgument("features", X.shape, "of at least 3 distinct rows and 3 varying columns", "pass more data")
    for note in notes:
        warnings.warn(note, DataWarning, stacklevel=2)
    if centred:
        X = X - X.mean(axis=0)
    values = np.linalg.svd(X / np.sqrt(len(X)), compute_uv=False)
    found = np.zeros(X.shape[1])
    positive = values > max(X.shape) * np.finfo(np.float64).eps * values[0]
    found[: positive.sum()] = values[positive] ** 2
    return MeasuredSpectrum(found, len(X), X.shape[1], tuple(notes))
