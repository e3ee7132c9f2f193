"""Sums over a power law, infinite or of any length, with a bound of what is left out: Euler and Maclaurin.

    Σ_k f(k),    f(k) = k^-s x^i y^j,    x = 1/(1+zk^α),  y = 1 − x,    s = 1 + αρ  (ρ = −1/α: counting; 2r: by signal)

The first M − 1 terms are listed; the integral beyond is a ₂F₁; derivatives at M come from power series. What is left after
those of order below 2T is at most |B_2T|/(2T)! ∫|f^(2T)| dk, with |f^(2T)(k)| ≤ (2T)! (θk)^-2T max |f| over the disc of radius
θk around k (Cauchy). For θ ≤ sin(π/2α) there Re w^α ≥ 0, so that |x| ≤ √2/(1+z|w|^α) and |y| ≤ √2 z|w|^α/(1+z|w|^α).
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction

from flint import arb, arb_series, ctx

from theory.solve.certified.ball import Uncertified, to_arb
from theory.solve.certified.sums.maclaurin import between, capped, coefficients, end_weights
from theory.spectra.sums.orders import Order

WIDEST = Fraction(13, 20)  # θ
STEEP = 64                 # terms after which weights that fall fast need no more than a bound
LONGEST = 60_000
ROOM = 10                  # bits beyond the working precision that the remainder is made for


class PowerSums:
    """Sums over k = 1 … size at the ambient precision, whose constants are kept for it.

    Parameters
    ----------
    capacity, source : Fraction
        α > 0 and r > 0; α above 1 where the size is infinite.
    size : int or inf
        How many terms.
    """

    def __init__(self, capacity: Fraction, source: Fraction, size: float) -> None:
        self.capacity, self.size = capacity, size
        self.ratios = -1 / capacity, 2 * source
        narrow = Fraction(0.999 * math.sin(math.pi / (2 * max(float(capacity), 1.0))))
        self.radius = min(WIDEST, narrow.limit_denominator(10**6))

    def moments(self, z: arb, orders: tuple[Order, ...]) -> list[arb]:
        """Return Σ_k k^-s x^i y^j for each order (i, j, q).

        Parameters
        ----------
        z : arb
            κ over the scale, positive.
        orders : tuple of (i, j, q)
            As in `Spectrum.moments`.
        """
        steep = [order for order in orders if self._is_steep(order)]
        usual = [order for order in orders if order not in steep]
        found = {order: self._bounded(z, order) for order in steep}
        if usual:
            start, half = self._lengths(usual)
            if start + 1 >= self.size:
                found |= self._listed(z, usual, int(self.size) + 1)
            else:
                listed, corrections = self._listed(z, usual, start), self._corrections(z, usual, start, half)
                for order in usual:
                    found[order] = listed[order] + self._integral(z, order, start) + corrections[order]
                    found[order] += self._remainder(z, order, start, half)
                if self.size != math.inf:
                    last = int(self.size)
                    corrections = self._corrections(z, usual, last, half)
                    for order in usual:
                        found[order] += self._term(z, order, last) - corrections[order]
        return [found[order] for order in orders]

    def _power(self, q: int) -> Fraction:
        """Return s."""
        return 1 + self.capacity * self.ratios[q]

    def _is_steep(self, order: Order) -> bool:
        _, j, q = order
        return self.size > STEEP and float(self._power(q) - self.capacity * j - 1) * math.log2(STEEP) > ctx.prec + 20

    def _bounded(self, z: arb, order: Order) -> arb:
        """Return a sum that is over after a few terms: f(k) ≤ f(1) k^-(s − αj)."""
        _, j, q = order
        rest = 2 * self._term(z, order, 1) * arb(STEEP) ** to_arb(1 + self.capacity * j - self._power(q))
        return self._listed(z, [order], STEEP)[order] + between(rest)

    def _lengths(self, orders: list[Order]) -> tuple[int, int]:
        """Return M and T for the working precision."""
        theta, alpha = float(self.radius), float(self.capacity)
        worst = max((i + j) / 2 * math.log(2) - (float(self._power(q)) + alpha * i) * math.log1p(-theta)
                    + alpha * j * math.log1p(theta) for i, j, q in orders)  # fmt: skip
        wanted = (ctx.prec + ROOM) * math.log(2) + worst
        least = wanted / (2 * math.pi * theta)
        start = math.ceil(2 * least) + 8 if least < 500 else math.ceil(least) + 40
        if start > LONGEST:
            raise Uncertified(f"sums over a law this steep list {start} terms")
        log_step = math.log(2 * math.pi * theta * start)
        need = max(2.0, *(2 + alpha * j - float(self._power(q)) for i, j, q in orders))
        half = math.ceil(need / 2) + 1
        while math.lgamma(2 * half + 1) - 2 * half * log_step + math.log(4 * start) > -wanted and half < 2 * start:
            half += 1
        return start, half

    def _term(self, z: arb, order: Order, k: int) -> arb:
        i, j, q = order
        y = z * _power(self.capacity, k, ctx.prec)
        x = 1 / (1 + y)
        return _power(-self._power(q), k, ctx.prec) * x ** (i + j) * y**j

    def _listed(self, z: arb, orders: list[Order], stop: int) -> dict[Order, arb]:
        """Return the sums over k < `stop`."""
        sums = [arb(0)] * len(orders)
        weights = [_powers(-self._power(q), stop, ctx.prec) for q in (0, 1)]
        for power, count, signal in zip(_powers(self.capacity, stop, ctx.prec), *weights, strict=True):
            odds = z * power
            x = 1 / (1 + odds)
            y = odds * x
            for place, (i, j, q) in enumerate(orders):
                term = signal if q else count
                if i:
                    term = term * x if i == 1 else term * x**i
                if j:
                    term = term * y if j == 1 else term * y**j
                sums[place] += term
        return dict(zip(orders, sums, strict=True))

    def _integral(self, z: arb, order: Order, start: int) -> arb:
        """Return ∫ f dk from `start` to the end, by the antiderivative that vanishes at infinity, or at zero."""
        i, j, q = order
        found = []
        if i + self.ratios[q] > 0:
            ends = [self._beyond(z, order, k) for k in (start, self.size) if k != math.inf]
            found.append(ends[0] - sum(ends[1:], arb(0)))
        if j - self.ratios[q] > 0 and self.size != math.inf:
            found.append(self._before(z, order, int(self.size)) - self._before(z, order, start))
        if not found:
            raise Uncertified("a sum over infinitely many modes that diverges")
        return min(found, key=lambda value: value.rad())

    def _beyond(self, z: arb, order: Order, k: float) -> arb:
        i, j, q = order
        c = i + self.ratios[q]
        ratio = to_arb(c)
        f = (-1 / (z * _power(self.capacity, int(k), ctx.prec))).hypgeom_2f1(arb(i + j), ratio, ratio + 1)
        return arb(int(k)) ** to_arb(-self.capacity * c) * f / (z**i * to_arb(self.capacity * c))

    def _before(self, z: arb, order: Order, k: int) -> arb:
        i, j, q = order
        c = j - self.ratios[q]
        ratio = to_arb(c)
        f = (-z * _power(self.capacity, k, ctx.prec)).hypgeom_2f1(arb(i + j), ratio, ratio + 1)
        return arb(k) ** to_arb(self.capacity * c) * z**j * f / to_arb(self.capacity * c)

    def _corrections(self, z: arb, orders: list[Order], k: int, half: int) -> dict[Order, arb]:
        """Return f(k)/2 − Σ_{t ≤ T} B_2t/(2t)! f^(2t−1)(k), from the series of x and y at k(1+h) in h."""
        length = 2 * half
        found = {}
        with capped(length):
            odds = z * _power(self.capacity, k, ctx.prec)
            x = (1 + odds * arb_series(_binomial(self.capacity, length, ctx.prec), length)).inv()
            listed = x.coeffs()
            y = arb_series([odds * listed[0], *(-value for value in listed[1:])], length)
        products = {(i, j): coefficients([x] * i + [y] * j, length) for i, j in {order[:2] for order in orders}}
        for order in orders:
            i, j, q = order
            by = _functional(self._power(q), half, k, ctx.prec)
            found[order] = sum((value * weight for value, weight in zip(products[i, j], by, strict=True)), arb(0))
        return found

    def _remainder(self, z: arb, order: Order, start: int, half: int) -> arb:
        """Return a ball around zero that holds what is left."""
        i, j, q = order
        theta, s = to_arb(self.radius), self._power(q)
        left = 2 * half - 1 + s - self.capacity * j
        if left <= 0:
            raise Uncertified("too few derivatives for a bound")
        worst = to_arb(Fraction(2 ** (i + j))).sqrt() * (1 + theta) ** to_arb(self.capacity * j)
        worst *= (1 - theta) ** to_arb(-s - self.capacity * i)
        bound = 4 * arb(2 * half).fac() / (2 * arb.pi() * theta * start) ** (2 * half) * worst * start / to_arb(left)
        return arb(0, (bound * self._term(z, order, start)).upper())


@functools.lru_cache(maxsize=4096)
def _power(power: Fraction, k: int, bits: int) -> arb:
    """Return k^power at `bits`, the ambient precision."""
    return arb(k) ** to_arb(power)


@functools.lru_cache(maxsize=64)
def _powers(power: Fraction, stop: int, bits: int) -> list[arb]:
    """Return k^power for k = 1 … stop − 1 at `bits`, the ambient precision."""
    exponent = to_arb(power)
    return [arb(k) ** exponent for k in range(1, stop)]


@functools.lru_cache(maxsize=64)
def _binomial(power: Fraction, length: int, bits: int) -> list[arb]:
    """Return the coefficients of (1 + h)^power."""
    found, exponent = [arb(1)], to_arb(power)
    for n in range(1, length):
        found.append(found[-1] * (exponent - (n - 1)) / n)
    return found


@functools.lru_cache(maxsize=256)
def _functional(s: Fraction, half: int, k: int, bits: int) -> list[arb]:
    """Return V with Σ_n g_n V_n = f/2 − Σ_t B_2t/(2t)! f^(2t−1), f = k^-s g and g(k(1+h)) = Σ g_n h^n."""
    ratios = end_weights(half, k, bits)
    weights = _binomial(-s, 2 * half, bits)
    found = [sum((ratios[t] * weights[2 * t + 1 - n] for t in range(n // 2, half)), arb(0)) for n in range(2 * half)]
    found[0] += arb(1) / 2
    scale = _power(-s, k, bits)
    return [value * scale for value in found]
