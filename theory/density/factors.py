"""What a layer adds to ln det: its ridge map κ_out = κ_in F(d) as a product of powers of 1 − d/z.

Let W = ln det(1 + A/s) for what a chain makes, so that dW/dln s = −d and −Im W/π counts eigenvalues above x at s = −x + i0.
Then a layer of a size adds −∫ d dlnF, which for F = ∏ (1 − d/z)^e is Σ e (−z ln(1 − d/z) − d); noise, κ_in = κ_out + μ² on n
coordinates, adds n ln(κ_in/κ_out).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy

from theory.chain.layers import Layer
from theory.chain.ridge_map import ridge_powers
from theory.errors import BadArgument
from theory.notation import DIMS, DOF, size_letter

Factors = tuple[tuple[complex, int], ...]


@lru_cache(maxsize=512)
def factors(layer: Layer, size: float, n_inputs: float) -> Factors:
    """Return the (z, e) of F = ∏ (1 − d/z)^e at a size and a number of inputs, the infinite z left out.

    Raises
    ------
    ValueError
        If F is no rational function of d.
    """
    powers = ridge_powers(layer)
    if powers is not None:
        return _merged([(complex(z), e) for z, e in zip((size, n_inputs), powers, strict=True) if np.isfinite(z)])
    n, inside = size_letter(layer.letter, layer.words).symbol, DIMS.symbol
    expression = sympy.cancel(sympy.together(1 / layer.s_transform.expression))
    if not expression.is_rational_function(DOF.symbol):
        raise BadArgument("layers", type(layer).__name__, "of rational ridge maps where eigenvalues are counted",
                          "a layer's F(d) must be a quotient of polynomials in d")  # fmt: skip
    found: list[tuple[complex, int]] = []
    for side, sign in zip(sympy.fraction(expression), (1, -1), strict=True):
        for base, power in sympy.factor_list(side, DOF.symbol)[1]:
            polynomial = sympy.Poly(base.subs({n: sympy.Float(size, 40), inside: sympy.Float(n_inputs, 40)}), DOF.symbol)
            found += [(complex(root), sign * int(power)) for root in polynomial.nroots(n=25, maxsteps=200)]
    return _merged(found)


def _merged(found: list[tuple[complex, int]]) -> Factors:
    powers: dict[complex, int] = {}
    for z, e in found:
        powers[z] = powers.get(z, 0) + e
    return tuple((z, e) for z, e in powers.items() if e)


def steps(found: Factors) -> list[Factors]:
    """Return the factors in groups that are layers of their own, or as one group where there are none such.

    They are 1 − d/N of Gaussian features, and (1 − d/N)/(1 − d/n) of projections.
    """
    above = [z for z, e in found for _ in range(e)]
    below = [z for z, e in found for _ in range(-e)]
    if any(z.imag for z, _ in found) or len(below) > len(above):
        return [found]
    above, below = sorted(above, key=abs, reverse=True), sorted(below, key=abs, reverse=True)
    return [((z, 1), (below[i], -1)) if i < len(below) else ((z, 1),) for i, z in enumerate(above)]
