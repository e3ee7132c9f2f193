"""S-transforms read as numbers: NumPy (real, or complex along a path), mpmath, and two points at once.

Off the real axis roots, logarithms and the χ of a law have branches. A reading takes the branch next to the one that it is
handed (`memory`, one complex logarithm for each of them, in the order in which the expression is read) and leaves its own.
"""

from __future__ import annotations

import abc
import functools
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np
import sympy
from mpmath import mp
from sympy import Expr, Symbol

from theory.chain.algebras.polarise import Triple
from theory.chain.s_transforms.expressions import Reading, log_slope, precisely, split
from theory.chain.s_transforms.laws.law import Law
from theory.chain.s_transforms.laws.measures import invert, invert_near, invert_precisely
from theory.notation import DOF

JUMP = 0.5  # the change of a logarithm in one step along a path that is still surely on its branch


@dataclass(frozen=True)
class Factor:
    """n/(d χ(d)): the S-transform of Z C Zᵀ, Z of iid entries of variance 1/n, where C of size n follows a law.

    Attributes
    ----------
    law : Law
        Of the eigenvalues of C.
    size : sympy.Expr
        n, a letter or a number.
    scaled : bool
        Whether C is scaled to mean one; then the factor is tr C/(d χ), and n may be infinite.
    """

    law: Law
    size: Expr
    scaled: bool


Parts = tuple[Expr, tuple[tuple[Factor, int], ...]]  # a closed expression, and factors with their powers


class Solved(NamedTuple):
    """χ of a law at the points numbered `which`, all of one size."""

    which: Any
    size: Any
    measure: Any
    chi: Any


class Numbers(Reading):
    """A reading in numbers, at d = base + offset."""

    base: Any
    offset: Any
    memory: list[Any] | None
    left: list[Any]

    def vacancy(self, size: Any) -> Any:
        """Return 1 − d/size; base and offset apart keep the digits next to the base."""
        return ((size - self.base) - self.offset) / size

    def vacancies_slope(self, zeros: tuple[Expr, ...], poles: tuple[Expr, ...]) -> Any:
        """Return dln/dlnd of `vacancies`, each zero together with a pole before it: no two terms cancel."""
        value = self.number(sympy.S.Zero)
        for zero, pole in self.matched(zeros, poles):
            if zero is None:
                value = value + self.dof / (pole * self.vacancy(pole))
            elif pole is None:
                value = value - self.dof / (zero * self.vacancy(zero))
            else:
                value = value + self.dof / pole * (zero - pole) / zero / (self.vacancy(zero) * self.vacancy(pole))
        return value

    def matched(self, zeros: tuple[Expr, ...], poles: tuple[Expr, ...]) -> list[tuple[Any, Any]]:
        """Return zeros and poles in numbers, both ascending, in pairs; None for what has no partner."""
        columns = [self.ascending([self.read(size) for size in sizes]) for sizes in (zeros, poles)]
        return list(zip_longest(*columns))

    @abc.abstractmethod
    def ascending(self, sizes: list[Any]) -> list[Any]:
        """Return sizes in ascending order, point by point."""

    @abc.abstractmethod
    def solve(self, factor: Factor) -> list[Solved]:
        """Return χ of a factor's law, size by size."""

    @abc.abstractmethod
    def place(self, parts: list[tuple[Any, Any]]) -> Any:
        """Return the values of all points from pairs (which, value)."""

    def factor(self, factor: Factor, own: bool) -> Any:
        """Return n/(d χ), or tr C/(d χ); times 1 − d/n where that is its `own`."""
        found = []
        for which, size, measure, chi in self.solve(factor):
            scale = measure.total if factor.scaled else size
            found.append((which, self._over(scale, self._at(which), chi, scale / measure.total)))
        value = self.place(found)
        return value * self.vacancy(_value(self, factor.size)) if own else value

    def factor_slope(self, factor: Factor, own: bool) -> Any:
        """Return dln/dlnd of a factor: b̄/b, or that of C itself."""
        return self.place([(s.which, s.measure.slope(s.chi, s.size if own else None)) for s in self.solve(factor)])

    @abc.abstractmethod
    def _at(self, which: Any) -> Any:
        """Return d at some points."""

    @abc.abstractmethod
    def _over(self, scale: Any, dof: Any, chi: Any, limit: Any) -> Any:
        """Return scale/(d χ), or the limit where d = 0."""


