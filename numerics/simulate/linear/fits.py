r"""Fits by definition, as modes: columns `left` over the rows and `right` over the features.

    prediction at rows A:   A right diag(gains) O,        O = leftᴴ y/√P,
    what training leaves:   C + left diag(remainders) O,  C = 0 where the modes span the rows, else y − left O.

For many ridges, or times, left and right are singular vectors, φ/√P = left diag(s) rightᴴ. One ridge needs less: with
φᴴφ/P + λ = LLᴴ they are φL⁻ᴴ/√P and L⁻ᴴ, all gains 1 and all remainders 0; of fewer rows than features, with
φφᴴ/P + λ = LLᴴ, they are L⁻ᴴ and φᴴL⁻ᴴ/√P, and all remainders λ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.simulate.declared import Array
from numerics.simulate.linear.place import Place, adjoint, inner
from numerics.simulate.shrinkage import Shrinkage

POOR = 1e-5  # ridge over the norm of the kernel below which a Cholesky factor would lose digits that singular values keep


@dataclass(frozen=True, eq=False)
class Fit:
    """One fit, or all fits of a path.

    Attributes
    ----------
    left : array of shape (n_rows, n_modes)
        At the training rows.
    right : array of shape (n_features, n_modes)
        In the features.
    values : ndarray of shape (n_modes,) or None
        Singular values s of φ/√P, where left and right are singular vectors.
    ridge : float
        λ where they are not.
    """

    left: Any
    right: Any
    values: Array | None = None
    ridge: float = 0.0

    @property
    def spans(self) -> bool:
        """Whether there are as many modes as rows: C = 0."""
        return bool(self.left.shape[0] == self.left.shape[1])

    @property
    def top(self) -> float:
        """The largest eigenvalue x = s² of the kernel."""
        assert self.values is not None
        return float(self.values[0]) ** 2

    def gains(self, rule: Shrinkage) -> Array:
        """Return the gain of each mode, 0 where s is zero to rounding: the pseudo-inverse; shape (n_points, n_modes).

        Raises
        ------
        ValueError
            As `Ridges.gains`.
        """
        if self.values is None:
            return np.ones((1, self.left.shape[1]))
        gains, used = np.zeros((math.prod(rule.shape), len(self.values))), self._used(self.values)
        gains[:, used] = rule.gains(self.values[used])
        return gains

    def remainders(self, rule: Shrinkage) -> Array:
        """Return the share of each mode that is left in training, of shape (n_points, n_modes)."""
        if self.values is None:
            return np.full((1, self.left.shape[1]), self.ridge if self.spans else 0.0)
        remainders, used = np.ones((math.prod(rule.shape), len(self.values))), self._used(self.values)
        remainders[:, used] = rule.remainders(self.values[used])
        return remainders

    def idle(self, rule: Shrinkage, xp: Any) -> Array:
        """Return ‖1 − H‖² of the matrix H that makes predictions of targets, at the training rows; shape (n_points,)."""
        n_rows, n_modes = self.left.shape
        if self.values is not None:
            return n_rows - n_modes + np.sum(self.remainders(rule) ** 2, axis=1)
        gram = adjoint(xp, self.left) @ self.left
        if self.spans:
            return np.array([self.ridge**2 * float(inner(xp, gram, gram))])
        rest = xp.eye(n_modes, dtype=gram.dtype, device=gram.device) - gram
        return np.array([n_rows - n_modes + float(inner(xp, rest, rest))])

    def _used(self, values: Array) -> Any:
        return values > max(self.left.shape[0], self.right.shape[0]) * np.finfo(np.float64).eps * values[0]


def fit(features: Any, scale: int, rule: Shrinkage, place: Place) -> Fit:
    """Return the fit of features.

    Parameters
    ----------
    features : array of shape (n_rows, n_features)
        φ, a row for each sample.
    scale : int
        P in the objective.
    rule : Shrinkage
        Where it is one ridge, no smaller than 10⁻⁵ of the kernel, a Cholesky factor does.
    place : Place
        Where φ is.
    """
    xp, scaled = place.xp, features / math.sqrt(scale)
    if rule.alone is not None and rule.alone > 0:
        found = _of_one_ridge(scaled, rule.alone, place)
        if found is not None:
            return found
    left, values, right = xp.linalg.svd(scaled, full_matrices=False)
    return Fit(left, adjoint(xp, right), place.get(values))


def _of_one_ridge(scaled: Any, ridge: float, place: Place) -> Fit | None:
    """Return the fit by a Cholesky factor, or None where the ridge is too small for one."""
    xp, turned = place.xp, adjoint(place.xp, scaled)
    wide = scaled.shape[0] <= scaled.shape[1]
    kernel = scaled @ turned if wide else turned @ scaled
    if not ridge >= POOR * float(xp.linalg.matrix_norm(kernel)):
        return None
    root = place.root_of_inverse(kernel + ridge * place.eye(kernel))
    return Fit(root, turned @ root, ridge=ridge) if wide else Fit(scaled @ root, root, ridge=ridge)
