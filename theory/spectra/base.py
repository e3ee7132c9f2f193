"""What every spectrum is: eigenvalues λ_k, target power c_k, and the sums over modes that the theory needs.

All sums are *unnormalised*. They are computed through the two fractions of a mode, x = λ/(λ+κ) (learnt) and
y = κ/(λ+κ) = 1 − x (missed), because products of them never overflow and sums of them never cancel:

    moment (i, j, q)  =  Σ_k  weight_k  x_k^i  y_k^j,       weight = 1 (q = 0)  or  c_k λ_k (q = 1)

and Ψ(p,q,m;κ) = Σ λ^p c^q/(λ+κ)^m is κ^-j times a moment with i = p − q, j = m − i.
"""

from __future__ import annotations

import abc
from typing import Any, TypeAlias

import mpmath
import numpy as np
from numpy.typing import NDArray

from theory.errors import BadArgument, real_array

Order: TypeAlias = tuple[int, int, int]
Array: TypeAlias = NDArray[np.float64]


class Spectrum(abc.ABC):
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

    def moments(self, kappa: Any, orders: tuple[Order, ...]) -> tuple[Any, ...]:
        """Return Σ_k weight_k x_k^i y_k^j for each order (i, j, q), x = λ/(λ+κ), y = κ/(λ+κ).

        Parameters
        ----------
        kappa : ndarray of float64 or mpmath.mpf
            An array of any shape goes through NumPy; an `mpf` through mpmath at the ambient precision.
            κ ≥ 0, or −`smallest` < κ < 0 where `rank` is finite and the eigenvalues are explicit.
        orders : tuple of (i, j, q)
            i, j ≥ 0; q = 0 counts modes, q = 1 weighs them by c_k λ_k.

        Returns
        -------
        tuple
            One array of the shape of `kappa` (or one `mpf`) for each order.
        """
        if isinstance(kappa, mpmath.mpf):
            return self._moments_precise(kappa, orders)
        return self._moments(np.asarray(kappa, dtype=np.float64), orders)

    def trace(self, p: int, q: int, m: int, kappa: Any) -> Any:
        """Return Ψ(p,q,m;κ) = Σ_k λ_k^p c_k^q / (λ_k+κ)^m, unnormalised, for q in {0, 1} and q ≤ p ≤ m + q.

        Parameters
        ----------
        p, q, m : int
            The orders; `trace(1, 0, 1, kappa)` is df₁, `trace(2, 0, 2, kappa)` df₂, `trace(1, 1, 1, kappa)` tf₁.
        kappa : array-like of float, or mpmath.mpf
            κ > 0, of any shape.

        Raises
        ------
        ValueError
            If the orders are outside that range or κ ≤ 0.
        """
        if q not in (0, 1) or not q <= p <= m + q:
            raise BadArgument("(p, q, m)", (p, q, m), "with q in {0, 1} and q <= p <= m + q", "combine other traces")
        at = kappa if isinstance(kappa, mpmath.mpf) else real_array("kappa", kappa, "> 0", "give a positive ridge")
        if not np.all(at > 0):
            raise BadArgument("kappa", kappa, "> 0", "give a positive ridge")
        i, j = p - q, m - p + q
        (moment,) = self.moments(at, ((i, j, q),))
        return moment / at**j

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
    @abc.abstractmethod
    def nodes(self) -> Any:
        """The modes with λ > 0 as weighted nodes (`theory.spectra.nodes.Nodes`), listed one by one where they are few.

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


class SmoothSpectrum(Spectrum):
    """A spectrum that follows a law in k, smooth in ln k, however many its modes are."""

    @property
    @abc.abstractmethod
    def steepness(self) -> float:
        """The largest −dlnλ/dlnk beyond the first few dozen modes."""

    @abc.abstractmethod
    def binned(self, edges: Array) -> tuple[Array, Array]:
        """Return Σ λ_k and Σ c_k λ_k over edges[i] ≤ k < edges[i+1], shapes (n_bins,), without cancellation.

        Parameters
        ----------
        edges : ndarray of shape (n_bins + 1,)
            Ascending whole numbers ≥ 1; the last one may be inf.
        """
