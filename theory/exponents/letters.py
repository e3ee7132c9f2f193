"""Exponents and sizes as a person writes them, in our letters or in a paper's: text and LaTeX."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy
from sympy import Expr, Symbol

from theory.conventions import Convention
from theory.errors import BadArgument
from theory.exponents.algebra.forms import Form
from theory.exponents.system import System
from theory.exponents.words import coefficient, spell, text
from theory.notation import KAPPA, RIDGE, identifier, typeset


@dataclass(frozen=True)
class Writing:
    """How exponents and sizes of one model are written.

    Attributes
    ----------
    system : System
        The model's.
    convention : Convention or None
        None: our letters.

    Raises
    ------
    ValueError
        If the paper has no letter for one of the model's sizes.
    """

    system: System
    convention: Convention | None

    @cached_property
    def names(self) -> dict[str, str]:
        """By keyword, what each argument is called."""
        return {keyword: spell(base) for keyword, base in zip(self.system.keywords, self._bases, strict=True)}

    @cached_property
    def _bases(self) -> tuple[Expr, ...]:
        """The arguments as expressions in the paper's letters."""
        if self.convention is None:
            return self.system.variables
        made = []
        for keyword, symbol in zip(self.system.keywords, self.system.variables, strict=True):
            kind = next((name for name in self.convention.sizes if keyword == name or keyword.startswith(f"{name}_")), None)
            if keyword.startswith("n_") and kind is None:
                raise BadArgument(
                    "convention", self.convention.key, f"a paper with a letter for {keyword}", "choose another one"
                )
            made.append(symbol if kind is None else self.convention.rewrite(symbol))
        return tuple(made)

    def variables(self, in_kappa: bool = False) -> tuple[Symbol, ...]:
        """Return one symbol for each argument, named as the paper does; κ in the place of the ridge if it is asked for."""
        whole = [base if base.is_Symbol else identifier(f"({base})", positive=True) for base in self._bases]
        return tuple(KAPPA.symbol if in_kappa and base == RIDGE.symbol else base for base in whole)

    def power(self, exponent: Expr) -> Expr:
        """Return an exponent in α and r in the paper's letters."""
        return exponent if self.convention is None else in_paper(exponent, self.convention)

    def text(self, form: Form, in_kappa: bool = False) -> str:
        """Return a monomial as text."""
        variables = self.variables(in_kappa)
        if self.convention is None:
            return text(form, variables)
        above: list[str] = []
        below: list[str] = []
        for name, exponent in self._factors(form, variables):
            side = below if exponent.is_Rational and exponent < 0 else above
            size = -exponent if side is below else exponent
            power = spell(size) if size.is_Integer else f"({spell(size)})"
            side.append(spell(name) if size == 1 else f"{spell(name)}^{power}")
        top = "·".join(above) or "1"
        return f"{top}/{'·'.join(below) if len(below) == 1 else '(' + '·'.join(below) + ')'}" if below else top

    def latex(self, form: Form, in_kappa: bool = False) -> str:
        """Return a monomial as LaTeX."""
        bases = [KAPPA.symbol if in_kappa and base == RIDGE.symbol else base for base in self._bases]
        return self.typeset(sympy.Mul(*(base**exponent for base, exponent in self._factors(form, bases))))

    def typeset(self, expression: Any) -> str:
        """Return LaTeX, with the letters' own typesetting."""
        plain = self.convention is None
        ours = [argument.letter for argument in self.system.arguments if plain or not argument.is_size]
        return typeset(expression, {letter.symbol: letter for letter in (KAPPA, *ours)})

    def _factors(self, form: Form, bases: Iterable[Expr]) -> list[tuple[Expr, Expr]]:
        return [(base, self.power(coefficient(c))) for c, base in zip(form.coefficients, bases, strict=True) if c]


def in_paper(exponent: Expr, convention: Convention) -> Expr:
    """Return an exponent in α and r in a paper's letters, simplified: factored, or term by term where that is shorter."""
    made = convention.rewrite(exponent)
    if made.is_rational_function():
        return sympy.factor(made)
    by_term = sympy.Add(*(convention.rewrite(term) for term in sympy.Add.make_args(sympy.expand(exponent))))
    return min(made, by_term, key=lambda each: len(str(each)))


def relation_in_paper(relation: Any, convention: Convention) -> Any:
    """Return an inequality f ≥ 0 or f ≤ 0 in a paper's letters, with a positive denominator left out."""
    above, below = sympy.fraction(sympy.factor(in_paper(relation.lhs - relation.rhs, convention)))
    difference = above if below.is_positive else above / below
    kind = relation.func
    if difference.could_extract_minus_sign():
        return {sympy.Ge: sympy.Le, sympy.Le: sympy.Ge}[kind](-difference, 0)
    return kind(difference, 0)