class Doubles(Numbers):
    """NumPy, points in one dimension; complex where the offset is."""

    def __init__(
        self, letters: dict[Symbol, Any], base: Any, offset: Any, memory: list[Any] | None = None
    ) -> None:
        self.letters, self.base, self.offset = letters, base, offset
        self.dof = base + offset
        self.memory, self.left = memory, []
        self.steady = np.ones(self.dof.shape, bool)
        self._complex = np.iscomplexobj(offset)

    def number(self, value: Expr) -> Any:
        """Return a constant."""
        return float(value)

    def ascending(self, sizes: list[Any]) -> list[Any]:
        """Return sizes in ascending order, point by point."""
        return list(np.sort(np.broadcast_arrays(*sizes), axis=0)) if sizes else []

    def exp(self, value: Any) -> Any:
        """Return the exponential."""
        return np.exp(value)

    def log(self, value: Any) -> Any:
        """Return the logarithm, on the branch remembered."""
        return self._remembered(np.log(value)) if self._complex else np.log(value)

    def _remembered(self, logarithm: Any) -> Any:
        if self.memory is not None:
            before = self.memory[len(self.left)]
            logarithm = logarithm + 2j * np.pi * np.rint((before - logarithm).imag / (2 * np.pi))
            with np.errstate(invalid="ignore"):
                self.steady &= np.abs(logarithm - before) < JUMP
        self.left.append(logarithm)
        return logarithm

    def solve(self, factor: Factor) -> list[Solved]:
        """Return χ of a factor's law, size by size, at the level at which it has converged."""
        sizes = np.broadcast_to(_value(self, factor.size), self.dof.shape)
        solved = [self._settled(factor.law, size, np.flatnonzero(sizes == size)) for size in np.unique(sizes)]
        if self._complex:
            self._remembered(np.log(self.place([(part.which, part.chi) for part in solved])))
        return solved

    def _settled(self, law: Law, size: float, which: Any) -> Solved:
        """Return χ of a law of one size; what has not converged is refused on the real axis and unsteady off it."""
        base, offset = self.base[which], self.offset[which]
        start = None if self.memory is None else np.exp(self.memory[len(self.left)][which])
        before, agree = None, np.full(which.size, law.levels == 1)
        for level in range(law.levels):
            measure = law.measure(size, level)
            if start is None:
                chi, found = invert(measure, base, offset.real), np.ones(which.size, bool)
            else:
                chi, found = invert_near(measure, base, offset, start)
                start = np.where(found, chi, start)
            here = np.where(np.isinf(chi), measure.total, chi)  # at d = 0 the trace decides
            if before is not None:
                agree = (np.abs(here - before) <= float(law.agreement(53)) * np.abs(here)) & (here != 0)
            if (agree if before is None else agree | ~found).all():
                break
            before = here
        if start is None and not agree.all():
            raise law.refusal(float(self.dof[which][~agree][0].real))
        self.steady[which] &= found & agree
        return Solved(which, size, measure, chi)

    def place(self, parts: list[tuple[Any, Any]]) -> Any:
        """Return the values of all points."""
        value = np.empty(self.dof.shape, complex if self._complex else float)
        for which, part in parts:
            value[which] = part
        return value

    def _at(self, which: Any) -> Any:
        return self.dof[which]

    def _over(self, scale: Any, dof: Any, chi: Any, limit: Any) -> Any:
        with np.errstate(invalid="ignore"):
            return np.where(np.isfinite(chi), scale / (dof * chi), limit)


