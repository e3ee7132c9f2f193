"""Leading terms with constants against evaluation at large sizes, and their derived form against the hand-made one."""

import math

import numpy as np
import pytest
import sympy

import theory as th
from theory.dynamics.sgd.laws.common import ALPHA, EARLY, FEATURES, PHI, R
from theory.dynamics.sgd.laws.geometric import LEVEL, SAMPLES, leading_terms
from theory.dynamics.sgd.moments import STEP
from theory.dynamics.sgd.sketches.population import population_modes
from theory.dynamics.sgd.stability import stability

CASES = [(1.5, 0.3), (2.0, 0.25), (2.0, 0.5), (3.0, 0.4)]
SATURATED = [(1.5, 1.2), (2.0, 1.0), (3.0, 0.9)]
P = 1 - 1 / ALPHA
TIME = 4 * STEP * SAMPLES


def value(term, alpha, r, gamma=0.0, samples=1.0, features=1.0, phi=0.0, early=0.0):
    numbers = {ALPHA: alpha, R: r, STEP: gamma, SAMPLES: samples, FEATURES: features}
    return float(term.replace(PHI, lambda _: phi).replace(EARLY, lambda _: early).subs(numbers))


def evaluate(alpha, r, n, gamma, **more):
    return th.OnePassSGD().evaluate(th.PowerLaw(alpha, r), n_samples=n, step=gamma, noise=1.0, **more)


@pytest.mark.parametrize(("name", "saturated", "expected"), [
    ("approximation", False, (sympy.pi / ALPHA / (FEATURES * sympy.sin(sympy.pi / ALPHA))) ** (2 * ALPHA * R)
     * sympy.pi / ALPHA / sympy.sin(2 * sympy.pi * R)),
    ("approximation", True, (sympy.pi / ALPHA / (FEATURES * sympy.sin(sympy.pi / ALPHA))) ** ALPHA
     * sympy.zeta(1 + 2 * ALPHA * R - ALPHA)),
    ("flow", False, sympy.gamma(2 * R) / ALPHA * TIME ** (-2 * R)),
    ("flow", True, sympy.gamma(2 * R) / ALPHA * TIME ** (-2 * R)),
    ("late", False, FEATURES / (8 * sympy.log(2) * SAMPLES)),
    ("kick", True, STEP * EARLY(STEP) / (2 * (1 - PHI(STEP))) * sympy.gamma(1 + P) / ALPHA * TIME ** (-1 - P)),
    ("leak", True, sympy.zeta(1 + 2 * ALPHA * R - ALPHA) * sympy.pi / (ALPHA * sympy.sin(sympy.pi / ALPHA))
     / (FEATURES * sympy.gamma(1 / ALPHA)) * TIME**-P),
])  # fmt: skip
def test_hand_made_forms(name, saturated, expected):
    """arXiv:2406.08466's powers with the constants of the notes: a = α, b = 1 + 2αr, p = 1 − 1/a."""
    found = leading_terms(saturated)[name]
    for alpha, r in SATURATED if saturated else [(1.5, 0.3), (2.0, 0.26), (3.0, 0.4)]:
        numbers = (alpha, r, 0.1, 1e6, 300.0, 0.4, 1.7)
        assert value(found, *numbers) == pytest.approx(value(expected, *numbers), rel=1e-12, abs=0)


def test_hand_made_variance():
    phase = SAMPLES**-P * sympy.gamma(P) / (2 * ALPHA) * (2**-P - 4**-P) * (STEP / 2**LEVEL) ** (1 / ALPHA)
    summand, level = _summand()
    assert level == (LEVEL, 0, sympy.oo)
    ratio = summand * (1 - PHI(STEP * sympy.Rational(1, 2) ** LEVEL)) / phase
    assert value(ratio.subs(LEVEL, 3), 1.7, 0.3, 0.1, 1e6) == pytest.approx(1, rel=1e-12)


