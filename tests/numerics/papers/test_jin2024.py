"""The limits of Jin et al. made again, what estimates of the prior are worth, and a report that can fail."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from numerics.papers import PAPERS, reproduce
from numerics.papers.claims import Claim
from numerics.papers.jin2024 import QUICK
from numerics.papers.jin2024.claims import claims, real_claims
from numerics.papers.jin2024.experiment import PARTS, PUBLISHED, RATIOS, Bench, limit, prior
from numerics.papers.jin2024.real import Measured, births, learnt
from numerics.papers.jin2024.report import report

TINY = replace(QUICK, dims=(8, 16, 32), tasks=200, n_tasks=(60, 400), trials=2, patches=60)


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(TINY)


def test_limits_are_the_published_ones() -> None:
    for ratio, published in zip(RATIOS, PUBLISHED, strict=True):
        assert limit(ratio) == pytest.approx(published, abs=5e-7)
    assert limit(2.56, 0.5) > limit(2.56)
    assert np.trace(prior(8)) == pytest.approx(16.0)


@pytest.fixture(scope="module")
def made_claims(bench: Bench) -> list[Claim]:
    return claims(bench)


def test_claims_have_verdicts(made_claims: list[Claim]) -> None:
    found = {claim.words: claim.verdict for claim in made_claims}
    assert [found[f"risk at p/n = {ratio:g}"] for ratio in RATIOS] == ["confirmed"] * 3
    assert found["with A = Ω⁻¹ the best ridge is λ = pσ²/n"] == "confirmed"
    assert found["of the weights Ω^-w, w = 1 is best"] == "confirmed"
    assert found["the minimum of the unsquared loss is the prior"] == "refuted"
    assert found["at p = 128 the limit is reached"] == "confirmed"
    for loss in ("the squared loss", "the published, unsquared loss"):
        assert found[f"maximum likelihood does better than {loss}"] == "confirmed"
    assert found["a sparse prior is better found by a threshold"] == "confirmed"


def test_the_report_is_written_and_can_fail(bench: Bench, made_claims: list[Claim], tmp_path: Any) -> None:
    pytest.importorskip("matplotlib")
    parts = [getattr(bench, name)() for name in PARTS]
    made = report(TINY, parts, made_claims, [])
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


def test_real_tasks_have_verdicts_both_ways(tmp_path: Any) -> None:
    """Birth rates: the likelihood's prior wins over plain ridge; a missing package is said."""
    pytest.importorskip("statsmodels")
    found = [learnt(replace(births(), counts=(8,)), 0, 1)]
    verdicts = {claim.words: claim for claim in real_claims([*found, Measured("none", "not installed: x", {})])}
    won = verdicts["birth rates: the prior by the likelihood, repaired, beats plain ridge"]
    assert won.verdict == "confirmed"
    assert won.published == "not published"
    for errors in found[0].errors.values():
        assert errors["likelihood"].mean() < 0.2 * errors["plain ridge"].mean()
        assert errors["plain ridge"].mean() < errors["one for all"].mean()
    missing = verdicts["none: an estimated prior beats plain ridge"]
    assert (missing.verdict, missing.found, missing.evidence) == ("undecided", "not run", "not installed: x")
    worse = {n: {**errors, "likelihood": 2.0 * errors["plain ridge"]} for n, errors in found[0].errors.items()}
    claim = real_claims([Measured("twice", "", worse)])[1]
    assert (claim.words, claim.verdict) == ("twice: the prior by the likelihood, repaired, beats plain ridge", "refuted")
    pytest.importorskip("matplotlib")
    made = report(TINY, [], [], found)
    assert [section.title for section in made.sections] == ["Real tasks"]
    made.write(tmp_path, 1.0)
