"""Sums over an infinite power law at any precision, and the constants that their fast twin is made of.

With x = 1/(1 + z k^α), y = 1 − x and a weight k^-(1+αρ), ρ being the *ratio* of the weight, every sum of the theory is

    Σ_k k^-(1+αρ) x^i y^j,        m = i + j,        ρ = −1/α (counting modes) or 2r (weighing them by their signal).

There are two regimes, divided by K = z^(-1/α), the number of modes that are learnt (design: mathematics, section 8):

    K large:  A z^ρ + Σ_{p≥j} (−1)^(p−j) (m)_{p−j}/(p−j)! ζ(1+α(ρ−p)) z^p,      A = Γ(j−ρ)Γ(i+ρ)/(αΓ(m))
    K small:  M explicit modes + Σ_{l≥i} (−1)^(l−i) (m)_{l−i}/(l−i)! ζ(1+α(ρ+l), M+1) z^-l

The first is asymptotic, with error e^{−2πK sin(π/max(α,2))}; the second converges. Where ρ comes near an integer p₀ ≥ j
(a source of ½, 1, 3/2 … does so for every α) A z^ρ and the term p₀ diverge against each other; they are merged into
A (z^ρ − z^p₀) + (A + ζ-coefficient) z^p₀, where nothing cancels. Capacity and ratio are exact fractions,
so that the distance to a resonance is exact too.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any

from mpmath import mp, mpf

from theory.errors import BadArgument
from theory.spectra.sums.orders import Order

HIGHEST = 4          # the power of x and y together for which the borders below are laid out
GUARD = 10           # digits carried beyond those asked for


def check_orders(ratios: tuple[Fraction, ...], orders: tuple[Order, ...]) -> None:
    """Refuse orders (i, j, q) that the sums are not laid out for, or whose sums diverge.

    Raises
    ------
    ValueError
        Unless i, j ≥ 0, i + j ≤ 4 and i + ρ_q > 0.
    """
    for i, j, q in orders:
        if min(i, j) < 0 or i + j > HIGHEST or i + ratios[q] <= 0:
            raise BadArgument(
                "orders", (i, j, q), f"(i, j, q) with i, j >= 0 and i + j <= {HIGHEST}, and i >= 1 where q = 0",
                "the sum over infinitely many modes diverges or is not provided; use a finite size",
            )


def exact(value: Fraction) -> Any:
    """Return the fraction `value` as an `mpf`, rounded once at the ambient precision."""
    return mpf(value.numerator) / value.denominator


def _fixed(value: Any, bits: int) -> int:
    """Return `value` as a fixed-point integer with `bits` fractional bits."""
    return int(mp.ldexp(value, bits))


@functools.lru_cache(maxsize=16)
def _bernoulli_ratios(count: int, bits: int) -> list[int]:
    """Return (2π)^2t B_2t/(2t)! = (−1)^(t+1) 2 ζ(2t) for t = 1 … count, as fixed-point integers."""
    with mp.workprec(bits + 16):
        return [_fixed((-1) ** (t + 1) * 2 * mp.zeta(2 * t), bits) for t in range(1, count + 1)]


def _modes_needed(epsilon: float, start: int, digits: int) -> int:
    """Return how far to sum k^-(1+ε) so that Euler's and Maclaurin's correction works or is not needed."""
    corrected = math.ceil((abs(1 + epsilon) + 2 * digits) / math.pi)
    decades = (digits + math.log10(start) + 1) / epsilon if epsilon > 0 else math.inf
    return min(corrected, math.ceil(start * 10**decades) + 1) if decades < 8 else corrected


def _correction(s: int, last: int, stop: int, inverse: int, bits: int) -> int:
    """Return N^-s/2 + Σ_t B_2t/(2t)! (s)_{2t−1} N^(1−s−2t), N = `stop`, from `last` = N^-s; all fixed-point."""
    one, negligible = 1 << bits, 1 << 32
    value = last >> 1
    factor = (((s * last) >> bits) * stop * inverse) >> bits
    ratios = _bernoulli_ratios(2 * mp.dps + 40, bits)
    for t, ratio in enumerate(ratios, start=1):
        term = (ratio * factor) >> bits
        value += term
        if abs(term) < negligible:
            return value
        rising = s + (2 * t - 1) * one
        factor = ((((factor * rising) >> bits) * inverse >> bits) * (rising + one)) >> bits
    raise ArithmeticError(f"Euler-Maclaurin did not converge for s = {s / one}, N = {stop}")


def zeta_ladder(first: Fraction, step: Fraction, count: int, start: int = 1) -> list[Any]:
    """Return ζ(1+ε, start) for ε = first + l·step, l = 0 … count − 1, by Euler-Maclaurin with shared powers.

    The sums run in fixed-point integers relative to start^-(1+ε), which is what makes hundreds of digits affordable.

    Parameters
    ----------
    first, step : Fraction
        first ≥ −1 and step ≥ 0, exact, so that the distance ε to the pole has no rounding.
    count : int
        Number of values.
    start : int
        Argument a ≥ 1 of Hurwitz' ζ(s, a) = Σ_{k≥a} k^-s; 1 is Riemann's.

    Returns
    -------
    list of mpf
        For |ε| < 1 **without its pole**: ζ(1+ε, start) − 1/ε, which is what stays finite (at ε = 0: γ for start 1).
    """
    ladder = [first + step * level for level in range(count)]
    stop = max([start, *(_modes_needed(float(epsilon), start, mp.dps + 10) for epsilon in ladder)])
    bits = mp.prec + 64
    with mp.workprec(bits + 16):
        powers = [_fixed(mp.power(mpf(k) / start, -exact(1 + first)), bits) for k in range(start, stop + 1)]
        ratios = [_fixed(mp.power(mpf(k) / start, -exact(step)), bits) for k in range(start, stop + 1)]
        inverse = _fixed(1 / (2 * mp.pi * stop) ** 2, bits)
        log_stop = mp.log(stop)
    values = []
    for epsilon in ladder:
        last, gap = powers[-1], exact(epsilon)
        sums = sum(powers) - last + _correction(_fixed(gap + 1, bits), last, stop, inverse, bits)
        if abs(epsilon) >= 1:
            sums += last * stop * epsilon.denominator // epsilon.numerator
        value = mp.ldexp(mpf(sums), -bits) * mp.power(start, -1 - gap)
        if abs(epsilon) < 1:
            value += mp.expm1(-gap * log_stop) / gap if epsilon else -log_stop
        values.append(value)
        powers = [(power * ratio) >> bits for power, ratio in zip(powers, ratios, strict=True)]
    return values


def total(epsilon: Fraction, size: float) -> Any:
    """Return Σ_{k=1}^{size} k^-(1+ε) at the ambient precision; `size` may be `inf` for ε > 0."""
    with mp.workdps(mp.dps + GUARD):
        value = zeta_ladder(epsilon, Fraction(0), 1)[0]
        if not math.isinf(size):
            value -= zeta_ladder(epsilon, Fraction(0), 1, int(size) + 1)[0]
        elif epsilon < 1:
            value += 1 / exact(epsilon)
    return +value


class Weight:
    """The constants of all sums with weight k^-(1+αρ), computed at the ambient precision.

    Parameters
    ----------
    capacity, ratio : Fraction
        α and ρ.
    digits : int
        The relative accuracy, in decimal digits, that the borders and lengths of the two regimes are laid out for.

    Attributes
    ----------
    border : float
        The K from which on the asymptotic regime holds.
    explicit : int
        M, the number of explicit modes below `border`.
    nearest, offset : int, Fraction
        p₀, the integer nearest to ρ, and ρ − p₀.
    merged : bool
        Whether term p₀ is kept without its pole, to be merged with A z^ρ.
    """

    def __init__(self, capacity: Fraction, ratio: Fraction, digits: int) -> None:
        self.capacity, self.ratio = capacity, ratio
        self._decay = digits * math.log(10)
        angle = math.sin(math.pi / max(float(capacity), 2.0))
        self.border = (self._decay + HIGHEST * math.log(self._decay)) / (2 * math.pi * angle)
        self.explicit = math.ceil(self.border * 4 ** (1 / float(capacity)))
        self.nearest = round(ratio)
        self.offset = ratio - self.nearest
        self.merged = abs(capacity * self.offset) < 1 and self.nearest >= 0
        self._near: list[Any] = []

    def length(self, log_modes: float) -> int:
        """Return how many terms in z the asymptotic regime needs at ln K = `log_modes`."""
        alpha, rho = float(self.capacity), float(self.ratio)
        p = max(self.nearest, math.ceil(rho + 1 / alpha), 0)
        while True:
            p += 1
            tau = alpha * (p - rho)
            size = math.lgamma(tau) - tau * (math.log(2 * math.pi) + log_modes) + (HIGHEST - 1) * math.log(p + 1)
            if size < -self._decay:
                return p

    def near(self, length: int) -> list[Any]:
        """Return ζ(1+α(ρ−p)), p < `length`, without its pole for p = p₀ if `merged`; kept for the next time."""
        have = len(self._near)
        if have < length:
            alpha, first = self.capacity, self.capacity * self.ratio
            direct = max(have, min(length, math.floor((first + 1) / alpha) + 1))
            if direct > have:                                                      # arguments ≥ 0
                values = zeta_ladder(first - alpha * (direct - 1), alpha, direct - have)[::-1]
                for p, value in enumerate(values, start=have):
                    epsilon = first - alpha * p
                    merging = self.merged and p == self.nearest
                    self._near.append(value + 1 / exact(epsilon) if abs(epsilon) < 1 and not merging else value)
            mirrored = zeta_ladder(alpha * direct - first - 1, alpha, length - direct)
            for p, value in enumerate(mirrored, start=direct):                     # ζ(s) from ζ(1−s)
                s, exact_s = 1 + first - alpha * p, exact(1 + first - alpha * p)
                self._near.append(2 * mp.power(2 * mp.pi, exact_s - 1) * mp.sinpi(exact_s / 2) * mp.gamma(1 - exact_s)
                                  * (value - 1 / exact_s if -s < 1 else value))
        return self._near[:length]

    @functools.cached_property
    def far(self) -> list[Any]:
        """ζ(1+α(ρ+l), M+1), l = 0, 1, …, as many as the other regime needs at its border."""
        length = next(n for n in range(10**6) if n * math.log(4) - (HIGHEST - 1) * math.log(n + 1) > self._decay)
        values = zeta_ladder(self.capacity * self.ratio, self.capacity, length, self.explicit + 1)
        poles = [self.capacity * (self.ratio + level) for level in range(length)]
        return [value + 1 / exact(epsilon) if abs(epsilon) < 1 else value
                for value, epsilon in zip(values, poles, strict=True)]

    def slope(self, top: int, n: int) -> tuple[Any, Any]:
        """Return (g − 1)/δ and g = Γ(1−δ) Γ(top+δ)/Γ(top) / ∏_{l≤n}(1 + δ/l), δ being the offset from resonance."""
        if not self.offset:
            return mp.euler + mp.psi(0, top) - mp.harmonic(n), mpf(1)
        lost = max(0, -math.floor(math.log10(abs(self.offset))))
        with mp.workdps(mp.dps + lost):
            delta = exact(self.offset)
            ratio = mp.gamma(1 - delta) * mp.gamma(top + delta) / mp.gamma(top)
            for level in range(1, n + 1):
                ratio /= 1 + delta / level
            return (ratio - 1) / delta, ratio

    @functools.cached_property
    def eigenvalues(self) -> list[Any]:
        """k^-α for k = 1 … M + 1."""
        return [mp.power(k, -exact(self.capacity)) for k in range(1, self.explicit + 2)]

    @functools.cached_property
    def weights(self) -> list[Any]:
        """k^-(1+αρ) for k = 1 … M."""
        return [mp.power(k, -exact(1 + self.capacity * self.ratio)) for k in range(1, self.explicit + 1)]

    def bridge(self, z: Any) -> Any:
        """Return (z^ρ − z^p₀)/(ρ − p₀), which is z^p₀ ln z at resonance."""
        log = mp.log(z)
        if not self.offset:
            return z**self.nearest * log
        return z**self.nearest * mp.expm1(exact(self.offset) * log) / exact(self.offset)


@functools.lru_cache(maxsize=512)
def near_coefficients(weight: Weight, i: int, j: int, length: int) -> tuple[list[Any], Any, Any]:
    """Return the coefficients of z^p, p < `length`, of z^ρ, and of the bridge (z^ρ − z^p₀)/(ρ − p₀), for K ≥ `border`.

    The last two exclude each other: the bridge (ln z · z^p₀ at ρ = p₀) takes over at a resonance.
    """
    m, alpha = i + j, exact(weight.capacity)
    near = weight.near(length)
    series = [mpf(0)] * min(j, length)
    factor = mpf(1)
    for n, value in enumerate(near[j:]):
        series.append(factor * value)
        factor *= -mpf(m + n) / (n + 1)
    if m == 0:
        if weight.merged and weight.nearest == 0:
            series[0] += 1 / (alpha * exact(weight.offset))
        return series, mpf(0), mpf(0)
    if weight.nearest < j:
        rho = exact(weight.ratio)
        return series, mp.gamma(j - rho) * mp.gamma(i + rho) / (alpha * mp.gamma(m)), mpf(0)
    n = weight.nearest - j
    binomial = (-1) ** n * mp.binomial(m + n - 1, n)
    slope, residue = weight.slope(i + weight.nearest, n)
    bridge = -binomial * residue / alpha
    if not weight.merged:
        return series, bridge / exact(weight.offset), mpf(0)
    series[weight.nearest] -= binomial * slope / alpha
    return series, mpf(0), bridge


@functools.lru_cache(maxsize=512)
def far_coefficients(weight: Weight, i: int, j: int) -> list[Any]:
    """Return the coefficients of z^-l, l = 0, 1, …, of the sum over k > `explicit`, for K < `border`."""
    series = [mpf(0)] * i
    factor = mpf(1)
    for n, value in enumerate(weight.far[i:]):
        series.append(factor * value)
        factor *= -mpf(i + j + n) / (n + 1)
    return series


def _sum(weight: Weight, z: Any, i: int, j: int) -> Any:
    """Return Σ_k k^-(1+αρ) x^i y^j for an `mpf` z > 0, i + ρ > 0."""
    log_modes = float(-mp.log(z) / exact(weight.capacity))
    if log_modes >= math.log(weight.border):
        rounded = 1 << max(3, (weight.length(log_modes) - 1).bit_length())
        length = min(rounded, weight.length(math.log(weight.border)))
        series, pole, bridge = near_coefficients(weight, i, j, length)
        value = mp.polyval(series[::-1], z)
        if pole:
            value += pole * mp.power(z, exact(weight.ratio))
        return value + bridge * weight.bridge(z) if bridge else value
    terms = [share * eigenvalue**i * z**j / (eigenvalue + z) ** (i + j)
             for share, eigenvalue in zip(weight.weights, weight.eigenvalues, strict=False)]
    return mp.fsum(terms) + mp.polyval(far_coefficients(weight, i, j)[::-1], 1 / z)


def is_steep(ratio: Fraction, digits: int) -> bool:
    """Whether weights k^-(1+αρ) fall so fast that a handful of modes is the whole sum, and series in z^p with p ≈ ρ are not."""
    return 2 * ratio > digits * math.log(10)


@functools.lru_cache(maxsize=64)
def steep_modes(capacity: Fraction, ratio: Fraction, digits: int) -> list[tuple[Any, Any]]:
    """Return k^-(1+αρ) and k^-α of the modes that count beside the first, whatever powers of x and y (y_k/y_1 ≤ k^α)."""
    count = math.ceil(10 ** (digits / float(1 + capacity * (ratio - HIGHEST)))) + 1
    with mp.workdps(digits):
        return [(mp.power(k, -exact(1 + capacity * ratio)), mp.power(k, -exact(capacity))) for k in range(1, count + 1)]


@functools.lru_cache(maxsize=64)
def weight_at(capacity: Fraction, ratio: Fraction, digits: int, carried: int) -> Weight:
    """Return the `Weight` laid out for `digits` decimal digits, its constants computed with `carried` ones."""
    with mp.workdps(carried):
        return Weight(capacity, ratio, digits)


def power_moments_precise(capacity: Fraction, ratios: tuple[Fraction, ...], z: Any, orders: tuple[Order, ...]
                          ) -> tuple[Any, ...]:
    """Return Σ_k k^-(1+αρ_q) x^i y^j for each order (i, j, q), to the ambient precision (`mpmath.mp.dps`).

    Parameters
    ----------
    capacity : Fraction
        α > 1, exact.
    ratios : tuple of Fraction
        ρ_q, exact; the sums converge for i + ρ_q > 0.
    z : mpf
        κ/scale ≥ 0; at 0 the limits are returned (0, a ζ value, or `inf`).
    orders : tuple of (i, j, q)
        Powers i, j ≥ 0 with i + j ≤ 4 and the index of the ratio.
    """
    check_orders(ratios, orders)
    digits = mp.dps + GUARD
    values = []
    for i, j, q in orders:
        ratio = ratios[q]
        if is_steep(ratio, digits):
            with mp.workdps(digits):
                value = sum(share * eigenvalue**i * mpf(z) ** j / (eigenvalue + z) ** (i + j)
                            for share, eigenvalue in steep_modes(capacity, ratio, digits))
            values.append(+value)
            continue
        if z == 0:
            values.append(mpf(0) if j and ratio > 0 else total(capacity * ratio, math.inf) if ratio > 0 else mp.inf)
            continue
        weight = weight_at(capacity, ratio, digits, digits)
        with mp.workdps(digits):
            value = _sum(weight, mpf(z), i, j)
        values.append(+value)
    return tuple(values)
