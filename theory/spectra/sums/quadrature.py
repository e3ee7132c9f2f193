r"""Sums over the modes of a smooth spectrum truncated at any size, as a few hundred nodes that do not depend on κ.

The first modes are kept. Beyond them Σ f(λ_k) is an integral over half-integer panels, by Gauss-Legendre in log k, with
the Euler-Maclaurin terms of the midpoint rule at the two outer ends,

    Σ_{k=a+1}^{b} f(k) = ∫_{a+1/2}^{b+1/2} f dk + Σ_{p odd} B_{p+1}(1/2)/(p+1)! [f^{(p)}]_{a+1/2}^{b+1/2}.

There the panels are Gauss-Legendre in k itself, and each derivative is that of the Legendre series through the nodes,
P_m^{(p)}(1) = (m+p)!/(2^p p! (m−p)!): so the corrections too are weights on nodes. Only analyticity is used:
x = λ/(λ+κ) has its nearest singularities in log λ at Im log λ = ±π. The same rule serves at any precision.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from theory.errors import BadArgument
from theory.spectra.sums.compression import compress
from theory.spectra.sums.nodes import Nodes, precise_moments
from theory.spectra.sums.orders import Array, Order

Logarithm = Callable[[NDArray[Any]], NDArray[Any]]
Function = Callable[[Any], Any]

PANEL = 8  # width in log λ of a panel: its Bernstein ellipse has ρ = π/4 + √(1 + π²/16) = 2.06
DIGITS = 17  # aimed at in double precision
EXPLICIT = 4096  # up to this size double precision lists the modes; mpmath does to 2000


class Panel(NamedTuple):
    """Nodes k_j and weights n_j for the modes up to `last`, from the end of the panel before."""

    points: list[Any]
    weights: list[Any]
    last: int


def smooth_nodes(log_eigenvalue: Logarithm, log_signal: Logarithm, size: int) -> Nodes:
    """Return nodes for the modes k = 1 … size of a smooth decreasing spectrum.

    Parameters
    ----------
    log_eigenvalue, log_signal : callable
        log λ(k) and log c_kλ_k for a real array k ≥ 1, analytic and slowly varying in log k, as powers of k are. They
        are called with `numpy.longdouble`, and answers in that type keep exp(log λ) right to the last place.
    size : int
        D ≤ 10^15.

    Returns
    -------
    Nodes
        Valid for κ ≥ 0; the counts of every panel add up to the integer they stand for.

    Raises
    ------
    ValueError
        If λ(size) is not a normal double.
    """
    octaves = np.exp2(np.arange(int(math.log2(size)) + 1, dtype=np.longdouble))
    steepness = _steepness(log_eigenvalue(octaves), log_signal(octaves))
    if log_eigenvalue(np.array([size], dtype=np.longdouble))[0] < math.log(np.finfo(float).tiny):
        raise BadArgument("size", size, "such that the smallest eigenvalue is above 2.2e-308", "truncate the spectrum earlier")
    head = _head(steepness, DIGITS)
    if size <= max(EXPLICIT, 8 * head):
        k = np.arange(1, size + 1, dtype=np.longdouble)
        return compress(_exp(log_eigenvalue(k)), np.ones(size), _exp(log_signal(k)))
    points, counts, cumulative = [np.arange(1, head + 1, dtype=np.longdouble)], [np.ones(head)], [np.arange(head + 1.0)]
    first = head
    for panel in _panels(size, head, steepness, DIGITS):
        coarse = np.array([float(point) for point in panel.points])
        fine = np.array([float(point - float(point)) for point in panel.points])
        weights = np.array([float(weight) for weight in panel.weights])
        weights[np.argmax(weights)] += panel.last - first - math.fsum(weights)
        points.append(coarse.astype(np.longdouble) + fine)
        counts.append(weights)
        cumulative.append(np.append(first + np.cumsum(weights[:-1]), float(panel.last)))
        first = panel.last
    k, n = np.concatenate(points), np.concatenate(counts)
    return Nodes(_exp(log_eigenvalue(k)), n, n * _exp(log_signal(k)), np.concatenate(cumulative))


def smooth_moments_precise(
    eigenvalue: Function, signal: Function, size: int, kappa: Any, orders: tuple[Order, ...]
) -> tuple[Any, ...]:
    """Return the moments of the modes k = 1 … size of a smooth decreasing spectrum, to the ambient precision of mpmath.

    Parameters
    ----------
    eigenvalue, signal : callable
        λ(k) and c_kλ_k as mpf for an mpf k ≥ 1, analytic and slowly varying in log k. What they return at the nodes is
        remembered for as long as the same two objects are passed.
    size : int
        D, at most 10^15.
    kappa : mpf
        κ ≥ 0; also −λ(size) < κ < 0 where the size is small enough for the modes to be listed.
    orders : tuple of (i, j, q)
        As in `Spectrum.moments`.

    Raises
    ------
    ValueError
        If κ is not admissible.
    """
    with mp.workprec(mp.prec + 30):
        eigenvalues, counts, signals, listed = _precise_nodes(eigenvalue, signal, size, mp.prec)
        if not -eigenvalues[-1] * listed < kappa < mp.inf and kappa != 0:
            least = f"above -{mp.nstr(eigenvalues[-1], 17)}" if listed else ">= 0 for so many modes"
            remedy = "a ridge may be negative only below the smallest eigenvalue"
            raise BadArgument("kappa", kappa, f"finite and {least}", remedy)
        sums = precise_moments(eigenvalues, counts, signals, kappa, orders)
    return tuple(+value for value in sums)


@functools.lru_cache(maxsize=8)
def _precise_nodes(eigenvalue: Function, signal: Function, size: int, bits: int) -> tuple[Any, Any, Any, bool]:
    """Return λ, n, w at all nodes to `bits` bits, and whether every mode is listed."""
    with mp.workprec(60):
        octaves = [mp.ldexp(1, octave) for octave in range(int(math.log2(size)) + 1)]
        logarithms = ([mp.log(v) if v > 0 else -mp.inf for v in map(f, octaves)] for f in (eigenvalue, signal))
        steepness = _steepness(*(np.array(column, dtype=float) for column in logarithms))
    with mp.workprec(bits):
        head = _head(steepness, mp.dps)
        listed = size <= max(2000, 8 * head)
        points = [mp.mpf(k) for k in range(1, (size if listed else head) + 1)]
        counts = [mp.one] * len(points)
        for panel in () if listed else _panels(size, head, steepness, mp.dps):
            points += panel.points
            counts += panel.weights
        signals = [count * signal(point) for point, count in zip(points, counts, strict=True)]
        return [eigenvalue(point) for point in points], counts, signals, listed


def _exp(logarithm: NDArray[Any]) -> Array:
    return np.exp(logarithm).astype(np.float64)


def _steepness(log_eigenvalue: NDArray[Any], log_signal: NDArray[Any]) -> float:
    """Return −dlogλ/dlogk at its steepest, from the values at k = 1, 2, 4, …; never below 1.

    A factor k^-β of the signal has no singularities and matters only where it is steep, hence the third.
    """
    finite = log_signal[np.isfinite(log_signal)]
    slopes = np.concatenate(([math.log(2)], -np.diff(log_eigenvalue), -np.diff(finite) / 3)) / math.log(2)
    return math.ceil(16 * float(np.max(slopes))) / 16


def _head(steepness: float, digits: int) -> int:
    """Return how many modes are kept, so that the Euler-Maclaurin series beyond them reaches `digits` digits."""
    return max(64, math.ceil(1.5 * digits * steepness))


@functools.lru_cache(maxsize=16)
def _panels(size: int, head: int, steepness: float, digits: int) -> tuple[Panel, ...]:
    """Return the rule Σ_{k=head+1}^{size} f(k) = Σ n_j f(k_j), whatever f may be."""
    gauss, ends = math.ceil(1.6 * digits) + 8, math.ceil(1.31 * digits) + 8
    with mp.workdps(digits + 25):
        second, second_last = math.floor(head * (1 + 1 / steepness)), math.ceil(size / (1 + 1 / steepness))
        inner = math.ceil(math.log(second_last / second) * steepness / PANEL)
        edges = [round(second * (second_last / second) ** (i / inner)) for i in range(inner)] + [second_last]
        panels = [end_panel(head, second, ends, lower=True)]
        nodes, weights = legendre(gauss, mp.prec)
        for low, high in itertools.pairwise(edges):
            start, stop = mp.log(low + mp.mpf(0.5)), mp.log(high + mp.mpf(0.5))
            centre, half = (start + stop) / 2, (stop - start) / 2
            points = [mp.exp(centre + half * node) for node in nodes]
            panels.append(Panel(points, [half * w * k for w, k in zip(weights, points, strict=True)], high))
        panels.append(end_panel(second_last, size, ends, lower=False))
    return tuple(panels)


def end_panel(low: int, high: int, count: int, lower: bool) -> Panel:
    """Return a panel in k itself with the Euler-Maclaurin terms of its lower or its upper end."""
    nodes, weights = legendre(count, mp.prec)
    half = mp.mpf(high - low) / 2
    terms = {p: _midpoint(p) / (2 * half) ** p / mp.factorial(p) for p in range(1, count, 2)}
    series = [(m + mp.mpf(0.5)) * _correction(m, terms) for m in range(count)]
    scale = mp.prec + 32
    polynomials = (_recurrence(int(mp.ldexp(node, scale)), scale, count - 1) for node in nodes)
    correction = [mp.ldexp(mp.fdot(series, values), -scale) for values in polynomials]
    if lower:
        correction.reverse()
    points = [low + mp.mpf(0.5) + half * (1 + node) for node in nodes]
    return Panel(points, [w * (half + c) for w, c in zip(weights, correction, strict=True)], high)


def _correction(m: int, terms: dict[int, Any]) -> Any:
    """Return Σ_{p odd} terms[p] (m+p)!/(m−p)!, the Euler-Maclaurin terms of P_m, as far as they matter."""
    total, factor = mp.zero, mp.mpf(m * (m + 1))
    for p in range(1, m + 1, 2):
        change = terms[p] * factor
        total += change
        if abs(change) < abs(total) * mp.eps and p > 4:
            break
        factor *= (m + p + 2) * (m + p + 1) * (m - p) * (m - p - 1)
    return total


def _midpoint(p: int) -> Any:
    """Return B_{p+1}(1/2)/(p+1)!: −1/24, 7/5760, … for p = 1, 3, …."""
    return (mp.ldexp(1, -p) - 1) * mp.bernoulli(p + 1) / mp.factorial(p + 1)


@functools.lru_cache(maxsize=16)
def legendre(count: int, bits: int) -> tuple[list[Any], list[Any]]:
    """Return the Gauss-Legendre nodes, ascending, and weights on [−1, 1] to `bits` bits.

    Newton's method from the nodes in double precision, in integers whose scale grows with the accuracy reached.
    """
    precisions = [bits + 32]
    while precisions[-1] > 80:
        precisions.append(precisions[-1] // 2 + 16)
    upper: list[tuple[Any, Any]] = []
    for start in np.polynomial.legendre.leggauss(count)[0][count // 2 :]:
        node, scale = int(math.ldexp(float(start), 60)), 60
        for precision in reversed(precisions):
            node = node << (precision - scale) if precision > scale else node >> (scale - precision)
            scale = precision
            *_, before, value = _recurrence(node, scale, count)
            slope = count * (before - (node * value >> scale))  # (1−t²) P′
            node -= value * ((1 << scale) - (node * node >> scale)) // slope
        *_, before, _ = _recurrence(node, scale, count)
        t = mp.ldexp(mp.mpf(node), -scale)
        upper.append((t, 2 * (1 - t) * (1 + t) / mp.ldexp(mp.mpf(count * before), -scale) ** 2))
    lower = [(-t, w) for t, w in reversed(upper[count % 2 :])]
    nodes, weights = zip(*lower, *upper, strict=True)
    return list(nodes), list(weights)


def _recurrence(node: int, scale: int, count: int) -> list[int]:
    """Return P_0 … P_count at t = node/2^scale, all scaled by 2^scale."""
    values = [1 << scale, node]
    for m in range(1, count):
        values.append((((2 * m + 1) * node * values[-1] >> scale) - m * values[-2]) // (m + 1))
    return values
