"""Where the answers of a grid go: into memory, or into a folder, chunk by chunk.

A folder holds `results.zarr`, which xarray opens at any time, and `chunks.sqlite`, which says what was asked and which chunks
are there. A chunk counts once its numbers are in place, so that a process killed at any moment leaves no wrong one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.montecarlo.store import TrialStore
from numerics.sweep.grid import Answer, Grid
from theory.errors import BadArgument
from theory.optional import optional

IN_MEMORY = 4e9  # bytes of answers from which on a folder is asked for
FLUSH = 1.0  # seconds between two times of writing
BLOCK, PENDING = 1024, 2**20  # points in a file at least, and points held before they are written
RESULTS, CHUNKS = "results.zarr", "chunks.sqlite"
MARK = np.zeros(0)


def fill(dtype: np.dtype[Any]) -> Any:
    """Return what stands where nothing has been computed: nan, or 0 where there is none."""
    return np.nan if dtype.kind in "fc" else np.zeros((), dtype)[()]


class Memory:
    """Answers in memory.

    Parameters
    ----------
    grid : Grid
        What is computed.
    attributes : mapping
        Of the dataset.
    """

    def __init__(self, grid: Grid, attributes: Mapping[str, Any]) -> None:
        self._xarray = optional("xarray", "sweep", "sweep()")
        self._grid, self._attributes = grid, dict(attributes)
        self._columns: dict[str, NDArray[Any]] = {}
        self._codes: dict[str, int] = {}

    @property
    def done(self) -> set[int]:
        """The chunks that are there."""
        return set()

    def put(self, index: int, answer: Answer) -> None:
        """Take what came of a chunk."""
        if not self._columns:
            self._attributes |= answer.about
            self._codes = answer.codes
            bytes_ = math.prod(self._grid.shape) * sum(column.itemsize for column in answer.columns.values())
            if bytes_ > IN_MEMORY:
                raise BadArgument("store", None, f"given for {bytes_ / 1e9:.1f} GB of answers", "name a folder for them")
            self._columns = {
                name: np.full(self._grid.shape, fill(column.dtype), column.dtype) for name, column in answer.columns.items()
            }
        place(self._columns, self._grid.slices(index), answer)

    def flush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def dataset(self) -> Any:
        """Return what is there."""
        variables = {name: (tuple(self._grid.axes), column) for name, column in self._columns.items()}
        made = self._xarray.Dataset(variables, coords=self._grid.axes, attrs=self._attributes)
        if "status" in made:
            made["status"].attrs.update(self._codes)
        return made


class Folder:
    """Answers in a folder.

    Parameters
    ----------
    path : path-like
        Made with the first answer.
    grid : Grid
        What is computed.
    settings : mapping
        All that the answers depend on, as JSON can say it.
    attributes : mapping
        Of the dataset.

    Raises
    ------
    ValueError
        If the folder holds another sweep; the message says where they differ.
    """

    def __init__(
        self, path: str | PathLike[str], grid: Grid, settings: Mapping[str, Any], attributes: Mapping[str, Any]
    ) -> None:
        self._xarray, self._zarr = optional("xarray", "sweep", "sweep()"), optional("zarr", "sweep", "sweep(store=)")
        if not isinstance(path, str | PathLike):
            raise BadArgument("store", path, "the path of a folder", "give a name for a new one")
        self._path, self._grid, self._settings, self._attributes = Path(path), grid, settings, dict(attributes)
        if self._path.exists() and not self._path.is_dir():
            raise BadArgument("store", str(path), "a folder, not a file", "give a name for a new one")
        found = self._path.is_dir() and any(self._path.iterdir())
        if found and not (self._path / CHUNKS).exists():
            raise BadArgument("store", str(path), "a folder that a sweep made, or an empty one", "give a name for a new one")
        self._marks = TrialStore(self._path / CHUNKS, settings) if found else None
        self._block = _block(grid)
        self._blocks: dict[tuple[int, ...], dict[str, NDArray[Any]]] = {}
        self._pending: list[int] = []
        self._arrays: dict[str, Any] = {}
        self._points, self._written = 0, time.monotonic()

    @property
    def done(self) -> set[int]:
        """The chunks that are there."""
        return set(self._marks.read(0, self._grid.n_chunks)) if self._marks is not None else set()

    def put(self, index: int, answer: Answer) -> None:
        """Take what came of a chunk; it is written within `FLUSH` seconds, or with the next."""
        if not self._arrays:
            self._open(answer)
        if self._arrays.keys() != answer.columns.keys():
            raise BadArgument(
                "model", list(answer.columns), f"with the same answers everywhere, {list(self._arrays)}", "leave others out"
            )
        where = self._grid.slices(index)
        corner = tuple(part.start // step for part, step in zip(where, self._block, strict=True))
        if corner not in self._blocks:
            self._blocks[corner] = {name: array[self._part(corner)] for name, array in self._arrays.items()}
        inside = tuple(slice(part.start - at * step, part.stop - at * step)
                       for part, at, step in zip(where, corner, self._block, strict=True))  # fmt: skip
        place(self._blocks[corner], inside, answer)
        self._pending.append(index)
        self._points += math.prod(part.stop - part.start for part in where)
        if time.monotonic() - self._written > FLUSH or self._points > PENDING:
            self.flush()

    def flush(self) -> None:
        """Write what is held: the numbers first, then that they are there."""
        for corner, columns in self._blocks.items():
            for name, column in columns.items():
                self._arrays[name][self._part(corner)] = column
        if self._pending and self._marks is not None:
            self._marks.add_all(dict.fromkeys(self._pending, MARK))
        self._blocks, self._pending, self._points, self._written = {}, [], 0, time.monotonic()

    def close(self) -> None:
        """Close the files."""
        if self._marks is not None:
            self._marks.close()

    def dataset(self) -> Any:
        """Return what is there, read from disk where it is looked at."""
        return self._xarray.open_zarr(self._path / RESULTS, consolidated=False, chunks=None)

    def _part(self, corner: tuple[int, ...]) -> tuple[slice, ...]:
        return tuple(
            slice(at * step, min((at + 1) * step, length))
            for at, step, length in zip(corner, self._block, self._grid.shape, strict=True)
        )

    def _open(self, answer: Answer) -> None:
        """Open the arrays; make them, and the folder, with the first answer."""
        if self._marks is None:
            try:
                self._path.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise BadArgument(
                    "store", str(self._path), "a folder, or a name for a new one", f"choose another ({error})"
                ) from error
            self._marks = TrialStore(self._path / CHUNKS, self._settings)
        results = self._path / RESULTS
        if not self._marks.read(0, self._grid.n_chunks):  # what a process killed early began
            empty = self._xarray.Dataset(coords=self._grid.axes, attrs={**self._attributes, **answer.about})
            empty.to_zarr(results, mode="w", consolidated=False, zarr_format=2)
        group = self._zarr.open_group(results, mode="r+")
        for name, column in answer.columns.items():
            if name not in group:
                attributes = {"_ARRAY_DIMENSIONS": list(self._grid.axes), **(answer.codes if name == "status" else {})}
                # A value to fill integers with would be taken for "missing".
                empty_value = fill(column.dtype) if column.dtype.kind in "fc" else None
                group.create_array(
                    name, shape=self._grid.shape, chunks=self._block, dtype=column.dtype, fill_value=empty_value,
                    attributes=attributes,
                )  # fmt: skip
        self._arrays = {name: group[name] for name in group.array_keys() if name not in self._grid.axes}


def place(columns: dict[str, NDArray[Any]], where: tuple[slice, ...], answer: Answer) -> None:
    """Put the answers of a chunk into arrays of the grid, or of a part of it.

    Raises
    ------
    ValueError
        If they are not those of the other chunks.
    """
    if columns.keys() != answer.columns.keys():
        raise BadArgument(
            "model", list(answer.columns), f"with the same answers everywhere, {list(columns)}", "leave others out"
        )
    for name, column in answer.columns.items():
        if not np.can_cast(column.dtype, columns[name].dtype, "same_kind"):
            raise BadArgument(
                "model", name, f"of one kind, {columns[name].dtype}, not {column.dtype}", "return floats everywhere"
            )
        columns[name][where] = column


def _block(grid: Grid) -> tuple[int, ...]:
    """Return the points of a file along each axis: a chunk's, or several chunks' where they are small."""
    steps = list(grid.chunk)
    for axis in reversed(range(len(steps))):
        wanted = BLOCK // math.prod(steps)
        if wanted > 1:
            steps[axis] *= min(wanted, grid.counts[axis])
    return tuple(min(step, length) for step, length in zip(steps, grid.shape, strict=True))
