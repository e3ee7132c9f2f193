"""The fixed point of any chain: κ and every complement, from the ridge and the layers' parameters.

The chain is cut at its feature noises into blocks of sized layers; each block has one unknown,

    E(κ) = (d(κ) − n_min) + x(κ) = 0,      ∏_j ((n_j − n_min + x)/n_j)^{m_j} = λ_block/κ,

and a noisy level is the medium of the block outside it. Only the layers' declarations are read (`ridge_powers`,
`sized`, `nested`). The admissible root is the one with d below every size; it is unique.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.chain.layers import Layer
from theory.errors import BadArgument
from theory.solve import status
from theory.solve.media import Population
from theory.solve.nest import Nest
from theory.solve.table import Table
from theory.spectra.base import Array, Spectrum

CHUNK = 2048  # points solved together: the arrays of one step stay in the cache
TABULATE = 24  # points from which a table of first guesses pays


@dataclass(frozen=True)
class Solution:
    """The fixed point at n points.

    Attributes
    ----------
    kappa : ndarray, shape (n,)
        The innermost κ.
    pairs : tuple of (u, t)
        For each layer, innermost first: the occupied fraction d/n and 1 − d/n (η and η̄ for feature noise), each with
        full relative accuracy. The tight t is negative for a negative ridge.
    vacancy : ndarray, shape (n,)
        1 − d/D of the population; 1 where D is infinite.
    dof : ndarray, shape (n,)
        d(κ).
    converged : ndarray of bool, shape (n,)
        Whether the numbers are right to rounding; exact limits count as converged.
    status : ndarray of str, shape (n,)
        One of `theory.solve.status.WORDS`.
    """

    kappa: Array
    pairs: tuple[tuple[Array, Array], ...]
    vacancy: Array
    dof: Array
    converged: NDArray[np.bool_]
    status: NDArray[np.str_]


def solve(spectrum: Spectrum, layers: Sequence[Layer], parameters: Sequence[Array], ridge: Array) -> Solution:
    """Return the fixed point of a chain at n points.

    Parameters
    ----------
    spectrum : Spectrum
        The population.
    layers : sequence of Layer
        Innermost first.
    parameters : sequence of ndarray, shape (n,)
        For each layer its size, 0 < size ≤ inf, or its variance μ² ≥ 0.
    ridge : ndarray, shape (n,)
        λ. Zero is the ridgeless limit. A negative ridge is admissible on the branch continued from there, down to the
        edge dλ/dκ = 0.

    Returns
    -------
    Solution
        κ, the complement pairs, d and a status for each point.

    Raises
    ------
    ValueError
        If a nested layer is larger than its input, noise is put on infinitely many coordinates, or a ridge lies below
        the edge (the message states it).

    Notes
    -----
    An infinite size has u = 0 and t = 1; with all sizes infinite κ = λ + Σμ², and at λ = 0 then κ = 0 and d = rank,
    be it infinite. At λ = 0 a tight complement is exactly 0. A negative ridge is followed below κ_out = 0 of a noisy
    level only while κ_out > −μ², and to κ < 0 only where the spectrum can be listed mode by mode.
    """
    ridge = np.asarray(ridge, dtype=np.float64)
    values = [np.asarray(value, dtype=np.float64) for value in parameters]
    _check(spectrum, layers, values)
    n = ridge.size
    kappa, vacancy, dof = np.empty((3, n))
    code = np.zeros(n, np.intp)
    pairs = [(np.empty(n), np.empty(n)) for _ in layers]
    table = _table(spectrum, layers, values, n)
    for points in _alike(layers, values, n):
        parameters_here, ridge_here = [value[points] for value in values], ridge[points]
        nest = Nest(Population(spectrum, points.size), layers, parameters_here)
        if table is not None:
            nest.approach(Nest(Population(spectrum, points.size, table), layers, parameters_here), ridge_here)
        part = nest.solve(ridge_here)
        kappa[points], vacancy[points], dof[points], code[points] = part.kappa, part.vacancy, part.dof, part.code
        for (u, t), (own_u, own_t) in zip(pairs, part.pairs, strict=True):
            u[points], t[points] = own_u, own_t
    return Solution(kappa, tuple(pairs), vacancy, dof, code != status.FAILED, np.array(status.WORDS)[code])


def _table(spectrum: Spectrum, layers: Sequence[Layer], values: Sequence[Array], points: int) -> Table | None:
    """Return a table for first guesses where there are points enough to repay it."""
    sizes = [value[np.isfinite(value)] for layer, value in zip(layers, values, strict=True) if layer.sized]
    largest = max((float(size.max()) for size in sizes if size.size), default=0.0)
    return Table(spectrum, points, largest) if points >= TABULATE and largest > 0 else None


def _alike(layers: Sequence[Layer], values: Sequence[Array], n: int) -> list[NDArray[np.intp]]:
    """Return chunks of points that agree in which noises are zero (a chain with μ² = 0 is the chain without)."""
    pattern = np.zeros(n, np.intp)
    for layer, value in zip(layers, values, strict=True):
        pattern = 2 * pattern + (0 if layer.sized else value > 0)
    chunks = []
    for kind in np.unique(pattern):
        points = np.flatnonzero(pattern == kind)
        chunks += [points[i : i + CHUNK] for i in range(0, points.size, CHUNK)]
    return chunks


def _check(spectrum: Spectrum, layers: Sequence[Layer], values: Sequence[Array]) -> None:
    """Refuse projections larger than their input and noise on infinitely many coordinates."""
    size = np.asarray(spectrum.size, dtype=np.float64)
    for layer, value in zip(layers, values, strict=True):
        name = layer.name or layer.default_name
        if not layer.sized:
            wrong = np.isinf(size) & (value > 0)
            if wrong.any():
                raise BadArgument(
                    name, float(value[wrong][0]), "0 on a level with infinitely many coordinates",
                    "give that level a finite size",
                )
            continue
        if layer.nested and (value > size).any():
            raise BadArgument(
                f"n_{name}", float(value[value > size][0]), "at most the size of its input",
                "take fewer, or GaussianFeatures() for more features than inputs",
            )
        size = value
