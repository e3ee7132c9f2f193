"""The exponents of one-pass SGD: in the paper's letters, against slopes of the evaluated risk, and the best step and sizes."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import sympy

import theory as th
from theory.conventions import convention
from theory.dynamics.sgd.laws.common import ALPHA, FEATURES, R
from theory.dynamics.sgd.laws.geometric import SAMPLES
from theory.dynamics.sgd.moments import STEP
from theory.notation import NOISE

SGD = th.OnePassSGD()
LAW = SGD.exponents()
LIN = convention("lin2024")
a, b = sympy.symbols("a b", positive=True)
THREE_HALVES = sympy.Rational(3, 2)
COST = {"n_samples": 1, "n_features": 1}


def samples_for(effective):
    """Return N with N/log2 N = N_eff."""
    n = effective
    for _ in range(100):
        n = effective * math.log2(n)
    return n


# --- the law as written ---


def test_powers_in_the_letters_of_the_paper():
    """For b < a + 1: approximation M^(1−b), bias (N_eff γ)^((1−b)/a), variance min{M, (N_eff γ)^(1/a)}/N_eff."""
    M, n, gamma, sigma2 = sympy.symbols("m n g s", real=True)
    logs = {FEATURES: M, SAMPLES: n, STEP: gamma, NOISE.symbol: sigma2}
    expected = {"approximation": (1 - b) * M, "bias": (1 - b) / a * (n + gamma),
                "variance": sigma2 - n + (n + gamma) / a}  # fmt: skip
    for key, theirs in expected.items():
        (piece,) = [each for each in LAW.pieces(key) if each.cell is LAW.system.cells[0] and _leads(each)]
        powers = (sympy.nsimplify(_in(piece.form, place)) for place in range(4))
        found = sum(power * logs[v] for power, v in zip(powers, LAW.system.variables, strict=True))
        assert sympy.simplify(LIN.rewrite(found) - theirs) == 0, key
    late = [each.form for each in LAW.pieces("variance") if each.cell is LAW.system.cells[1]]
    assert LAW.system.form(FEATURES) - LAW.system.form(SAMPLES) + LAW.system.form(NOISE.symbol) in late


def _in(form, place):
    from theory.exponents.algebra.traces import printed

    return printed(form.coefficients[place]).subs(sympy.Min(1, 2 * R), 2 * R)


def _leads(piece):
    """Whether a piece is met at α = 2, r = 3/10, N_eff γ ~ N with constant noise."""
    ray = [Fraction(1), Fraction(1), Fraction(0), Fraction(0)]
    numbers = LAW.at(Fraction(2), Fraction(3, 10))
    return all(sum(c * x for c, x in zip(numbers.at(form), ray, strict=True)) >= 0 for form in piece.constraints)


def test_logarithm_belongs_to_the_width():
    """At 2r = 1 the approximation has a logarithm of N: none where N is constant."""
    assert LAW.along(capacity=2, source=Fraction(1, 2), n_samples=1, n_features=1).logarithms["approximation"] == 1
    assert "approximation" not in LAW.along(capacity=2, source=Fraction(1, 2), n_samples=1, n_features=0).logarithms


def test_regimes_tile():
    rng = np.random.default_rng(0)
    for alpha, r in ((Fraction(3, 2), Fraction(2, 5)), (Fraction(5, 2), Fraction(9, 5)), (Fraction(2), Fraction(4, 5))):
        found = LAW.regimes(alpha, r)
        for _ in range(200):
            x = [Fraction(int(v), 1000) for v in rng.integers(1, 3000, 4)]
            point = {"n_samples": x[0], "n_features": x[1], "step": -x[2] * 10 / 31, "noise": x[3] - Fraction(3, 2)}
            inside = [regime for regime in found if regime.contains(point)]
            ray = LAW.along(capacity=alpha, source=r, **point)
            assert len(inside) == 1
            assert sum(c * point[k] for k, c in inside[0].exponents.items()) == ray["excess"]


# --- against the evaluated risk ---


@pytest.mark.parametrize(("alpha", "r"), [(2, 0.3), (2, 1.0), (3, 0.25), (3, 0.8)])
@pytest.mark.parametrize(("stage", "decay"), [(0.6, 0.0), (0.7, 0.3), (1.5, 0.0), (2.2, 0.4)])
def test_slopes(alpha, r, stage, decay):
    """γ P_eff ~ N^(α stage), γ ~ N^-decay, at N = 3000: every term within .03 (bias: .06) of its exponent."""
    task, gamma, factor, values = th.PowerLaw(alpha, r), 0.05, 1.2, []
    power = stage * alpha + decay
    for s in (1 / factor, factor):
        width = 3000.0 * s
        n, step = samples_for(3 * width**power), gamma * width**-decay
        out = SGD.evaluate(task, n_samples=n, n_features=width, step=step, noise=1.0)
        values.append([float(out.approximation), float(out.bias), float(out.variance)])
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = (np.log(values[1]) - np.log(values[0])) / (2 * math.log(factor))
    exact = {"n_samples": Fraction(str(power)), "n_features": 1, "step": -Fraction(str(decay)), "noise": 0}
    ray = LAW.along(capacity=alpha, source=Fraction(str(r)), **exact)
    assert slopes[0] == pytest.approx(float(ray["approximation"]), abs=0.03)
    assert slopes[2] == pytest.approx(float(ray["variance"]), abs=0.03)
    if stage > 1:
        assert ray["bias"] == -math.inf
        assert values[1][1] < 1e-60
    else:
        assert slopes[1] == pytest.approx(float(ray["bias"]), abs=0.06)


@pytest.mark.parametrize(("alpha", "r"), [(2.0, 0.3), (3.0, 0.25), (2.5, 0.45)])
def test_compute_slope_of_the_real_risk(alpha, r):
    """Along the allocation at fixed step, the excess risk falls as C^-z in C = M N_eff, up to C = 1e16."""
    best = LAW.compute_optimal(COST, capacity=Fraction(str(alpha)), source=Fraction(str(r)), noise=0, step=0)
    task, risks, budgets = th.PowerLaw(alpha, r), [], (1e14, 1e16)
    for budget in budgets:
        n = samples_for(budget ** float(best.n_samples))
        out = SGD.evaluate(task, n_samples=n, n_features=budget ** float(best.n_features), step=0.1, noise=1.0)
        risks.append(float(out.test) - 1.0)
    slope = math.log(risks[1] / risks[0]) / math.log(budgets[1] / budgets[0])
    assert slope == pytest.approx(float(best.risk), abs=0.012)


# --- allocation ---


@pytest.mark.slow
def test_fixed_and_tuned_step_in_the_letters_of_the_paper():
    """b ≤ a: γ ≍ 1, M* ≍ C^{1/(a+1)}; a < b < a+1: M* ≍ C^{1/(b+1)}, and every step from N_eff^{a/b−1} to a constant."""
    fixed, tuned = (LAW.compute_optimal(COST, noise=0, **more) for more in ({"step": 0}, {}))
    for optima in (fixed, tuned):
        for task, width in ((a - sympy.Rational(1, 4), 1 / (a + 1)), (a + sympy.Rational(1, 2), 1 / (b + 1))):
            (case,) = [each for each in optima if _holds(each.condition, THREE_HALVES, task.subs(a, THREE_HALVES))]
            assert sympy.simplify(LIN.rewrite(case.n_features) - width) == 0
            assert sympy.simplify(LIN.rewrite(case.n_features + case.n_samples) - 1) == 0
            assert sympy.simplify(LIN.rewrite(case.risk) - (1 - b) * width) == 0
            if optima is tuned and task != a - sympy.Rational(1, 4):
                low, high = LIN.rewrite(case.step.start), case.step.end
                assert sympy.simplify(low / LIN.rewrite(case.n_samples) - (a / b - 1)) == 0
                assert high == 0
            else:
                assert case.step == 0


def _holds(condition, capacity, degree):
    ours = LIN.ours(a=capacity, b=degree)
    return bool(condition.subs({ALPHA: ours["capacity"], R: ours["source"]}))


@pytest.mark.parametrize("fixed", [{"noise": 0}, {"noise": 0, "step": 0}, {}, {"noise": Fraction(-1, 3)}])
def test_optimum_against_brute_force(fixed):
    """No point of a grid is better, and the optimum's own point has its risk, at four random (α, r)."""
    rng = np.random.default_rng(len(fixed))
    for _ in range(4):
        alpha, r = Fraction(int(rng.integers(11, 45)), 10), Fraction(int(rng.integers(1, 30)), 20)
        best = LAW.compute_optimal(COST, capacity=alpha, source=r, **fixed)
        least = math.inf
        steps = [fixed["step"]] if "step" in fixed else [-Fraction(k, 16) for k in range(17)]
        for share, step in itertools.product([Fraction(k, 32) for k in range(33)], steps):
            given = {"n_samples": 1 - share, "n_features": share, "noise": -math.inf, **fixed, "step": step}
            least = min(least, LAW.along(capacity=alpha, source=r, **given)["excess"])
        assert 0 <= float(least) - float(best.risk) < 0.08
        ends = {name: getattr(best, name) for name in ("n_samples", "n_features", "step")}
        if not any(isinstance(value, sympy.Interval) for value in ends.values()):
            numbers = {name: Fraction(int(v.p), int(v.q)) for name, v in ((k, sympy.Rational(v)) for k, v in ends.items())}
            given = {"noise": -math.inf, **fixed, **numbers}
            assert LAW.along(capacity=alpha, source=r, **given)["excess"] == best.risk


