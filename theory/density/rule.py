r"""Quadrature over the eigenvalues of what a chain makes, κ at every node: sums over a spectrum of what is smooth in x.

With ln x = middle + H cos θ on a band dN = −(Im d/π) H sin θ dθ is smooth, square-root edges included. Wide bands are followed,
and integrated by Gauss's rule over the steps that were taken. Narrow ones are too many: there κ is nearly on a half circle
between its values at the edges, from where Newton finds it, and Chebyshev's rule of the second kind takes few nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.density.bands import Bands
from theory.density.levels import Complex, Levels
from theory.density.support import Edges, support
from theory.spectra.base import Array

NARROW = 0.3  # span of a band in ln x up to which it is not followed
CHEBYSHEV, GAUSS = 8, 3  # nodes of a narrow band; of a step along a wide one


@dataclass(frozen=True)
class Rule:
    """Nodes and what is known there.

    Attributes
    ----------
    eigenvalues, counts : ndarray, shape (n_nodes,)
        x > 0, and how many eigenvalues each stands for: bands hold what they hold, exactly.
    kappa : ndarray of complex, shape (n_nodes,)
        κ(−x + i0).
    found : bool
        Whether κ was found everywhere; counts are NaN where it was not.
    """

    eigenvalues: Array
    counts: Array
    kappa: Complex
    found: bool


def rule(levels: Levels) -> Rule:
    """Return the nodes of all bands; atoms are none of them.

    Parameters
    ----------
    levels : Levels
        The chain.
    """
    edges = support(levels).bands
    span = np.log1p((edges.upper - edges.cut) / edges.cut)
    kappa, x, weight, band, found = _narrow(levels, edges, np.flatnonzero(span < NARROW))
    wide = np.union1d(np.flatnonzero(span >= NARROW), band[~found])
    kept = ~np.isin(band, wide)
    parts = [(kappa[kept], x[kept], weight[kept], band[kept], found[kept]), _wide(levels, edges, wide)]
    kappa, x, weight, band, found = (np.concatenate(column) for column in zip(*parts, strict=True))
    if not found.all():
        return Rule(x, np.full(x.size, np.nan), kappa, False)
    counts = -levels.walk(kappa)[-2].dof.value.imag / np.pi * weight
    held = (edges.below - edges.above) / np.bincount(band, counts, span.size)
    return Rule(x, counts * held[band], kappa, True)


Nodes = tuple[Complex, Array, Array, NDArray[np.intp], NDArray[np.bool_]]


def _narrow(levels: Levels, edges: Edges, which: NDArray[np.intp]) -> Nodes:
    """Return κ, x, dlnx, the band and whether κ was found, at the nodes of some bands."""
    bands = Bands(levels, Edges(*(column[:0] for column in edges)))
    angle = np.pi * np.arange(1, CHEBYSHEV + 1) / (CHEBYSHEV + 1)
    band, theta = np.repeat(which, CHEBYSHEV), np.tile(angle, which.size)
    x, half = _placed(edges, band, theta)
    middle, reach = 0.5 * (edges.start + edges.end)[band], 0.5 * (edges.start - edges.end)[band]
    guess = middle + reach * np.cos(theta) + 1j * np.abs(reach) * np.sin(theta)
    kappa, _, found, _ = bands.newton(guess, x, np.abs(reach))
    return kappa, x, half * np.sin(theta) * np.pi / (CHEBYSHEV + 1), band, found


def _wide(levels: Levels, edges: Edges, which: NDArray[np.intp]) -> Nodes:
    """Return the same along bands that are followed."""
    bands = Bands(levels, Edges(*(column[which] for column in edges)))
    nodes, weights = np.polynomial.legendre.leggauss(GAUSS)
    rows: list[tuple[Array, Array]] = []
    for curve in bands.curves:
        low, high = curve.theta[:-1, None], curve.theta[1:, None]
        rows.append(((0.5 * (low + high) + 0.5 * (high - low) * nodes).ravel(), (0.5 * (high - low) * weights).ravel()))
    band = np.repeat(which, [row[0].size for row in rows])
    theta, weight = (np.concatenate([np.zeros(0), *(row[k] for row in rows)]) for k in (0, 1))
    x, half = _placed(edges, band, theta)
    kappa, _, found = bands.at(x)
    return kappa, x, half * np.sin(theta) * weight, band, found & np.repeat(bands.complete, [row[0].size for row in rows])


def _placed(edges: Edges, band: NDArray[np.intp], theta: Array) -> tuple[Array, Array]:
    """Return x at θ, from whichever edge is nearer, and H."""
    upper, cut = edges.upper[band], edges.cut[band]
    half = 0.5 * np.log1p((upper - cut) / cut)
    down, up = upper * np.exp(-2.0 * half * np.sin(0.5 * theta) ** 2), cut * np.exp(2.0 * half * np.cos(0.5 * theta) ** 2)
    return np.where(theta < 0.5 * np.pi, down, up), half
