"""A paper's letters on the command line: `--convention lin2024 --a 1.5 --b 2`, and exponents and sizes written in them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeVar

import click

from scaletheory.options.values import exact_number
from scaletheory.wording import missing
from theory.conventions import CONVENTIONS
from theory.errors import BadArgument
from theory.exponents.directions import check_numbers
from theory.exponents.letters import Writing
from theory.exponents.system import System
from theory.exponents.words import spell

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

PAPERS = tuple(key for key, row in CONVENTIONS.items() if row.source is not None)


class LetteredCommand(click.Command):
    """A command whose options include the letters of the paper that --convention names: --a 1.5 is --letter a=1.5."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, letters spelled out."""
        return super().parse_args(ctx, _spelled_out(args))


def _spelled_out(args: Sequence[str]) -> list[str]:
    named = [value for flag, value in itertools.pairwise(args) if flag == "--convention"]
    named += [arg.removeprefix("--convention=") for arg in args if arg.startswith("--convention=")]
    known = {letter for key in named if key in CONVENTIONS for letter in CONVENTIONS[key].letters}
    made, left = [], iter(args)
    for arg in left:
        name, equals, value = arg.removeprefix("--").partition("=")
        if arg.startswith("--") and name in known:
            made += ["--letter", f"{name}={value if equals else next(left, '')}"]
        else:
            made.append(arg)
    return made


def letter_options(command: Decorated) -> Decorated:
    """Add --convention and --letter."""
    for option in (
        click.option("--letter", "assignments", multiple=True, metavar="NAME=VALUE",
                     help="An exponent of that paper; --a 1.5 is short for --letter a=1.5."),
        click.option("--convention", type=click.Choice(PAPERS), metavar="PAPER",
                     help=f"Speak a paper's letters: {', '.join(PAPERS)}."),
    ):  # fmt: skip
        command = option(command)
    return command


@dataclass(frozen=True)
class Letters(Writing):
    """How exponents and sizes of one chain are written: in our letters, or in a paper's.

    Attributes
    ----------
    system, convention
        As `Writing` has them.
    values : mapping
        The paper's exponents, where they were given.
    """

    values: Mapping[str, Fraction | float] = field(default_factory=dict)

    @classmethod
    def of(cls, system: System, paper: str | None, assignments: Sequence[str]) -> Letters:
        """Return the letters that the options choose; a `ValueError` for a letter without a paper, and what is no number."""
        values = {}
        for assignment in assignments:
            name, _, value = assignment.partition("=")
            if paper is None:
                raise BadArgument(
                    "--letter", assignment, "given with --convention", f"add --convention, one of {', '.join(PAPERS)}"
                )
            if name not in CONVENTIONS[paper].letters:
                raise BadArgument(
                    "--letter", assignment, f"a letter of {paper}", f"use {', '.join(CONVENTIONS[paper].letters)}"
                )
            values[name] = exact_number(value, f"--{name}")
        return cls(system, None if paper is None else CONVENTIONS[paper], values)

    def numbers(self, capacity: Any, source: Any) -> tuple[Any, Any]:
        """Return capacity and source: those given, or what the paper's letters say; (None, None) if none of them are given.

        Raises
        ------
        ValueError
            If only one of them is given, or both them and letters, and as `Convention.ours`.
        """
        given = [flag for flag, value in (("--capacity", capacity), ("--source", source)) if value is not None]
        if self.convention is not None and self.values:
            if given:
                letters = ", ".join(f"--{name}" for name in self.values)
                raise BadArgument(
                    "--convention", self.convention.key, f"used with its letters, or with {' and '.join(given)}",
                    f"leave out {letters} or {', '.join(given)}",
                )
            for name in self.convention.letters:
                if name not in self.values and name not in self.convention.defaults:
                    raise missing(f"--{name}", f"{self.convention.key} has it", f"write for example --{name} 1.5")
            ours = self.convention.ours(**self.values)
            alpha, r = (Fraction(int(ours[name].p), int(ours[name].q)) for name in ("capacity", "source"))
            return alpha, r
        if len(given) == 1:
            other = "--source" if given == ["--capacity"] else "--capacity"
            raise missing(other, f"it goes with {given[0]}", "give both or none")
        return check_numbers(capacity, source) if given else (None, None)

    @property
    def title(self) -> str:
        """The paper, for a title; empty for our letters."""
        return "" if self.convention is None else f", in the letters of {self.convention.reference}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What the letters mean."""
        names = ", ".join(f"{name}: {keyword.removeprefix('n_').replace('_', ' ')}" for keyword, name in self.names.items())
        if self.convention is None:
            return (f"α: capacity, λ_k = k^(-α); r: source, c_k λ_k = k^(-1-2αr); {names}",)
        alpha, r = (spell(each) for each in (self.convention.capacity, self.convention.source))
        return (f"capacity = {alpha}, source = {r}; {names}", *filter(None, [self.convention.note]))
