r"""Leading terms of one-pass SGD under any declared schedule, with their constants.

With T = P/B steps γ g(z) a faint mode forgets e^{−2γhT G(u)} of what it had at u = 1 − z. Sums over modes are Mellin transforms
(`laws.common`); noise is kicked in all along the pass, and the part that the last steps make is a sum of its own:

    variance/s² → faint·rate·T Σ h² ∫ g² e^{−rate T h G(u)} du → early (modes that are being learnt) + end (those long learnt).

The two are the two poles of one Mellin transform: one leads, the other corrects, and where α = p + 1 they meet in a logarithm.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

import sympy
from sympy import Expr

from theory.arguments import ARGUMENTS
from theory.dynamics.sgd.laws.common import ALPHA, EARLY, FEATURES, PHI, R, Weight, X, capacity, columns, leak, mellin, missed
from theory.dynamics.sgd.laws.profile import End, Profile
from theory.dynamics.sgd.moments import BATCH, STEP, coefficients
from theory.frozen import Frozen
from theory.notation import FALL, SPREAD

SAMPLES = ARGUMENTS["n_samples"].letter.symbol
C = SPREAD.symbol


@functools.cache
def leading_terms(profile: Profile, saturated: bool = False) -> Mapping[str, Expr]:
    """Return the leading terms, in α, r, γ, P, B, N, Φ(γ) and c_V.

    Parameters
    ----------
    profile : Profile
        Of the schedule.
    saturated : bool
        Whether 2r > 1: the target's power per mode, Σ c_k, is finite.

    Returns
    -------
    mapping of str to sympy.Expr
        time : t = 2γ(P/B)∫g.
        capacity : κ₀, where d(κ₀) = N.
        approximation : of the best readout of N features.
        flow : the bias that all of training leaves of the faint modes.
        leak : the bias that the sketch leaves by spreading learnt modes over faint ones (saturated).
        kick : the bias that noise of the early error leaves there (saturated).
        early, end : two parts of the variance over s², for 1 ≪ t ≪ N^α.
        late : beside `end`, for t ≫ N^α, where all N modes are learnt (steps that end at zero).
        begun : the variance for t ≪ 1, where none is.

    Raises
    ------
    ValueError
        For a schedule given as a function, and one that is no power next to its ends.
    """
    one, weighed = coefficients(), weights(profile)
    steps, rate, faint = SAMPLES / BATCH, one.rate, one.faint
    time, made = rate * steps * profile.total, faint * rate * steps  # what noise makes of a mode, over h²
    unit = rate * steps
    last, stays = profile.end, _stays(profile)
    found = {
        "time": time,
        "capacity": capacity(),
        "approximation": missed(saturated),
        "flow": mellin(sympy.exp(-X), X, 1 + 2 * ALPHA * R, time) / stays,
        "early": made * mellin(X**2 * sympy.exp(-X), X, sympy.Integer(0), unit) / unit**2 * (_faded() if profile.fades else C),
        "begun": weighed["begun"].factor * sympy.zeta(ALPHA * weighed["begun"].power),
    }
    if profile.fades:
        found["late"] = weighed["late"].factor * FEATURES
    elif last.power == 0:
        found["end"] = PHI(STEP * last.scale) / stays
    else:
        weight, share = weighed["late"]
        found |= {"end": weight * sympy.zeta(ALPHA * share), "late": weight * columns(share)}
    if saturated:
        faintest = mellin(X**2 * sympy.exp(-X), X, sympy.Integer(0), time) / time**2  # Σ h² e^{−th}
        found |= {"kick": weighed["kick"].factor * faintest, "leak": leak(time, sympy.exp(-X)) / stays}
    return Frozen(found)


def _faded() -> Expr:
    """Return the finite part of ∫ g² G^-e du for g = min(1, e^{L(u − f)}), L → ∞: G is g/L before it is (1 + y)/L."""
    exponent, y = 2 - 1 / ALPHA, X
    falling = sympy.Integral(sympy.exp((2 - exponent) * y), (y, -sympy.oo, 0)).doit(conds="none")
    stable = sympy.Integral((1 + y) ** -exponent, (y, 0, sympy.oo)).doit(conds="none")
    found: Expr = FALL.symbol ** (exponent - 1) * sympy.simplify(falling + stable)
    return found


@functools.cache
def weights(profile: Profile) -> Mapping[str, Weight]:
    """Return what multiplies sums over modes that forget nothing, or all: "begun" (noise), "kick" of faint ones, "late"."""
    one = coefficients()
    steps, rate = SAMPLES / BATCH, one.rate
    made, last, unit = one.faint * rate * steps, profile.end, rate * steps
    late = falling() if profile.fades else Weight(made * _swept(last, unit), 1 / (last.power + 1))  # of h² h^{1/power − 2}
    return Frozen({
        "begun": Weight(made * profile.square, sympy.Integer(2)), "late": late,
        "kick": Weight(_early_error(profile.start, rate, steps) * one.faint * rate / _stays(profile), sympy.Integer(2)),
    })  # fmt: skip


@functools.cache
def falling() -> Weight:
    """Return what multiplies sums over modes long learnt where the step falls as e^{−Lz}, by powers of T in all."""
    one = coefficients()
    unit = one.rate * SAMPLES / BATCH
    swept = sympy.integrate(FALL.symbol * X * sympy.exp(-unit * X), (X, 0, sympy.oo))  # ∫ g e^{−unit h G} dG at g = L G, by h²
    return Weight(one.faint * unit * swept, sympy.Integer(0))


def _stays(profile: Profile) -> Expr:
    """Return 1 − Φ of the last steps: noise that the end makes of what is left."""
    return 1 - PHI(STEP * profile.end.scale) if profile.end.power == 0 else sympy.Integer(1)


def _swept(end: End, unit: Expr) -> Expr:
    """Return h^q ∫ κ² x^2p e^{−unit h κ x^{p+1}/(p+1)} dx, q = (2p+1)/(p+1)."""
    p, q = end.power, (2 * end.power + 1) / (end.power + 1)
    found: Expr = end.scale**2 * sympy.gamma(q) / (p + 1) * (unit * end.scale / (p + 1)) ** -q
    return found


def _early_error(start: End, rate: Expr, steps: Expr) -> Expr:
    """Return Σ_t g_t² E_t over the start of the pass, E_t what is left there of the error at first."""
    if start.power == 0:
        step = STEP * start.scale
        found: Expr = start.scale * EARLY(step) / rate / (1 - PHI(step))
        return found
    q = (2 * start.power + 1) / (start.power + 1)
    found = steps * _swept(start, rate * steps) * sympy.zeta(1 + 2 * ALPHA * R - ALPHA * q)
    return found