class Precise(Numbers):
    """One point through mpmath, real or complex, at the ambient precision."""

    def __init__(self, letters: dict[Symbol, Any], base: Any, offset: Any, memory: list[Any] | None = None) -> None:
        self.letters, self.base, self.offset = letters, base, offset
        self.dof = base + offset
        self.memory, self.left = memory, []

    def number(self, value: Expr) -> Any:
        """Return a constant."""
        return precisely(value)

    def ascending(self, sizes: list[Any]) -> list[Any]:
        """Return sizes in ascending order."""
        return sorted(sizes)

    def exp(self, value: Any) -> Any:
        """Return the exponential."""
        return mp.exp(value)

    def log(self, value: Any) -> Any:
        """Return the logarithm, on the branch remembered."""
        logarithm = mp.log(value)
        if self.memory is not None:
            before = self.memory[len(self.left)]
            logarithm += 2j * mp.pi * mp.nint((before - logarithm).imag / (2 * mp.pi))
        self.left.append(logarithm)
        return logarithm

    def solve(self, factor: Factor) -> list[Solved]:
        """Return χ of a factor's law at the level at which it has converged, to the ambient precision."""
        size = _value(self, factor.size)
        before = None
        for level in range(factor.law.levels):
            measure, chi = self._solved(factor.law, size, level)
            here = measure.total if chi == mp.inf else chi
            enough = factor.law.agreement(mp.prec) * abs(here)
            if factor.law.levels == 1 or (before is not None and abs(here - before) <= enough > 0):
                break
            before = here
        else:
            raise factor.law.refusal(self.dof)
        if self.memory is not None:
            self.left.append(mp.log(chi))
        return [Solved(..., size, measure, chi)]

    def _solved(self, law: Law, size: Any, level: int) -> tuple[Any, Any]:
        if self.dof == 0:
            return law.precise(size, level), mp.inf
        start = None if self.memory is None else mp.exp(self.memory[len(self.left)])
        extra = 20
        while True:
            with mp.workprec(mp.prec + extra):
                measure = law.precise(size, level)
                chi = invert_precisely(measure, self.base, self.offset, start)
                fall = measure.shares(chi)[2]
                needed = 20 + max(0, mp.mag(self.dof) - mp.mag(fall)) if fall else 0  # digits that a plateau costs
            if needed <= extra:
                return measure, +chi
            extra = needed + 10

    def place(self, parts: list[tuple[Any, Any]]) -> Any:
        """Return the value of the only point."""
        return parts[0][1]

    def _at(self, which: Any) -> Any:
        return self.dof

    def _over(self, scale: Any, dof: Any, chi: Any, limit: Any) -> Any:
        return limit if dof == 0 else scale / (dof * chi)


