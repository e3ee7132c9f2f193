"""Enclosures: they hold the true numbers, at every kind of point, and nothing that has no bound gets in."""

from __future__ import annotations

import math
import pickle
import sys
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf

import theory as th

pytest.importorskip("flint", reason="python-flint is not installed")

from flint import arb, ctx

from theory.chain.algebras.own import Own
from theory.chain.layers import Level
from theory.solve.certified.ball import Ball, Uncertified, exactly
from theory.solve.certified.block import Block
from theory.solve.certified.enclosure import Enclosure
from theory.solve.certified.nest import Nest
from theory.solve.certified.point import CertifiedEvaluator
from theory.solve.certified.roots import enclose
from theory.solve.certified.sums.listed import Listed
from theory.solve.certified.sums.logarithmic_sums import LogarithmicSums
from theory.solve.certified.sums.population import ListedPopulation, population_of
from theory.solve.certified.sums.power_sums import PowerSums
from theory.solve.status import Status
from theory.spectra.sums.power_sums_precise import power_moments_precise

F = Fraction
ORDERS = ((0, 2, 1), (1, 0, 0), (1, 1, 0), (1, 1, 1), (2, 0, 0))
LAW = th.PowerLaw(1.5, 0.4)
LISTED = th.Discrete.from_signal([1.0, 0.5, 0.25, 0.125, 0.0], [1.0, 0.5, 0.25, 2.0, 0.1], [3, 7, 15, 15, 10])
HAAR = th.Chain(th.Samples(), th.GaussianFeatures(), th.HaarProjection())
NOISY = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())
NOISY_INPUT = th.Chain(th.Samples(), th.GaussianFeatures(), th.FeatureNoise())
POOL = th.Chain(th.PoolSamples())
OWN = th.Chain(th.Samples(), th.Layer.from_s_transform(th.s_transform("1/(1 - d/N)**2")))
SLACK = mpf(10) ** -50


def mid_and_radius(value: arb) -> tuple[Any, Any]:
    enclosed = Ball(value).enclosure
    return enclosed.mid, enclosed.radius


def holds(value: Enclosure, precise: Any) -> bool:
    """Whether an enclosure holds a number that is right to fifty digits."""
    if mpmath.isinf(value.mid) or value.mid == 0:
        return bool(value.mid == precise)
    with mpmath.workdps(90):
        return bool(abs(precise - value.mid) <= value.radius + SLACK * abs(precise))


