"""Exponents along a ray: sizes, ridge and noise are powers of one Λ → ∞, and so is every term of the risk.

All arithmetic is exact, on integers: exponents times a common denominator, and beside them (in the low digits) powers of
ln Λ. What is infinite or zero is a power beyond all others; what the answer then depends on is infinite or zero too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from theory.exponents.algebra.forms import Form
from theory.exponents.algebra.maxplus import MaxPlus
from theory.exponents.algebra.traces import specialise
from theory.exponents.balance import Cell
from theory.exponents.system import System
from theory.exponents.words import compared
from theory.terms import Key, Terms

_LOGARITHM_DIGITS = 32  # exponents are integers times a power of 2, this far above the unit of the logarithms in the rest
KAPPA_KEYS = ("κ", "kappa")  # how κ is written among the terms
_BEYOND = 10**9  # what stands for ∞, in units of the largest finite exponent


@dataclass(frozen=True)
class Ray:
    """The exponents on one ray.

    Attributes
    ----------
    kappa : number
        Of κ.
    terms : Terms
        Of every term; -inf: it vanishes. `ray["test"]` is short for `ray.terms["test"]`, `ray["κ"]` for `ray.kappa`.
    dominant : str or tuple of str
        The largest among bias and variances (the first of them where several are equal).
    logarithms : Terms
        Power of ln Λ beside Λ^exponent, for the terms where it is not 0.
    """

    kappa: Any
    terms: Terms[Any]
    dominant: Key
    logarithms: Terms[Any]
    _walls: tuple[Form, ...] = field(default=(), repr=False)
    _variables: tuple[Symbol, ...] = field(default=(), repr=False)

    def __getitem__(self, key: Key) -> Any:
        return self.kappa if isinstance(key, str) and key in KAPPA_KEYS else self.terms[key]

    def as_given(self, values: Mapping[str, Any]) -> Ray:
        """Return the ray in floats if any of the values that made it is a (finite) float, else exact."""
        if not any(isinstance(value, (float, np.floating)) and math.isfinite(value) for value in values.values()):
            return self
        terms = Terms({key: float(value) for key, value in self.terms.items()})
        return replace(self, kappa=float(self.kappa), terms=terms)

    @property
    def walls(self) -> tuple[str, ...]:
        """Relations between powers that hold as equalities: the ray lies on the border of two regimes.

        Terms are the same on both sides of a border, up to constants, except the training risk between P < N and N < P (here:
        the limit from P < N); at P = N exactly, the ridgeless risk diverges as λ^(-1/2) instead.
        """
        return tuple(compared(form, self._variables, "~") for form in self._walls)


@dataclass(frozen=True)
class _Cell:
    """A cell at numbers: integer forms. Symbols' exponents and κ are forms over `denominator`; `ridges` tell signs only."""

    constraints: NDArray[Any]
    symbols: NDArray[Any]
    kappa: NDArray[Any]
    logarithms: tuple[Fraction, ...]
    ridges: NDArray[Any]
    denominator: int
    walls: tuple[Form, ...]


def _integers(rows: Sequence[Sequence[Fraction]]) -> tuple[NDArray[Any], int]:
    """Return integer rows and their common denominator."""
    common = math.lcm(*(value.denominator for row in rows for value in row)) if rows else 1
    return np.array([[int(value * common) for value in row] for row in rows], dtype=object), common


