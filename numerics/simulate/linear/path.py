"""A whole path of ridges, or of times, for the price of one residual: risks are quadratic forms in the gains of the modes.

Residuals at the test point depend on the ridge λ (or the time) through gains g of shape (n_modes,) alone. From a base,

    E(λ) = E₀ + A diag(δ) O,    δ = g₀ − g(λ),    A: test blocks in the modes,    O: overlaps of modes and targets,

    ⟨E, E'⟩ = ⟨E₀, E₀'⟩ + δ·a' + δ'·a + δᵀ[(AᴴA') ∘ (O O'ᴴ)*]δ',      a' = ⟨E₀, A'·O'⟩ by modes,

so that no matrix is touched again for another point. The signal has two bases, so that no term exceeds the sum by more than a
constant and nothing cancels: for the columns that carry most of it, the residual (nearly) where it is least; for the others,
together no larger than what is left of the whole, the targets themselves, g₀ = 0. The label noise has E₀ = 0, g₀ = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.simulate.declared import Array
from numerics.simulate.draws import SIGNAL, Tag
from numerics.simulate.linear.place import adjoint, inner, real
from numerics.simulate.linear.predictor import Predictor, by_mode, forms, hadamard

TOLERATED = 30.0  # how much greater than the least residual's square that of a base may be
REBASES = 8


@dataclass(frozen=True, eq=False)
class _Cell:
    """One predictor along the path.

    Attributes
    ----------
    predictor : Predictor
        Its modes and their overlaps with the targets.
    gains : array of shape (n_points, n_modes)
        Of each mode at each point.
    head : int
        How many columns have a base of their own.
    start : int
        Which point that is.
    base : dict of arrays
        Their residuals there, by blocks.
    met, rest : array of shape (n_modes,)
        ⟨T, A·O⟩, the product of the targets with each mode, over these columns and over the others.
    faint : float
        ⟨T, T⟩ over the others.
    """

    predictor: Predictor
    gains: Any
    head: int
    start: int
    base: dict[Tag, Any]
    met: Any
    rest: Any
    faint: float


def path_products(predictors: Sequence[Predictor]) -> tuple[Array, Array]:
    """Return the inner products of residuals at the test point, all pairs of cells: signal; label noise per σ².

    Parameters
    ----------
    predictors : sequence of Predictor
        One for each cell.

    Returns
    -------
    tuple of two ndarrays of shape (n_points, n_cells, n_cells)

    Raises
    ------
    ValueError
        As `Fit.gains`.
    """
    shape = len(predictors[0].gains), len(predictors), len(predictors)
    signal, label = np.zeros(shape), np.zeros(shape)
    seen = {(i, i): _seen_together(predictor, predictor) for i, predictor in enumerate(predictors)}
    cells, squares = _based(predictors, seen)
    for i, one in enumerate(cells):
        signal[:, i, i] = squares[i]
        for j in range(i):
            seen[i, j] = _seen_together(one.predictor, cells[j].predictor)
            signal[:, i, j] = signal[:, j, i] = _signal(one, cells[j], seen[i, j])
        for j in range(i + 1):
            label[:, i, j] = label[:, j, i] = _label(one, cells[j], seen[i, j])
    return signal, label


def _based(predictors: Sequence[Predictor], seen: dict[tuple[int, int], Any]) -> tuple[list[_Cell], list[Array]]:
    """Choose bases until nothing cancels; return the cells and the squares of their residuals at every point."""
    columns = _column_squares(predictors[0])
    beyond = np.append(np.cumsum(columns[::-1])[::-1], 0.0)  # Σ over the columns from each on
    gains = [predictor.place.put(predictor.gains) for predictor in predictors]
    starts = [predictor.rule.start for predictor in predictors]
    head = _fewest(beyond, beyond[0] / TOLERATED)
    for _ in range(REBASES):
        cells = [
            _cell(predictor, own, head, start) for predictor, own, start in zip(predictors, gains, starts, strict=True)
        ]
        squares = [_signal(cell, cell, seen[i, i]) for i, cell in enumerate(cells)]
        best = [int(np.argmin(each)) for each in squares]
        least = min(float(each[place]) for each, place in zip(squares, best, strict=True))
        enough = _fewest(beyond, TOLERATED * least)
        close = all(
            each[start] <= TOLERATED * each[place] for each, start, place in zip(squares, starts, best, strict=True)
        )
        if close and not enough > head:
            break
        if enough > head:
            head = max(_fewest(beyond, least), min(2 * head, len(columns)))
        starts = best
    return cells, squares


def _fewest(beyond: Array, allowed: float) -> int:
    """Return the least number of columns beyond which no more than `allowed` is left; all where it is not positive or nan."""
    return int(np.argmax(beyond <= allowed)) if allowed > 0 else 0 if not beyond[0] > 0 else len(beyond) - 1


def _column_squares(predictor: Predictor) -> Array:
    """Return the squares of the signal's columns at the test point, shape (n_dims,)."""
    xp, targets = predictor.place.xp, predictor.targets.test
    if targets.ndim == 1:
        return predictor.place.get(real(xp, targets)) ** 2
    return predictor.place.get(inner(xp, targets, targets, axis=0))


