"""A published experiment made again: its verdicts, its figures and its report in Markdown, whatever the paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from numerics.check.agreement import Agreement
from numerics.check.verdict import Verdict
from numerics.validation.page import Section, closing, comparisons, opening, overall, pictures, repeat, write_page


class Plan(Protocol):
    """What is read of the plan of an experiment."""

    @property
    def name(self) -> str:
        """Either "quick" or "full"."""

    @property
    def seed(self) -> int:
        """Of the whole experiment."""


@dataclass(frozen=True, eq=False)
class Reproduction:
    """All that a report shows, and what a command prints of it.

    Attributes
    ----------
    paper : str
        Its key in `theory.conventions`.
    title : str
        The report's first line.
    plan : Plan
        How large and how many.
    verdicts : tuple of (str, Agreement)
        Simulation against theory, a part of the experiment each.
    text : str
        Markdown between the verdicts and the figures: tables, and what they say.
    sections : tuple of Section
        The figures.
    settings : tuple of str
        What the numbers depend on, a line each.
    notes : tuple of str
        The findings, a line each.
    facts : mapping
        The findings as numbers, ready for JSON.
    figure : callable
        Makes one picture of everything.
    control : float
        What the theory was multiplied by.
    """

    paper: str
    title: str
    plan: Plan
    verdicts: tuple[tuple[str, Agreement], ...]
    text: str
    sections: tuple[Section, ...]
    settings: tuple[str, ...]
    notes: tuple[str, ...]
    facts: Mapping[str, Any]
    figure: Callable[[], Any]
    control: float = 1.0

    @property
    def verdict(self) -> Verdict:
        """The worst of all parts."""
        return overall(self.verdicts)

    def controlled(self, factor: float) -> Reproduction:
        """Return the report of the same measurements with every value of the theory multiplied by a factor."""
        verdicts = tuple((part, agreement.multiplied(factor)) for part, agreement in self.verdicts)
        line = f"control: every value of the theory is multiplied by {factor:g} before it is held against simulation"
        return replace(self, title=f"{self.title} (control, theory × {factor:g})", verdicts=verdicts,
                       settings=(line, *self.settings), facts={**self.facts, "control": factor}, control=factor)  # fmt: skip

    def write(self, folder: str | Path, seconds: float) -> Path:
        """Write the report; see `write_page`. `seconds` is the experiment's wall time, to be stated."""
        return write_page(folder, self.sections, self.markdown(seconds), self.verdicts, self.facts)

    def markdown(self, seconds: float) -> str:
        """Return the text of the report; only the line of the wall time differs between runs of one seed."""
        control = "" if self.control == 1 else f" --control {self.control:g}"
        command = repeat(f" --paper {self.paper}{control}", self.plan.name, self.plan.seed)
        settings = (f"seed {self.plan.seed}; {self.plan.name}", *self.settings)
        return "\n".join([
            *opening(self.title, self.verdicts, ""), "", self.text, "", *pictures(self.sections), *comparisons(self.verdicts),
            *closing(settings, seconds, command),
        ])  # fmt: skip
