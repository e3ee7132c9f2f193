"""What a sweep is known by when it is taken up again: everything that its numbers depend on, as JSON can say it."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import math
from collections.abc import Mapping
from types import CodeType
from typing import Any

from numerics.sweep.grid import Grid
from theory.errors import BadArgument
from theory.results.store import contents
from theory.versions import version

SCHEME = 1  # of what is written: raise it when it changes, and stores of the old one are refused


def settings(grid: Grid) -> dict[str, Any]:
    """Return all that the answers of a grid depend on.

    Raises
    ------
    ValueError
        For a model, a task or an argument that has no name and no content to be known by.
    """
    return {
        "sweep": SCHEME,
        "version": version(),
        "model": known("model", grid.model),
        "task": known("task", grid.task),
        "axes": {name: [_plain(value) for value in values.tolist()] for name, values in grid.axes.items()},
        "fixed": {name: known(name, value) for name, value in grid.fixed.items()},
        "chunk": list(grid.chunk),
    }


def known(argument: str, value: Any) -> Any:
    """Return what a value is known by: a declaration by its class and parameters, a function by its name and its code.

    Raises
    ------
    ValueError
        If there is nothing of the kind.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return _plain(value)
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return {name: known(argument, entry) for name, entry in value.items()}
    if isinstance(value, functools.partial):
        given = [known(argument, entry) for entry in value.args]
        return {"partial": known(argument, value.func), "given": given, "named": known(argument, value.keywords)}
    if inspect.ismethod(value):
        return {"method": value.__name__, "of": known(argument, value.__self__)}
    if isinstance(value, type):
        return {"class": f"{value.__module__}.{value.__qualname__}"}
    if inspect.isfunction(value):
        cells = [known(argument, cell.cell_contents) for cell in value.__closure__ or ()]
        return {
            "function": f"{value.__module__}.{value.__qualname__}",
            "code": hashlib.sha256(json.dumps(_code(value.__code__)).encode()).hexdigest(),
            "holds": [*cells, known(argument, value.__defaults__), known(argument, value.__kwdefaults__)],
        }
    try:
        return contents(value)
    except BadArgument as error:
        admissible = "made of declarations, numbers, words, arrays and functions, to be known again"
        raise BadArgument(argument, value, admissible, "leave store= out, or give a function of its own") from error


def _plain(value: Any) -> Any:
    """Return a number or a word as JSON knows it."""
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value


def _code(code: CodeType) -> list[Any]:
    constants = [_code(entry) if isinstance(entry, CodeType) else repr(entry) for entry in code.co_consts]
    return [code.co_code.hex(), list(code.co_names), constants]