# --- refusals ---


def test_refusals():
    for schedule, words in (([(10, 1.0)], "Steps"), (lambda z: 1 - z, "function")):
        for method in (th.OnePassSGD(schedule=schedule).exponents, th.OnePassSGD(schedule=schedule).leading_terms):
            with pytest.raises(ValueError, match=f"schedule = .*{words}"):
                method()
    with pytest.raises(ValueError, match="batches = True is not admissible"):
        SGD.exponents(batches=True)
    with pytest.raises(ValueError, match="step = 1 is not admissible.*≤ 0"):
        LAW.along(capacity=2, source=1, n_samples=1, n_features=1, step=1)
    with pytest.raises(ValueError, match="ridge = 1 is not admissible.*left out"):
        LAW.along(capacity=2, source=1, n_samples=1, n_features=1, ridge=1)
    assert not hasattr(LAW, "asymptote")  # amplitudes are those of `leading_terms`


# --- what falls faster than any power ---


@pytest.mark.parametrize("given", [{"capacity": 2, "source": Fraction(3, 10)}, {"capacity": 1.5, "source": 2}, {}])
@pytest.mark.parametrize("more", [{"step": 0}, {}, {"noise": 0}])
def test_no_best_exponent_of_a_bias_that_vanishes(given, more):
    """With fewer columns and more samples all columns are learnt, and the bias is exponentially small: no power is best."""
    with pytest.raises(ValueError, match=r"^of = 'bias' is not admissible.*faster than any power where P_eff ≥ .*N\^"):
        LAW.compute_optimal(COST, of="bias", **given, **more)


