"""What every report in Markdown is made of: verdicts, figures with captions, comparisons, and how to repeat it."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from numerics.check.agreement import Agreement, label
from numerics.check.verdict import Verdict
from numerics.pictures.drawing import save

PACKAGES = ("scaletheory", "numpy", "scipy", "sympy", "mpmath", "matplotlib", "scikit-learn", "scikit-image")
NAME, RECORD = "report.md", "verdicts.json"
VERDICTS: tuple[Verdict, ...] = ("agree", "disagree", "undecided")
Verdicts = Sequence[tuple[str, Agreement]]


@dataclass(frozen=True)
class Section:
    """A figure of a report: its title and caption, its file, and how to draw it."""

    title: str
    caption: str
    file: str
    draw: Callable[[], Any]


def overall(verdicts: Verdicts) -> Verdict:
    """Return the worst: "disagree" if any part does, else "undecided" if any is, else "agree"."""
    found = {agreement.verdict for _, agreement in verdicts}
    return "disagree" if "disagree" in found else "undecided" if "undecided" in found else "agree"


def write_page(
    folder: str | Path, sections: Iterable[Section], text: str, verdicts: Verdicts, facts: Mapping[str, Any] | None = None
) -> Path:
    """Write `report.md`, its figures and `verdicts.json` into a folder that exists, in place of files of these names.

    Returns the report's path.

    Raises
    ------
    ValueError
        If matplotlib is missing.
    OSError
        If a file cannot be written.
    """
    place = Path(folder)
    for section in sections:
        save(section.draw(), place / section.file)
    report = place / NAME
    report.write_text(text, encoding="utf-8")
    record = json.dumps({**recorded(verdicts), **(facts or {})}, ensure_ascii=False, indent=1, allow_nan=False)
    (place / RECORD).write_text(f"{record}\n", encoding="utf-8")
    return report


def recorded(verdicts: Verdicts) -> dict[str, Any]:
    """Return the verdict and those of every term of every part, ready for JSON."""
    terms = [
        {"part": part, "term": label(row.term), "verdict": row.verdict,
         **{key: value if np.isfinite(value) else None
            for key, value in (("deviation", row.deviation), ("stderr", row.stderr), ("z", row.z))}}
        for part, agreement in verdicts
        for row in agreement.terms
    ]  # fmt: skip
    return {"verdict": overall(verdicts), "terms": terms}


def opening(title: str, verdicts: Verdicts, kind: str) -> list[str]:
    """Return the title, the verdict, and those of all parts: models, or whatever `kind` says."""
    rows = []
    for part, agreement in verdicts:
        counts = Counter(row.verdict for row in agreement.rows)
        worst = max(agreement.terms, key=lambda row: np.nan_to_num(abs(row.z), nan=-1.0))
        rows.append((
            part, f"**{agreement.verdict}**", len(agreement.rows), *(counts[name] for name in VERDICTS),
            f"{largest_z(agreement):.2f}",
            f"{label(worst.term)}: {worst.deviation:+.2%} ± {worst.stderr:.2%}, z = {worst.z:+.2f}",
        ))  # fmt: skip
    heads = (kind, "verdict", "comparisons", *VERDICTS, "largest \\|z\\|", "worst term, all settings")
    return [f"# {title}", "", f"Verdict: **{overall(verdicts)}**", "", *table(heads, rows)]


def largest_z(agreement: Agreement) -> float:
    """Return the largest |z| of the entries that have one."""
    found = np.abs([row.z for row in agreement.rows])
    return float(np.nanmax(found, initial=0.0))


def pictures(sections: Iterable[Section], numbered: bool = False) -> list[str]:
    """Return the figures, each under its title."""
    lines: list[str] = []
    for number, section in enumerate(sections, 1):
        head = f"{number}. {section.title}" if numbered else section.title
        lines += [f"## {head}", "", f"![{section.title}]({section.file})", "", section.caption, ""]
    return lines


def comparisons(verdicts: Verdicts) -> list[str]:
    """Return every comparison of every part."""
    lines = ["## Every comparison", ""]
    for part, agreement in verdicts:
        lines += [f"### {part}", "", agreement.to_markdown()]
    return lines


def closing(lines: Iterable[str], seconds: float, command: str) -> list[str]:
    """Return settings, versions and wall time, and the command that repeats all; only the wall time differs between runs."""
    versions = [f"Python {platform.python_version()}", *filter(None, map(_version, PACKAGES))]
    return [
        "## Settings", "", *(f"- {line}" for line in lines), f"- versions: {', '.join(versions)}; {platform.machine()}",
        f"- wall time: {seconds:.0f} s", "", "To repeat it, figures and numbers:", "", "```sh", command, "```", "",
    ]  # fmt: skip


def repeat(options: str, name: str, seed: int) -> str:
    """Return the command that makes a report again."""
    quick = " --quick" if name == "quick" else ""
    return f"scaletheory validate{options}{quick} --seed {seed} --out DIR"


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """Return a table in Markdown, a line a row."""
    lines = [f"| {' | '.join(map(str, row))} |" for row in (heads, *rows)]
    return [lines[0], "|" + "---|" * len(heads), *lines[1:]]


def _version(package: str) -> str | None:
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return None
