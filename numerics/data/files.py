"""Tables and labels from files: .npy, .npz, and comma-separated values with or without a header line."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.errors import BadArgument

READABLE = "the path of a .npy, .npz or .csv file"
WHOLE = re.compile(r"[+-]?\d+")

Line = tuple[int, list[str]]  # its number in the file, its fields


def read_array(
    path: str | Path, argument: str, keys: tuple[str, ...], *, header: bool | None = None, labels: bool | None = None
) -> NDArray[Any]:
    """Return the array in a file.

    Parameters
    ----------
    path : str or Path
        .npy; .npz; .csv of comma-separated numbers with decimal points, or of one column of text. Empty lines and lines that
        begin with # do not count.
    argument : str
        Its name in errors.
    keys : tuple of str
        The names looked for in an .npz file.
    header : bool, optional
        Whether the first line of a .csv file is a header; by default it is where it holds text above numbers. Other files
        have none.
    labels : bool, optional
        Whether a .csv file of one column holds labels: True reads it as text, None as text if none of it is a number, and False
        wants numbers.

    Returns
    -------
    ndarray
        From .csv of float64 and of two dimensions; one column of labels, or of whole numbers where `labels` is not False, of
        one dimension and of text or int64.

    Raises
    ------
    ValueError
        If the file cannot be read, is ragged or empty, holds what is not a number, or may have decimal commas.
    """
    if not isinstance(path, str | Path):
        raise BadArgument(argument, path, READABLE, "pass a file name")
    name = str(path)
    suffix = Path(name).suffix.lower()
    if suffix not in (".npy", ".npz", ".csv"):
        raise BadArgument(argument, name, READABLE, "convert the data to one of these")
    try:
        return _csv(name, header, labels) if suffix == ".csv" else _numpy(name, argument, keys)
    except BadArgument:
        raise
    except (OSError, ValueError, EOFError, csv.Error) as error:
        remedy = "comma-separated numbers with decimal points" if suffix == ".csv" else "write it with numpy.save"
        reason = " ".join(str(error).split())
        raise BadArgument(argument, name, "a readable table of numbers", f"{remedy} ({reason})") from error


def _numpy(name: str, argument: str, keys: tuple[str, ...]) -> NDArray[Any]:
    loaded = np.load(name, allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        return loaded
    with loaded as archive:
        found = [key for key in keys if key in archive.files] or archive.files[: len(archive.files) == 1]
        if not found:
            raise BadArgument(argument, name, f"an archive with an array named {keys[0]!r}", f"it has {archive.files}")
        return np.asarray(archive[found[0]])


def _csv(name: str, header: bool | None, labels: bool | None) -> NDArray[Any]:
    with open(name, encoding="utf-8-sig", newline="") as file:
        lines: list[Line] = [
            (number, [field.strip() for field in next(csv.reader([line]))])
            for number, line in enumerate(file, 1) if line.strip() and not line.lstrip().startswith("#")
        ]  # fmt: skip
    for number, fields in lines:
        if len(fields) != len(lines[0][1]):
            raise ValueError(f"line {number} has {len(fields)} columns, line {lines[0][0]} has {len(lines[0][1])}")
    if not lines:
        raise ValueError("no data in it")
    if header or (header is None and _begins_with_header(lines)):
        return _values(lines[1:], labels)
    if labels is not False or len(lines[0][1]) > 1:
        _refuse_decimal_commas(lines, labels is not False)
    return _values(lines, labels)


def _values(lines: list[Line], labels: bool | None) -> NDArray[Any]:
    """Return the numbers in lines, or their one column of labels."""
    if not lines:
        raise ValueError("no data below the header line")
    if labels is False or len(lines[0][1]) > 1:
        return np.array([[_number(line, place) for place in range(len(line[1]))] for line in lines])
    return _column(lines, bool(labels))


def _column(lines: list[Line], labels: bool) -> NDArray[Any]:
    """Return one column: whole numbers, other numbers, or labels if that is said or none of it is a number."""
    values = [fields[0] for _, fields in lines]
    if all(WHOLE.fullmatch(value) and len(value) < 19 for value in values):
        return np.array([int(value) for value in values])
    if not all(map(_is_number, values)) and (labels or not any(map(_is_number, values))):
        return np.array(values)
    return np.array([_number(line, 0) for line in lines])


def _begins_with_header(lines: list[Line]) -> bool:
    """Whether the first line has text above a column of numbers."""
    columns = zip(*(fields for _, fields in lines), strict=True)
    return len(lines) > 1 and any(not _is_number(first) and all(map(_is_number, rest)) for first, *rest in columns)


def _refuse_decimal_commas(lines: list[Line], targets: bool) -> None:
    """Refuse columns of whole numbers without a header that are fractions after a comma, or may be in a file of targets."""
    fields = [field for _, row in lines for field in row]
    if not all(WHOLE.fullmatch(field) for field in fields):
        return
    if any(len(field) > 1 and field[0] == "0" for _, row in lines for field in row[1:]):
        raise ValueError("01 after a comma: these seem to be decimal commas; write decimal points")
    if targets and len(lines[0][1]) == 2:
        raise ValueError("decimal commas, or two columns of whole numbers? write decimal points, or names of columns first")


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return "_" not in field


def _number(line: Line, place: int) -> float:
    number, fields = line
    if not _is_number(fields[place]):
        raise ValueError(f"line {number}, column {place + 1}: {fields[place]!r} is not a number")
    return float(fields[place])
