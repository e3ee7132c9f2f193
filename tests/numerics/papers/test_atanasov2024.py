"""Atanasov et al. made again: published values, exponents of structured weights, and a report that can fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from numerics.papers import PAPERS, reproduce
from numerics.papers.atanasov2024 import QUICK
from numerics.papers.atanasov2024.claims import gaps, gcv, slips, values
from numerics.papers.atanasov2024.experiment import PARTS, Bench
from numerics.papers.atanasov2024.exponents import RAYS, largest_miss, phases, rays, slope, structured
from numerics.papers.atanasov2024.figures import DIAGRAMS
from numerics.papers.atanasov2024.published import column_power, feature_variance, printed, recomputed, signal
from numerics.papers.atanasov2024.report import report
from numerics.papers.claims import Claim

TINY = replace(QUICK, shrink=4, modes=24, trials=12, count=3, line=9)


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(TINY)


def verdicts(found: list[Claim]) -> dict[str, str]:
    return {claim.words: claim.verdict for claim in found}


def test_values_are_those_of_the_authors_to_every_digit() -> None:
    found = values()
    assert len(found) == len(printed()) + len(recomputed()) == 18
    assert {claim.verdict for claim in found} == {"confirmed"}
    changed = replace(printed()[0], digits="0.927772")
    assert changed.found() != changed.digits


def test_gaps_sums_and_peaks(bench: Bench) -> None:
    assert set(verdicts(gaps(bench)).values()) == {"confirmed"}


def test_the_published_rule_of_structured_weights() -> None:
    assert [column_power(power) for power in (0.3, 0.8, 1.5)] == [1.0, pytest.approx(0.25), 0.0]
    assert float(feature_variance(1.5, 0.8, 1.6, 0.9, 1.5)) == pytest.approx(0.9)
    assert float(signal(1.5, 0.4, 0.0, 10.0, 3.0)) == pytest.approx(1.2)


def test_phases_are_confirmed_and_structured_weights_fail_in_two_places() -> None:
    assert set(verdicts(phases(3)).values()) == {"confirmed"}
    found = verdicts(structured(3))
    assert {words for words, verdict in found.items() if verdict == "refuted"} == {
        "variance of features, α_F = 0.7, min{1, l/α} < q(1-α_F)",
        "variance of features, α_F = 0.7: slope where the rule fails",
        "excess risk without label noise, α_F = 0.7",
        "variance of features, α_F = 1.5, the ridge limits",
        "variance of features, α_F = 1.5: slope where the rule fails",
        "excess risk without label noise, α_F = 1.5",
        "what label noise adds, α_F = 1.5",
    }
    assert sum(verdict == "confirmed" for verdict in found.values()) == 6


def test_slopes_follow_the_derived_law() -> None:
    assert slope(1.5, 0.9) == pytest.approx(0.675, abs=0.02)
    assert set(RAYS) == {0.3, 0.7, 1.5}


def test_cross_validation_is_corrected_for_the_noise_that_there_is() -> None:
    found = verdicts(gcv(60, 0))
    assert found["matched noise: the test risk from the training risk, f, b and τ"] == "confirmed"
    assert found["matched noise: plain GCV, E_train/(1 - d/P)², fails"] == "confirmed"
    assert found["white noise: E_train/(f b) all the same"] == "refuted"


def test_slips_are_named() -> None:
    found = verdicts(slips())
    assert found["the power sweep's line may take the spectrum of T = 10 at every T"] == "refuted"
    assert found["S of an exponential memory with u(1-u) in place of u(2-u)"] == "confirmed as corrected"
    assert sum(verdict == "not measured" for verdict in found.values()) == 3


@pytest.mark.parametrize("name", ["deep", "columns", "projections", "anova"])
def test_draws_agree_and_a_control_does_not(bench: Bench, name: str) -> None:
    part = getattr(bench, name)()
    assert part.agreement is not None
    assert part.agreement.verdict != "disagree", part.agreement.table()
    assert part.agreement.multiplied(1.5).verdict == "disagree"


def test_the_report_says_what_was_found_and_draws_it(bench: Bench) -> None:
    pytest.importorskip("matplotlib")
    made = report(TINY, [bench.anova(), rays(2)], values()[:2])
    text = made.markdown(1.0)
    for words in ("## Published claims", "0.927771", "Bias and variances", "by at most", "not at hand", "arXiv:2408.04607"):
        assert words in text
    assert made.facts["claims"][0]["published"] == "0.927771"
    drawn = {section.file: section for section in made.sections}
    assert set(drawn) == {f"atanasov2024-{name}.png" for name in ("anova", "rays", *DIAGRAMS)}
    stacks = drawn["atanasov2024-anova.png"].draw().axes
    assert len(stacks) == 8
    assert stacks[0].get_title(loc="left") == "ridge"
    assert "0.7" in drawn["atanasov2024-phases-columns-0.7.png"].draw().axes[0].get_title(loc="left")


@pytest.mark.slow
def test_the_quick_report() -> None:
    assert "atanasov2024" in PAPERS
    made = reproduce("atanasov2024", quick=True, seed=0)
    assert made.verdict == "agree", [(name, agreement.verdict) for name, agreement in made.verdicts]
    assert len(made.verdicts) == len(PARTS)
    assert made.controlled(1.05).verdict == "disagree"
    assert max(largest_miss(rays(3)).values()) < 0.06
    found = {claim["words"]: claim["verdict"] for claim in made.facts["claims"]}
    assert found["white noise: the test risk from the training risk, f, b and τ"] == "confirmed"
    assert np.sum([verdict == "confirmed" for verdict in found.values()]) >= 30
