r"""The spectrum of a sketched covariance, averaged over sketches: A = SΛSᵀ with S of M rows, entries iid N(0, 1/M).

The equivalent s = κ(1 − M⁻¹ Σ λ/(λ+κ)) at s = −h + i0 has κ = r e^{iφ}. Along r all is real: φ follows from

    Σ λ²/|λ+κ|² = M,   |λ+κ|² = (λ−r)² + 2λrx,   x = 1 + cos φ,

and h = (r²/M) Σ λ/|λ+κ|², density M sin φ/(πr), dh/d ln r = −|s′κ|²/Re(s′κ); the target's density beside it is weighted by
Σ cλ·λ/|λ+κ|² over Σ λ/|λ+κ|². The bands of r where 0 < x < 2 are integrated by Chebyshev rules of the second kind (densities
vanish as square roots), isolated ones hold whole numbers of eigenvalues, and three sum rules hold exactly.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from theory.chunks import chunks
from theory.dynamics.sgd.modes import Modes
from theory.dynamics.sgd.sketches.bins import Bins

Array = NDArray[np.float64]
DEEPEST = 25.0  # for M = D the density reaches h = 0: cut this far below the smallest eigenvalue, in ln r
CHUNK = 64


def sketched_modes(population: Bins, width: float, size: float, trace: float, learnable: float) -> Modes:
    """Return weighted modes of the sketched covariance.

    Parameters
    ----------
    population : Bins
        Its eigenvalues and signal, in bins.
    width : float
        M.
    size : float
        D, number of positive eigenvalues of the population.
    trace : float
        tr Σ.
    learnable : float
        Σ c λ − T(κ₀): the signal within reach of a sketch, on average.
    """
    nodes = [_band(population, width, low, high) for low, high in _bands(population, width, size)]
    parts, left = [], min(width, size)
    for place, (h, n, m) in enumerate(nodes):
        whole = left if place == len(nodes) - 1 else max(round(n.sum()), 1)
        parts.append((h, n * (whole / n.sum()), m * (whole / n.sum())))
        left -= whole
    h, n, m = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Modes(h * (trace / (n @ h)), n, m * (learnable / m.sum()))


def _spread(population: Bins, r: float, sign: float) -> float:
    """Return Σ λ²/(λ + sign·r)²."""
    return float((population.counts * (population.eigenvalues / (population.eigenvalues + sign * r)) ** 2).sum())


def _bands(population: Bins, width: float, size: float) -> list[tuple[float, float]]:
    """Return the bands of ln r, from the top down."""
    eigenvalues = population.eigenvalues
    top = float(eigenvalues[0])

    def outside(log_r: float) -> float:
        return math.log(_spread(population, math.exp(log_r), -1.0) / width)

    start = math.log(top)
    reach = 5.0 + math.log(2.0 + 2.0 * math.sqrt(population.counts.sum() / width))
    upper = brentq(outside, start + 1e-13, start + reach, xtol=1e-14)
    edges = [upper]
    for place in np.flatnonzero(_least_between(population) < width):
        gap = _gap(population, width, float(eigenvalues[place + 1]), float(eigenvalues[place]))
        if gap is not None:
            edges += [gap[1], gap[0]]
    edges.append(_lower(population, width, size))
    return [(edges[i + 1], edges[i]) for i in range(0, len(edges), 2)]


def _least_between(population: Bins) -> Array:
    """Return what two neighbours alone make of Σ λ²/(λ−r)² between them, at least: min_x A/x² + B/(l−x)² = (A^⅓ + B^⅓)³/l²."""
    eigenvalues = population.eigenvalues
    roots = np.cbrt(population.counts * eigenvalues**2)
    apart = eigenvalues[:-1] - eigenvalues[1:]
    least: Array = (roots[:-1] + roots[1:]) ** 3 / np.where(apart > 0, apart, np.nan) ** 2
    return np.where(apart > 0, least, np.inf)


def _lower(population: Bins, width: float, size: float) -> float:
    """Return the lower edge in ln r."""
    least = math.log(float(population.eigenvalues[-1]))
    if width == size:
        return least - DEEPEST
    if width > size:
        return float(brentq(lambda log_r: math.log(_spread(population, math.exp(log_r), -1.0) / width),
                            least - 40.0, least - 1e-13, xtol=1e-14))  # fmt: skip
    top = math.log(float(population.eigenvalues[0]))
    return float(brentq(lambda log_r: math.log(_spread(population, math.exp(log_r), 1.0) / width), least - 60.0, top + 40.0,
                        xtol=1e-14))  # fmt: skip


def _gap(population: Bins, width: float, below: float, above: float) -> tuple[float, float] | None:
    """Return the gap in ln r between two neighbouring eigenvalues, where Σ λ²/(λ−r)² < M, if there is one."""
    low, high = math.log(below), math.log(above)
    if high - low < 1e-12:
        return None

    def outside(log_r: float) -> float:
        return math.log(_spread(population, math.exp(log_r), -1.0) / width)

    a, b = low + 1e-9 * (high - low), high - 1e-9 * (high - low)
    golden = (math.sqrt(5.0) - 1.0) / 2.0
    left, right = a, b
    for _ in range(60):  # a convex function: its least point by golden section, stopping once it is negative
        one, two = right - golden * (right - left), left + golden * (right - left)
        at_one, at_two = outside(one), outside(two)
        if min(at_one, at_two) < 0:
            middle = one if at_one < 0 else two
            return float(brentq(outside, a, middle, xtol=1e-14)), float(brentq(outside, middle, b, xtol=1e-14))
        if at_one < at_two:
            right = two
        else:
            left = one
        if right - left < 1e-6 * (b - a):
            break
    return None


def _band(population: Bins, width: float, low: float, high: float) -> tuple[Array, Array, Array]:
    """Return h, n and m at the nodes of one band."""
    span = high - low
    count = 1 if span < 0.05 else 2 if span < 0.15 else 3 + math.ceil(12.0 * span)
    angles = np.arange(1, count + 1) * np.pi / (count + 1)
    r = np.exp((low + high) / 2 + span / 2 * np.cos(angles))
    weights = span / 2 * np.pi / (count + 1) * np.sin(angles)
    columns = [_at(population, width, r[part]) for part in chunks(count, CHUNK)]
    h, density, target = (np.concatenate(column) for column in zip(*columns, strict=True))
    return h, weights * density, weights * density * target


def _at(population: Bins, width: float, r: Array) -> tuple[Array, Array, Array]:
    """Return h, the density of eigenvalues by ln r, and the target's share, at given r."""
    eigenvalues, counts = population.eigenvalues, population.counts
    at = r[:, None]
    apart, bend = (eigenvalues - at) ** 2, 2.0 * eigenvalues * at
    squares = counts * eigenvalues**2
    x = ((squares / width - apart) / bend).max(axis=1, initial=0.0)  # where one eigenvalue alone makes M: at or below the root
    for _ in range(60):  # Newton on 1/F, concave in x: monotone from there
        distance = apart + bend * x[:, None]
        found = (squares / distance).sum(axis=1)
        slope = (squares * bend / distance**2).sum(axis=1)
        step = (found / width - 1.0) * found / slope
        x = x + step
        if np.all(np.abs(step) <= 1e-15 * x):
            break
    x = np.clip(x, 0.0, 2.0)
    sine = np.sqrt(x * (2.0 - x))
    distance = apart + bend * x[:, None]
    mean = (counts * eigenvalues / distance).sum(axis=1)
    h = r**2 / width * mean + population.tail_trace / width
    kappa = r * ((x - 1.0) + 1j * sine)
    slope_of_s = 1.0 - (squares / (eigenvalues + kappa[:, None]) ** 2).sum(axis=1) / width
    turned = slope_of_s * kappa
    density = width * sine / (np.pi * r) * -(np.abs(turned) ** 2) / turned.real
    target = (population.signals * eigenvalues / distance).sum(axis=1) / mean
    return h, density, target
