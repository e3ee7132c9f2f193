"""Cross-checks have power: they accept the truth on the zoo, and reject a term wrong by 3 % or an exponent by 0.05."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numerics.check.agreement import Agreement
from numerics.check.crosscheck import crosscheck, theory_values
from numerics.check.formula import crosscheck_formula
from numerics.check.ladder import default_scales, population, settings_of
from numerics.check.verdict import Block, Rule, Rung
from numerics.montecarlo.trials import Estimate
from theory.chain.layers import FeatureNoise, GaussianFeatures, HaarProjection, Samples
from theory.model import Chain
from theory.models import nonlinear_random_features
from theory.spectra.discrete import Discrete
from theory.spectra.power_law import PowerLaw

S, G, H, N = Samples(), GaussianFeatures(), HaarProjection(), FeatureNoise()
POWER_LAW = PowerLaw(capacity=1.5, source=0.4).truncate(24)
PLATEAUS = Discrete([1.5, 0.5], [1 / 24, 1 / 24], multiplicity=[12, 12])  # flat: nonlinear features are Gaussian
RIDGES, NOISES = ((0.01,), (0.1,)), (0.1, 0.2, 0.5)  # a column and a row: every pair


@dataclass(frozen=True)
class Case:
    """A chain over a population, and a grid: sizes, each at every ridge and noise."""

    name: str
    model: Any
    sizes: tuple[dict[str, float], ...]
    task: Any = POWER_LAW
    ridges: Any = RIDGES

    @property
    def grid(self) -> list[dict[str, Any]]:
        return [one for sizes in self.sizes for one in settings_of({**sizes, "ridge": self.ridges, "noise": NOISES})]


TWO = ({"n_samples": 30, "n_features": 20}, {"n_samples": 20, "n_features": 30})
NOISY = tuple(sizes | {"feature_noise": 0.05} for sizes in TWO)
DEEP = tuple({"n_samples": p, "n_features_1": n, "n_features_2": m} for p, n, m in ((30, 24, 20), (20, 30, 30)))
DEEPER = tuple(
    {"n_samples": p, "n_features_1": n, "n_features_2": m, "n_features_3": 24} for p, n, m in ((30, 30, 20), (20, 24, 30))
)
FLAT = ({"n_samples": 36, "n_features": 30}, {"n_samples": 24, "n_features": 36})
APART = ({"n_samples": 48, "n_features": 12}, {"n_samples": 12, "n_features": 48})  # far from the heavy tails of P = N
ZOO = [
    Case("linear ridge", Chain(S), ({"n_samples": 30}, {"n_samples": 18})),
    Case("ridgeless", Chain(S), ({"n_samples": 36}, {"n_samples": 16}), ridges=0.0),
    Case("Gaussian features", Chain(S, G), TWO),
    Case("Haar projection", Chain(S, H), ({"n_samples": 30, "n_features": 20}, {"n_samples": 20, "n_features": 16})),
    Case("two layers", Chain(S, G, G), DEEP),
    Case("three layers", Chain(S, G, G, G), DEEPER),
    Case("noisy features", Chain(S, N, G), NOISY),
    Case("noisy input", Chain(S, G, N), NOISY[:1]),
    Case("tanh", nonlinear_random_features("tanh"), FLAT, PLATEAUS, ((0.02,), (0.2,))),
    Case("relu", nonlinear_random_features("relu"), FLAT, PLATEAUS, ((0.02,), (0.2,))),
    Case("ridgeless features", Chain(S, G), APART, ridges=0.0),
]
EXPONENTS = [(1.55, 0.4), (1.45, 0.4), (1.5, 0.45), (1.5, 0.35)]


def with_exponents(case: Case, capacity: float, source: float) -> Callable[[Block], Any]:
    """Return the theory of other exponents, on the same blocks."""
    task = PowerLaw(capacity=capacity, source=source).truncate(24)
    return lambda block: theory_values(case.model, task, block)


def assert_powerful(case: Case, outcome: Agreement) -> None:
    """Assert that the truth is accepted, and every term × 1.03 and every exponent ± 0.05 rejected."""
    assert outcome.verdict == "agree", outcome.table()
    z = np.array([row.z for row in outcome.rows])
    assert np.sqrt(np.mean(z**2)) < 2, outcome.table()
    for row in outcome.terms:
        for factor in (1.03, 0.97):
            assert outcome.scaled(row.term, factor).verdict == "disagree", (row.term, factor)
    assert outcome.against(lambda block: theory_values(case.model, case.task, block)).verdict == "agree"
    if case.task is POWER_LAW:
        for exponents in EXPONENTS:
            assert outcome.against(with_exponents(case, *exponents)).verdict == "disagree", exponents


def test_the_zoo_is_large() -> None:
    assert sum(len(case.grid) for case in ZOO) >= 60


@pytest.mark.slow
@pytest.mark.parametrize("case", ZOO, ids=lambda case: case.name)
def test_power_over_the_zoo(case: Case) -> None:
    assert_powerful(case, crosscheck(case.model, case.task, case.grid, trials=100, seed=ZOO.index(case)))


@pytest.mark.parametrize("case", [ZOO[0], ZOO[2]], ids=lambda case: case.name)
def test_power(case: Case) -> None:
    grid = [setting for setting in case.grid if setting["n_samples"] == 30]
    assert_powerful(case, crosscheck(case.model, case.task, grid, trials=100, seed=0))


@pytest.fixture(scope="module")
def small() -> Agreement:
    """A cheap check, for what does not need precision."""
    grid = {"n_samples": 12, "ridge": [0.1, 0.2, 0.0], "noise": [0.1, 0.2, 0.0]}
    return crosscheck(Chain(S), PowerLaw(1.5, 0.4).truncate(16), grid, trials=10, max_trials=10, seed=3)


def test_rows_and_records(small: Agreement) -> None:
    assert len(small.rows) == 18
    assert small.verdict == "undecided"
    first = small.rows[0]
    assert first.setting == {"n_samples": 12, "ridge": 0.1, "noise": 0.1}
    assert first.sizes == ({"n_samples": 12}, {"n_samples": 36})
    assert first.trials == (10, 10)
    records = json.loads(json.dumps(small.to_records(), allow_nan=False))
    assert len(records) == 18
    assert set(records[0]) == {"setting", "term", "theory", "mean", "stderr", "z", "sizes", "trials", "remainder", "verdict"}
    assert {record["term"] for record in records} == {"test", "train", "excess", "bias", "samples", "samples × noise"}


def test_terms_that_vanish_agree(small: Agreement) -> None:
    """No noise, no ridge, P < D: the training risk and the noise's variance are zero, in theory and in simulation."""
    zero = [row for row in small.rows if row.setting["ridge"] == 0 and row.term in ("train", ("samples", "noise"))]
    assert [row.theory for row in zero] == [0, 0]
    assert all(row.verdict == "agree" and abs(row.z) < 1 for row in zero)


