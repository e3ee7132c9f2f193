"""How far a run has come: a bar on a terminal, and nothing anywhere else.

Progress is a callable of (done, total). A bar appears only when a run has lasted a second, so that short ones stay quiet.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

from theory.errors import BadArgument

Progress: TypeAlias = Callable[[int, int], None]
DELAY = 1.0
_SHOWN: ContextVar[bool] = ContextVar("shown", default=False)


@contextmanager
def reporting(progress: Progress | bool | None, words: str = "trials") -> Iterator[Progress]:
    """Yield what to call with (done, total) as a run advances.

    Parameters
    ----------
    progress : callable or bool, optional
        A callable is called as it is. None or True: a bar on standard error if that is a terminal and `rich` is
        installed and no other bar is shown, otherwise nothing. False: nothing.
    words : str
        What is counted.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    if callable(progress):
        yield progress
    elif progress is None or isinstance(progress, bool):
        bar = None if progress is False or _SHOWN.get() or not sys.stderr.isatty() else _rich_bar()
        if bar is None:
            yield _silent
        else:
            token = _SHOWN.set(True)
            try:
                yield _Late(bar, words)
            finally:
                _SHOWN.reset(token)
                bar.stop()
    else:
        raise BadArgument("progress", progress, "a callable of (done, total), or True or False", "leave it out")


def _silent(done: int, total: int) -> None:
    """Say nothing."""


def _rich_bar() -> Any:
    """Return a bar that is not shown yet, or None where `rich` is not installed."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError:
        return None
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=Console(stderr=True), transient=True)


class _Late:
    """A bar that starts when the run has lasted `DELAY` seconds."""

    def __init__(self, bar: Any, words: str) -> None:
        self._bar, self._words, self._begin, self._task = bar, words, time.monotonic(), None

    def __call__(self, done: int, total: int) -> None:
        if self._task is None and time.monotonic() - self._begin > DELAY and done < total:
            self._bar.start()
            self._task = self._bar.add_task(self._words, total=total)
        if self._task is not None:
            self._bar.update(self._task, completed=done)
