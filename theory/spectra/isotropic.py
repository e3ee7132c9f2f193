"""The isotropic population: all directions alike."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from mpmath import mp

from theory.errors import BadArgument, real_array
from theory.spectra.finite import Finite, Modes, count, listable
from theory.spectra.sums.nodes import Nodes
from theory.spectra.sums.orders import Array, Order

LONGEST = 10**15  # modes: their number and its halves are exact in double precision
LARGEST = 1e300  # of the signal


class Isotropic(Finite):
    """λ_k = 1 and c_k = signal/size for k = 1 … size.

    Immutable; compared and hashed by value.

    Parameters
    ----------
    size : int
        D, from 1 to 10^15.
    signal : float
        Σ c_k ≥ 0, at most 1e300.

    Raises
    ------
    ValueError
        If an argument is not admissible.
    """

    size: int

    def __init__(self, size: int, signal: float = 1.0) -> None:
        modes = count("size", size, LONGEST)
        value = real_array("signal", signal, "a real number >= 0", "it is the variance of the noiseless target")
        if value.ndim or not 0.0 <= value <= LARGEST:
            raise BadArgument("signal", signal, f"one real number from 0 to {LARGEST}", "it is the variance of the target")
        self.__dict__.update(size=modes, rank=modes, smallest=1.0, total_variance=float(modes))
        self.__dict__["signal"] = float(value) + 0.0

    def __repr__(self) -> str:
        return f"Isotropic(size={self.size}, signal={self.signal!r})"

    def __eq__(self, other: object) -> bool:
        return repr(self) == repr(other) if isinstance(other, Isotropic) else NotImplemented

    def __hash__(self) -> int:
        return hash(repr(self))

    @functools.cached_property
    def _nodes(self) -> Nodes:
        return Nodes(np.ones(1), np.array([float(self.size)]), np.array([self.signal]))

    @property
    def nodes(self) -> Nodes:
        """One node for all modes."""
        return self._nodes

    @property
    def _compressed(self) -> Nodes:
        return self._nodes

    def _moments(self, kappa: Array, orders: tuple[Order, ...]) -> tuple[Array, ...]:
        return self._nodes.moments(kappa, orders)

    def excess(self, kappa: Array, n: Array) -> tuple[Array, Array]:
        """Return d(κ) − n and −dd/dlnκ = Σ x y; see `Spectrum.excess`. Here also for −1 < κ < 0."""
        return self._nodes.excess(kappa, n)

    def _moments_precise(self, kappa: Any, orders: tuple[Order, ...]) -> tuple[Any, ...]:
        return self._precise_moments(self._precise_modes(), kappa, orders)

    def _precise_modes(self) -> Modes:
        return [mp.one], [mp.mpf(self.size)], [mp.mpf(self.signal)]

    def truncate(self, n_modes: int) -> Isotropic:
        """Return `n_modes` of the modes, each with the power it had.

        Raises
        ------
        ValueError
            If `n_modes` is not an integer from 1 to `size`.
        """
        kept = count("n_modes", n_modes, self.size)
        return Isotropic(kept, self.signal * (kept / self.size))

    def explicit(self) -> tuple[Array, Array]:
        """Return (eigenvalues, target_power), arrays of shape (size,); see `Spectrum.explicit`."""
        listable(self.size)
        return np.ones(self.size), np.full(self.size, self.signal / self.size)
