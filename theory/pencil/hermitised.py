r"""Where the inverse of a pencil exists: hermitisation, the one solution that is right on every side of a spectrum.

The branch G = (L0 − S[G])⁻¹ that starts at zero variance is the equivalent of L⁻¹ as long as L⁻¹ is bounded. The doubled pencil

    ( −iη   L  )
    (  L*  −iη )

is the resolvent of a Hermitian matrix off the real axis: its equivalent exists and is unique for every η > 0 (Helton, Rashidi
Far & Speicher 2007), and its lower left corner tends to L⁻¹. If its diagonal traces vanish with η, no singular value of L is
near zero: its corner solves the plain system. That is so for a solution of the plain system whenever the doubled system,
linearised in the diagonal traces, is a contraction there. Otherwise the point lies inside the spectrum: of a non-Hermitian
resolvent in the plane, where the corner is the mean (the circular law's z̄), or of a real one, where traces have no limit.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import sympy
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from sympy import Expr, Indexed, Symbol

from theory.pencil.algebra import Array, Doubles
from theory.pencil.arguments import Values
from theory.pencil.expressions.linearise import Entry, Pencil, Readout
from theory.pencil.instance import Instance, nearest
from theory.pencil.solve import Balance, converged, followed
from theory.pencil.system import System, closed

ETA, ASIDE = sympy.Dummy("eta", positive=True), sympy.Dummy("epsilon", real=True)
ROUNDING = 1e-9  # by which a contraction may seem none
STEP = 2.0  # η falls by this factor
LEAST = 1e-7  # η below which nothing is learnt
FINEST = 1e-6  # of the steps in ln η
AGREED = 1e-11  # of two extrapolations to η = 0
CLEAR = 1e-8  # the same where η is at its least
_KINDS = (int, int, bool, int, bool)
ORDERS = 8  # of extrapolation


def doubled(pencil: Pencil) -> tuple[Pencil, dict[Symbol, Symbol]]:
    """Return the Hermitian pencil of twice as many blocks, with iε beside the deterministic part of every inverse.

    Parameters
    ----------
    pencil : Pencil
        L.

    Returns
    -------
    tuple
        The pencil; the conjugate that stands for each scalar in L* (assumptions about symbols do not hold for numbers).
    """
    n, conjugates = len(pencil.spaces), {ASIDE: ASIDE}
    for value in pencil.fixed.values():
        indexed = {each: sympy.Dummy() for each in value.atoms(Indexed)}
        for symbol in value.xreplace(indexed).free_symbols - {*indexed.values()}:
            conjugates.setdefault(symbol, sympy.Dummy(f"{symbol}*"))
    turned = {**conjugates, sympy.I: -sympy.I}
    plain = dict(pencil.fixed)
    for block in pencil.inverses:
        plain[block, block] = plain.get((block, block), sympy.Integer(0)) + sympy.I * ASIDE
    fixed = {(block, block): -sympy.I * ETA for block in range(2 * n)}
    for (row, column), value in plain.items():
        fixed[row, n + column], fixed[n + column, row] = value, value.xreplace(turned)
    entries = [Entry(each.matrix, each.transposed, each.row, n + each.column) for each in pencil.entries]
    entries += [Entry(each.matrix, not each.transposed, n + each.column, each.row) for each in pencil.entries]
    readouts = tuple(
        Readout(each.source, {n + block: value for block, value in each.coefficients.items()}) for each in pencil.readouts
    )
    return Pencil(pencil.spaces * 2, fixed, tuple(entries), readouts), conjugates


@dataclass(frozen=True)
class Corner:
    """What hermitisation tells of a point.

    Attributes
    ----------
    outside : bool
        Whether the inverse is bounded there.
    traces : ndarray
        The plain system's unknowns, at the least η.
    values : list of complex
        The traces that are read out, for η → 0.
    """

    outside: bool
    traces: Array
    values: list[complex]


@dataclass(frozen=True)
class _Link:
    """What a diagonal trace depends on: a term with another, between two entries (space, place, conjugated) of G."""

    trace: int
    unknown: int
    variance: Expr
    left: tuple[int, int, bool]
    right: tuple[int, int, bool]


@dataclass(frozen=True)
class _Loop:
    """Diagonal traces that depend on each other."""

    traces: list[int]
    links: list[_Link]


class Hermitised:
    """The doubled system of a system.

    Parameters
    ----------
    system : System
        The plain one.
    """

    def __init__(self, system: System) -> None:
        self.plain, self.n = system, len(system.pencil.spaces)
        pencil, self.conjugates = doubled(system.pencil)
        self.system = closed(pencil)
        self.diagonal = [(j < self.n) == (k < self.n) for j, k in self.system.unknowns]

    @cached_property
    def loops(self) -> list[_Loop]:
        """The parts of the doubled system, linearised in its diagonal traces, that are more than a single zero."""
        which = [place for place, is_diagonal in enumerate(self.diagonal) if is_diagonal]
        places = {
            (blocks[block], blocks[source]): (number, place)
            for number, space in enumerate(self.plain.plan) for blocks in [list(space.local)]
            for (block, source), place in space.elimination.places.items()
        }  # fmt: skip

        def entry(block: int, source: int) -> tuple[int, int, bool] | None:
            """Return where an entry of the doubled inverse is among the plain one's, and whether as its conjugate."""
            lower = block >= self.n
            if lower == (source >= self.n):
                return None
            found = places.get((block - self.n, source) if lower else (source - self.n, block))
            return None if found is None else (*found, not lower)

        links: list[_Link] = []
        for i in which:
            j, k = self.system.unknowns[i]
            for term in self.system.terms:
                left, right = entry(j, term.row), entry(term.column, k)
                if self.diagonal[term.unknown] and left is not None and right is not None:
                    links.append(_Link(i, term.unknown, term.variance, left, right))
        graph = np.zeros((len(self.diagonal), len(self.diagonal)), dtype=bool)
        for link in links:
            graph[link.trace, link.unknown] = True
        _, part = connected_components(csr_array(graph), connection="strong")
        inner: dict[int, list[_Link]] = {}
        for link in links:
            if part[link.trace] == part[link.unknown]:
                inner.setdefault(int(part[link.trace]), []).append(link)
        return [_Loop(sorted({link.trace for link in own}), own) for own in inner.values()]

    def growth(self, instance: Instance, resolvents: Sequence[Array]) -> Array:
        """Return the spectral radius of the doubled system at a solution of the plain one: below 1 where L⁻¹ is bounded.

        Parameters
        ----------
        instance : Instance
            The plain system.
        resolvents : sequence of ndarray
            G of each index space there.

        Returns
        -------
        ndarray, shape (points,)
        """
        largest = np.zeros(instance.n_points)
        if not self.plain.pencil.inverses or not self.loops:
            return largest
        totals = np.empty((sum(len(loop.links) for loop in self.loops), instance.n_points), dtype=np.complex128)
        for (places, left, left_bar, right, right_bar), modes, own in zip(
            self._gathered, instance.balance.spaces, resolvents, strict=True
        ):
            before, after = own[left], own[right]
            if np.iscomplexobj(own):
                before = np.where(left_bar[:, None, None], before.conj(), before)
                after = np.where(right_bar[:, None, None], after.conj(), after)
            totals[places] = modes.summed(before * after)
        variances = {each: instance.variance(each) for each in {link.variance for loop in self.loops for link in loop.links}}
        place = 0
        for loop in self.loops:
            slopes = np.zeros((instance.n_points, len(loop.traces), len(loop.traces)), dtype=np.complex128)
            for link, total in zip(loop.links, totals[place:], strict=False):
                slopes[:, loop.traces.index(link.trace), loop.traces.index(link.unknown)] += total * variances[link.variance]
            place += len(loop.links)
            fine = np.isfinite(slopes).all(axis=(1, 2))
            radius = np.full(instance.n_points, np.inf)
            radius[fine] = np.abs(np.linalg.eigvals(slopes[fine])).max(axis=1, initial=0.0)
            largest = np.maximum(largest, radius)
        return largest

    @cached_property
    def _gathered(self) -> list[tuple[Array, ...]]:
        """By index space: the links there, numbered, and where both their entries of G are."""
        links = [link for loop in self.loops for link in loop.links]
        found: list[tuple[Array, ...]] = []
        for space in range(len(self.plain.plan)):
            rows = [(i, *link.left[1:], *link.right[1:]) for i, link in enumerate(links) if link.left[0] == space]
            columns = zip(*rows, strict=True) if rows else [()] * 5
            found.append(tuple(np.array(each, dtype=kind) for each, kind in zip(columns, _KINDS, strict=True)))
        return found

    def corner(self, values: Values, aside: float = 0.0) -> Corner:
        """Return the limit η → 0, with iε = `aside` in every inverse.

        Raises
        ------
        ArithmeticError
            If it is not reached: at the edge of the spectrum.
        """
        instance = self._instance(values, aside)
        row: list[Array] = []
        limit = change = np.array([np.inf])
        for eta, traces in self._falling(instance.balance):
            found = instance.read(self.system.pencil.readouts, _at(instance.balance, eta).resolvents(traces))
            diagonal = np.abs(traces[0, self.diagonal]).sum()
            row, last = _extrapolated(np.array([*(each[0] for each in found), diagonal], dtype=np.complex128), row), limit
            limit = row[-1]
            inside = abs(limit[-1]) > 0.5 * diagonal
            scale = np.append(np.full(len(found), np.abs(limit[:-1]).max()), limit[-1].real if inside else diagonal)
            change = np.abs(limit - last) / np.where(scale > 0, scale, 1.0)
            if len(row) > 2 and change.max() <= AGREED:
                break
        if not change.max() <= CLEAR:
            raise ArithmeticError("the point is at the edge of the spectrum: the limit is not reached")
        return Corner(not inside, self._plain_traces(traces), list(limit[:-1]))

    def _plain_traces(self, traces: Array) -> Array:
        index = {pair: i for i, pair in enumerate(self.system.unknowns)}
        return traces[:, [index[self.n + j, k] for j, k in self.plain.unknowns]]

    def _falling(self, balance: Balance) -> Iterator[tuple[float, Array]]:
        """Yield η and the solution there, for smaller and smaller η."""
        logarithm, traces = 0.0, followed(balance)
        slope, stride = np.zeros_like(traces), 1.0
        yield 1.0, traces
        for place in itertools.count(1):
            goal = -place * math.log(STEP)
            if goal < math.log(LEAST):
                return
            while logarithm > goal:
                trial = max(logarithm - stride, goal)
                try:
                    found = self._physical(_at(balance, math.exp(trial)), traces + slope * (trial - logarithm))
                except ArithmeticError:
                    stride /= 3.0
                    if stride < FINEST:
                        raise
                    continue
                slope, logarithm, traces, stride = (found - traces) / (trial - logarithm), trial, found, stride * 1.5
            yield math.exp(logarithm), traces

    def _physical(self, balance: Balance, near: Array) -> Array:
        """Return the solution near others, if it is the one of positive imaginary part."""
        found = converged(balance, near)
        own = [place for place, (j, k) in enumerate(self.system.unknowns) if j == k]
        if not np.isfinite(found).all() or np.any(found[:, own].imag < 0):
            raise ArithmeticError("not the resolvent of a Hermitian matrix")
        return found

    def _instance(self, values: Values, aside: float) -> Instance:
        numbers = {**values.numbers, ETA: 1.0, ASIDE: aside}
        conjugates = {bar: np.conj(nearest(numbers[symbol])) for symbol, bar in self.conjugates.items()}
        return Instance(self.system, replace(values, numbers={**numbers, **conjugates}), Doubles())


def _at(balance: Balance, eta: float) -> Balance:
    """Return the doubled system at another η."""
    spaces = []
    for modes in balance.spaces:
        diagonal = {place: np.full((1, 1), -1j * eta) for place in modes.fixed if place[0] == place[1]}
        spaces.append(replace(modes, fixed={**modes.fixed, **diagonal}))
    return replace(balance, spaces=spaces)


def _extrapolated(value: Array, before: list[Array]) -> list[Array]:
    """Return the next row of Richardson's table, of a power series at η, η/2 and so on."""
    row = [value]
    for order, other in enumerate(before[: ORDERS - 1], start=1):
        row.append(row[-1] + (row[-1] - other) / (STEP**order - 1.0))
    return row
