"""The ledger as a page: a table for each subject, a row for each formula, from the committed result, never by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from derivation_pages import replace

from numerics.validation.ledger.entries import KINDS, Entry, Page, Witness, read
from numerics.validation.page import table

HEAD = """# Ledger

Every public formula and its witnesses: {formulas} formulas of {subjects} subjects, {witnesses} witnesses that agree, {disagree}
that do not. Made by `scaletheory validate --ledger --store docs/ledger/ledger.json`, committed with each release; a test fails
where a formula has fewer than three witnesses, where an entry is older than its formula, and where a witness disagrees.

- **identity**: exact algebra, term by term: sums, limits, other forms, modulo a prime of 61 bits or symbolically.
- **digits**: the worst relative error of doubles at hard points, against {digits}.
- **simulation**: mean deviation from the formula, at infinite size, of draws that know no formula, with its standard error;
  seed {seed}. An error of the size stated is seen with probability 0.99, or the verdict is undecided (and no witness).
- **published**: the worst relative error against numbers and closed forms in print; a dash where nothing is.
- **route**: the worst relative error against another way to the same number.

What each compares is listed under its table.
"""
MARKS = {"agree": "✓", "disagree": "✗", "undecided": "?"}


def write(app: Any) -> None:
    """Write the page."""
    root = Path(app.srcdir)
    ledger = read(root / "ledger" / "ledger.json")
    entries = [entry for page in ledger.pages.values() for entry in page.entries.values()]
    head = HEAD.format(
        formulas=len(entries), subjects=len(ledger.pages), witnesses=sum(len(entry.agreeing) for entry in entries),
        disagree=sum(len(entry.disagreeing) for entry in entries), seed=ledger.seed,
        digits="mpmath or certified bounds of up to 50 digits",
    )  # fmt: skip
    lines, group = [head], ""
    for page in ledger.pages.values():
        if page.group != group:
            group = page.group
            lines += [f"## {group[0].upper()}{group[1:]}", ""]
        lines += _section(page)
    replace(root / "ledger.md", "\n".join(lines))


def _section(page: Page) -> list[str]:
    """Return a subject: its setting, its table, and what its witnesses compare."""
    heads = ("formula", *KINDS)
    rows = [(f"`{name}`", *(_cell(entry.witnesses.get(kind)) for kind in KINDS)) for name, entry in page.entries.items()]
    told = [
        f"- **{kind}**, {', '.join(f'`{name}`' for name in names)}: {words}"
        for kind in KINDS
        for words, names in _compared(page.entries, kind).items()
    ]
    title = page.title[0].upper() + page.title[1:]
    setting = f"{page.setting}. Commit {page.commit}." if page.setting else f"Commit {page.commit}."
    return [f"### {title}", "", setting.replace("*", "\\*"), "", *table(heads, rows), "", ":::{dropdown} What each compares",
            *told, ":::", ""]  # fmt: skip


def _cell(witness: Witness | None) -> str:
    """Return a mark and the figure."""
    if witness is None or witness.verdict == "none":
        return "–"
    figures = witness.figures
    if "stderr" in figures:
        deviation, stderr = (_percent(figures[name]) for name in ("deviation", "stderr"))
        text = f"{deviation} ± {stderr.lstrip('+')}, z {figures['z']:+.1f}" if figures["z"] is not None else deviation
    elif "error" in figures:
        text = "exact" if figures["error"] == 0 else f"{figures['error']:.0e}" if figures["error"] is not None else "∞"
    else:
        text = "exact" if witness.verdict == "agree" else ""
    return _unbroken(f"{MARKS[witness.verdict]} {text}".strip())


def _unbroken(text: str) -> str:
    """Return a cell whose numbers are not broken across lines; z may stand on one of its own."""
    return text.replace(" ", "\u00a0").replace("-", "\u2212").replace(",\u00a0z", ", z")


def _percent(value: float | None) -> str:
    return "?" if value is None else f"{100 * value:+.2f} %"


def _compared(entries: Any, kind: str) -> dict[str, list[str]]:
    """Return what the witnesses of a kind say, and of which formulas: figures and counts left to the table."""
    found: dict[str, list[str]] = {}
    for name, entry in entries.items():
        words = _words(entry, kind)
        if words:
            found.setdefault(words, []).append(name)
    return found


def _words(entry: Entry, kind: str) -> str:
    witness = entry.witnesses.get(kind)
    if witness is None or witness.verdict == "none":
        return ""
    figures, text = witness.figures, witness.words.replace("*", "\\*")
    if "stderr" in figures:
        sizes = " to ".join(map(str, (figures["sizes"][0], figures["sizes"][-1]))) if figures["sizes"] else ""
        drawn = f"sizes {sizes}, " if sizes else ""
        return f"{_prefix(text)}{drawn}up to {figures['trials']} draws, sees {figures['sees']:.0%}"
    return text.rpartition(": ")[0]


def _prefix(text: str) -> str:
    """Return what was drawn, where that is told before the figures."""
    return f"{text.rpartition(': ')[0]}; " if ": " in text else ""


def setup(app: Any) -> dict[str, Any]:
    """Write the page at once: what lists it is read before the build begins."""
    write(app)
    return {"parallel_read_safe": True, "version": "1"}
