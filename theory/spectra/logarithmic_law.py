r"""The logarithmic power law, on the border of summable spectra: every mode is about as strong as all beyond it.

    λ_k = 1/(k log^a(k+1)),      c_k λ_k = 1/(k log^b(k+1)),      k = 1, 2, …        (a, b > 1)

(arXiv:2406.08466 with a = b, an isotropic prior.) Sums reach k = 10^280 by quadrature in log k; beyond, λ ≪ κ for any κ that a
double holds, and what is left of a sum is the tail ∫ du/u^a, u = log k: a part of 1/(a−1) u^{1−a} that no truncation could
leave out.
"""

from __future__ import annotations

import functools
import itertools
import math
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from theory.errors import BadArgument
from theory.spectra.base import Array, Order, SmoothSpectrum
from theory.spectra.discrete import Discrete
from theory.spectra.nodes import Nodes
from theory.spectra.power_law import LISTABLE
from theory.spectra.quadrature import smooth_moments_precise, smooth_nodes
from theory.spectra.sums.orders import is_precise

REACH = 10**280  # modes that are summed; the others are a tail
LEAST = 1e-260  # of κ: all of the tail is far below it
LISTED = 2000.0  # modes that are added one by one where sums over bins of k are wanted
PANEL = 1.5  # of log k, in which 16 nodes integrate powers of log k to rounding
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def _power(argument: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 1 < float(value) <= 100:
        raise BadArgument(argument, value, "a number above 1, at most 100", "log^-a is summable for a > 1 only")
    return float(value)


class LogarithmicLaw(SmoothSpectrum):
    """λ_k = 1/(k log^a(k+1)) and c_k λ_k = 1/(k log^b(k+1)), infinite; immutable.

    Parameters
    ----------
    power : float
        a > 1.
    target : float, optional
        b > 1; by default a: c_k = 1, an isotropic prior.

    Attributes
    ----------
    power, target : float
        The powers of log(k+1) in 1/λ_k and in 1/(c_kλ_k).
    size, rank, smallest, total_variance, signal
        As in `Spectrum`.

    Raises
    ------
    ValueError
        If a power is not admissible.

    Examples
    --------
    >>> round(LogarithmicLaw(2.0).total_variance, 6)
    3.387736
    """

    size = rank = math.inf
    smallest = 0.0

    def __init__(self, power: Any, target: Any = None) -> None:
        self.power = _power("power", power)
        self.target = self.power if target is None else _power("target", target)
        nodes = self.nodes
        self.total_variance = float(nodes.counts @ nodes.eigenvalues) + self.tail[0]
        self.signal = float(nodes.signals.sum()) + self.tail[1]

    def __repr__(self) -> str:
        return f"LogarithmicLaw(power={self.power}, target={self.target})"

    def __eq__(self, other: object) -> bool:
        return (self.power, self.target) == (other.power, other.target) if isinstance(other, LogarithmicLaw) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.power, self.target))

    @functools.cached_property
    def nodes(self) -> Nodes:
        """The modes up to k = 10^280."""
        return smooth_nodes(_logarithm(self.power), _logarithm(self.target), REACH)

    @functools.cached_property
    def tail(self) -> tuple[float, float]:
        """Σ λ_k and Σ c_k λ_k beyond."""
        end = math.log(REACH)
        return _integral(end, self.power), _integral(end, self.target)

    def log_eigenvalue(self, log_k: Any) -> Any:
        """Ln λ = −ln k − a ln ln(k+1); see `SmoothSpectrum.log_eigenvalue`."""
        return _log_law(log_k, self.power)

    def log_signal(self, log_k: Any) -> Any:
        """Ln cλ = −ln k − b ln ln(k+1); see `SmoothSpectrum.log_signal`."""
        return _log_law(log_k, self.target)

    def remainder(self, log_k: Any) -> tuple[Any, Any]:
        """∫ λ dk and ∫ cλ dk from there on; see `SmoothSpectrum.remainder`."""
        return _integral(log_k, self.power), _integral(log_k, self.target)

    @property
    def steepness(self) -> float:
        """−dlnλ/dlnk = 1 + a k/((k+1) log(k+1)), at k = 20."""
        return 1.0 + self.power * 20.0 / (21.0 * math.log(21.0))

    def binned(self, edges: Array) -> tuple[Array, Array]:
        """Return Σ λ_k and Σ c_k λ_k over bins of k, of shape (n_bins,); see `SmoothSpectrum.binned`."""
        return _sums(self.power, edges), _sums(self.target, edges)

    def _moments(self, kappa: Array, orders: tuple[Order, ...]) -> tuple[Array, ...]:
        zero, low = kappa == 0, (kappa < LEAST) & (kappa != 0)
        if low.any() or not (kappa < math.inf).all():
            raise BadArgument("kappa", kappa, f"0, or from {LEAST:g} to infinity", "a logarithmic law ends where doubles do")
        sums = self.nodes.moments(np.where(zero, 1.0, kappa), orders)
        found = []
        for (i, j, q), value in zip(orders, sums, strict=True):
            with np.errstate(divide="ignore"):
                rest = self.tail[0] / kappa if (i, q) == (1, 0) else self.tail[1] if (i, q) == (0, 1) else 0.0
            limit = math.inf if q == 0 else 0.0 if j else self.signal
            found.append(np.where(zero, limit, value + rest))
        return tuple(found)

    def _moments_precise(self, kappa: Any, orders: tuple[Order, ...]) -> tuple[Any, ...]:
        if not kappa > mp.mpf(10) ** (mp.dps - 250):
            raise BadArgument(
                "kappa", kappa, f"above 10^{mp.dps - 250} at {mp.dps} digits", "ask for fewer digits, or a larger ridge"
            )
        sums = smooth_moments_precise(*self._laws, REACH, kappa, orders)
        end = mp.log(REACH + mp.mpf(0.5))
        rests = {(1, 0): _integral(end, mp.mpf(self.power)) / kappa, (0, 1): _integral(end, mp.mpf(self.target))}
        return tuple(value + rests.get((i, q), 0) for (i, _, q), value in zip(orders, sums, strict=True))

    @functools.cached_property
    def _laws(self) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
        """λ(k) and c_kλ_k of an `mpf` k."""
        return functools.partial(_law, power=mp.mpf(self.power)), functools.partial(_law, power=mp.mpf(self.target))

    def excess(self, kappa: Array, n: Array) -> tuple[Array, Array]:
        """Return d(κ) − n and −dd/dlnκ; see `Spectrum.excess`."""
        if not (kappa >= LEAST).all():
            raise BadArgument("kappa", kappa, f"from {LEAST:g}", "a logarithmic law ends where doubles do")
        difference, slope = self.nodes.excess(kappa, n)
        rest = self.tail[0] / kappa
        return difference + rest, slope + rest

    def truncate(self, n_modes: int) -> Discrete:
        """Return the `n_modes` largest modes, listed.

        Raises
        ------
        ValueError
            If `n_modes` is not an integer from 1 to 10^7.
        """
        whole = isinstance(n_modes, numbers.Real) and not isinstance(n_modes, bool) and n_modes == int(n_modes)
        if not whole or not 1 <= n_modes <= LISTABLE:
            raise BadArgument("n_modes", n_modes, f"an integer from 1 to {LISTABLE}", "truncate earlier")
        k = np.arange(1.0, int(n_modes) + 1.0)
        logarithm = np.log1p(k)
        return Discrete(1.0 / (k * logarithm**self.power), logarithm ** (self.power - self.target))

    def explicit(self) -> tuple[Array, Array]:
        """Refuse: the law is infinite; `truncate` it."""
        raise BadArgument("size", self.size, f"at most {LISTABLE} where modes are listed", "truncate the spectrum")


