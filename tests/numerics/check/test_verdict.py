"""Verdicts: the extrapolation is exact, alarms are as rare and errors as visible as the rule says."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

from numerics.check.agreement import Agreement
from numerics.check.extrapolation import extrapolate, extrapolation_weights, welch
from numerics.check.verdict import ROUNDING, Block, Rule, Rung, judge


def block(
    means: dict[float, float],
    sd: float,
    trials: int,
    rng: np.random.Generator,
    theory: float = 1.0,
    n_settings: int = 1,
    order: int = 1,
) -> Block:
    """Return a block of one term "t" with normal trials around the given means, one a scale."""
    rungs = tuple(
        Rung(scale, {"n": int(10 * scale)}, {"t": mean + sd / scale * rng.standard_normal((trials, n_settings))})
        for scale, mean in means.items()
    )
    values = {"t": np.full(n_settings, theory)}
    settings = tuple({"n": 10, "k": k} for k in range(n_settings))
    return Block(settings, rungs, (values,) * len(rungs), order, np.full(n_settings, theory))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("scales", [(1.0, 2.0), (1.0, 3.0), (0.5, 1.0), (1.0, 2.0, 4.0), (0.25, 0.5, 1.0, 3.0)])
def test_extrapolation_takes_out_the_remainder(scales: tuple[float, ...], order: int) -> None:
    weights = extrapolation_weights(scales, order)
    s = np.array(scales)
    assert weights @ np.ones(len(s)) == pytest.approx(1, abs=1e-13)
    assert weights @ s ** -float(order) == pytest.approx(0, abs=1e-12)
    limit = extrapolate(scales, list(0.3 + 0.7 * s ** -float(order)), [0.0] * len(s), [9] * len(s), order)
    assert limit.gap == pytest.approx(0.3, abs=1e-12)
    assert limit.remainder == pytest.approx(0.7 * max(s) ** -order, abs=1e-12)


def test_two_sizes_by_hand() -> None:
    np.testing.assert_allclose(extrapolation_weights((1, 3), 1), [-0.5, 1.5], atol=1e-14)
    np.testing.assert_allclose(extrapolation_weights((1, 2), 2), [-1 / 3, 4 / 3], atol=1e-14)
    np.testing.assert_allclose(extrapolation_weights((2,), 1), [1])
    limit = extrapolate((1, 3), (2.0, 1.0), (0.04, 0.01), (10, 20), 1)
    assert limit.gap == pytest.approx(0.5)
    assert limit.variance == pytest.approx(0.25 * 0.04 + 2.25 * 0.01)
    assert limit.dof == pytest.approx(0.0325**2 / (0.01**2 / 10 + 0.0225**2 / 20))
    assert welch([0.0, 0.0], [3, 4]) == 7
    assert welch([1e-200, 1e-200], [5, 5]) == pytest.approx(10)


def test_critical_values_against_quadrature() -> None:
    """The chance that the largest of m independent |t| exceeds the critical value is the stated one."""
    for m, dof, alarm in ((1, 5.0, 0.05), (60, 40.0, 1e-3), (2000, 9.5, 1e-4)):
        critical = mpmath.mpf(Rule(false_alarm=alarm).critical(m, dof))
        nu = mpmath.mpf(dof)
        norm = mpmath.gamma((nu + 1) / 2) / (mpmath.sqrt(nu * mpmath.pi) * mpmath.gamma(nu / 2))
        range_ = [critical, 4 * critical, mpmath.inf]
        one = 2 * mpmath.quad(lambda t, c=norm, v=nu: c * (1 + t * t / v) ** (-(v + 1) / 2), range_)
        assert float(1 - (1 - one) ** m) == pytest.approx(alarm, rel=1e-6)


def test_a_right_formula_is_rarely_called_wrong() -> None:
    """Remainder and all: the rate of "disagree" over many checks is the stated one, and not far below it."""
    rng, rule, runs = np.random.default_rng(1), Rule(false_alarm=0.1), 400
    alarms = 0
    for _ in range(runs):
        blocks = [block({1.0: 1 + 0.004, 2.0: 1 + 0.002}, 0.05, 20, rng, n_settings=3) for _ in range(2)]
        alarms += Agreement(tuple(blocks), rule).verdict == "disagree"
    assert 0.03 * runs < alarms < 0.1 * runs + 3 * np.sqrt(0.09 * runs)


def test_errors_of_the_stated_size_are_seen() -> None:
    """Where nothing is undecided, an error of the resolution is seen with the stated probability; a far smaller one is not."""
    rng, rule, seen, decided = np.random.default_rng(2), Rule(), 0, 0
    for _ in range(200):
        right = block({1.0: 1.02, 2.0: 1.01}, 0.05, 300, rng)
        _, (row,) = judge([right], rule)
        if row.verdict == "agree":
            decided += 1
            seen += Agreement((right,), rule).scaled("t", 1.03).verdict == "disagree"
    assert decided > 190
    assert seen > 0.9 * decided
    assert Agreement((right,), rule).scaled("t", 1.001).verdict == "agree"


def test_without_the_remainder_truth_would_be_rejected() -> None:
    """What two sizes are for: one size alone, or the wrong order, calls the same right formula wrong."""
    rng = np.random.default_rng(3)
    two = block({1.0: 1.06, 2.0: 1.03}, 0.05, 400, rng)
    one = Block(two.settings, two.rungs[1:], two.theory[1:], 1, two.reference)
    assert Agreement((two,), Rule()).verdict == "agree"
    assert Agreement((one,), Rule()).verdict == "disagree"


def test_undecided_and_disagreement_before_it() -> None:
    rng = np.random.default_rng(4)
    vague = block({1.0: 1.0, 2.0: 1.0}, 0.5, 60, rng)
    wrong = block({1.0: 3.0, 2.0: 3.0}, 0.5, 60, rng)
    assert Agreement((vague,), Rule()).verdict == "undecided"
    assert Agreement((vague,), Rule(resolution=0.9, entry_resolution=0.9)).verdict == "agree"
    assert Agreement((vague, wrong), Rule()).verdict == "disagree"
    (row,), _ = judge([vague], Rule())
    assert row.shortfall > 1


def test_one_term_over_the_grid_sees_what_no_entry_does() -> None:
    rng = np.random.default_rng(5)
    blocks = [block({1.0: 1.03, 2.0: 1.03}, 0.05, 60, rng) for _ in range(20)]
    rows, (pooled,) = judge(blocks, Rule())
    assert pooled.verdict == "disagree"
    assert pooled.deviation == pytest.approx(0.03, abs=0.005)
    assert sum(row.verdict == "disagree" for row in rows) < 15


def test_settings_on_common_draws_are_not_counted_twice() -> None:
    """Twenty copies of one measurement are one measurement."""
    rng = np.random.default_rng(6)
    single = block({1.0: 1.0, 2.0: 1.0}, 0.05, 60, rng)
    copied = Block(
        single.settings * 20,
        tuple(Rung(r.scale, r.sizes, {"t": np.repeat(r.values["t"], 20, axis=1)}) for r in single.rungs),
        ({"t": np.ones(20)},) * 2,
        1,
        np.ones(20),
    )
    assert judge([copied], Rule())[1][0].stderr == pytest.approx(judge([single], Rule())[1][0].stderr)


def exactly(values: float, theory: float, reference: float) -> Block:
    rungs = tuple(Rung(scale, {}, {"t": np.full((5, 1), values)}) for scale in (1.0, 2.0))
    return Block(({},), rungs, ({"t": np.array([theory])},) * 2, 1, np.array([reference]))


def test_terms_that_vanish() -> None:
    """Zero is compared with zero to rounding, in units of the reference."""
    rule = Rule()
    assert Agreement((exactly(0.0, 0.0, 1.0),), rule).verdict == "agree"
    assert Agreement((exactly(1e-30, 0.0, 1.0),), rule).verdict == "agree"
    assert Agreement((exactly(0.5 * ROUNDING, 0.0, 1.0),), rule).verdict == "agree"
    assert Agreement((exactly(1e-6, 0.0, 1.0),), rule).verdict == "disagree"
    assert Agreement((exactly(0.0, 0.0, 0.0),), rule).verdict != "disagree"
    assert Agreement((exactly(1e-6, 0.0, 0.0),), rule).verdict == "disagree"


def test_a_formula_without_a_number_is_undecided() -> None:
    rows, terms = judge([exactly(1.0, np.inf, np.inf), exactly(1.0, np.nan, 1.0)], Rule())
    assert {row.verdict for row in rows} == {"undecided"}
    assert terms[0].verdict == "undecided"
    assert np.isnan(rows[0].z)


@pytest.mark.parametrize("name", ["false_alarm", "resolution", "entry_resolution", "negligible", "power"])
@pytest.mark.parametrize("value", [0, 1, -0.1, 2.0, float("nan"), True, "0.1", None])
def test_bad_rules(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        Rule(**{name: value})


@pytest.mark.parametrize("scales", [(), (1, 1), (0, 1), (-1, 2), (1, np.inf), ((1, 2),)])
def test_bad_scales(scales: Any) -> None:
    with pytest.raises(ValueError, match="scales"):
        extrapolation_weights(scales, 1)
