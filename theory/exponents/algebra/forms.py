"""Linear forms in the logarithms of sizes, ridge and noise, and the cones on which they are compared.

A monomial P^x N^y λ^z … is the form x ln P + y ln N + z ln λ + …; a regime is a cone {c_i ≥ 0} of such forms. That a form
is ≥ 0 on a cone is proved by Farkas' lemma: it is a combination of the c_i with non-negative weights, found in floating
point at a sample and verified exactly, for all capacities and all sources of an interval.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog, nnls
from sympy.polys.matrices import DomainMatrix

from theory.exponents.algebra.programmes import least
from theory.exponents.algebra.traces import INTERVALS, SAMPLES, SUMMABLE, at_sample, image, is_nonnegative, packed, unpacked


@dataclass(frozen=True)
class Form:
    """Σ coefficient_i · ln(variable_i), with coefficients in any field."""

    coefficients: tuple[Any, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle coefficients as plain numbers: fields do not travel."""
        return _unpacked, (tuple(packed(coefficient) for coefficient in self.coefficients),)

    def __add__(self, other: Form) -> Form:
        return Form(tuple(a + b for a, b in zip(self.coefficients, other.coefficients, strict=True)))

    def __sub__(self, other: Form) -> Form:
        return Form(tuple(a - b for a, b in zip(self.coefficients, other.coefficients, strict=True)))

    def __neg__(self) -> Form:
        return Form(tuple(-a for a in self.coefficients))

    def __mul__(self, scalar: Any) -> Form:
        return Form(tuple(a * scalar for a in self.coefficients))

    __rmul__ = __mul__

    def __bool__(self) -> bool:
        return any(self.coefficients)

    def at(self, point: Sequence[Any]) -> Any:
        """Return the value at a point, one entry a variable."""
        return sum(a * x for a, x in zip(self.coefficients, point, strict=True) if a)

    def map(self, function: Callable[[Any], Any]) -> Form:
        """Return the form with a function applied to every coefficient."""
        return Form(tuple(function(a) for a in self.coefficients))


def _unpacked(coefficients: tuple[Any, ...]) -> Form:
    return Form(tuple(map(unpacked, coefficients)))


