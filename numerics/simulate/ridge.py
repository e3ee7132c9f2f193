"""Ridge regression and training by definition, the target averaged exactly.

    v = argmin (1/P) ‖y − φv‖² + λ ‖v‖² = R y,      R = V diag(gains) Uᴴ/√P,      φ/√P = U diag(s) Vᴴ

is linear in y = X w* + ε. With independent w*_k of variance c_k and ε of variance σ², a mean square of residuals is the
sum of squares of a residual *matrix* whose columns are the targets X diag(c)^½ (signal) and 1 (label noise; the root of its
covariance where rows are correlated): nothing is sampled. The theory's risk depends on w* through c_k only.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from numerics.simulate.declared import Array
from numerics.simulate.draws import SIGNAL, Draws, Tag
from numerics.simulate.samplers import Matrix
from numerics.simulate.shrinkage import Ridges, Shrinkage


class Residuals(NamedTuple):
    """Residuals of one predictor at one ridge; columns are targets, the last `n_labels` of them label noise.

    Attributes
    ----------
    train : ndarray of shape (n_rows, n_targets)
        y − f at the training rows, over √P.
    test : dict of ndarrays of shape (·, n_targets)
        y − f at the test point, by blocks as in `Features.test`.
    n_labels : int
        How many columns, the last ones, are label noise.
    """

    train: Matrix
    test: dict[Tag, Matrix]
    n_labels: int


class Seen(NamedTuple):
    """Rows of features in the modes of a predictor: rows @ V.

    Attributes
    ----------
    modes : ndarray of int, shape (n_seen,)
        Which of the predictor's modes; the others do not see these rows.
    rows : ndarray of shape (·, n_seen)
        Their components along these modes.
    """

    modes: NDArray[np.intp]
    rows: Matrix


class Decomposition:
    """One singular value decomposition φ/√P = U diag(s) Vᴴ, for all ridges, or all times.

    Parameters
    ----------
    features : ndarray of shape (n_rows, n_features)
        φ, a row for each sample.
    scale : int
        P in the objective.
    """

    def __init__(self, features: Matrix, scale: int) -> None:
        self.left, self.values, right = np.linalg.svd(features / np.sqrt(scale), full_matrices=False)
        self.right = right.conj().T
        self._used = self.values > max(features.shape) * np.finfo(np.float64).eps * self.values[0]

    @property
    def top(self) -> float:
        """The largest eigenvalue x = s² of the kernel."""
        return float(self.values[0]) ** 2

    def gains(self, rule: Shrinkage) -> Array:
        """Return the gain of each mode, 0 where s is zero to rounding: the pseudo-inverse; shape (n_points, n_modes).

        Raises
        ------
        ValueError
            As `Ridges.gains`.
        """
        gains = np.zeros((math.prod(rule.shape), len(self.values)))
        gains[:, self._used] = rule.gains(self.values[self._used])
        return gains

    def remainders(self, rule: Shrinkage) -> Array:
        """Return 1 − s·gain, the share of a mode that is left in training, of shape (n_points, n_modes)."""
        remainders = np.ones((math.prod(rule.shape), len(self.values)))
        remainders[:, self._used] = rule.remainders(self.values[self._used])
        return remainders


class Predictor:
    """The mean of K fits on the same data: one cell of the grid. Its modes are those of the K fits together.

    Parameters
    ----------
    draws : Draws
        All matrices of the trial.
    cell : tuple of int
        Which copy of the data, and of each feature layer.

    Attributes
    ----------
    n_labels : int
        How many of the targets, the last ones, are label noise.
    parts : tuple of two slices
        The columns of the signal among the targets, and those of the label noise.
    ensemble : int
        K.
    targets : Residuals
        The residuals of the predictor 0.
    overlaps : ndarray of shape (n_modes, n_targets)
        Uᴴ (targets)/√P.
    test : dict of Seen
        By tags, the test point's blocks over K: the prediction is Σ_modes rows · gain · overlap.
    train : ndarray of shape (n_rows, n_modes)
        U over K: the prediction is Σ_modes U (1 − remainder) overlap.
    """

    def __init__(self, draws: Draws, cell: tuple[int, ...]) -> None:
        declared, (rows, test) = draws.declared, draws.rows(cell)
        self.ensemble, share = draws.ensemble, 1 / draws.ensemble
        amplitude = np.sqrt(declared.target_power)
        self.parts = slice(len(amplitude)), slice(len(amplitude), None)
        members = [draws.features(cell, member) for member in range(draws.ensemble)]
        n_rows = len(members[0].train)
        self.n_labels, scale = (n_rows, n_rows) if declared.rows is not None else (0, 1)
        signal = np.zeros((n_rows, len(amplitude)), dtype=rows.dtype)
        signal[: len(rows)] = rows * amplitude
        labels = np.eye(n_rows, self.n_labels)
        if declared.rows is not None:
            labels *= declared.rows.layer.noise_roots(n_rows)
        at_train = np.hstack([signal, labels]) / np.sqrt(scale)
        at_test = np.hstack([test * amplitude, np.zeros((len(test), self.n_labels))])
        self.targets = Residuals(at_train, {SIGNAL: at_test}, self.n_labels)
        self._fits = [Decomposition(member.train, scale) for member in members]
        self.overlaps = np.vstack([fit.left.conj().T @ at_train for fit in self._fits])
        self.train = np.hstack([share * fit.left for fit in self._fits])
        self.test = self._seen([{tag: share * block for tag, block in member.test.items()} for member in members])

    def _seen(self, blocks: list[dict[Tag, Matrix]]) -> dict[Tag, Seen]:
        found: dict[Tag, list[tuple[Any, Matrix]]] = {}
        place = 0
        for fit, member in zip(self._fits, blocks, strict=True):
            modes = np.arange(place, place + len(fit.values))
            place += len(modes)
            for tag, block in member.items():
                found.setdefault(tag, []).append((modes, block @ fit.right))
        return {
            tag: Seen(np.concatenate([modes for modes, _ in parts]), np.hstack([rows for _, rows in parts]))
            for tag, parts in found.items()
        }

    @property
    def top(self) -> float:
        """The largest eigenvalue of the kernel, over the K fits."""
        return max(fit.top for fit in self._fits)

    def gains(self, rule: Shrinkage) -> Array:
        """Return the gain of every mode, of shape (n_points, n_modes); see `Decomposition.gains`."""
        return np.hstack([fit.gains(rule) for fit in self._fits])

    def remainders(self, rule: Shrinkage) -> Array:
        """Return the remainder of every mode, of shape (n_points, n_modes); see `Decomposition.remainders`."""
        return np.hstack([fit.remainders(rule) for fit in self._fits])

    def residuals(self, ridge: float) -> Residuals:
        """Return the residuals of the mean prediction at one ridge."""
        rule = Ridges(np.array([float(ridge)]))
        (gains,), (remainders,) = self.gains(rule), self.remainders(rule)
        train = self.unfitted() + (self.train * remainders) @ self.overlaps
        return Residuals(train, self.at_test(gains, slice(None)), self.n_labels)

    def unfitted(self) -> Matrix:
        """Return the part of the targets outside all modes, at the training rows, over √P."""
        return self.targets.train - self.train @ self.overlaps

    def at_test(self, gains: Array, columns: slice) -> dict[Tag, Matrix]:
        """Return residuals at the test point for some targets, at given gains of shape (n_modes,)."""
        found = {
            tag: -(seen.rows * gains[seen.modes]) @ self.overlaps[seen.modes, columns] for tag, seen in self.test.items()
        }
        for tag, block in self.targets.test.items():
            found[tag] = block[:, columns] + found[tag]
        return found
