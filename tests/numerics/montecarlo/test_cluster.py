"""What loops gives the same numbers on a Dask cluster, which restarts, shuts down and is closed: see `on_a_cluster`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import numerics

HERE, ROOT = Path(__file__).parent, Path(numerics.__file__).parents[1]


@pytest.mark.parametrize(("mark", "count"), [("not slow", 4), pytest.param("slow", 1, marks=pytest.mark.slow)])
def test_on_a_cluster(mark: str, count: int) -> None:
    pytest.importorskip("distributed")
    options = ["-q", "-p", "no:cacheprovider", "--noconftest", "-m", mark]
    quiet = ["-W", "ignore::ResourceWarning", "-W", "ignore::pytest.PytestUnraisableExceptionWarning"]  # sockets left to Python
    command = [sys.executable, "-m", "pytest", *options, *quiet, str(HERE / "on_a_cluster.py")]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)]),  # workers import that file
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{count} passed" in run.stdout
