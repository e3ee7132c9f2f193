"""What spectra of explicit modes have in common: sums over nodes, and over the null space.

A zero eigenvalue counts in the size, not in the rank: its x is 0 and its y is 1 at every κ.
"""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import mp

from theory.errors import BadArgument, whole_number
from theory.spectra.base import Spectrum
from theory.spectra.sums.nodes import Nodes, node_sums, precise_moments
from theory.spectra.sums.orders import Numbers, Order
from theory.spectra.sums.products import Resolved
from theory.spectra.sums.shape import LISTABLE

Modes = tuple[list[Any], list[Any], list[Any]]  # λ, n, w as mpf


class Finite(Spectrum):
    """A spectrum that is set once, and whose sums are those over nodes plus those over the null space."""

    size: float
    rank: float
    empty: int = 0  # modes with λ = 0, exactly
    unlearnable: float = 0.0

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: cannot set {name}; make a new one")

    def _null(self, order: Order) -> float:
        """Return what the zero eigenvalues add to a moment: x = 0 and y = 1 at every κ."""
        i, _, q = order
        return 0 if i else self.unlearnable if q else self.empty

    def _resolved_precise(self, orders: tuple[Order, ...], *kappas: Any) -> Resolved:
        self._check_axis(np.array([kappa.real for kappa in kappas if kappa.imag == 0]))
        return Resolved(*self._precise_modes(), null=(self.empty, self._unlearnable_precise()))

    def _listed_modes(self, kappa: Numbers) -> Resolved:
        positive = kappa.dtype.kind == "f" and bool((kappa >= 0.0).all())
        nodes = self._compressed if positive else self.nodes
        null = self._null((0, 1, 0)), self._null((0, 1, 1))
        return Resolved(nodes.eigenvalues, nodes.counts, nodes.signals, null)

    @property
    def terms(self) -> float:
        """The number of nodes of κ ≥ 0."""
        return len(self._compressed)

    @property
    def summed(self) -> tuple[Callable[..., Any], Any] | None:
        """The nodes of κ ≥ 0; see `Spectrum.summed`."""
        return node_sums, self._compressed.columns

    @property
    @abc.abstractmethod
    def _compressed(self) -> Nodes:
        """What stands for all modes at κ ≥ 0."""

    @abc.abstractmethod
    def _precise_modes(self) -> Modes:
        """Return the distinct modes to the ambient precision."""

    def _precise_moments(self, modes: Modes, kappa: Any, orders: tuple[Order, ...]) -> tuple[Any, ...]:
        """Return the moments of `modes` and of the null space."""
        if not -self.smallest < kappa < mp.inf:
            remedy = "a ridge may be negative only below the smallest eigenvalue"
            raise BadArgument("kappa", kappa, f"finite and above -{self.smallest!r}", remedy)
        sums = precise_moments(*modes, kappa, orders)
        null = self.empty, self._unlearnable_precise()
        return tuple(value if i else value + null[q] for value, (i, _, q) in zip(sums, orders, strict=True))

    def _unlearnable_precise(self) -> Any:
        """Return the signal of the null space to the ambient precision."""
        return self.unlearnable


def count(argument: str, value: Any, largest: float) -> int:
    """Return a number of modes as an `int`."""
    return whole_number(argument, value, 1, int(largest), "it is a number of modes")


def listable(size: float) -> None:
    """Refuse to list more modes than a machine likes."""
    if size > LISTABLE:
        raise BadArgument("size", size, f"at most {LISTABLE} where modes are listed", "truncate the spectrum")
