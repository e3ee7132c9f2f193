"""How values are written on the command line: numbers, lists, log-spaced ranges, exact powers; files to be written."""

from __future__ import annotations

import decimal
import os
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from scaletheory.wording import flag_of
from theory.errors import BadArgument

LONGEST = 100_000
MOST_CHARACTERS = 1000  # of a number, and of its power of ten

ADMISSIBLE = "a number, a list A,B,C, or START:STOP:COUNT, log-spaced between positive numbers, 2 <= COUNT <= 100000"
REMEDY = "write for example 300 or 100,300,1000 or 1e2:1e8:25"


@dataclass(frozen=True)
class Values:
    """What one option holds: the items of its list, each an array of shape (n,); a number has n = 1.

    Attributes
    ----------
    text : str
        As it was written.
    items : tuple of ndarray
        Arrays of shape (n,), in the order written.
    """

    text: str
    items: tuple[NDArray[Any], ...]

    @property
    def flat(self) -> NDArray[Any]:
        """All values in one array."""
        return np.concatenate(self.items)

    @property
    def written(self) -> Values:
        """The same with numbers as they are written, 0.1 as 1/10; the points of ranges are doubles."""
        exact = [np.array([as_written(item)], dtype=object) if ":" not in item else points.astype(object)
                 for item, points in zip(self.text.split(","), self.items, strict=True)]  # fmt: skip
        return Values(self.text, tuple(exact))


def written(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of options with all numbers as they are written."""

    def one(value: Any) -> Any:
        return value.written if isinstance(value, Values) else tuple(map(one, value)) if isinstance(value, tuple) else value

    return {name: one(value) for name, value in given.items()}


class Numbers(click.ParamType):
    """A number, a comma list, or START:STOP:COUNT, log-spaced like `np.geomspace`; a list may hold ranges.

    Parameters
    ----------
    whole : bool
        Round the points of ranges to whole numbers, each once.
    """

    name = "values"

    def __init__(self, whole: bool = False) -> None:
        self.whole = whole

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Return what the help shows in place of a value."""
        return "VALUES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Values:
        """Return the values; raise `ValueError` that names the option."""
        if isinstance(value, Values):
            return value
        flag = flag_of(param)
        return Values(value, tuple(self._item(flag, item, value) for item in value.split(",")))

    def _item(self, flag: str, item: str, whole: str) -> NDArray[np.float64]:
        first, *rest = item.split(":")
        start = _number(first)
        if not rest and start is not None:
            return np.array([start])
        if len(rest) == 2 and start is not None:
            stop, count = _number(rest[0]), _count(rest[1])
            if stop is not None and count is not None and min(start, stop) > 0 and max(start, stop) < np.inf:
                points = np.geomspace(start, stop, count)
                return np.unique(np.round(points)) if self.whole else points
        raise BadArgument(flag, whole, ADMISSIBLE, REMEDY)


def _number(text: str) -> float | None:
    """Return a double, or None for what is no number or has no double near it."""
    number = as_written(text)
    if number is None:
        return None
    try:
        near = float(number)
    except OverflowError:
        return None
    return near if near != 0.0 or number == 0 else None


def as_written(text: str) -> Fraction | float | None:
    """Return a number exactly as it is written, 0.1 as 1/10 and 2/3 as such, or ±inf; None for what is none."""
    try:
        number = decimal.Decimal(text.strip()) if "/" not in text else decimal.Decimal(0)
    except decimal.InvalidOperation:
        return None
    if number.is_nan() or len(text) > MOST_CHARACTERS or (number.is_finite() and abs(number.adjusted()) > MOST_CHARACTERS):
        return None
    try:
        return float(number) if number.is_infinite() else Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        return None


def _count(text: str) -> int | None:
    try:
        count = int(text)
    except ValueError:
        return None
    return count if 2 <= count <= LONGEST else None


class Power(click.ParamType):
    """An exact number, such as -1.5 or -3/2, or inf or -inf: a `Fraction`, or an infinite float."""

    name = "power"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Return what the help shows in place of a value."""
        return "POWER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number; raise `ValueError` that names the option."""
        return exact_number(value, flag_of(param)) if isinstance(value, str) else value


class Powers(Power):
    """One `Power`, or several separated by commas: a tuple."""

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Return what the help shows in place of a value."""
        return "POWERS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the numbers; raise `ValueError` that names the option."""
        return tuple(exact_number(item, flag_of(param)) for item in value.split(",")) if isinstance(value, str) else value


def exact_number(text: str, flag: str) -> Fraction | float:
    """Return a number as it is written, 1.5 as 3/2, or ±inf.

    Raises
    ------
    ValueError
        If it is none; the message names the option.
    """
    number = as_written(text)
    if number is None:
        raise BadArgument(flag, text, "a number, such as -1.5 or -3/2, or inf or -inf", f"write for example {flag} 1.5")
    return number


@dataclass(frozen=True)
class Held:
    """A variance that stays as the cost C grows, or goes as a power of it.

    Attributes
    ----------
    value : Fraction or float or None
        The variance; None where only the power was given.
    power : Fraction or float
        Of C: 0 for a constant, -inf for none at all.
    """

    value: Fraction | float | None
    power: Fraction | float


class HeldVariance(click.ParamType):
    """A variance ≥ 0, the same at every cost, or C^POWER: a `Held`."""

    name = "variance"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Return what the help shows in place of a value."""
        return "VARIANCE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Held:
        """Return the variance; raise `ValueError` that names the option."""
        if isinstance(value, Held):
            return value
        flag, text = flag_of(param), value.strip()
        base, caret, power = text.partition("^")
        if caret and base == "C":
            return Held(None, exact_number(power.strip("()"), flag))
        number = as_written(text)
        if number is None or not 0 <= number < float("inf"):
            raise BadArgument(flag, value, "a finite variance σ² ≥ 0, or a power of the cost, such as C^-0.5",
                              f"write {flag} 0 for none, {flag} 1 for label noise that stays")  # fmt: skip
        return Held(number, -float("inf") if number == 0 else Fraction(0))


class OutputFile(click.ParamType):
    """A file to be written, in a folder that exists: refused before anything is computed, not after.

    Parameters
    ----------
    *suffixes : str
        What the name must end in, one of these; anything if none is given.
    """

    name = "file"

    def __init__(self, *suffixes: str) -> None:
        self.suffixes = suffixes

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path; raise `ValueError` that names the option."""
        path, flag = Path(value), flag_of(param)
        if self.suffixes and path.suffix.lower() not in self.suffixes:
            raise BadArgument(flag, str(path), f"a file name ending in {', '.join(self.suffixes)}", "rename it")
        if not path.parent.is_dir():
            raise BadArgument(flag, str(path), "a file in an existing folder", f"make the folder {str(path.parent)!r} first")
        if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
            raise BadArgument(flag, str(path), "a file that can be written", "choose another name or folder")
        return path


class Inches(click.ParamType):
    """Width and height of a picture: two positive numbers, such as 3.4,2.4."""

    name = "inches"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return both; raise `ValueError` that names the option."""
        if not isinstance(value, str):
            return value
        numbers = [float(number) for number in map(as_written, value.split(",")) if number is not None]
        if len(numbers) != 2 or value.count(",") != 1 or not all(0.5 <= number <= 100 for number in numbers):
            raise BadArgument(flag_of(param), value, "two numbers from 0.5 to 100", "write for example --inches 3.4,2.4")
        return numbers[0], numbers[1]
