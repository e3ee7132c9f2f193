r"""Leading terms of one-pass SGD with geometric decay on an infinite power law, constants included.

Without a sketch a faint mode forgets as ∏ (1 − δ)^K → e^{−Σ δ_ℓ K_ℓ}, and what phase ℓ adds, in units of its stationary value,
is what has come in during the phase and survives the later ones; δ/h and the stationary value are limits of the derived
coefficients of a step. A sum over modes h = k^-α of a function of τh is a Mellin transform,

    Σ_k k^-s φ(τ k^-α) → (1/α) τ^{-(s−1)/α} ∫ φ(x) x^{(s−1)/α − 1} dx,

taken by SymPy. (arXiv:2406.08466 has the powers; the constants are derived here.)
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import sympy
from sympy import Expr, Symbol

from theory.dynamics.moments import BATCH, STEP, coefficients
from theory.dynamics.moments import SOURCE as NOISE
from theory.notation import CAPACITY, SOURCE

ALPHA, R = CAPACITY.symbol, SOURCE.symbol
SAMPLES = sympy.Symbol("N_eff", positive=True)
LEVEL = Symbol("l", integer=True, nonnegative=True)
PHI = sympy.Function("Phi", positive=True)  # of the step size: each phase has its own stability
_X = Symbol("x", positive=True)


def mellin(function: Expr, variable: Symbol, power: Expr, scale: Expr) -> Expr:
    """Return the leading term of Σ_k k^-power φ(scale·k^-α) for scale → ∞.

    Parameters
    ----------
    function : sympy.Expr
        φ of `variable`, a sum of terms x^i e^{-jx}.
    variable : Symbol
        x > 0.
    power, scale : sympy.Expr
        s > 1 − iα for the least i, τ.
    """
    exponent = (power - 1) / ALPHA
    total: Expr = sympy.Integer(0)
    for term in sympy.Add.make_args(sympy.expand(function)):
        rest, decay = term.as_independent(sympy.exp)
        coefficient, degree = rest.as_coeff_exponent(variable)
        rate = -sympy.diff(sympy.log(decay), variable).simplify()
        place = sympy.expand(exponent + degree)
        total += coefficient * sympy.gamma(place) * rate**-place  # ∫ x^{place−1} e^{-rate x} dx
    return sympy.simplify(total / ALPHA * scale**-exponent)


@dataclass(frozen=True)
class LeadingTerms:
    """Leading terms for B = 1, in α, r, γ, N_eff, s² and Φ(γ).

    Attributes
    ----------
    bias : sympy.Expr
        For 2r < 2 − 1/α; beyond, noise of the initial error decays more slowly.
    variance : sympy.Expr
        A sum over phases.
    """

    bias: Expr
    variance: Expr


@functools.cache
def leading_terms() -> LeadingTerms:
    """Return the leading terms of bias and variance without a sketch."""
    step = STEP * sympy.Rational(1, 2) ** LEVEL
    total = sympy.summation(sympy.Rational(1, 2) ** LEVEL, (LEVEL, 0, sympy.oo))  # Σ γ_ℓ over that of the first phase
    one = coefficients()
    rate, faint = (limit.subs({BATCH: 1, STEP: step}) for limit in (one.rate, one.faint))
    bias = mellin(sympy.exp(-_X), _X, 1 + 2 * ALPHA * R, rate.subs(LEVEL, 0) * SAMPLES * total)
    later = total - 1  # Σ of the later steps over one's own
    survives = sympy.exp(-later * _X) * (1 - sympy.exp(-_X))  # x = δ N_eff
    phase = mellin(_X * survives * faint / (rate * SAMPLES), _X, sympy.Integer(0), rate * SAMPLES)
    variance = NOISE * sympy.Sum(phase / (1 - PHI(step)), (LEVEL, 0, sympy.oo))
    return LeadingTerms(bias, variance)
