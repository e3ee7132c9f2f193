"""Ridge regression by definition, its target averaged exactly.

    v = argmin (1/P) ‖y − φv‖² + λ ‖v‖² = R y,      R = V diag(s/(s² + λ)) Uᴴ/√P,      φ/√P = U diag(s) Vᴴ

is linear in y = X w* + ε. With independent w*_k of variance c_k and ε of variance σ², a mean square of residuals is the
sum of squares of a residual *matrix* whose columns are the targets X diag(c)^½ (signal) and 1 (label noise): nothing is
sampled. The theory's risk depends on w* through c_k only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from numerics.samplers import Matrix
from numerics.simulate.declared import Array
from numerics.simulate.draws import SIGNAL, Draws, Tag
from theory._validate import bad


class Residuals(NamedTuple):
    """Residuals of one predictor at one ridge; columns are targets, the last `n_labels` of them label noise.

    Attributes
    ----------
    train : ndarray of shape (n_rows, n_targets)
        y − f at the training rows, over √P.
    test : dict of ndarrays of shape (·, n_targets)
        y − f at the test point, by blocks as in `Features.test`.
    n_labels : int
    """

    train: Matrix
    test: dict[Tag, Matrix]
    n_labels: int


class RidgePath:
    """One singular value decomposition for all ridges.

    Parameters
    ----------
    features : ndarray of shape (n_rows, n_features)
    targets : ndarray of shape (n_rows, n_targets)
    scale : int
        P in the objective.
    """

    def __init__(self, features: Matrix, targets: Matrix, scale: int) -> None:
        self._left, self._values, right = np.linalg.svd(features / np.sqrt(scale), full_matrices=False)
        self._right = right.conj().T
        self._overlap = self._left.conj().T @ targets / np.sqrt(scale)
        self._rounding = max(features.shape) * np.finfo(np.float64).eps * self._values[0]
        self._scale = scale

    def gains(self, ridge: float) -> Array:
        """Return s/(s² + λ), 0 where s is zero to rounding: the pseudo-inverse at λ = 0.

        Raises
        ------
        ValueError
            If λ is so negative that the objective has no minimum in the span of the features.
        """
        values = np.where(self._values > self._rounding, self._values, 0.0)
        used = values[values > 0]
        if ridge < 0 and used.size and ridge <= -used.min() ** 2:
            raise bad("ridge", ridge, f"above {-used.min() ** 2:.6g}, the edge of this draw", "give a larger ridge")
        gains = np.zeros_like(values)
        gains[values > 0] = used / (used**2 + ridge)
        return gains

    def predict(self, rows: Matrix, ridge: float) -> Matrix:
        """Return φ R (targets) at rows of features φ, of shape (n_rows, n_targets)."""
        return (rows @ self._right * self.gains(ridge)) @ self._overlap

    def fitted(self, ridge: float) -> Matrix:
        """Return φ R (targets) at the training rows, over √P."""
        return (self._left * (self._values * self.gains(ridge))) @ self._overlap


class Predictor:
    """The mean of K ridge fits on the same data: one cell of the grid.

    Parameters
    ----------
    draws : Draws
    cell : tuple of int
    """

    def __init__(self, draws: Draws, cell: tuple[int, ...]) -> None:
        declared, (rows, test) = draws.declared, draws.rows(cell)
        amplitude = np.sqrt(declared.target_power)
        members = [draws.features(cell, member) for member in range(draws.ensemble)]
        n_rows = len(members[0].train)
        signal = np.zeros((n_rows, len(amplitude)), dtype=rows.dtype)
        signal[: len(rows)] = rows * amplitude
        self._n_labels, scale = (n_rows, n_rows) if declared.rows is not None else (0, 1)
        targets = np.hstack([signal, np.eye(n_rows, self._n_labels)])
        self._paths = [RidgePath(member.train, targets, scale) for member in members]
        self._members = members
        self._train = targets / np.sqrt(scale)
        self._test = {SIGNAL: np.hstack([test * amplitude, np.zeros((len(test), self._n_labels))])}

    def residuals(self, ridge: float) -> Residuals:
        """Return the residuals of the mean prediction at one ridge."""
        share = 1 / len(self._members)
        train, test = self._train, dict(self._test)
        for path, member in zip(self._paths, self._members, strict=True):
            train = train - share * path.fitted(ridge)
            for tag, block in member.test.items():
                test[tag] = test.get(tag, 0) - share * path.predict(block, ridge)
        return Residuals(train, test, self._n_labels)
