"""Leading terms with constants against evaluation at large sizes, and their derived form against the hand-made one."""

import math

import numpy as np
import pytest
import sympy

import theory as th
from theory.dynamics.leading import ALPHA, LEVEL, NOISE, PHI, SAMPLES, STEP, R, leading_terms
from theory.dynamics.population import population_modes
from theory.dynamics.stability import stability


def test_hand_made_forms():
    """bias a⁻¹Γ((b−1)/a)(4γN)^{−(b−1)/a}; variance s²N^{−p}Γ(p)/(2a)(2^{−p}−4^{−p}) Σ γ_ℓ^{1/a}/(1−Φ_ℓ), p = 1 − 1/a."""
    terms = leading_terms()
    bias = sympy.gamma(2 * R) / ALPHA * (4 * STEP * SAMPLES) ** (-2 * R)
    assert sympy.simplify(terms.bias / bias) == 1
    p = 1 - 1 / ALPHA
    phase = SAMPLES**-p * sympy.gamma(p) / (2 * ALPHA) * (2**-p - 4**-p) * (STEP / 2**LEVEL) ** (1 / ALPHA)
    (summand, (level, low, high)) = terms.variance.args[1].args if terms.variance.is_Mul else terms.variance.args
    assert (level, low, high) == (LEVEL, 0, sympy.oo)
    ratio = summand * (1 - PHI(STEP * sympy.Rational(1, 2) ** LEVEL)) / phase
    ratio = ratio.subs({ALPHA: 1.7, STEP: 0.1, SAMPLES: 1e6, LEVEL: 3})
    assert float(ratio) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize(("alpha", "r"), [(1.5, 0.3), (2.0, 0.25), (2.0, 0.5), (3.0, 0.4)])
def test_against_evaluation(alpha, r):
    """Within 3e-3 at N = 1e12; leaving Φ out would be off by 7 % and more."""
    task, gamma, n = th.PowerLaw(alpha, r), 0.25, 1e12
    out = th.OnePassSGD().evaluate(task, n_samples=n, step=gamma, noise=1.0)
    modes, terms, effective = population_modes(task), leading_terms(), float(out.effective_samples)
    values = {ALPHA: alpha, R: r, STEP: gamma, SAMPLES: effective, NOISE: 1}
    assert float(out.bias) == pytest.approx(float(terms.bias.subs(values)), rel=3e-3)
    (summand, _) = terms.variance.args[1].args if terms.variance.is_Mul else terms.variance.args
    bare = sympy.lambdify(LEVEL, (summand * (1 - PHI(STEP * sympy.Rational(1, 2) ** LEVEL))).subs(values))
    levels = np.arange(math.ceil(math.log2(n)))
    phi = np.array([stability(modes, gamma / 2.0**level, 1) for level in levels])
    steps = np.array([float(bare(level)) for level in levels])
    assert float(out.variance) == pytest.approx(float((steps / (1 - phi)).sum()), rel=3e-3)
    assert abs(steps.sum() / float(out.variance) - 1) > 0.05
