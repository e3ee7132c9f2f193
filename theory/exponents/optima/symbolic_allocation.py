"""Optimal allocation for symbolic capacity and source: optima at samples, solved for symbolically, with their conditions.

At a sample the optimum is a vertex: the regime's constraints that are tight there, with the budget, are linear equations over
ℚ(α, ρ), whose solution holds as long as the vertex stays optimal. What tells it from its rivals, the sign of a difference of
two risks or of a slack, is its condition.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy
from sympy.polys.domains import QQ

from theory.exponents.algebra.forms import Form
from theory.exponents.algebra.traces import FIELD, INTERVALS, Interval, image, is_nonnegative, read, resolved, specialise
from theory.exponents.optima.allocation import BEYOND, Face, Optima, Optimum, Point, Programme, face_intervals, optimum
from theory.exponents.optima.meetings import meetings
from theory.exponents.regimes import Piece
from theory.notation import CAPACITY, SOURCE

Sample = tuple[Fraction, Fraction]
SOURCES = tuple(Fraction(share, 89) for share in (18, 51, 80))  # where 2r lies between two breakpoints, on no border


@dataclass(frozen=True)
class _Vertex:
    """Where a risk was read off: a piece, and a point that is a vertex of it at some sample, over ℚ(α, ρ)."""

    piece: Piece
    point: tuple[Any, ...]


@dataclass(frozen=True)
class _Solution:
    """An optimum solved for: the risk, and the range of every free variable (None: unbounded), over ℚ(α, ρ)."""

    risk: Any
    ranges: tuple[tuple[Any, Any], ...]
    vertex: _Vertex
    samples: frozenset[Sample]  # where it is the optimum
    first: Sample  # where it was found

    @property
    def key(self) -> tuple[Any, ...]:
        return self.risk, self.ranges


def symbolic_optima(programme: Programme, shown: dict[str, Any]) -> Optima:
    """Return the optima with their conditions, as SymPy in α and r."""
    found: list[tuple[_Solution, list[Interval], list[Any]]] = []
    walls = _Walls(programme)
    for interval in INTERVALS[programme.system.capacities]:
        for solution, conditions in _on_interval(walls, interval):
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


class _Walls:
    """A programme's forms over the field as walls in its free variables, each read and specialised once."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.read = functools.cache(programme.affine_over)
        self.meetings = functools.cache(meetings)
        self.at = functools.cache(specialise)
        self.budget = tuple(FIELD(QQ(c.numerator, c.denominator)) for c in programme.cost), -FIELD.one

    def numbers(self, form: Form, sample: Sample) -> tuple[Point, Fraction]:
        """Return a form at a sample."""
        return self.programme.affine(Form(self.programme.numbers_at(*sample).at(form)))

    def value(self, form: Form, point: Sequence[Any]) -> Any:
        """Return a form at a point over the field."""
        return _value(self.read(form), point)

    def points(self, piece: Piece, point: Point, sample: Sample) -> list[_Vertex]:
        """Return the points over the field that a vertex of a piece at a sample can be continued to."""
        if any(abs(x) > BEYOND / 1000 for x in point):
            return []
        tight = []
        for form in piece.constraints:
            slack = _value(self.numbers(form, sample), point)
            if slack < 0:
                return []
            if not slack:
                tight.append(self.read(form))
        found = self.meetings(self.budget, tuple(dict.fromkeys(tight)))
        return [_Vertex(piece, solved) for solved in found if self._is_at(solved, point, sample)]

    def _is_at(self, solved: Sequence[Any], point: Point, sample: Sample) -> bool:
        try:
            return all(self.at(value, *sample) == x for value, x in zip(solved, point, strict=True))
        except ZeroDivisionError:  # the walls are parallel at this sample
            return False

    def slacks(self, vertex: _Vertex, sample: Sample) -> list[Form]:
        """Return the constraints of a vertex's piece, the tight ones at a sample first."""
        at = [self.at(value, *sample) for value in vertex.point]
        return sorted(vertex.piece.constraints, key=lambda form: _value(self.numbers(form, sample), at) != 0)


def _on_interval(walls: _Walls, interval: Interval) -> list[tuple[_Solution, list[Any]]]:
    """Return the optima for sources in an interval, each with what must be ≥ 0 for it."""
    high = interval.low + 1 if interval.high is None else interval.high
    sources = SOURCES[:1] if interval.high is None else SOURCES
    samples = [
        (alpha, (interval.low + (high - interval.low) * share) / 2) for alpha in interval.sampled for share in sources
    ]  # fmt: skip
    faces = {sample: optimum(walls.programme, *sample) for sample in samples}
    candidates: dict[Any, _Solution] = {}
    for sample in samples:
        for solution in _solutions(walls, sample, faces):
            candidates.setdefault(solution.key, solution)
    chosen: list[_Solution] = []
    left = frozenset(samples)
    while left:
        best = max(candidates.values(), key=lambda each: len(each.samples & left), default=None)
        if best is None or not best.samples & left:
            raise ArithmeticError(f"no symbolic optimum at (α, r) = {sorted(left)[0]}")
        chosen.append(best)
        left -= best.samples
    if len(chosen) == 1:
        return [(chosen[0], [])]
    return [(one, _conditions(walls, one, chosen, interval)) for one in chosen]


