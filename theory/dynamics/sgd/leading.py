r"""Leading terms of one-pass SGD with geometric decay (B = 1) on an infinite power law, constants included.

A faint mode forgets as ∏ (1 − δ)^K → e^{−th}, t = 4γP_eff over all phases. A sum over modes h = k^-α of a function of th is a
Mellin transform,

    Σ_k k^-s φ(t k^-α) → (1/α) t^{-(s−1)/α} ∫ φ(x) x^{(s−1)/α − 1} dx;

a sketch of N columns changes the population potential T at ridge s by what the declared layer does to the ridge, and a power
of s is one of 1/t: s^e → t^-e/Γ(1−e). δ, what a step adds and its stationary value are limits of the derived coefficients of
a step. (arXiv:2406.08466 bounds the powers for 2r < 1; constants, and the terms of targets with 2r > 1, are derived here.)
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

import sympy
from sympy import Expr, Symbol

from theory import notation
from theory.chain.algebras.own import Own
from theory.chain.layers import GaussianFeatures, Level
from theory.dynamics.sgd.moments import BATCH, STEP, coefficients
from theory.exponents.algebra.traces import amplitude, definition_exponent, resolved
from theory.frozen import Frozen
from theory.notation import CAPACITY, DIMS, KAPPA, PHASE, SEEN, SMALL, SOURCE, VARIABLE, size_letter
from theory.spectra.psi import Psi, df1, tf1, tf2

ALPHA, R = CAPACITY.symbol, SOURCE.symbol
SAMPLES = SEEN.symbol
FEATURES = size_letter("N", "features").symbol
LEVEL = PHASE.symbol
PHI = sympy.Function("Phi", positive=True)  # of the step size: each phase has its own stability
EARLY = sympy.Function("Y", positive=True)  # Σ_k c_k rate h/δ: what early modes make of noise, near Σ c_k for small steps
DOF, POTENTIAL, LEARNT = df1(KAPPA.symbol), KAPPA.symbol * tf1(KAPPA.symbol), KAPPA.symbol * tf2(KAPPA.symbol)  # d, T, T₂
_X, _FEW = VARIABLE.symbol, SMALL.symbol
_HALF = sympy.Rational(1, 2)


def mellin(function: Expr, variable: Symbol, power: Expr, scale: Expr) -> Expr:
    """Return the leading term of Σ_k k^-power φ(scale·k^-α) for scale → ∞.

    Parameters
    ----------
    function : sympy.Expr
        φ of `variable`, a sum of terms x^i e^{-jx}.
    variable : Symbol
        x > 0.
    power, scale : sympy.Expr
        s > 1 − iα for the least i, t.
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


@functools.cache
def leading_terms(saturated: bool = False) -> Mapping[str, Expr]:
    """Return the leading terms, in α, r, γ, P_eff, N and Φ(γ).

    Parameters
    ----------
    saturated : bool
        Whether 2r > 1: the target's power per mode, Σ c_k, is finite.

    Returns
    -------
    mapping of str to sympy.Expr
        time : t = 4γP_eff.
        capacity : κ₀, where d(κ₀) = N.
        approximation : of the best readout of N features.
        flow : the bias that all of training leaves of the faint modes.
        leak : the bias that the sketch leaves by spreading learnt modes over faint ones (saturated).
        kick : the bias that noise of the early error leaves there (saturated).
        early : variance over s², for 4γP_eff ≪ N^α; a sum over phases.
        late : the same for 4γP_eff ≫ N^α, where all N modes are learnt.
        begun : the same for 4γP_eff ≪ 1, where none is.

    Notes
    -----
    flow, leak and kick hold for 1 ≪ 4γP_eff ≪ N^α; beyond, the bias falls exponentially. leak and kick lead for large r only.
    """
    one = coefficients()
    rate, faint = (limit.subs(BATCH, 1) for limit in (one.rate, one.faint))
    total = sympy.summation(_HALF**LEVEL, (LEVEL, 0, sympy.oo))  # Σ γ_ℓ over that of the first phase
    time = rate * SAMPLES * total
    phase = _X * sympy.exp(-(total - 1) * _X) * (1 - sympy.exp(-_X)) * faint / (rate * SAMPLES)  # x = δ P_eff of one phase
    early = mellin(phase, _X, sympy.Integer(0), rate * SAMPLES).subs(STEP, STEP * _HALF**LEVEL)
    levels = sympy.integrate(sympy.expand(phase / _X), (_X, 0, sympy.oo)) / sympy.log(2)  # Σ over ℓ of φ(x 2^-ℓ), x ≫ 1
    square = sympy.summation(_HALF ** (2 * LEVEL), (LEVEL, 0, sympy.oo))  # Σ γ_ℓ², likewise
    capacity = _capacity()
    found = {
        "time": time,
        "capacity": capacity,
        "approximation": _trace(POTENTIAL, saturated).subs(KAPPA.symbol, capacity),
        "flow": mellin(sympy.exp(-_X), _X, 1 + 2 * ALPHA * R, time),
        "early": sympy.Sum(early / (1 - PHI(STEP * _HALF**LEVEL)), (LEVEL, 0, sympy.oo)),
        "late": FEATURES * levels,
        "begun": faint * rate * square * SAMPLES * sympy.zeta(2 * ALPHA),
    }
    if saturated:
        added = faint * rate / time**2 * mellin(_X**2 * sympy.exp(-_X), _X, sympy.Integer(0), time)
        found["kick"] = EARLY(STEP) / rate / (1 - PHI(STEP)) * added
        found["leak"] = _leak(time)
    return Frozen(found)


def _trace(definition: Expr, saturated: bool) -> Expr:
    """Return the leading term of a monomial in κ and traces for κ → 0, at 2r < 1 or 2r > 1."""
    interval = (1, None) if saturated else (0, 1)
    exponent, scale = resolved(definition_exponent(definition, True), *interval), sympy.Integer(1)
    for psi in definition.atoms(Psi):
        p, q, m = map(int, psi.args[:3])
        scale *= amplitude(p, q, m, bool(q) and saturated, True)
    return scale * KAPPA.symbol**exponent


def _capacity() -> Expr:
    """Return κ₀, where d(κ₀) = N."""
    scale, power = _trace(DOF, False).as_independent(KAPPA.symbol)
    return (FEATURES / scale) ** (1 / power.as_base_exp()[1])


def _leak(time: Expr) -> Expr:
    """Return what a sketch adds to the bias at first order in 1/N, for 2r > 1: T₂ d/N at κ = s, continued to time."""
    layer, level = GaussianFeatures(), Level(KAPPA.symbol, notation.DOF.symbol, sympy.Integer(1), sympy.Integer(0), DIMS.symbol)
    outside = layer.outside(level, Own(1 / _FEW), sympy.Integer(0))
    moved = -sympy.diff(sympy.log(outside.ridge / KAPPA.symbol), _FEW).subs(_FEW, 0)  # d ln κ/dN⁻¹ at fixed outer ridge
    missed = _trace(LEARNT, True) * moved.subs(notation.DOF.symbol, _trace(DOF, True)) / FEATURES
    scale, power = sympy.powsimp(missed).as_independent(KAPPA.symbol)
    exponent = power.as_base_exp()[1]
    return scale * time**-exponent / sympy.gamma(1 - exponent)
