"""Predictors by definition, the target averaged exactly.

    v = argmin (1/P) ‖y − φv‖² + λ ‖v‖²

is linear in y = X w* + ε. With independent w*_k of variance c_k and ε of variance σ², a mean square of residuals is the
sum of squares of a residual *matrix* whose columns are the targets X diag(c)^½ (signal) and 1 (label noise; the root of its
covariance where rows are correlated): nothing is sampled. The theory's risk depends on w* through c_k only.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from numerics.simulate.declared import Array
from numerics.simulate.draws import SIGNAL, Draws, Tag, product, stacked
from numerics.simulate.linear.fits import fit
from numerics.simulate.linear.place import adjoint, conjugate, inner, real
from numerics.simulate.shrinkage import Shrinkage


class Predictor:
    """The mean of K fits on the same data: one cell of the grid. Its modes are those of the K fits together.

    Parameters
    ----------
    draws : Draws
        All matrices of the trial.
    cell : tuple of int
        Which copy of the data, and of each feature layer.
    rule : Shrinkage
        The estimator, at every point of a path.

    Attributes
    ----------
    targets : Targets
        The signal, at the training rows and at the test point.
    overlaps : array of shape (n_modes, n_dims)
        O = leftᴴ (signal)/√P.
    label_overlaps : array of shape (n_modes, n_rows) or None
        The same of the label noise; None without data.
    test : dict of arrays of shape (·, n_modes)
        By tags, the test point's blocks over K: the prediction is Σ_modes rows · gain · overlap.
    train : array of shape (n_rows, n_modes)
        `left` over K.
    gains, remainders : ndarray of shape (n_points, n_modes)
        See `Fit`.
    """

    def __init__(self, draws: Draws, cell: tuple[int, ...], rule: Shrinkage) -> None:
        self.place, self.rule, share = draws.place, rule, 1 / draws.ensemble
        xp = self.place.xp
        members = [draws.features(cell, member) for member in range(draws.ensemble)]
        n_rows = int(members[0].train.shape[0])
        self.targets = draws.targets(cell, n_rows)
        scale = 1 if draws.declared.rows is None else n_rows
        self.fits = [fit(member.train, scale, rule, self.place) for member in members]
        lefts = [adjoint(xp, each.left) for each in self.fits]
        self.overlaps = stacked(xp, [left @ self.targets.train for left in lefts], 0)
        self.labels, self.label_overlaps = draws.label_roots(n_rows), None
        if draws.declared.rows is not None:
            roots = 1.0 if self.labels is None else self.labels
            self.label_overlaps = stacked(xp, lefts, 0) * (roots / math.sqrt(scale))
        self.train = _times(share, stacked(xp, [each.left for each in self.fits], 1))
        self.test = self._seen([member.blocks for member in members], share)
        self.gains = np.hstack([each.gains(rule) for each in self.fits])
        self.remainders = np.hstack([each.remainders(rule) for each in self.fits])

    def _seen(self, blocks: list[dict[Tag, Any]], share: float) -> dict[Tag, Any]:
        """Return each block in the modes of all members; a member's own noise is 0 in those of the others."""
        found: dict[Tag, Any] = {}
        xp, order = self.place.xp, self.targets.order
        for tag in dict.fromkeys(tag for member in blocks for tag in member):
            parts = []
            height = next(int(member[tag].shape[0]) for member in blocks if tag in member)
            for each, member in zip(self.fits, blocks, strict=True):
                if tag in member:
                    parts.append(_times(share, product(member[tag], each.right)))
                else:
                    shape = (height, each.right.shape[1])
                    parts.append(xp.zeros(shape, dtype=each.right.dtype, device=each.right.device))
            rows = stacked(xp, parts, 1)
            found[tag] = rows if tag != SIGNAL or order is None else xp.take(rows, order, axis=0)
        return found

    @property
    def top(self) -> float:
        """The largest eigenvalue of the kernel, over the K fits."""
        return max(each.top for each in self.fits)

    def train_squares(self) -> Array:
        """Return the sum of squares of the training residuals, signal and label noise, of shape (n_points, 2)."""
        signal = self._squares_left(self.targets.train, self.overlaps)
        if self.label_overlaps is None:
            return np.stack([signal, np.zeros_like(signal)], axis=-1)
        n_rows = int(self.train.shape[0])
        if len(self.fits) == 1 and self.labels is None:
            label = self.fits[0].idle(self.rule, self.place.xp) / n_rows
        else:
            roots = self.place.put(np.ones(n_rows)) if self.labels is None else self.labels
            eye = self.place.xp.eye(n_rows, dtype=self.train.dtype, device=self.train.device)
            matrix = eye * (roots / math.sqrt(n_rows))
            label = self._squares_left(matrix, self.label_overlaps)
        return np.stack([signal, label], axis=-1)

    def _squares_left(self, targets: Any, overlaps: Any) -> Array:
        """Return ‖C + train diag(r) O‖² at every point; singular vectors are orthogonal to each other and to C."""
        xp, place, remainders = self.place.xp, self.place, self.remainders
        spans = self.fits[0].spans
        if all(each.values is None for each in self.fits):
            predicted = self.train @ overlaps
            rest = self.fits[0].ridge * predicted if spans else targets - predicted
            return np.array([float(inner(xp, rest, rest))])
        rest = None if spans else targets - self.train @ overlaps
        if len(self.fits) == 1:
            found = remainders**2 @ place.get(inner(xp, overlaps, overlaps, axis=1))
            return found if rest is None else found + float(inner(xp, rest, rest))
        form = hadamard(xp, adjoint(xp, self.train) @ self.train, overlaps, overlaps)
        shares = place.put(remainders)
        found = place.get(forms(xp, shares, form, shares))
        if rest is None:
            return found
        linear = place.get(by_mode(xp, adjoint(xp, rest) @ self.train, overlaps))
        return found + 2 * remainders @ linear + float(inner(xp, rest, rest))


def _times(share: float, array: Any) -> Any:
    """Return a multiple, the array itself where it is the same."""
    return array if share == 1.0 else share * array


def by_mode(xp: Any, products: Any, overlaps: Any) -> Any:
    """Return Re Σ_t O_jt W_tj for each mode j."""
    return real(xp, xp.sum(products.mT * overlaps, axis=1))


def hadamard(xp: Any, seen: Any, one: Any, other: Any) -> Any:
    """Return Re[M ∘ (O O'ᴴ)*], of shape (n_modes, n_modes')."""
    return real(xp, seen * conjugate(xp, one @ adjoint(xp, other)))


def forms(xp: Any, left: Any, form: Any, right: Any) -> Any:
    """Return leftᵀ form right at every point."""
    return xp.sum((left @ form) * right, axis=1)
