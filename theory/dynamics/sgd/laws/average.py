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

from theory.dynamics.sgd.laws.common import ALPHA, EARLY, FEATURES, PHI, R, X, capacity, leak, mellin, missed
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
    one, burn = coefficients(), sympy.Integer(int(tail))
    steps = SAMPLES / BATCH / (1 + burn)
    time = sympy.limit(one.forget / one.eigenvalue, one.eigenvalue, 0) * steps
    mean, noise = _mean(burn), _noise(burn)
    made = one.kick / one.forget**2  # of s² in one step, over x²/L²
    share = sympy.simplify(made / steps)
    learnt = sympy.limit(noise, X, sympy.oo)
    found = {
        "time": time,
        "capacity": capacity(),
        "approximation": missed(saturated),
        "flow": mellin(sympy.expand(mean**2), X, 1 + 2 * ALPHA * R, time),
        "early": share * mellin(sympy.expand(noise), X, sympy.Integer(0), time) / (1 - PHI(STEP)),
        "late": share * learnt * FEATURES / (1 - PHI(STEP)),
        "begun": share * sympy.limit(noise / X**2, X, 0) * time**2 * sympy.zeta(2 * ALPHA),
    }
    if saturated:
        added = one.kick / one.eigenvalue**2 / time**2 * mellin(sympy.expand(X**2 * mean**2), X, sympy.Integer(0), time)
        found["kick"] = EARLY(STEP) / one.rate / (1 - PHI(STEP)) * added
        found["leak"] = leak(time, sympy.expand(mean**2))
    old = sympy.limit(X**2 * mean**2, X, sympy.oo)
    if old != 0:
        found["start"] = old * time**-2 * sympy.zeta(1 + 2 * ALPHA * R - 2 * ALPHA)
        found["remembered"] = old * time**-2 * FEATURES ** (2 * ALPHA - 2 * ALPHA * R)
    return Frozen(found)


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
