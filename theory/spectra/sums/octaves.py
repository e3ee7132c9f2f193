r"""Sums of a law at any number of κ > 0 from Chebyshev series in ln κ, made where κ first comes.

Every Σ weight x^i y^j is analytic in ln κ for |Im ln κ| < π, because its terms are. Over two octaves, a half-width of
ln 2, the series of 20 terms therefore ends at (π/ln 2 + …)^-20 = 9^-20 of the sum: rounding. Which octaves, and how far
into them, is read off the exponent and the mantissa of κ, so that nothing is lost to ln κ at 1e-300.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from theory.chunks import chunks
from theory.compiled import elementwise, summing
from theory.spectra.sums.graded import graded_modes
from theory.spectra.sums.orders import Array, Order
from theory.spectra.sums.products import point_sums
from theory.spectra.sums.shape import Law

POINTS = 20
LOG_TWO = math.log(2.0)
CHUNK = 4096  # κ that are gone through at once: their arrays stay in the cache
TOGETHER = 6  # pairs of octaves that share their quadrature nodes

_ANGLES = np.pi * (np.arange(POINTS) + 0.5) / POINTS
_PLACES = np.exp2(1.0 + np.cos(_ANGLES))  # κ/4^p, from 1 to 4
_TRANSFORM = np.cos(np.outer(np.arange(POINTS), _ANGLES)) * (2.0 / POINTS)
_TRANSFORM[0] /= 2.0
_POWERS = np.array([np.append(chebyshev.cheb2poly(row), np.zeros(POINTS - 1 - n)) for n, row in enumerate(np.eye(POINTS))]).T


class Octaves:
    """The sums of one law, kept for the pairs of octaves that were asked for.

    Parameters
    ----------
    law : Law
        Its eigenvalues and signal as functions of ln k.
    """

    def __init__(self, law: Law) -> None:
        self.law = law
        self.series: dict[tuple[Order, int], Array] = {}
        self._columns = 0, 0, np.full((1, POINTS, 2), np.nan)

    def moments(self, kappa: Array, orders: tuple[Order, ...]) -> tuple[Array, ...]:
        """Return Σ weight x^i y^j for each order, κ > 0 of any shape."""
        mantissa, exponent = np.frexp(np.ravel(kappa))
        pair, odd = np.divmod(exponent - 1, 2)
        t = np.log2(mantissa * np.where(odd, 4.0, 2.0)) - 1.0
        pairs, inverse = np.unique(pair, return_inverse=True)
        wanted = tuple(dict.fromkeys(orders))
        missing = [int(p) for p in pairs if any((order, int(p)) not in self.series for order in wanted)]
        for part in chunks(len(missing), TOGETHER):
            self._make(missing[part], wanted)
        sums = np.empty((len(wanted), t.size))
        for row, order in enumerate(wanted):
            coefficients = np.array([self.series[order, int(p)] for p in pairs]).T.copy()
            for points in chunks(t.size, CHUNK):
                sums[row, points] = _horner(coefficients, inverse[points], t[points])
        found = dict(zip(wanted, sums, strict=True))
        return tuple(found[order].reshape(np.shape(kappa)) for order in orders)

    def excess(self, kappa: Array, n: Array) -> tuple[Array, Array]:
        """Return d(κ) − n and Σ x y; of a finite law by its Σ y where d is nearer to the size than to zero."""
        if math.isinf(self.law.size):
            d, slope = self.moments(kappa, ((1, 0, 0), (1, 1, 0)))
            return d - n, slope
        d, slope, missed = self.moments(kappa, ((1, 0, 0), (1, 1, 0), (0, 1, 0)))
        return np.where(d < missed, d - n, (self.law.size - n) - missed), slope

    @property
    def columns(self) -> tuple[int, Array]:
        """What `octave_sums` takes: the first pair of octaves, the series of d and Σ x y from there on, NaN if unknown."""
        made, first, table = self._columns
        if made < len(self.series):
            series = dict(self.series)
            known = [pair for order, pair in series if order == (1, 1, 0) and ((1, 0, 0), pair) in series]
            first = min(known, default=0)
            table = np.full((max(known, default=0) - first + 1, POINTS, 2), np.nan)
            for pair in known:
                table[pair - first] = np.stack((series[(1, 0, 0), pair], series[(1, 1, 0), pair]), axis=1)
            self._columns = len(series), first, table
        return first, table

    def _make(self, pairs: list[int], orders: tuple[Order, ...]) -> None:
        kappa = np.ldexp(_PLACES, 2 * np.array(pairs)[:, None])
        for order, values in zip(orders, point_sums(graded_modes(self.law, np.ravel(kappa)), kappa, orders), strict=True):
            for p, row in zip(pairs, values, strict=True):
                self.series[order, p] = _POWERS @ (_TRANSFORM @ row)


@summing
def _with_slope(series: Any, t: float) -> tuple[float, float, float]:
    """Return both sums and the slope of the second by t."""
    d, product, slope = series[POINTS - 1, 0], series[POINTS - 1, 1], 0.0
    for n in range(POINTS - 2, -1, -1):
        slope = slope * t + product
        d, product = d * t + series[n, 0], product * t + series[n, 1]
    return d, product, slope


@elementwise
def octave_sums(columns: Any, kappa: float, n: float) -> tuple[float, float, float]:
    """Return d − n, −dd/dlnκ and the slope of that at one κ > 0, as `Octaves.excess` has the first two of many.

    NaN where the series are not known yet.
    """
    first, table = columns
    mantissa, exponent = math.frexp(kappa)
    pair = (exponent - 1) // 2
    if not 0 <= pair - first < len(table):
        return np.nan, np.nan, np.nan
    t = np.log2(mantissa * (4.0 if exponent - 1 > 2 * pair else 2.0)) - 1.0
    d, product, slope = _with_slope(table[pair - first], t)
    return d - n, product, slope / LOG_TWO


def _horner(coefficients: Array, rows: NDArray[Any], t: Array) -> Array:
    """Return Σ_n coefficients[n, rows] t^n. Where Chebyshev coefficients fall like 9^-n, powers are as good."""
    value = coefficients[-1].take(rows)
    for column in coefficients[-2::-1]:
        value *= t
        value += column.take(rows)
    return value
