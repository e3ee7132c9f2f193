"""The power law of scaling theory: a spectrum with two exponents, infinite unless a size truncates it.

    λ_k = scale · k^-α,      c_k λ_k = k^-(1+2αr),      k = 1 … size        (α: capacity, r: source)

The infinite sums are evaluated as such (`power_sums`, `power_sums_precise`), never by truncation; a finite one, however
long, is reduced to a few hundred nodes. Exponents may stay symbolic, for the algebra that needs no numbers.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from mpmath import mp

from theory.errors import BadArgument, real_array, whole_number
from theory.exact import exact as as_written
from theory.exact import is_expression
from theory.keywords import says_what_is_meant
from theory.spectra.smooth_law import SmoothLaw
from theory.spectra.sums.nodes import Nodes, node_sums
from theory.spectra.sums.orders import Array, Order, is_precise
from theory.spectra.sums.power_sums import counting, law_columns, law_sums, power_sums
from theory.spectra.sums.power_sums_precise import exact, power_moments_precise, total
from theory.spectra.sums.quadrature import smooth_moments_precise, smooth_nodes
from theory.spectra.sums.shape import LISTABLE

if TYPE_CHECKING:
    from sympy import Expr

LONGEST = 10**15          # beyond it neighbouring integers are no longer distinct doubles with room for their halves
SINGLY = 50_000           # modes that are listed one by one where sums over modes are not smooth in ln λ
SHALLOW = 2.0             # power up to which sums over k are expanded from LARGE_ENOUGH on
LARGE_ENOUGH = 16.0
SLOWEST = Fraction(1, 10**300)  # x of the slowest k^-(1+x) that can be summed in doubles: to 1/x
MOST = 10**6              # of the exponents of a finite law
STEEPEST = 1000           # of the exponents of an infinite law; the number of explicit modes grows with them

_NUMBER = "a real number (int, float, Fraction, SymPy number) or a SymPy expression"


def _exponent(argument: str, value: Any) -> Fraction | Expr:
    """Return a number as an exact fraction, as it was written, and an expression with symbols as it is."""
    if is_expression(value) and value.free_symbols:
        return value
    number = as_written(value)
    if not isinstance(number, Fraction):
        raise BadArgument(argument, value, _NUMBER, "pass for example 1.5, Fraction(3, 2) or sympy.Symbol('alpha')")
    return number


def _size(value: Any) -> int | float:
    """Return the number of modes as an `int`, or `inf`."""
    modes = as_written(value)
    if modes == math.inf:
        return math.inf
    if isinstance(modes, Fraction) and 1 <= modes <= LONGEST and modes.denominator == 1:
        return int(modes)
    raise BadArgument("size", value, "an integer from 1 to 10^15, or inf", "leave it out for the infinite spectrum")


def _long(value: Fraction) -> np.longdouble:
    """Return the fraction in extended precision."""
    leading = float(value)
    return np.longdouble(leading) + np.longdouble(float(value - Fraction(leading)))


class PowerLaw(SmoothLaw):
    """λ_k = scale·k^-α and c_k λ_k = k^-(1+2αr) for k = 1 … size.

    Immutable; compared and hashed by value.

    Parameters
    ----------
    capacity : float, Fraction, SymPy number or expression
        α, above 1 (and at most 1000) for the infinite law, ≥ 0 for a finite one. Numbers are taken as written: 1.1 is 11/10.
    source : float, Fraction, SymPy number or expression
        r > 0 (at most 1000 for the infinite law).
    size : int or inf
        D, at most 10^15.
    scale : float
        The largest eigenvalue. The signal does not depend on it.

    Attributes
    ----------
    capacity, source : float or sympy.Expr
        The exponents, as floats or as the expressions given.
    size, rank, smallest, total_variance, signal
        As in `Spectrum`.
    is_symbolic : bool
        Whether an exponent holds symbols; then nothing can be evaluated until numbers are substituted.

    Raises
    ------
    ValueError
        If an argument is not admissible.

    Examples
    --------
    >>> PowerLaw(capacity=1.5, source=0.4).truncate(800)
    PowerLaw(capacity=1.5, source=0.4, size=800)
    """

    capacity: float | Expr
    source: float | Expr
    scale: float
    is_symbolic: bool
    _alpha: Any
    _r: Any

    @says_what_is_meant
    def __init__(self, capacity: Any, source: Any, size: float = math.inf, scale: float = 1.0) -> None:
        alpha, r = _exponent("capacity", capacity), _exponent("source", source)
        modes = _size(size)
        infinite = math.isinf(modes)
        if isinstance(alpha, Fraction) and not (1 < alpha <= STEEPEST if infinite else 0 <= alpha <= MOST):
            raise BadArgument(
                "capacity", capacity,
                f"above 1 and at most {STEEPEST} for an infinite spectrum, >= 0 and at most {MOST} for a finite one",
                "give a finite size, or a summable capacity",
            )
        if isinstance(r, Fraction) and not 0 < r <= (STEEPEST if infinite else MOST):
            raise BadArgument(
                "source", source, f"positive, at most {STEEPEST if infinite else MOST}",
                "a target of finite variance has source > 0",
            )
        largest = real_array("scale", scale, "a positive finite number", "it is the largest eigenvalue")
        if largest.ndim or not 0 < largest < math.inf:
            raise BadArgument("scale", scale, "a positive finite number", "it is the largest eigenvalue")
        if infinite and isinstance(alpha, Fraction) and isinstance(r, Fraction):
            for argument, value, fall in (("capacity", capacity, alpha - 1), ("source", source, 2 * alpha * r)):
                if fall < SLOWEST:
                    raise BadArgument(argument, value, f"such that the sum of k^-(1+x) is a double, x = {float(fall):.3g}",
                                      "raise it, or give a finite size")  # fmt: skip
        fields = {"_alpha": alpha, "_r": r, "size": modes, "rank": modes, "scale": float(largest), "smallest": 0.0,
                  "capacity": float(alpha) if isinstance(alpha, Fraction) else alpha,
                  "source": float(r) if isinstance(r, Fraction) else r,
                  "is_symbolic": not (isinstance(alpha, Fraction) and isinstance(r, Fraction))}
        self.__dict__.update(fields)
        if not infinite and not self.is_symbolic:
            self.__dict__["smallest"] = self.scale * modes**-float(self.capacity)
            if self.smallest < np.finfo(float).tiny:
                raise BadArgument(
                    "size", size, "such that scale*size^-capacity is a normal double (above 2.2e-308)",
                    "lower the size or leave it out: the infinite spectrum has no such limit",
                )

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"PowerLaw is immutable: cannot set {name}; make a new one")

    def __repr__(self) -> str:
        shown = [f"{name}={float(v) if isinstance(v, Fraction) and as_written(float(v)) == v else v}"
                 for name, v in (("capacity", self._alpha), ("source", self._r))]
        shown += [f"size={self.size}"] if math.isfinite(self.size) else []
        shown += [f"scale={self.scale}"] if self.scale != 1.0 else []
        return f"PowerLaw({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, PowerLaw) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[Any, ...]:
        return self._alpha, self._r, self.size, self.scale

    @property
    def _numbers(self) -> tuple[Fraction, Fraction]:
        """Return α and r as exact numbers, which a symbolic law does not have."""
        if self.is_symbolic:
            raise BadArgument(
                "capacity, source", (self.capacity, self.source), "numbers when something is evaluated",
                "substitute numbers: make a PowerLaw with them",
            )
        return self._alpha, self._r

    @property
    def exponents(self) -> tuple[Fraction, Fraction]:
        """(α, r) as exact numbers: what they were written as.

        Raises
        ------
        ValueError
            If they are symbolic.
        """
        return self._numbers

    @property
    def order(self) -> dict[str, Any]:
        """The exponents by name, also where they are symbols: what laws of risks take."""
        return {"capacity": self._alpha, "source": self._r}

    @property
    def _ratios(self) -> tuple[Fraction, Fraction]:
        """Return ρ of the weights k^-(1+αρ): of counting, 1, and of the signal, k^-(1+2αr)."""
        alpha, r = self._numbers
        return -1 / alpha, 2 * r

    @functools.cached_property
    def total_variance(self) -> float:  # type: ignore[override]
        """Σ λ_k."""
        return self.scale * _total(self._numbers[0] - 1, self.size)

    @functools.cached_property
    def signal(self) -> float:  # type: ignore[override]
        """Σ c_k λ_k."""
        alpha, r = self._numbers
        return _total(2 * alpha * r, self.size)

    def __reduce__(self) -> tuple[Any, ...]:
        return PowerLaw, self._key

    @functools.cached_property
    def _nodes(self) -> Nodes:
        """The nodes that stand for the modes of a finite law at κ ≥ 0."""
        return _finite_nodes(*self._numbers, int(self.size), self.scale)

    @functools.cached_property
    def _modes(self) -> Nodes:
        """The modes of a finite law themselves, which a negative κ needs, and what tells modes apart."""
        eigenvalues, target_power = self.explicit()
        return Nodes(eigenvalues, np.ones_like(eigenvalues), target_power * eigenvalues)

    @functools.cached_property
    def nodes(self) -> Nodes:
        """The modes themselves up to 50 000 of them, else explicit ones and quadrature in log k.

        An infinite law ends where doubles do, or at k = 10^15; `tail` is what is beyond.
        """
        if math.isinf(self.size):
            return self._longest.nodes
        return self._modes if self.size <= SINGLY else self._nodes

    @functools.cached_property
    def _laws(self) -> tuple[Any, Any]:
        """λ(k) and c_kλ_k of an `mpf` k."""
        alpha, r = self._numbers
        return (lambda k: mp.mpf(self.scale) * mp.power(k, -exact(alpha)),
                lambda k: mp.power(k, -exact(1 + 2 * alpha * r)))

    def _moments(self, kappa: Array, orders: tuple[Order, ...]) -> tuple[Array, ...]:
        if math.isinf(self.size):
            return power_sums(self._numbers[0], self._ratios, orders)(self._reduced(kappa))
        if np.all(kappa >= 0.0):
            return self._nodes.moments(kappa, orders)
        if not np.all(kappa > -self.smallest):
            raise BadArgument("kappa", kappa, f"above -{self.smallest}, minus the smallest eigenvalue", "raise the ridge")
        return self._modes.moments(kappa, orders)

    def _reduced(self, kappa: Array) -> Array:
        """Return z = κ/scale, refusing what no sum over an infinite law is defined for."""
        with np.errstate(over="ignore", invalid="ignore"):
            z = kappa / self.scale
        if not np.all((z >= 0.0) & (z < math.inf)):
            raise BadArgument(
                "kappa", kappa, "finite and >= 0 for an infinite spectrum (and kappa/scale a finite double)",
                "a negative ridge needs a finite spectrum",
            )
        return z

    def _moments_precise(self, kappa: Any, orders: tuple[Order, ...]) -> tuple[Any, ...]:
        alpha, _ = self._numbers
        if not math.isinf(self.size):
            return smooth_moments_precise(*self._laws, int(self.size), kappa, orders)
        if not 0 <= kappa < mp.inf:
            raise BadArgument("kappa", kappa, "finite and >= 0 for an infinite spectrum", "a negative ridge needs a finite one")
        return power_moments_precise(alpha, self._ratios, kappa / mp.mpf(self.scale), orders)

    def excess(self, kappa: Array, n: Array) -> tuple[Array, Array]:
        """Return d(κ) − n and −dd/dlnκ = Σ x y; see `Spectrum.excess`."""
        if not math.isinf(self.size):
            return self._nodes.excess(kappa, n)
        return counting(self._numbers[0]).excess(self._reduced(kappa), n)

    @property
    def terms(self) -> float:
        """The number of nodes of a finite law; see `Spectrum.terms`."""
        return 0.0 if math.isinf(self.size) else len(self._nodes)

    @property
    def summed(self) -> tuple[Callable[..., Any], Any] | None:
        """Nodes, or series and modes of the infinite law; see `Spectrum.summed`."""
        if math.isinf(self.size):
            return law_sums, law_columns(self._numbers[0], self.scale)
        return node_sums, self._nodes.columns

    @functools.cached_property
    def tail(self) -> tuple[float, float]:
        """Σ λ_k and Σ c_k λ_k of an infinite law beyond its nodes; those of a finite one have none."""
        if not math.isinf(self.size):
            return 0.0, 0.0
        power = 2.0 * float(self.capacity) * float(self.source)
        rest = (self._longest.size + 0.5) ** -power / power  # ∫ k^-(1+2αr) dk, right to rounding at such k
        return max(float(self.total_variance - self.nodes.counts @ self.nodes.eigenvalues), 0.0), rest

    @functools.cached_property
    def _longest(self) -> PowerLaw:
        """The law cut off where its modes are too small for doubles, or too many."""
        reach = math.exp(min(math.log(LONGEST), (math.log(self.scale) + 650.0) / float(self.capacity)))
        return self.truncate(min(LONGEST, math.floor(reach)))

    def log_eigenvalue(self, log_k: Any) -> Any:
        """Ln λ = ln scale − α ln k; see `SmoothLaw.log_eigenvalue`."""
        alpha, _ = self._numbers
        if is_precise(log_k):
            return mp.log(self.scale) - exact(alpha) * log_k
        return np.log(np.longdouble(self.scale)) - _long(alpha) * log_k

    def log_signal(self, log_k: Any) -> Any:
        """Ln cλ = −(1+2αr) ln k; see `SmoothLaw.log_signal`."""
        alpha, r = self._numbers
        return -(exact(1 + 2 * alpha * r) if is_precise(log_k) else _long(1 + 2 * alpha * r)) * log_k

    def remainder(self, log_k: Any) -> tuple[Any, Any]:
        """∫ λ dk and ∫ cλ dk from there on; see `SmoothLaw.remainder`."""
        alpha, r = self._numbers
        exp, number = (mp.exp, exact) if is_precise(log_k) else (np.exp, _long)
        falls = number(alpha - 1), number(2 * alpha * r)
        variance, signal = (exp(-fall * log_k) / fall for fall in falls)
        return self.scale * variance, signal

    @property
    def steepness(self) -> float:
        """The capacity."""
        return float(self._numbers[0])

    def binned(self, edges: Array) -> tuple[Array, Array]:
        """Return Σ λ_k and Σ c_k λ_k over edges[i] ≤ k < edges[i+1]; see `SmoothLaw.binned`."""
        alpha, decay = float(self.capacity), 1.0 + 2.0 * float(self.capacity) * float(self.source)
        return self.scale * _sums(alpha, edges), _sums(decay, edges)

    def truncate(self, n_modes: int) -> PowerLaw:
        """Return the law of the `n_modes` largest eigenvalues.

        Raises
        ------
        ValueError
            If `n_modes` is not an integer from 1 to `size`.
        """
        kept = whole_number("n_modes", n_modes, 1, int(min(self.size, LONGEST)), "truncate a larger spectrum")
        return PowerLaw(self._alpha, self._r, kept, self.scale)

    def explicit(self) -> tuple[Array, Array]:
        """Return (eigenvalues, target_power), arrays of shape (size,), of a finite law with at most 10^7 modes.

        Raises
        ------
        ValueError
            If the law is infinite or longer.
        """
        alpha, r = self._numbers
        if self.size > LISTABLE:
            raise BadArgument("size", self.size, f"at most {LISTABLE} where modes are listed", "truncate the spectrum")
        k = np.arange(1.0, self.size + 1.0)
        return self.scale * k ** -float(alpha), k ** float(alpha - 1 - 2 * alpha * r) / self.scale

    @property
    def eigenvalues(self) -> Array:
        """λ_k, shape (size,); see `explicit`."""
        return self.explicit()[0]

    @property
    def target_power(self) -> Array:
        """c_k, shape (size,); see `explicit`."""
        return self.explicit()[1]


@functools.lru_cache(maxsize=16)
def _finite_nodes(alpha: Fraction, r: Fraction, size: int, scale: float) -> Nodes:
    """Return the nodes of a finite law, made once for all equal ones."""
    level, slope, decay = np.log(np.longdouble(scale)), _long(alpha), _long(1 + 2 * alpha * r)
    return smooth_nodes(lambda k: level - slope * np.log(k), lambda k: -decay * np.log(k), size)


@functools.lru_cache(maxsize=256)
def _total(excess: Fraction, size: float) -> float:
    """Return Σ k^-(1+excess) over k = 1 … size, summed once for all equal laws."""
    with mp.workdps(30):
        return float(total(excess, size))


def _sums(power: float, edges: Array) -> Array:
    """Return Σ k^-power over edges[i] ≤ k < edges[i+1], without cancellation: Euler-Maclaurin for large k."""
    from scipy.special import zeta

    low, high = edges[:-1], edges[1:]
    if power <= SHALLOW:
        return _shallow_sums(power, low, high)
    upper = np.where(np.isinf(high), 0.0, zeta(power, np.where(np.isinf(high), 1.0, high)))
    by_zeta = zeta(power, low) - upper
    with np.errstate(invalid="ignore"):
        ratio = np.log(high / low)
    integral = low ** (1.0 - power) * -np.expm1((1.0 - power) * ratio) / (power - 1.0)
    ends = 0.5 * (low**-power - high**-power) + power / 12.0 * (low ** (-power - 1.0) - high ** (-power - 1.0))
    found: Array = np.where(high - low == 1.0, low**-power, np.where((low < 1000.0) | np.isinf(high), by_zeta, integral + ends))
    return found


def _shallow_sums(power: float, low: Array, high: Array) -> Array:
    """Return the same for powers where k = 16 is large, of any sign of power − 1: by seven terms from there, k by k before."""
    from scipy.special import bernoulli, exprel, zeta

    running = np.concatenate(([0.0], np.cumsum(np.arange(1.0, LARGE_ENOUGH) ** -power)))
    first, last = (np.minimum(end, LARGE_ENOUGH).astype(np.intp) - 1 for end in (low, high))
    start, stop = np.maximum(low, LARGE_ENOUGH), np.maximum(high, LARGE_ENOUGH)
    infinite = np.isinf(stop)
    stop = np.where(infinite, 2.0 * start, stop)
    ratio = np.log(stop / start)
    smooth = start ** (1.0 - power) * ratio * exprel((1.0 - power) * ratio)  # ∫ k^-power dk, at power 1 too
    smooth += 0.5 * (start**-power - stop**-power)
    rising = power
    for place, number in enumerate(bernoulli(12)[2::2], start=1):
        ends = start ** (1 - 2 * place - power) - stop ** (1 - 2 * place - power)
        smooth += number / math.factorial(2 * place) * rising * ends
        rising *= (power + 2 * place - 1) * (power + 2 * place)
    if infinite.any():
        smooth[infinite] = zeta(power, start[infinite])
    found: Array = np.where(high - low == 1.0, low**-power, running[last] - running[first] + smooth)
    return found