class Cone:
    """{x : c_i(x) ≥ 0}, with forms over ℚ(α, ρ) that may be compared on it.

    Parameters
    ----------
    constraints : sequence of Form
        The c_i; zero forms are left out.
    capacities : str
        Of which α, a key of `INTERVALS`: what is proved holds for all of them.
    """

    def __init__(self, constraints: Sequence[Form], capacities: str = SUMMABLE) -> None:
        self.capacities = capacities
        self.constraints = tuple(dict.fromkeys(form for form in constraints if form))
        self._implies = functools.cache(self._proved)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the constraints: what was proved is proved again."""
        return type(self), (self.constraints, self.capacities)

    @functools.cached_property
    def _on_intervals(self) -> list[tuple[Form, ...]]:
        return [
            tuple(form.map(functools.partial(image, interval=interval)) for form in self.constraints)
            for interval in INTERVALS[self.capacities]
        ]

    @functools.cached_property
    def _samples(self) -> list[list[tuple[NDArray[np.float64], NDArray[np.float64] | None]]]:
        """By interval and sample: the constraints as a matrix, and a point inside (None where there is none)."""
        found = []
        for forms in self._on_intervals:
            row = []
            for sample in SAMPLES:
                matrix = np.array([[float(at_sample(c, sample)) for c in form.coefficients] for form in forms])
                row.append((matrix, inside(matrix)))
            found.append(row)
        return found

    @property
    def is_full(self) -> bool:
        """Whether the cone has an interior, at some sample of capacity and source."""
        return any(point is not None for row in self._samples for _, point in row)

    def implies(self, form: Form) -> bool:
        """Return whether the form is proved ≥ 0 on the cone for every capacity and source."""
        return not form or self._implies(form)

    def _proved(self, form: Form) -> bool:
        for forms, samples, interval in zip(self._on_intervals, self._samples, INTERVALS[self.capacities], strict=True):
            goal = form.map(functools.partial(image, interval=interval))
            if not _proved_on(forms, samples, goal):
                return False
        return True

    def maximal(self, forms: Sequence[Form]) -> tuple[Form, ...]:
        """Return the forms that no other one is proved to dominate on the cone."""
        kept: list[Form] = []
        for form in dict.fromkeys(forms):
            if any(self.implies(other - form) for other in kept):
                continue
            kept = [other for other in kept if not self.implies(form - other)]
            kept.append(form)
        return tuple(kept)


def _proved_on(forms: tuple[Form, ...], samples: list[Any], goal: Form) -> bool:
    """Return whether `goal` is a non-negative combination of `forms` for all x, y > 0."""
    possible = []
    for sample, (matrix, point) in zip(SAMPLES, samples, strict=True):
        if point is None:
            continue
        wanted = np.array([float(at_sample(c, sample)) for c in goal.coefficients])
        if wanted @ point < -1e-9:
            return False
        weights, rest = nnls(matrix.T, wanted)
        if rest > 1e-9 * (1 + np.abs(wanted).max()):
            return False
        possible.append(tuple(int(i) for i in np.flatnonzero(weights > 1e-12)))
    return any(_certified(forms, goal, support) for support in dict.fromkeys(possible))


def _certified(forms: tuple[Form, ...], goal: Form, support: tuple[int, ...]) -> bool:
    """Verify exactly that `goal` is a combination of the supporting forms with weights proved ≥ 0."""
    if not support:
        return not goal
    domain = goal.coefficients[0].field.to_domain()
    rows = [[*(forms[i].coefficients[k] for i in support), goal.coefficients[k]] for k in range(len(goal.coefficients))]
    reduced, pivots = DomainMatrix(rows, (len(rows), len(support) + 1), domain).rref()
    if len(support) in pivots or len(pivots) < len(support):
        return False
    return all(is_nonnegative(reduced[i, len(support)].element) for i in range(len(support)))


def inside(matrix: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return a point well inside the cone {x : matrix @ x ≥ 0, |x| ≤ 1}, or None if it has no interior."""
    if not len(matrix):
        return np.zeros(matrix.shape[1])
    rows = matrix / np.abs(matrix).max(axis=1, keepdims=True)
    n = rows.shape[1]
    found = linprog(
        np.append(np.zeros(n), -1.0), A_ub=np.hstack([-rows, np.ones((len(rows), 1))]), b_ub=np.zeros(len(rows)),
        bounds=[(-1.0, 1.0)] * n + [(None, 1.0)],
    )  # fmt: skip
    return found.x[:n] if found.x is not None and found.status == 0 and found.x[n] > 1e-7 else None


def rational_inside(constraints: Sequence[Form]) -> tuple[Fraction, ...] | None:
    """Return a rational point strictly inside a cone of rational forms, with small denominators if it is wide, or None."""
    matrix = np.array([[float(c) for c in form.coefficients] for form in constraints])
    point = inside(matrix)
    if point is not None:
        for denominator in (2, 4, 10, 60, 1000, 10**6, 10**9):
            near = tuple(Fraction(float(x)).limit_denominator(denominator) for x in point)
            if all(form.at(near) > 0 for form in constraints):
                return near
    return _exactly_inside([form.coefficients for form in constraints])


def _exactly_inside(rows: Sequence[Sequence[Fraction]]) -> tuple[Fraction, ...] | None:
    """Return the same for any cone, however thin: x of the largest t ≤ 1 with row·x ≥ |row| t, |x| ≤ 1."""
    n = len(rows[0])
    units = [[Fraction(int(i == k)) for i in range(n + 1)] for k in range(n + 1)]
    box = [[sign * x for x in units[k]] for sign in (1, -1) for k in range(n)]
    walls = [[*row, -max(abs(x) for x in row)] for row in rows]
    bounds = [*([Fraction(0)] * len(rows)), *([Fraction(1)] * (len(box) + 1))]
    found = least([-x for x in units[n]], [*walls, *box, [-x for x in units[n]]], bounds)
    return found.point[:n] if found.value < 0 else None
