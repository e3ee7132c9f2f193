"""Bad input, said once: every error names the argument, its value, what is admissible and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.exact import exact, is_masked

MOST_AXES = 32  # of an array: NumPy broadcasts no more
SHOWN = 120  # characters of a value
MASKED = "some entries are masked: fill them in, or leave them out"


class BadArgument(ValueError):
    """An argument that is not admissible: which, what it was, what it may be, and what to do.

    Parameters
    ----------
    argument : str
        The name by which it was passed.
    value : Any
        What was passed; it is shown, cut to 120 characters.
    admissible : str
        What it may be, to be read after "must be".
    remedy : str
        What to do.

    Attributes
    ----------
    argument, value, admissible, remedy
        As passed.
    """

    def __init__(self, argument: str, value: Any, admissible: str, remedy: str) -> None:
        super().__init__(argument, value, admissible, remedy)
        self.argument, self.value, self.admissible, self.remedy = argument, value, admissible, remedy

    @property
    def shown(self) -> str:
        """The value as text."""
        value = self.value
        if isinstance(value, (np.generic, np.ndarray)):
            value = value.item() if value.size == 1 and value.ndim < 2 else np.asarray(value)[:SHOWN].tolist()
        text = str(value) if isinstance(value, Fraction) else repr(value)
        return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."

    def __str__(self) -> str:
        return f"{self.argument} = {self.shown} is not admissible: {self.argument} must be {self.admissible}; {self.remedy}"


def real_array(argument: str, value: ArrayLike, admissible: str, remedy: str) -> NDArray[np.float64]:
    """Return `value` as a new array of float64 (any shape), refusing what is not real, is empty or holds NaN.

    Entries may be integers, floats, fractions, decimals, `mpf` or SymPy numbers.

    Parameters
    ----------
    argument : str
        The name by which it was passed.
    value : array-like
        What was passed.
    admissible : str
        What it may be, to be read after "must be".
    remedy : str
        What to do.

    Returns
    -------
    ndarray of the shape given
        A copy.

    Raises
    ------
    BadArgument
        If `value` is empty, ragged, masked, not numeric, complex, contains NaN, or a number that no double can stand for.
    """
    wrong = BadArgument(argument, value, admissible, remedy)
    if is_masked(value):
        raise BadArgument(argument, value, admissible, MASKED)
    try:
        raw = np.asarray(value)
    except (ValueError, TypeError, OverflowError):
        raise wrong from None
    if raw.ndim > MOST_AXES:
        raise wrong
    if raw.dtype.kind == "O":
        numbers = [exact(entry) for entry in raw.ravel()]
        if not numbers or None in numbers:
            raise wrong
        return np.array([_double(number, wrong) for number in numbers]).reshape(raw.shape)
    if raw.dtype.kind not in "iuf" or raw.size == 0:
        raise wrong
    array = raw.astype(np.float64)
    if np.isnan(array).any():
        raise wrong
    return array


def is_complex(value: Any) -> bool:
    """Return whether a value is a complex number or an array of some; False for what is no array at all.

    Parameters
    ----------
    value : Any
        What was passed.
    """
    try:
        return np.asarray(value).dtype.kind == "c"
    except (ValueError, TypeError, OverflowError):
        return False


def complex_array(argument: str, value: ArrayLike, admissible: str, remedy: str) -> NDArray[Any]:
    """Return `value` as `real_array` does, or as a new array of complex128 of its shape where it is complex, without NaN.

    Parameters
    ----------
    argument, value, admissible, remedy
        As `real_array` takes them.

    Raises
    ------
    BadArgument
        As `real_array`.
    """
    if not is_complex(value):
        return real_array(argument, value, admissible, remedy)
    if is_masked(value):
        raise BadArgument(argument, value, admissible, MASKED)
    array = np.array(value, dtype=np.complex128)
    if array.size == 0 or array.ndim > MOST_AXES or np.isnan(array).any():
        raise BadArgument(argument, value, admissible, remedy)
    return array


def _double(number: Any, wrong: BadArgument) -> float:
    """Return the nearest double of an exact number, refusing to round to zero or to infinity."""
    try:
        found = float(number)
    except OverflowError:
        found = 0.0
    if found == 0.0 and number != 0:
        remedy = "no double is near it: give a number within their range"
        raise BadArgument(wrong.argument, wrong.value, wrong.admissible, remedy)
    return found


def whole_number(argument: str, value: Any, low: int, high: int | None = None, remedy: str = "give a whole number") -> int:
    """Return `value` as an `int`, refusing what is no whole number from `low` to `high`; 5.0 is one, True is none.

    Parameters
    ----------
    argument : str
        The name by which it was passed.
    value : Any
        What was passed.
    low, high : int
        The least and the largest that are admissible; None: no largest.
    remedy : str
        What to do.

    Raises
    ------
    BadArgument
        If it is not.
    """
    number = exact(value)
    if isinstance(number, Fraction) and number.denominator == 1 and low <= number and (high is None or number <= high):
        return int(number)
    admissible = f"a whole number ≥ {low}" if high is None else f"a whole number from {low} to {high}"
    raise BadArgument(argument, value, admissible, remedy)


def one_real(argument: str, value: Any, admissible: str, remedy: str) -> float:
    """Return one real number, ±inf among them, as a double.

    Parameters
    ----------
    argument, value, admissible, remedy
        As `real_array` takes them.

    Raises
    ------
    BadArgument
        As `real_array`; also for what is no scalar.
    """
    array = real_array(argument, value, admissible, remedy)
    if array.ndim:
        raise BadArgument(argument, value, f"{admissible}, one number", remedy)
    return float(array)


def one_of(argument: str, value: Any, options: Iterable[str]) -> str:
    """Return a word, refusing what is none of the options.

    Parameters
    ----------
    argument : str
        The name by which it was passed.
    value : Any
        What was passed.
    options : iterable of str
        What it may be.

    Raises
    ------
    BadArgument
        If it is none of them.
    """
    known = tuple(options)
    if isinstance(value, str) and value in known:
        return value
    raise BadArgument(argument, value, f"one of {', '.join(map(repr, known))}", "choose one")


def seed_number(argument: str, value: Any, remedy: str = "give a number, so that the run can be repeated") -> int:
    """Return a seed as an `int` ≥ 0, of any length.

    Parameters
    ----------
    argument, value
        As `whole_number` takes them.
    remedy : str
        What to do instead.

    Raises
    ------
    BadArgument
        If it is no whole number ≥ 0; 1.0 is none either, because a seed is a label and not a quantity.
    """
    if isinstance(value, (float, np.floating)):
        raise BadArgument(argument, value, "a whole number ≥ 0", remedy)
    return whole_number(argument, value, 0, remedy=remedy)


def truth(argument: str, value: Any) -> bool:
    """Return a flag, refusing what is neither True nor False ("no" is true in Python).

    Parameters
    ----------
    argument : str
        The name by which it was passed.
    value : Any
        What was passed.

    Raises
    ------
    BadArgument
        If it is not.
    """
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise BadArgument(argument, value, "True or False", "give a truth value")