def through_mpmath(chain: th.Chain, task: Any, digits: int, given: dict[str, Any]) -> Any:
    """Return what `precision=` finds where python-flint is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("theory.solve.certified.rounded.is_installed", lambda: False)
        return chain.evaluate(task, precision=digits, **given)


POINTS = [
    (th.random_features(), LAW, {"n_samples": 100, "n_features": 300, "ridge": 1e-3, "noise": 0.1}),
    (th.random_features(), LAW, {"n_samples": 1e6, "n_features": 300, "ridge": 0, "noise": 0.1, "ensemble": 5}),
    (th.linear_ridge(), LAW.truncate(30), {"n_samples": 30, "ridge": [0, 1e-300, 1e-9], "noise": 0.1}),
    (th.linear_ridge(), LISTED, {"n_samples": [10, 40, 60], "ridge": 0, "noise": 0.1}),
    (th.random_features(), LISTED, {"n_samples": 40, "n_features": [40, 41, math.inf], "ridge": [[0], [1e-300]]}),
    (HAAR, LISTED, {"n_samples": 40, "n_features_1": [40, 50, 10], "n_features_2": 40, "ridge": [[0], [1e-300], [1]]}),
    (NOISY, LISTED, {"n_samples": [30, 35, 40], "n_features": 35, "feature_noise": 0.01, "ridge": [[0], [1e-300], [1e-3]]}),
    (NOISY_INPUT, LISTED, {"n_samples": [20, 60], "n_features": [50, 60], "feature_noise": 0.2, "ridge": [[0], [1e-3]]}),
    (POOL, LISTED, {"n_samples": [20, 40, 50], "ridge": [[0], [1e-6]]}),
    (OWN, LISTED, {"n_samples": [20, 40, 50], "n_features": 40, "ridge": [[0], [1e-6]], "noise": 1}),
]


@pytest.mark.parametrize(("chain", "task", "given"), POINTS)
def test_enclosures_hold_fifty_digits(chain: th.Chain, task: Any, given: dict[str, Any]) -> None:
    certified, precise = chain.evaluate(task, certified=True, **given), through_mpmath(chain, task, 55, given)
    assert certified.converged.all()
    np.testing.assert_array_equal(certified.status, precise.status)
    for key in (*certified.terms, "kappa"):
        found, expected = ((out.kappa if key == "kappa" else out.terms[key]) for out in (certified, precise))
        for value, number in zip(np.ravel(found), np.ravel(expected), strict=True):
            assert holds(value, number), (key, str(value), number)
            assert value.relative <= mpf(10) ** -30


def test_a_closed_form_is_enclosed_and_its_neighbours_are_not() -> None:
    """All λ = 1, P = D/2, no ridge: κ = 1 and E = (¼ + σ²)/(1 − ½)."""
    out = th.linear_ridge().evaluate(th.Isotropic(100), certified=True, n_samples=50, noise=F(1, 3))
    truths = (out.kappa, F(1)), (out.bias, F(1, 4)), (out.test, F(7, 6)), (out.variance["samples", "noise"], F(1, 3))
    for value, truth in truths:
        assert value.item().contains(truth)
        assert not value.item().contains(truth * (1 + F(1, 10**30)))
    assert out.train.item() == Enclosure(mpf(0), mpf(0))


def test_more_digits() -> None:
    given = {"n_samples": 100, "n_features": 300, "ridge": 1e-300, "noise": 0.1}
    out = th.random_features().evaluate(LAW, certified=True, digits=100, **given)
    coarse = th.random_features().evaluate(LAW, certified=True, digits=5, **given)
    for key, value in out.terms.items():
        assert value.item().relative <= mpf(10) ** -100
        assert coarse.terms[key].item().contains(value.item().mid)


def test_infinitely_many_rows_and_no_ridge() -> None:
    out = th.random_features().evaluate(LAW, certified=True, n_samples=math.inf, n_features=math.inf, noise=0.25)
    assert out.test.item().contains(F(1, 4))
    assert out.excess.item() == out.kappa.item() == Enclosure(mpf(0), mpf(0))


@pytest.mark.parametrize("capacity", [F(101, 100), F(3, 2), F(2), F(10)])
@pytest.mark.parametrize("source", [F(1, 3), F(1, 2), F(1) + F(1, 10**9), F(40)])
def test_sums_hold_the_truth(capacity: Fraction, source: Fraction) -> None:
    sums = PowerSums(capacity, source, math.inf)
    for z in (F(1, 10**300), F(1, 10**7), F(2, 3), F(10**5)):
        for (mid, radius), truth in zip(*both(sums, z), strict=True):
            assert abs(mid - truth) <= radius + abs(truth) * SLACK
            assert radius <= abs(mid) * mpf(10) ** -30


def both(sums: PowerSums, z: Fraction) -> tuple[list[tuple[Any, Any]], Any]:
    """Return sums in balls and through mpmath."""
    mp.dps = 60
    with ctx.workprec(147):
        found = [mid_and_radius(value) for value in sums.moments(exactly(z).value, ORDERS)]
    return found, power_moments_precise(sums.capacity, sums.ratios, mpf(z.numerator) / z.denominator, ORDERS)


@pytest.fixture(autouse=True)
def precision() -> Iterator[None]:
    """Leave the precision of mpmath as it was."""
    before = mp.prec
    yield
    mp.prec = before


@pytest.mark.parametrize("bounded", [True, False])
def test_short_sums_hold_the_truth_by_their_remainder_alone(monkeypatch: pytest.MonkeyPatch, bounded: bool) -> None:
    rng = np.random.default_rng(0)
    missed, count = 0, 0
    for _ in range(40):
        start, half = int(rng.integers(2, 12)), int(rng.integers(5, 8))
        monkeypatch.setattr(PowerSums, "_lengths", lambda self, orders, found=(start, half): found)
        monkeypatch.setattr(PowerSums, "_is_steep", lambda self, order: False)
        if not bounded:
            monkeypatch.setattr(PowerSums, "_remainder", lambda self, *_: arb(0))
        sums = PowerSums(F(int(rng.integers(11, 40)), 10), F(int(rng.integers(1, 20)), 10), math.inf)
        for (mid, radius), truth in zip(*both(sums, F(10) ** int(rng.integers(-8, 3))), strict=True):
            missed += bool(abs(mid - truth) > radius + abs(truth) * SLACK)
            count += 1
    assert missed == 0 if bounded else missed > count / 2


@pytest.mark.parametrize("size", [150, 10**6, 10**15])
@pytest.mark.parametrize(("capacity", "source"), [(0.3, 0.2), (1.0, 0.5), (2.0, 1.0)])
def test_long_laws(capacity: float, source: float, size: int) -> None:
    law = th.PowerLaw(capacity, source, size=size)
    mp.dps = 40
    for z in (F(1, 10**9), F(1, 10**3), F(3)):
        kappa = mpf(z.numerator) / z.denominator
        with ctx.workprec(120):
            found = population_of(law).moments(exactly(z), ((0, 1, 0), *ORDERS))
        for value, truth in zip(found, law.moments(kappa, ((0, 1, 0), *ORDERS)), strict=True):
            mid, radius = mid_and_radius(value.value)
            assert abs(mid - truth) <= radius + abs(truth) * mpf(10) ** -35
            assert radius < abs(mid) * mpf(10) ** -20


@pytest.mark.parametrize("bounded", [True, False])
def test_sums_over_the_logarithmic_law(monkeypatch: pytest.MonkeyPatch, bounded: bool) -> None:
    """With few modes and derivatives on purpose, so that it is the remainder that holds the truth."""
    if not bounded:
        monkeypatch.setattr(LogarithmicSums, "_remainder", lambda self, *_: arb(0))
    monkeypatch.setattr(LogarithmicSums, "_lengths", lambda self: (8, 5))
    mp.dps = 30
    missed = 0
    for z in (F(1, 10**9), F(2)):
        truths = th.LogarithmicLaw(1.5, 2.5).moments(mpf(z.numerator) / z.denominator, ORDERS)
        with ctx.workprec(80):
            found = LogarithmicSums(F(3, 2), F(5, 2)).moments(exactly(z).value, ORDERS)
        for value, truth in zip(found, truths, strict=True):
            mid, radius = mid_and_radius(value)
            missed += bool(abs(mid - truth) > radius + abs(truth) * mpf(10) ** -26)
    assert missed == 0 if bounded else missed > 5


def test_the_logarithmic_law() -> None:
    law, given = th.LogarithmicLaw(2.0), {"n_samples": 10, "ridge": 0.1, "noise": 0.1}
    certified = th.linear_ridge().evaluate(law, certified=True, digits=12, **given)
    doubles = th.linear_ridge().evaluate(law, **given)
    for key, value in certified.terms.items():
        assert value.item().relative <= mpf(10) ** -12
        np.testing.assert_allclose(float(value.item().mid), doubles.terms[key], rtol=1e-13)
    assert th.linear_ridge().evaluate(law, certified=True, n_samples=math.inf, noise=0.25).test.item().contains(0.25)


@pytest.mark.parametrize("bounded", [True, False])
def test_nodes_hold_the_sums_over_many_modes(monkeypatch: pytest.MonkeyPatch, bounded: bool) -> None:
    """With few nodes on purpose, so that it is the bound that holds the truth."""
    monkeypatch.setattr("theory.solve.certified.sums.listed.FEW", 10)
    usual = "theory.solve.certified.sums.listed._nodes_needed"
    module = sys.modules["theory.solve.certified.sums.listed"]
    missed = 0
    with ctx.workprec(147):
        values = [(arb(k) ** -2).mid() for k in range(1, 120)]
        signals = [arb(1) / k for k in range(1, 120)]
        with ctx.workprec(24):
            nodes, errors = module._nodes_needed()
        monkeypatch.setattr(usual, lambda: (nodes, errors if bounded else [arb(0)] * 3))
        few = Listed(values, [1] * len(values), signals)
        monkeypatch.setattr("theory.solve.certified.sums.listed.FEW", 10**6)
        all_modes = Listed(values, [1] * len(values), signals)
        assert len(few._bins) < len(values) / 2
        for exponent in range(-12, 6):
            kappa = arb(10) ** exponent
            pairs = zip(few.moments(kappa, ORDERS), all_modes.moments(kappa, ORDERS), strict=True)
            missed += sum(not found.contains(truth) for found, truth in pairs)
            missed += not few.excess(kappa, F(30))[0].contains(all_modes.excess(kappa, F(30))[0])
    assert missed == 0 if bounded else missed > 90


def test_nothing_without_a_bound_gets_in() -> None:
    ball = exactly(F(1, 3))
    for number in (0.5, np.float64(0.5), mpf("0.5"), F(1, 2), True):
        with pytest.raises(TypeError, match="no rounding"):
            ball * number
        with pytest.raises(TypeError, match="no rounding"):
            number / ball
    with pytest.raises(TypeError, match="whole power"):
        ball**0.5
    with pytest.raises(TypeError, match="exact number"):
        exactly(0.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="made of a ball"):
        Ball(0.5)


def test_leading_terms() -> None:
    one, ridge = exactly(1), Ball(arb(1), 1)
    assert (one + ridge).enclosure == one.enclosure
    assert ((ridge + 2 * ridge**2) / (4 * ridge)).enclosure.contains(F(1, 4))
    assert (one / ridge).enclosure == Enclosure(mp.inf, mpf(0))
    assert (ridge * exactly(0) + ridge.root(F(1, 2))).order == F(1, 2)
    with pytest.raises(Uncertified):
        Ball(arb(0, 1)) + ridge
    with pytest.raises(Uncertified):
        one / Ball(arb(0, 1))


@pytest.mark.parametrize("honest", [True, False])
def test_a_root_needs_a_sign_change(honest: bool) -> None:
    """Whatever is said of slopes and steps."""

    def measure(point: arb) -> tuple[arb, arb, arb]:
        return (point - 2, point, (2 - point) / point) if honest else (point - 2, arb(10) ** 9, arb(0))

    with ctx.workprec(100):
        for away in (0, 1, -1):
            assert enclose(measure, arb(2) + away * arb(2) ** -20).contains(2)
        with pytest.raises(Uncertified):
            enclose(measure, arb(3))


LIMITS = [
    (th.random_features(), {"n_samples": 30, "n_features": 30}),
    (th.random_features(), {"n_samples": 30, "n_features": 50}),
    (th.random_features(), {"n_samples": 40, "n_features": 40}),
    (HAAR, {"n_samples": 40, "n_features_1": 40, "n_features_2": 40}),
    (HAAR, {"n_samples": 30, "n_features_1": 50, "n_features_2": 30}),
    (NOISY, {"n_samples": 35, "n_features": 35, "feature_noise": F(1, 100)}),
    (NOISY, {"n_samples": 45, "n_features": 35, "feature_noise": F(1, 100)}),
    (NOISY_INPUT, {"n_samples": 50, "n_features": 50, "feature_noise": F(1, 5)}),
]


@pytest.mark.parametrize(("chain", "given"), LIMITS)
def test_leading_terms_are_those_of_tiny_ridges(chain: th.Chain, given: dict[str, Any]) -> None:
    parameters = [F(given[slot.keyword]) for slot in chain.slots]
    with ctx.workprec(900):
        nest = Nest(population_of(LISTED), chain.slots.layers, parameters)
        limit, near = nest.solve(Ball(arb(1), 1)), nest.solve(exactly(F(1, 10**250)))
        numbers = [(limit.kappa, near.kappa)]
        for (left, right), (u, t) in zip([*limit.pairs, limit.population], [*near.pairs, near.population], strict=True):
            numbers += [(left, u), (right, t)]
        assert any(leading.order > 0 for leading, _ in numbers)
        for leading, value in numbers:
            expected = leading.value * arb(10) ** (-250 * arb(leading.order.numerator) / leading.order.denominator)
            assert abs(value.value / expected - 1) < arb(10) ** -50


def test_a_state_holds_the_states_of_all_ridges_of_a_ball() -> None:
    with ctx.workprec(120):
        population = population_of(LISTED)
        assert isinstance(population, ListedPopulation)
        block = Block(population, [th.Samples()], [F(30)])
        wide = block.solve(Ball(arb(1, 0.001)))
        for ridge in (F(9991, 10_000), F(1), F(10_009, 10_000)):
            assert wide.kappa.value.contains(block.solve(exactly(ridge)).kappa.value)


def test_enclosures_know_what_they_hold() -> None:
    third = Enclosure(mpf(1) / 3, mpf(2) ** -55)
    assert third.contains(F(1, 3))
    assert third.contains(1 / 3)
    assert not third.contains(np.nextafter(1 / 3, 1))
    assert not third.contains(mpf("0.3333"))
    assert not third.contains(math.inf)
    assert Enclosure(mp.inf, mpf(0)).contains(math.inf)
    assert Enclosure(mp.nan, mp.inf).contains(7)
    assert third.relative < 1e-15
    assert str(third).startswith("0.33333333333333331")
    assert pickle.loads(pickle.dumps(third)) == third


def test_precision_gives_the_same_digits_with_and_without_python_flint(monkeypatch: pytest.MonkeyPatch) -> None:
    k = np.arange(1.0, 41.0)
    task = th.Discrete(k**-1.5, k**-0.3)
    given = {"n_samples": [[10], [40]], "n_features": [30, 40], "ridge": F(1, 10**8), "noise": F(1, 10)}
    asked: list[int] = []
    usual = CertifiedEvaluator._certify

    def certify(self: CertifiedEvaluator, point: Any, formulas: Any, count: int, digits: int) -> Any:
        asked.append(digits)
        if len(asked) == 2:
            return [Enclosure(mp.nan, mp.inf)] * count, Status.UNCERTIFIED
        return usual(self, point, formulas, count, digits)

    monkeypatch.setattr(CertifiedEvaluator, "_certify", certify)
    found = th.random_features().evaluate(task, precision=40, **given)
    expected = through_mpmath(th.random_features(), task, 40, given)
    assert asked == [43] * 4
    np.testing.assert_array_equal(found.status, expected.status)
    for key, value in found.terms.items():
        assert value.shape == (2, 2)
        with mpmath.workdps(60):
            np.testing.assert_array_less(np.abs(value / expected.terms[key] - 1).astype(float), 2e-40)


def test_results_and_models_pickle() -> None:
    model = th.random_features()
    out = model.evaluate(LISTED, certified=True, n_samples=10, n_features=[5, 10])
    again = pickle.loads(pickle.dumps(model)).evaluate(LISTED, certified=True, n_samples=10, n_features=[5, 10])
    assert out.test.tolist() == again.test.tolist() == pickle.loads(pickle.dumps(out)).test.tolist()
    assert out.reasons.tolist() == ["ridgeless", "interpolation threshold: the ridgeless test risk diverges"]


def test_what_cannot_be_certified_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("theory.solve.certified.point.ROUNDS", 0)
    out = th.linear_ridge().evaluate(LISTED, certified=True, n_samples=10, ridge=1)
    assert out.status == Status.UNCERTIFIED
    assert not out.converged
    assert mpmath.isnan(out.test.item().mid)


class Stretched(th.SmoothLaw):
    """A law of a user's own."""

    def log_eigenvalue(self, log_k: Any) -> Any:
        return -self.exp(log_k / 4)

    def log_signal(self, log_k: Any) -> Any:
        return -2 * log_k


