"""Numbers as text, and columns as JSON and CSV.

JSON has no NaN and no infinity: NaN is `null`, infinities are the strings "inf" and "-inf"; numbers with more digits
than a double holds (`--precision`) are strings too. CSV writes `nan` and `inf`, and every double to its last digit.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mpmath
import numpy as np


def plain(value: Any, digits: int) -> Any:
    """Return a value as JSON can hold it; `digits` are those of multi-precision numbers."""
    if isinstance(value, mpmath.mpf):
        return mpmath.nstr(value, digits) if mpmath.isfinite(value) else plain(float(value), digits)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def short(value: Any, digits: int) -> str:
    """Return a value in as few characters as its significant digits need: 1e-8 and not 1e-08."""
    if isinstance(value, mpmath.mpf):
        return str(plain(value, digits) or "nan")
    if isinstance(value, float | np.floating):
        return re.sub(r"e(-?)\+?0*", r"e\1", f"{value:.{digits}g}")
    return str(value)


def json_text(facts: Mapping[str, Any], columns: Mapping[str, Sequence[Any]], digits: int) -> str:
    """Return one JSON object, an entry a line: facts, then one list for each column."""
    document = {key: plain(value, digits) for key, value in facts.items()}
    document |= {name: [plain(value, digits) for value in values] for name, values in columns.items()}
    lines = (f"  {json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in document.items())
    return "{\n" + ",\n".join(lines) + "\n}"


def write_csv(path: Path, columns: Mapping[str, Sequence[Any]], digits: int) -> None:
    """Write the columns, their names in the first line."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            cells = (plain(value, digits) for value in row)
            table.writerow(["nan" if cell is None else cell for cell in cells])
