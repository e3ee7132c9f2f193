"""A result at a glance: at most a dozen rows, what is constant above them, what has no room below."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

ROWS, HEAD = 12, 6  # rows at most, the line of dots included; those before it
WIDEST = 110
NAMED = 8  # columns without room that are named
DIGITS = 5


def cell(value: Any) -> str:
    """Return a number in few characters.

    Parameters
    ----------
    value : Any
        A number, a word or a truth value.
    """
    if isinstance(value, mpmath.mpf):
        return str(mpmath.nstr(value, DIGITS))
    if isinstance(value, float | np.floating):
        return re.sub(r"e(-?)\+?0*", r"e\1", f"{value + 0.0:.{DIGITS}g}")
    return str(value)


def cells(columns: Mapping[str, NDArray[Any]]) -> dict[str, list[str]]:
    """Return the rows that are shown, as text by column.

    Parameters
    ----------
    columns : mapping of str to ndarray
        All of one shape.
    """
    shown = {}
    for name, column in columns.items():
        n = column.size
        places = range(n) if n <= ROWS else [*range(HEAD), *range(n - (ROWS - 1 - HEAD), n)]
        entries = [cell(column[np.unravel_index(place, column.shape)]) for place in places]
        shown[name] = entries if n <= ROWS else [*entries[:HEAD], "…", *entries[HEAD:]]
    return shown


def text(title: str, columns: Mapping[str, NDArray[Any]], rest: str) -> str:
    """Return a title and a table no wider than `WIDEST`.

    Parameters
    ----------
    title : str
        What it is.
    columns : mapping of str to ndarray
        All of one shape.
    rest : str
        What to say of columns that have no room, after their names.
    """
    lines, left, width = [title], [], 0
    blocks = []
    for name, entries in cells(columns).items():
        wide = max(len(name), *map(len, entries), 0) if entries else len(name)
        width += wide + 2
        if width > WIDEST + 2:
            left.append(name)
            continue
        blocks.append([entry.rjust(wide) for entry in (name, *entries)])
    lines += ["  ".join(row).rstrip() for row in zip(*blocks, strict=True)]
    if left:
        more = f" and {len(left) - NAMED} more" if len(left) > NAMED else ""
        lines.append(f"beside these {', '.join(left[:NAMED])}{more}: {rest}")
    return "\n".join(lines)


def html_table(title: str, columns: Mapping[str, NDArray[Any]]) -> str:
    """Return the same as HTML, all columns.

    Parameters
    ----------
    title : str
        What it is.
    columns : mapping of str to ndarray
        All of one shape.
    """
    shown = cells(columns)
    head = "".join(f"<th>{html.escape(name)}</th>" for name in shown)
    body = "".join(
        f"<tr>{''.join(f'<td>{html.escape(entry)}</td>' for entry in row)}</tr>" for row in zip(*shown.values(), strict=True)
    )
    return f"<div><p>{html.escape(title)}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
