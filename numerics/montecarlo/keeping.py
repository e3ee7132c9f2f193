"""Long work that can be stopped: while a folder is open, every trial of every experiment is kept in it, and not run again.

A run is known by its seed and by a digest of what it runs; of another version of the code, or with another setting, it is
another run, in a file of its own.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from os import PathLike
from pathlib import Path
from typing import Any

from numerics.montecarlo.store import TrialStore, canonical
from theory.errors import BadArgument
from theory.versions import version

_FOLDER: ContextVar[Path | None] = ContextVar("folder", default=None)


@contextmanager
def kept_in(folder: str | PathLike[str] | None) -> Iterator[None]:
    """Keep the trials of all experiments inside, and take up those that are there.

    Whatever runs trials keeps them: simulations of all kinds, learning curves, cross-checks, papers' reports. What cannot be
    pickled, such as a function without a name, is run again.

    Parameters
    ----------
    folder : path-like or None
        Made if need be; None keeps nothing. Workers on other machines must see it where an experiment runs trials there.

    Returns
    -------
    context manager
        For `with`; of no value itself.

    Raises
    ------
    ValueError
        If it cannot be made.
    """
    if folder is None:
        yield
        return
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadArgument("store", str(folder), "a folder, or a name for a new one", f"choose another ({error})") from error
    token = _FOLDER.set(Path(folder))
    try:
        yield
    finally:
        _FOLDER.reset(token)


def kept_folder() -> Path | None:
    """Return the folder that is open, if one is."""
    return _FOLDER.get()


def own_store(trial: Any, seed: int) -> AbstractContextManager[TrialStore | None]:
    """Return the store of a run in the folder that is open; none if no folder is, or what is run does not pickle.

    Parameters
    ----------
    trial : callable
        What is run.
    seed : int
        Of the whole run.
    """
    folder = _FOLDER.get()
    if folder is None:
        return nullcontext()
    try:
        digest = hashlib.sha256(pickle.dumps(trial)).hexdigest()
    except (pickle.PicklingError, AttributeError, TypeError):
        return nullcontext()
    settings = {"trial": digest, "seed": seed, "version": version()}
    name = hashlib.sha256(canonical(settings).encode()).hexdigest()[:24]
    return TrialStore(folder / f"{name}.sqlite", settings)
