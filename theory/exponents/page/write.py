"""The page itself: the law's data, the symbolic law and two scripts in one file of HTML, which loads and sends nothing."""

from __future__ import annotations

import html
import importlib.resources
import json
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from theory.conventions import Convention
from theory.exponents.page.data import LawData
from theory.exponents.page.numbers import numbers
from theory.exponents.system import System

SOURCE = Fraction(2, 5)  # where a page begins; a capacity is a typical one


def law_data(
    system: System, capacity: Fraction | None, source: Fraction | None, convention: Convention | None,
    start: Mapping[str, Any], title: str, text: str,
) -> dict[str, Any]:
    """Return the whole object of a page, `scaletheory/law/1` with title, text and the numbers of one task.

    Parameters
    ----------
    system : System
        Of any law.
    capacity, source : Fraction, optional
        α and r at which it begins, and of the task that has numbers.
    convention : Convention, optional
        Whose letters are used.
    start : mapping
        Powers by keyword, likewise.
    title, text : str
        In words; the law in symbols.

    Raises
    ------
    ValueError
        As `LawData`.
    """
    alpha = Fraction(str(system.capacity.typical[1])) if capacity is None else capacity
    if source is None:  # a paper with one letter has no other
        implied = convention is not None and convention.source is not None and len(convention.letters) == 1
        source = _implied(convention, alpha) if convention is not None and implied else SOURCE
    made = LawData(system, convention).data(alpha, source, start)
    return {**made, "title": title, "text": text, "by": "scaletheory", "numbers": numbers(system, alpha, source)}


def _implied(convention: Convention, alpha: Fraction) -> Fraction:
    """Return the source that a capacity implies in a paper."""
    found = convention.ours(**convention.theirs(alpha))["source"]
    return Fraction(int(found.p), int(found.q))


def page(data: Mapping[str, Any]) -> str:
    """Return the HTML of what `law_data` made."""
    folder = importlib.resources.files(__package__)
    conditions = "".join(f"For {each}. " for each in data["conditions"])
    words = (
        f"{conditions}Every argument is a power of one large number Λ, and so is every term of the risk: exact fractions, "
        "derived from the formulas that give numbers."
    )
    summary = "The law in symbols" + (f", in the letters of {data['convention']['reference']}" if data["convention"] else "")
    blocks = {
        "summary": html.escape(summary),
        "title": html.escape(data["title"]),
        "text": html.escape(data["text"]),
        "words": html.escape(words),
        "by": html.escape(f"Made by {data['by']}"),
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        **{name: (folder / name).read_text(encoding="utf-8") for name in ("law.js", "view.js")},
    }
    whole = (folder / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{([a-z.]+)\}\}", lambda place: blocks[place[1]], whole)
