"""Refusals in the words of the command line: options, not keywords; what is missing, and what to write."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from theory.errors import BadArgument
from theory.keywords import meant


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
        return re.sub(r"\b[a-z]+_\w+|\b\w+(?==)", lambda name: flag(name[0]), text).replace("= of the population", "")

    name, admissible, remedy = flag(error.argument), plain(error.admissible), plain(error.remedy)
    return f"{name} = {error.shown} is not admissible: {name} must be {admissible}; {remedy}"


def spoken_warning(text: str, params: Sequence[click.Parameter]) -> str:
    """Return a warning of the library with options for keywords: "step = 0.3 is …" becomes "--step = 0.3 is …"."""
    flags = {str(param.name): flag_of(param) for param in params if isinstance(param, click.Option)}
    return re.sub(r"\b[a-z]+_\w+|^\w+(?= = )", lambda name: flags.get(name[0], name[0]), text)


def unknown_option(error: click.NoSuchOption) -> str:
    """Return what to say of an option that does not exist: the one that is meant, by the keywords of the library."""
    params = [] if error.ctx is None else [each for each in error.ctx.command.params if isinstance(each, click.Option)]
    flags = {str(param.name): flag_of(param) for param in params}
    word = error.option_name.lstrip("-").replace("-", "_")
    hint = flags[word] if word in flags else meant(word, flags)
    for name, flag in sorted(flags.items(), key=lambda each: -len(each[0])):
        hint = re.sub(rf"(?<![-\w]){name}(?![-\w=])", flag, hint)
    near = hint or " or ".join(each for each in error.possibilities or () if each != "--help")
    return f"there is no option {error.option_name}" + (f": did you mean {near}?" if near else "")
