"""The letters of a matrix expression: Gaussian matrices and deterministic diagonal ones, as SymPy matrix symbols.

A Gaussian letter carries the variance of its entries, E X_ab X_cd = v δ_ac δ_bd; a diagonal letter stands for eigenvalues
given at evaluation. Diagonal letters of one size are jointly diagonal: wᵀMw is tr[WM] with W = diag(w_k²).
"""

from __future__ import annotations

import functools
from typing import Any

import sympy
from sympy import Basic, Expr, Indexed, IndexedBase, MatrixSymbol
from sympy.core.symbol import Str

from theory.errors import BadArgument
from theory.notation import MODE as MODE_LETTER

MODE = MODE_LETTER.symbol


class Gaussian(MatrixSymbol):
    """A real matrix of independent N(0, variance) entries; made by `gaussian`."""

    def __new__(cls, name: str | Str, rows: Any, columns: Any, variance: Any = 1) -> Gaussian:
        """Return the letter; SymPy calls this when it rebuilds an expression."""
        return Basic.__new__(cls, Str(str(name)), sympy.sympify(rows), sympy.sympify(columns), sympy.sympify(variance))

    @property
    def variance(self) -> Expr:
        """The variance of an entry, in the sizes and scalars."""
        return self.args[3]


class Diagonal(MatrixSymbol):
    """A deterministic diagonal matrix; made by `diagonal`. Its powers are diagonal, `S**Rational(1, 2)` or `S.sqrt`."""

    def __new__(cls, name: str | Str, size: Any) -> Diagonal:
        """Return the letter; SymPy calls this when it rebuilds an expression."""
        return Basic.__new__(cls, Str(str(name)), sympy.sympify(size))

    @property
    def shape(self) -> tuple[Expr, Expr]:
        """The size, twice."""
        return self.args[1], self.args[1]

    @property
    def sqrt(self) -> sympy.MatPow:
        """The square root."""
        return self ** sympy.Rational(1, 2)

    @property
    def eigenvalue(self) -> Indexed:
        """The k-th eigenvalue as a SymPy symbol."""
        return _eigenvalue(self.name)

    def _eval_transpose(self) -> Diagonal:
        return self


@functools.cache
def _eigenvalue(name: str) -> Indexed:
    return IndexedBase(name, real=True)[MODE]


def gaussian(name: str, rows: Any, columns: Any, *, variance: Any = 1) -> Gaussian:
    """Return a matrix with independent real N(0, variance) entries, to be used in SymPy matrix expressions.

    Letters of different names are independent; a letter used twice is the same matrix.

    Parameters
    ----------
    name : str
        Of the letter, an identifier.
    rows, columns : sympy.Expr or number
        Sizes; two index spaces are the same if their sizes are the same expression.
    variance : sympy.Expr or number, optional
        Of each entry, in sizes and scalars, e.g. `1 / N`.

    Raises
    ------
    ValueError
        If the name is not an identifier, a size or the variance is not a scalar, or a number that is not positive.
    """
    _check_size("rows", rows)
    _check_size("columns", columns)
    _check_scalar("variance", variance, "a non-negative scalar", "give a number or an expression in sizes, such as 1 / N")
    value = sympy.sympify(variance)
    if value.is_number and not value.is_nonnegative:
        raise BadArgument(
            "variance", variance, "a non-negative scalar", "give a number or an expression in sizes, such as 1 / N"
        )
    return Gaussian(_checked_name(name), rows, columns, variance)


def diagonal(name: str, size: Any) -> Diagonal:
    """Return a deterministic diagonal matrix, whose eigenvalues are given to `evaluate` under its name.

    Parameters
    ----------
    name : str
        Of the letter, an identifier.
    size : sympy.Expr or number
        Of the matrix. All diagonal letters of one size are diagonal in the same basis.

    Raises
    ------
    ValueError
        If the name is not an identifier, or the size is not a scalar or not positive.
    """
    _check_size("size", size)
    return Diagonal(_checked_name(name), size)


def _checked_name(name: Any) -> str:
    if not isinstance(name, str) or not name.isidentifier():
        raise BadArgument("name", name, "an identifier", 'name the letter as a Python variable, such as "X"')
    return name


def _check_size(argument: str, size: Any) -> None:
    _check_scalar(argument, size, "a positive size", "give a SymPy symbol or a positive number")
    value = sympy.sympify(size)
    if value.is_number and not (value.is_positive and value.is_finite):
        raise BadArgument(argument, size, "a positive size", "give a SymPy symbol or a positive number")


def _check_scalar(argument: str, value: Any, admissible: str, remedy: str) -> None:
    try:
        scalar = sympy.sympify(value, strict=True)
    except sympy.SympifyError:
        raise BadArgument(argument, value, admissible, remedy) from None
    if not isinstance(scalar, Expr) or scalar.atoms(MatrixSymbol):
        raise BadArgument(argument, value, admissible, remedy)
