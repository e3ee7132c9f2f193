"""The fixed point of any chain: κ and every complement, from the ridge and the layers' parameters.

The chain is cut at its feature noises into blocks of sized layers; each block has one unknown,

    E(κ) = (d(κ) − n_min) + x(κ) = 0,      ∏_j ((n_j − n_min + x)/n_j)^{m_j} = λ_block/κ,

and a noisy level is the medium of the block outside it; the exponents m_j are read off the layers' declarations (for maps that
are no monomials see `mapped_sizes`). The admissible root is the one with d below every size; it is unique.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from theory.chain.layers import Layer
from theory.chain.places import check_sizes
from theory.chunks import chunks
from theory.compiled import wanted
from theory.solve.kappa import negative
from theory.solve.kappa.alone import alone
from theory.solve.kappa.media import Population
from theory.solve.kappa.nest import Nest
from theory.solve.kappa.state import Solution
from theory.solve.kappa.table import Table
from theory.spectra.base import Array, Spectrum

CHUNK = 2048  # points solved together: the arrays of one step stay in the cache
LONG_CHUNK = 10_000  # at least as many where steps are those of a compiled loop
TABULATE = 24  # points from which a table of first guesses may pay
SHORT = 70  # terms of a sum that cost no more than a look into the table
WORTH = 40_000  # further terms times points, for each layer, from which on the table pays


class FixedPoint:
    """The fixed point of a chain at n points, solved in chunks of alike ones that share a table of first guesses.

    Parameters
    ----------
    spectrum : Spectrum
        The population.
    layers : sequence of Layer
        Innermost first.
    parameters : sequence of ndarray, shape (n,)
        For each layer its size, 0 < size ≤ inf, or its variance μ² ≥ 0, such as `check_sizes` allows.
    ridge : ndarray, shape (n,)
        λ. Zero is the ridgeless limit. A negative ridge is admissible on the branch continued from there, down to the
        edge dλ/dκ = 0.

    Notes
    -----
    An infinite size has u = 0 and t = 1; with all sizes infinite κ = λ + Σμ², and at λ = 0 then κ = 0 and d = rank,
    be it infinite. At λ = 0 a tight complement is exactly 0. A negative ridge is followed below κ_out = 0 of a noisy
    level only while κ_out > −μ², and to κ < 0 only where the spectrum can be listed mode by mode.
    """

    def __init__(self, spectrum: Spectrum, layers: Sequence[Layer], parameters: Sequence[Array], ridge: Array) -> None:
        self.spectrum, self.layers, self.parameters, self.ridge = spectrum, layers, parameters, ridge
        sizes = [value[np.isfinite(value)] for layer, value in zip(layers, parameters, strict=True) if layer.sized]
        largest = max((float(size.max()) for size in sizes if size.size), default=0.0)
        self._compiled = wanted(ridge.size)
        tabulate = largest > 0 and not self._compiled and _worth_a_table(spectrum, len(layers), ridge.size)
        self._table = Table(spectrum, ridge.size, largest) if tabulate else None

    def chunks(self) -> Iterator[NDArray[np.intp]]:
        """Yield the numbers of points that agree in which noises are zero (a chain with μ² = 0 is the chain without)."""
        noises = [value > 0 for layer, value in zip(self.layers, self.parameters, strict=True) if not layer.sized]
        if all(present.all() or not present.any() for present in noises):
            yield from (np.arange(part.start, min(part.stop, self.ridge.size)) for part in self._parts(self.ridge.size))
            return
        pattern = np.zeros(self.ridge.size, np.intp)
        for present in noises:
            pattern = 2 * pattern + present
        for kind in np.unique(pattern):
            points = np.flatnonzero(pattern == kind)
            yield from (points[part] for part in self._parts(points.size))

    def _parts(self, count: int) -> Iterator[slice]:
        """Yield slices of so many points."""
        return chunks(count, math.ceil(count / max(1, count // LONG_CHUNK)) if self._compiled else CHUNK)

    def solve(self, points: NDArray[np.intp]) -> Solution:
        """Return the solution at one chunk of points.

        Raises
        ------
        ValueError
            If a ridge lies below the edge (the message states it).
        """
        if points.size == 1:
            (place,) = points.tolist()
            sizes = [float(value[place]) for value in self.parameters]
            found = alone(self.spectrum, self.layers, sizes, float(self.ridge[place]))
            if found is not None:
                return found
        parameters, ridge, nest = self._parameters(points), self.ridge[points], self._nest(points)
        if self._table is not None:
            nest.approach(Nest(Population(self.spectrum, points.size, self._table), self.layers, parameters), ridge)
        return nest.solve(ridge)

    def edges(self, points: NDArray[np.intp]) -> Array:
        """Return the lowest admissible ridge at one chunk of points, whatever theirs is: below zero, or 0."""
        return negative.edges(self._nest(points).outermost)

    def _parameters(self, points: NDArray[np.intp]) -> list[Array]:
        return [value[points] for value in self.parameters]

    def _nest(self, points: NDArray[np.intp]) -> Nest:
        return Nest(Population(self.spectrum, points.size, compiled=self._compiled), self.layers, self._parameters(points))


def _worth_a_table(spectrum: Spectrum, layers: int, points: int) -> bool:
    """Return whether first guesses from a table save more than they cost: sums of few terms, and series, are as fast."""
    return points >= TABULATE and points * (spectrum.terms - SHORT) > WORTH * layers


def solve(spectrum: Spectrum, layers: Sequence[Layer], parameters: Sequence[Array], ridge: Array) -> Solution:
    """Return the fixed point of a chain at n points in one piece; see `FixedPoint`.

    Raises
    ------
    ValueError
        If a nested layer is larger than its input, noise is put on infinitely many coordinates, or a ridge lies below
        the edge (the message states it).
    """
    ridge = np.asarray(ridge, dtype=np.float64)
    values = [np.asarray(value, dtype=np.float64) for value in parameters]
    keywords = [f"n_{layer.name or layer.default_name}" if layer.sized else layer.default_name for layer in layers]
    check_sizes(layers, keywords, values, np.full(ridge.size, float(spectrum.size)))
    problem = FixedPoint(spectrum, layers, values, ridge)
    chunks = list(problem.chunks()) or [np.arange(0)]
    return Solution.joined(ridge.size, [(points, problem.solve(points)) for points in chunks])
