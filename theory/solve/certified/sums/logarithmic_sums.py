"""Sums over the infinite logarithmic law, with bounds: Euler and Maclaurin, the integral in u = ln k as a rigorous quadrature.

    λ_k = 1/(k ln^a(k+1)),      c_kλ_k = 1/(k ln^b(k+1)),      x = 1/(1+ξ),  y = 1 − x,  ξ = κ/λ

Beyond u = U, where λ/κ ≤ ε = e^-U/κ, x is λ/κ up to a factor of 1 − ε and ∫ λ dk is U^(1−a)/(a−1) up to one of 1 − a e^-U/U.
The remainder is bounded as in `power_sums`: on the disc of radius k/2 around k the argument of ξ is at most
(π/6)(1 + a/ln(1+k/2)).
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction

from flint import acb, arb, arb_series, ctx

from theory.solve.certified.ball import Uncertified, to_arb
from theory.solve.certified.sums.maclaurin import between, capped, coefficients, end_weights
from theory.spectra.sums.orders import Order

STEEPEST = 8  # a and b, beyond which discs would begin at thousands of modes
MARGIN = 12   # bits beyond the working precision
THETA = Fraction(1, 2)


class LogarithmicSums:
    """Sums over all k at the ambient precision.

    Parameters
    ----------
    power, target : Fraction
        a and b, from 1 to 8.
    """

    def __init__(self, power: Fraction, target: Fraction) -> None:
        self.power, self.target = power, target

    def moments(self, kappa: arb, orders: tuple[Order, ...]) -> list[arb]:
        """Return Σ_k weight x^i y^j for each order (i, j, q).

        Parameters
        ----------
        kappa : arb
            Positive.
        orders : tuple of (i, j, q)
            i + j = 1 or 2, and i > 0 or q > 0, as in `Spectrum.moments`.
        """
        start, half = self._lengths()
        listed = self._listed(kappa, orders, start)
        series = self._series(kappa, start, 2 * half)
        return [value + self._integral(kappa, order, start) + self._corrections(series, order, start, half)
                + self._remainder(kappa, order, start, half) for value, order in zip(listed, orders, strict=True)]  # fmt: skip

    def _lengths(self) -> tuple[int, int]:
        least = max(self.power, self.target)
        far = math.ceil(2 * math.exp(float(least) / 2)) + 2  # a/ln(1+M/2) < 2: there Re ξ ≥ 0
        wanted = (ctx.prec + MARGIN) * math.log(2) + 20.0 + 6.0 * float(least)
        start = max(far, math.ceil(2 * wanted / math.pi) + 8)
        half = 8
        while math.lgamma(2 * half + 1) - 2 * half * math.log(math.pi * start) > -wanted and half < start:
            half += 1
        return start, half

    def _listed(self, kappa: arb, orders: tuple[Order, ...], stop: int) -> list[arb]:
        sums = [arb(0)] * len(orders)
        inverse, signals = _modes(self.power, self.target, stop, ctx.prec)
        for value, signal in zip(inverse, signals, strict=True):
            odds = kappa * value
            x = 1 / (1 + odds)
            for place, (i, j, q) in enumerate(orders):
                sums[place] += (signal if q else 1) * x ** (i + j) * odds**j
        return sums

    def _series(self, kappa: arb, k: int, length: int) -> tuple[arb_series, arb_series, arb_series]:
        """Return x, y and the signal at k(1+h) as series in h."""
        with capped(length):
            number = arb_series([arb(k), arb(k)], length)
            log = (number + 1).log()
            powers = [(log.log() * to_arb(power)).exp() for power in (self.power, self.target)]
            x = (1 + kappa * number * powers[0]).inv()
            y = kappa * number * powers[0] * x
            return x, y, (number * powers[1]).inv()

    def _corrections(self, series: tuple[arb_series, arb_series, arb_series], order: Order, k: int, half: int) -> arb:
        """Return f/2 − Σ B_2t/(2t)! f^(2t−1) at k."""
        i, j, q = order
        x, y, signal = series
        found = coefficients([x] * i + [y] * j + [signal] * q, 2 * half)
        weights = end_weights(half, k, ctx.prec)
        return found[0] / 2 + sum((weight * value for weight, value in zip(weights, found[1::2], strict=True)), arb(0))

    def _integral(self, kappa: arb, order: Order, start: int) -> arb:
        """Return ∫ f dk from `start` on."""
        i, j, q = order
        end = (arb(ctx.prec + MARGIN) * arb.const_log2()).upper()
        if kappa < 1:
            end = (end - kappa.log().lower()).upper()
        powers = to_arb(self.power), to_arb(self.target)

        def integrand(u: acb, analytic: bool) -> acb:
            number = u.exp()
            log = (number + 1).log(analytic)
            log_log = log.log(analytic)
            odds = kappa * number * (log_log * powers[0]).exp()
            x = 1 / (1 + odds)
            whole = (-log_log * powers[1]).exp() if q else number
            return whole * x ** (i + j) * odds**j

        value = acb.integral(integrand, acb(arb(start).log()), acb(end), abs_tol=arb(0))
        if not value.imag.contains(0):
            raise Uncertified("an integral that is not real")
        return value.real + self._beyond(kappa, order, end)

    def _beyond(self, kappa: arb, order: Order, end: arb) -> arb:
        """Return ∫ f dk from e^U on."""
        i, _, q = order
        power = to_arb(self.target if q else self.power)
        small = (-end).exp() / kappa
        whole = end ** (1 - power) / (power - 1)
        error = (power * (-end).exp() / end + 2 * small).upper()
        if q == i:  # x λ² and the like: of order ε
            return between(whole * small)
        scale = whole if q else whole / kappa
        if not q and i == 2:
            return between(scale * small)
        return scale - between(scale * error)

    def _remainder(self, kappa: arb, order: Order, k: int, half: int) -> arb:
        """Return a ball around zero that holds what is left."""
        i, j, q = order
        theta, number = to_arb(THETA), arb(k)
        log = (1 + number).log()
        small = (1 + number * (1 - theta)).log() / log
        large = ((1 + number * (1 + theta)).log() + arb.pi() / 6) / log
        power, target = to_arb(self.power), to_arb(self.target)
        if not (1 + power / (1 + number * (1 - theta)).log()) / 6 < arb(1) / 2:
            raise Uncertified("too few modes for a bound")
        worst = arb(2 ** (i + j)).sqrt() * ((1 - theta) * small**power) ** -i * ((1 + theta) * large**power) ** j
        worst *= ((1 - theta) * small**target) ** -q
        left = 2 * half - 1 - j * (1 + power / log)
        if not left > 0:
            raise Uncertified("too few derivatives for a bound")
        odds = kappa * number * log**power
        value = (1 / (1 + odds)) ** (i + j) * odds**j / (number * log**target) ** q
        bound = 4 * arb(2 * half).fac() / (2 * arb.pi() * theta * number) ** (2 * half) * worst * number / left * value
        return arb(0, bound.upper())


@functools.lru_cache(maxsize=16)
def _modes(power: Fraction, target: Fraction, stop: int, bits: int) -> tuple[list[arb], list[arb]]:
    """Return 1/λ_k and c_kλ_k for k < `stop` at `bits`, the ambient precision."""
    logs = [arb(k + 1).log() for k in range(1, stop)]
    inverse = [k * log ** to_arb(power) for k, log in enumerate(logs, 1)]
    return inverse, [1 / (k * log ** to_arb(target)) for k, log in enumerate(logs, 1)]