class Numbers:
    """The exponents of a chain at one capacity and source.

    Parameters
    ----------
    system : System
        Variables, terms and cells of the fixed point.
    capacity, source : Fraction
        α > 1, r > 0.
    """

    def __init__(self, system: System, capacity: Fraction, source: Fraction) -> None:
        self.system, self.capacity, self.source = system, capacity, source
        self._regimes = system.cells  # what has none is refused before its arguments are
        self._at: dict[Form, tuple[Fraction, ...]] = {}

    @cached_property
    def cells(self) -> list[_Cell]:
        """Every regime of the fixed point."""
        return [self._cell(cell) for cell in self._regimes]

    def at(self, form: Form) -> tuple[Fraction, ...]:
        """Return the coefficients of a form at these numbers."""
        found = self._at.get(form)
        if found is None:
            found = self._at[form] = tuple(specialise(c, self.capacity, self.source) for c in form.coefficients)
        return found

    def _cell(self, cell: Cell) -> _Cell:
        system = self.system
        width = len(system.variables)
        forms = system.exponents(cell)
        zero = (Fraction(0),) * width
        rows = [zero if form is None else self.at(form) for form in forms.values()]
        table, denominator = _integers([*rows, self.at(cell.kappa)])
        powers = [system.logarithm(symbol, cell, self.capacity, self.source) for symbol in forms]
        vanishing = [form is None for form in forms.values()]
        table = np.hstack([table, np.array([[-denominator * v] for v in [*vanishing, False]], dtype=object)])
        constraints, _ = _integers([self.at(form) for form in cell.cone.constraints])
        constraints = np.hstack([constraints, np.zeros((len(constraints), 1), dtype=object)])
        ridges, _ = _integers([self.at(system.ridge_of(symbol, cell)) for symbol in forms])
        ridges = np.hstack([ridges, np.zeros((len(ridges), 1), dtype=object)])
        return _Cell(constraints, table[:-1], table[-1], tuple(powers), ridges, denominator, cell.cone.constraints)

    def along(self, point: Sequence[Fraction | float]) -> Ray:
        """Return the exponents on the ray of a point: one entry a variable, ±inf allowed."""
        finite = [Fraction(x) for x in point if not math.isinf(x)]
        scale = max([abs(x) for x in finite] + [Fraction(1)]) * _BEYOND
        far = [Fraction(0) if not math.isinf(x) else argument.beyond(1 if x > 0 else -1, scale)
               for argument, x in zip(self.system.arguments, point, strict=True)]  # fmt: skip
        near = [Fraction(0) if math.isinf(x) else Fraction(x) for x in point]
        common = math.lcm(*(x.denominator for x in (*near, *far)), scale.denominator)
        found = []
        for factor in (1, 2):
            whole = [int((x + factor * y) * common) for x, y in zip(near, far, strict=True)]
            found.append(self._values(np.array([*whole, int(factor * scale**2 * common) * _BEYOND], dtype=object), common))
        (kappa, values, walls), (later_kappa, later, _) = found
        kappa, terms, logs = _limit(kappa, later_kappa)[0], {}, {}
        for key, one, two in zip(self.system.keys, values, later, strict=True):
            terms[key], power = _limit(one, two)
            if power and terms[key] != -math.inf:
                logs[key] = power
        ranked = [(terms[key], logs.get(key, 0)) for key in self.system.components]
        dominant = self.system.components[ranked.index(max(ranked))] if ranked else "test"
        return Ray(kappa, Terms(terms), dominant, Terms(logs), walls, self.system.variables)

    def _values(self, point: NDArray[Any], common: int) -> tuple[Any, list[Any], tuple[Form, ...]]:
        """Return (exponent, power of ln Λ) of κ and of every term, and the walls, at an integer point."""
        for cell in self.cells:
            slack = cell.constraints @ point
            if (slack >= 0).all():
                break
        else:
            raise ArithmeticError(f"no regime of {self.system.keywords} holds at {point}")
        exponents, ridges, unit = cell.symbols @ point, cell.ridges @ point, cell.denominator * common
        small = unit * math.lcm(*(power.denominator for power in cell.logarithms))  # of logarithms' powers
        digits = _LOGARITHM_DIGITS + int(small).bit_length()
        arguments = [
            MaxPlus((int(value) << digits) + (int(small * power) if ridge < 0 else 0))
            for value, power, ridge in zip(exponents, cell.logarithms, ridges, strict=True)
        ]
        values = [_decode(result.value, unit, small, digits) for result in self.system.function(*arguments)]
        walls = tuple(form for form, value in zip(cell.walls, slack, strict=True) if value == 0)
        return (Fraction(int(cell.kappa @ point), unit), 0), values, walls

    def on_grid(self, point: Sequence[NDArray[np.float64]]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Return the exponents of all terms on a grid of finite exponents, and which cell each point is in.

        Parameters
        ----------
        point : sequence of ndarrays of one shape
            One for each variable.

        Returns
        -------
        tuple of ndarrays of shapes (n_terms, …) and (…,)
        """
        grid = np.stack([*point, np.full_like(point[0], 1e9)])
        values = np.full((len(self.system.keys), *point[0].shape), np.nan)
        which = np.full(point[0].shape, -1, dtype=np.intp)
        for place, cell in enumerate(self.cells):
            slack = np.tensordot(cell.constraints.astype(np.float64), grid, 1)
            here = (which < 0) & (slack >= -1e-12 * np.abs(grid[:-1]).max()).all(axis=0)
            if not here.any():
                continue
            which[here] = place
            exponents = cell.symbols.astype(np.float64) @ grid[:, here] / cell.denominator
            results = self.system.function(*(MaxPlus(row) for row in exponents))
            values[:, here] = np.array([result.value for result in results])
        return values, which


def _decode(value: int, unit: int, small: int, digits: int) -> tuple[Fraction, Fraction | int]:
    """Split an integer into (exponent, power of ln Λ)."""
    half = 1 << (digits - 1)
    exponent = (value + half) >> digits
    power = Fraction(value - (exponent << digits), small)
    return Fraction(exponent, unit), power if power.denominator > 1 else int(power)


def _limit(one: tuple[Fraction, Any], two: tuple[Fraction, Any]) -> tuple[Any, Any]:
    """Return the value where it does not depend on how far "beyond all" is, else ±inf."""
    if one[0] == two[0]:
        return one
    return (math.inf if two[0] > one[0] else -math.inf), 0
