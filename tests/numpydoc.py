"""Docstrings in NumPy's form, read: sections and their entries."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

ENTRIES = ("Parameters", "Attributes", "Returns", "Yields", "Raises")


@dataclass(frozen=True)
class Entry:
    """One entry of a section: the names before the colon, what stands behind it, and the lines below."""

    names: tuple[str, ...]
    kind: str
    description: str


def sections(docstring: str | None) -> dict[str, list[Entry]]:
    """Return the sections that hold entries, by their titles."""
    lines = inspect.cleandoc(docstring or "").splitlines()
    heads = [i for i in range(len(lines) - 1) if lines[i] and set(lines[i + 1]) == {"-"} and len(lines[i + 1]) == len(lines[i])]
    found = {}
    for head, following in zip(heads, [*heads[1:], len(lines)], strict=False):
        if lines[head] in ENTRIES:
            found[lines[head]] = list(_entries(lines[head + 2 : following]))
    return found


def _entries(lines: list[str]):
    starts = [i for i, line in enumerate(lines) if line and not line[0].isspace()]
    for start, following in zip(starts, [*starts[1:], len(lines)], strict=False):
        names, _, kind = lines[start].partition(" : ")
        description = " ".join(line.strip() for line in lines[start + 1 : following]).strip()
        yield Entry(tuple(re.sub(r"^\*+", "", name.strip()) for name in names.split(",")), kind, description)
