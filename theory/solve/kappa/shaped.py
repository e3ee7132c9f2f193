"""Laws of columns and rows in doubles: χ at a given d, and what formulas take of it. Points of one size go together.

f = dχ/tr C is what a layer leaves of the ridge; b̄ = tr C²(C+χ)⁻²/d and b = χ tr C(C+χ)⁻²/d are its stiffness pair,
−dlnf/dlnd = b̄/b. Of infinitely many eigenvalues with an infinite sum nothing is seen: f = b = 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from theory.chain.arguments import LawValues
from theory.chain.layers import Layer
from theory.chain.layers.shapes import MATCHED, WHITE, roots
from theory.chain.places import Slots
from theory.chain.s_transforms.laws.law import EigenvalueLaw
from theory.chain.s_transforms.laws.measures import Measure, invert, invert_near
from theory.chain.two_points import LawTraces, Point
from theory.chunks import chunks
from theory.solve.kappa.state import Solution
from theory.spectra.base import Array
from theory.spectra.sums.nodes import CHUNK

Complex: TypeAlias = NDArray[np.complex128]

BISECTIONS = 100
FULL = 1e-10


class Shape(NamedTuple):
    """A law at some points, arrays of shape (points,).

    Attributes
    ----------
    chi : ndarray
        χ, in the law's own scale: a multiple of that of C.
    factor, part, rest : ndarray
        f, b̄ and b.
    """

    chi: Array
    factor: Array
    part: Array
    rest: Array


def by_size(law: EigenvalueLaw, sizes: Array) -> Iterator[tuple[NDArray[np.intp], Measure | None]]:
    """Yield the points of each size and its law; None where it is infinite and so is the sum of the eigenvalues."""
    for size in np.unique(sizes):
        unseen = np.isinf(size) and not law.summable
        yield np.flatnonzero(sizes == size), None if unseen else law.measure(float(size), 0)


def ranks(law: EigenvalueLaw | None, sizes: Array) -> Array:
    """Return the largest d that a layer of each size can have: its rank."""
    if law is None:
        return sizes
    found = np.full(sizes.shape, np.inf)
    for where, measure in by_size(law, sizes):
        if measure is not None:
            found[where] = measure.rank
    return found


def at_dof(law: EigenvalueLaw, sizes: Array, base: Array, offset: Array) -> Shape:
    """Return a law at d = base + offset; χ below 1e-300 is about that, and the caller's to notice."""
    chi = np.full(sizes.shape, np.inf)
    for where, measure in by_size(law, sizes):
        if measure is not None:
            chi[where] = invert(measure, base[where], offset[where], refuse=False)
    return at_chi(law, sizes, chi)


def at_chi(law: EigenvalueLaw, sizes: Array, chi: Array) -> Shape:
    """Return a law at given χ ≥ 0."""
    factor, part, rest = np.ones(sizes.shape), np.zeros(sizes.shape), np.ones(sizes.shape)
    for where, measure in by_size(law, sizes):
        if measure is not None:
            seen = where[np.isfinite(chi[where])]  # the others have d = 0
            learnt, mixed = measure.stiffness(chi[seen])
            factor[seen] = (learnt + mixed) * chi[seen] / measure.total
            part[seen], rest[seen] = learnt / (learnt + mixed), mixed / (learnt + mixed)
    return Shape(chi, factor, part, rest)


def near(law: EigenvalueLaw, sizes: Array, dof: Complex, start: Complex) -> tuple[Complex, Complex, Complex]:
    """Return χ at complex d on the branch next to `start`, f, and df/dd."""
    chi = np.full(sizes.shape, np.inf, np.complex128)
    factor, slope = np.ones((2, *sizes.shape), np.complex128) * np.array([[1.0], [0.0]])
    for where, measure in by_size(law, sizes):
        if measure is not None:
            d = dof[where]
            chi[where], _ = invert_near(measure, np.zeros(where.size), d, start[where])
            learnt, mixed = measure.stiffness(chi[where])
            factor[where] = d * chi[where] / measure.total
            slope[where] = -learnt / mixed * chi[where] / measure.total
    return chi, factor, slope


def at_factor(law: EigenvalueLaw, sizes: Array, factor: Complex, start: Complex) -> Complex:
    """Return χ at a given f, next to `start`: f tells it where d is next to the rank."""
    chi = start.copy()
    for where, measure in by_size(law, sizes):
        if measure is not None:
            full = np.abs(factor[where]) < FULL  # f = rank χ/tr C where hardly anything is left
            leading = factor[where] * measure.total / measure.rank if np.isfinite(measure.rank) else start[where]
            chi[where] = measure.at_factor(factor[where], np.where(full, leading, start[where]))
    return chi


