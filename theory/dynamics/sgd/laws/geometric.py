r"""Leading terms of one-pass SGD with geometric decay (B = 1) on an infinite power law, constants included.

A faint mode forgets as ∏ (1 − δ)^K → e^{−th}, t = 4γP_eff over all phases. δ, what a step adds and its stationary value are
limits of the derived coefficients of a step.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

import sympy
from sympy import Expr

from theory.dynamics.sgd.laws.common import ALPHA, EARLY, FEATURES, PHI, R, Weight, X, capacity, leak, mellin, missed
from theory.dynamics.sgd.moments import BATCH, STEP, coefficients
from theory.frozen import Frozen
from theory.notation import PHASE, SEEN

SAMPLES = SEEN.symbol
LEVEL = PHASE.symbol
_HALF = sympy.Rational(1, 2)


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
    rate, _, total, phase = _phases()
    weighed, time = weights(), rate * SAMPLES * total
    early = mellin(phase, X, sympy.Integer(0), rate * SAMPLES).subs(STEP, STEP * _HALF**LEVEL)
    found = {
        "time": time,
        "capacity": capacity(),
        "approximation": missed(saturated),
        "flow": mellin(sympy.exp(-X), X, 1 + 2 * ALPHA * R, time),
        "early": sympy.Sum(early / (1 - PHI(STEP * _HALF**LEVEL)), (LEVEL, 0, sympy.oo)),
        "late": FEATURES * weighed["late"].factor,
        "begun": weighed["begun"].factor * sympy.zeta(2 * ALPHA),
    }
    if saturated:
        found["kick"] = weighed["kick"].factor / time**2 * mellin(X**2 * sympy.exp(-X), X, sympy.Integer(0), time)
        found["leak"] = leak(time, sympy.exp(-X))
    return Frozen(found)


@functools.cache
def weights() -> Mapping[str, Weight]:
    """Return what multiplies sums over modes that forget nothing, or all: "begun" (noise), "kick" of faint ones, "late"."""
    rate, faint, _, phase = _phases()
    levels = sympy.integrate(sympy.expand(phase / X), (X, 0, sympy.oo)) / sympy.log(2)  # Σ over ℓ of φ(x 2^-ℓ), x ≫ 1
    square = sympy.summation(_HALF ** (2 * LEVEL), (LEVEL, 0, sympy.oo))  # Σ γ_ℓ² over that of the first phase
    two = sympy.Integer(2)
    return Frozen({
        "begun": Weight(faint * rate * square * SAMPLES, two), "late": Weight(levels, sympy.Integer(0)),
        "kick": Weight(EARLY(STEP) / (1 - PHI(STEP)) * faint, two),
    })  # fmt: skip


def _phases() -> tuple[Expr, Expr, Expr, Expr]:
    """Return δ/h and kick/(δh) of faint modes, Σ γ_ℓ over that of the first phase, and what a phase makes, by x = δ P_eff."""
    rate, faint = (limit.subs(BATCH, 1) for limit in (coefficients().rate, coefficients().faint))
    total = sympy.summation(_HALF**LEVEL, (LEVEL, 0, sympy.oo))
    return rate, faint, total, X * sympy.exp(-(total - 1) * X) * (1 - sympy.exp(-X)) * faint / (rate * SAMPLES)
