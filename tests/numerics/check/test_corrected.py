"""Cross-checks with the first correction: the same verdict from fewer trials, and the uncorrected formula found wrong."""

from __future__ import annotations

import numpy as np
import pytest

import theory as th
from numerics.check.crosscheck import crosscheck
from numerics.check.verdict import Rule
from theory.errors import BadArgument

MODES = np.arange(1, 25.0)
TASK = th.Discrete(10 * MODES**-1.7, MODES**-0.3)
GRID = [{"n_samples": 40, "n_features": 20, "ridge": 0.1, "noise": noise} for noise in (0.0, 0.25)]
RULE = Rule(resolution=0.03, entry_resolution=0.05)


@pytest.fixture(scope="module")
def corrected():
    return crosscheck(th.random_features(), TASK, GRID, trials=40, seed=3, scales=(1, 2), finite_size=True, rule=RULE)


def test_the_corrected_formula_agrees_and_a_wrong_one_does_not(corrected):
    assert corrected.verdict == "agree"
    assert {row.term for row in corrected.terms} == {"test", "train", "excess"}
    assert corrected.multiplied(1.04).verdict == "disagree"


def test_the_limit_itself_is_wrong_at_these_sizes(corrected):
    (block,) = corrected.blocks
    for place, setting in enumerate(block.settings):
        values, limit = block.rungs[0].values["test"][:, place], th.random_features().evaluate(TASK, **setting).test
        error = values.std() / len(values) ** 0.5
        assert values.mean() - limit > 4 * error
        assert abs(values.mean() - block.theory[0]["test"][place]) < 3.5 * error


@pytest.mark.slow
def test_it_needs_fewer_trials_than_without(corrected):
    plain = crosscheck(th.random_features(), TASK, GRID, trials=40, seed=3, scales=(1, 2), complex=False, rule=RULE,
                       terms=["test", "train", "excess"], decompose=False)  # fmt: skip
    assert plain.verdict == "agree"
    cost = [sum(rung.trials * rung.scale**2 for block in out.blocks for rung in block.rungs) for out in (corrected, plain)]
    assert 2 * cost[0] < cost[1]


@pytest.mark.parametrize(("model", "given", "argument"), [
    (th.random_features(), {"complex": True}, "complex"),
    (th.random_features(), {"finite_size": 1}, "finite_size"),
    (th.nonlinear_random_features(np.tanh), {}, "finite_size"),
    (th.GradientFlow(th.random_features()), {}, "finite_size"),
])  # fmt: skip
def test_what_has_no_correction_is_refused(model, given, argument):
    with pytest.raises(BadArgument) as error:
        crosscheck(model, TASK, GRID, **{"finite_size": True, **given})
    assert error.value.argument == argument
