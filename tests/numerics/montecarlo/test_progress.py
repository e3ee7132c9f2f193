"""A bar on a terminal, after a while; nothing elsewhere."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

import numerics as nm
import theory as th
from numerics.montecarlo.progress import reporting


class Terminal(io.StringIO):
    """Standard error on a terminal."""

    def isatty(self) -> bool:
        return True


def run_slowly(progress: Any) -> None:
    with reporting(progress) as report:
        for done in range(3):
            report(done, 2)


def test_a_bar_on_a_terminal_and_nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    monkeypatch.setattr("numerics.montecarlo.progress.DELAY", -1.0)
    for stream, progress, shown in (
        (Terminal(), None, True),
        (Terminal(), True, True),
        (Terminal(), False, False),
        (io.StringIO(), None, False),
    ):
        monkeypatch.setattr(sys, "stderr", stream)
        run_slowly(progress)
        assert ("trials" in stream.getvalue()) == shown
    monkeypatch.setattr("numerics.montecarlo.progress.DELAY", 60.0)
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    run_slowly(None)
    assert stream.getvalue() == ""


def test_no_bar_without_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numerics.montecarlo.progress.DELAY", -1.0)
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    for name in ("rich", "rich.console", "rich.progress"):
        monkeypatch.setitem(sys.modules, name, None)
    run_slowly(None)
    assert stream.getvalue() == ""


def test_what_is_no_progress() -> None:
    with pytest.raises(ValueError, match="progress = 'bar'"):
        nm.simulate(th.linear_ridge(), th.Isotropic(9), trials=2, seed=5, n_samples=4, progress="bar")