def _cell(predictor: Predictor, gains: Any, head: int, start: int) -> _Cell:
    """Return a cell with the residuals of its first columns at one point."""
    xp, targets, overlaps = predictor.place.xp, predictor.targets.test, predictor.overlaps[:, :head]
    base = {tag: -(rows * gains[start, :]) @ overlaps for tag, rows in predictor.test.items()}
    base[SIGNAL] = _first(xp, targets, head) + base[SIGNAL]
    met, rest = _alone(predictor, slice(0, head)), _alone(predictor, slice(head, None))
    return _Cell(predictor, gains, head, start, base, met, rest, float(np.sum(_column_squares(predictor)[head:])))


def _first(xp: Any, targets: Any, count: int) -> Any:
    """Return the first columns of the targets."""
    if targets.ndim != 1:
        return targets[:, :count]
    return xp.eye(targets.shape[0], count, dtype=targets.dtype, device=targets.device) * targets[:count]


def _signal(one: _Cell, other: _Cell, seen: Any) -> Array:
    """Return ⟨E, E'⟩ of the signal at every point."""
    xp, get = one.predictor.place.xp, one.predictor.place.get
    mine, theirs = one.predictor.overlaps, other.predictor.overlaps
    found = one.faint - one.gains @ one.rest - other.gains @ other.rest
    found = found + forms(xp, one.gains, hadamard(xp, seen, mine[:, one.head :], theirs[:, one.head :]), other.gains)
    shared = sorted(one.base.keys() & other.base.keys())
    found = found + sum(float(inner(xp, one.base[tag], other.base[tag])) for tag in shared)
    if one.gains.shape[0] > 1 and one.head:
        form = hadamard(xp, seen, mine[:, : one.head], theirs[:, : one.head])
        shifts, others = one.gains[one.start, :] - one.gains, other.gains[other.start, :] - other.gains
        linear = one.met - form @ other.gains[other.start, :], other.met - one.gains[one.start, :] @ form
        found = found + shifts @ linear[0] + others @ linear[1] + forms(xp, shifts, form, others)
    return get(found)


def _label(one: _Cell, other: _Cell, seen: Any) -> Array:
    """Return the same of the label noise."""
    mine, theirs, place = one.predictor.label_overlaps, other.predictor.label_overlaps, one.predictor.place
    if mine is None or theirs is None:
        return np.zeros(one.gains.shape[0])
    return place.get(forms(place.xp, one.gains, hadamard(place.xp, seen, mine, theirs), other.gains))


def _alone(predictor: Predictor, columns: slice) -> Any:
    """Return ⟨T, A·O⟩ by modes over some columns: the signal as a predictor 0 misses it, beside what each mode predicts."""
    xp, targets, rows = predictor.place.xp, predictor.targets.test, predictor.test[SIGNAL]
    if targets.ndim == 1:
        return real(xp, xp.sum((rows[columns, :] * targets[columns, None]).mT * predictor.overlaps[:, columns], axis=1))
    return by_mode(xp, adjoint(xp, targets[:, columns]) @ rows, predictor.overlaps[:, columns])


def _seen_together(one: Predictor, other: Predictor) -> Any:
    """Return AᴴA', summed over the blocks that both see, of shape (n_modes, n_modes')."""
    xp = one.place.xp
    parts = [adjoint(xp, one.test[tag]) @ other.test[tag] for tag in sorted(one.test.keys() & other.test.keys())]
    return sum(parts[1:], parts[0])
