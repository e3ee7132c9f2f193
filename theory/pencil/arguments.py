"""What `evaluate` is given: sizes, scalars and eigenvalues, by the names of their letters; checked here, once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Number, Symbol

from theory.errors import BadArgument
from theory.pencil.algebra import number
from theory.pencil.expressions.letters import Diagonal, Gaussian


@dataclass(frozen=True)
class Names:
    """The letters of an expression that have a name.

    Attributes
    ----------
    sizes, scalars : mapping of str to Symbol
        Symbols that occur in a shape, and the others.
    diagonals : mapping of str to Diagonal
        Matrices given by their eigenvalues.
    """

    sizes: Mapping[str, Symbol]
    scalars: Mapping[str, Symbol]
    diagonals: Mapping[str, Diagonal]


@dataclass(frozen=True)
class Values:
    """Checked arguments, exact as given: conversion to a precision is the algebra's.

    Attributes
    ----------
    numbers : mapping of Symbol to number or array
        Sizes and scalars; arrays (points,) of those that differ from point to point.
    eigenvalues : mapping of Diagonal to array
        One for each distinct mode: float64, or object of what is given exactly.
    multiplicities : mapping of Expr to array
        By index space, where given.
    shape : tuple of int
        What the arguments broadcast to.
    """

    numbers: Mapping[Symbol, Any]
    eigenvalues: Mapping[Diagonal, NDArray[Any]]
    multiplicities: Mapping[Expr, NDArray[Any]]
    shape: tuple[int, ...] = ()

    @property
    def n_points(self) -> int:
        """The number of points."""
        return math.prod(self.shape)

    def at(self, points: NDArray[np.intp]) -> Values:
        """Return those of some points."""
        chosen = {symbol: value[points] if isinstance(value, np.ndarray) else value for symbol, value in self.numbers.items()}
        return replace(self, numbers=chosen, shape=(len(points),))

    def each(self, point: int) -> Values:
        """Return those of one point, scalars."""
        chosen = {symbol: value[point] if isinstance(value, np.ndarray) else value for symbol, value in self.numbers.items()}
        return replace(self, numbers=chosen, shape=())


def names(letters: Iterable[Gaussian | Diagonal], symbols: Iterable[Symbol]) -> Names:
    """Return the names of an expression's letters.

    Raises
    ------
    ValueError
        If two different letters have one name.
    """
    ordered = sorted(letters, key=str)
    in_shapes = {symbol for letter in ordered for size in letter.shape for symbol in size.free_symbols}
    sizes: dict[str, Symbol] = {}
    scalars: dict[str, Symbol] = {}
    diagonals: dict[str, Diagonal] = {}
    taken: set[str] = set()
    for symbol in sorted({*symbols, *in_shapes}, key=str):
        (sizes if symbol in in_shapes else scalars)[symbol.name] = symbol
    for letter in ordered:
        if isinstance(letter, Diagonal):
            diagonals[letter.name] = letter
    for letter in [*ordered, *in_shapes, *({*symbols} - in_shapes)]:
        if letter.name in taken:
            raise BadArgument("expression", letter.name, "written in letters of different names", "rename one of the two")
        taken.add(letter.name)
    return Names(sizes, scalars, diagonals)


def checked(known: Names, given: Mapping[str, Any], multiplicity: Mapping[Any, Any] | None) -> Values:
    """Return the arguments, checked against the names.

    Raises
    ------
    ValueError
        If one is missing, unknown, out of range, or lengths disagree.
    """
    everything = {**known.sizes, **known.scalars, **known.diagonals}
    for name in given:
        if name not in everything:
            raise BadArgument("name", name, f"one of {', '.join(everything)}", "give only what the expression contains")
    eigenvalues = {letter: _row(name, _given(given, name)) for name, letter in known.diagonals.items()}
    multiplicities = _multiplicities(known, multiplicity or {})
    numbers: dict[Symbol, Any] = {}
    for name, symbol in known.sizes.items():
        size = None if name in given else _implied(symbol, eigenvalues, multiplicities)
        numbers[symbol] = _numbers(name, _given(given, name), _size) if size is None else size
    for name, symbol in known.scalars.items():
        numbers[symbol] = _numbers(name, _given(given, name), _scalar)
    values = _broadcast(numbers, eigenvalues, multiplicities)
    for letter, row in eigenvalues.items():
        _check_length(letter, row, values)
    return values


def evaluated(expression: Expr, numbers: Mapping[Symbol, Any]) -> Any:
    """Return a scalar expression at the ambient mpmath precision."""
    if expression in numbers:
        return number(numbers[expression])
    found = expression.xreplace({symbol: _exact(value) for symbol, value in numbers.items()})
    return number(found.evalf(mpmath.mp.dps + 5))


def _exact(value: Any) -> Expr:
    plain = number(value)
    if isinstance(plain, mpmath.mpc):
        return Number(plain.real) + Number(plain.imag) * 1j
    return Number(plain)


def _given(given: Mapping[str, Any], name: str) -> Any:
    if name not in given:
        raise BadArgument(name, None, "given", f"call evaluate({name}=...) or evaluate({{{name!r}: ...}})")
    return given[name]


def _numbers(name: str, value: Any, check: Callable[[str, Any], Any]) -> Any:
    """Return a checked number, or an array of them."""
    if np.ndim(value) == 0:
        return check(name, value)
    found = np.asarray(value)
    if found.dtype.kind not in "iufc":
        found = np.asarray(value, dtype=object)
    for entry in found.ravel():
        check(name, entry)
    return found


def _broadcast(
    numbers: Mapping[Symbol, Any], eigenvalues: Mapping[Diagonal, NDArray[Any]], multiplicities: Mapping[Expr, NDArray[Any]]
) -> Values:
    """Return the arguments with arrays of numbers broadcast and flat."""
    arrays = {symbol: value for symbol, value in numbers.items() if isinstance(value, np.ndarray)}
    try:
        shape = np.broadcast_shapes(*(value.shape for value in arrays.values()))
    except ValueError:
        shapes = {symbol.name: value.shape for symbol, value in arrays.items()}
        raise BadArgument(" and ".join(shapes), shapes, "of shapes that broadcast", "see numpy.broadcast_shapes") from None
    flat = {symbol: np.broadcast_to(value, shape).ravel() for symbol, value in arrays.items()}
    return Values({**numbers, **flat}, eigenvalues, multiplicities, shape)


def _scalar(name: str, value: Any) -> Any:
    if isinstance(value, float | int | np.floating | np.integer) and not isinstance(value, bool) and math.isfinite(value):
        return value
    try:
        finite = not isinstance(value, bool) and np.ndim(value) == 0 and mpmath.isfinite(number(value))
    except (TypeError, ValueError, AttributeError):
        finite = False
    if not finite:
        raise BadArgument(
            name, value, "a finite number, or an array of them", "a decimal string is exact at any precision"
        )
    return value.item() if isinstance(value, np.ndarray) else value


def _size(name: str, value: Any) -> Any:
    size = _scalar(name, value)
    size = size if isinstance(size, float | int) else number(size)
    if isinstance(size, mpmath.mpc | complex) or size <= 0:
        raise BadArgument(name, value, "a positive number", "it is the size of a matrix")
    return value


def _row(name: str, value: Any) -> NDArray[Any]:
    remedy = "give one eigenvalue for each mode, in an order shared by all diagonal letters of this size"
    row = np.atleast_1d(np.asarray(value))
    if row.dtype.kind in "iuf":
        if row.ndim == 1 and row.size and np.isfinite(row).all():
            return row.astype(np.float64)
    else:
        row = np.atleast_1d(np.asarray(value, dtype=object))
    if row.ndim != 1 or not row.size:
        raise BadArgument(name, value, "a non-empty one-dimensional array of finite real numbers", remedy)
    for entry in row:
        try:
            fine = not isinstance(entry, bool) and mpmath.isfinite(number(entry)) and not isinstance(number(entry), mpmath.mpc)
        except (TypeError, ValueError, AttributeError):
            fine = False
        if not fine:
            raise BadArgument(name, value, "a non-empty one-dimensional array of finite real numbers", remedy)
    return row


def _multiplicities(known: Names, given: Mapping[Any, Any]) -> dict[Expr, NDArray[Any]]:
    if not given:
        return {}
    spaces = {str(letter.rows): letter.rows for letter in known.diagonals.values()}
    found = {}
    for key, value in given.items():
        if str(key) not in spaces:
            raise BadArgument(
                "multiplicity", key, f"by a size among {sorted(spaces)}", "only sizes of diagonal letters have modes"
            )
        row = _row("multiplicity", value)
        if any(number(entry) <= 0 for entry in row):
            raise BadArgument("multiplicity", value, "positive", "leave out modes that do not occur")
        found[spaces[str(key)]] = row
    return found


def _implied(
    size: Symbol, eigenvalues: Mapping[Diagonal, NDArray[Any]], multiplicities: Mapping[Expr, NDArray[Any]]
) -> Any:
    """Return a size that is not given from the number of eigenvalues, or None."""
    if size in multiplicities:
        return sum(number(entry) for entry in multiplicities[size])
    return next((len(row) for letter, row in eigenvalues.items() if letter.rows == size), None)


def _check_length(letter: Diagonal, row: NDArray[Any], values: Values) -> None:
    space = letter.rows
    sizes = [evaluated(space, values.each(point).numbers) for point in _differing(space, values)]
    if space in values.multiplicities:
        weights = values.multiplicities[space]
        if len(weights) != len(row):
            raise BadArgument(
                letter.name, f"{len(row)} eigenvalues", f"of length {len(weights)}", "give one for each multiplicity"
            )
        total = sum(number(entry) for entry in weights)
        for size in sizes:
            if abs(total - size) > 1e-12 * abs(size):
                raise BadArgument("multiplicity", f"{space} of sum {total}", f"of sum {space} = {size}", f"leave {space} out")
        return
    for size in sizes:
        if len(row) != size:
            raise BadArgument(
                letter.name, f"{len(row)} eigenvalues", f"of length {space} = {mpmath.nstr(size, 10)}",
                f"leave {space} out, or give multiplicity={{{str(space)!r}: ...}}",
            )


def _differing(expression: Expr, values: Values) -> Iterable[int]:
    """Return the points at which an expression may have different values, one of those where it has the same."""
    varies = any(isinstance(values.numbers[symbol], np.ndarray) for symbol in expression.free_symbols)
    return range(values.n_points) if varies else range(min(values.n_points, 1))
