"""Leading terms of schedules and averages with constants, against evaluation; exponents, prices, published tables."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy

import theory as th
from theory.conventions import convention
from theory.dynamics.sgd.laws import average, curve
from theory.dynamics.sgd.laws.average import SAMPLES
from theory.dynamics.sgd.laws.common import ALPHA, FEATURES, columns
from theory.dynamics.sgd.laws.profile import Profile
from theory.dynamics.sgd.laws.system import END, FLOW, SHARE, SGDSystem
from theory.dynamics.sgd.moments import STEP
from theory.dynamics.sgd.sketches.bins import bins
from theory.dynamics.sgd.sketches.sketch import sketched_modes
from theory.notation import BATCH, NOISE, size_letter

HALF = Fraction(1, 2)


def profile(schedule):
    return Profile(schedule.pieces(1))


# --- numbers of a schedule ---


@pytest.mark.parametrize("a", [1.5, 2.0, 3.0])
@pytest.mark.parametrize("p", [0.0, 0.3, 1.5, 5.0])
def test_finite_part_of_powers(a, p):
    """(p+1)^e/((p+1)/a − 1), continued where the integral diverges."""
    exact = (p + 1) ** (2 - 1 / a) / ((p + 1) / a - 1)
    assert profile(th.polynomial(p)).moment(2 - 1 / a) == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize("a", [1.5, 2.0, 3.0])
@pytest.mark.parametrize("p", [2.5, 4.0])
def test_finite_part_of_a_late_decay(a, p):
    f, x = 0.2, 0.2 / (p + 1)
    exact = f ** (1 / a - 1) * (p + 1) ** (2 - 1 / a) / ((p + 1) / a - 1)
    exact += (x ** (1 / a - 1) - (x + 1 - f) ** (1 / a - 1)) / (1 - 1 / a)
    assert profile(th.stable_decay(f, th.polynomial(p))).moment(2 - 1 / a) == pytest.approx(exact, rel=1e-12)


def test_finite_part_of_a_cosine():
    found = [profile(th.cosine()).moment(2 - 1 / a) for a in (1.5, 2.0, 2.5)]
    assert found == pytest.approx([5.808, 13.84, 38.83], rel=3e-4)


@pytest.mark.parametrize(("schedule", "end", "start", "total"), [
    (th.cosine(), (sympy.pi**2 / 4, 2), (1, 0), HALF), (th.polynomial(3), (1, 3), (1, 0), Fraction(1, 4)),
    (th.inverse_time(3), (Fraction(1, 4), 0), (1, 0), sympy.log(4) / 3), (th.stable_decay(0.5), (2, 1), (1, 0), Fraction(3, 4)),
    (th.warmup(0.1, th.cosine()), (25 * sympy.pi**2 / 81, 2), (10, 1), HALF),
])  # fmt: skip
def test_ends(schedule, end, start, total):
    found = profile(schedule)
    assert (found.end.scale, found.end.power) == end
    assert (found.start.scale, found.start.power) == start
    assert sympy.simplify(found.total - total) == 0


def test_powers_of_the_eigenvalues_of_a_sketch():
    """Σ h^w of all N, to the 1/N of the equivalents."""
    for a, w, width in ((2.0, 0.25, 400.0), (3.0, 0.2, 400.0)):
        task = th.PowerLaw(a, 0.3)
        modes = sketched_modes(bins(task, width), width, task.rank, task.total_variance, task.signal)
        exact = columns(sympy.Float(w)).subs({ALPHA: a, FEATURES: width})
        assert float(modes.counts @ modes.eigenvalues**w) + float(-sympy.zeta(a * w)) == pytest.approx(float(exact), rel=0.01)


# --- leading terms against evaluation ---

CASES = {
    "best": (th.polynomial(3), 1e-3, 1e-3), "a logarithm": (th.linear(), 1.5e-3, 5e-3),
    "cosine": (th.cosine(), 1e-3, 1e-3), "slow": (th.polynomial(0.3), 8e-3, 1.5e-2),
    "stable": (th.stable_decay(0.2, th.polynomial(3)), 2e-3, 1e-3),
    "exponential": (th.exponential(), 1e-3, 8e-3), "constant": ("constant", 1e-3, 1e-3),
    "inverse time": (th.inverse_time(4), 1e-3, 1e-3), "geometric": ("geometric", 1e-3, 6e-3),
}  # fmt: skip


def ratios(sgd, task, **at):
    out, found = sgd.evaluate(task, noise=1.0, **at), sgd.asymptote(task, noise=1.0, **at)
    return found["bias"] / float(out.bias) - 1, found["variance"] / float(out.variance) - 1


@pytest.mark.parametrize("name", [pytest.param(name, marks=[] if name == "best" else pytest.mark.slow) for name in CASES])
def test_constants(name):
    """Bias and variance at T = 10^6; the factor of Φ is 4 % here where the step does not end at zero."""
    schedule, bias, variance = CASES[name]
    found = ratios(th.OnePassSGD(schedule=schedule), th.PowerLaw(2.0, 0.25), n_samples=1e6, step=0.05)
    assert abs(found[0]) < bias
    assert abs(found[1]) < variance


@pytest.mark.slow
@pytest.mark.parametrize("averaging", ["iterate", "tail"])
@pytest.mark.parametrize(("capacity", "b"), [(1.5, 3.5), (2.0, 5.0)])
def test_constants_of_averages(averaging, capacity, b):
    """At 2r = 2 as well, where the poles of flow and start meet, and where the kick of the early error leads."""
    sgd, task = th.OnePassSGD(schedule="constant", averaging=averaging), th.PowerLaw(capacity, (b - 1) / (2 * capacity))
    found = ratios(sgd, task, n_samples=1e7, step=0.05)
    assert abs(found[0]) < 3e-3
    assert abs(found[1]) < 1e-2


@pytest.mark.slow
@pytest.mark.parametrize(("schedule", "power"), [("constant", 0), (th.warmup(0.1, th.linear()), 1)])
def test_kick_of_the_early_error(schedule, power):
    """Saturated targets: the kick is most of the bias, and a warm-up takes half a power of T off it."""
    sgd, task = th.OnePassSGD(schedule=schedule), th.PowerLaw(2.0, 1.6)
    found = sgd.asymptote(task, n_samples=1e8, step=0.1)
    assert found["kick"] > 2 * found["flow"]
    assert found["bias"] == pytest.approx(float(sgd.evaluate(task, n_samples=1e8, step=0.1).bias), rel=0.01)
    later = sgd.asymptote(task, n_samples=1e10, step=0.1)
    assert math.log(found["kick"] / later["kick"]) / math.log(100) == pytest.approx(1.5 + power / 2, rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("schedule", [th.polynomial(3), th.linear()], ids=str)
def test_all_features_learnt(schedule):
    sgd = th.OnePassSGD(schedule=schedule)
    at = {"n_samples": 1e9, "step": 0.05, "n_features": 300, "noise": 1.0}
    assert sgd.asymptote(th.PowerLaw(2, 0.375), **at)["variance"] == pytest.approx(
        float(sgd.evaluate(th.PowerLaw(2, 0.375), **at).variance), rel=3e-3
    )


@pytest.mark.slow
@pytest.mark.parametrize("batch", [150])
def test_no_leading_term_depends_on_the_batch(batch):
    """At fixed N and γ/B."""
    task, steps = th.PowerLaw(2, 0.375), {1: 2e-3, batch: 2e-3 * batch}
    one, many = (th.OnePassSGD(batch=B, schedule=th.polynomial(3)).evaluate(task, n_samples=3e7, step=step, noise=1.0)
                 for B, step in steps.items())  # fmt: skip
    assert float(one.bias) == pytest.approx(float(many.bias), rel=2e-3)
    assert float(one.variance) == pytest.approx(float(many.variance), rel=2e-3)


def test_scale_of_the_eigenvalues():
    sgd, at = th.OnePassSGD(schedule=th.cosine()), {"n_samples": 1e6, "noise": 1.0}
    plain = sgd.asymptote(th.PowerLaw(2, 0.3), step=0.1, **at)
    assert dict(sgd.asymptote(th.PowerLaw(2, 0.3, scale=0.5), step=0.2, **at)) == pytest.approx(dict(plain), rel=1e-9)


@pytest.mark.parametrize(("change", "words"), [
    ({"task": th.PowerLaw(2, 0.3, size=100)}, "task"), ({"task": 3}, "task"),
    ({"step": 0.0}, "step"), ({"step": [0.1]}, "step"),
    ({"n_samples": math.inf}, "n_samples"), ({"n_features": 0}, "n_features"), ({"noise": -1}, "noise"),
])  # fmt: skip
def test_bad_points(change, words):
    given = {"task": th.PowerLaw(2, 0.3), "n_samples": 1e6, "step": 0.1, **change}
    with pytest.raises(ValueError, match=words):
        th.OnePassSGD(schedule=th.linear()).asymptote(given.pop("task"), **given)


# --- exponents ---


def forms(terms, place=0):
    """Exponents in P, N, γ, σ², B of the terms in a stage of training, at α = 2 and r = 3/8."""
    system = SGDSystem(terms, size_letter("P", "number of samples"), True)
    assert system.variables == (SAMPLES, FEATURES, STEP, NOISE.symbol, BATCH.symbol)
    from theory.exponents.algebra.traces import specialise

    found = system.exponents(system.cells[place])
    return {symbol: None if form is None else [specialise(c, Fraction(2), Fraction(3, 8)) for c in form.coefficients]
            for symbol, form in found.items()}  # fmt: skip


@pytest.mark.parametrize(("schedule", "p"), [
    (th.polynomial(3), 3), (th.linear(), 1), (th.polynomial(HALF), HALF), (th.warmup(0.1), 0),
])  # fmt: skip
def test_exponents_of_a_power(schedule, p):
    """T = P/B: flow (γT)^-2r, variance γ^{1/q}T^{1/q−1}/B for q = α and q = p + 1, beyond M/T more by M^{1−α/(p+1)}."""
    early, late, _ = (forms(curve.leading_terms(profile(schedule), True), place) for place in range(3))

    def noise(q):
        return [1 / q - 1, 0, 1 / q, 0, -1 / q]

    assert early[FLOW] == [-Fraction(3, 4), 0, -Fraction(3, 4), 0, Fraction(3, 4)]
    assert early[SHARE] == noise(Fraction(2))
    assert early[END] == late[END] == noise(1 + Fraction(p))
    if p:
        assert late[SHARE] == [*noise(1 + Fraction(p))[:1], 1 - 2 / (1 + Fraction(p)), *noise(1 + Fraction(p))[2:]]


def test_exponents_of_averages():
    for tail in (False, True):
        early = forms(average.leading_terms(tail, True))
        assert early[SHARE] == [-HALF, 0, HALF, 0, -HALF]
        assert early[END] is None


def test_logarithm_where_two_poles_meet():
    """α = p + 1: at T = 10^8 and 10^12 variance · T^{1/2} grows by what ln T does."""
    sgd, task = th.OnePassSGD(schedule=th.linear()), th.PowerLaw(2.0, 0.375)
    values = np.array([sgd.asymptote(task, n_samples=T, step=0.1, noise=1.0)["variance"] * T**0.5 for T in (1e8, 1e12, 1e16)])
    assert np.diff(values)[1] == pytest.approx(np.diff(values)[0], rel=1e-6)
    exact = float(2 * sympy.gamma(1.5) * 2**-1.5 / 2 * 0.1**0.5 * 2**1.5 / 2 * math.log(1e4) / 2)
    assert np.diff(values)[0] == pytest.approx(exact, rel=1e-5)


def test_logarithms_are_reported():
    """Of the variance, and of the excess that it leads, at α = p + 1 alone."""
    law = th.OnePassSGD(schedule=th.linear()).exponents()
    at = {"source": Fraction(3, 8), "n_samples": 1, "n_features": math.inf, "step": 0, "noise": 0}
    assert dict(law.along(capacity=2, **at).logarithms) == {"excess": 1, "variance": 1}
    assert law.along(capacity=2, **at)["variance"] == -HALF
    assert not law.along(capacity=3, **at).logarithms


FSL = convention("functional2025")


@pytest.mark.slow
def test_table_of_the_functional_scaling_law():
    """arXiv:2509.19189, in its letters: constant and decaying steps, in data and in compute, easy and hard tasks."""
    data, compute, given = {"n_samples": 1}, {"n_samples": 1, "n_features": 1}, {"noise": 0}
    schedules = {"constant": "constant", "decay": th.polynomial(9), "exponential": th.exponential()}
    laws = {name: th.OnePassSGD(schedule=schedule).exponents() for name, schedule in schedules.items()}
    for s, beta in ((Fraction(3, 4), 2), (Fraction(1, 4), 2), (Fraction(1, 2), 3)):
        ours, easy = FSL.ours(s=s, beta=beta), s * beta >= beta - 1
        table = {
            "constant": (-s / (s + 1), -s * beta / (1 + s * beta + beta)),
            "decay": (-s * beta / (1 + s * beta), -s * beta / (2 + s * beta)) if easy else (-s, -s * beta / (1 + beta)),
        }  # fmt: skip
        for name, law in laws.items():
            powers = table["constant" if name == "constant" else "decay"]
            assert law.compute_optimal(data, n_features=math.inf, **ours, **given).risk == powers[0], (name, s)
            assert law.compute_optimal(compute, **ours, **given).risk == powers[1], (name, s)


@pytest.mark.parametrize(("schedule", "tail"), [
    (th.stable_decay(0.2, th.exponential()), 1), (th.warmup(0.1, "geometric"), 1), (th.polynomial(3), 0),
])  # fmt: skip
def test_steps_that_fall_by_powers_after_they_were_stable(schedule, tail):
    """The exponents of a decay to zero, and a logarithm: c_V ~ L^{1−1/a}, so (ln N)^{(a−1)s/(1+as)} at the optimum."""
    law = th.OnePassSGD(schedule=schedule).exponents()
    for s, a in ((Fraction(3, 4), 2), (Fraction(2, 3), 3), (Fraction(1, 8), 2)):
        easy = s + Fraction(1, a) >= 1
        best = law.compute_optimal({"n_samples": 1}, n_features=math.inf, capacity=a, source=s / 2, noise=0)
        assert best.risk == (-a * s / (1 + a * s) if easy else -s)
        assert best.logarithm == (tail * (a - 1) * s / (1 + a * s) if easy else 0)
        learnt = law.along(capacity=a, source=s / 2, n_samples=1, n_features=Fraction(1, 2 * a), step=0, noise=0)
        assert learnt.logarithms.get("variance", 0) == tail  # of the last 1/L of the pass


@pytest.mark.parametrize("schedule", [th.stable_decay(0.2, th.exponential()), th.exponential()], ids=str)
def test_all_features_learnt_by_steps_that_fall_by_powers(schedule):
    """The variance is M ln T/T, with its constant; of halved steps no constant is known."""
    sgd, task, at = th.OnePassSGD(schedule=schedule), th.PowerLaw(2, 0.375), {"n_features": 20, "step": 0.1, "noise": 1.0}
    found = float(sgd.evaluate(task, n_samples=1e9, **at).variance)
    assert sgd.asymptote(task, n_samples=1e9, **at)["variance"] == pytest.approx(found, rel=1e-3)
    with pytest.raises(ValueError, match="n_features = 20.0 is not admissible"):
        th.OnePassSGD(schedule=th.warmup(0.1, "geometric")).asymptote(task, n_samples=1e9, **at)


@pytest.mark.slow
def test_logarithm_of_an_exponential_tail_against_brute_force():
    """The least excess over steps falls as N^{-3/5} (ln N)^{3/10}."""
    sgd, task = th.OnePassSGD(schedule=th.stable_decay(0.2, th.exponential())), th.PowerLaw(2, 0.375)
    sizes, least = np.array([1e7, 1e9]), []
    for n in sizes:
        steps = 0.18 * n**-0.2 * np.geomspace(0.6, 1.7, 5)
        excess = sgd.evaluate(task, n_samples=n, step=steps, noise=1.0).test - 1
        assert 0 < excess.argmin() < 4
        least.append(np.polyfit(np.log(steps), np.log(excess), 2))
    lowest = np.array([c - b * b / (4 * a) for a, b, c in least])
    slope = np.diff(lowest - 0.3 * np.log(np.log(sizes)))[0] / np.diff(np.log(sizes))[0]
    assert slope == pytest.approx(-0.6, abs=0.01)


@pytest.mark.slow
def test_noiseless_optimum_after_a_warmup_against_brute_force():
    """b ≥ 5a/2: C^{-(1 − 2/5a)} at M ~ C^{3/5} with a warm-up, C^{-(1 − 1/2a)} without; arXiv:2406.08466 leaves them open."""
    sgds = [th.OnePassSGD(schedule=schedule) for schedule in (th.polynomial(3), th.warmup(0.1, th.polynomial(3)))]
    given = {"capacity": 2, "source": Fraction(5, 4)}
    cold, best = (sgd.exponents().compute_optimal({"n_samples": 1, "n_features": 1}, **given) for sgd in sgds)
    assert (cold.risk, best.risk) == (Fraction(-3, 4), Fraction(-4, 5))
    sgd, least = sgds[1], []
    for cost in (1e8, 1e10):
        found = []
        for width in np.round(cost ** float(best.n_features) * np.geomspace(0.2, 4.0, 8)):
            at = {"n_samples": round(cost / width), "n_features": width}
            edge = float(sgd.evaluate(th.PowerLaw(2, 1.25), step=1e-9, **at).max_step)
            steps = edge * np.array([0.3, 0.45])
            found.append(float(sgd.evaluate(th.PowerLaw(2, 1.25), step=steps, **at).test.min()))
        place = int(np.argmin(found))
        assert 0 < place < 7
        a, b, c = np.polyfit(range(-1, 2), np.log(found[place - 1:place + 2]), 2)  # fmt: skip
        least.append(c - b * b / (4 * a))
    assert (least[1] - least[0]) / math.log(100) == pytest.approx(-0.8, abs=0.02)


@pytest.mark.slow
def test_beyond_the_capacity_of_a_sketch():
    """b > a + 1: max{a/(a+1+a/q), (b−1)/(2b−a−1+a/q)}, arXiv:2406.08466 leaves it open; the critical batch is N^{1−a/b}."""
    law = th.OnePassSGD(schedule=th.polynomial(9)).exponents(batches=True)
    for a, b in ((2, 4), (3, 5), (2, 6)):
        task = {"capacity": a, "source": Fraction(b - 1, 2 * a)}
        best = law.compute_optimal({"n_samples": 1, "n_features": 1}, **task, noise=0, batch=0)
        assert -best.risk == max(Fraction(a, a + 2), Fraction(b - 1, 2 * b - a))
    for a, b in ((2, Fraction(5, 2)), (2, Fraction(3, 2)), (3, 4)):
        task = {"capacity": a, "source": (b - 1) / (2 * Fraction(a))}
        best = law.compute_optimal({"n_samples": 1}, n_features=math.inf, **task, noise=0)
        assert best.risk == -max(Fraction(b - 1) / b if b > a else 0, Fraction(b - 1, a) if b <= a else 0)
        if b > a:
            assert best.batch == sympy.Interval(0, sympy.nsimplify(1 - a / Fraction(b)))
        else:
            assert best.batch == 0


# --- prices ---


def test_prices():
    """Powers by the closed form, 1 at p = 2a − 1 and more beside it; averages less; infinite where the noise ends otherwise."""
    a, r = 2.0, 0.375
    for p in (1.5, 3.0, 5.0):
        exact = (p + 1) ** 2 / ((p + 1) / a - 1) / (4 * a * a)
        assert th.OnePassSGD(schedule=th.polynomial(p)).price(a, r) == pytest.approx(exact, rel=1e-9)
    assert th.OnePassSGD(schedule=th.stable_decay(0.2, th.polynomial(3))).price(a, r) == pytest.approx(1.672, abs=1e-3)
    assert th.OnePassSGD(schedule="constant", averaging="iterate").price(a, r) == pytest.approx(0.4437, abs=1e-4)
    for schedule in (th.linear(), "constant", "geometric"):
        assert th.OnePassSGD(schedule=schedule).price(a, r) == math.inf
    with pytest.raises(ValueError, match="source = 0.1 is not admissible.*easy"):
        th.OnePassSGD(schedule=th.linear()).price(2, 0.1)


@pytest.mark.slow
def test_a_price_buys_the_same_risk():
    """Each with its price times the data, at its best step: the same excess, up to corrections of a few per cent."""
    task, found = th.PowerLaw(2, 0.375), []
    cases = ((th.polynomial(3), None, 0.12), ("constant", "iterate", 0.05))
    for schedule, averaging, about in cases:
        sgd = th.OnePassSGD(schedule=schedule, averaging=averaging)
        n, steps = 1e7 * sgd.price(2, 0.375), about * np.geomspace(0.5, 1.5, 4)
        found.append(float((sgd.evaluate(task, n_samples=n, step=steps, noise=1.0).test - 1).min()))
    assert found == pytest.approx([found[0]] * len(found), rel=0.05)


# --- batches ---


@pytest.mark.slow
def test_critical_batch_is_where_the_best_step_meets_the_border():
    """At B_crit its step is γ_max(B_crit); half of it still has the excess of single samples, ten times has more."""
    task, given = th.Discrete([1.0, 0.3, 0.1], [1.0, 1.0, 1.0]), {"n_samples": 3000, "noise": 1.0}
    found = th.OnePassSGD(schedule=th.polynomial(3)).critical_batch(task, **given)
    assert found.batch > 30

    def excess(batch):
        sgd = th.OnePassSGD(batch=round(batch), schedule=th.polynomial(3))
        edge = float(sgd.evaluate(task, step=1e-9, **given).max_step)
        steps = edge * np.geomspace(0.05, 0.499, 8)
        return float((sgd.evaluate(task, step=steps, **given).test - 1).min()), edge

    assert excess(found.batch)[1] == pytest.approx(found.step * found.batch, rel=0.02)
    assert excess(found.batch / 2)[0] == pytest.approx(found.test - 1, rel=0.15)
    assert excess(30 * found.batch)[0] > 2 * (found.test - 1)


@pytest.mark.parametrize("b", [2.5, 3.5])
def test_growth_of_the_critical_batch(b):
    """N^{1−a/b} of the mean of all iterates."""
    sgd, task = th.OnePassSGD(schedule="constant", averaging="iterate"), th.PowerLaw(2, (b - 1) / 4)
    small, large = (sgd.critical_batch(task, n_samples=n, noise=1.0).batch for n in (1e6, 1e8))
    assert math.log(large / small) / math.log(100) == pytest.approx(1 - 2 / b, abs=0.03)


@pytest.mark.parametrize(("change", "words"), [
    ({"n_samples": [10, 20]}, "n_samples"), ({"noise": -1.0}, "noise"), ({"n_features": 0.5}, "n_features"),
    ({"task": 1}, "task"),
])  # fmt: skip
def test_bad_batches(change, words):
    given = {"task": th.Discrete([1.0], [1.0]), "n_samples": 50, "noise": 1.0, **change}
    with pytest.raises(ValueError, match=words):
        th.OnePassSGD().critical_batch(given.pop("task"), **given)
