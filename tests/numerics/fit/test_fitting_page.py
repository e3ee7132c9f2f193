"""The page on fitting runs tells the truth: its examples run."""

from pathlib import Path

from tests.blocks import run_blocks

PAGE = Path(__file__).parents[3] / "docs" / "fitting-runs.md"


def test_examples_run(capsys):
    session = run_blocks(PAGE)
    assert session["fit"].size_exponent.spread
    assert session["forecast"].low < session["forecast"].loss < session["forecast"].high
    assert abs(session["model"].capacity.value - 1.5) < 2e-3
    assert "over forms" in capsys.readouterr().out
