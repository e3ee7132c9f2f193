"""Laws in k: spectra given by ln λ_k and ln c_kλ_k as functions of ln k, infinite or of any length.

A law of one's own is a class with two methods; sums at one κ or at two, real or complex, in doubles or to any number of digits,
the modes in bins and the whole beyond any mode follow from them by quadrature in ln k (`sums.graded`, `sums.octaves`).
"""

from __future__ import annotations

import abc
import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from mpmath import mp

from theory.errors import BadArgument, whole_number
from theory.exact import exact, to_mpf
from theory.spectra.base import Spectrum
from theory.spectra.discrete import Discrete
from theory.spectra.sums.beyond import beyond, sums_over_bins
from theory.spectra.sums.graded import graded_modes, graded_modes_precise
from theory.spectra.sums.nodes import Nodes
from theory.spectra.sums.octaves import Octaves, octave_sums
from theory.spectra.sums.orders import Array, Numbers, Order, check_convergent, is_precise
from theory.spectra.sums.products import Resolved, precise_sums
from theory.spectra.sums.shape import LISTABLE, shape_of

FLOOR = -640.0  # of ln λ where modes are tabulated: that far, their numbers are doubles too


class SmoothLaw(Spectrum):
    """A spectrum that follows a law in k, smooth in ln k, however many its modes are.

    A subclass gives `log_eigenvalue` and `log_signal`, analytic and slowly varying functions of ln k such as those of powers of
    k and of ln k, λ decreasing; and it may set `size`. Each is called with an array in extended precision, and with an `mpf`
    where more digits are asked for: `self.log`, `self.exp`, `self.log1p` and `self.number` serve both. Laws are remembered by
    their hash: they do not change after they are made.

    Attributes
    ----------
    size, rank : float
        D; infinite unless a subclass sets `size`.

    Examples
    --------
    >>> class Stretched(SmoothLaw):
    ...     def log_eigenvalue(self, log_k):
    ...         return -self.exp(log_k / 4)
    ...     def log_signal(self, log_k):
    ...         return -2 * log_k
    >>> round(Stretched().signal, 12)
    1.644934066848
    """

    size = math.inf

    @abc.abstractmethod
    def log_eigenvalue(self, log_k: Any) -> Any:
        """Return ln λ as a function of ln k: of an array (in extended precision) or of an `mpf`.

        Parameters
        ----------
        log_k : ndarray, or mpmath.mpf
            ln k ≥ 0; arrays are of extended precision.
        """

    @abc.abstractmethod
    def log_signal(self, log_k: Any) -> Any:
        """Return ln c_kλ_k as a function of ln k, as `log_eigenvalue`.

        Parameters
        ----------
        log_k : ndarray, or mpmath.mpf
            ln k ≥ 0; arrays are of extended precision.
        """

    def remainder(self, log_k: Any) -> tuple[Any, Any]:
        """Return ∫ λ dk and ∫ c λ dk from there on, of an infinite law where ln k ≥ 40.

        By quadrature; a law whose sums converge very slowly gives them in closed form.

        Parameters
        ----------
        log_k : extended-precision number, or mpmath.mpf
            Where the integrals start.

        Raises
        ------
        ValueError
            If they do not converge.
        """
        return beyond(self.log_eigenvalue, log_k), beyond(self.log_signal, log_k)

    @property
    def order(self) -> dict[str, Any]:
        """What the law tends to, λ ~ k^-α and cλ ~ k^-(1+2αr), as exponents take it: {"capacity": α, "source": r}.

        A law that has such an order states it (a class attribute does).

        Raises
        ------
        ValueError
            If the law states none.
        """
        remedy = "a law that tends to powers states them: order = {'capacity': …, 'source': …}"
        raise BadArgument("order", self, "stated by the law", remedy)

    @staticmethod
    def number(value: Any, like: Any) -> Any:
        """Return a number exactly as it was written (1.1 is 11/10), in the precision of `like`.

        Parameters
        ----------
        value : number
            A constant of the law.
        like : ndarray, or mpmath.mpf
            What `log_eigenvalue` and `log_signal` are given.

        Raises
        ------
        ValueError
            If it is no finite real number.
        """
        read = exact(value)
        if not isinstance(read, Fraction):
            raise BadArgument("value", value, "a finite real number", "give an int, a float or a Fraction")
        if is_precise(like):
            return to_mpf(read)
        leading = float(read)
        return np.longdouble(leading) + np.longdouble(float(read - Fraction(leading)))

    @staticmethod
    def log(value: Any) -> Any:
        """Return the natural logarithm of an array or of an `mpf`.

        Parameters
        ----------
        value : ndarray, or mpmath.mpf
            Of any shape.
        """
        return mp.log(value) if is_precise(value) else np.log(value)

    @staticmethod
    def exp(value: Any) -> Any:
        """Return the exponential of an array or of an `mpf`; infinite where it leaves the range.

        Parameters
        ----------
        value : ndarray, or mpmath.mpf
            Of any shape.
        """
        with np.errstate(over="ignore"):
            return mp.exp(value) if is_precise(value) else np.exp(value)

    @staticmethod
    def log1p(value: Any) -> Any:
        """Return ln(1 + value) of an array or of an `mpf`.

        Parameters
        ----------
        value : ndarray, or mpmath.mpf
            Of any shape.
        """
        return mp.log1p(value) if is_precise(value) else np.log1p(value)

    @functools.cached_property
    def rank(self) -> float:  # type: ignore[override]
        """All modes have λ > 0."""
        return self.size

    @functools.cached_property
    def smallest(self) -> float:  # type: ignore[override]
        """λ of the last mode; 0.0 of an infinite law."""
        return 0.0 if math.isinf(self.size) else float(np.exp(self.log_eigenvalue(np.log(np.longdouble(self.size)))))

    @functools.cached_property
    def total_variance(self) -> float:  # type: ignore[override]
        """Σ λ_k."""
        return _totals(self)[0]

    @functools.cached_property
    def signal(self) -> float:  # type: ignore[override]
        """Σ c_k λ_k."""
        return _totals(self)[1]

    @property
    def nodes(self) -> Nodes:
        """The modes down to λ = e^-640 as listed ones and quadrature in ln k."""
        modes = _resolved_everywhere(self)
        return Nodes(modes.eigenvalues, modes.counts, modes.signals, np.append(0.0, np.cumsum(modes.counts)))

    @property
    def summed(self) -> tuple[Callable[..., Any], Any] | None:
        """The series made so far, of an infinite law; see `Spectrum.summed`."""
        return (octave_sums, _octaves(self).columns) if math.isinf(self.size) else None

    @property
    def terms(self) -> float:
        """None: series stand for them; see `Spectrum.terms`."""
        return 0.0

    @property
    def tail(self) -> tuple[float, float]:
        """Σ λ_k and Σ c_k λ_k beyond."""
        return _resolved_everywhere(self).tail

    @property
    def steepness(self) -> float:
        """The largest −dlnλ/dlnk beyond the first few dozen modes."""
        shape = shape_of(self, FLOOR)
        return shape.steepness(math.log(20.0), float(shape.log_k[-1]))

    def binned(self, edges: Array) -> tuple[Array, Array]:
        """Return Σ λ_k and Σ c_k λ_k over edges[i] ≤ k < edges[i+1], shapes (n_bins,), without cancellation.

        Parameters
        ----------
        edges : ndarray of shape (n_bins + 1,)
            Ascending whole numbers ≥ 1; the last one may be inf.
        """
        return sums_over_bins(self, edges)

    def _moments(self, kappa: Array, orders: tuple[Order, ...]) -> tuple[Array, ...]:
        self._check_unlisted(orders, np.where(kappa == 0.0, 1.0, kappa), counted_at_zero=True)
        if (kappa < 0.0).any():
            return self._all_modes.moments(kappa, orders)
        found = _octaves(self).moments(np.where(kappa == 0.0, 1.0, kappa), orders)
        if kappa.all():
            return found
        limits = ((self.size if q == 0 else self.signal) if not j else 0.0 for _, j, q in orders)
        return tuple(np.where(kappa == 0, limit, value) for limit, value in zip(limits, found, strict=True))

    @functools.cached_property
    def _all_modes(self) -> Nodes:
        """The modes themselves, which a negative κ needs."""
        eigenvalues, target_power = self.explicit()
        return Nodes(eigenvalues, np.ones_like(eigenvalues), target_power * eigenvalues)

    def excess(self, kappa: Array, n: Array) -> tuple[Array, Array]:
        """Return d(κ) − n and −dd/dlnκ; see `Spectrum.excess`."""
        self._check_unlisted((), kappa)
        if (kappa <= 0.0).any():
            return self._all_modes.excess(kappa, n)
        return _octaves(self).excess(kappa, n)

    def _moments_precise(self, kappa: Any, orders: tuple[Order, ...]) -> tuple[Any, ...]:
        if kappa == 0:
            limits = ((mp.mpf(self.size) if q == 0 else mp.mpf(self.signal)) if not j else mp.zero for _, j, q in orders)
            return tuple(limits)
        return precise_sums(self._resolved_precise(orders, kappa), kappa, orders)

    def _resolved(self, orders: tuple[Order, ...], kappa: Numbers) -> Resolved:
        self._check_unlisted(orders, kappa)
        return graded_modes(self, kappa)

    def _resolved_precise(self, orders: tuple[Order, ...], *kappas: Any) -> Resolved:
        for kappa in kappas:
            if not mp.isfinite(kappa):
                raise BadArgument("kappa", kappa, "finite", "leave infinite ridges out")
            self._check_unlisted(orders, np.array([complex(float(mp.sign(kappa.real)), kappa.imag != 0)]))
            if kappa.imag == 0:
                self._check_axis(kappa.real)
        return graded_modes_precise(self, *kappas)

    def _check_unlisted(self, orders: tuple[Order, ...], kappa: Numbers, counted_at_zero: bool = False) -> None:
        """Refuse what a law has no sums for."""
        if not np.isfinite(kappa).all():
            raise BadArgument("kappa", kappa, "finite", "leave infinite ridges out")
        if math.isinf(self.size):
            check_convergent(orders)
            if not ((kappa.real > 0.0) | (kappa.imag != 0.0)).all():
                remedy = "a negative ridge needs a finite spectrum, and zero an array of its own"
                raise BadArgument("kappa", kappa, "> 0 for an infinite spectrum, or off the real axis", remedy)

    def truncate(self, n_modes: int) -> Spectrum:
        """Return the `n_modes` largest modes, listed.

        Raises
        ------
        ValueError
            If `n_modes` is not an integer from 1 to 10^7, or above the size.
        """
        count = whole_number("n_modes", n_modes, 1, int(min(self.size, LISTABLE)), "truncate earlier")
        return Discrete.from_signal(*_listed(self, count))

    def explicit(self) -> tuple[Array, Array]:
        """Return (eigenvalues, target_power), arrays of shape (size,), of a law with at most 10^7 modes."""
        if self.size > LISTABLE:
            raise BadArgument("size", self.size, f"at most {LISTABLE} where modes are listed", "truncate the spectrum")
        eigenvalues, signals = _listed(self, int(self.size))
        return eigenvalues, signals / eigenvalues


