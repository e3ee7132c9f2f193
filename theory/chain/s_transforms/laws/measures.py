"""One law of eigenvalues at one size: its traces tr C(C+χ)⁻¹ and the like, and the χ at which it has d degrees of freedom.

With x = γ/(γ+χ) and y = 1 − x: d(χ) = Σ n x, its fall −dd/dlnχ = Σ n x y, and the complement rank − d = Σ n y, each summed
as such. For real d the inversion is Newton's method in ln d or ln(rank − d) against ln χ, whichever side is smaller, inside a
bracket that only shrinks; for complex d it is Newton's method from a neighbouring solution. Degrees of freedom come as
base + offset, so that d next to the rank or to any whole number keeps the digits of the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from theory.chunks import chunks
from theory.errors import BadArgument
from theory.spectra.base import Array, Order, Spectrum
from theory.spectra.discrete import Discrete
from theory.spectra.isotropic import Isotropic
from theory.spectra.sums.nodes import CHUNK, Nodes, precise_moments

FAR = 1e20  # of χ over tr C: d is below 1e-20, and what is linear in d may be scaled
LIMIT = 300
STEPS = 6  # of Newton's method from next to the root
LEAST = 1e-300  # of χ in double precision
EPSILON = float(np.finfo(np.float64).eps)


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

    def slope(self, chi: Array, size: float | None = None) -> Array:
        """Return dln(1/(dχ))/dlnd = Σ n x²/Σ n x y at real χ, shape (points,); of (size − d)/(dχ) where a size is given."""
        near = np.minimum(chi, FAR * self.total)  # beyond, at d < 1e-20, it is proportional to d
        if size is None:
            learnt, mixed = self._sums.moments(near, ((2, 0, 0), (1, 1, 0)))
            return np.asarray(learnt / mixed) * (near / chi)
        _, missed, _ = self.shares(near)
        return self.spread(size, near, near) * size / (missed.real + (size - self.rank)) * (near / chi)

    def stiffness(self, chi: Any) -> tuple[Any, Any]:
        """Return Σ n x² and Σ n x y = −dd/dlnχ at real χ ≥ 0, or at complex χ, shapes (points,)."""
        if not np.iscomplexobj(chi):
            learnt, mixed = self._sums.moments(chi, ((2, 0, 0), (1, 1, 0)))
            return learnt, mixed
        learnt, mixed = np.empty((2, chi.size), complex)
        gamma, counts = self._nodes.eigenvalues, self._nodes.counts
        for rows in chunks(chi.size, CHUNK // gamma.size):
            total = gamma + chi[rows, None]
            x = gamma / total
            learnt[rows], mixed[rows] = (x * x) @ counts, (x * (chi[rows, None] / total)) @ counts
        return learnt, mixed + self._tail / chi

    @property
    def largest(self) -> float:
        """The largest eigenvalue."""
        return float(self._nodes.eigenvalues[0])

    def below(self, distance: Array) -> tuple[Array, Array, Array, Array]:
        """Return χ, Σ n x, Σ n x² and Σ n x y at χ a distance below minus the largest eigenvalue, shapes (points,)."""
        gamma, counts = self._nodes.eigenvalues, self._nodes.counts
        x = gamma / ((gamma - self.largest) - distance[:, None])
        chi = -self.largest - distance
        return chi, x @ counts + self._tail / chi, (x * x) @ counts, (x * (1.0 - x)) @ counts + self._tail / chi

    def traced(self, chi: Any) -> tuple[Any, Any]:
        """Return Σ nγx/tr C = 1 − dχ/tr C and dχ/tr C, shapes (points,)."""
        taken, left = (np.empty(chi.shape, chi.dtype) for _ in range(2))
        gamma, counts = self._nodes.eigenvalues, self._nodes.counts * self._nodes.eigenvalues
        for rows in chunks(chi.size, CHUNK // gamma.size):
            total = gamma + chi[rows, None]
            taken[rows], left[rows] = (gamma / total) @ counts, (chi[rows, None] / total) @ counts
        return taken / self.total, (left + self._tail) / self.total

    def at_factor(self, factor: Any, start: Any) -> Any:
        """Return χ with dχ/tr C = factor, by Newton's method from `start`, shapes (points,)."""
        gamma, counts = self._nodes.eigenvalues, self._nodes.counts * self._nodes.eigenvalues
        chi = start.copy()
        for _ in range(STEPS):
            total = gamma + chi[:, None]
            y = chi[:, None] / total
            left = (y @ counts + self._tail) / self.total
            chi = chi * np.exp(-np.log(left / factor) * left / ((y * (gamma / total)) @ counts / self.total))
        return chi

    def paired(self, chi: Any, other: Any) -> tuple[Any, Any]:
        """Return Σ nγ/((γ+χ)(γ+χ′)) and Σ nγ²/((γ+χ)(γ+χ′)), shapes (n, m)."""
        gamma, counts = self._nodes.eigenvalues, self._nodes.counts
        far = self._tail / (chi[:, None] * other) if self._tail else 0.0
        first, second = gamma * counts / (gamma + chi[:, None]), 1.0 / (gamma + other[:, None])
        return first @ second.T + far, first @ (gamma * second).T

    def white(self, chi: Array) -> tuple[Array, Array]:
        """Return Σ n x²/γ over Σ n x², and Σ n y², at real χ ≥ 0, shapes (points,)."""
        learnt, unlearnt = self._sums.moments(chi, ((2, 0, 0), (0, 2, 0)))
        inverse = np.empty(chi.shape)
        gamma, counts = self._nodes.eigenvalues, self._nodes.counts
        for rows in chunks(chi.size, CHUNK // gamma.size):
            total = gamma + chi[rows, None]
            inverse[rows] = (gamma / total / total) @ counts
        return (inverse + self._tail / chi / chi) / learnt if self._tail else inverse / learnt, unlearnt

    def spread(self, size: float, chi: Any, other: Any) -> Any:
        """Return Σ (x − d/size)(x′ − d′/size)/Σ n x y′, shape (points,); above over all `size` eigenvalues, zeros included.

        Of x or of y = 1 − x, whichever is smaller: the deviations are the same but for the sign.
        """
        gamma, counts = self._nodes.eigenvalues, self._nodes.counts
        zeros = size - self.rank
        found = np.empty(chi.shape, np.result_type(chi, other))
        for i, (both, mixed) in enumerate(zip(zip(chi, other, strict=True), self.mixed(chi, other), strict=True)):
            x = [gamma / (gamma + at) for at in both]
            learnt = abs(counts @ x[0]) < size / 2
            parts, null = (x, 0.0) if learnt else ([at / (gamma + at) for at in both], 1.0)
            means = [(counts @ part + null * zeros) / size for part in parts]
            first, second = (np.append(part - mean, null - mean) for part, mean in zip(parts, means, strict=True))
            first, second = (first / mixed, second) if learnt else (first, second / mixed)  # so that neither underflows
            found[i] = np.append(counts, zeros) @ (first * second)
        return found

    def shares(self, chi: Any) -> tuple[Any, Any, Any]:
        """Return Σ n x, Σ n y and Σ n x y at complex χ, shapes (points,)."""
        dof, rest, fall = (np.empty(chi.shape, complex) for _ in range(3))
        gamma, counts = self._nodes.eigenvalues, self._nodes.counts
        for rows in chunks(chi.size, CHUNK // gamma.size):
            total = gamma + chi[rows, None]
            x, y = gamma / total, chi[rows, None] / total
            dof[rows], rest[rows], fall[rows] = x @ counts, y @ counts, (x * y) @ counts
        return dof + self._tail / chi, rest, fall + self._tail / chi

    def mixed(self, chi: Any, other: Any) -> Any:
        """Return Σ n x y′ = −χ′Δd/Δχ, shape (points,), real or complex."""
        gamma, counts = self._nodes.eigenvalues, self._nodes.counts
        sums = [counts @ (gamma / (gamma + a) * (b / (gamma + b))) for a, b in zip(chi, other, strict=True)]
        return np.array(sums) + self._tail / chi


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

    def squares(self, chi: Any) -> tuple[Any, Any, Any]:
        """Return Σ n x², Σ n x y and Σ n y² (infinite where the rank is)."""
        if mp.isinf(self.rank):
            return *self._moments(chi, ((2, 0, 0), (1, 1, 0))), mp.inf
        learnt, mixed, unlearnt = self._moments(chi, ((2, 0, 0), (1, 1, 0), (0, 2, 0)))
        return learnt, mixed, unlearnt

    def spread(self, size: Any, chi: Any, other: Any) -> Any:
        """Return Σ (x − d/size)(x′ − d′/size)/Σ n x y′; above over all `size` eigenvalues, zeros included."""
        dof, rest, fall = self.shares(chi)
        small = min(abs(dof), abs(rest + (size - self.rank)))  # of which the result is a multiple
        with mp.workprec(2 * (mp.prec + max(0, mp.mag(size) - mp.mag(small)))):
            (dof, rest, fall), (primed, _, _) = self.shares(chi), self.shares(other)
            if chi == other:
                return dof * (rest + (size - self.rank)) / (size * fall) - 1
            product = (chi * dof - other * primed) / (chi - other)  # Σ x x′, since x x′ = (χ x − χ′ x′)/(χ − χ′)
            return (product - dof * primed / size) / self.mixed(chi, other)

    def slope(self, chi: Any, size: Any = None) -> Any:
        """Return dln(1/(dχ))/dlnd = Σ n x²/Σ n x y, or that of (size − d)/(dχ)."""
        if chi == mp.inf:
            return mp.zero
        if size is None:
            learnt, mixed = self._moments(chi, ((2, 0, 0), (1, 1, 0)))
            return learnt / mixed
        _, missed, _ = self.shares(chi)
        return self.spread(size, chi, chi) * size / (missed + (size - self.rank))

    def mixed(self, chi: Any, other: Any) -> Any:
        """Return Σ n x y′ = −χ′Δd/Δχ."""
        if chi == other:
            return self._moments(chi, ((1, 1, 0),))[0]
        lost = int(mp.mag(chi)) - int(mp.mag(chi - other))
        with mp.workprec(mp.prec + max(0, lost) + 10):
            first, second = (self._moments(at, ((1, 0, 0),))[0] for at in (chi, other))
            return other * (first - second) / (other - chi)


def invert(measure: Measure, base: Array, offset: Array, refuse: bool = True) -> Array:
    """Return χ > 0 at real d = base + offset, shapes (points,); infinite at d = 0, zero at the rank and beyond.

    Parameters
    ----------
    measure : Measure
        The law.
    base, offset : ndarray
        d ≥ 0; where it is next to a whole number that is the base, χ has the digits of the offset.
    refuse : bool
        Whether a χ below 1e-300 is an error, or about 1e-300.

    Raises
    ------
    BadArgument
        If χ is below 1e-300.
    """
    whole = np.where(base == np.rint(base), np.rint(base + offset), base)
    offset = (base - whole) + offset
    dof, rest = whole + offset, (measure.rank - whole) - offset
    chi = np.where(rest > 0, np.inf, 0.0)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        high = measure.total / dof
        low = np.maximum(rest * (measure.smallest / measure.rank) if np.isfinite(measure.rank) else 0.0 * dof, LEAST)
    which = np.flatnonzero(np.isfinite(high) & (rest > 0))
    low, high = low[which] * (1 - 8 * EPSILON), high[which] * (1 + 8 * EPSILON)
    at, last = np.where(dof[which] < rest[which], high, low), np.full(which.size, np.inf)
    for _ in range(LIMIT):
        if not which.size:
            break
        d, y = dof[which], rest[which]
        surplus, fall = measure.surplus(at, whole[which], offset[which])
        low, high = np.where(surplus > 0, at, low), np.where(surplus < 0, at, high)
        with np.errstate(all="ignore"):
            step = np.where(d < y, np.log1p(surplus / d) * (d + surplus), -np.log1p(-surplus / y) * (y - surplus)) / fall
            moved = at * np.exp(step)
            done = (np.abs(step) <= 2 * EPSILON) | (high <= low * (1 + 2 * EPSILON)) | (surplus == 0)
            good = (moved > low) & (moved < high) & (np.abs(step) <= 0.5 * last)
        chi[which[done]] = at[done]
        at = np.where(good, moved, np.sqrt(low) * np.sqrt(high))
        last = np.where(good, np.abs(step), np.inf)
        which, low, high, at, last = (column[~done] for column in (which, low, high, at, last))
    under = (chi <= LEAST * 1.01) & (rest > 0)
    if refuse and under.any():
        raise BadArgument("d", float(dof[under][0]), "such that χ is above 1e-300", "use mpmath there")
    if which.size:
        raise ArithmeticError(f"χ did not converge at d = {dof[which][0]}")
    return chi


def invert_near(measure: Measure, base: Array, offset: Any, start: Any) -> tuple[Array, NDArray[np.bool_]]:
    """Return complex χ at d = base + offset by Newton's method from `start`, and where that converged.

    Parameters
    ----------
    measure : Measure
        The law.
    base, offset : ndarray, shape (points,)
        d, complex.
    start : ndarray, shape (points,)
        χ at a neighbouring d, on the branch to be followed.
    """
    chi, last = start.astype(complex), np.full(start.shape, np.inf)
    for _ in range(40):
        with np.errstate(all="ignore"):
            step = _towards(measure, base, offset, chi)
            better = np.isfinite(step) & (np.abs(step) < 0.7 * last) & (np.abs(step) < 1)
            chi = np.where(better, chi * np.exp(np.where(better, step, 0)), chi)
        last = np.where(better, np.abs(step), last)
        if not better.any() or (last[better] < EPSILON).all():
            break
    return chi, last < 1e-9  # the last step that still shrank: what follows is rounding


def _towards(measure: Any, base: Any, offset: Any, chi: Any) -> Any:
    """Return Newton's step in ln χ, the difference taken on the smaller side."""
    dof, rest, fall = measure.shares(chi)
    target = (measure.rank - base) - offset
    below = np.abs(dof) < np.abs(rest) if isinstance(dof, np.ndarray) else abs(dof) < abs(rest)
    if isinstance(dof, np.ndarray):
        return np.where(below, dof - base - offset, target - rest) / fall
    return (dof - base - offset if below else target - rest) / fall


def invert_precisely(measure: PreciseMeasure, base: Any, offset: Any, start: Any = None) -> Any:
    """Return χ through mpmath to the ambient precision; zero at the rank and beyond where no start is given.

    Parameters
    ----------
    measure : PreciseMeasure
        The law.
    base, offset : mpf or mpc
        d = base + offset; real and positive where `start` is left out.
    start : mpc, optional
        χ in double precision, which chooses the branch at complex d.
    """
    dof, rest = base + offset, (measure.rank - base) - offset
    tolerance = mp.ldexp(1, 8 - mp.prec)
    if start is not None:
        chi = start
        for _ in range(LIMIT):
            step = _towards(measure, base, offset, chi)
            chi *= mp.exp(step)
            if abs(step) < tolerance:
                return chi
        raise ArithmeticError(f"χ did not converge at d = {mp.nstr(dof, 10)}")
    if rest <= 0:
        return mp.zero
    side = dof < rest
    low, high, at, last = mp.zero, measure.total / dof, measure.total / dof, mp.inf
    for _ in range(LIMIT + 4 * mp.prec):
        learnt, missed, fall = measure.shares(at)
        ratio = learnt / dof if side else rest / missed
        low, high = (at, high) if ratio > 1 else (low, at)
        step = mp.log(ratio) * (learnt if side else missed) / fall
        moved = at * mp.exp(step)
        if abs(step) < tolerance:
            return moved
        if low < moved <= high and abs(step) <= last / 2:
            at, last = moved, abs(step)
        else:
            at, last = mp.sqrt(low * high) if low else high / 2**64, mp.inf
    raise ArithmeticError(f"χ did not converge at d = {mp.nstr(dof, 10)}")
