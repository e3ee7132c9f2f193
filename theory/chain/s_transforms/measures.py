"""The traces of one law of eigenvalues at one size: tr C(C+χ)⁻¹ and its like, over weighted eigenvalues.

With x = γ/(γ+χ) and y = 1 − x: d(χ) = Σ n x, its fall −dd/dlnχ = Σ n x y, and the complement rank − d = Σ n y, each summed
as such.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mpmath import mp

from theory.errors import BadArgument
from theory.spectra.base import Array, Order, Spectrum
from theory.spectra.discrete import Discrete, Isotropic
from theory.spectra.nodes import CHUNK, Nodes, precise_moments


class Measure:
    """Eigenvalues γ_i > 0 with weights n_i, in double precision.

    Parameters
    ----------
    sums : Spectrum or Nodes
        What sums at real χ ≥ 0.
    nodes : Nodes
        The same eigenvalues as nodes, for complex χ and for two χ at once.
    rank, total, smallest : float
        Σ n, Σ nγ and the least γ (0 where there is none).
    tail : float
        Σ nγ of the eigenvalues beyond `nodes`, all of them far below any χ of interest.
    """

    def __init__(
        self, sums: Spectrum | Nodes, nodes: Nodes, rank: float, total: float, smallest: float, tail: float = 0.0
    ) -> None:
        self._sums, self._nodes, self._tail = sums, nodes, tail
        self.rank, self.total, self.smallest = rank, total, smallest

    @classmethod
    def of_spectrum(cls, spectrum: Spectrum) -> Measure:
        """Return the measure of a spectrum of positive eigenvalues."""
        return cls(spectrum, spectrum.nodes, spectrum.rank, spectrum.total_variance, spectrum.smallest, spectrum.tail[0])

    @classmethod
    def of_nodes(cls, eigenvalues: Array, counts: Array, rank: float) -> Measure:
        """Return the measure of weighted eigenvalues, shape (n_nodes,) both, in any order; `rank` is their Σ n, not rounded."""
        order = np.argsort(-eigenvalues)
        nodes = Nodes(eigenvalues[order], counts[order], np.zeros(order.size))
        return cls(nodes, nodes, rank, float(counts @ eigenvalues), float(eigenvalues.min()))

    def surplus(self, chi: Array, base: Array, offset: Array) -> tuple[Array, Array]:
        """Return d(χ) − (base + offset) and −dd/dlnχ, shapes (points,), χ real.

        Whole modes are counted about the base; of weights that are no counts the smaller side is summed.
        """
        if isinstance(self._sums, Spectrum):
            excess, fall = self._sums.excess(chi, base)
            return excess - offset, fall
        learnt, missed, fall = self._sums.moments(chi, ((1, 0, 0), (0, 1, 0), (1, 1, 0)))
        return np.where(learnt < missed, (learnt - base) - offset, ((self.rank - base) - offset) - missed), fall

    def slope(self, chi: Array) -> Array:
        """Return dln(1/(dχ))/dlnd = Σ n x²/Σ n x y at real χ, shape (points,)."""
        learnt, mixed = self._sums.moments(chi, ((2, 0, 0), (1, 1, 0)))
        return np.asarray(learnt / mixed)

    def shares(self, chi: Any) -> tuple[Any, Any, Any]:
        """Return Σ n x, Σ n y and Σ n x y at complex χ, shapes (points,)."""
        dof, rest, fall = (np.empty(chi.shape, complex) for _ in range(3))
        gamma, counts = self._nodes.eigenvalues, self._nodes.counts
        step = max(1, CHUNK // gamma.size)
        for rows in (slice(start, start + step) for start in range(0, chi.size, step)):
            total = gamma + chi[rows, None]
            x, y = gamma / total, chi[rows, None] / total
            dof[rows], rest[rows], fall[rows] = x @ counts, y @ counts, (x * y) @ counts
        return dof + self._tail / chi, rest, fall + self._tail / chi

    def pair(self, chi: Any, other: Any) -> Any:
        """Return Σ nγ/((γ+χ)(γ+χ′)) = −Δd/Δχ, shape (points,), real or complex."""
        gamma, weights = self._nodes.eigenvalues, self._nodes.counts * self._nodes.eigenvalues
        sums = [weights @ (1 / ((gamma + a) * (gamma + b))) for a, b in zip(chi, other, strict=True)]
        return np.array(sums) + self._tail / (chi * other)


class PreciseMeasure:
    """The same through mpmath, at the precision at which it was made.

    Parameters
    ----------
    moments : callable
        `moments(chi, orders)`, the sums Σ n x^i y^j for orders (i, j, 0).
    rank, total : mpf
        Σ n and Σ nγ.
    """

    def __init__(self, moments: Callable[[Any, tuple[Order, ...]], tuple[Any, ...]], rank: Any, total: Any) -> None:
        self._moments = moments
        self.rank, self.total = rank, total

    @classmethod
    def of_spectrum(cls, spectrum: Spectrum) -> PreciseMeasure:
        """Return the measure of a spectrum of positive eigenvalues; its complex sums need a listed one."""
        if isinstance(spectrum, Isotropic):
            return cls.of_nodes([mp.one], [mp.mpf(spectrum.size)], mp.mpf(spectrum.rank))
        if isinstance(spectrum, Discrete):
            rows = [[mp.mpf(v) for v in column.tolist()] for column in (spectrum.eigenvalues, spectrum.multiplicity)]
            return cls.of_nodes(rows[0], rows[1], mp.mpf(spectrum.rank))

        def moments(chi: Any, orders: tuple[Order, ...]) -> tuple[Any, ...]:
            if isinstance(chi, mp.mpc):
                remedy = "list its eigenvalues (Discrete), or use double precision"
                raise BadArgument("law", spectrum, "a listed one for complex arguments through mpmath", remedy)
            return spectrum.moments(chi, orders)

        far = mp.mpf(10) ** (mp.dps + 10) * mp.mpf(spectrum.total_variance)
        return cls(moments, mp.mpf(spectrum.rank), far * moments(far, ((1, 0, 0),))[0])  # Σ γ = lim χ d(χ)

    @classmethod
    def of_nodes(cls, eigenvalues: Sequence[Any], counts: Sequence[Any], rank: Any) -> PreciseMeasure:
        """Return the measure of weighted eigenvalues (mpf); `rank` is their Σ n."""
        def moments(chi: Any, orders: tuple[Order, ...]) -> tuple[Any, ...]:
            return precise_moments(eigenvalues, counts, counts, chi, orders)

        return cls(moments, rank, mp.fdot(counts, eigenvalues))

    def shares(self, chi: Any) -> tuple[Any, Any, Any]:
        """Return Σ n x, Σ n y (infinite where the rank is) and Σ n x y."""
        if mp.isinf(self.rank):
            dof, fall = self._moments(chi, ((1, 0, 0), (1, 1, 0)))
            return dof, mp.inf, fall
        dof, rest, fall = self._moments(chi, ((1, 0, 0), (0, 1, 0), (1, 1, 0)))
        return dof, rest, fall

    def slope(self, chi: Any) -> Any:
        """Return dln(1/(dχ))/dlnd = Σ n x²/Σ n x y."""
        learnt, mixed = self._moments(chi, ((2, 0, 0), (1, 1, 0)))
        return learnt / mixed

    def pair(self, chi: Any, other: Any) -> Any:
        """Return Σ nγ/((γ+χ)(γ+χ′)) = −Δd/Δχ."""
        if chi == other:
            return self._moments(chi, ((1, 1, 0),))[0] / chi
        lost = int(mp.mag(chi)) - int(mp.mag(chi - other))
        with mp.workprec(mp.prec + max(0, lost) + 10):
            first, second = (self._moments(at, ((1, 0, 0),))[0] for at in (chi, other))
            return (first - second) / (other - chi)
