"""Refusals in the words of the command line: options, not keywords; what is missing, and what to write."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from theory.errors import BadArgument


def flag_of(param: click.Parameter | None) -> str:
    """Return a parameter as the user writes it: `--samples`, or an argument's name in capitals."""
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return "value" if param is None else (param.metavar or str(param.name).upper()).strip("[]")


def missing(flag: str, why: str, remedy: str) -> ValueError:
    """Return the error for an option that was not given."""
    return ValueError(f"{flag} is missing: {why}; {remedy}")


def spoken(error: ValueError, params: Sequence[click.Parameter]) -> str:
    """Return an error of the library in the words of the command line: `n_samples` becomes `--samples`."""
    if not isinstance(error, BadArgument):
        return str(error)
    flags = {str(param.name): flag_of(param) for param in params} | {"task": "population"}

    def flag(name: str) -> str:
        return flags.get(name) or flags.get(name.rstrip("_0123456789")) or name

    def plain(text: str) -> str:
        return re.sub(r"\bn_\w+|\b\w+(?==)", lambda name: flag(name[0]), text)

    name, admissible, remedy = flag(error.argument), plain(error.admissible), plain(error.remedy)
    return f"{name} = {error.shown} is not admissible: {name} must be {admissible}; {remedy}"