def _conditions(walls: _Walls, one: _Solution, chosen: list[_Solution], interval: Interval) -> list[Any]:
    """Return forms that are ≥ 0 where one solution holds and < 0 where its rivals do."""
    found = []
    for other in chosen:
        if other is not one:
            found.append(_telling(walls, one, other, interval))
    return list(dict.fromkeys(found))


def _telling(walls: _Walls, one: _Solution, other: _Solution, interval: Interval) -> Any:
    """Return what is ≥ 0 where one solution holds and < 0 where only another does."""
    mine, theirs = one.samples, other.samples - one.samples
    for test in _tests(walls, one, other):
        if all(walls.at(test, *s) >= 0 for s in mine) and all(walls.at(test, *s) <= 0 for s in theirs):
            reduced = _reduced(test, interval)
            if all(specialise(reduced, *s) >= 0 for s in mine) and all(specialise(reduced, *s) < 0 for s in theirs):
                return reduced
    raise ArithmeticError("no condition tells two optima apart")


def _tests(walls: _Walls, one: _Solution, other: _Solution) -> Iterator[Any]:
    """Yield what may tell two solutions apart: their risks, then the slacks of one and of the other."""
    yield other.risk - one.risk
    for solution, sign in ((one, 1), (other, -1)):
        for form in walls.slacks(solution.vertex, solution.first):
            yield sign * walls.value(form, solution.vertex.point)


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


def _solutions(walls: _Walls, sample: Sample, faces: Mapping[Sample, tuple[Fraction, Face]]) -> list[_Solution]:
    """Return the ways to continue the optimum at a sample symbolically, each with the samples where it is the optimum."""
    programme, (best, face) = walls.programme, faces[sample]
    ranges = _ends(face, len(programme.free))
    ends: list[list[list[Any]]] = [[[], []] for _ in ranges]
    risks: dict[Any, _Vertex] = {}
    for piece in programme.pieces:
        for point in dict.fromkeys(point for vertices, _ in face for point in vertices):
            for vertex in walls.points(piece, point, sample):
                risk = walls.value(piece.form, vertex.point)
                if walls.at(risk, *sample) == best:
                    risks.setdefault(risk, vertex)
                    for i, pair in enumerate(ranges):
                        for side, end in enumerate(pair):
                            if end == point[i]:
                                ends[i][side].append(vertex.point[i])

    known = {s: _ends(there, len(ranges)) for s, (_, there) in faces.items()}

    def holds(pair: tuple[Any, Any], variable: int) -> frozenset[Sample]:
        """Return the samples where two elements are the ends of a variable's range."""
        return frozenset(
            s for s, there in known.items()
            if tuple(None if end is None else walls.at(end, *s) for end in pair) == there[variable]
        )  # fmt: skip

    rows: list[dict[tuple[Any, ...], frozenset[Sample]]] = [
        {(risk,): frozenset(s for s, (least, _) in faces.items() if walls.at(risk, *s) == least) for risk in risks}
    ]
    for i, (low, high) in enumerate(ranges):
        lows, highs = (list(dict.fromkeys(each)) or [None] for each in ends[i])
        pairs = [(a, a) for a in lows] if low == high is not None else itertools.product(lows, highs)
        rows.append({pair: holds(pair, i) for pair in pairs})
    found = []
    for risk, *combination in itertools.product(*(_widest(row) for row in rows)):
        where = frozenset.intersection(*(row[each] for row, each in zip(rows, (risk, *combination), strict=True)))
        found.append(_Solution(risk[0], tuple(combination), risks[risk[0]], where, sample))
    return found


def _widest(row: dict[tuple[Any, ...], frozenset[Sample]]) -> list[tuple[Any, ...]]:
    """Return the keys that hold at samples where no other, or only later ones, hold too."""
    kept: list[tuple[Any, ...]] = []
    for key, where in row.items():
        if not any(where <= row[other] for other in kept):
            kept = [other for other in kept if not row[other] < where] + [key]
    return kept


def _ends(face: Face, n_free: int) -> list[tuple[Fraction | None, Fraction | None]]:
    """Return the least and the largest value of every free variable over the optimal faces; None where there is none."""
    found = []
    for value in face_intervals(face, n_free):
        ends = (value.start, value.end) if isinstance(value, sympy.Interval) else (value, value)
        low, high = (None if end in (sympy.oo, -sympy.oo) else _rational(end) for end in ends)
        found.append((low, high))
    return found


def _rational(value: Any) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(int(sympy.Rational(value).p), int(sympy.Rational(value).q))


def _value(affine: tuple[Sequence[Any], Any], point: Sequence[Any]) -> Any:
    total = affine[1]
    for c, x in zip(affine[0], point, strict=True):
        total = total + c * x
    return total
