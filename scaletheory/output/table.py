"""Tables to read: split into several on a narrow terminal; in a file or pipe plain text, a tab between columns."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from scaletheory.output.ascii import readable
from scaletheory.output.formats import short
from scaletheory.output.report import Column, Report

WIDEST = 1000
KEY_DIGITS = 6
NARROW = 40


def print_table(report: Report) -> None:
    """Print the title, the columns as tables that fit the terminal, the notes, folded; elsewhere one plain table."""
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        sys.stdout.write("".join(f"{line}\n" for line in plain_lines(_readable(report, console.encoding))))
        return
    console.print(f"{report.title}\n")
    for block in blocks(_readable(report, console.encoding), console):
        console.print(block)
        console.print()
    for note in report.notes:
        console.print(note)


def plain_lines(report: Report) -> Iterator[str]:
    """Yield the report as lines: columns apart by a tab, title and notes behind "# ".

    Parameters
    ----------
    report : Report
        Whatever it shows is written, rounded as in the table.
    """
    shown = [column for column in report.columns if column.heading]
    yield f"# {report.title}"
    yield "\t".join(re.sub(r"\n(?=×|\*)", "", column.heading).replace("\n", " ") for column in shown)
    for row in zip(*(_cells(column, report.digits) for column in shown), strict=True):
        yield "\t".join(" ".join(cell.split()) for cell in row)
    for note in report.notes:
        yield f"# {note}"


def _readable(report: Report, encoding: str) -> Report:
    """Return the report with columns as the stream can show them, so that their widths are those of what is printed."""
    columns = (
        replace(
            column,
            heading=readable(column.heading, encoding),
            shown=[readable(cell, encoding) for cell in _cells(column, report.digits)],
        )
        for column in report.columns
    )
    return replace(report, columns=tuple(columns))


def blocks(report: Report, console: Console) -> list[Table]:
    """Return the columns as tables no wider than the console, the keys repeated in each: no digit is cut off."""
    shown = [column for column in report.columns if column.heading]
    keys = [column for column in shown if column.key]
    unbounded = console.options.update(width=WIDEST)
    parts: list[list[Column]] = [[]]
    for column in (column for column in shown if not column.key):
        together = _table([*keys, *parts[-1], column], report.digits, NARROW)
        if parts[-1] and Measurement.get(console, unbounded, together).maximum > console.width:
            parts.append([])
        parts[-1].append(column)
    return [_table([*keys, *part], report.digits) for part in parts]


def _table(columns: Sequence[Column], digits: int, widest: int | None = None) -> Table:
    """Return one table; columns that wrap are no wider than `widest`."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        side: Literal["left", "right"] = "left" if column.words else "right"
        limit = widest if column.wraps else None
        table.add_column(column.heading, justify=side, no_wrap=not column.wraps, overflow="fold", max_width=limit)
    for row in zip(*(_cells(column, digits) for column in columns), strict=True):
        table.add_row(*row)
    return table


def _cells(column: Column, digits: int) -> Sequence[str]:
    return column.shown or [short(value, KEY_DIGITS if column.key else digits) for value in column.values]
