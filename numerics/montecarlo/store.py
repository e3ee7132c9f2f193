"""Results of trials on disk: one SQLite file, one row a trial, committed as it comes.

A file belongs to one collection of settings, kept in it as canonical JSON; floats are written so that they read back
exactly, and so are the numbers of a trial. Nothing here knows what a trial is:

    trial i  ->  an array of float64, bit by bit.
"""

from __future__ import annotations

import io
import itertools
import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from theory.errors import BadArgument

APPLICATION, FORMAT = 0x53434C54, 1  # marks a file as one of these, and its layout
PATIENCE = 60.0  # seconds to wait for another process that is writing
SHOWN, PLACES = 120, 8  # of a difference: characters of a value, and how many places

SCHEMA = (
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {FORMAT}",
    "CREATE TABLE settings (json TEXT NOT NULL)",
    "CREATE TABLE trials (number INTEGER PRIMARY KEY, outcome BLOB NOT NULL, checksum INTEGER NOT NULL)",
)


class TrialStore:
    """An open store; made where there is none, and closed by `with`.

    Parameters
    ----------
    path : str or path-like
        The file. A process killed while it writes leaves it whole: what was committed is there, the rest is not.
    settings : mapping
        Everything that the numbers depend on but the number of the trial: names to what JSON can say, floats finite.

    Raises
    ------
    ValueError
        If the path cannot be written or read, the file is damaged or something else, or its settings are not these;
        the message then shows both where they differ. Nothing is changed in a file that is refused.
    """

    def __init__(self, path: str | PathLike[str], settings: Mapping[str, Any]) -> None:
        if not isinstance(path, str | PathLike):
            raise BadArgument("store", path, "the path of a file", "give a file name")
        self._path = fspath(path)
        if self._path == ":memory:":
            raise BadArgument("store", self._path, "the path of a file", "SQLite would keep nothing there")
        if not Path(self._path).absolute().parent.is_dir():
            raise BadArgument("store", self._path, "in a directory that exists", "make the directory first")
        if Path(self._path).is_dir():
            raise BadArgument("store", self._path, "a file, not a directory", "give a file name in it")
        wanted = json.loads(canonical(settings))
        with self._explained("opened"):
            self._connection = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)
        try:
            with self._explained("opened"):
                self._open(wanted)
        except BaseException:
            self._connection.close()
            raise

    def _open(self, wanted: Any) -> None:
        ask = self._connection.execute
        ask("PRAGMA synchronous = NORMAL")
        if self._is_new():
            ask("BEGIN IMMEDIATE")
            if self._is_new():  # no other process was first
                for statement in SCHEMA:
                    ask(statement)
                ask("INSERT INTO settings VALUES (?)", (canonical(wanted),))
            ask("COMMIT")
        if self._pragma("application_id") != APPLICATION:
            raise BadArgument(
                "store", self._path, "a store of trials", "this is a database of another program; give another file"
            )
        if self._pragma("user_version") != FORMAT:
            raise BadArgument("store", self._path, f"of format {FORMAT}", "another version wrote this; give another file")
        (text,) = ask("SELECT json FROM settings").fetchone() or ("{}",)
        found = json.loads(text)
        if found != wanted:
            raise BadArgument(
                "store", self._path, f"made by these settings, but {difference(found, wanted)}", "give another file"
            )

    def _is_new(self) -> bool:
        marks = self._pragma("application_id"), self._pragma("user_version")
        return marks == (0, 0) and not self._connection.execute("SELECT 1 FROM sqlite_master").fetchall()

    def _pragma(self, name: str) -> Any:
        return self._connection.execute(f"PRAGMA {name}").fetchone()[0]

    def read(self, first: int, trials: int) -> dict[int, NDArray[np.float64]]:
        """Return the outcomes that are there among trials `first`, …, `first + trials − 1`, by number.

        Raises
        ------
        ValueError
            If the file is damaged.
        """
        rows = "SELECT number, outcome, checksum FROM trials WHERE number >= ? AND number < ?"
        with self._explained("read"):
            found = self._connection.execute(rows, (first, first + trials)).fetchall()
        return {number: self._decoded(number, outcome, checksum) for number, outcome, checksum in found}

    def add(self, number: int, outcome: NDArray[np.float64]) -> None:
        """Commit the outcome of one trial. One that is there already stays: it is the same.

        Raises
        ------
        ValueError
            If it cannot be written; what was committed before stays.
        """
        self.add_all({number: outcome})

    def add_all(self, outcomes: Mapping[int, NDArray[np.float64]]) -> None:
        """Commit the outcomes of several trials at once, by number; see `add`."""
        rows = []
        for number, outcome in outcomes.items():
            buffer = io.BytesIO()
            np.save(buffer, np.asarray(outcome, dtype=np.float64), allow_pickle=False)
            rows.append((number, buffer.getvalue(), zlib.crc32(buffer.getvalue())))
        with self._explained("written"):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany("INSERT OR IGNORE INTO trials VALUES (?, ?, ?)", rows)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _decoded(self, number: int, outcome: Any, checksum: Any) -> NDArray[np.float64]:
        if not isinstance(outcome, bytes) or zlib.crc32(outcome) != checksum:
            raise BadArgument("store", self._path, f"whole, but trial {number} is damaged", "give another file")
        return np.load(io.BytesIO(outcome), allow_pickle=False)

    @contextmanager
    def _explained(self, done: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, json.JSONDecodeError) as error:
            raise BadArgument(
                "store", self._path, f"a store of trials that can be {done} ({error})", "give another file"
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def canonical(settings: Any) -> str:
    """Return settings as JSON: keys sorted, floats by the shortest decimal that reads back as the same number."""
    return json.dumps(settings, sort_keys=True, allow_nan=False, ensure_ascii=False)


def difference(stored: Any, wanted: Any) -> str:
    """Return in words where two collections of settings differ, both values beside each place."""
    places = [f"{place} is {_shown(old)} in it and {_shown(new)} here" for place, old, new in _differences(stored, wanted)]
    return "; ".join(places[:PLACES]) + (f"; and in {len(places) - PLACES} more places" if len(places) > PLACES else "")


def _differences(stored: Any, wanted: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(stored, dict) and isinstance(wanted, dict):
        for name in sorted({*stored, *wanted}):
            yield from _differences(stored.get(name), wanted.get(name), f"{place}.{name}" if place else name)
    elif isinstance(stored, list) and isinstance(wanted, list):
        for index, (old, new) in enumerate(itertools.zip_longest(stored, wanted)):
            yield from _differences(old, new, f"{place}[{index}]")
    elif stored != wanted:
        yield place, stored, wanted


def _shown(value: Any) -> str:
    text = canonical(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
