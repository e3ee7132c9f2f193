"""The ways out that every command has: a table, --json, --csv, --plot; warnings in one line each; the exit status."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from numerics.pictures import figures
from scaletheory.options.values import Inches, OutputFile
from scaletheory.output.formats import json_text, write_csv
from scaletheory.output.report import Report
from scaletheory.output.table import print_table
from scaletheory.wording import spoken, spoken_warning
from theory.errors import BadArgument

_CSV: dict[str, Any] = {"type": OutputFile(), "metavar": "FILE", "help": "Write the rows as comma-separated values."}
_PLOT: dict[str, Any] = {
    "type": OutputFile(*figures.SUFFIXES), "metavar": "FILE.png",
    "help": f"Draw a picture; the name ends in {', '.join(figures.SUFFIXES)}.",
}  # fmt: skip


def reporting(make: Callable[..., Report]) -> Callable[..., int]:
    """Turn a function that returns a `Report` into a click callback with --json, --csv and --plot.

    Warnings become one line each on standard error and the entry "warnings" of the JSON object. A `ValueError` that
    names a keyword of the library is made to name the option instead.
    """

    @click.option("--json", "as_json", is_flag=True, help="Print JSON, not the table: nan is null, inf a string.")
    @click.option("--csv", "csv_file", **_CSV)
    @click.option("--plot", "plot_file", **_PLOT)
    @click.option("--title", help="Of the picture; empty for none.  [default: the settings]")
    @click.option("--inches", type=Inches(), metavar="WIDTH,HEIGHT", help="Of the picture.")
    @functools.wraps(make)
    def command(
        as_json: bool, csv_file: Path | None, plot_file: Path | None, title: str | None, inches: tuple[float, float] | None,
        **arguments: Any,
    ) -> int:
        if plot_file is not None:
            figures.matplotlib()
        for option, value in (("--title", title), ("--inches", inches)):
            if value is not None and plot_file is None:
                raise BadArgument(option, value, "given with --plot", "add --plot FILE.png")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            try:
                report = make(**arguments)
                picture = None if plot_file is None else report.figure(_heading(report) if title is None else title)
            except ValueError as error:
                raise ValueError(spoken(error, click.get_current_context().command.params)) from error
        params = click.get_current_context().command.params
        warned = list(dict.fromkeys(spoken_warning(" ".join(str(each.message).split()), params) for each in caught))
        for line in warned:
            click.echo(f"Warning: {line}", err=True)
        if plot_file is not None:
            if inches is not None and picture is not None:
                picture.set_size_inches(*inches)
            figures.save(picture, plot_file)
        if csv_file is not None:
            write_csv(csv_file, report.values, report.digits)
        if as_json:
            click.echo(json_text({**report.facts, "warnings": warned}, report.values, report.digits))
        elif report.page:
            click.echo(report.page)
        else:
            print_table(report)
        return int(report.failed)

    return command


def _heading(report: Report) -> str:
    return report.title if report.heading is None else report.heading
