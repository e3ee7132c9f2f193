"""The limits of Jin et al. made again, what estimates of the prior are worth, and a report that can fail."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from numerics.papers import PAPERS, reproduce
from numerics.papers.jin2024 import QUICK
from numerics.papers.jin2024.claims import claims
from numerics.papers.jin2024.experiment import PARTS, PUBLISHED, RATIOS, Bench, limit, prior
from numerics.papers.jin2024.report import report

TINY = replace(QUICK, dims=(8, 16, 32), tasks=200, n_tasks=(60, 400), trials=2)


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(TINY)


def test_limits_are_the_published_ones() -> None:
    for ratio, published in zip(RATIOS, PUBLISHED, strict=True):
        assert limit(ratio) == pytest.approx(published, abs=5e-7)
    assert limit(2.56, 0.5) > limit(2.56)
    assert np.trace(prior(8)) == pytest.approx(16.0)


def test_claims_have_verdicts(bench: Bench) -> None:
    found = {claim.words: claim.verdict for claim in claims(bench)}
    assert [found[f"risk at p/n = {ratio:g}"] for ratio in RATIOS] == ["confirmed"] * 3
    assert found["with A = Ω⁻¹ the best ridge is λ = pσ²/n"] == "confirmed"
    assert found["of the weights Ω^-w, w = 1 is best"] == "confirmed"
    assert found["the minimum of the unsquared loss is the prior"] == "refuted"
    assert found["a sparse prior is better found by a threshold"] == "confirmed"


def test_the_report_is_written_and_can_fail(bench: Bench, tmp_path: Any) -> None:
    pytest.importorskip("matplotlib")
    parts = [getattr(bench, name)() for name in PARTS]
    made = report(TINY, parts, claims(bench))
    assert made.verdict != "disagree"
    assert made.controlled(1.5).verdict == "disagree"
    text = made.write(tmp_path, 1.0).read_text(encoding="utf-8")
    record = json.loads((tmp_path / "verdicts.json").read_text(encoding="utf-8"))
    assert record["verdict"] == made.verdict
    assert record["claims"][0]["published"] == "13.625218"
    assert record["terms"][0]["term"] == "risk"
    for words in ("13.625218", "Weights and ridges", "not at hand"):
        assert words in text


@pytest.mark.slow
def test_the_quick_report() -> None:
    assert "jin2024" in PAPERS
    made = reproduce("jin2024", quick=True, seed=0)
    assert made.verdict == "agree", [(name, agreement.verdict) for name, agreement in made.verdicts]
    assert made.controlled(1.15).verdict == "disagree"
