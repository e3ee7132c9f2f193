"""The page on scale tells the truth: its examples run."""

from pathlib import Path

import pytest

from tests.blocks import run_blocks

PAGE = Path(__file__).parents[3] / "docs" / "scale.md"


def test_examples_run() -> None:
    pytest.importorskip("zarr")
    session = run_blocks(PAGE)
    assert session["best"].dims == ("capacity", "n_samples")
    assert (session["measured"]["test_stderr"] > 0).all()