@pytest.mark.parametrize("width", [math.inf, 1, Fraction(1, 2)])
def test_best_exponent_of_a_bias_that_cannot_vanish(width):
    """So many columns that no budget learns all of them, the border C = N^α included: C^(-2r)."""
    risk = Fraction(-3, 5)
    best = LAW.compute_optimal({"n_samples": 1}, of="bias", n_features=width, capacity=2, source=Fraction(3, 10))
    assert best.risk == risk
    ray = LAW.along(capacity=2, source=Fraction(3, 10), n_samples=1, n_features=width, step=0)
    assert ray["bias"] == risk


@pytest.mark.parametrize("width", [0, Fraction(1, 4), Fraction(49, 100)])
def test_few_columns_are_all_learnt(width):
    with pytest.raises(ValueError, match="^of = 'bias' is not admissible"):
        LAW.compute_optimal({"n_samples": 1}, of="bias", n_features=width, capacity=2, source=Fraction(3, 10))


def test_terms_that_do_not_vanish_have_a_best_exponent():
    for key in ("variance", "approximation", "excess"):
        best = LAW.compute_optimal(COST, of=key, capacity=2, source=Fraction(3, 10), noise=0, step=0)
        assert math.isfinite(best.risk)


@pytest.mark.parametrize("chain", [
    th.random_features(), th.Chain(th.Samples()), th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures()),
])  # fmt: skip
def test_no_term_of_a_chain_vanishes_so(chain):
    law = chain.exponents()
    assert all(law.voids(key) == () for key in law.system.keys)


def test_the_training_loss_of_the_flow_vanishes_so():
    """Late training fits the samples exactly: exponentially small, where time is beyond P^α."""
    law = th.GradientFlow(th.random_features()).exponents()
    assert [key for key in law.system.keys if law.voids(key)] == ["train"]
    with pytest.raises(ValueError, match="^of = 'train' is not admissible.*faster than any power where"):
        law.compute_optimal({"n_samples": 1, "time": 1}, of="train", n_features=math.inf, capacity=2, source=Fraction(3, 10))
    best = law.compute_optimal({"n_samples": 1, "time": 1}, n_features=math.inf, capacity=2, source=Fraction(3, 10))
    assert math.isfinite(best.risk)
