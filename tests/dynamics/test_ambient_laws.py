"""Laws for capacity below 1: sums that their last modes lead, slopes of the evaluated risk, the table of arXiv:2405.15074."""

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy

import theory as th
from numerics.papers.lin2024.phases import POINTS, derived, exponents, phase
from theory.dynamics.sgd.laws.ambient import leading, places
from theory.dynamics.sgd.laws.common import ALPHA, R
from theory.dynamics.sgd.sketches.approximation import approximation
from theory.exponents.algebra.traces import specialise
from theory.notation import KAPPA
from theory.spectra.psi import Psi, df1, df2

HALF, COST = Fraction(1, 2), {"n_samples": 1, "n_features": 1}
SGDS = {
    "constant": th.OnePassSGD(schedule="constant"), "linear": th.OnePassSGD(schedule=th.linear()),
    "mean": th.OnePassSGD(schedule="constant", averaging="iterate"), "geometric": th.OnePassSGD(),
    "tail": th.OnePassSGD(schedule=th.stable_decay(0.2, th.exponential())),
}  # fmt: skip


def exactly(number):
    return Fraction(str(number))


def slope(one, two, factor):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(np.array(two) / np.array(one)) / math.log(factor)


# --- sums over modes ---


@pytest.mark.parametrize("capacity", [0.2, 0.4, 0.7, 0.9])
@pytest.mark.parametrize("trace", [df1(KAPPA.symbol), df2(KAPPA.symbol)])
def test_traces_of_finitely_many_modes(trace, capacity):
    """Slopes in D and in κ at D = 10^13 … 10^15 are those of the largest place."""
    p, q, m = map(int, trace.args[:3])
    forms = [tuple(specialise(c, exactly(capacity), HALF) for c in form.coefficients) for form in leading(trace)]
    modes, middle = (1e13, 1e15), Fraction(1, 4)
    kappas = np.array([size ** (-capacity * float(middle)) for size in modes])
    best = max(forms, key=lambda form: -form[0] * exactly(capacity) * middle + form[1])
    values = [[float(th.PowerLaw(capacity, 0.4, size=size).trace(p, q, m, kappa)) for kappa in kappas] for size in modes]
    by_modes, by_kappa = slope(values[0], values[1], 100.0)[0], slope(*values[1], kappas[1] / kappas[0])
    assert by_modes == pytest.approx(float(best[1]), abs=0.02)
    assert by_kappa == pytest.approx(float(best[0]), abs=0.02)


def test_places():
    """d: the first mode 1, κ^(-1/α), and D^(1-α)/κ; only the last leads it, and df₂ has two that split at α = 1/2."""
    first, ridge, last = places(df1(KAPPA.symbol))
    D = sympy.Symbol("D", positive=True)
    assert first == 1
    assert sympy.simplify(ridge * KAPPA.symbol ** (1 / ALPHA)) == 1
    assert sympy.simplify(last * KAPPA.symbol * D ** (ALPHA - 1)) == 1
    assert (len(leading(df1(KAPPA.symbol))), len(leading(df2(KAPPA.symbol)))) == (1, 2)
    signal = places(Psi(1, 1, 1, KAPPA.symbol))
    assert sympy.simplify(signal[1] / KAPPA.symbol ** (2 * R - 1)) == 1


# --- slopes of the evaluated risk ---

STAGES = [
    ("constant", 0.7, 0.3, "35/100", "3/10"), ("constant", 0.35, 1.5, "175/1000", "65/100"),
    ("constant", 0.2, 1.0, "1/10", "4/5"), ("constant", 0.7, 0.8, "35/100", "3/10"), ("constant", 0.8, 1.5, "4/10", "2/10"),
    ("constant", 0.35, 0.3, "175/1000", "65/100"), ("constant", 0.7, 0.3, "9/10", "3/10"),
    ("constant", 0.35, 0.8, "6/10", "8/10"),
    *(pytest.param(*case, marks=pytest.mark.slow) for case in (
        ("linear", 0.7, 0.3, "35/100", "3/10"), ("linear", 0.8, 1.5, "4/10", "2/10"),
        ("linear", 0.35, 1.5, "175/1000", "65/100"), ("linear", 0.2, 1.0, "1/10", "4/5"),
        ("linear", 0.7, 0.3, "9/10", "3/10"), ("linear", 0.35, 0.8, "6/10", "8/10"), ("mean", 0.7, 0.3, "35/100", "3/10"),
        ("mean", 0.7, 0.3, "9/10", "3/10"), ("mean", 0.35, 1.5, "175/1000", "65/100"), ("mean", 0.35, 0.8, "6/10", "8/10"),
        ("geometric", 0.7, 0.3, "9/10", "3/10"),
        ("tail", 0.7, 0.3, "35/100", "3/10"), ("tail", 0.7, 0.3, "6/5", "3/10"),
    )),
]  # fmt: skip


