r"""Leading terms of the mean of iterates at a constant step: of the whole pass, or of a window at its end.

In units of the window of L steps, after b L steps without it, with x = γhL,

    mean error     m(x) = ∫_b^{b+1} e^{−xτ} dτ,
    what noise at τ leaves of itself in the mean:     w(x, τ) = ∫_{max(τ,b)}^{b+1} e^{−x(τ'−τ)} dτ',

so that a mode of signal y has bias y m², and noise makes (s²/BL) x² ∫_0^{b+1} w² dτ. Sums over modes are Mellin transforms.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

import sympy
from sympy import Expr

from theory.dynamics.sgd.laws.common import ALPHA, EARLY, FEATURES, PHI, R, Weight, X, capacity, leak, mellin, missed
from theory.dynamics.sgd.laws.curve import SAMPLES
from theory.dynamics.sgd.moments import BATCH, STEP, coefficients
from theory.frozen import Frozen
from theory.notation import DONE, LEFT

_TAU, _LATER = DONE.symbol, LEFT.symbol  # any two letters: τ, τ'


@functools.cache
def leading_terms(tail: bool, saturated: bool = False) -> Mapping[str, Expr]:
    """Return the leading terms, in α, r, γ, P, B, N and Φ(γ).

    Parameters
    ----------
    tail : bool
        The last half of the iterates; else all.
    saturated : bool
        Whether 2r > 1.

    Returns
    -------
    mapping of str to sympy.Expr
        time : γ(P/B), or half of it.
        capacity, approximation, begun : as for the last iterate.
        flow : the bias of the faint modes.
        leak, kick : what the sketch, and noise of the early error, leave there (saturated).
        start : the bias of the learnt ones, which the mean of all iterates remembers.
        remembered : the same where all N modes are learnt, up to a constant.
        early : variance over s², for 1 ≪ t ≪ N^α.
        late : the same for t ≫ N^α, where all N modes are learnt.
    """
    burn = sympy.Integer(int(tail))
    time, share = _window(burn)
    mean, noise, weighed = _mean(burn), _noise(burn), weights(tail)
    found = {
        "time": time,
        "capacity": capacity(),
        "approximation": missed(saturated),
        "flow": mellin(sympy.expand(mean**2), X, 1 + 2 * ALPHA * R, time),
        "early": share * mellin(sympy.expand(noise), X, sympy.Integer(0), time) / (1 - PHI(STEP)),
        "late": weighed["late"].factor * FEATURES,
        "begun": weighed["begun"].factor * sympy.zeta(2 * ALPHA),
    }
    if saturated:
        faintest = mellin(sympy.expand(X**2 * mean**2), X, sympy.Integer(0), time) / time**2
        found["kick"] = weighed["kick"].factor * faintest
        found["leak"] = leak(time, sympy.expand(mean**2))
    if "start" in weighed:
        old = weighed["start"].factor
        found["start"] = old * sympy.zeta(1 + 2 * ALPHA * R - 2 * ALPHA)
        found["remembered"] = old * FEATURES ** (2 * ALPHA - 2 * ALPHA * R)
    return Frozen(found)


@functools.cache
def weights(tail: bool) -> Mapping[str, Weight]:
    """Return what multiplies sums over modes that forget nothing, or all: "begun", "kick", "late"; "start" of Σ y h^power."""
    one, burn = coefficients(), sympy.Integer(int(tail))
    time, share = _window(burn)
    mean, noise, stays = _mean(burn), _noise(burn), 1 - PHI(STEP)
    learnt, old = sympy.limit(noise, X, sympy.oo), sympy.limit(X**2 * mean**2, X, sympy.oo)
    made = EARLY(STEP) / one.rate * one.kick / one.eigenvalue**2 * sympy.limit(mean, X, 0) ** 2
    found = {
        "begun": Weight(share * sympy.limit(noise / X**2, X, 0) * time**2, sympy.Integer(2)),
        "late": Weight(share * learnt / stays, sympy.Integer(0)), "kick": Weight(made / stays, sympy.Integer(2)),
    }  # fmt: skip
    return Frozen(found if old == 0 else {**found, "start": Weight(old * time**-2, sympy.Integer(-2))})


def _window(burn: Expr) -> tuple[Expr, Expr]:
    """Return γL, and what noise makes in one step, over x² s²/L."""
    one, steps = coefficients(), SAMPLES / BATCH / (1 + burn)
    time = sympy.limit(one.forget / one.eigenvalue, one.eigenvalue, 0) * steps
    return time, sympy.simplify(one.kick / one.forget**2 / steps)  # over x²/L²


def _mean(burn: Expr) -> Expr:
    """Return m(x)."""
    return sympy.integrate(sympy.exp(-X * _TAU), (_TAU, burn, burn + 1))


def _noise(burn: Expr) -> Expr:
    """Return x² ∫ w² dτ."""
    total: Expr = sympy.Integer(0)
    for start, low, high in ((burn, sympy.Integer(0), burn), (_TAU, burn, burn + 1)):
        left = sympy.integrate(sympy.exp(-X * (_LATER - _TAU)), (_LATER, start, burn + 1))
        total += sympy.integrate(sympy.expand(left**2), (_TAU, low, high))
    return sympy.expand(X**2 * total)