def test_tables(small: Agreement) -> None:
    text, markdown = str(small), small.to_markdown()
    assert "samples × noise" in text
    assert "n_samples=12, ridge=0.1, noise=0.1" in text
    assert "12 → 36" in text
    assert text.splitlines()[-1].startswith("verdict: undecided")
    assert markdown.count("| n_samples=12") == 18
    with pytest.raises(TypeError, match="three verdicts"):
        bool(small)
    with pytest.raises(ValueError, match="term"):
        small.scaled("samples,noise", 1.1)
    assert small.scaled(("noise", "samples"), 10.0).verdict == "disagree"


def test_a_theory_without_a_number_is_undecided() -> None:
    """At the interpolation peak the test risk is infinite: no simulation can say so."""
    grid = [{"n_samples": 8, "n_features": 8, "noise": 0.1}, {"n_samples": 8, "n_features": 8, "ridge": 0.1}]
    outcome = crosscheck(MODEL, PowerLaw(1.5, 0.4).truncate(12), grid, trials=10, max_trials=10)
    peak = outcome.rows[0]
    assert (peak.theory, peak.verdict) == (np.inf, "undecided")
    assert json.loads(json.dumps(outcome.to_records(), allow_nan=False))[0]["theory"] is None
    assert "– " in outcome.table()
    assert outcome.terms[0].n_settings == 1


def test_a_store_takes_up_where_it_stopped(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"grid": [{"n_samples": 12, "ridge": 0.1}], "terms": ["test"], "seed": 5}
    short = crosscheck(Chain(S), POWER_LAW, **arguments, trials=6, max_trials=6, store=tmp_path)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    kept = crosscheck(Chain(S), POWER_LAW, **arguments, trials=6, max_trials=6, store=tmp_path)
    assert kept.to_records() == short.to_records()
    assert len(files) == 2
    longer = crosscheck(Chain(S), POWER_LAW, **arguments, trials=9, max_trials=9, store=tmp_path)
    assert longer.to_records() == crosscheck(Chain(S), POWER_LAW, **arguments, trials=9, max_trials=9).to_records()