def _listed(law: SmoothLaw, count: int) -> tuple[Array, Array]:
    """Return λ_k and c_k λ_k, k = 1 … count."""
    log_k = np.log(np.arange(1, count + 1, dtype=np.longdouble))
    eigenvalues, signals = (np.exp(f(log_k)).astype(np.float64) for f in (law.log_eigenvalue, law.log_signal))
    return eigenvalues, signals


@functools.lru_cache(maxsize=64)
def _octaves(law: SmoothLaw) -> Octaves:
    """Return the law's sums as series in ln κ, kept from call to call."""
    return Octaves(law)


@functools.lru_cache(maxsize=64)
def _resolved_everywhere(law: SmoothLaw) -> Resolved:
    """Return the modes for all κ > 0 that doubles leave room for."""
    return graded_modes(law, None, FLOOR)


@functools.lru_cache(maxsize=128)
def _totals(law: SmoothLaw) -> tuple[float, float]:
    """Return Σ λ and Σ cλ over all modes."""
    modes = _resolved_everywhere(law)
    variance, signal = modes.counts @ modes.eigenvalues + modes.tail[0], modes.signals.sum() + modes.tail[1]
    for name, value in (("log_eigenvalue", variance), ("log_signal", signal)):
        if not math.isfinite(value):
            raise BadArgument(name, value, "of a finite sum", "the total variance and the signal must be finite")
    return float(variance), float(signal)
