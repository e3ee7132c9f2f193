"""A paper's letters on the command line: `--convention lin2024 --a 1.5 --b 2`, and exponents and sizes written in them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeVar

import click

from scaletheory.options.values import exact_number
from scaletheory.output.formats import json_text
from scaletheory.output.report import Column, Report
from scaletheory.output.table import print_table
from scaletheory.wording import missing
from theory.conventions import CONVENTIONS
from theory.errors import BadArgument
from theory.exponents.directions import check_numbers
from theory.exponents.letters import Writing
from theory.exponents.system import System
from theory.exponents.words import spell

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

def papers() -> tuple[str, ...]:
    """Return the papers with letters for both exponents, those of other distributions too."""
    return tuple(key for key, row in CONVENTIONS.items() if row.source is not None)


class Paper(click.ParamType):
    """A paper by its key: of this package, of another distribution, or registered."""

    name = "paper"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the key; raise `ValueError` that names the option."""
        if value not in papers():
            remedy = "scaletheory exponents --conventions lists them"
            raise BadArgument("--convention", value, f"one of {', '.join(papers())}", remedy)
        return str(value)


class LetteredCommand(click.Command):
    """A command whose options include the letters of the paper that --convention names: --a 1.5 is --letter a=1.5."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, letters spelled out; or list the papers."""
        if "--conventions" in args:
            report = listed_conventions()
            if "--json" in args:
                click.echo(json_text({**report.facts, "warnings": []}, report.values, report.digits))
            else:
                print_table(report)
            ctx.exit()
        return super().parse_args(ctx, _spelled_out(args))


def listed_conventions() -> Report:
    """Return the papers with their letters, a row for each."""
    rows = list(CONVENTIONS.values())
    shown = [["" if each is None else spell(each) for each in (row.capacity, row.source)] for row in rows]
    sizes = [", ".join(f"{letter}: {name.removeprefix('n_')}" for name, letter in row.sizes.items()) for row in rows]
    columns = (
        Column("key", [row.key for row in rows], "paper", key=True, words=True, shown=[row.key for row in rows]),
        Column("letters", [" ".join(row.letters) for row in rows], "letters", words=True,
               shown=[spell(", ".join(row.letters)) for row in rows]),
        Column("capacity", [str(row.capacity or "") for row in rows], "capacity α", words=True,
               shown=[each[0] for each in shown]),
        Column("source", [str(row.source or "") for row in rows], "source r", words=True,
               shown=[each[1] for each in shown]),
        Column("sizes", sizes, "sizes", words=True, wraps=True),
        Column("reference", [row.reference for row in rows], "reference", words=True, wraps=True),
        Column("note", [row.note for row in rows], "", words=True),
    )  # fmt: skip
    notes = ("own papers: theory.conventions.register, or an entry point of the group scaletheory.conventions",)
    return Report("Conventions: papers, and what they call our exponents and sizes", {"command": "conventions"}, columns, notes,
                  lambda title: None)  # fmt: skip


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
        click.option("--convention", type=Paper(), metavar="PAPER",
                     help="Speak a paper's letters, such as lin2024 or bordelon2024; --conventions lists all."),
        click.option("--conventions", is_flag=True, expose_value=False, help="List the papers with their letters, and leave."),
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
                    "--letter", assignment, "given with --convention", f"add --convention, one of {', '.join(papers())}"
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
