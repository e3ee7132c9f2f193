"""What a law needs to know of a model: its arguments, its regimes, its terms, and the exponent of every symbol in them.

A model is declared to the exponents' side by a `System`: chains by `ChainSystem`, whose terms and regimes are read off the
layers; others by a class of their own.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from sympy import Expr, Symbol

from theory.arguments import ARGUMENTS, Argument
from theory.errors import BadArgument
from theory.exponents.algebra.forms import Form
from theory.exponents.algebra.traces import FIELD, SUMMABLE, Logarithm, logarithms
from theory.exponents.balance import Cell
from theory.notation import Letter
from theory.solve.lower import lower_terms
from theory.terms import Key, Terms

TOTALS = ("test", "train", "excess")  # terms that are sums of the others


@dataclass(frozen=True)
class Direction:
    """One argument of a model as a power of Λ.

    Attributes
    ----------
    argument : Argument
        Its declaration: keyword, symbol, meaning, domain.
    low, high : number
        Range of the power; ±inf are admissible where they are the ends.
    admissible : str
        The same in words.
    default : number or None
        None: it must be given.
    tunable : bool
        Whether an optimum is free to choose it when it costs nothing.
    removes : bool
        Whether its zero means that a layer is not there: a zero beyond all that is infinite.
    """

    argument: Argument
    low: float
    high: float
    admissible: str
    default: float | None = None
    tunable: bool = False
    removes: bool = False

    @property
    def keyword(self) -> str:
        """The argument's keyword."""
        return self.argument.keyword

    @property
    def letter(self) -> Letter:
        """The argument's letter."""
        return self.argument.letter

    @property
    def is_size(self) -> bool:
        """Whether it is a size ≥ 1."""
        return self.argument.is_size

    def beyond(self, sign: int, scale: Any) -> Any:
        """Return what stands for zero (sign -1) or infinity, where `scale` does for the infinity of a size."""
        return sign * scale * (scale if self.removes and sign < 0 else 1)


def size(argument: Argument) -> Direction:
    """Return the direction of a size."""
    return Direction(argument, 0.0, math.inf, "a power of Λ ≥ 0, or inf")


def strength(argument: Argument, tunable: bool = False, removes: bool = False) -> Direction:
    """Return the direction of a ridge or a variance, which may vanish; `tunable` and `removes` as in `Direction`."""
    top = math.nextafter(math.inf, 0)
    return Direction(argument, -math.inf, top, "a power of Λ, or -inf for zero", -math.inf, tunable, removes)


class System(ABC):
    """A model's side of a law.

    Attributes
    ----------
    capacity : Argument
        Which α it is derived for.
    capacities : str
        The same as a key of `INTERVALS`.
    arguments : tuple of Direction
        In order.
    formulas : Terms
        Every term of the risk, subtraction-free, in `symbols`.
    symbols : tuple of Symbol
        What the formulas are made of.
    definitions : dict of Symbol to Expr
        Of the symbols that are monomials of traces Ψ(p,q,m;κ): what they are.
    """

    capacity: Argument = ARGUMENTS["capacity"]
    capacities: str = SUMMABLE
    arguments: tuple[Direction, ...]
    formulas: Terms[Expr]
    symbols: tuple[Symbol, ...]
    definitions: Mapping[Symbol, Expr]

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle what is declared: what is derived from it is derived again."""
        derived = [name for name in vars(self) if isinstance(getattr(type(self), name, None), cached_property)]
        return {name: value for name, value in vars(self).items() if name not in derived}

    @cached_property
    @abstractmethod
    def cells(self) -> list[Cell]:
        """Every regime of κ."""

    @abstractmethod
    def exponents(self, cell: Cell) -> dict[Symbol, Form | None]:
        """Return the exponent of every symbol in the formulas; None for what is zero."""

    def ridge_of(self, symbol: Symbol, cell: Cell) -> Form:
        """Return the exponent of the ridge at which the traces of a symbol are taken: κ, unless said otherwise."""
        return cell.kappa

    def logarithms(self, symbol: Symbol, cell: Cell) -> tuple[Logarithm, ...]:
        """Return the powers of ln(1/κ) in a symbol in a regime, for symbolic capacity and source."""
        own = cell.logarithms.get(symbol, 0)
        saturates = cell.small and symbol in self.definitions
        return (*([Logarithm(FIELD(own))] if own else []), *(logarithms(self.definitions[symbol]) if saturates else ()))

    def logarithm(self, symbol: Symbol, cell: Cell, capacity: Fraction, source: Fraction) -> Fraction:
        """Return the power of ln(1/κ) in a symbol in a regime, at a capacity and source."""
        return sum((each.at(capacity, source) for each in self.logarithms(symbol, cell)), Fraction(0))

    def ordered(self, given: Mapping[str, Any], found: Mapping[str, Fraction | float]) -> list[Fraction | float]:
        """Return directions in order, refusing those that contradict each other; `found` are the numbers `given` means."""
        return [found[keyword] for keyword in self.keywords]

    def domain(self) -> tuple[tuple[Form, str, str, str], ...]:
        """Return what must be ≥ 0 for any regime to hold, beside the arguments' own ranges: (form, keyword, range, remedy)."""
        return ()

    def admit(self, at: Callable[[Form], tuple[Fraction, ...]], point: Sequence[Any]) -> None:
        """Refuse exponents that no regime holds for.

        Parameters
        ----------
        at : callable
            Form to its coefficients at one α and r.
        point : sequence of number or ndarray
            One for each variable.

        Raises
        ------
        ValueError
            For a point outside `domain`.
        """
        for form, keyword, admissible, remedy in self.domain():
            value = np.asarray(Form(at(form)).at(point))
            rounding = max((1e-12 * float(np.abs(x).max()) for x in point if isinstance(x, np.ndarray)), default=0.0)
            if not np.all(value >= -rounding):
                raise BadArgument(keyword, point[self.keywords.index(keyword)], admissible, remedy)

    @property
    def conditions(self) -> tuple[str, ...]:
        """What letters other than α and r are assumed to be."""
        return ()

    @property
    def keywords(self) -> tuple[str, ...]:
        """The arguments' names."""
        return tuple(argument.keyword for argument in self.arguments)

    @property
    def variables(self) -> tuple[Symbol, ...]:
        """Their letters, in the same order."""
        return tuple(argument.letter.symbol for argument in self.arguments)

    @property
    def letters(self) -> dict[Symbol, Letter]:
        """The same as letters, to be typeset."""
        return {argument.letter.symbol: argument.letter for argument in self.arguments}

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """The terms of the risk."""
        return tuple(self.formulas)

    @property
    def components(self) -> tuple[Key, ...]:
        """The terms that add up to the excess risk: bias, variances and so on."""
        return tuple(key for key in self.keys if key not in TOTALS)

    @cached_property
    def function(self) -> Any:
        """All terms as one function of `symbols`, in any algebra with +, × and powers."""
        return lower_terms(self.formulas, self.symbols, "numpy")

    def form(self, symbol: Symbol) -> Form:
        """Return the form of one variable."""
        return Form(tuple(FIELD.one if symbol == other else FIELD.zero for other in self.variables))

    @cached_property
    def nothing(self) -> Form:
        """The form of a constant."""
        return Form(tuple(FIELD.zero for _ in self.variables))