def _logarithm(power: float) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Return log of k^-1 log^-power(k+1), as a function of k in extended precision."""
    return lambda k: -np.log(k) - np.longdouble(power) * np.log(np.log1p(k))


def _log_law(log_k: Any, power: float) -> Any:
    if is_precise(log_k):
        return -log_k - power * mp.log(log_k + mp.log1p(mp.exp(-log_k)))
    return -log_k - power * np.log(np.logaddexp(log_k, np.longdouble(0)))


def _law(k: Any, power: Any) -> Any:
    return 1 / (k * mp.log(k + 1) ** power)


def _integral(start: Any, power: Any) -> Any:
    """Return ∫ u^-power du from `start` on: Σ k^-1 log^-power k over the modes beyond e^start."""
    return start ** (1 - power) / (power - 1)


def _sums(power: float, edges: Array) -> Array:
    """Return Σ 1/(k log^power(k+1)) over edges[i] ≤ k < edges[i+1]: mode by mode, then by the midpoint rule's expansion."""
    found = np.empty(len(edges) - 1)
    for i, (low, high) in enumerate(itertools.pairwise(edges)):
        direct = min(high, max(low, LISTED))
        k = np.arange(low, direct)
        found[i] = np.sum(1.0 / (k * np.log1p(k) ** power))
        if high > direct:
            found[i] += _smooth_sum(power, direct - 0.5, high - 0.5)
    return found


def _smooth_sum(power: float, start: float, stop: float) -> float:
    """Return ∫ dk f − [f′]/24 of f = 1/(k log^power(k+1)), by Gauss-Legendre in log k; stop may be inf."""
    low, high = math.log(start), math.log(min(stop, float(REACH)))
    panels = np.linspace(low, high, math.ceil((high - low) / PANEL) + 1)
    half = np.diff(panels)[:, None] / 2
    u = panels[:-1, None] + half * (1 + _NODES)
    ends = np.array([start, stop])
    slopes = np.where(np.isinf(ends), 0.0, -1.0 / (ends**2 * np.log1p(ends) ** power) * (1 + power / np.log1p(ends)))
    total = float(np.sum(half * _WEIGHTS * np.log1p(np.exp(u)) ** -power) - (slopes[1] - slopes[0]) / 24)
    return total if math.isfinite(stop) else total + _integral(high, power)
