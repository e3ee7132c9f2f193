"""Whether an expression is the S-transform of any matrix: the tests that a layer declared by its S-transform must pass.

S belongs to a positive law if and only if d(ζ)/D, obtained by solving ζ = (1 − d/D)/((d/D) S(d)), is ∫ x/(x+ζ) dμ(x): analytic
off (−∞, 0], with Im d < 0 and Im[(1 − d/D)/ζ] < 0 where Im ζ > 0 (Nevanlinna's and Stieltjes' conditions). These are tested
on grids, so that a pass is evidence, not a proof; the real axis and the Hankel determinants of the first moments come first,
because they say in simpler words what is wrong with most wrong guesses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy
from mpmath import mp

from theory.chain.s_transforms.continuation import Blocked, degrees_at_complex, follow
from theory.chain.s_transforms.evaluation import at_zero, evaluate, from_infinity, limited, needed, ridge, slope, top, walls
from theory.chain.s_transforms.inputs import Points, exact_letters, gather, number
from theory.chain.s_transforms.laws.series import stieltjes_fraction
from theory.chain.s_transforms.readings import Parts, paired
from theory.chain.s_transforms.series_reading import moments
from theory.errors import BadArgument
from theory.notation import DOF

MEAN = 1e-9  # by which S(0) may miss one
FLAT = 1e-11  # relative decrease of S, and relative sign of an imaginary part, that is rounding
MOMENTS = 8
DIGITS = 60
ANGLE = np.pi * (1 - 1 / 100)  # of the ray next to the negative axis
RAY = 240  # points on it
SAME = 1e-6  # relative difference of d by two ways to one ζ that is rounding


def check_admissible(shown: Any, parts: Parts, size: sympy.Expr, letters: dict[str, Any]) -> None:
    """Refuse parts that make no S-transform of a positive matrix of normalised trace 1; see `STransform.check_admissible`.

    Parameters
    ----------
    shown : Any
        What the message calls S.
    parts : (closed, factors)
        S.
    size : sympy.Expr
        D.
    letters : dict
        Values of all letters by name.

    Raises
    ------
    BadArgument
        If a test fails; the message says which, and where.
    """
    points = gather("d", 0.0, 0.0, letters, needed(parts, size))
    start = float(np.ravel(at_zero(parts, points))[0])
    if not abs(start - 1) < MEAN:
        raise _refuse(shown, "1 at d = 0 (normalised trace 1)", f"it is {start:.12g}: take S.normalised()")
    closed, terms = paired(limited(parts, points))
    if terms and all(power > 0 for _, power, _ in terms):  # products of S-transforms of matrices: look at the rest alone
        rest = closed / closed.subs(DOF.symbol, 0), ()
        names = {symbol.name for symbol in needed(rest, size)}
        try:
            return _check(shown, rest, size, {name: value for name, value in letters.items() if name in names})
        except BadArgument:
            pass
    return _check(shown, parts, size, letters)


def _check(shown: Any, parts: Parts, size: sympy.Expr, letters: dict[str, Any]) -> None:
    symbols = needed(parts, size)

    def at(d: Any, base: Any = 0.0) -> Points:
        return gather("d", d, base, letters, symbols)

    _check_real_axis(shown, parts, at, _end(parts, size, at(0.0)))
    _check_moments(shown, parts, size, exact_letters(letters, symbols, complete=bool(parts[1])))
    end = _end(parts, size, at(0.0))
    low, high = ridge(parts, size, at([0.999 * end, 0.001 * end]))
    ray = np.geomspace(low / 10, high * 10, RAY) * np.exp(1j * ANGLE)
    _check_upper_half_plane(shown, from_infinity(parts, size), size, gather("ridge", ray, 0.0, letters, symbols))


def _end(parts: Parts, size: sympy.Expr, points: Points) -> float:
    """Return n, the end of the interval of d."""
    seen = limited(from_infinity(parts, size), points)
    return float(min(top(walls(seen, points), points)[0], np.ravel(number(size, points))[0]))


def _refuse(shown: Any, allowed: str, found: str) -> BadArgument:
    return BadArgument("S", shown, allowed, found)


def _check_real_axis(shown: Any, parts: Parts, at: Callable[..., Points], end: float) -> None:
    part = 1 / (1 + np.exp(np.linspace(14, -14, 400)))
    base, d = np.where(part > 0.5, end, 0.0), np.where(part > 0.5, -end * part[::-1], end * part)
    try:
        values, slopes = evaluate(parts, at(d, base))[0], slope(parts, at(d, base))
    except BadArgument as error:
        where = f"it is not at d = {error.value!r}" if error.argument == "d" else str(error)
        raise _refuse(shown, f"positive and finite on [0, {end:g})", where) from error
    falling = (slopes < -FLAT) | np.append(False, np.diff(values) < -FLAT * values[1:])
    if falling.any():
        worst = float((base + d)[falling][0])
        raise _refuse(shown, "non-decreasing in d", f"it falls at d = {worst:.6g}, as if a variance were negative")


def _check_moments(shown: Any, parts: Parts, size: sympy.Expr, letters: dict[sympy.Symbol, Any]) -> None:
    with mp.workdps(DIGITS):
        found = moments(parts, MOMENTS, size, letters)
        numbers = [moment if isinstance(moment, mp.mpf) else mp.mpf(str(sympy.N(moment, DIGITS))) for moment in found]
        rounding = mp.mpf(10) ** (-DIGITS // 2) * max(abs(moment) for moment in numbers)
        try:
            stieltjes_fraction(numbers, rounding)
        except BadArgument as error:
            raise _refuse(shown, "the S-transform of a positive law", f"its moments are not: {error.remedy}") from error


def _check_upper_half_plane(shown: Any, seen: Parts, size: sympy.Expr, points: Points) -> None:
    parts, ray = limited(seen, points), points.offset
    ends = walls(parts, points)
    trace = np.broadcast_to(number(size, points), ray.shape)
    off = "analytic off the negative axis, as a Stieltjes transform is"
    here = slice(0, -1)
    try:
        base, state = degrees_at_complex(parts, points.letters, trace, ray, ends)
        letters = {letter: value[here] for letter, value in points.letters.items()}
        path = np.log(ray[here]), np.log(ray[1:])
        moved = follow(parts, letters, trace[here], path, base[here], [c[here] for c in state], [w[here] for w in ends])
    except Blocked as blocked:
        stuck = ray[int(np.argmin(blocked.reached))]
        raise _refuse(shown, off, f"d(ζ) meets a branch point on the way to ζ = {stuck:.4g}") from blocked
    d = base + state[0]
    apart = np.abs(base[here] + moved[0] - d[1:]) > SAME * np.abs(d[1:])
    if apart.any():
        raise _refuse(shown, off, f"d(ζ) has a branch point between the positive axis and ζ = {ray[1:][apart][0]:.4g}")
    signs = (-d / trace, "Im d(ζ) is positive"), ((d / trace - 1) / ray, "its density is negative")
    for part, fault in signs:
        wrong = part.imag < -FLAT * np.abs(part)
        if wrong.any():
            raise _refuse(shown, "the S-transform of a positive law", f"{fault} at ζ = {ray[wrong][0]:.4g}")