def beyond(law: EigenvalueLaw, sizes: Array, dof: Array) -> tuple[Array, Array]:
    """Return f and df/dd at d < 0, where χ is below minus the largest eigenvalue; NaN at other d."""
    factor, slope = np.ones(sizes.shape), np.zeros(sizes.shape)
    for where, measure in by_size(law, sizes):
        if measure is None:
            continue
        d, top = dof[where], measure.largest
        low, high = np.full(where.size, -80.0), np.log(1.0 + 4.0 * measure.total / top / np.abs(d))
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            too_near = measure.below(top * np.exp(middle))[1] < d
            low, high = np.where(too_near, middle, low), np.where(too_near, high, middle)
        chi, _, learnt, mixed = measure.below(top * np.exp(high))
        factor[where] = np.where(d < 0, d * chi / measure.total, np.nan)
        slope[where] = np.where(d < 0, -learnt / mixed * chi / measure.total, np.nan)
    return factor, slope


def shares(law: EigenvalueLaw, sizes: Array, chi: Any) -> tuple[Any, Any]:
    """Return 1 − f and f at real or complex χ."""
    taken, left = np.zeros(chi.shape, chi.dtype), np.ones(chi.shape, chi.dtype)
    for where, measure in by_size(law, sizes):
        if measure is not None:
            taken[where], left[where] = measure.traced(chi[where])
    return taken, left


def pair_traces(slots: Slots, parameters: Sequence[Array], first: Point, second: Point) -> dict[int, LawTraces]:
    """Return the sums over each law at all pairs of χ, shape (points, n, 1), and χ′, shape (points, 1, m), by place.

    Sizes are of shape (points,); where an infinite one is not seen, γgg′ is that of one eigenvalue far below χ: f = 1.
    """
    found: dict[int, LawTraces] = {}
    for place, (slot, sizes, one, two) in enumerate(zip(slots, parameters, first.chi, second.chi, strict=True)):
        law = slot.layer.law
        if law is None:
            continue
        shape = np.broadcast_shapes(one.shape, two.shape)
        slope, shared = np.zeros((2, *shape), np.result_type(one, two))
        columns = [np.zeros_like(one), np.ones_like(one), np.ones_like(two), one.copy(), two.copy()]
        for where, measure in by_size(law, np.ravel(sizes)):
            for point in where:
                if measure is None:  # χ = 1/d: f = 1, b̄ = 0
                    columns[3][point], columns[4][point] = 1.0 / first.dof[point], 1.0 / second.dof[point]
                    slope[point] = first.dof[point] * second.dof[point]
                    continue
                chi, other = one[point, :, 0], two[point, 0, :]
                columns[0][point, :, 0], columns[1][point, :, 0] = measure.traced(chi)
                columns[2][point, 0, :] = measure.traced(other)[1]
                slope[point], shared[point] = measure.paired(chi, other)
                columns[3][point], columns[4][point] = one[point] / measure.total, two[point] / measure.total
                slope[point] *= measure.total
        taken, left, left_, chi_, other_ = columns
        found[place] = LawTraces((left, left_), taken, slope, shared, chi_, other_)
    return found


def labels(layer: Layer, sizes: Array, shape: Shape) -> tuple[Array, Array]:
    """Return ω and τ of rows with label noise of any covariance ν; matched: 1 and f b."""
    law, chi = layer.law, shape.chi
    assert law is not None
    if layer.noise == MATCHED:
        return np.ones(sizes.shape), shape.factor * shape.rest
    weight, left = np.ones(sizes.shape), np.ones(sizes.shape)
    for where, measure in by_size(law, sizes):
        if measure is None:
            continue
        size = sizes[where][0]
        at = chi[where] * (size / measure.total) if np.isfinite(size) else chi[where]
        if layer.noise == WHITE:
            inverse, unlearnt = measure.white(chi[where])
            weight[where] = inverse * (measure.total / size if np.isfinite(size) else 1.0)
            left[where] = (unlearnt + (size - measure.rank)) / size if np.isfinite(size) else 1.0
            continue
        rows, noise = roots(law, int(size)) ** 2, np.array(layer.noise)
        for block in chunks(at.size, CHUNK // rows.size):
            kernel = 1.0 / (rows + at[block, None])
            with np.errstate(invalid="ignore"):
                x, y = rows * kernel, np.where(rows > 0, at[block, None] * kernel, 1.0)
            x = np.where(rows > 0, x, 0.0)
            learnt = np.where(rows > 0, x * kernel, 0.0)
            weight[where[block]] = (learnt @ noise) / (x * x).sum(axis=1)
            left[where[block]] = (y * y) @ noise / size
    return weight, left


def law_values(slots: Slots, parameters: Sequence[Array], solution: Solution) -> dict[int, LawValues]:
    """Return what formulas take of each law at a solution, by place: (b̄, b); for rows also f, ω and τ."""
    found: dict[int, LawValues] = {}
    for place, (slot, sizes, chi) in enumerate(zip(slots, parameters, solution.chi, strict=True)):
        if slot.layer.law is not None:
            assert chi is not None
            shape = at_chi(slot.layer.law, sizes, chi)
            found[place] = (shape.part, shape.rest), (shape.factor, *labels(slot.layer, sizes, shape)) if slot.rows else ()
    return found
