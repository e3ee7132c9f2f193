"""What `evaluate` is given: sizes, scalars and eigenvalues, by the names of their letters; checked here, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Number, Symbol

from theory.errors import BadArgument
from theory.pencil.algebra import number
from theory.pencil.letters import Diagonal, Gaussian


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
    numbers : mapping of Symbol to number
        Sizes and scalars.
    eigenvalues : mapping of Diagonal to array of object
        One for each distinct mode.
    multiplicities : mapping of Expr to array of object
        By index space, where given.
    """

    numbers: Mapping[Symbol, Any]
    eigenvalues: Mapping[Diagonal, NDArray[Any]]
    multiplicities: Mapping[Expr, NDArray[Any]]


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
        size = _size(name, given[name]) if name in given else _implied(symbol, eigenvalues, multiplicities)
        numbers[symbol] = _size(name, _given(given, name)) if size is None else size
    for name, symbol in known.scalars.items():
        numbers[symbol] = _scalar(name, _given(given, name))
    values = Values(numbers, eigenvalues, multiplicities)
    for letter, row in eigenvalues.items():
        _check_length(letter, row, values)
    return values


def evaluated(expression: Expr, numbers: Mapping[Symbol, Any]) -> Any:
    """Return a scalar expression at the ambient mpmath precision."""
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


def _scalar(name: str, value: Any) -> Any:
    try:
        finite = not isinstance(value, bool) and np.ndim(value) == 0 and mpmath.isfinite(number(value))
    except (TypeError, ValueError, AttributeError):
        finite = False
    if not finite:
        raise BadArgument(
            name, value, "a finite number", "evaluate one point at a time; a decimal string is exact at any precision"
        )
    return value.item() if isinstance(value, np.ndarray) else value


def _size(name: str, value: Any) -> Any:
    size = number(_scalar(name, value))
    if isinstance(size, mpmath.mpc) or size <= 0:
        raise BadArgument(name, value, "a positive number", "it is the size of a matrix")
    return value


def _row(name: str, value: Any) -> NDArray[Any]:
    remedy = "give one eigenvalue for each mode, in an order shared by all diagonal letters of this size"
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
    size = evaluated(space, values.numbers)
    if space in values.multiplicities:
        weights = values.multiplicities[space]
        if len(weights) != len(row):
            raise BadArgument(
                letter.name, f"{len(row)} eigenvalues", f"of length {len(weights)}", "give one for each multiplicity"
            )
        total = sum(number(entry) for entry in weights)
        if abs(total - size) > 1e-12 * abs(size):
            raise BadArgument("multiplicity", f"{space} of sum {total}", f"of sum {space} = {size}", f"leave {space} out")
    elif len(row) != size:
        raise BadArgument(
            letter.name, f"{len(row)} eigenvalues", f"of length {space} = {mpmath.nstr(size, 10)}",
            f"leave {space} out, or give multiplicity={{{str(space)!r}: ...}}",
        )