@pytest.mark.parametrize(("name", "capacity", "source", "stage", "decay"), STAGES)
def test_slopes(name, capacity, source, stage, decay):
    """All D modes, without a sketch, D = 10^13 … 10^15: γT ~ D^stage, γ ~ D^-decay; bias and variance within .02."""
    stage, decay, sgd, found, modes = Fraction(stage), Fraction(decay), SGDS[name], [], (1e13, 1e15)
    for size in modes:
        samples = 10 * size ** float(stage + decay)
        if name == "geometric":  # the law counts effective samples
            for _ in range(60):
                samples = 10 * size ** float(stage + decay) * math.log2(samples)
        task, step = th.PowerLaw(capacity, source, size=int(size)), 0.1 * size ** -float(decay)
        out = sgd.evaluate(task, n_samples=samples, step=step, noise=1.0)
        found.append((float(out.bias), float(out.variance)))
    bias, variance = slope(*found, 100.0)
    ray = sgd.exponents(n_dims="free").along(
        capacity=exactly(capacity), source=exactly(source), n_samples=stage + decay, n_features=math.inf, n_dims=1, step=-decay,
        noise=0,
    )  # fmt: skip
    logarithm = ray.logarithms.get("variance", 0) * math.log(math.log(modes[1]) / math.log(modes[0])) / math.log(100)
    assert variance == pytest.approx(float(ray["variance"] + logarithm), abs=0.02)
    if ray["bias"] == -math.inf:
        assert found[1][0] < 1e-30
    else:
        assert bias == pytest.approx(float(ray["bias"]), abs=0.02)


@pytest.mark.parametrize(("capacity", "source", "power"), [
    (0.7, 0.2, "1"), (0.35, 2.0, "1"), (0.8, 0.25, "6/5"), (0.6, 1.5, "6/5"),
])  # fmt: skip
def test_approximation(capacity, source, power):
    """What a sketch of N columns misses of D ~ N^power modes, D up to 10^15."""
    power, (most, factor) = Fraction(power), (0.3e15, 100.0)
    widths = [(most / 4) ** (1 / float(power)) / shrink for shrink in (factor, 1.0)]
    tasks = [th.PowerLaw(capacity, source, size=round(4 * width ** float(power))) for width in widths]
    (found,) = slope(*([approximation(task, width)] for task, width in zip(tasks, widths, strict=True)), factor)
    ray = SGDS["constant"].exponents(n_dims="free").along(
        capacity=exactly(capacity), source=exactly(source), n_samples=1, n_features=1, n_dims=power, step=-power
    )  # fmt: skip
    assert found == pytest.approx(float(ray["approximation"]), abs=0.02)


@pytest.mark.parametrize(("capacity", "power"), [(0.6, 1.0), (0.7, 1.0), (0.8, 1.2)])
def test_target_of_the_last_modes(capacity, power):
    """Before these are learnt, and after the first ones are: a sketch misses, or keeps there, Σc Σλ/N of a saturated target."""
    step, away = 1e-5, []
    for width in (1e4, 1e6):
        task = th.PowerLaw(capacity, 5.0, size=round(4 * width**power))
        out = SGDS["constant"].evaluate(task, n_samples=7 / step, step=step, n_features=width)
        exact = float(task.total_variance) / width * float(sympy.zeta(1 + 9 * capacity))
        away.append(abs(float(out.approximation + out.bias) / exact - 1))
    assert away[1] < min(0.04, away[0] / 3)


@pytest.mark.parametrize(("capacity", "below"), [(0.3, Fraction(1, 5)), (0.7, HALF), (0.8, HALF)])
def test_bias_kept_by_the_last_modes(capacity, below):
    """That less what is missed, κ₀ Σc for κ₀ ~ D^-below, is what the law says of the bias at steps too small for noise."""
    sizes, kept, widths = (1e13, 1e15), [], []
    for size in sizes:
        task, kappa = th.PowerLaw(capacity, 5.0, size=size), size ** -float(below)
        widths.append(float(task.trace(1, 0, 1, kappa)))
        kept.append(float(task.total_variance) / widths[-1] - kappa)
    width = 1 - exactly(capacity) + below
    assert slope([widths[0]], [widths[1]], 100.0)[0] == pytest.approx(float(width), abs=0.01)
    ray = SGDS["constant"].exponents(n_dims="free").along(
        capacity=exactly(capacity), source=5, n_samples=10 + below / 2, n_features=width, n_dims=1, step=-10
    )  # fmt: skip
    assert slope([kept[0]], [kept[1]], 100.0)[0] == pytest.approx(float(ray["bias"]), abs=0.02)


