"""Results of the package by name, `the(model).formulas["test"]`: what a derivation can be bound to.

A name is a way through objects of the package: attributes, entries and calls. Nothing can be made of what is found there on the
way, so that a bound result is the package's own, and the page can say where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy
from sympy import Expr, Symbol

from theory.errors import BadArgument

PACKAGES = frozenset({"theory", "numerics", "scaletheory"})
_REMEDY = 'write the(model).formulas["test"], say, and what you make of it as a claim'


class Named:
    """A result of the package, and its name: the way to it.

    Parameters
    ----------
    value : Any
        What was found.
    name : str
        The way to it.
    """

    __slots__ = ("_name", "_value")

    def __init__(self, value: Any, name: str) -> None:
        self._value, self._name = value, name

    def __getattr__(self, attribute: str) -> Named:
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        self._open(attribute)
        return Named(getattr(self._value, attribute), f"{self._name}.{attribute}")

    def __getitem__(self, key: Any) -> Named:
        self._open(key)
        listed = key if isinstance(key, tuple) else (key,)
        return Named(self._value[key], f"{self._name}[{', '.join(map(_written, listed))}]")

    def __call__(self, *arguments: Any, **keywords: Any) -> Named:
        """Return what a function of the package gives for numbers, words, and other results by name."""
        self._open("()")
        given = [*map(_written, arguments), *(f"{name}={_written(value)}" for name, value in keywords.items())]
        plain = {name: _plain(value) for name, value in keywords.items()}
        return Named(self._value(*map(_plain, arguments), **plain), f"{self._name}({', '.join(given)})")

    def at(self, values: Mapping[Any, Any]) -> Named:
        """Return a formula read where letters of the package, or their logarithms, have values."""
        letters = [key.args[0] if isinstance(key, sympy.log) else key for key in values]
        if not isinstance(self._value, Expr) or not all(isinstance(letter, Symbol) for letter in letters):
            raise BadArgument("at", dict(values), "of letters of a formula, or their logarithms", _REMEDY)
        said = ", ".join(f"{key} = {value}" for key, value in values.items())
        return Named(self._value.subs(values), f"{self._name} at {said}")

    def _open(self, step: Any) -> None:
        if isinstance(self._value, Expr):
            raise BadArgument("the", f"{self._name}: {step}", "an object of the package up to its last step", _REMEDY)

    def __repr__(self) -> str:
        return self._name


def the(thing: Any) -> Named:
    """Return an object or a function of the package, to name its results by.

    Parameters
    ----------
    thing : Any
        A chain, a law, a convention, a function of `theory`.

    Returns
    -------
    Named
        Its attributes, entries and calls are results by name: `the(model).formulas["test"]`.

    Raises
    ------
    ValueError
        If it is none.
    """
    home = getattr(thing, "__module__", None) or type(thing).__module__
    if home.partition(".")[0] not in PACKAGES:
        raise BadArgument("the", thing, "an object or a function of the package", _REMEDY)
    return Named(thing, getattr(thing, "__name__", type(thing).__name__))


def named(value: Any) -> tuple[Any, str]:
    """Return a result and its name; a constant of mathematics that SymPy has a name for is its own.

    Raises
    ------
    ValueError
        For anything else: an expression that came from the package may have been changed on the way.
    """
    if isinstance(value, sympy.NumberSymbol):
        return value, ""
    if not isinstance(value, Named):
        raise BadArgument("value", value, "a result of the package by name, not a loose expression", _REMEDY)
    found = value._value
    if not (isinstance(found, Expr | int | float) or callable(found)):
        raise BadArgument("value", value, f"a formula, a number or a function, not {type(found).__name__}", "go further to one")
    return found, repr(value)


def _plain(value: Any) -> Any:
    """Return an argument of a call; no loose expression."""
    if isinstance(value, Named):
        return value._value
    if isinstance(value, Expr) and not isinstance(value, Symbol | sympy.Number):
        raise BadArgument("the", value, "called with numbers, words, and results by name", _REMEDY)
    return value


def _written(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
