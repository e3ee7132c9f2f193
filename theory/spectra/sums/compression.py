r"""Any finite spectrum as some hundred weighted nodes, for every ridge and every target at once.

As a function of u = log λ, λ/(λ+κ) is analytic for |Im u| < π whatever κ ≥ 0. On a bin of width 3/2 its Chebyshev
series therefore falls like 8.5^-m, and interpolation in 20 Chebyshev points t_j replaces the modes by nodes of weight

    W_j = Σ_k weight_k ℓ_j(t_k) = (2/20) Σ'_m T_m(t_j) Σ_k weight_k T_m(t_k),

the weights being counts or signals. Wider bins with more points would save a few nodes and lose accuracy where one mode
carries all the signal: the W_j then alternate, and what they multiply varies by e^{width} for every power of x or y.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import numpy as np
from numpy.polynomial import chebyshev

from theory.chunks import chunks
from theory.spectra.sums.nodes import Nodes
from theory.spectra.sums.orders import Array

WIDTH = 1.5  # of a bin, in log λ
POINTS = 20  # Chebyshev points to a bin
TINY = 1e-290  # below, nodes would be rounded as subnormal numbers: modes are kept as they are
REMEMBERED = 16  # populations whose nodes are kept, some hundred each
BLOCK = 4096  # modes whose Chebyshev polynomials are held in memory at once

_ANGLES = np.pi * (np.arange(POINTS) + 0.5) / POINTS
_CHEBYSHEV_POINTS = np.cos(_ANGLES)  # descending
_TRANSFORM = np.cos(np.outer(_ANGLES, np.arange(POINTS))) * (2.0 / POINTS)
_TRANSFORM[:, 0] /= 2.0


_recent: OrderedDict[bytes, Nodes] = OrderedDict()


def compressed(eigenvalues: Array, counts: Array, signals: Array) -> Nodes:
    """Return what `compress` makes of these arrays: the same nodes for the same numbers, of the last few populations.

    They are known by a digest, so that no list of modes is kept; `Nodes` are not changed by anyone.
    """
    key = hashlib.blake2b(np.concatenate((eigenvalues, counts, signals)).tobytes(), digest_size=20).digest()
    found = _recent.pop(key, None)
    _recent[key] = found = compress(eigenvalues, counts, signals) if found is None else found
    while len(_recent) > REMEMBERED:
        _recent.popitem(last=False)
    return found


def compress(eigenvalues: Array, counts: Array, signals: Array) -> Nodes:
    """Return nodes with the same sums Σ counts f(λ) and Σ signals f(λ) for every f that the theory needs.

    Parameters
    ----------
    eigenvalues : ndarray, shape (n_modes,)
        λ > 0 in any order, repeated or not.
    counts : ndarray, shape (n_modes,)
        Positive integers: how many modes of that eigenvalue.
    signals : ndarray, shape (n_modes,)
        Σ c_k λ_k ≥ 0 of those modes.

    Returns
    -------
    Nodes
        Bins of at most 20 distinct eigenvalues are kept, the others hold 20 nodes whose counts add up to the integer
        they stand for. Valid for κ ≥ 0 only: a negative ridge needs the modes themselves (`merge`).
    """
    modes = merge(eigenvalues, counts, signals)
    parts: list[tuple[Array, Array]] = []
    partial: list[Array] = [np.zeros(1)]
    start = 0
    while start < len(modes):
        stop = int(np.searchsorted(-modes.eigenvalues, -modes.eigenvalues[start] * np.exp(-WIDTH), side="right"))
        stop = max(stop, start + 1)
        bin_of = slice(start, stop)
        weights = np.stack((modes.counts[bin_of], modes.signals[bin_of]), axis=1)
        if stop - start <= POINTS or modes.eigenvalues[stop - 1] < TINY:
            parts.append((modes.eigenvalues[bin_of], weights))
            partial.append(modes.cumulative[start + 1 : stop + 1])
        else:
            below, above = modes.cumulative[start], modes.cumulative[stop]
            points, replaced = _interpolate(modes.eigenvalues[bin_of], weights)
            parts.append((points, replaced))
            partial.append(np.append(below + np.cumsum(replaced[:-1, 0]), above))
        start = stop
    points, weights = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    counted, signal = np.ascontiguousarray(weights.T)
    return Nodes(points, counted, signal, np.concatenate(partial))


def merge(eigenvalues: Array, counts: Array, signals: Array) -> Nodes:
    """Return the modes themselves as nodes, descending, equal eigenvalues added up (any κ > −λ_min)."""
    order = np.argsort(-eigenvalues, kind="stable")
    ordered = eigenvalues[order]
    first = np.flatnonzero(np.diff(ordered, prepend=np.inf))
    return Nodes(ordered[first], np.add.reduceat(counts[order], first), np.add.reduceat(signals[order], first))


def _interpolate(eigenvalues: Array, weights: Array) -> tuple[Array, Array]:
    """Return 20 Chebyshev points and the weights (counts, signals) on them, shape (20, 2), for one bin of modes."""
    centre = np.sqrt(eigenvalues[0]) * np.sqrt(eigenvalues[-1])
    # Logarithms of ratios keep full absolute accuracy; the floor keeps twenty points apart among nearly equal modes.
    half_width = max(np.log(eigenvalues[0] / centre), 0.01)
    moments = []
    for block in chunks(eigenvalues.size, BLOCK):
        t = np.log(eigenvalues[block] / centre) / half_width
        moments.append(chebyshev.chebvander(t, POINTS - 1).T @ weights[block])
    replaced = _TRANSFORM @ np.sum(moments, axis=0)
    heaviest = np.argmax(np.abs(replaced[:, 0]))
    replaced[heaviest, 0] += weights[:, 0].sum() - replaced[:, 0].sum()
    return centre * np.exp(half_width * _CHEBYSHEV_POINTS), replaced
