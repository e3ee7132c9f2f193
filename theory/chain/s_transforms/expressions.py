"""Expressions in d as every algebra reads them: sums linear in d become vacancies 1 − d/n, formed without cancellation.

`prepare` rewrites once, symbolically; a `Reading` (numbers, mpf, two points, power series) then walks the expression.
"""

from __future__ import annotations

import abc
import functools
import re
from typing import Any

import sympy
from mpmath import mp
from sympy import Expr, Symbol

from theory.errors import BadArgument
from theory.notation import DOF, size_letter

_FUNCTIONS = "sums, products, constant powers, exp and log of d and of positive parameters"


def precisely(number: Expr) -> Any:
    """Return a SymPy number as an mpf of the ambient precision."""
    if number.is_Rational:
        return mp.mpf(int(number.p)) / int(number.q)
    return mp.mpf(sympy.Float(number, mp.dps + 5)._mpf_)


class Vacancy(sympy.Function):
    """1 − d/n: the part of a size n that is left over."""

    nargs = 1


def size_of(argument: str, value: Any) -> Expr:
    """Return a size as SymPy: the letter of a name, or a positive number.

    Raises
    ------
    BadArgument
        If it is neither.
    """
    if isinstance(value, str) and value.isidentifier() and value != DOF.latex:
        return size_letter(value, "size").symbol
    if isinstance(value, Symbol):
        return size_of(argument, value.name)
    if not isinstance(value, (str, bool)):
        try:
            number = sympy.sympify(value)
            number = sympy.Rational(number) if number.is_Float else number  # exactly
        except (sympy.SympifyError, TypeError, ValueError, AttributeError):
            number = sympy.nan
        if isinstance(number, Expr) and number.is_number and number.is_positive and number.is_finite:
            return number
    raise BadArgument(argument, value, "a name such as 'N', or a positive number", "it is the size of a matrix")


def in_letters(expression: Any) -> Expr:
    """Return a user's expression in our letters: d, and positive parameters by their names.

    Raises
    ------
    BadArgument
        If it is no SymPy expression (or text of one), or holds what not every algebra can read.
    """
    names = set(re.findall(r"[A-Za-z_]\w*", expression)) - {"exp", "log", "sqrt"} if isinstance(expression, str) else ()
    try:
        parsed = sympy.sympify(expression, locals={name: size_letter(name, "parameter").symbol for name in names})
    except (sympy.SympifyError, TypeError, SyntaxError, AttributeError):
        parsed = None
    remedy = "write it in the letter d and the names of sizes, such as '1/(1 - d/N)'"
    if not isinstance(parsed, Expr):
        raise BadArgument("expression", expression, "a SymPy expression in d, or its text", remedy)
    letters = {s: DOF.symbol if s.name == "d" else size_letter(s.name, "parameter").symbol for s in parsed.free_symbols}
    given = parsed.xreplace(letters)
    for part in sympy.preorder_traversal(given):
        constant_power = part.is_Pow and not part.exp.has(DOF.symbol)
        if not (part.is_Atom or part.is_Add or part.is_Mul or constant_power or isinstance(part, (sympy.exp, sympy.log))):
            raise BadArgument("expression", expression, f"made of {_FUNCTIONS}", remedy)
    if given.has(sympy.nan, sympy.zoo, sympy.oo, sympy.I):
        raise BadArgument("expression", expression, f"finite, real, and made of {_FUNCTIONS}", remedy)
    return given


@functools.lru_cache(maxsize=256)
def prepare(expression: Expr) -> Expr:
    """Return the expression with every factor linear in d written as a·Vacancy(n)."""
    d = DOF.symbol
    if not expression.has(d) or expression.is_Atom:
        return expression
    if expression.is_Add:
        polynomial = expression.as_poly(d)
        if polynomial is not None and polynomial.degree() == 1:
            slope, constant = polynomial.all_coeffs()
            if constant != 0 and not constant.has(d):
                return constant * Vacancy(sympy.cancel(-constant / slope))
        factored = sympy.factor(expression)
        if not factored.is_Add:
            return prepare(factored)
    return expression.func(*(prepare(argument) for argument in expression.args))


