"""What a command found, and its four ways out: a table to read, JSON, CSV, a picture.

JSON is one object: facts, then one list a column. JSON has no NaN and no infinity: NaN is `null`, infinities are the
strings "inf" and "-inf"; numbers of more digits than a double holds (`--precision`) are strings too. CSV has `nan`, `inf`.
"""

from __future__ import annotations

import csv
import functools
import json
import math
import re
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import mpmath
import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from numerics import figures
from scaletheory.values import OutputFile, flag_of

WIDEST = 1000


@dataclass(frozen=True)
class Column:
    """One value for each row.

    Attributes
    ----------
    name : str
        In JSON and CSV.
    values : sequence
    heading : str
        In the table, lines broken at "\\n"; the empty string keeps it out of the table.
    key : bool
        Whether it says which row this is; such columns stand at the left of every table.
    shown : sequence of str, optional
        The table's cells; by default the values to five digits (six for a key).
    """

    name: str
    values: Sequence[Any]
    heading: str = ""
    key: bool = False
    shown: Sequence[str] | None = None


@dataclass(frozen=True)
class Report:
    """What a command hands back.

    Attributes
    ----------
    title : str
        One line above the table.
    facts : mapping
        What holds for all rows: entries of the JSON object before the columns.
    columns : tuple of Column
    notes : tuple of str
        Lines under the table.
    figure : callable, optional
        Makes the picture.
    failed : bool
        Whether a check failed: exit status 1.
    digits : int
        Significant digits of values in the table, of multi-precision numbers everywhere.
    """

    title: str
    facts: Mapping[str, Any]
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()
    figure: Callable[[], Any] | None = None
    failed: bool = False
    digits: int = field(default=5, kw_only=True)


def reporting(make: Callable[..., Report]) -> Callable[..., int]:
    """Turn a function that returns a `Report` into a click callback with --json, --csv and --plot.

    Warnings become one line each on standard error and the entry "warnings" of the JSON object. A `ValueError` that
    names a keyword of the library is made to name the option instead.
    """

    @click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output instead of the table.")
    @click.option("--csv", "csv_file", type=OutputFile(), metavar="FILE", help="Write the rows as comma-separated values.")
    @click.option(
        "--plot", "plot_file", type=OutputFile(*figures.SUFFIXES), metavar="FILE.png",
        help=f"Draw a picture; the name ends in {', '.join(figures.SUFFIXES)}.",
    )
    @functools.wraps(make)
    def command(as_json: bool, csv_file: Path | None, plot_file: Path | None, **arguments: Any) -> int:
        if plot_file is not None:
            figures.matplotlib()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            try:
                report = make(**arguments)
                if plot_file is not None and report.figure is not None:
                    figures.save(report.figure(), plot_file)
            except ValueError as error:
                raise ValueError(spoken(str(error), click.get_current_context().command.params)) from error
        warned = list(dict.fromkeys(" ".join(str(warning.message).split()) for warning in caught))
        for line in warned:
            click.echo(f"Warning: {line}", err=True)
        if csv_file is not None:
            write_csv(report, csv_file)
        if as_json:
            click.echo(as_json_text(report, warned))
        else:
            print_table(report)
        return int(report.failed)

    return command


def spoken(message: str, params: Sequence[click.Parameter]) -> str:
    """Return a message of the library in the words of the command line: `n_samples` becomes `--samples`."""
    flags = {str(param.name): flag_of(param) for param in params}

    def flag(match: re.Match[str]) -> str:
        return flags.get(match[0]) or flags.get(re.sub(r"_\d+$", "", match[0])) or match[0]

    argument = re.match(r"(\w+) = ", message)
    plain = re.sub(r"np\.\w+\(([^()]*)\)", r"\1", message)
    if argument:
        name = re.escape(argument[1])
        plain = re.sub(rf"^{name}(?= = )|(?<=: ){name}(?= must be)", lambda m: flag(re.match(r"\w+", m[0]) or m), plain)
    return re.sub(r"\bn_\w+", flag, plain)


def plain_value(value: Any, digits: int) -> Any:
    """Return a value as JSON can hold it: see the head of this module."""
    if isinstance(value, mpmath.mpf):
        return mpmath.nstr(value, digits) if mpmath.isfinite(value) else plain_value(float(value), digits)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def as_json_text(report: Report, warned: Sequence[str]) -> str:
    """Return the report as one JSON object, one entry a line."""
    document = {key: plain_value(value, report.digits) for key, value in report.facts.items()}
    document |= {column.name: [plain_value(value, report.digits) for value in column.values] for column in report.columns}
    document["warnings"] = list(warned)
    lines = (f"  {json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in document.items())
    return "{\n" + ",\n".join(lines) + "\n}"


def write_csv(report: Report, path: Path) -> None:
    """Write the columns, a header line first, every double to its last digit."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow([column.name for column in report.columns])
        for row in zip(*(column.values for column in report.columns), strict=True):
            values = (plain_value(value, report.digits) for value in row)
            table.writerow(["nan" if value is None else value for value in values])


def short(value: Any, digits: int) -> str:
    """Return a value in as few characters as its significant digits need: 1e-8 and not 1e-08."""
    if isinstance(value, mpmath.mpf):
        return str(mpmath.nstr(value, digits))
    if isinstance(value, float | np.floating):
        return re.sub(r"e([+-])0*", lambda sign: "e-" if sign[1] == "-" else "e", f"{value:.{digits}g}")
    return str(value)


def print_table(report: Report) -> None:
    """Print the title, the columns as tables that fit the terminal, the notes."""
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDEST
    console.print(report.title, soft_wrap=True)
    for block in blocks(report, console):
        console.print(block)
    for note in report.notes:
        console.print(note, soft_wrap=True)


def blocks(report: Report, console: Console) -> list[Table]:
    """Return the columns as tables no wider than the console, the keys repeated in each: no digit is cut off."""
    shown = [column for column in report.columns if column.heading]
    keys = [column for column in shown if column.key]
    made: list[list[Column]] = [[]]
    for column in (column for column in shown if not column.key):
        wide = console.measure(_table([*keys, *made[-1], column], report.digits)).maximum > console.width
        if wide and made[-1]:
            made.append([])
        made[-1].append(column)
    return [_table([*keys, *block], report.digits) for block in made]


def _table(columns: Sequence[Column], digits: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    cells = []
    for column in columns:
        written = column.shown or [short(value, 6 if column.key else digits) for value in column.values]
        text = column.shown is not None or not _numeric(column.values)
        table.add_column(column.heading, justify="left" if text else "right", no_wrap=True)
        cells.append(written)
    for row in zip(*cells, strict=True):
        table.add_row(*row)
    return table


def _numeric(values: Sequence[Any]) -> bool:
    return not any(isinstance(value, str) for value in values)
