"""Optimal allocation for symbolic capacity and source: optima at samples, solved for symbolically, with their conditions.

At a sample the optimum is a vertex: the regime's constraints that are tight there, with the budget, are linear equations over
ℚ(α, ρ), whose solution holds as long as the vertex stays optimal. What tells it from its rivals, the sign of a difference of
two risks or of a slack, is its condition.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy
from sympy.polys.domains import QQ
from sympy.polys.matrices import DomainMatrix

from theory.exponents.algebra.forms import Form
from theory.exponents.algebra.traces import FIELD, INTERVALS, Interval, image, is_nonnegative, read, resolved, specialise
from theory.exponents.optima.allocation import BEYOND, Face, Optima, Optimum, Point, Programme, face_intervals, optimum
from theory.exponents.regimes import Piece
from theory.notation import CAPACITY, SOURCE

Sample = tuple[Fraction, Fraction]
SOURCES = (Fraction(1, 5), Fraction(4, 7), Fraction(9, 10))  # where 2r lies between two breakpoints


@dataclass(frozen=True)
class _Solution:
    """An optimum solved for: the risk, and the range of every free variable (None: unbounded), over ℚ(α, ρ)."""

    risk: Any
    ranges: tuple[tuple[Any, Any], ...]
    slacks: tuple[Any, ...]

    @property
    def key(self) -> tuple[Any, ...]:
        return self.risk, self.ranges


def symbolic_optima(programme: Programme, shown: dict[str, Any]) -> Optima:
    """Return the optima with their conditions, as SymPy in α and r."""
    found: list[tuple[_Solution, list[Interval], list[Any]]] = []
    for interval in INTERVALS[programme.system.capacities]:
        for solution, conditions in _on_interval(programme, interval):
            for known, where, others in found:
                if known.key == solution.key and others == conditions and where[0].capacities == interval.capacities:
                    where.append(interval)
                    break
            else:
                found.append((solution, [interval], conditions))
    return Optima(_shown(programme, shown, *each) for each in found)


def _shown(
    programme: Programme, given: dict[str, Any], solution: _Solution, where: list[Interval], conditions: list[Any]
) -> Optimum:
    least, most, (flattest, steepest) = where[0].low, where[-1].high, where[0].capacities

    def written(element: Any) -> Any:
        shown = resolved(element, least, most)
        above, below = sympy.fraction(sympy.together(shown))
        return -above / -below if below.could_extract_minus_sign() else above / below

    values: list[Any] = []
    for low, high in solution.ranges:
        ends = -sympy.oo if low is None else written(low), sympy.oo if high is None else written(high)
        values.append(ends[0] if low is not None and low == high else sympy.Interval(*ends))
    bounds = [sympy.Ge(SOURCE.symbol, sympy.Rational(least, 2))] if least else []
    bounds += [sympy.Le(SOURCE.symbol, sympy.Rational(most, 2))] if most is not None else []
    bounds += [sympy.Ge(CAPACITY.symbol, sympy.Rational(flattest))] if 0 < flattest < 1 else []
    bounds += [sympy.Le(CAPACITY.symbol, sympy.Rational(steepest))] if steepest is not None and steepest < 1 else []
    bounds += [sympy.Ge(_plain(c, where), 0) for c in conditions]
    return Optimum(programme.named(values, given), written(solution.risk), sympy.And(*bounds))


def _plain(condition: Any, where: list[Interval]) -> Any:
    """Return a condition as SymPy, without what has one sign on its intervals once every min(j, 2r) is resolved there."""
    shown = resolved(condition, where[0].low, where[-1].high)
    if shown.has(sympy.Min):
        return shown
    rest = {_reduced(read(shown), interval) for interval in where}
    return resolved(rest.pop(), where[0].low, where[-1].high) if len(rest) == 1 else shown


def _on_interval(programme: Programme, interval: Interval) -> list[tuple[_Solution, list[Any]]]:
    """Return the optima for sources in an interval, each with what must be ≥ 0 for it."""
    high = interval.low + 1 if interval.high is None else interval.high
    sources = SOURCES[:1] if interval.high is None else SOURCES
    samples = [
        (alpha, (interval.low + (high - interval.low) * share) / 2) for alpha in interval.sampled for share in sources
    ]  # fmt: skip
    faces = {sample: optimum(programme, *sample) for sample in samples}
    candidates: dict[Any, _Solution] = {}
    for sample in samples:
        for solution in _solutions(programme, sample, *faces[sample]):
            candidates.setdefault(solution.key, solution)
    holds = {key: {s for s in samples if _valid(solution, s, *faces[s])} for key, solution in candidates.items()}
    chosen: list[_Solution] = []
    left = set(samples)
    while left:
        key = max(candidates, key=lambda key: len(holds[key] & left))
        if not holds[key] & left:
            raise ArithmeticError(f"no symbolic optimum at (α, r) = {sorted(left)[0]}")
        chosen.append(candidates[key])
        left -= holds[key]
    if len(chosen) == 1:
        return [(chosen[0], [])]
    owners = {solution: holds[solution.key] for solution in chosen}
    return [(one, _conditions(one, chosen, owners, interval)) for one in chosen]


def _conditions(
    one: _Solution, chosen: list[_Solution], owners: dict[_Solution, set[Sample]], interval: Interval
) -> list[Any]:
    """Return forms that are ≥ 0 where one solution holds and < 0 where its rivals do."""
    found = []
    for other in chosen:
        if other is one:
            continue
        mine, theirs = owners[one], owners[other] - owners[one]
        tests = [other.risk - one.risk, *one.slacks, *(-slack for slack in other.slacks)]
        for test in tests:
            reduced = _reduced(test, interval)
            if all(specialise(reduced, *s) >= 0 for s in mine) and all(specialise(reduced, *s) < 0 for s in theirs):
                found.append(reduced)
                break
        else:
            raise ArithmeticError("no condition tells two optima apart")
    return list(dict.fromkeys(found))


def _reduced(element: Any, interval: Interval) -> Any:
    """Return the factors of an element whose sign is not settled on an interval, with the sign of the others."""
    product = FIELD.one
    for poly in (element.numer, element.denom):
        constant, factors = poly.factor_list()
        product *= FIELD(1 if constant > 0 else -1)
        for factor, power in factors:
            if power % 2:
                settled = image(FIELD(factor), interval)
                sign = 1 if is_nonnegative(settled) else -1 if is_nonnegative(-settled) else None
                product *= FIELD(factor) if sign is None else FIELD(sign)
    return product


def _valid(solution: _Solution, sample: Sample, best: Fraction, face: Face) -> bool:
    """Return whether a symbolic solution is the optimum at a sample, ranges included."""
    if specialise(solution.risk, *sample) != best:
        return False
    for (low, high), value in zip(solution.ranges, face_intervals(face, len(solution.ranges)), strict=True):
        ends = (value.start, value.end) if isinstance(value, sympy.Interval) else (value, value)
        for symbolic, number in zip((low, high), ends, strict=True):
            if (symbolic is None) != (number in (sympy.oo, -sympy.oo)):
                return False
            if symbolic is not None and specialise(symbolic, *sample) != _rational(number):
                return False
    return True


def _solutions(programme: Programme, sample: Sample, best: Fraction, face: Face) -> list[_Solution]:
    """Return every way to continue the optimum at a sample symbolically."""
    intervals = face_intervals(face, len(programme.free))
    ends: list[list[list[Any]]] = [[[], []] for _ in intervals]
    risks: dict[Any, tuple[Any, ...]] = {}
    for piece in programme.pieces:
        for point in dict.fromkeys(point for vertices, _ in face for point in vertices):
            for solved, slacks in _vertex(piece, programme, point, sample):
                risk = _value(programme.affine_over(piece.form), solved)
                if specialise(risk, *sample) == best:
                    risks.setdefault(risk, slacks)
                    for i, value in enumerate(intervals):
                        pair = (value.start, value.end) if isinstance(value, sympy.Interval) else (value, value)
                        for side, end in enumerate(pair):
                            if end not in (sympy.oo, -sympy.oo) and _rational(end) == point[i]:
                                ends[i][side].append(solved[i])
    choices = [
        [list(dict.fromkeys(candidates)) or [None] for candidates in pair] for pair in ends
    ]  # fmt: skip
    ranges = [
        [(a, a) for a in low] if _is_point(value) else list(itertools.product(low, high))
        for (low, high), value in zip(choices, intervals, strict=True)
    ]
    return [
        _Solution(risk, combination, slacks)
        for risk, slacks in risks.items() for combination in itertools.islice(itertools.product(*ranges), 256)
    ]  # fmt: skip


def _is_point(value: Any) -> bool:
    return not isinstance(value, sympy.Interval)


def _rational(value: Any) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(int(sympy.Rational(value).p), int(sympy.Rational(value).q))


def _vertex(piece: Piece, programme: Programme, point: Point, sample: Sample) -> list[tuple[tuple[Any, ...], Any]]:
    """Return the symbolic solutions of the constraints tight at a vertex of a piece, with the other constraints' slacks."""
    if any(abs(x) > BEYOND / 1000 for x in point):
        return []
    numbers = programme.numbers_at(*sample)
    tight: list[tuple[tuple[Any, ...], Any]] = []
    loose: list[tuple[tuple[Any, ...], Any]] = []
    for form in piece.constraints:
        row, bound = programme.affine(Form(numbers.at(form)))
        slack = sum((a * x for a, x in zip(row, point, strict=True)), bound)
        if slack < 0:
            return []
        (loose if slack else tight).append(programme.affine_over(form))
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    n = len(programme.free)
    budget = [FIELD(QQ(c.numerator, c.denominator)) for c in programme.cost]
    for active in itertools.combinations(dict.fromkeys(tight), n - 1):
        rows = [[*budget, FIELD.one], *([*row, -bound] for row, bound in active)]
        reduced, pivots = DomainMatrix(rows, (n, n + 1), FIELD.to_domain()).rref()
        if pivots == tuple(range(n)):
            solved = tuple(FIELD.one * reduced[i, n].element for i in range(n))
            if all(specialise(value, *sample) == x for value, x in zip(solved, point, strict=True)):
                found.setdefault(solved, tuple(_value(form, solved) for form in (*tight, *loose)))
    return list(found.items())


def _value(affine: tuple[Sequence[Any], Any], point: Sequence[Any]) -> Any:
    total = affine[1]
    for c, x in zip(affine[0], point, strict=True):
        total = total + c * x
    return total
