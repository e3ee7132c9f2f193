r"""What the leading terms of every schedule share: sums over faint modes as Mellin transforms, and what a sketch does.

A faint mode forgets as e^{−th}. A sum over modes h = k^-α of a function of th is a Mellin transform,

    Σ_k k^-s φ(t k^-α) → (1/α) t^{-(s−1)/α} ∫ φ(x) x^{(s−1)/α − 1} dx;

a sketch of N columns changes the population potential T at ridge s by what the declared layer does to the ridge, and a power
of s is one of 1/t, as Σ y s/(h+s) ~ s^e says how dense the signal is. (arXiv:2406.08466 bounds the powers for 2r < 1;
constants, and the terms of targets with 2r > 1, are derived here.)
"""

from __future__ import annotations

from typing import NamedTuple

import sympy
from sympy import Expr, Symbol

from theory import notation
from theory.chain.algebras.own import Own
from theory.chain.layers import GaussianFeatures, Level
from theory.exponents.algebra.traces import amplitude, definition_exponent, resolved
from theory.notation import CAPACITY, DIMS, KAPPA, SMALL, SOURCE, VARIABLE, size_letter
from theory.spectra.psi import Psi, df1, tf1, tf2

ALPHA, R = CAPACITY.symbol, SOURCE.symbol
FEATURES = size_letter("N", "features").symbol
PHI = sympy.Function("Phi", positive=True)  # of the step size
EARLY = sympy.Function("Y", positive=True)  # Σ_k c_k rate h/δ: what early modes make of noise, near Σ c_k for small steps
DOF, POTENTIAL, LEARNT = df1(KAPPA.symbol), KAPPA.symbol * tf1(KAPPA.symbol), KAPPA.symbol * tf2(KAPPA.symbol)  # d, T, T₂
X = VARIABLE.symbol
_FEW = SMALL.symbol


class Weight(NamedTuple):
    """What multiplies Σ h^power, over all modes or over those of a place, in a term."""

    factor: Expr
    power: Expr


def mellin(function: Expr, variable: Symbol, power: Expr, scale: Expr) -> Expr:
    """Return the leading term of Σ_k k^-power φ(scale·k^-α) for scale → ∞.

    Parameters
    ----------
    function : sympy.Expr
        φ of `variable`, a sum of terms x^i e^{-jx}.
    variable : Symbol
        x > 0.
    power, scale : sympy.Expr
        s > 1 − iα for the least i, t; continued to other s.
    """
    exponent = (power - 1) / ALPHA
    total: Expr = sympy.Integer(0)
    for term in sympy.Add.make_args(sympy.expand(function)):
        rest, decay = term.as_independent(sympy.exp)
        coefficient, degree = rest.as_coeff_exponent(variable)
        rate = -sympy.diff(sympy.log(decay), variable).simplify()
        if rate == 0:  # a power alone has no scale: nothing, by continuation
            continue
        place = sympy.expand(exponent + degree)
        total += coefficient * sympy.gamma(place) * rate**-place  # ∫ x^{place−1} e^{-rate x} dx
    return sympy.simplify(total / ALPHA * scale**-exponent)


def missed(saturated: bool) -> Expr:
    """Return the approximation error of N columns, T(κ₀), for 2r < 1 or 2r > 1."""
    return _trace(POTENTIAL, saturated).subs(KAPPA.symbol, capacity())


def _trace(definition: Expr, saturated: bool) -> Expr:
    """Return the leading term of a monomial in κ and traces for κ → 0, at 2r < 1 or 2r > 1."""
    interval = (1, None) if saturated else (0, 1)
    exponent, scale = resolved(definition_exponent(definition, True), *interval), sympy.Integer(1)
    for psi in definition.atoms(Psi):
        p, q, m = map(int, psi.args[:3])
        scale *= amplitude(p, q, m, bool(q) and saturated, True)
    return scale * KAPPA.symbol**exponent


def capacity() -> Expr:
    """Return κ₀, where d(κ₀) = N."""
    scale, power = _trace(DOF, False).as_independent(KAPPA.symbol)
    return (FEATURES / scale) ** (1 / power.as_base_exp()[1])


def leak(time: Expr, left: Expr) -> Expr:
    """Return what a sketch adds to the bias at first order in 1/N, for 2r > 1: T₂ d/N at κ = s, continued to time.

    Parameters
    ----------
    time : sympy.Expr
        T.
    left : sympy.Expr
        Of x = th, what a mode keeps of its signal: e^-x for the last iterate.
    """
    layer, level = GaussianFeatures(), Level(KAPPA.symbol, notation.DOF.symbol, sympy.Integer(1), sympy.Integer(0), DIMS.symbol)
    outside = layer.outside(level, Own(1 / _FEW), sympy.Integer(0))
    moved = -sympy.diff(sympy.log(outside.ridge / KAPPA.symbol), _FEW).subs(_FEW, 0)  # d ln κ/dN⁻¹ at fixed outer ridge
    added = _trace(LEARNT, True) * moved.subs(notation.DOF.symbol, _trace(DOF, True)) / FEATURES
    scale, power = sympy.powsimp(added).as_independent(KAPPA.symbol)
    exponent = power.as_base_exp()[1]
    density = scale * ALPHA / (sympy.gamma(exponent) * sympy.gamma(1 - exponent))  # ∫ h^{e−1} s/(h+s) dh = Γ(e)Γ(1−e) s^e
    return density * mellin(left, X, 1 + ALPHA * exponent, time)


def columns(power: Expr) -> Expr:
    """Return Σ h^w over all N eigenvalues of a sketch, 0 < w < 1/α.

    Parameters
    ----------
    power : sympy.Expr
        W.

    Notes
    -----
    Σ h^w = (sin πw/π) ∫ s^{w−1} d(κ(s)) ds, with what the layer makes of the ridge, s = κ (1 − d/N), at d = Ny, κ = κ₀ y^-α.
    """
    layer, level = GaussianFeatures(), Level(KAPPA.symbol, notation.DOF.symbol, sympy.Integer(1), sympy.Integer(0), DIMS.symbol)
    outside = layer.outside(level, Own(FEATURES), sympy.Integer(0)).ridge / KAPPA.symbol
    left = sympy.Poly(outside.subs(notation.DOF.symbol, FEATURES * X), X)  # s/κ by y
    if left != sympy.Poly(1 - X, X):
        raise ArithmeticError(f"not the ridge of a Gaussian layer: {left}")
    lower = 1 - ALPHA * power  # ∫ (y^-α (1−y))^w dy is a Beta function
    total = sympy.gamma(lower) * sympy.gamma(1 + power) / sympy.gamma(lower + 1 + power)
    found: Expr = sympy.sin(sympy.pi * power) / (sympy.pi * power) * FEATURES * capacity() ** power * total
    return found
