"""Sums over an infinite power law in double precision: the constants of the precise twin, rounded once, and fast loops.

    Σ_k k^-(1+αρ) x^i y^j,       x = 1/(1 + z k^α),   y = 1 − x

for every z up to 1e308, by the two regimes of `power_sums_precise`: asymptotic in z where K = z^(-1/α) is large,
explicit modes and a convergent tail below. All orders of one call share their modes, and points are taken in chunks
that stay in the cache.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from theory.chunks import chunks
from theory.compiled import chosen, elementwise, summing
from theory.spectra.sums.nodes import node_sums
from theory.spectra.sums.orders import Array, Order
from theory.spectra.sums.power_sums_precise import (
    Weight,
    check_orders,
    exact,
    far_coefficients,
    is_steep,
    near_coefficients,
    power_moments_precise,
    steep_modes,
    weight_at,
)

ENTRIES = 30_000     # of one (modes × points) temporary: 240 KB stay in the second-level cache
DIGITS = 18          # laid out for: beyond double precision, so that only rounding is left
NEGLIGIBLE = 1e-19   # relative size of terms that are left out
CARRIED = 34         # digits of the constants before they are rounded


@functools.cache
def _shifted_chebyshev(degree: int) -> list[int]:
    """Return the coefficients of T*_n(v) = T_n(2v − 1), lowest first."""
    if degree < 2:
        return [[1], [-1, 2]][degree]
    last, before = _shifted_chebyshev(degree - 1), _shifted_chebyshev(degree - 2)
    risen = [0, *(4 * c for c in last)]
    return [r - 2 * c - b for r, c, b in zip(risen, [*last, 0], [*before, 0, 0], strict=True)]


def _economised(series: list[Any], start: int, top: Any, tolerance: Any) -> list[Any]:
    """Return a shorter series with values within tolerance·v^start of Σ_n series[n] v^n for 0 ≤ v ≤ `top`.

    Lanczos: the leading term is replaced by the polynomial of lower degree that is nearest to it.
    """
    scaled = [c * top**n for n, c in enumerate(series[start:])]
    spent = mp.zero
    while len(scaled) > 1:
        degree = len(scaled) - 1
        share = scaled[-1] / mp.mpf(2) ** (2 * degree - 1)
        spent += abs(share)
        if spent > tolerance:
            break
        scaled = [c - share * t for c, t in zip(scaled, _shifted_chebyshev(degree)[:-1], strict=False)][:degree]
    return [mp.zero] * start + [c / top**n for n, c in enumerate(scaled)]


class _Polynomials:
    """Polynomials in one variable 0 ≤ v ≤ `top`, summed by Horner's rule to the degree that the largest v needs.

    Parameters
    ----------
    rows : list of list of mpf
        Coefficients of v^n, one list for each polynomial.
    leading : list of (start, exponent, size)
        Row by row, the first power and a scale: the polynomial is part of a sum that is about size·v^exponent or
        larger, exponent ≤ start, to which its errors may be compared.
    top : mpf
        The largest v.
    """

    def __init__(self, rows: list[list[Any]], leading: list[tuple[int, float, Any]], top: Any) -> None:
        rows = [_economised(row, start, top, NEGLIGIBLE * size * top ** (exponent - start))
                for row, (start, exponent, size) in zip(rows, leading, strict=True)]
        length = max(len(row) for row in rows)
        self.table = np.zeros((length, len(rows), 1))
        needed_from = np.full(length, np.inf)
        for column, (row, (start, exponent, size)) in enumerate(zip(rows, leading, strict=True)):
            self.table[: len(row), column, 0] = [float(c) for c in row]
            needed_from[: start + 1] = 0.0
            for n, coefficient in enumerate(row[start + 1 :], start=start + 1):
                if coefficient:
                    reach = float((NEGLIGIBLE * size / abs(coefficient)) ** (1 / (n - exponent)))
                    needed_from[n] = min(needed_from[n], reach)
        self.needed_from = np.minimum.accumulate(needed_from[::-1])[::-1]

    def __call__(self, variable: Array) -> Array:
        """Return the sums at `variable` (n,), shape (n_rows, n)."""
        length = max(1, int(np.searchsorted(self.needed_from, variable.max())))
        value = np.repeat(self.table[length - 1], variable.size, axis=1)
        for coefficients in self.table[length - 2 :: -1] if length > 1 else ():
            value *= variable
            value += coefficients
        return value


@elementwise
def risen(z: Any, exponent: float, remainder: float) -> Any:
    """Return z^ρ, ρ in two parts."""
    power = z**exponent
    return power + power * (remainder * np.log(z)) if remainder else power


@elementwise
def bridged(z: Any, power: Any, nearest: float, offset: float) -> Any:
    """Return (z^ρ − z^p₀)/(ρ − p₀), offset being ρ − p₀, from z^ρ."""
    whole, log = z**nearest, np.log(z)
    if offset == 0.0:
        return whole * log
    step = offset * log
    return chosen(np.abs(step) < 1.0, whole * (np.expm1(step) / offset), (power - whole) / offset)


@summing
def _polynomials(table: Any, needed_from: Any, variable: float) -> tuple[float, float, float]:
    """Return three sums at one value, as `_Polynomials` has them of many."""
    n = len(table) - 1
    while n > 0 and not needed_from[n] < variable:
        n -= 1
    one, two, three = table[n, 0], table[n, 1], table[n, 2]
    while n > 0:
        n -= 1
        one, two, three = one * variable + table[n, 0], two * variable + table[n, 1], three * variable + table[n, 2]
    return one, two, three


@elementwise
def law_sums(columns: Any, kappa: float, n: float) -> tuple[float, float, float]:
    """Return d − n, −dd/dlnκ and its slope at one κ > 0, as `Counting.excess` has the first two of many at z = κ/scale."""
    scale, turn, edge, modes, near, far, power_of = columns
    z = kappa / scale
    if z <= turn:
        table, needed_from, poles, bridges, bridging = near
        exponent, remainder, nearest, offset = power_of
        d, slope, curvature = _polynomials(table, needed_from, z)
        power = risen(z, exponent, remainder)
        d, slope, curvature = d + poles[0] * power, slope + poles[1] * power, curvature + poles[2] * power
        if bridging:
            bridge = bridged(z, power, nearest, offset)
            d, slope, curvature = d + bridges[0] * bridge, slope + bridges[1] * bridge, curvature + bridges[2] * bridge
        return d - n, slope, curvature
    d, slope, curvature = _polynomials(far[0], far[1], edge / z)
    signed, fall, bent = node_sums(modes, z, n)
    return signed + d, fall + slope, bent + curvature


class _NearPowers:
    """z^ρ for small z, and the bridge (z^ρ − z^p₀)/(ρ − p₀) over a resonance, of one weight."""

    def __init__(self, weight: Weight) -> None:
        self.exponent = float(weight.ratio)
        self.remainder = float(weight.ratio - Fraction(self.exponent))
        self.nearest = float(weight.nearest)
        self.offset = float(weight.offset)

    def power(self, z: Array) -> Array:
        """Return z^ρ; the part of ρ that a double cannot hold matters at z = 1e-300."""
        return risen(z, self.exponent, self.remainder)

    def bridge(self, z: Array, power: Array) -> Array:
        """Return (z^ρ − z^p₀)/(ρ − p₀), or z^p₀ ln z at resonance."""
        return bridged(z, power, self.nearest, self.offset)


class PowerSums:
    """The sums of several orders at one capacity, as functions of z.

    Parameters
    ----------
    capacity : Fraction
        α > 1.
    ratios : tuple of Fraction
        ρ_q of the weights k^-(1+αρ_q): −1/α counts modes, 2r weighs them by their signal.
    orders : tuple of (i, j, q)
        Σ_k k^-(1+αρ_q) x^i y^j, with i + ρ_q > 0 and i + j ≤ 4.
    """

    def __init__(self, capacity: Fraction, ratios: tuple[Fraction, ...], orders: tuple[Order, ...]) -> None:
        check_orders(ratios, orders)
        self.orders = orders
        weights = [weight_at(capacity, ratio, DIGITS, CARRIED) for ratio in ratios]
        with mp.workdps(CARRIED):
            turn = mp.power(weights[0].border, -exact(capacity))
            self.at_zero = np.array([[float(v)] for v in power_moments_precise(capacity, ratios, mp.zero, orders)])
            lengths = [weight.length(math.log(weight.border)) for weight in weights]
            near = [near_coefficients(weights[q], i, j, lengths[q]) for i, j, q in orders]
            far = [far_coefficients(weights[q], i, j) for i, j, q in orders]
            edge = weights[0].eigenvalues[-1]
            self.edge = float(edge)
            self.eigenvalues = np.array([[float(value)] for value in weights[0].eigenvalues[:-1]])
            self.weights = [np.array([float(value) for value in weight.weights]) for weight in weights]
            far = [[c / edge**n for n, c in enumerate(series)] for series in far]
            self.far = _Polynomials(far, [(i, i, far[row][i]) for row, (i, _, _) in enumerate(orders)], edge / turn)
            self.near = _Polynomials([series for series, _, _ in near],
                                     [(j, min(j, float(ratios[q])), 1.0) for _, j, q in orders], turn)
        self.turn = float(turn)
        self.poles = np.array([[float(pole)] for _, pole, _ in near])
        self.bridges = np.array([[float(bridge)] for _, _, bridge in near])
        self.powers = [(_NearPowers(weight), [row for row, order in enumerate(orders) if order[2] == q])
                       for q, weight in enumerate(weights)]
        self.chunk = max(16, ENTRIES // self.eigenvalues.size)

    def __call__(self, z: Array) -> tuple[Array, ...]:
        """Return one array of the shape of `z` for each order; z ≥ 0, its limits at 0 (`inf` where it diverges)."""
        flat = z.ravel()
        sums = np.repeat(self.at_zero, flat.size, axis=1)
        for points, small in self._passes(flat):
            part = flat[points]
            sums[:, points] = self._near(part) if small else self._explicit(part) + self._tail(part)
        return tuple(row.reshape(z.shape) for row in sums)

    def _passes(self, z: Array) -> Iterator[tuple[NDArray[np.intp], bool]]:
        """Yield the indices of chunks of points z > 0 and whether they lie in the asymptotic regime."""
        small = z <= self.turn
        for regime, taken in ((True, small & (z > 0.0)), (False, ~small)):
            points = np.flatnonzero(taken)
            yield from ((points[part], regime) for part in chunks(points.size, self.chunk))

    def _near(self, z: Array) -> Array:
        """Return the sums for K large, shape (n_orders, n); `inf` where one exceeds the largest double."""
        sums = self.near(z)
        with np.errstate(over="ignore"):
            for powers, rows in self.powers:
                if rows:
                    power = powers.power(z)
                    sums[rows] += self.poles[rows] * power
                    if self.bridges[rows].any():
                        sums[rows] += self.bridges[rows] * powers.bridge(z, power)
        return sums

    def _explicit(self, z: Array) -> Array:
        """Return the sums over the explicit modes, shape (n_orders, n)."""
        total = self.eigenvalues + z
        x, y = self.eigenvalues / total, z / total
        products: dict[tuple[int, int], Array] = {}
        sums = np.empty((len(self.orders), z.size))
        for row, (i, j, q) in enumerate(self.orders):
            if (i, j) not in products:
                products[i, j] = functools.reduce(np.multiply, [x] * i + [y] * j)
            sums[row] = self.weights[q] @ products[i, j]
        return sums

    def _tail(self, z: Array) -> Array:
        """Return the sums over the modes beyond the explicit ones, shape (n_orders, n)."""
        return self.far(self.edge / z)


class Counting(PowerSums):
    """d = Σ x and q = Σ xy, the pair that a solver of d(κ) = n wants, and d − n without cancellation."""

    def __init__(self, capacity: Fraction) -> None:
        super().__init__(capacity, (-1 / capacity,), ((1, 0, 0), (1, 1, 0)))
        self.descending = -self.eigenvalues[:, 0]

    def excess(self, z: Array, n: Array) -> tuple[Array, Array]:
        """Return d − n and q for 1-d arrays, d − n as (#{λ > z} − n) + Σ_{λ≤z} x − Σ_{λ>z} y where modes are explicit.

        Parameters
        ----------
        z, n : ndarray, shape (n_points,)
            z > 0 (at 0 both results are `inf`) and n finite.
        """
        sums = np.repeat(self.at_zero, z.size, axis=1)
        counted = -n
        for points, small in self._passes(z):
            part = z[points]
            if small:
                sums[:, points] = self._near(part)
                continue
            smaller = np.minimum(self.eigenvalues, part) / (self.eigenvalues + part)           # of x and y
            counted[points] += np.searchsorted(self.descending, -part)
            sums[:, points] = self._tail(part)
            sums[0, points] += np.copysign(smaller, part - self.eigenvalues).sum(axis=0)
            sums[1, points] += np.einsum("kn,kn->n", smaller, 1.0 - smaller)
        return counted + sums[0], sums[1]


class SteepSums:
    """The same where weights fall so fast that a handful of modes is the whole sum."""

    def __init__(self, capacity: Fraction, ratios: tuple[Fraction, ...], orders: tuple[Order, ...]) -> None:
        check_orders(ratios, orders)
        self.orders = orders
        modes = {q: steep_modes(capacity, ratios[q], CARRIED) for _, _, q in orders}
        self.modes = {q: np.array([pair for pair in of if float(pair[0]) > 0], dtype=np.float64).T for q, of in modes.items()}

    def __call__(self, z: Array) -> tuple[Array, ...]:
        """Return one array of the shape of `z` for each order."""
        found = []
        for i, j, q in self.orders:
            weights, eigenvalues = self.modes[q]
            total = eigenvalues + z[..., None]
            found.append(np.sum(weights * (eigenvalues / total) ** i * (z[..., None] / total) ** j, axis=-1))
        return tuple(found)


class MixedSums:
    """Orders of steep weights and of others."""

    def __init__(self, capacity: Fraction, ratios: tuple[Fraction, ...], orders: tuple[Order, ...]) -> None:
        steep = [is_steep(ratios[q], CARRIED) for _, _, q in orders]
        self.parts = [([row for row, kind in enumerate(steep) if kind == wanted], made)
                      for wanted, made in ((True, SteepSums), (False, PowerSums)) if wanted in steep]
        gentle = tuple(-1 / capacity if is_steep(ratio, CARRIED) else ratio for ratio in ratios)  # no series where it is steep
        self.sums = [made(capacity, ratios if made is SteepSums else gentle, tuple(orders[row] for row in rows))
                     for rows, made in self.parts]

    def __call__(self, z: Array) -> tuple[Array, ...]:
        """Return one array of the shape of `z` for each order."""
        found = {row: value for (rows, _), sums in zip(self.parts, self.sums, strict=True)
                 for row, value in zip(rows, sums(z), strict=True)}
        return tuple(found[row] for row in sorted(found))


@functools.lru_cache(maxsize=64)
def power_sums(
    capacity: Fraction, ratios: tuple[Fraction, ...], orders: tuple[Order, ...]
) -> PowerSums | SteepSums | MixedSums:
    """Return the sums of these arguments, made once."""
    if any(is_steep(ratios[q], CARRIED) for _, _, q in orders):
        return MixedSums(capacity, ratios, orders)
    return PowerSums(capacity, ratios, orders)


@functools.lru_cache(maxsize=64)
def law_columns(capacity: Fraction, scale: float) -> tuple[Any, ...]:
    """Return what `law_sums` takes: the constants of d = Σ x, Σ x y and Σ x y (x − y) = 2 Σ x²y − Σ x y."""
    sums = PowerSums(capacity, (-1 / capacity,), ((1, 0, 0), (1, 1, 0), (2, 1, 0)))

    def rows(table: Array) -> Array:
        one, two, three = (table[:, row, 0] for row in range(3))
        return np.stack((one, two, 2.0 * three - two), axis=1)

    power, modes = sums.powers[0][0], sums.eigenvalues[:, 0].copy()
    poles, bridges = (rows(column[None])[0] for column in (sums.poles, sums.bridges))
    near = rows(sums.near.table), sums.near.needed_from.copy(), poles, bridges, bool(bridges.any())
    return (scale, sums.turn, sums.edge, (modes, np.ones(modes.size), np.arange(modes.size + 1.0)), near,
            (rows(sums.far.table), sums.far.needed_from.copy()),
            (power.exponent, power.remainder, power.nearest, power.offset))  # fmt: skip


@functools.lru_cache(maxsize=64)
def counting(capacity: Fraction) -> Counting:
    """Return the `Counting` sums of this capacity, made once."""
    return Counting(capacity)


def power_sum(
    capacity: float | Fraction, exponent: float | Fraction, power: int
) -> PowerSums | SteepSums | MixedSums:
    """Return S(z) = Σ_k k^-b (1 + z k^α)^-m as a callable that gives a tuple of one array.

    Parameters
    ----------
    capacity, exponent : float or Fraction
        α > 1 and b, taken exactly.
    power : int
        m, from 1 to 4, with b + αm > 1.
    """
    alpha = Fraction(capacity)
    return power_sums(alpha, ((Fraction(exponent) - 1) / alpha,), ((power, 0, 0),))
