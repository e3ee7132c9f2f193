"""A whole path of ridges, or of times, for the price of one residual: risks are quadratic forms in the gains of the modes.

Residuals at the test point depend on the ridge λ (or the time) through gains g of shape (n_modes,) alone. From a base λ₀,

    E(λ) = E(λ₀) + A diag(δ) O,    δ = g(λ₀) − g(λ),    A: test blocks in the modes,    O: overlaps of modes and targets,

    ⟨E, E'⟩ = ⟨E₀, E₀'⟩ + δ·a' + δ'·a + δᵀ[(AᴴA') ∘ (O O'ᴴ)*]δ',

so that no matrix is touched again for another point; M is the form in the last term, and a' = ⟨T, A'·O'⟩ − g(λ₀)ᵀM by
modes, T the targets. The base of the signal is (nearly) where its residual is least: then
no term exceeds the sum by more than a constant, and nothing cancels. The label noise has the base E₀ = 0, g = 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from numerics.simulate.declared import Array
from numerics.simulate.draws import Tag, product
from numerics.simulate.ridge import Predictor
from numerics.simulate.samplers import Matrix
from numerics.simulate.shrinkage import Shrinkage

TOLERATED = 30.0  # how much greater than the least residual's square that of the base may be
REBASES = 8


@dataclass(frozen=True, eq=False)
class _Cell:
    """One predictor along the path.

    Attributes
    ----------
    predictor : Predictor
        Its decomposition and overlaps with the targets.
    gains : ndarray of shape (n_points, n_modes)
        Of each mode at each point.
    start : int
        Which point is the base of the signal.
    base : dict of ndarrays
        The signal's residuals there, by blocks.
    alone : ndarray of shape (n_modes,)
        ⟨T, A·O⟩, the product of the targets with each mode.
    """

    predictor: Predictor
    gains: Array
    start: int
    base: dict[Tag, Matrix]
    alone: Array

    @property
    def shifts(self) -> Array:
        """δ, of shape (n_points, n_modes)."""
        return self.gains[self.start] - self.gains


def path_products(predictors: Sequence[Predictor], rule: Shrinkage) -> tuple[Array, Array]:
    """Return the inner products of residuals at the test point, all pairs of cells: signal; label noise per σ².

    Parameters
    ----------
    predictors : sequence of Predictor
        One for each cell.
    rule : Shrinkage
        The estimator at every point of the path.

    Returns
    -------
    tuple of two ndarrays of shape (n_points, n_cells, n_cells)
        At each point what `anova.products` returns for `Predictor.residuals`.

    Raises
    ------
    ValueError
        As `Decomposition.gains`.
    """
    signal, label = (np.zeros((math.prod(rule.shape), len(predictors), len(predictors))) for _ in range(2))
    cells: list[_Cell] = []
    for i, predictor in enumerate(predictors):
        known, noise = predictor.parts
        seen = _seen_together(predictor, predictor)
        one, signal[:, i, i] = _based(predictor, rule, seen)
        label[:, i, i] = _form(one.gains, _hadamard(seen, predictor, predictor, noise), one.gains)
        for j, other in enumerate(cells):
            seen = _seen_together(predictor, other.predictor)
            form = _hadamard(seen, predictor, other.predictor, known)
            signal[:, i, j] = signal[:, j, i] = _signal(one, other, form)
            form = _hadamard(seen, predictor, other.predictor, noise)
            label[:, i, j] = label[:, j, i] = _form(one.gains, form, other.gains)
        cells.append(one)
    return signal, label


def train_squares(predictor: Predictor, rule: Shrinkage) -> Array:
    """Return the sum of squares of the training residuals, signal and label noise, of shape (n_points, 2).

    From the ridgeless fit C with all modes, E = C + U diag(r) O/K in the remainders r. The modes of one fit
    are orthogonal to each other and to C.
    """
    unfitted, remainders = predictor.unfitted(), predictor.remainders(rule)
    squares = []
    for part in predictor.parts:
        rest, overlaps = unfitted[:, part], predictor.overlaps[:, part]
        found: Array = float(np.vdot(rest, rest).real) + np.zeros(len(remainders))
        if predictor.ensemble == 1:
            found = found + remainders**2 @ (overlaps * overlaps.conj()).real.sum(axis=1)
        else:
            together = predictor.train.conj().T @ predictor.train
            linear = _by_mode(rest.conj().T @ predictor.train, overlaps)
            form = (together * (overlaps.conj() @ overlaps.T)).real
            found = found + 2 * remainders @ linear + _form(remainders, form, remainders)
        squares.append(found)
    return np.stack(squares, axis=-1)


def _based(predictor: Predictor, rule: Shrinkage, seen: Matrix) -> tuple[_Cell, Array]:
    """Choose the base, from the point that fits most towards the least residual, until nothing cancels; return its squares."""
    gains, (signal, _) = predictor.gains(rule), predictor.parts
    alone, form = _alone(predictor), _hadamard(seen, predictor, predictor, signal)
    best = rule.start
    for _ in range(REBASES):
        cell = _Cell(predictor, gains, best, predictor.at_test(gains[best], signal), alone)
        squares = _signal(cell, cell, form)
        best = int(np.argmin(squares))
        if squares[cell.start] <= TOLERATED * squares[best]:
            break
    return cell, squares


def _signal(one: _Cell, other: _Cell, form: Array) -> Array:
    """Return ⟨E, E'⟩ of the signal at every point."""
    shared = sorted(one.base.keys() & other.base.keys())
    at_base = sum(float(np.vdot(one.base[tag], other.base[tag]).real) for tag in shared)
    shifts, others = one.shifts, other.shifts
    linear = one.alone - form @ other.gains[other.start], other.alone - one.gains[one.start] @ form
    return at_base + shifts @ linear[0] + others @ linear[1] + _form(shifts, form, others)


def _alone(predictor: Predictor) -> Array:
    """Return ⟨T, A·O⟩ by modes: the signal as a predictor 0 misses it, beside what each mode predicts."""
    found, (signal, _) = np.zeros(len(predictor.overlaps)), predictor.parts
    for tag, block in predictor.targets.test.items():
        modes, rows = predictor.test[tag]
        found[modes] += _by_mode(product(block[:, signal].conj().T, rows), predictor.overlaps[modes, signal])
    return found


def _by_mode(products: Matrix, overlaps: Matrix) -> Array:
    """Return Re Σ_t O_jt W_tj for each mode j."""
    return np.einsum("jt,jt->j", np.ascontiguousarray(products.T), overlaps).real


def _seen_together(one: Predictor, other: Predictor) -> Matrix:
    """Return AᴴA', summed over the blocks that both see, of shape (n_modes, n_modes')."""
    found = np.zeros((len(one.overlaps), len(other.overlaps)), dtype=one.overlaps.dtype)
    for tag in sorted(one.test.keys() & other.test.keys()):
        (modes, rows), (others, seen) = one.test[tag], other.test[tag]
        found[np.ix_(modes, others)] += rows.conj().T @ seen
    return found


def _hadamard(seen: Matrix, one: Predictor, other: Predictor, columns: slice) -> Array:
    """Return Re[(AᴴA') ∘ (O O'ᴴ)*] over some targets, of shape (n_modes, n_modes')."""
    return (seen * (one.overlaps[:, columns].conj() @ other.overlaps[:, columns].T)).real


def _form(left: Array, form: Array, right: Array) -> Array:
    """Return leftᵀ form right at every point."""
    return np.einsum("ri,ri->r", left @ form, right)
