"""A grid over any arguments as a dataset, which is computed anywhere and goes on where it was stopped."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from contextlib import closing
from os import PathLike
from typing import Any

from numerics.montecarlo.progress import Progress, reporting
from numerics.montecarlo.spread import check_executor, spread
from numerics.sweep.grid import Grid, checked_axes, chunk_shape
from numerics.sweep.identity import settings
from numerics.sweep.kept import Folder, Memory
from theory.versions import version


def sweep(
    model: Any,
    task: Any,
    axes: Any,
    *,
    store: str | PathLike[str] | None = None,
    executor: Executor | None = None,
    progress: Progress | bool | None = None,
    chunk: int | None = None,
    **fixed: Any,
) -> Any:
    """Evaluate a model over a product of axes, in chunks that are kept as they come.

    Parameters
    ----------
    model : Chain, GradientFlow, OnePassSGD, … or callable
        `model.evaluate(task, **arguments)` is called, or `model(task, **arguments)`: a simulation with all that it needs
        beside (`functools.partial(nm.simulate, chain, trials=20, seed=0)`: the same seed at every point), or a function that
        returns a number, or a dict of them.
    task : Spectrum, callable or None
        The population; or what makes one from some of the arguments, by their names: `th.PowerLaw` with an axis or a fixed
        argument "capacity"; None for a function without one.
    axes : dict of str to array-like
        Values along each axis, of any arguments: numbers, words, truth values. What may be an array by its signature
        (ridges, noises, sizes of a theory) is passed as one.
    store : path-like, optional
        A folder, made if need be: each chunk is written within a second, and a sweep that was killed goes on from there. It
        holds "results.zarr", which xarray opens at any time. Needed above 4 GB of answers. One process writes at a time.
    executor : concurrent.futures.Executor, optional
        Where chunks are computed: processes, threads, a cluster's. See `numerics.simulate`.
    progress : callable or bool, optional
        Called as progress(done, total) in points; as in `simulate`.
    chunk : int, optional
        The most points in a chunk. Left out: 16,384 in one call where arguments are arrays, and one call where they are not.
    **fixed : Any
        The other arguments, of the model and of the task.

    Returns
    -------
    xarray.Dataset
        Every answer along all axes, by the names of `Result.answers` (of estimates the mean, and the standard error as
        "…_stderr"); a lone number is "value". With a store it is read from disk where it is looked at.

    Raises
    ------
    ValueError
        For arguments that are not the model's, axes that are fixed as well, a store that holds another sweep (the message says
        where they differ), answers that are not numbers, and without the extra "sweep".

    Warns
    -----
    RuntimeWarning
        If the executor dies; what it left undone runs in this process.

    Notes
    -----
    The numbers depend on the chunks in their last digits at most, and on the executor and on interruptions not at all.
    """
    values = checked_axes(axes, fixed, model, task)
    check_executor(executor)
    whole = Grid(model, task, values, fixed, (1,) * len(values)).whole
    steps = chunk_shape([len(axis) for axis in values.values()], [name in whole for name in values], chunk)
    grid = Grid(model, task, values, fixed, steps)
    attributes = {
        "scaletheory": version(),
        **{name: value for name, value in fixed.items() if isinstance(value, int | float | str)},
    }
    kept = Memory(grid, attributes) if store is None else Folder(store, grid, settings(grid), attributes)
    with closing(kept), reporting(progress, "points") as report:
        points, total = _points(grid), math.prod(grid.shape)
        there = kept.done
        done = sum(points(index) for index in there)
        report(done, total)
        missing = [index for index in range(grid.n_chunks) if index not in there]
        try:
            with closing(spread(grid, missing, executor, "chunks")) as finished:
                for index, answer in finished:
                    kept.put(index, answer)
                    done += points(index)
                    report(done, total)
        finally:
            kept.flush()
    return kept.dataset()


def _points(grid: Grid) -> Any:
    def count(index: int) -> int:
        return math.prod(part.stop - part.start for part in grid.slices(index))

    return count
