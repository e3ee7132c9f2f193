"""What S-transforms are asked at: d and the letters' values, checked and broadcast, for NumPy or for mpmath."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import sympy
from mpmath import mp
from sympy import Expr, Symbol

from theory.chain.s_transforms.expressions import precisely, size_of
from theory.errors import BadArgument, real_array

LETTER = "a positive number, or an array of them"


@dataclass(frozen=True)
class Points:
    """Where an S-transform is evaluated.

    Attributes
    ----------
    base, offset : ndarray of shape (points,), or mpf and mpf or mpc
        The argument is base + offset.
    letters : dict
        Values of the letters, likewise.
    shape : tuple of int or None
        The broadcast shape; None for one point through mpmath.
    """

    base: Any
    offset: Any
    letters: dict[Symbol, Any]
    shape: tuple[int, ...] | None

    @property
    def is_complex(self) -> bool:
        """Whether the argument leaves the real axis."""
        return isinstance(self.offset, mp.mpc) if self.shape is None else np.iscomplexobj(self.offset)

    def shaped(self, value: Any) -> Any:
        """Return values at all points in the shape of the arguments."""
        if self.shape is None:
            return value
        return np.broadcast_to(value, self.offset.shape).reshape(self.shape).copy()


def gather(argument: str, value: Any, base: Any, given: Mapping[str, Any], symbols: set[Symbol]) -> Points:
    """Return the checked points.

    Parameters
    ----------
    argument : str
        The name of `value`, for messages.
    value, base : Any
        The argument and what it is counted from; mpf or mpc, or arrays.
    given : mapping
        The letters' values by name.
    symbols : set of Symbol
        The letters needed.

    Raises
    ------
    BadArgument
        If something is missing, unknown, not numeric, not positive or does not broadcast.
    """
    named = _named(given, symbols)
    for name in sorted(named):
        if name not in given:
            raise BadArgument(name, None, LETTER, f"add {name}=...")
    if isinstance(value, (mp.mpf, mp.mpc)):
        letters = {named[name]: _precise(name, number) for name, number in given.items()}
        if isinstance(value, mp.mpc) and value.imag == 0:
            value = value.real
        if not mp.isfinite(value):
            raise BadArgument(argument, value, "finite", "give a finite number")
        return Points(_precise("base", base, zero=True), value, letters, None)
    columns = [_numbers(argument, value), _real("base", base, zero=True), *(_real(name, given[name]) for name in named)]
    try:
        columns = list(np.broadcast_arrays(*columns))
    except ValueError:
        shapes = [column.shape for column in columns]
        raise BadArgument("shapes", shapes, "broadcastable", "give scalars, or arrays of one shape") from None
    flat = [column.ravel() for column in columns]
    return Points(flat[1], flat[0], dict(zip(named.values(), flat[2:], strict=True)), columns[0].shape)


def _named(given: Mapping[str, Any], symbols: set[Symbol]) -> dict[str, Symbol]:
    """Return the letters by name, refusing values of others."""
    named = {symbol.name: symbol for symbol in symbols}
    for name, value in given.items():
        if name not in named:
            known = ", ".join(sorted(named)) or "none"
            raise BadArgument(name, value, "a letter of the S-transform", f"its letters are: {known}")
    return named


def number(size: Expr, points: Points) -> Any:
    """Return a size, a letter or a number, in numbers."""
    if isinstance(size, Symbol):
        return points.letters[size]
    return precisely(size) if points.shape is None else float(size)


def _numbers(argument: str, value: Any) -> Any:
    allowed, remedy = "real or complex numbers, all finite", "give numbers"
    try:
        raw = np.asarray(value)
    except (ValueError, TypeError):
        raise BadArgument(argument, value, allowed, remedy) from None
    if raw.dtype.kind == "c":
        array: Any = raw.astype(np.complex128) if raw.size and raw.imag.any() else raw.real.astype(np.float64)
    else:
        array = real_array(argument, value, allowed, remedy)
    if not array.size or not np.isfinite(array).all():
        raise BadArgument(argument, value, allowed, remedy)
    return array


def _real(name: str, value: Any, zero: bool = False) -> Any:
    if isinstance(value, (sympy.Number, mp.mpf)):
        value = float(value)
    allowed, remedy = ("real and finite", "it is what d is counted from") if zero else (LETTER, "give its value")
    array = real_array(name, value, allowed, remedy)
    if not (np.isfinite(array).all() if zero else (array > 0).all()):
        raise BadArgument(name, value, allowed, remedy)
    return array


def _precise(name: str, value: Any, zero: bool = False) -> Any:
    if isinstance(value, mp.mpf):
        number = value
    elif isinstance(value, sympy.Rational):
        number = precisely(value)
    else:
        array = _real(name, value, zero)
        if array.size != 1:
            raise BadArgument(name, value, "one number where d is an mpf", "evaluate point by point")
        number = mp.mpf(int(value)) if isinstance(value, Integral) else mp.mpf(float(array.item()))
    if not zero and not number > 0:
        raise BadArgument(name, value, LETTER, "give its value")
    return number


def broadcast(*columns: Any) -> tuple[Any, ...]:
    """Return d, d′ and their bases broadcast with everything that is given; what is no array is left for `gather` to refuse.

    Raises
    ------
    BadArgument
        If the shapes do not broadcast.
    """
    try:
        return tuple(np.broadcast_arrays(*columns)[:4])
    except ValueError:
        shapes = [np.shape(column) for column in columns]
        raise BadArgument("shapes", shapes, "broadcastable", "give scalars, or arrays of one shape") from None


def exact_letters(given: Mapping[str, Any], symbols: set[Symbol], complete: bool) -> dict[Symbol, Any]:
    """Return the letters' values as exact SymPy numbers, or as mpf if all of them must have values.

    Raises
    ------
    BadArgument
        If one is unknown, not a positive number, or missing where they must be complete.
    """
    named = _named(given, symbols)
    if complete:
        return gather("d", mp.zero, mp.zero, given, symbols).letters
    return {symbol: size_of(name, given.get(name, name)) for name, symbol in named.items()}
