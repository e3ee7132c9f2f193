"""Reports on risks and their terms: a row for each combination of arguments, whatever evaluates them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from numerics.pictures.lines import MOST_CURVES
from scaletheory.output.formats import short
from scaletheory.output.report import Column, Report
from theory.errors import BadArgument
from theory.results.result import joined
from theory.terms import term_name

Columns: TypeAlias = Mapping[str, NDArray[np.float64]]

DIGITS = 5
BESIDE = ("excess", "converged", "certificate")  # in JSON and CSV, not in the table


def in_pieces(
    evaluate: Callable[..., Any], rows: Columns, step: int, beside: tuple[str, ...], tick: Callable[[float, float], None]
) -> tuple[dict[str, NDArray[Any]], Any]:
    """Return the columns of the answer, computed in pieces so that progress can be told, and the answer.

    Parameters
    ----------
    evaluate : callable
        Takes the arguments as columns, and returns an outcome with `terms`, `converged` and `reasons`.
    rows : mapping
        The arguments, a row for each combination.
    step : int
        Rows in a piece.
    beside : tuple of str
        What else of the outcome is wanted; it comes first.
    tick : callable
        Called with (done, total).
    """
    n_rows, pieces, answers = len(next(iter(rows.values()))), [], []
    for start in range(0, n_rows, step):
        risk = evaluate(**{name: column[start : start + step] for name, column in rows.items()})
        pieces.append({**{name: getattr(risk, name) for name in beside},
                       **{term_name(key): value for key, value in risk.terms.items()},
                       "converged": risk.converged, "status": risk.reasons})  # fmt: skip
        answers.append(risk)
        tick(min(start + step, n_rows), n_rows)
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}, joined(answers)


def terms_report(
    title: str, facts: Mapping[str, Any], axes: Columns, rows: Columns, found: Mapping[str, NDArray[Any]],
    in_title: tuple[str, ...], figure: Callable[[str], Any], digits: int = DIGITS,
) -> Report:
    """Return the report: sizes and whatever varies as keys, the rest in the title.

    Parameters
    ----------
    title : str
        To which settings of one value are added.
    facts : mapping
        For JSON.
    axes, rows, found : mapping
        Values of each argument, their combinations, and the answer (`in_pieces`).
    in_title : tuple of str
        Arguments that stand in the title where they have one value, instead of in a column.
    figure : callable
        Makes the picture.
    digits : int
        Of what is shown.
    """
    fixed = [name for name in in_title if len(axes[name]) == 1]
    keys = [Column(name, values, "" if name in fixed else short_name(name), key=True) for name, values in rows.items()]
    values = [Column(name, column, _heading(name)) for name, column in found.items() if name != "status"]
    words = [str(status) for status in found["status"]]
    status = Column("status", words, "status", words=True, shown=[word.partition(":")[0] for word in words])
    numbers = np.stack([np.asarray(found[name], dtype=np.float64) for name in found if name != "status"])
    unsolved = int(np.isnan(numbers).any(axis=0).sum())
    return Report(
        title, facts, (*keys, *values, status),
        (
            *(f"status: {word}" for word in dict.fromkeys(words) if ":" in word),
            *([f"{unsolved} of {len(words)} rows are not solved (nan)"] if unsolved else []),
        ),
        figure, failed=unsolved > 0, digits=digits,
    )  # fmt: skip


def settings_words(axes: Columns, names: tuple[str, ...], silent: Mapping[str, float]) -> list[str]:
    """Return the arguments of one value in words, but those at a value that goes without saying."""
    fixed = [name for name in names if len(axes[name]) == 1]
    return [f"{short_name(name).replace('_', ' ')} {short(axes[name][0], 6)}" for name in fixed
            if silent.get(name) != axes[name][0]]  # fmt: skip


def longest(axes: Columns, names: tuple[str, ...] = ()) -> str:
    """Return the argument that a picture is drawn along: of the names given the first that there is, or the longest axis.

    Raises
    ------
    ValueError
        If nothing varies along it.
    """
    across = next((name for name in names if name in axes), max(axes, key=lambda name: len(axes[name])))
    if len(axes[across]) < 2:
        raise ValueError("--plot needs something that varies: give one option as a range, such as --samples 1e2:1e6:50")
    n_curves = math.prod(len(values) for name, values in axes.items() if name != across)
    if n_curves > MOST_CURVES:
        raise BadArgument("--plot", f"{n_curves} curves", f"a picture of at most {MOST_CURVES}", "shorten all lists but one")
    return across


def short_name(name: str) -> str:
    """Return an argument's name without its prefix."""
    return name.removeprefix("n_")


def _heading(name: str) -> str:
    """Return a column's heading in the table, empty for what JSON and CSV alone hold."""
    if name in BESIDE:
        return ""
    return name.replace("variance[", "var ").replace("*", "\n×").removesuffix("]")