def test_the_same_seed_gives_the_same_numbers(small: Agreement) -> None:
    grid = {"n_samples": 12, "ridge": [0.1, 0.2, 0.0], "noise": [0.1, 0.2, 0.0]}
    arguments = (Chain(S), PowerLaw(1.5, 0.4).truncate(16), grid)
    with ThreadPoolExecutor(2) as executor:
        again = crosscheck(*arguments, trials=10, max_trials=10, seed=3, executor=executor)
    other = crosscheck(*arguments, trials=10, max_trials=10, seed=4)
    assert again.to_records() == small.to_records()
    assert other.to_records() != small.to_records()


def test_more_trials_where_they_are_needed() -> None:
    grid, task = {"n_samples": 12, "ridge": 0.1, "noise": 0.1}, PowerLaw(1.5, 0.4).truncate(16)
    asked = crosscheck(Chain(S), task, grid, trials=10, terms=["test"], seed=0)
    fine = crosscheck(Chain(S), task, grid, trials=10, terms=["test"], rule=Rule(resolution=0.015), seed=0)
    assert asked.verdict == fine.verdict == "agree"
    assert 10 <= asked.rows[0].trials[-1] < fine.rows[0].trials[-1]
    assert [row.term for row in fine.rows] == ["test"]


def test_large_settings_are_drawn_smaller() -> None:
    assert [default_scales(size) for size in (16, 40, 41, 96, 97, 800)] == [(1, 3)] * 2 + [(1, 2)] * 2 + [(0.5, 1)] * 2
    outcome = crosscheck(
        Chain(S),
        PowerLaw(1.5, 0.4).truncate(101),
        [{"n_samples": 60, "ridge": 0.05, "noise": 0.2}],
        trials=30,
        terms=["test", "train"],
        seed=0,
    )
    assert outcome.verdict == "agree"
    assert outcome.rows[0].sizes == ({"n_samples": 30}, {"n_samples": 60})


@pytest.mark.parametrize("scale", [2, 3, 5])
def test_theory_cannot_tell_sizes_apart(scale: int) -> None:
    for case in ZOO:
        block = Block(tuple(case.grid), (), (), 2, np.ones(1))
        values = [
            theory_values(case.model, case.task, Block(block.settings[:6], (_rung(case, s),), (), 2, np.ones(6)))[0]
            for s in (1, scale)
        ]
        for term in values[0]:
            np.testing.assert_allclose(values[0][term], values[1][term], rtol=1e-11, err_msg=f"{case.name}, {term}")


def _rung(case: Case, scale: float) -> Rung:
    terms = case.model.formulas
    return Rung(scale, {}, dict.fromkeys(terms, np.zeros((2, 6))))


def test_populations() -> None:
    task = Discrete([4.0, 2.0, 1.0, 0.0], [0.5, 1.0, 3.0, 7.0])
    doubled, halved = population(task, 2), population(task, 0.5)
    assert doubled == Discrete([4.0, 2.0, 1.0, 0.0], [0.25, 0.5, 1.5, 3.5], multiplicity=[2] * 4)
    assert halved == Discrete([3.0, 0.5], [4 / 3, 6.0])
    for scaled in (doubled, halved):
        assert scaled.signal == pytest.approx(task.signal)
    assert population(doubled, 0.5) == task
    assert population(task, 1) is task