class Loose(th.Layer):
    """A layer of a user's own with a float in it."""

    letter, default_name, words = "N", "features", "features"

    def outer(self, level: Level, own: Own, noise: Any) -> Level:
        return level.through(ridge=level.ridge * own.factor(level.dof) ** 2 / (1 + 0.5 * own.share(level.dof)), size=own.size)


REFUSED = [
    ({"ridge": -0.01}, th.linear_ridge(), LISTED, "^ridge = -0.01"),
    ({"digits": 0}, th.linear_ridge(), LISTED, "^digits = 0"),
    ({"digits": 2.5}, th.linear_ridge(), LISTED, "^digits = 2.5"),
    ({"precision": 30}, th.linear_ridge(), LISTED, "^precision = 30"),
    ({"finite_size": True}, th.linear_ridge(), LISTED, "^finite_size = True"),
    ({"certified": "yes"}, th.linear_ridge(), LISTED, "^certified = 'yes'"),
    ({"certified": False, "digits": 30}, th.linear_ridge(), LISTED, "^digits = 30"),
    ({}, th.linear_ridge(), Stretched(), "^task = .*truncate"),
    ({}, th.linear_ridge(), th.LogarithmicLaw(9), "^power, target = "),
    ({}, th.Chain(th.Samples(rows=0.5)), LISTED, "^layers = .*columns or rows"),
    ({"n_features": 9}, th.Chain(th.Samples(), Loose()), LISTED, "^layers = .*without floats.*0.5, a float"),
]


@pytest.mark.parametrize(("given", "chain", "task", "message"), REFUSED)
def test_refusals_state_their_reason(given: dict[str, Any], chain: th.Chain, task: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        chain.evaluate(task, **{"certified": True, "n_samples": 10, "ridge": 1, **given})


def test_without_python_flint_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flint", None)
    monkeypatch.delitem(sys.modules, "theory.solve.certified.point", raising=False)
    monkeypatch.delitem(sys.modules, "theory.solve.certified.ball", raising=False)
    with pytest.raises(ValueError, match=r"python-flint.*scaletheory\[certify\]"):
        th.Chain(th.Samples()).evaluate(LISTED, certified=True, n_samples=10, ridge=1)