@pytest.mark.parametrize(("capacity", "power"), [(0.2, 1.2), (0.35, 1.5), (0.7, 1.2), (0.9, 1.5)])
def test_noise_of_the_last_modes(capacity, power):
    """Before any mode is learnt: γ²T Σh², Σh² = Σλ² + (Σλ)²/N, and its power of N for D ~ N^power."""
    found, widths, step = [], (1e4, 1e6), Fraction(3)
    for width in widths:
        task = th.PowerLaw(capacity, 1.0, size=round(width**power))
        steps, gamma = 100 * width, width ** -float(step)
        out = SGDS["constant"].evaluate(task, n_samples=steps, step=gamma, n_features=width, noise=1.0)
        h2 = float(task.trace(2, 0, 2, 1e9)) * 1e18 + float(task.total_variance) ** 2 / width
        found.append(float(out.variance))
        assert found[-1] == pytest.approx(gamma**2 * steps * h2 * (1 + float(out.approximation)), rel=0.01)
    ray = SGDS["constant"].exponents(n_dims="free").along(
        capacity=exactly(capacity), source=1, n_samples=1, n_features=1, n_dims=exactly(power), step=-step, noise=0
    )  # fmt: skip
    assert slope([found[0]], [found[1]], 100.0)[0] == pytest.approx(float(ray["variance"]), abs=0.06)


# --- logarithms ---


def test_logarithms():
    """Of Σ h² at α = 1/2, unless D ≫ N; of Σ h at α = 1, for a constant step alone."""
    law, at = SGDS["constant"].exponents(n_dims="free"), {"capacity": HALF, "source": Fraction(3, 10), "noise": 0}
    given = {"n_samples": Fraction(3, 4), "n_features": 1, "step": -HALF}
    assert dict(law.along(**at, **given, n_dims=1).logarithms) == {"variance": 1}
    assert not law.along(**at, **{**given, "step": -Fraction(5, 8)}, n_dims=Fraction(5, 4)).logarithms
    found = []
    for size in (1e13, 1e15):
        task = th.PowerLaw(0.5, 0.3, size=int(size))
        found.append(float(SGDS["constant"].evaluate(task, n_samples=10 * size**0.75, step=0.1 * size**-0.5, noise=1).variance))
    exact = -0.25 + math.log(math.log(1e15) / math.log(1e13)) / math.log(100)  # ln D^(1/4)
    assert slope([found[0]], [found[1]], 100)[0] == pytest.approx(exact, abs=0.003)
    late = {"capacity": 1, "source": Fraction(3, 10), "n_samples": 2, "n_features": 1, "step": 0, "noise": 0}
    constant, linear = (SGDS[name].exponents(n_dims="n_features").along(**late).logarithms for name in ("constant", "linear"))
    assert dict(constant) == {"excess": 1, "test": 1, "variance": 1}
    assert not linear


# --- allocation ---


def test_table_is_derived():
    """The phases of the paper are the law at the largest step; in IVa and IVb a smaller step does better."""
    seen = set()
    for alpha, beta in POINTS:
        table, law = phase(alpha, beta), derived(alpha, beta)
        assert (law.width, law.risk) == (table.width, table.risk), table.name
        assert (law.best_risk > law.risk) == table.name.startswith("IV"), table.name
        seen.add(table.name)
    assert seen == {"Ia", "Ib", "Ic", "II", "III", "IVa", "IVb"}


def test_best_step_by_hand():
    """IVb at α = .28, β = 1.2: 1/η = max{(2−a)/a + 1/2r, 1 + 1/a + (1/a−1)/2r}, a = 2α: the least d, t and γ to reach P."""
    a, twice = Fraction(14, 25), 2 * exponents(Fraction(7, 25), Fraction(6, 5))["source"]
    by_hand = max((2 - a) / a + 1 / twice, 1 + 1 / a + (1 / a - 1) / twice)
    assert derived(Fraction(7, 25), Fraction(6, 5)).best_risk == 1 / by_hand


def test_logarithms_of_optima():
    """α = 1/2, r = 2, noise of the early error ~ γ ln d: ln^(12/13) at the largest step, ln^(4/13) at one less by ln d."""
    given = {"capacity": HALF, "source": 2}
    largest, best = (SGDS["constant"].exponents(n_dims="n_features", largest_step=large).compute_optimal(COST, **given)
                     for large in (True, False))  # fmt: skip
    assert (largest.risk, largest.logarithm) == (-Fraction(4, 13), Fraction(12, 13))
    assert (best.risk, best.logarithm) == (-Fraction(4, 13), Fraction(4, 13))


