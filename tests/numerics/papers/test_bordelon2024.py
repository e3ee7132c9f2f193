"""The figures of Bordelon et al. made again: claims with verdicts, points that agree, and a report that can fail."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from numerics.papers import PAPERS, bordelon2024, reproduce
from numerics.papers.bordelon2024 import QUICK, claims
from numerics.papers.bordelon2024.experiment import Bench
from numerics.papers.bordelon2024.figures import optimum
from numerics.papers.bordelon2024.mean_field import SLIPS, mean_field
from numerics.papers.bordelon2024.published import FIGURE_2A, FIGURE_2D, FIGURE_3A, TIMES, WIDTHS, WIDTHS_3A, A, B, task
from numerics.papers.bordelon2024.report import report
from numerics.papers.bordelon2024.shapes import SHIFTS
from numerics.papers.claims import Claim
from numerics.papers.parts import Part, figure
from tests.scaletheory import invoke
from theory import GradientDescent, random_features

TINY = replace(QUICK, trials=6, shrink=8, modes=200)


@pytest.fixture(scope="module")
def allocations() -> list[claims.Allocation]:
    return claims.allocations(6)


@pytest.fixture(scope="module")
def part() -> Part:
    return Bench(TINY, None).perturbative()


def verdicts(found: list[Claim]) -> dict[str, str]:
    return {claim.words: claim.verdict for claim in found}


def test_bottlenecks_are_confirmed_but_for_the_width() -> None:
    found = verdicts(claims.bottlenecks())
    refuted = {words for words, verdict in found.items() if verdict == "refuted"}
    assert refuted == {"N^-min(a-1, 2b) at a = 3, b = 1.5", "N^-min(a-1, 2b) at a = 4, b = 1.25"}
    assert len(found) == 8


def test_compute_optimal_exponents(allocations: list[claims.Allocation]) -> None:
    found = claims.compute_optimal(allocations)
    assert [claim.verdict for claim in found] == [
        "confirmed up to a logarithm", "confirmed", "confirmed", "refuted", "confirmed as corrected",
    ]  # fmt: skip
    for allocation, exponent in zip(allocations[1:], (0.4, 1 / 3, 2 / 3), strict=True):
        assert allocation.slope(allocation.loss) == pytest.approx(-exponent, abs=0.005)
    assert allocations[1].slope(allocations[1].width) == pytest.approx(0.4, abs=0.005)


def test_the_guide_of_the_white_model_is_the_bias() -> None:
    found = {claim.where: claim for claim in claims.guides()}
    assert found["Figure 11"].verdict == "confirmed of the bias, refuted of the loss"
    assert found["Figure 2c, 2f"].verdict == "refuted"
    assert found["Figure 8"].verdict == "not published"
    assert "49 in a bulk" in found["Figure 8"].found
    assert "50 at 0" in found["Figure 8"].found
    for where, least in (("(141)", "excess off by 62%"), ("(142)", "excess off by 5%")):
        assert (found[where].published, found[where].verdict) == ("not quoted", "refuted as recorded")
        assert found[where].found.startswith(least)


def test_the_mean_field_equations_give_the_evaluated_loss_and_no_other_signs_do() -> None:
    law, given = task(1.5, 1.25, 12), {"n_samples": 9.0, "n_features": 14.0, "noise": 0.2}
    wanted = GradientDescent(random_features()).evaluate(law, n_steps=np.arange(13), step=0.4, **given).excess
    np.testing.assert_allclose(mean_field(law, 0.4, 12, **given), wanted, rtol=1e-11)
    for slip in SLIPS:
        assert abs(mean_field(law, 0.4, 12, slip=slip, **given) / wanted - 1).max() > 0.005, slip
    with pytest.raises(ArithmeticError, match="has not settled"):
        mean_field(law, 0.4, 12, tolerance=-1.0, **given)


def test_published_losses_are_as_read() -> None:
    assert FIGURE_2A.shape == (len(WIDTHS), len(TIMES))
    assert (np.diff(FIGURE_2A, axis=0) < 0).all()
    assert FIGURE_2D.shape == (len(WIDTHS),)
    assert FIGURE_3A.shape == (len(WIDTHS_3A),)
    assert task(2.0, 1.0).size == 1e15
    assert not np.isfinite(task(1.5, 1.25).size)


def test_drawn_kernels_have_the_predicted_density() -> None:
    kernel = Bench(QUICK, None).kernel()
    assert kernel.agreement is not None
    assert kernel.agreement.verdict == "agree", kernel.agreement.table()
    assert kernel.agreement.multiplied(1.05).verdict == "disagree"


def test_points_agree_and_a_control_does_not(part: Part) -> None:
    assert part.agreement is not None
    assert part.agreement.verdict == "agree", part.agreement.table()
    assert part.agreement.multiplied(1.05).verdict == "disagree"
    assert [curve.label for curve in part.panels[0].curves][1::2] == ["guide, $\\nu = 2$", "guide, $\\nu = 8$"]


def test_the_report_is_written(part: Part, allocations: list[claims.Allocation], tmp_path: Any) -> None:
    pytest.importorskip("matplotlib")
    parts = [optimum(allocations), part]
    made = report(TINY, parts, claims.guides(), [("1.50", "1.25", *("800", "0.06", "0.08", "2.0") * 2)], allocations)
    text = made.write(tmp_path, 1.0).read_text(encoding="utf-8")
    for words in ("## Published claims", "modes | 2a | 2d", "Compute-optimal", "Verdict: **agree**", "not published"):
        assert words in text
    assert (tmp_path / "bordelon2024-11.png").stat().st_size > 10_000
    assert len(figure(parts).axes) == 4
    control = made.controlled(1.05)
    assert control.verdict == "disagree"
    assert "--paper bordelon2024 --control 1.05" in control.markdown(1.0)


def test_a_control_is_a_number() -> None:
    assert set(PAPERS) >= {"lin2024", "bordelon2024"}
    with pytest.raises(ValueError, match="control"):
        reproduce("bordelon2024", quick=True, control=0.0)
    found = invoke.run("validate", "--control", "1.05")
    assert found.exit_code == 2
    assert "--control" in found.stderr


def test_the_command_hands_the_control_on(monkeypatch: Any, tmp_path: Any, part: Part) -> None:
    pytest.importorskip("matplotlib")
    made = report(TINY, [part], claims.guides(), [], [])
    monkeypatch.setattr(bordelon2024, "reproduce", lambda *_: made)
    for factor, status in ((None, 0), ("1.05", 1)):
        control = [] if factor is None else ["--control", factor]
        found = invoke.run("validate", "--paper", "bordelon2024", "--quick", *control, "--out", str(tmp_path), "--json")
        assert found.exit_code == status
        answer = json.loads(found.stdout)
        assert answer["verdict"] == ("agree" if factor is None else "disagree")


@pytest.mark.slow
def test_the_quick_report() -> None:
    made = reproduce("bordelon2024", quick=True, seed=0)
    assert made.verdict == "agree", [(name, agreement.verdict) for name, agreement in made.verdicts]
    assert made.controlled(1.05).verdict == "disagree"
    assert len(made.verdicts) == 9
    shapes = [claim for claim in made.facts["claims"] if claim["where"] in ("Figure 2a, 2d", "Figure 3a")]
    assert [claim["verdict"] for claim in shapes] == ["confirmed", "undecided", "confirmed in shape"]
    assert shapes[1]["evidence"].endswith("not told apart: b -0.2")  # another number of modes makes up for a smaller b
    assert all(f"| {A + da:.2f} | {B + db:.2f} |" in made.text for da, db in SHIFTS)
