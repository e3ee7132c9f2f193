"""The two number systems of the solver: double precision with NumPy, and any precision with mpmath.

Arrays of mpmath numbers are NumPy object arrays, so that the solver is written once; what differs is here.
"""

from __future__ import annotations

import contextlib
import functools
from abc import ABC, abstractmethod
from typing import Any

import mpmath
import numpy as np
import sympy
from numpy.typing import NDArray
from sympy import Expr

Array = NDArray[Any]


class Algebra(ABC):
    """Numbers, with what NumPy does not do for all of them."""

    @property
    @abstractmethod
    def rounding(self) -> Any:
        """Return the relative spacing of the numbers."""

    @abstractmethod
    def array(self, values: Any) -> Array:
        """Return values as an array of these numbers, float64 or complex128 in double precision."""

    @abstractmethod
    def inverse(self, matrices: Array) -> Array:
        """Return the inverses of matrices (..., b, b): nan where one is singular, or ZeroDivisionError."""

    @abstractmethod
    def solve(self, matrices: Array, right: Array) -> Array:
        """Return the solutions of linear systems (points, u, u) with right sides (points, u, r), likewise."""

    @abstractmethod
    def function(self, symbols: tuple[Expr, ...], expression: Expr) -> Any:
        """Return an expression as a function of numbers of this algebra."""


class Doubles(Algebra):
    """Double precision."""

    @property
    def rounding(self) -> float:
        """Return the relative spacing of doubles."""
        return float(np.finfo(float).eps)

    def array(self, values: Any) -> Array:
        """Return a float64 or complex128 array."""
        found = np.asarray(values)
        return found.astype(np.complex128 if found.dtype.kind == "c" else np.float64)

    def inverse(self, matrices: Array) -> Array:
        """Return the inverses, by LU factorisation of the rows and columns scaled to powers of two."""
        rows, columns = _scales(np.abs(matrices))
        scaled = matrices * rows[..., :, None] * columns[..., None, :]
        try:
            plain: Array = np.linalg.inv(scaled)
        except np.linalg.LinAlgError:
            plain = _one_by_one(np.linalg.inv, scaled)
        return plain * columns[..., :, None] * rows[..., None, :]

    def solve(self, matrices: Array, right: Array) -> Array:
        """Return the solutions by LU factorisation."""
        try:
            solution: Array = np.linalg.solve(matrices, right)
        except np.linalg.LinAlgError:
            solution = _one_by_one(np.linalg.solve, matrices, right)
        return solution

    def function(self, symbols: tuple[Expr, ...], expression: Expr) -> Any:
        """Return a NumPy function."""
        return _compiled(symbols, expression, "numpy")


def _one_by_one(function: Any, *stacks: Array) -> Array:
    """Return a function of stacked matrices, nan where one is singular."""
    found = np.full_like(stacks[-1], np.nan)
    for place in np.ndindex(*stacks[0].shape[:-2]):
        with contextlib.suppress(np.linalg.LinAlgError):
            found[place] = function(*(stack[place] for stack in stacks))
    return found


def _scales(size: Array) -> tuple[Array, Array]:
    """Return powers of two for rows and columns that bring every row's and column's largest entry near one."""
    rows, columns = np.ones(size.shape[:-1]), np.ones(size.shape[:-1])
    for _ in range(4):
        scaled = size * rows[..., :, None] * columns[..., None, :]
        rows = rows * _inverse_root(scaled.max(axis=-1))
        columns = columns * _inverse_root(scaled.max(axis=-2))
    return rows, columns


def _inverse_root(largest: Array) -> Array:
    scale: Array = np.exp2(-np.round(np.log2(np.where(largest > 0, largest, 1.0)) / 2))
    return scale


class Digits(Algebra):
    """The mpmath numbers of the ambient precision, as object arrays."""

    @property
    def rounding(self) -> Any:
        """Return the relative spacing at the ambient precision."""
        return +mpmath.eps

    def array(self, values: Any) -> Array:
        """Return an object array of mpf or mpc."""
        source = np.asarray(values, dtype=object)
        found = np.empty(source.shape, dtype=object)
        for place, value in np.ndenumerate(source):
            found[place] = number(value)
        return found

    def inverse(self, matrices: Array) -> Array:
        """Return the inverses by elimination that skips zeros: pencils are sparse."""
        found = np.empty(matrices.shape, dtype=object)
        for place in np.ndindex(*matrices.shape[:-2]):
            found[place] = _inverted(matrices[place].tolist())
        return found

    def solve(self, matrices: Array, right: Array) -> Array:
        """Return the solutions by the inverses, at a precision with digits to spare."""
        if not right.size:
            return right
        return np.array([_inverted(matrix.tolist()) @ own for matrix, own in zip(matrices, right, strict=True)])

    def function(self, symbols: tuple[Expr, ...], expression: Expr) -> Any:
        """Return a function of mpmath numbers."""
        return _compiled(symbols, expression, "mpmath")


@functools.lru_cache(maxsize=4096)
def _compiled(symbols: tuple[Expr, ...], expression: Expr, module: str) -> Any:
    return sympy.lambdify(symbols, expression, module)


def number(value: Any) -> Any:
    """Return a number as mpf or mpc at the ambient precision: exact for floats, SymPy's exact numbers and decimal strings."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Expr):
        return value._to_mpmath(mpmath.mp.prec)
    return mpmath.mpmathify(value)


def _inverted(rows: list[list[Any]]) -> Array:
    n = len(rows)
    zero, one = mpmath.mpf(0), mpmath.mpf(1)
    for i, row in enumerate(rows):
        row.extend(one if i == j else zero for j in range(n))
    for column in range(n):
        pivot = max(range(column, n), key=lambda i: abs(rows[i][column]))
        if not rows[pivot][column]:
            raise ZeroDivisionError
        rows[column], rows[pivot] = rows[pivot], rows[column]
        inverse = 1 / rows[column][column]
        rows[column] = [value * inverse if value else value for value in rows[column]]
        occupied = [(j, value) for j, value in enumerate(rows[column]) if value]
        for i, row in enumerate(rows):
            factor = row[column]
            if i != column and factor:
                for j, value in occupied:
                    row[j] -= factor * value
    return np.array([row[n:] for row in rows], dtype=object)
