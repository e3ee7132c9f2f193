"""What a command found: named columns, which become a table to read, JSON, CSV, or a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Column:
    r"""One value for each row.

    Attributes
    ----------
    name : str
        In JSON and CSV; the empty string keeps it out of them.
    values : sequence
        One for each row.
    heading : str
        In the table, lines broken at "\n"; the empty string keeps it out of the table.
    key : bool
        Whether it says which row this is; such columns stand at the left of every table.
    words : bool
        Whether it holds words, not numbers.
    shown : sequence of str, optional
        The table's cells; by default the values, rounded.
    wraps : bool
        Whether cells may be broken into lines on a narrow terminal.
    """

    name: str
    values: Sequence[Any] | NDArray[Any]
    heading: str = ""
    key: bool = False
    words: bool = False
    shown: Sequence[str] | None = None
    wraps: bool = False


@dataclass(frozen=True)
class Report:
    """What a command hands back.

    Attributes
    ----------
    title : str
        One line above the table.
    facts : mapping
        What holds for all rows: entries of the JSON object before the columns.
    columns : tuple of Column
        All of one length.
    notes : tuple of str
        Lines under the table.
    figure : callable
        Makes the picture, with the title that it is given.
    failed : bool
        Whether a check failed: exit status 1.
    digits : int
        Significant digits of values in the table, of multi-precision numbers everywhere.
    page : str
        If there is one, printed in place of the table: LaTeX.
    heading : str, optional
        What stands above the picture; the title if left out.
    """

    title: str
    facts: Mapping[str, Any]
    columns: tuple[Column, ...]
    notes: tuple[str, ...]
    figure: Callable[[str], Any]
    failed: bool = False
    digits: int = 5
    page: str = ""
    heading: str | None = None

    @property
    def values(self) -> dict[str, Sequence[Any]]:
        """The columns' values by name; a column without a name is in the table only."""
        return {column.name: list(np.asarray(column.values, dtype=object)) for column in self.columns if column.name}
