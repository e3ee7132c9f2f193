"""What a layer's declaration does to the ridge, read by running `outer` through posynomials; and what it may not do.

A layer of a size n hands on d and renormalises the ridge, κ_out = κ_in F: F is a monomial in its own 1 − d/n and in the vacancy
inside, whose exponents are found here, or any other falling function of d, for which the general solver is. A layer of a
variance is noise: κ_in = κ_out + μ².
"""

from __future__ import annotations

import math
from functools import lru_cache

from theory.chain.algebras.own import Known, Own, Shaped
from theory.chain.algebras.posynomial import NotPosynomialError, Posynomial
from theory.chain.layers.base import Layer, Level
from theory.errors import BadArgument

PROBES = (0.2, 0.7)  # fractions of the size, at which a map that is no monomial is looked at


@lru_cache(maxsize=256)
def ridge_powers(layer: Layer) -> tuple[int, int] | None:
    """Return (m, k) of κ_out = κ_in (1 − d/n)^m v^k, v the vacancy inside; None for any other map, such as those of laws.

    Raises
    ------
    ValueError
        If the layer's declaration breaks the rules: see `theory.chain.ridge_map`.
    """
    letter = Posynomial.letter
    level = Level(letter("ridge"), letter("dof"), letter("vacancy"), letter("loss"), letter("size"))
    own = Known(letter("own"), letter("share"), letter("factor"), layer.whole(level), layer.sized)
    try:
        made = layer.outer(level, own, letter("noise"))
    except NotPosynomialError:
        if not layer.sized:
            raise _refused(layer, "noise of the form κ_in = κ_out + μ²") from None
        _check_general(layer)
        return None
    if not layer.sized:
        noisy = level.size * letter("share") + letter("factor") * level.dof
        expected = Level(level.ridge * letter("factor"), noisy, letter("factor") * level.vacancy, level.loss, level.size)
        if made != expected:
            raise _refused(layer, "noise: κ_out = κ_in η̄, d_out = n η + η̄ d, vacancy η̄ (1 − d/n)")
        return 1, 0
    if made.dof != level.dof or made.size != own.size or made.vacancy not in (None, letter("factor")):
        raise _refused(layer, "a layer that hands on d, with its own size: level.through(ridge=…, size=own.size)")
    powers = made.ridge.monomials
    if len(powers) == 1 and made.ridge.terms[frozenset(powers[0].items())] == 1:
        rest = dict(powers[0])
        found = rest.pop("ridge", 0), rest.pop("factor", 0), rest.pop("vacancy", 0)
        if not rest and found[0] == 1 and found[1] > 0:
            if layer.law is None:
                return found[1], found[2]
            if found[2] == 0:
                return None
    if layer.law is not None:
        raise _refused(layer, "a layer with a law: κ_out = κ_in own.factor(level.dof), or a power of the factor")
    _check_general(layer)
    return None


@lru_cache(maxsize=256)
def law_power(layer: Layer) -> int:
    """Return m of κ_out = κ_in f^m, of a layer with a law."""
    one = Level(1.0, 1.0, 1.0, 1.0, 1.0)
    return round(math.log2(layer.outer(one, Shaped(1.0, lambda _: 2.0), 0.0).ridge))


def factor_at(layer: Layer, dof: float, size: float, n_inputs: float) -> float:
    """Return F = κ_out/κ_in at d, in plain arithmetic."""
    level = Level(1.0, dof, 1.0 - dof / n_inputs, 1.0, n_inputs)
    return float(layer.outside(level, Own(size), 0.0).ridge)


def _check_general(layer: Layer) -> None:
    """Refuse a map that is not κ_in times a falling function of d which is 1 at d = 0."""
    n, n_inputs = 10.0, 25.0
    for ridge in (1.0, 3.0):
        for part in PROBES:
            level = Level(ridge, part * n, 1.0 - part * n / n_inputs, 1.0, n_inputs)
            made = layer.outer(level, Own(n), 0.0)
            if abs(made.ridge / (ridge * factor_at(layer, part * n, n, n_inputs)) - 1.0) > 1e-12:
                raise _refused(layer, "proportional to the ridge inside: κ_out = κ_in F(d)")
            if made.dof != level.dof or made.size != n:
                raise _refused(layer, "a layer that hands on d, with its own size: level.through(ridge=…, size=own.size)")
    values = [factor_at(layer, part * n, n, n_inputs) for part in (0.0, *PROBES)]
    if abs(values[0] - 1.0) > 1e-12 or not values[0] > values[1] > values[2] > 0:
        raise _refused(layer, "normalised and monotone: F(0) = 1, falling with d")
    full = Level(1.0, n, 1.0 - n / n_inputs, 1.0, n_inputs)  # rounded to d = n, while own.factor knows better
    last = [layer.outside(full, Known(n, 1.0, left, full.dof), 0.0).ridge for left in (1e-30, 1e-31)]
    if not last[0] >= last[1] > 0:
        raise _refused(layer, "free of cancellation: every difference 1 − d/n is own.factor(level.dof)")


def _refused(layer: Layer, what: str) -> BadArgument:
    return BadArgument("layers", type(layer).__name__, f"declared as {what}", "change its outer(level, own, noise)")
