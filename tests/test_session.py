"""A morning's work from data to figure, `docs/session.md`, run block by block in one fresh session."""

from pathlib import Path

import numpy as np
import pytest

from tests.blocks import run_blocks

SESSION = Path(__file__).resolve().parents[1] / "docs" / "session.md"


def test_the_session_runs_and_says_what_it_claims(tmp_path, monkeypatch, capsys):
    for module in ("pandas", "xarray", "matplotlib", "sklearn"):
        pytest.importorskip(module)
    monkeypatch.chdir(tmp_path)
    made = run_blocks(SESSION)
    curve, risk = made["curve"], made["risk"]
    assert np.median(np.abs(curve.relative_error)) < 0.2
    assert (made["stiff"].measured != curve.measured).all()
    assert len(made["frame"]) == risk.test.size == 14
    assert dict(made["dataset"].sizes) == {"n_samples": 7, "n_features": 2}
    np.testing.assert_array_equal(made["again"].test, risk.test)
    best, chosen = made["at"]
    assert best <= chosen < 1.3 * best  # cross-validation comes near what the theory knows
    printed = capsys.readouterr().out
    for words in ("κ ~ max(λ, N^(-a), M^(-a))", "any power ≤ -a/2", "κ ~ max(λ, m^(-p), h^(-p))", "@misc{atanasov2024,"):
        assert words in printed
    assert "void risk(" in made["source"]