def _summand():
    (term,) = leading_terms()["early"].atoms(sympy.Sum)
    outside = leading_terms()["early"] / term
    return outside * term.function, term.limits[0]


@pytest.mark.parametrize(("alpha", "r"), CASES)
def test_bias_and_variance_against_evaluation(alpha, r):
    """Within 3e-3 at N = 1e12; leaving Φ out would be off by 7 % and more."""
    gamma, n = 0.25, 1e12
    out, modes = evaluate(alpha, r, n, gamma), population_modes(th.PowerLaw(alpha, r))
    effective = float(out.effective_samples)
    assert float(out.bias) == pytest.approx(value(leading_terms()["flow"], alpha, r, gamma, effective), rel=3e-3, abs=0)
    summand, _ = _summand()
    levels = np.arange(math.ceil(math.log2(n)))
    phi = [stability(modes, gamma / 2.0**level, 1) for level in levels]
    steps = [value(summand.subs(LEVEL, int(k)), alpha, r, gamma, effective, phi=f) for k, f in zip(levels, phi, strict=True)]
    bare = [step * (1 - f) for step, f in zip(steps, phi, strict=True)]
    assert sum(steps) == pytest.approx(float(out.variance), rel=3e-3, abs=0)
    assert abs(sum(bare) / float(out.variance) - 1) > 0.05


@pytest.mark.parametrize(("alpha", "r"), SATURATED)
def test_noise_of_the_early_error_against_evaluation(alpha, r):
    """The bias without a sketch, once 2r > 2 − 1/α: to 2e-3 at N = 1e12, beside what training leaves of faint modes."""
    gamma, modes = 0.2, population_modes(th.PowerLaw(alpha, r))
    early = float((modes.signal / modes.eigenvalues / (1 - gamma * modes.eigenvalues)).sum())  # h rate/δ = 1/(1 − γh)
    terms, phi = leading_terms(saturated=True), stability(modes, gamma, 1)
    out = evaluate(alpha, r, 1e12, gamma)
    effective = float(out.effective_samples)
    kick = value(terms["kick"], alpha, r, gamma, effective, phi=phi, early=early)
    flow = value(terms["flow"], alpha, r, gamma, effective)
    assert flow < kick
    assert float(out.bias) == pytest.approx(kick + flow, rel=2e-3, abs=0)


@pytest.mark.parametrize(("alpha", "r"), [(2.0, 1.0), (3.0, 0.8)])
def test_leak_of_the_sketch_against_evaluation(alpha, r):
    """What a sketch adds to the bias of a saturated target; the rest falls as d(κ)/N = (4γN_eff/N^α)^(1/α)."""
    gamma, width, leak, rests = 0.2, 2000.0, leading_terms(saturated=True)["leak"], []
    for share in (0.16, 0.02):
        effective = (share * width) ** alpha / (4 * gamma)
        n = effective
        for _ in range(60):
            n = effective * math.log2(n)
        out, whole = (evaluate(alpha, r, n, gamma, n_features=m) for m in (width, None))
        reached = value(leak, alpha, r, gamma, float(out.effective_samples), width)
        rests.append(abs(float(out.bias - whole.bias) / reached - 1))
    assert rests[1] < 0.05
    assert rests[0] > 3 * rests[1]


@pytest.mark.parametrize(("alpha", "r"), [*CASES[:2], *SATURATED])
def test_all_features_learnt(alpha, r):
    """N P_eff^-1 s²/(8 ln 2) for P_eff ≫ N^α, and the approximation error at large widths."""
    width, terms = 2000.0, leading_terms(saturated=2 * r > 1)
    out = evaluate(alpha, r, 1e7 * width**alpha, 0.01, n_features=width)
    share = float(out.variance / (1.0 + out.approximation))
    assert share == pytest.approx(value(terms["late"], alpha, r, 0.01, float(out.effective_samples), width), rel=5e-3, abs=0)
    assert float(out.approximation) == pytest.approx(value(terms["approximation"], alpha, r, features=width), rel=0.02, abs=0)
