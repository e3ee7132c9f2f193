"""Refusals in the words of the command line: options, not keywords; what is missing, and what to write."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from theory.exponents.summary import PLAIN


def flag_of(param: click.Parameter | None) -> str:
    """Return a parameter as the user writes it: `--samples`, or an argument's name in capitals."""
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return "value" if param is None else (param.metavar or str(param.name).upper()).strip("[]")


def missing(flag: str, why: str, remedy: str) -> ValueError:
    """Return the error for an option that was not given."""
    return ValueError(f"{flag} is missing: {why}; {remedy}")


def term_name(key: str | tuple[str, ...]) -> str:
    """Return a term's name in JSON and CSV: risks as they are, a variance as variance[samples*noise]."""
    if key in PLAIN:
        return str(key)
    return f"variance[{'*'.join([key] if isinstance(key, str) else key)}]"


def spoken(message: str, params: Sequence[click.Parameter]) -> str:
    """Return a message of the library in the words of the command line: `n_samples` becomes `--samples`."""
    flags = {str(param.name): flag_of(param) for param in params} | {"task": "population"}

    def flag(name: str) -> str:
        return flags.get(name) or flags.get(re.sub(r"_\d+$", "", name)) or name

    message = re.sub(r"Fraction\((-?\d+), (\d+)\)", lambda m: m[1] if m[2] == "1" else f"{m[1]}/{m[2]}", message)
    plain = re.sub(r"np\.\w+\(([^()]*)\)", r"\1", re.sub(r"array\(\[([^][()]*)\]\)", r"\1", message))
    if named := re.match(r"(\w+)( = .* is not admissible: )\1 must be ", plain):
        rest = re.sub(r"\b\w+(?==)", lambda name: flag(name[0]), plain[named.end() :])
        plain = f"{flag(named[1])}{named[2]}{flag(named[1])} must be {rest}"
    return re.sub(r"\bn_\w+", lambda name: flag(name[0]), plain)