MODEL, SETTING = Chain(S, G), {"n_samples": 12, "n_features": 10, "ridge": 0.1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trials": 0}, "trials = 0 is not admissible"),
        ({"trials": -3}, "trials = -3"),
        ({"trials": 1}, "trials = 1"),
        ({"trials": 2.5}, "trials"),
        ({"trials": True}, "trials"),
        ({"max_trials": 5}, "max_trials = 5"),
        ({"seed": -1}, "seed"),
        ({"seed": None}, "seed"),
        ({"terms": ["variance"]}, "terms = 'variance'.*test, train"),
        ({"terms": ["bias"], "decompose": False}, "terms = 'bias'"),
        ({"scales": (1,)}, "scales"),
        ({"scales": (1, 1.5)}, "scales"),
        ({"scales": (1, 1)}, "scales"),
        ({"scales": 2}, "scales"),
        ({"rule": 0.03}, "rule"),
        ({"grid": []}, "grid"),
        ({"grid": {}}, "grid"),
        ({"grid": [{}]}, "grid"),
        ({"grid": [3]}, "grid"),
        ({"grid": "grid"}, "grid"),
        ({"grid": {"n_samples": []}}, "grid"),
        ({"grid": {"n_samples": [1, 2], "n_features": [1, 2, 3]}}, "grid"),
        ({"grid": [SETTING | {"ridge": [0.1, 0.2]}]}, "ridge"),
        ({"grid": [SETTING | {"ridge": "a"}]}, "ridge"),
        ({"grid": [SETTING | {"noise": -1.0}]}, "noise"),
        ({"grid": [SETTING | {"n_features": np.inf}]}, "n_features = inf"),
        ({"grid": [SETTING | {"n_features": 10.5}]}, "n_features = 10.5"),
        ({"grid": [{"n_samples": 12}]}, "n_features = None"),
        ({"grid": [SETTING | {"n_layers": 3}]}, "n_layers"),
        ({"task": PowerLaw(1.5, 0.4)}, "task.*truncate it: task.truncate"),
        ({"task": [1.0, 2.0]}, "task"),
        ({"model": Chain(S, H), "grid": [SETTING | {"n_features": 30}]}, "n_features = 30"),
    ],
)
def test_bad_input(change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {
        "model": MODEL,
        "task": PowerLaw(1.5, 0.4).truncate(16),
        "grid": [SETTING],
        "trials": 10,
        "seed": 0,
    }
    with pytest.raises(ValueError, match=message):
        crosscheck(**(arguments | change))


# formulas of one's own


def inverse_wishart(rng: np.random.Generator, n: int, d: int) -> dict[str, float]:
    x = rng.standard_normal((n, d))
    inverse = np.linalg.inv(x.T @ x / n)
    return {"first": float(np.trace(inverse) / d), "second": float(np.trace(inverse @ inverse) / d)}


def limit(n: int, d: int) -> dict[str, float]:
    return {"first": 1 / (1 - d / n), "second": 1 / (1 - d / n) ** 3}


SETTINGS = {"n": [60, 80], "d": 10}


def test_formulas_of_large_systems_and_exact_ones() -> None:
    outcome = crosscheck_formula(limit, inverse_wishart, SETTINGS, sizes=("n", "d"), seed=1)
    assert outcome.verdict == "agree", outcome.table()
    for term in ("first", "second"):
        assert outcome.scaled(term, 1.03).verdict == "disagree"
    assert crosscheck_formula(limit, inverse_wishart, SETTINGS, seed=1).verdict == "disagree"  # no ladder: 1/size is seen
    exact = crosscheck_formula(
        lambda n, d: n / (n - d - 1), lambda rng, n, d: inverse_wishart(rng, n, d)["first"], SETTINGS, seed=2
    )
    assert exact.verdict == "agree", exact.table()
    assert exact.rows[0].term == "value"


def test_sizes_by_a_function() -> None:
    named = crosscheck_formula(limit, inverse_wishart, SETTINGS, sizes=("n", "d"), trials=5, max_trials=5)
    scaled = crosscheck_formula(
        limit,
        inverse_wishart,
        SETTINGS,
        trials=5,
        max_trials=5,
        sizes=lambda setting, scale: {name: round(value * scale) for name, value in setting.items()},
    )
    assert scaled.to_records() == named.to_records()


def test_measurements_made_already() -> None:
    values = 2 + 0.1 * np.random.default_rng(0).standard_normal(500)
    assert crosscheck_formula(lambda: 2.0, Estimate(values)).verdict == "agree"
    assert crosscheck_formula(lambda: 2.06, Estimate(values)).verdict == "disagree"
    assert crosscheck_formula(lambda: {"a": 2.0}, {"a": Estimate(values)}).verdict == "agree"
    assert crosscheck_formula(lambda: 2.0, Estimate(values[:5])).verdict == "undecided"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trials": 0}, "trials = 0"),
        ({"seed": 0.5}, "seed"),
        ({"formula": 3.0}, "formula"),
        ({"formula": lambda n, d: "x"}, "formula"),
        ({"formula": lambda n, d: {}}, "formula"),
        ({"formula": lambda n, d: {"other": 1.0}}, "estimator.*other"),
        ({"estimator": 3.0}, "estimator"),
        ({"estimator": lambda rng, n, d: {"first": np.nan, "second": 1.0}}, "estimator.*finite"),
        ({"estimator": Estimate(np.ones(5))}, "estimator.*callable"),
        ({"estimator": Estimate(np.ones((5, 2))), "settings": [{"n": 60, "d": 10}]}, "estimator"),
        ({"settings": []}, "grid"),
        ({"sizes": ("m",)}, "sizes"),
        ({"sizes": ("n",), "settings": [{"n": 0.5, "d": 10}]}, "n = 0.5"),
        ({"scales": (1, 2)}, "scales"),
        ({"sizes": ("n", "d"), "scales": (1,)}, "scales"),
        ({"order": 0}, "order"),
        ({"rule": "strict"}, "rule"),
    ],
)
def test_bad_formulas(change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"formula": limit, "estimator": inverse_wishart, "settings": SETTINGS, "trials": 10}
    with pytest.raises(ValueError, match=message):
        crosscheck_formula(**(arguments | change))
