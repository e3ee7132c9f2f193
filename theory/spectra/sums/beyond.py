"""Integrals and sums of a law in k alone, without κ: the whole beyond a mode, and bins of modes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import mp

from theory.errors import BadArgument
from theory.spectra.sums.orders import Array, is_precise
from theory.spectra.sums.quadrature import DIGITS, legendre
from theory.spectra.sums.shape import Law, floor_at, shape_of

FALL = 8.0  # of the logarithm of the integrand over one panel, at most
PANELS = 4000
LOWEST = 1e5  # of −ln of an integrand that is told from nothing
WIDEST = 1e300  # ln k where an integral that still goes on is given up

Logarithm = Callable[[Any], Any]


def beyond(logarithm: Logarithm, log_k: Any) -> Any:
    """Return ∫ exp(logarithm(ln k)) dk from e^log_k to infinity, to the precision of `log_k`.

    By Gauss-Legendre on panels that double, halved until the integrand falls by no more than e^-8.

    Raises
    ------
    ValueError
        If the integral does not converge by ln k = 1e300.
    """
    if log_k + logarithm(log_k) < -LOWEST:
        return log_k * 0
    precise = is_precise(log_k)
    digits, exp = (mp.dps, mp.exp) if precise else (DIGITS + 1, np.exp)
    rule: tuple[Any, Any] = legendre(math.ceil(1.6 * digits) + 8, mp.prec if precise else 100)
    nodes, weights = rule if precise else (np.array([float(v) for v in column], np.longdouble) for column in rule)
    total, start, width, before = log_k * 0, log_k, log_k, None
    for _ in range(PANELS):
        while (fall := logarithm(start) - logarithm(start + width) - width) > FALL:
            width = width / 2
        if fall < 0:
            break
        points = [start + width * (1 + node) / 2 for node in nodes] if precise else start + width * (1 + nodes) / 2
        if precise:
            part = mp.fdot((weight, exp(u + logarithm(u))) for weight, u in zip(weights, points, strict=True)) * width / 2
        else:
            part = (weights * exp(points + logarithm(points))).sum() * width / 2
        total = total + part
        if part == 0 or (before is not None and part < before and part * part / (before - part) < total * 10 ** -(digits + 1)):
            return total
        start, before, width = start + width, part, start + width
        if start > WIDEST:
            break
    raise BadArgument("log_eigenvalue, log_signal", float(log_k), "of sums that converge by ln k = 1e300",
                      "a law on the border of summable ones gives `remainder` in closed form; else give a size")  # fmt: skip


def sums_over_bins(law: Law, edges: Array) -> tuple[Array, Array]:
    """Return Σ λ_k and Σ c_k λ_k over edges[i] ≤ k < edges[i+1]: mode by mode, then by the midpoint rule's expansion."""
    shape = shape_of(law, floor_at(1e-270, DIGITS))
    listed = float(max(2000, shape.head(DIGITS, 1) or 0))
    found = np.empty((2, len(edges) - 1))
    for i, (low, high) in enumerate(itertools.pairwise(edges)):
        direct = min(high, max(low, listed))
        k = np.arange(low, direct, dtype=np.longdouble)
        for row, logarithm in enumerate((law.log_eigenvalue, law.log_signal)):
            total = float(np.exp(logarithm(np.log(k))).sum()) if k.size else 0.0
            if high > direct:
                total += _smooth_sum(logarithm, direct - 0.5, high - 0.5, shape.steepness(math.log(direct), 640.0))
            found[row, i] = total
        if math.isinf(high):
            found[:, i] += [float(value) for value in law.remainder(np.longdouble(640.0))]
    return found[0], found[1]


def _smooth_sum(logarithm: Logarithm, start: float, stop: float, steepness: float) -> float:
    """Return ∫ f dk − [f′]/24, by Gauss-Legendre in ln k; to ln k = 640 at the most."""
    low, high = math.log(start), math.log(stop) if math.isfinite(stop) else 640.0
    nodes, weights = np.polynomial.legendre.leggauss(16)
    panels = np.linspace(low, high, math.ceil((high - low) * steepness / 1.5) + 1).astype(np.longdouble)
    half = np.diff(panels)[:, None] / 2
    u = panels[:-1, None] + half * (1 + nodes)
    ends, step = np.array([low, high], np.longdouble), np.longdouble(1e-6)
    falls = (logarithm(ends + step) - logarithm(ends - step)) / (2 * step)
    slopes = np.exp(logarithm(ends) - ends) * falls
    return float(np.sum(half * weights * np.exp(u + logarithm(u))) - (slopes[1] - slopes[0]) / 24)
