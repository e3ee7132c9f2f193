"""A table of runs: how large the model, how much data, at what cost, with what loss; and the budgets it has."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.errors import BadArgument, real_array

Array: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]

UNIT = 6.0  # operations a parameter and a token cost, where no compute is given
SAME_BUDGET = 1.5  # runs within this factor of compute share a budget
MOST_RUNS = 100_000


@dataclass(frozen=True, eq=False)
class Runs:
    """A checked table, arrays of shape (n_runs,), all positive.

    Attributes
    ----------
    sizes, data, loss, compute : ndarray
        N, D, L and C.
    """

    sizes: Array
    data: Array
    loss: Array
    compute: Array

    def __len__(self) -> int:
        return len(self.loss)

    @cached_property
    def unit(self) -> float:
        """The median of C/(N D): the cost of one unit of size and data."""
        return float(np.median(self.compute / (self.sizes * self.data)))

    @cached_property
    def is_product(self) -> bool:
        """Whether compute is a multiple of N D, within 5 % at nine runs of ten."""
        ratio = np.abs(np.log(self.compute / (self.sizes * self.data * self.unit)))
        return bool(np.quantile(ratio, 0.9) < 0.05)

    @cached_property
    def budgets(self) -> Array:
        """The largest compute of each budget, increasing; a budget spans a factor 1.5 at most."""
        tops: list[float] = []
        first = -np.inf
        for compute in np.sort(self.compute):
            if compute > first * SAME_BUDGET or not tops:
                first = float(compute)
                tops.append(first)
            tops[-1] = float(compute)
        return np.array(tops)

    def take(self, which: Mask) -> Runs:
        """Return the runs where `which` is true."""
        return Runs(self.sizes[which], self.data[which], self.loss[which], self.compute[which])


def checked_runs(sizes: ArrayLike, data: ArrayLike, loss: ArrayLike, compute: ArrayLike | None = None) -> Runs:
    """Return a table of runs, or raise `ValueError` for what is none.

    Parameters
    ----------
    sizes, data, loss : array_like of shape (n_runs,)
        Positive and finite.
    compute : array_like of shape (n_runs,), optional
        Positive; 6 N D when left out.

    Raises
    ------
    ValueError
        For values that are missing or not positive, arrays that do not match, a single size, amount of data or budget.
    """
    columns = {"sizes": sizes, "data": data, "loss": loss, "compute": compute}
    found: dict[str, Array] = {}
    for name, given in columns.items():
        if name == "compute" and given is None:
            continue
        admissible, remedy = "positive finite numbers, one for each run", "leave runs with missing values out"
        values = real_array(name, given, admissible, remedy)  # type: ignore[arg-type]
        if values.ndim != 1 or len(values) > MOST_RUNS:
            raise BadArgument(name, f"an array of shape {values.shape}", "one-dimensional, one for each run", "pass a column")
        wrong = np.flatnonzero(~((values > 0.0) & np.isfinite(values)))
        if wrong.size:
            raise BadArgument(name, float(values[wrong[0]]), f"{admissible} (run {wrong[0]} is not)", remedy)
        found[name] = values
    lengths = {name: len(values) for name, values in found.items()}
    if len(set(lengths.values())) > 1:
        raise BadArgument("loss", lengths, "as long as sizes and data", "give one row for each run")
    cost = found.get("compute", UNIT * found["sizes"] * found["data"])
    runs = Runs(found["sizes"], found["data"], found["loss"], cost)
    for name, values in (("sizes", runs.sizes), ("data", runs.data)):
        if np.ptp(np.log(values)) < 1e-9:
            raise BadArgument(name, float(values[0]), "of at least two values", "an exponent cannot be read off one; vary it")
    if len(runs.budgets) < 2:
        raise BadArgument(
            "compute", [float(runs.compute.min()), float(runs.compute.max())], f"of two budgets (a factor {SAME_BUDGET} each)",
            "add runs at other budgets: one says nothing of how the loss falls",
        )  # fmt: skip
    return runs


def read_runs(path: str | Path, columns: Sequence[str]) -> dict[str, Array]:
    """Return columns of a file of comma-separated values with a line of names.

    Parameters
    ----------
    path : str or Path
        Of a .csv file; empty lines and lines that begin with # do not count.
    columns : sequence of str
        The names of size, data and loss, and of compute if there are four.

    Returns
    -------
    dict of str to ndarray, shape (n_runs,)
        By "sizes", "data", "loss" and "compute".

    Raises
    ------
    ValueError
        If the file cannot be read, a column is not there, or an entry is missing or no number; the message gives the line.
    """
    names = tuple(columns)
    if len(names) not in (3, 4) or len(set(names)) != len(names) or not all(isinstance(name, str) and name for name in names):
        admissible = "three or four different names: size, data, loss and, if there is one, compute"
        raise BadArgument("columns", list(names), admissible, "write for example params,tokens,loss")
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = [(number, line) for number, line in enumerate(file, 1) if line.strip() and line.lstrip()[0] != "#"]
    except (OSError, UnicodeDecodeError) as error:
        raise BadArgument("path", str(path), "a readable file of comma-separated values", str(error)) from error
    rows = [(number, [field.strip() for field in next(csv.reader([line]))]) for number, line in lines]
    if len(rows) < 2:
        raise BadArgument("path", str(path), "a line of names and a line for each run", "the file has no runs")
    header = rows[0][1]
    for name in names:
        if header.count(name) != 1:
            raise BadArgument("columns", name, f"in the file once; it has {', '.join(header)}", "name columns as the file does")
    places = [header.index(name) for name in names]
    table = [[_number(str(path), fields, line, place, header[place]) for place in places] for line, fields in rows[1:]]
    keys = ("sizes", "data", "loss", "compute")
    return {key: np.array(table)[:, place] for place, key in enumerate(keys[: len(names)])}


def _number(path: str, fields: list[str], line: int, place: int, name: str) -> float:
    value: Any = fields[place] if place < len(fields) else ""
    try:
        return float(value)
    except ValueError:
        what = "missing" if not value else repr(value)
        admissible = f"a table of numbers; line {line}, column {name} is {what}"
        raise BadArgument("path", path, admissible, "leave the run out") from None