class TwoPoints(Reading):
    """Two points at once: triples of values and divided difference by d, from the readings of the two points."""

    def __init__(self, first: Numbers, second: Numbers) -> None:
        self.first, self.second = first, second
        self.letters = {letter: Triple.constant(value) for letter, value in first.letters.items()}
        one = first.dof * 0 + 1
        self.dof = Triple(first.dof, second.dof, one)
        self._apart = (first.base - second.base) + (first.offset - second.offset)

    def number(self, value: Expr) -> Any:
        """Return a constant."""
        return Triple.constant(self.first.number(value))

    def vacancy(self, size: Triple) -> Triple:
        """Return 1 − d/size."""
        values = self.first.vacancy(size.value), self.second.vacancy(size.value)
        return Triple(*values, -self.dof.delta / size.value)

    def vacancies(self, zeros: tuple[Expr, ...], poles: tuple[Expr, ...]) -> Triple:
        """Return the product; for a zero and a pole Δ[(1 − d/z)/(1 − d/p)] = (1/p − 1/z)/((1 − d/p)(1 − d′/p))."""
        value = self.number(sympy.S.One)
        for zero, pole in self.first.matched(zeros, poles):
            above, below = (None if size is None else self.vacancy(Triple.constant(size)) for size in (zero, pole))
            if above is not None and below is not None:
                turned = (zero - pole) / zero / pole / (below.value * below.primed)
                value = value * Triple(above.value / below.value, above.primed / below.primed, turned)
            else:
                value = value / below if above is None else value * above
        return value

    def exp(self, value: Triple) -> Triple:
        """Return the exponential: Δe^f = e^(f′) expm1(h)/h Δf with h = f − f′."""
        primed = self.second.exp(value.primed)
        return Triple(self.first.exp(value.value), primed, primed * self._mean(value.delta, np.expm1, mp.expm1) * value.delta)

    def log(self, value: Triple) -> Triple:
        """Return the logarithm: Δln f = log1p(h)/h Δf/f′ with h = (f − f′)/f′."""
        slope = value.delta / value.primed
        return Triple(self.first.log(value.value), self.second.log(value.primed), self._mean(slope, np.log1p, mp.log1p) * slope)

    def _mean(self, delta: Any, function: Any, precisely: Any) -> Any:
        """Return f(h)/h at h = delta·(d − d′), 1 at h = 0."""
        h = delta * self._apart
        if not isinstance(h, np.ndarray):
            return precisely(h) / h if h else h + 1
        return np.where(h == 0, 1, function(h) / np.where(h == 0, 1, h))

    def factor(self, factor: Factor, own: bool) -> Triple:
        """Return n/(d χ), or (n − d)/(d χ), from Δχ/Δd = −χ′/Σ n x y′.

        Δ(dχ) = χ + d′Δχ; and Δ[dχ/(n−d)]/Δχ = n Σ (x − d/n)(x′ − d′/n)/((n−d)(n−d′)) by the quotient rule.
        """
        rows: list[tuple[Any, tuple[Any, ...]]] = []
        both = zip(self.first.solve(factor), self.second.solve(factor), strict=True)
        for (which, size, measure, chi), (_, _, _, other) in both:
            turned = measure.spread(size, chi, other) if own else -other / measure.mixed(chi, other)
            rows.append((which, (measure.total if factor.scaled else size, chi, other, turned)))
        scale, chi, other, turned = (self.first.place([(which, row[i]) for which, row in rows]) for i in range(4))
        if not own:
            return Triple.constant(scale) / (self.dof * Triple(chi, other, turned))
        left = self.vacancy(Triple.constant(_value(self.first, factor.size)))
        first, second = self.dof.value * chi, self.dof.primed * other
        return Triple(scale * left.value / first, scale * left.primed / second, scale * turned / (first * self.dof.primed))


def read(parts: Parts, reading: Any) -> Any:
    """Return the value of an S-transform, its closed expression times the powers of its factors."""
    closed, terms = paired(parts)
    rest, zeros, poles = split(closed)
    value = reading.read(rest) * reading.vacancies(zeros, poles)
    for factor, power, own in terms:
        value = value * reading.factor(factor, own) ** power
    return value


def read_slope(parts: Parts, reading: Numbers) -> Any:
    """Return dlnS/dlnd of an S-transform."""
    closed, terms = paired(parts)
    rest, zeros, poles = split(closed)
    value = reading.read(log_slope(rest)) + reading.vacancies_slope(zeros, poles)
    for factor, power, own in terms:
        value = value + power * reading.factor_slope(factor, own)
    return value


@functools.lru_cache(maxsize=256)
def paired(parts: Parts) -> tuple[Expr, tuple[tuple[Factor, int, bool], ...]]:
    """Return the parts with each factor n/(d χ) and its own 1 − d/n together, as far as both are there.

    (n − d)/(d χ) is the S-transform of C itself: next to d = n its two factors change fast, and their product does not.
    """
    closed, factors = parts
    terms = []
    for factor, power in factors:
        vacancy = 1 - DOF.symbol / factor.size
        there = sympy.S.Zero if factor.size is sympy.oo else closed.as_powers_dict().get(vacancy, sympy.S.Zero)
        both = max(0, min(power, int(there))) if there.is_Integer else 0
        closed /= vacancy**both
        terms += [(factor, count, own) for count, own in ((both, True), (power - both, False)) if count]
    return closed, tuple(terms)


def _value(reading: Reading, size: Expr) -> Any:
    """Return a size as a number."""
    if size is sympy.oo:
        return np.inf if isinstance(reading, Doubles) else mp.inf
    return reading.read(size)

