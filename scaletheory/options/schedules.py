"""Schedules of the step size on the command line: linear, polynomial(3), warmup(0.1, stable_decay(0.2, cosine))."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

import theory as th
from scaletheory.options.values import as_written
from scaletheory.wording import flag_of
from theory.errors import BadArgument

PLAIN = ("geometric", "constant")
MADE: Mapping[str, Callable[..., Any]] = {
    made.__name__: made
    for made in (th.linear, th.polynomial, th.cosine, th.exponential, th.inverse_time, th.stable_decay, th.warmup)
}
ADMISSIBLE = f"one of {', '.join((*PLAIN, *MADE))}, with arguments in brackets, such as warmup(0.1, cosine)"
DEEPEST = 20  # brackets in brackets
_TOKEN = re.compile(r"\s*([A-Za-z_]+|[0-9.eE+/-]+|[(),])")


class ScheduleText(click.ParamType):
    """A schedule, or the name of one that depends on other options."""

    name = "schedule"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Return what the help shows in place of a value."""
        return "SCHEDULE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the schedule; raise `ValueError` that names the option."""
        return schedule(value, flag_of(param)) if isinstance(value, str) else value


def schedule(text: str, flag: str) -> Any:
    """Return a schedule from its text.

    Raises
    ------
    ValueError
        If it is none; the message names the option.
    """
    wrong = BadArgument(flag, text, ADMISSIBLE, f"write for example {flag} 'polynomial(3)'")
    reader = _Reader(_tokens(text, wrong), wrong)
    found = reader.schedule(0)
    if reader.tokens:
        raise wrong
    return found


def _tokens(text: str, wrong: BadArgument) -> list[str]:
    """Return names, numbers, brackets and commas."""
    found, place = [], 0
    while text[place:].strip():
        token = _TOKEN.match(text, place)
        if token is None:
            raise wrong
        found.append(token[1])
        place = token.end()
    return found


@dataclass
class _Reader:
    """What is left to read."""

    tokens: list[str]
    wrong: BadArgument

    def next(self) -> str:
        """Take one token."""
        if not self.tokens:
            raise self.wrong
        return self.tokens.pop(0)

    def schedule(self, depth: int) -> Any:
        """Take a name and its arguments."""
        name = self.next()
        if depth > DEEPEST:
            raise self.wrong
        arguments = self.arguments(depth) if self.tokens[:1] == ["("] else []
        if name in PLAIN and not arguments:
            return name
        if name not in MADE:
            raise self.wrong
        try:
            return MADE[name](*arguments)
        except TypeError:
            raise BadArgument(self.wrong.argument, self.wrong.value, ADMISSIBLE, f"see the help on what {name} takes") from None

    def arguments(self, depth: int) -> list[Any]:
        """Take what is in brackets."""
        found: list[Any] = []
        end = self.next()
        while end != ")":
            if self.tokens[:1] == [")"] and not found:
                self.next()
                break
            found.append(self.argument(depth))
            end = self.next()
            if end not in (",", ")"):
                raise self.wrong
        return found

    def argument(self, depth: int) -> Any:
        """Take a number or a schedule."""
        number = as_written(self.tokens[0]) if self.tokens else None
        if number is None:
            return self.schedule(depth + 1)
        self.next()
        return number