def bounds(expression: Expr) -> list[Expr]:
    """Return the n of all vacancies 1 − d/n of a prepared expression: d stays below the positive ones."""
    return [vacancy.args[0] for vacancy in expression.atoms(Vacancy)]


@functools.lru_cache(maxsize=256)
def split(expression: Expr) -> tuple[Expr, tuple[Expr, ...], tuple[Expr, ...]]:
    """Return what is left of an expression, prepared, without its factors 1 − d/n, and the n of its zeros and poles."""
    rest: Expr = sympy.S.One
    zeros: list[Expr] = []
    poles: list[Expr] = []
    for base, power in prepare(expression).as_powers_dict().items():
        if isinstance(base, Vacancy) and power.is_Integer and base.args[0].is_positive:
            (zeros if power > 0 else poles).extend([base.args[0]] * abs(int(power)))
        else:
            rest *= base**power
    return rest, tuple(zeros), tuple(poles)


@functools.lru_cache(maxsize=256)
def log_slope(expression: Expr) -> Expr:
    """Return dln f/dln d of a prepared expression, prepared."""
    d = DOF.symbol
    plain = expression.replace(Vacancy, lambda size: 1 - d / size)
    return prepare(sympy.factor(sympy.cancel(sympy.together(d * sympy.diff(plain, d) / plain))))


@functools.lru_cache(maxsize=256)
def at_infinity(expression: Expr, letters: frozenset[Symbol]) -> Expr:
    """Return the limit of an expression at infinite sizes."""
    for letter in sorted(letters, key=str):
        expression = sympy.limit(expression, letter, sympy.oo)
    return expression


class Reading(abc.ABC):
    """An algebra in which expressions in d are read.

    Attributes
    ----------
    dof : Any
        d.
    letters : dict
        The values of the other letters.
    """

    dof: Any
    letters: dict[Symbol, Any]

    @abc.abstractmethod
    def number(self, value: Expr) -> Any:
        """Return a constant."""

    @abc.abstractmethod
    def vacancy(self, size: Any) -> Any:
        """Return 1 − d/size."""

    def vacancies(self, zeros: tuple[Expr, ...], poles: tuple[Expr, ...]) -> Any:
        """Return the product of 1 − d/n over `zeros`, over that over `poles`."""
        value = self.number(sympy.S.One)
        for sizes, power in ((zeros, 1), (poles, -1)):
            for size in sizes:
                value = value * self.vacancy(self.read(size)) ** power
        return value

    @abc.abstractmethod
    def exp(self, value: Any) -> Any:
        """Return the exponential."""

    @abc.abstractmethod
    def log(self, value: Any) -> Any:
        """Return the logarithm."""

    def power(self, value: Any, exponent: Any) -> Any:
        """Return a power that is not a whole one."""
        return self.exp(self.log(value) * exponent)

    def read(self, expression: Expr) -> Any:
        """Return a prepared expression in this algebra."""
        if expression == DOF.symbol:
            return self.dof
        if isinstance(expression, Symbol):
            return self.letters[expression]
        if isinstance(expression, Vacancy):
            return self.vacancy(self.read(expression.args[0]))
        if expression.is_number and not expression.has(Vacancy):
            return self.number(expression)
        if expression.is_Pow and expression.exp.is_Integer:
            return self.read(expression.base) ** int(expression.exp)
        if expression.is_Pow:
            return self.power(self.read(expression.base), self.read(expression.exp))
        if isinstance(expression, sympy.exp):
            return self.exp(self.read(expression.args[0]))
        if isinstance(expression, sympy.log):
            return self.log(self.read(expression.args[0]))
        parts = [self.read(argument) for argument in expression.args]
        total = parts[0]
        for part in parts[1:]:
            total = total + part if expression.is_Add else total * part
        return total