@pytest.mark.slow
def test_phases_in_symbols():
    """Four phases for symbolic exponents, with their borders: 1/2 in capacity and in source, and IVa | IVb at α = 1 − 1/√2."""
    optima = SGDS["constant"].exponents(n_dims="n_features", largest_step=True).compute_optimal(COST)
    for alpha, beta in (("2/5", "3/10"), ("1/10", "49/100"), ("1/5", "7/10"), ("3/10", "3/2"), ("28/100", "3")):
        table, given = phase(Fraction(alpha), Fraction(beta)), exponents(Fraction(alpha), Fraction(beta))
        values = {ALPHA: sympy.Rational(given["capacity"]), R: sympy.Rational(given["source"])}
        (case,) = [each for each in optima if each.condition.subs(values) == sympy.true]
        assert (case.n_features.subs(values), -case.risk.subs(values)) == (table.width, table.risk)
    (border,) = {each for case in optima for each in case.condition.args if each.has(ALPHA**2) and each.lhs.coeff(ALPHA, 2) < 0}
    assert sympy.simplify(border.lhs.subs(ALPHA, 2 - sympy.sqrt(2))) == 0


@pytest.mark.slow
def test_the_batch_replaces_the_step():
    """Without noise only γ/B counts: batches up to what makes γ a constant are free."""
    laws = (SGDS["constant"].exponents(batches=batches, n_dims="n_features") for batches in (True, False))
    best, alone = (law.compute_optimal(COST, capacity=Fraction(7, 10), source=2) for law in laws)
    assert (best.risk, best.step.start, best.step.end) == (alone.risk, alone.step, 0)
    assert best.batch == sympy.Interval(0, -alone.step)


def test_regimes_tile():
    law, rng = SGDS["constant"].exponents(n_dims="n_features"), np.random.default_rng(0)
    alpha, r = Fraction(7, 10), Fraction(6, 5)
    found = law.regimes(alpha, r)
    for _ in range(60):
        n, m, step, noise = (Fraction(int(v), 1000) for v in rng.integers(1, 3000, 4))
        point = {"n_samples": n, "n_features": m, "step": -step - (1 - alpha) * m, "noise": noise - Fraction(3, 2)}
        (inside,) = [regime for regime in found if regime.contains(point)]
        ray = law.along(capacity=alpha, source=r, **point)
        assert sum(c * point[k] for k, c in inside.exponents.items()) == ray["excess"]


def test_travels():
    law = SGDS["constant"].exponents(n_dims="n_features", largest_step=True)  # as the table takes it
    again = pickle.loads(pickle.dumps(law))
    assert str(again).startswith("for 0 < α < 1, D ~ N, γ ~ γ_max")
    given = {"capacity": Fraction(7, 10), "source": 2, "n_samples": 1, "n_features": 1}
    assert again.along(**given).terms == law.along(**given).terms


# --- refusals ---


@pytest.mark.parametrize(("change", "words"), [
    ({"capacity": 1}, "capacity = 1 is not admissible.*< 1"), ({"capacity": 1.5}, "without n_dims"),
    ({"capacity": 0}, "capacity = 0"),
    ({"n_features": Fraction(1, 10)}, r"n_features = 1/10 .*D\^\(1-α\).*nothing is learnt"),
    ({"step": 0}, r"step = 0 .*largest stable step"), ({"n_dims": math.inf}, "n_dims = inf"), ({"n_dims": -1}, "n_dims = -1"),
])  # fmt: skip
def test_bad_directions(change, words):
    given = {"capacity": HALF, "source": 1, "n_samples": 1, "n_features": 1, "n_dims": 1, "step": -1, **change}
    with pytest.raises(ValueError, match=words):
        SGDS["constant"].exponents(n_dims="free").along(**given)


def test_bad_directions_on_a_grid():
    law, at = SGDS["constant"].exponents(n_dims="n_features"), {"capacity": 0.7, "source": 1, "n_samples": 1.0, "noise": 0.0}
    assert np.isfinite(law.on_grid(**at, n_features=np.array([1.0, 0.5]), step=np.array([-0.3, -0.15]))[0]["excess"]).all()
    with pytest.raises(ValueError, match="largest stable step"):
        law.on_grid(**at, n_features=np.array([1.0, 0.5]), step=-0.2)


@pytest.mark.parametrize(("given", "words"), [
    ({"largest_step": True}, "largest_step = True .*step=0"), ({"n_dims": "features"}, "n_dims = 'features'"),
    ({"n_dims": "free", "largest_step": 1}, "largest_step = 1"), ({"n_dims": "free", "batches": True}, "batches = True"),
])  # fmt: skip
def test_bad_laws(given, words):
    with pytest.raises(ValueError, match=words):
        th.OnePassSGD().exponents(**given)


def test_no_constants():
    with pytest.raises(ValueError, match="of finitely many modes only the exponents are derived"):
        SGDS["constant"].asymptote(th.PowerLaw(0.7, 0.3, size=100), n_samples=100, step=0.01)
