"""A published experiment made again: its verdicts, its figures and its report in Markdown, whatever the paper."""

from __future__ import annotations

import importlib.metadata
import platform
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from numerics.agreement import Agreement, label
from numerics.drawing import save
from numerics.report import NAME, PACKAGES, Section
from numerics.verdict import Verdict

VERDICTS: tuple[Verdict, ...] = ("agree", "disagree", "undecided")


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
    plan : Plan
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

    @property
    def verdict(self) -> Verdict:
        """The worst: "disagree" if any part does, else "undecided" if any is, else "agree"."""
        found = {agreement.verdict for _, agreement in self.verdicts}
        return "disagree" if "disagree" in found else "undecided" if "undecided" in found else "agree"

    def write(self, folder: str | Path, seconds: float) -> Path:
        """Write `report.md` and its figures into a folder that exists; return the report's path.

        Parameters
        ----------
        folder : path
            Files of the same names are replaced.
        seconds : float
            Wall time of the experiment, to be stated. All else is the same for the same seed and versions.

        Raises
        ------
        ValueError
            If matplotlib is missing.
        OSError
            If a file cannot be written.
        """
        place = Path(folder)
        for section in self.sections:
            save(section.draw(), place / section.file)
        report = place / NAME
        report.write_text(self.markdown(seconds), encoding="utf-8")
        return report

    def markdown(self, seconds: float) -> str:
        """Return the text of the report; only the line of the wall time differs between runs of one seed."""
        lines = [f"# {self.title}", "", f"Verdict: **{self.verdict}**", "", *self._verdicts(), "", self.text, ""]
        for section in self.sections:
            lines += [f"## {section.title}", "", f"![{section.title}]({section.file})", "", section.caption, ""]
        lines += ["## Every comparison", ""]
        for title, agreement in self.verdicts:
            lines += [f"### {title}", "", agreement.to_markdown()]
        quick = " --quick" if self.plan.name == "quick" else ""
        lines += ["## Settings", "", f"- seed {self.plan.seed}; {self.plan.name}", *(f"- {line}" for line in self.settings)]
        lines += [f"- versions: {', '.join(_versions())}; {platform.machine()}", f"- wall time: {seconds:.0f} s", ""]
        command = f"scaletheory validate --paper {self.paper}{quick} --seed {self.plan.seed} --out DIR"
        return "\n".join([*lines, "To repeat it, figures and numbers:", "", "```sh", command, "```", ""])

    def _verdicts(self) -> list[str]:
        rows = []
        for title, agreement in self.verdicts:
            counts = Counter(row.verdict for row in agreement.rows)
            worst = max(agreement.terms, key=lambda row: np.nan_to_num(abs(row.z), nan=-1.0))
            rows.append((
                title, f"**{agreement.verdict}**", len(agreement.rows), *(counts[name] for name in VERDICTS),
                f"{label(worst.term)}: {worst.deviation:+.2%} ± {worst.stderr:.2%}, z = {worst.z:+.2f}",
            ))  # fmt: skip
        return table(("", "verdict", "comparisons", *VERDICTS, "worst term, all settings"), rows)


def _versions() -> list[str]:
    installed = {entry.name for entry in importlib.metadata.distributions()}
    packages = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES if name in installed]
    return [f"Python {platform.python_version()}", *packages]


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """Return a table in Markdown, a line a row."""
    lines = [f"| {' | '.join(map(str, row))} |" for row in (heads, *rows)]
    return [lines[0], "|" + "---|" * len(heads), *lines[1:]]
