"""The observations of Levi & Oz made again on data that ship: verdicts, negative ones too, and a report that can fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from numerics.papers import PAPERS, reproduce
from numerics.papers.claims import Claim
from numerics.papers.levi2023 import QUICK
from numerics.papers.levi2023.claims import OBSERVATIONS
from numerics.papers.levi2023.experiment import MNIST, PHOTOS, Bench
from numerics.papers.levi2023.report import report
from numerics.papers.levi2023.sources import drawn, entropy, rank_slope
from numerics.papers.parts import Part

pytest.importorskip("skimage")
pytest.importorskip("mlxtend")
TINY = replace(QUICK, draws=8, subsets=4, dims=60, capacities=2)


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(TINY)


def verdicts(found: list[Claim]) -> dict[str, str]:
    return {claim.words: claim.verdict for claim in found}


def test_data_are_distinct_rows_with_mean_zero() -> None:
    assert PHOTOS.rows.shape == (5511, 256)
    assert MNIST.dims == 663
    np.testing.assert_allclose(PHOTOS.rows.mean(axis=0), 0.0, atol=1e-12)
    one, two = PHOTOS.subsets(50, 2, 0)
    assert one.size == two.size == 50
    assert not np.array_equal(one, two)
    assert PHOTOS.whole.eigenvalues[0] == pytest.approx(np.linalg.eigvalsh(PHOTOS.rows.T @ PHOTOS.rows / 5511)[-1])


def test_surrogates_have_the_variance_of_the_data() -> None:
    for kind, population in PHOTOS.populations.items():
        assert population.total_variance == pytest.approx(PHOTOS.whole.eigenvalues.sum()), kind
    (values,) = drawn(PHOTOS.populations["white"], 40, 1, seed=0)
    assert values.size == 40
    assert entropy(np.full(7, 0.3)) == pytest.approx(np.log(7))
    assert rank_slope(np.arange(1.0, 50.0) ** -1.3, 5, 40) == pytest.approx(1.3)


def test_scaling_tells_data_from_white_data(bench: Bench) -> None:
    (claim,) = OBSERVATIONS[0](bench)
    assert claim.verdict == "confirmed"
    assert claim.published == "not quoted"


def test_the_class_does_not_discriminate(bench: Bench) -> None:
    found = verdicts(OBSERVATIONS[2](bench))
    assert found["white: of the GOE class"] == "confirmed"
    assert found["the class tells data from noise"] == "refuted"


def test_entropy_of_correlated_data_is_lower_and_reached_sooner(bench: Bench) -> None:
    assert set(verdicts(OBSERVATIONS[4](bench)).values()) == {"confirmed"}


def test_draws_agree_and_a_control_does_not(bench: Bench) -> None:
    part = bench.entropies()
    assert part.agreement is not None
    assert part.agreement.verdict != "disagree", part.agreement.table()
    assert part.agreement.multiplied(1.3).verdict == "disagree"
    assert [len(panel.curves) for panel in part.panels] == [1, 5, 5]


def test_the_report_is_written(bench: Bench, tmp_path: Any) -> None:
    pytest.importorskip("matplotlib")
    part: Part = bench.critical()
    made = report(TINY, [part, bench.entropies()], OBSERVATIONS[0](bench))
    text = made.write(tmp_path, 1.0).read_text(encoding="utf-8")
    for words in ("## Published claims", "How many samples", "5511 rows", "not at hand"):
        assert words in text
    assert (tmp_path / "levi2023-critical.png").stat().st_size > 1000


@pytest.mark.slow
def test_the_quick_report() -> None:
    assert "levi2023" in PAPERS
    made = reproduce("levi2023", quick=True, seed=0)
    assert made.verdict == "agree", [(name, agreement.verdict) for name, agreement in made.verdicts]
    assert made.controlled(1.1).verdict == "disagree"
    found = {claim["words"]: claim["verdict"] for claim in made.facts["claims"]}
    assert found["mnist5k, P = 200: Gaussian, full covariance"] == "confirmed"
    assert found["mnist5k, P = 200: Gaussian, one power"] == "refuted"
    assert found["photos, P = 200: Gaussian, full covariance"] == "refuted"
