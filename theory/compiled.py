"""Loops that Numba compiles where it is installed (the extra `fast`), out of lines that NumPy runs over arrays too.

A function marked `elementwise` is written once, for numbers or arrays alike (`in_numbers` has it for Python's own); a function
marked `Loop` goes through points one by one and calls such functions. Nothing is imported or compiled before a call with many
points asks for it; what was compiled is kept on disk beside the sources. The environment variable SCALETHEORY_FAST is 0 for
never, or the number of points from which on.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import inspect
import math
import os
import threading
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from theory.errors import BadArgument
from theory.optional import optional

Function = TypeVar("Function", bound=Callable[..., Any])

VARIABLE = "SCALETHEORY_FAST"
FROM = 10_000  # points in one call: loading what is compiled costs as much as some hundred thousand of them

_lock = threading.RLock()  # compiling is for one thread at a time
_shared: list[tuple[Callable[..., Any], dict[str, Any]]] = []


def wanted(points: int) -> bool:
    """Return whether so many points are worth a compiled loop, and there is what compiles it.

    Parameters
    ----------
    points : int
        Of one call.

    Raises
    ------
    ValueError
        If the environment variable is no number.
    """
    given = os.environ.get(VARIABLE, "").strip()
    if given and not given.isdigit():
        raise BadArgument(VARIABLE, given, "0 (never), or the number of points to compile from", "set it so, or not at all")
    least = int(given) if given else FROM
    return 0 < least <= points and _installed()


@functools.cache
def _installed() -> bool:
    try:
        importlib.import_module("numba")
    except ImportError:  # also one that does not go with this NumPy
        return False
    return True


def elementwise(function: Function) -> Function:
    """Mark a function that loops may call: of numbers or arrays alike, or a part of a loop itself.

    Parameters
    ----------
    function : callable
        In NumPy's functions, with `chosen` for `numpy.where` where it is for arrays too; it stays what it is.
    """
    _shared.append((function, {}))
    return function


def summing(function: Function) -> Function:
    """Mark a function that adds up terms, in whatever order, as one that loops may call.

    Parameters
    ----------
    function : callable
        As for `elementwise`.
    """
    _shared.append((function, {"fastmath": {"reassoc"}}))
    return function


def chosen(condition: Any, one: Any, other: Any) -> Any:
    """Return `numpy.where` of arrays; of numbers in loops, a number.

    Parameters
    ----------
    condition : bool or ndarray
        Where to take the first.
    one, other : float or ndarray
        Of which to take one.
    """
    return np.where(condition, one, other)


def raised(base: Any, power: Any) -> Any:
    """Return base^power, which most often is base.

    Parameters
    ----------
    base, power : float or ndarray
        Of one shape.
    """
    return base if (power == 1.0).all() else base**power


def in_numbers(module: types.ModuleType) -> Any:
    """Return the marked functions of a module for Python's numbers, where arrays of one number cost ten times as much.

    Parameters
    ----------
    module : module
        Its functions divide by no zero and take the logarithm of none; else they raise `ZeroDivisionError` or `ValueError`.
    """
    names = {**vars(module), "np": _NUMBERS, "chosen": lambda condition, one, other: one if condition else other}
    marked = [function for function, _ in _shared if function.__module__ == module.__name__]
    names |= {function.__name__: types.FunctionType(function.__code__, names) for function in marked}
    return types.SimpleNamespace(**{function.__name__: names[function.__name__] for function in marked})


def _root(x: float) -> float:
    return math.sqrt(x) if x >= 0 else math.nan


def _larger(x: float, y: float) -> float:
    return x if x >= y or y != y else y


def _smaller(x: float, y: float) -> float:
    return x if x <= y or y != y else y


_NUMBERS = types.SimpleNamespace(
    inf=math.inf, abs=abs, log=math.log, exp=math.exp, isinf=math.isinf, sqrt=_root, fmax=_larger, fmin=_smaller, maximum=max,
    minimum=min,
)


class Loop:
    """A function of arrays and numbers, compiled when it is first called.

    Parameters
    ----------
    function : callable
        At the top of a module; what it calls is marked by `elementwise` or `summing`.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        functools.update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        """Return what the function does."""
        return self._compiled(*arguments)

    @functools.cached_property
    def _compiled(self) -> Callable[..., Any]:
        with _lock:
            return self._made()

    def _made(self) -> Callable[..., Any]:
        stamp, function = _shared_functions(), self.function
        named = types.FunctionType(function.__code__, function.__globals__, function.__name__)
        named.__qualname__, named.__module__ = f"{function.__qualname__}_{stamp}", function.__module__
        compiler = optional("numba", "fast", "compiled loops")
        options = {"error_model": "numpy", "nogil": True, "_nrt": False}
        try:
            return compiler.njit(cache=True, **options)(named)
        except RuntimeError:  # there is no folder that it may write to
            return compiler.njit(**options)(named)


@functools.cache
def _shared_functions() -> str:
    """Make the marked functions known to Numba, and return a stamp of all their sources."""
    compiler = optional("numba", "fast", "compiled loops")
    extending = compiler.extending

    @extending.overload(chosen, strict=False)
    def _chosen(condition: Any, one: Any, other: Any) -> Any:
        return lambda condition, one, other: one if condition else other

    @extending.overload(raised, strict=False, jit_options={"error_model": "numpy", "_nrt": False})
    def _raised(base: Any, power: Any) -> Any:
        return lambda base, power: base if power == 1.0 else base**power

    for function, options in _shared:
        extending.register_jitable(error_model="numpy", forceinline=True, _nrt=False, **options)(function)
    files = sorted({inspect.getfile(function) for function, _ in _shared} | {__file__})
    digest = hashlib.sha256(b"".join(Path(file).read_bytes() for file in files))
    return digest.hexdigest()[:16]
