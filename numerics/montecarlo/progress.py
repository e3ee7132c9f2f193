"""How far a run has come: a bar on a terminal, and nothing anywhere else.

Progress is a callable of (done, total). A bar appears only when a run has lasted a second, so that short ones stay quiet.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from theory.errors import BadArgument

Progress: TypeAlias = Callable[[int, int], None]
DELAY = 1.0


@contextmanager
def reporting(progress: Progress | bool | None) -> Iterator[Progress]:
    """Yield what to call with (done, total) as a run advances.

    Parameters
    ----------
    progress : callable or bool, optional
        A callable is called as it is. None or True: a bar on standard error if that is a terminal and `rich` is
        installed, otherwise nothing. False: nothing.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    if callable(progress):
        yield progress
    elif progress is None or isinstance(progress, bool):
        bar = None if progress is False or not sys.stderr.isatty() else _rich_bar()
        if bar is None:
            yield _silent
        else:
            try:
                yield _Late(bar)
            finally:
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
    columns = TextColumn("trials"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=Console(stderr=True), transient=True)


class _Late:
    """A bar that starts when the run has lasted `DELAY` seconds."""

    def __init__(self, bar: Any) -> None:
        self._bar, self._begin, self._task = bar, time.monotonic(), None

    def __call__(self, done: int, total: int) -> None:
        if self._task is None and time.monotonic() - self._begin > DELAY and done < total:
            self._bar.start()
            self._task = self._bar.add_task("trials", total=total)
        if self._task is not None:
            self._bar.update(self._task, completed=done)
