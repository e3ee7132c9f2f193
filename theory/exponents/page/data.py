"""A law as plain numbers and words, the schema `scaletheory/law/1`: whatever reads it needs neither Python nor SymPy.

    convention        the paper in whose letters it is, if any
    domains           of α and r
    parameters        what is chosen: α and r, or a paper's letters; `exponents` is the programme from these to α and r
    atoms             α, min(1, 2r), min(2, 2r), 2r; `coefficients` are quotients of polynomials in them, with rational numbers
    arguments         sizes, ridge, noise …, powers of one large number Λ; `forms` list a coefficient for each
    cells             the regimes of the fixed point: the forms that are ≥ 0, the form of κ, of every symbol of the formulas
                      (null: it is zero) and of the ridge that it is taken at, and the powers of ln Λ beside it: (symbol, power,
                      what must vanish for it to be there), counted where that ridge is small
    programme         the formulas of all terms, subtraction-free, in these symbols (`theory.exponents.page.programme`)
    apart             pairs (i, j) of arguments: i must be zero where j is infinite

In the algebra of pairs (power of Λ, power of ln Λ), where + is the larger and × adds, the programme gives every exponent.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from theory.arguments import ARGUMENTS, Argument
from theory.conventions import Convention
from theory.errors import BadArgument
from theory.exact import exact
from theory.exponents.algebra.forms import Form, rational_inside
from theory.exponents.algebra.rays import Numbers
from theory.exponents.algebra.traces import BREAKS, RANGES
from theory.exponents.letters import Writing
from theory.exponents.page.programme import Programme
from theory.exponents.summary import name
from theory.exponents.system import TOTALS, Direction, System
from theory.exponents.words import spell
from theory.notation import CAPACITY, SOURCE

SCHEMA = "scaletheory/law/1"
SOURCES = Fraction(1, 20), Fraction(3, 2)  # of a slider
STARTS = {"ridge": Fraction(-3, 2), "noise": Fraction(0), "time": Fraction(3, 2), "n_steps": Fraction(2)}  # else default, or 1


class LawData:
    """A system's side of the schema; every coefficient and form is listed once.

    Parameters
    ----------
    system : System
        Of any law.
    convention : Convention or None
        The paper in whose letters exponents and sizes are written; None: ours.

    Raises
    ------
    ValueError
        If the paper has no letter for α and r, or for one of the sizes; if a power of columns or rows is a letter.
    """

    def __init__(self, system: System, convention: Convention | None) -> None:
        self.system, self.convention = system, convention
        self.writing = Writing(system, convention)
        self._declared = {"capacity": system.capacity, "source": ARGUMENTS["source"]}
        self._coefficients: dict[Any, int] = {}
        self._forms: dict[Form, int] = {}

    def data(self, capacity: Fraction, source: Fraction, start: Mapping[str, Any]) -> dict[str, Any]:
        """Return the object; `start` holds the powers at which a page begins.

        Parameters
        ----------
        capacity, source : Fraction
            α and r, likewise.
        start : mapping
            Powers by keyword.
        """
        letters, exponents = self._letters(capacity, source)
        begin = self._start(Numbers(self.system, capacity, source), start)
        cells = [self._cell(place) for place in range(len(self.system.cells))]
        return {
            "schema": SCHEMA,
            "conditions": list(self.system.conditions),
            "convention": self.convention and {"key": self.convention.key, "reference": self.convention.reference},
            "domains": {keyword: _domain(argument) for keyword, argument in self._declared.items()},
            "parameters": letters,
            "exponents": exponents,
            "atoms": [
                {"of": "capacity", "times": 1, "cap": None},
                *({"of": "source", "times": 2, "cap": j} for j in BREAKS),
                {"of": "source", "times": 2, "cap": None},
            ],
            "arguments": [self._argument(direction, begin[direction.keyword]) for direction in self.system.arguments],
            "terms": [
                {"key": [key] if isinstance(key, str) else list(key), "name": name(key), "part": key not in TOTALS}
                for key in self.system.keys
            ],
            "coefficients": [{"num": _polynomial(each.numer), "den": _polynomial(each.denom)} for each in self._coefficients],
            "forms": [[self._coefficients[c] for c in form.coefficients] for form in self._forms],
            "cells": cells,
            "programme": Programme(self.system.formulas.values(), self.system.symbols).data(),
            "apart": list(self._apart()),
        }

    def _letters(self, capacity: Fraction, source: Fraction) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Return the parameters and the programme from them to α and r."""
        if self.convention is None:
            letters = []
            for argument, value, span in zip(self._declared.values(), (capacity, source), self._spans(), strict=True):
                letters.append({
                    "key": argument.keyword, "symbol": spell(argument.letter.symbol), "meaning": argument.meaning,
                    "start": str(value), "low": float(span[0]), "high": float(span[1]),
                })  # fmt: skip
            return letters, Programme([CAPACITY.symbol, SOURCE.symbol], [CAPACITY.symbol, SOURCE.symbol]).data()
        paper = self.convention
        if paper.capacity is None or paper.source is None:
            raise BadArgument("convention", paper.key, "a paper with letters for capacity and source", "choose another one")
        start = paper.theirs(capacity, source)
        theirs = [paper.theirs(alpha, r if len(paper.letters) > 1 else None) for alpha, r in itertools.product(*self._spans())]
        letters = [{
            "key": letter, "symbol": spell(letter), "meaning": f"a letter of {paper.reference}", "start": str(start[letter]),
            "low": float(min(corner[letter] for corner in theirs)), "high": float(max(corner[letter] for corner in theirs)),
        } for letter in paper.letters]  # fmt: skip
        symbols = [next(s for s in (paper.capacity + paper.source).free_symbols if s.name == name) for name in paper.letters]
        return letters, Programme([paper.capacity, paper.source], symbols).data()

    def _spans(self) -> tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]:
        """Return the ends of the sliders of α and r."""
        domain, little = self.system.capacity.domain, Fraction(1, 20)
        most = Fraction(3) if domain.high >= 3 else Fraction(round(domain.high)) - little
        return (Fraction(domain.low) + little, most), SOURCES

    def _start(self, numbers: Numbers, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return powers to begin at: those given, and usual ones; where these make no sense together, some that do."""
        found: dict[str, Any] = {}
        for each in self.system.arguments:
            usual = Fraction(1) if each.default in (None, -math.inf) else exact(each.default)
            found[each.keyword] = given.get(each.keyword, STARTS.get(each.keyword, usual))
        try:
            numbers.along(list(found.values()))
        except ArithmeticError:
            cones = ([Form(numbers.at(form)) for form in cell.cone.constraints] for cell in self.system.cells)
            inside = next(filter(None, map(rational_inside, cones)), None)
            return found if given or inside is None else dict(zip(self.system.keywords, inside, strict=True))
        return found

    def _argument(self, direction: Direction, begin: Any) -> dict[str, Any]:
        zero, infinite = direction.low == -math.inf, direction.high == math.inf
        low = max(direction.low, -4.0 if direction.default == -math.inf else -2.0)
        return {
            "key": direction.keyword,
            "symbol": self.writing.names[direction.keyword],
            "meaning": direction.argument.meaning,
            "size": direction.is_size,
            "low": low, "high": min(direction.high, 2.0 if zero and not infinite else 4.0),
            "least": None if zero else direction.low, "most": None if direction.high > 1e9 else direction.high,
            "zero": zero, "infinite": infinite, "removes": direction.removes,
            "start": str(exact(begin)),
        }  # fmt: skip

    def _cell(self, place: int) -> dict[str, Any]:
        system, cell = self.system, self.system.cells[place]
        exponents = system.exponents(cell)
        logarithms, ridges = [], {}
        for number, symbol in enumerate(exponents):
            for each in system.logarithms(symbol, cell):
                tie = None if each.tie is None else self._coefficient(each.tie)
                logarithms.append([number, self._coefficient(each.power), tie])
                ridges[number] = self._form(system.ridge_of(symbol, cell))
        return {
            "kappa": self._form(cell.kappa),
            "where": [self._form(form) for form in cell.cone.constraints],
            "symbols": [None if form is None else self._form(form) for form in exponents.values()],
            "logarithms": logarithms,
            "ridges": ridges,
        }

    def _form(self, form: Form) -> int:
        for coefficient in form.coefficients:
            self._coefficient(coefficient)
        return self._forms.setdefault(form, len(self._forms))

    def _coefficient(self, element: Any) -> int:
        if any(any(monomial[-len(RANGES) :]) for part in (element.numer, element.denom) for monomial in part):
            raise BadArgument("columns", "a range of powers", "a number on a page", "give the power in place of a range")
        return self._coefficients.setdefault(element, len(self._coefficients))

    def _apart(self) -> Iterator[tuple[int, int]]:
        """Yield which arguments must be zero where others are infinite, found by asking the system."""
        usual = {each.keyword: Fraction(1) if each.is_size else each.default or Fraction(0) for each in self.system.arguments}
        for i, own in enumerate(self.system.arguments):
            for j, other in enumerate(self.system.arguments):
                if own.low == -math.inf and other.high == math.inf and i != j:
                    with_other = usual | {other.keyword: math.inf}
                    absent, present = ({**with_other, own.keyword: power} for power in (-math.inf, Fraction(0)))
                    if self._admits(absent) and not self._admits(present):
                        yield i, j

    def _admits(self, point: Mapping[str, Any]) -> bool:
        try:
            self.system.ordered(point, point)
        except ValueError:
            return False
        return True


def _domain(argument: Argument) -> dict[str, Any]:
    """Return where a number may be."""
    domain = argument.domain
    ends = {name: str(exact(end)) for name, end in (("low", domain.low), ("high", domain.high))}
    return {**ends, "open": domain.open, "words": domain.words}


def _polynomial(part: Any) -> list[list[Any]]:
    """Return terms as (rational number, powers of the atoms)."""
    return [[str(Fraction(int(c.numerator), int(c.denominator))), list(powers[: -len(RANGES)])] for powers, c in part.items()]
