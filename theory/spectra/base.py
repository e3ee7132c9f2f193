"""What every spectrum is: eigenvalues λ_k, target power c_k, and the sums over modes that the theory needs.

All sums are *unnormalised*. They are computed through the two fractions of a mode, x = λ/(λ+κ) (learnt) and
y = κ/(λ+κ) = 1 − x (missed), because products of them never overflow and sums of them never cancel:

    moment (i, j, q)  =  Σ_k  weight_k  x_k^i  y_k^j,       weight = 1 (q = 0)  or  c_k λ_k (q = 1)

and Ψ(p,q,m;κ) = Σ λ^p c^q/(λ+κ)^m is κ^-j times a moment with i = p − q, j = m − i.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from mpmath import mp

from theory.errors import BadArgument, is_complex, real_array, whole_number
from theory.results.declared import Declared
from theory.spectra.sums.orders import Array, Numbers, Order, check_pair_orders, is_precise
from theory.spectra.sums.products import Resolved, pair_sums, point_sums, precise_sums


class Spectrum(Declared, abc.ABC):
    """A population: D modes with eigenvalues λ_k of the covariance Σ and target power c_k = (w*·u_k)².

    A subclass provides the attributes below and the three methods marked abstract; everything above it
    (solver, chain, risk) needs no more.

    Attributes
    ----------
    size : float
        D, the number of modes, zero eigenvalues included; may be `inf`.
    rank : float
        The number of positive eigenvalues; may be `inf`.
    smallest : float
        The smallest positive eigenvalue; 0.0 when there is none (infinite rank).
    total_variance : float
        tr Σ = Σ λ_k.
    signal : float
        Σ c_k λ_k, the variance of the noiseless target.
    """

    size: float
    rank: float
    smallest: float
    total_variance: float
    signal: float

    def moments(self, kappa: Any, orders: tuple[Order, ...], other: Any = None) -> tuple[Any, ...]:
        """Return Σ_k weight_k x_k^i y_k^j for each order (i, j, q), x = λ/(λ+κ), y = κ/(λ+κ); or products at two ridges.

        With `other`, κ′, each of the two fractions is taken at one ridge, x first: Σ weight x x′ for (2, 0, q),
        Σ weight x y′ for (1, 1, q) and Σ weight y y′ for (0, 2, q). So Σ λ^p c^q/((λ+κ)(λ+κ′)) is the moment
        (p − q, 2 − p + q, q), divided by κ′ for j = 1 and by κκ′ for j = 2. They are products, not divided differences:
        as exact for κ′ = κ as anywhere.

        Parameters
        ----------
        kappa : array-like of float or complex, or mpmath.mpf, or mpmath.mpc
            Arrays of any shape go through NumPy in float64 or complex128; an `mpf` or `mpc` through mpmath at the ambient
            precision.
            κ ≥ 0; −`smallest` < κ < 0 where `rank` is finite and the eigenvalues are explicit; complex numbers off the
            negative axis (by an angle of 1e-3 at least where the modes are too many to be listed).
        orders : tuple of (i, j, q)
            i, j ≥ 0; q = 0 counts modes, q = 1 weighs them by c_k λ_k. At two ridges i + j = 2.
        other : as `kappa`, optional
            κ′, which broadcasts against κ. Shapes (n, 1) and (1, m), and all others where every axis has length 1 in one of
            the two, are summed as matrix products.

        Returns
        -------
        tuple
            One array of the common shape (or one `mpf` or `mpc`) for each order; complex if one of the ridges is.

        Raises
        ------
        ValueError
            If a ridge is not admissible, or a sum over infinitely many modes diverges.
        """
        if other is not None:
            check_pair_orders(orders)
        if is_precise(kappa, other):
            if other is None and isinstance(kappa, mpmath.mpf):
                return self._moments_precise(kappa, orders)
            ridges = [_precise_ridge(ridge) for ridge in (kappa, other) if ridge is not None]
            return precise_sums(self._resolved_precise(orders, *ridges), ridges[0], orders, *ridges[1:])
        first = _ridges("kappa", kappa)
        if other is not None:
            second = _ridges("other", other)
            both = np.unique(np.concatenate((np.ravel(first), np.ravel(second))))
            if not np.isfinite(both).all():
                raise BadArgument("kappa, other", (kappa, other), "finite at two ridges", "leave infinite ridges out")
            return pair_sums(self._resolved(orders, both), first, second, orders)
        if first.dtype.kind == "c":
            return point_sums(self._resolved(orders, np.unique(first)), first, orders)
        return self._moments(first, orders)

    def trace(self, p: int, q: int, m: int, kappa: Any, other: Any = None) -> Any:
        """Return Ψ(p,q,m;κ) = Σ_k λ_k^p c_k^q / (λ_k+κ)^m, unnormalised, for q in {0, 1} and q ≤ p ≤ m + q.

        With `other`, κ′, and m = 2: Σ_k λ_k^p c_k^q / ((λ_k+κ)(λ_k+κ′)).

        Parameters
        ----------
        p, q, m : int
            The orders; `trace(1, 0, 1, kappa)` is df₁, `trace(2, 0, 2, kappa)` df₂, `trace(1, 1, 1, kappa)` tf₁.
        kappa, other : array-like of float or complex, mpmath.mpf or mpmath.mpc
            Positive, or complex off the negative axis, of any shape.

        Raises
        ------
        ValueError
            If the orders are outside that range or a κ is not admissible.
        """
        p, q, m = (whole_number(name, order, 0, 1000) for name, order in (("p", p), ("q", q), ("m", m)))
        if q > 1 or not q <= p <= m + q:
            raise BadArgument("(p, q, m)", (p, q, m), "with q in {0, 1} and q <= p <= m + q", "combine other traces")
        if other is not None and m != 2:
            raise BadArgument("m", m, "2 at two ridges", "one factor 1/(λ+κ) is taken at each")
        first, second = (_positive(name, value) for name, value in (("kappa", kappa), ("other", other)))
        i, j = p - q, m - p + q
        (moment,) = self.moments(first, ((i, j, q),), second)
        if second is None:
            return moment / first**j
        return moment / (second if j else 1) / (first if j == 2 else 1)

    def resolved(self, kappa: Numbers) -> Resolved:
        """Return weighted modes that stand for the spectrum in sums at each of the κ, shape (n,), and at two of them.

        Parameters
        ----------
        kappa : ndarray of float64 or complex128, shape (n,)
            Off the negative axis.

        Raises
        ------
        ValueError
            If a κ lies next to the negative axis and the modes are too many to be listed.
        """
        return self._resolved(((1, 1, 0), (0, 2, 1)), kappa)

    def _resolved(self, orders: tuple[Order, ...], kappa: Numbers) -> Resolved:
        """Return weighted modes whose sums of these orders are right at each of the κ, shape (n,), real or complex."""
        self._check_axis(kappa[kappa.imag == 0.0].real)
        return self._listed_modes(kappa)

    def _resolved_precise(self, orders: tuple[Order, ...], *kappas: Any) -> Resolved:
        """Return weighted modes as `mpf` whose sums of these orders are right at each of the κ."""
        self._check_axis(np.array([kappa.real for kappa in kappas if kappa.imag == 0]))
        modes = self._listed_modes(np.array([-1.0]))
        listed = modes.eigenvalues, modes.counts, modes.signals
        eigenvalues, counts, signals = ([mp.mpf(value) for value in column.tolist()] for column in listed)
        return Resolved(eigenvalues, counts, signals, modes.null)

    def _check_axis(self, kappa: Any) -> None:
        """Refuse real κ at which a mode has its pole, or to the left of one."""
        if not np.all(kappa > -self.smallest):
            remedy = "a ridge may be negative only below the smallest eigenvalue"
            raise BadArgument("kappa", kappa, f"above -{self.smallest!r} where it is real", remedy)

    def _listed_modes(self, kappa: Numbers) -> Resolved:
        """Return all modes; for κ ≥ 0 what stands for them serves too."""
        eigenvalues, target_power = self.explicit()
        positive = eigenvalues > 0.0
        listed, signals = eigenvalues[positive], (target_power * eigenvalues)[positive]
        return Resolved(listed, np.ones(listed.size), signals, null=(int((~positive).sum()), 0.0))

    @abc.abstractmethod
    def _moments(self, kappa: Array, orders: tuple[Order, ...]) -> tuple[Array, ...]:
        """NumPy evaluation of `moments`."""

    @abc.abstractmethod
    def _moments_precise(self, kappa: Any, orders: tuple[Order, ...]) -> tuple[Any, ...]:
        """Evaluate `moments` through mpmath at the ambient precision (`mpmath.mp.dps`)."""

    @abc.abstractmethod
    def excess(self, kappa: Array, n: Array) -> tuple[Array, Array]:
        """Return d(κ) − n and −dd/dlnκ = Σ x y, the first summed without cancellation where that is possible.

        For explicit modes the difference is summed as (#{λ > κ} − n) + Σ_{λ≤κ} x − Σ_{λ>κ} y, so that it keeps its relative
        accuracy for n next to an integer or to the rank.

        Parameters
        ----------
        kappa : ndarray of shape (n_points,)
            κ ≥ 0.
        n : ndarray of shape (n_points,)
            What d is compared with; finite.

        Returns
        -------
        tuple of two ndarrays of shape (n_points,)
            The difference and the slope, unnormalised.

        Raises
        ------
        ValueError
            For κ where an infinite law leaves the range of doubles.
        """

    @property
    def terms(self) -> float:
        """How many terms `excess` adds up for each κ: 0 of a series; infinite where it is not known."""
        return math.inf

    @property
    def summed(self) -> tuple[Callable[..., Any], Any] | None:
        """What `excess` adds up at one κ > 0, for loops over points: a function of this, κ and n; None where there is none."""
        return None

    @property
    @abc.abstractmethod
    def nodes(self) -> Any:
        """The modes with λ > 0 as weighted nodes (`theory.spectra.sums.nodes.Nodes`), listed one by one where they are few.

        What stands for many is exact for functions of λ that vary slowly in ln λ; end corrections may have small negative
        weights. Those of an infinite spectrum end somewhere; `tail` is what is beyond.
        """

    @property
    def tail(self) -> tuple[float, float]:
        """Σ λ_k and Σ c_k λ_k of the positive modes beyond `nodes`, which an infinite spectrum has."""
        return 0.0, 0.0

    @abc.abstractmethod
    def truncate(self, n_modes: int) -> Spectrum:
        """Return the spectrum of the `n_modes` largest eigenvalues (explicit modes, as a simulation needs them).

        Parameters
        ----------
        n_modes : int
            From 1 to `size`.

        Raises
        ------
        ValueError
            If `n_modes` is out of this range.
        """

    @abc.abstractmethod
    def explicit(self) -> tuple[Array, Array]:
        """Return (eigenvalues, target_power), arrays of shape (n_modes,), zero modes included.

        Raises
        ------
        ValueError
            If the spectrum is infinite or too long to list (above 10^7 modes); the message says to `truncate`.
        """


def _ridges(argument: str, value: Any) -> Numbers:
    """Return ridges as an array of float64, or of complex128 where they are complex; not NaN, not infinite if complex."""
    array = np.asarray(value)
    if array.dtype.kind != "c":
        return np.asarray(array, dtype=np.float64)
    if not np.isfinite(array).all():
        raise BadArgument(argument, value, "finite where it is complex", "leave infinite ridges out")
    return np.asarray(array, dtype=np.complex128)


def _precise_ridge(value: Any) -> Any:
    """Return a ridge as a finite `mpf` or `mpc`."""
    found = mp.mpmathify(value)
    if not mp.isfinite(found):
        raise BadArgument("kappa", value, "finite where it is complex, or one of two", "leave infinite ridges out")
    return found


def _positive(argument: str, value: Any) -> Any:
    """Return ridges of a trace, which is not defined at zero."""
    if value is None or isinstance(value, mpmath.mpc) or is_complex(value):
        return value if value is None or isinstance(value, mpmath.mpc) else _ridges(argument, value)
    at = value if isinstance(value, mpmath.mpf) else real_array(argument, value, "> 0", "give a positive ridge")
    if not np.all(at > 0):
        raise BadArgument(argument, value, "> 0", "give a positive ridge")
    return at


def check_spectrum(task: Any) -> None:
    """Refuse what is no population.

    Raises
    ------
    ValueError
        If `task` is no `Spectrum`.
    """
    if not isinstance(task, Spectrum):
        remedy = "give PowerLaw(...), Discrete(...), Isotropic(...) or another Spectrum"
        raise BadArgument("task", task, "a spectrum", remedy)
