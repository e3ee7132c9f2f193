"""Two points at once: triples (f, f′, Δf) that carry values and divided difference through a chain.

For two points s, s′ the product rule Δ(fg) = f Δg + g′ Δf is exact for divided differences and, on the diagonal
f = f′, for derivatives. So one pass of the one-point chain over triples gives the two-point functions, and the risk
is their diagonal. The components live in any commutative ring with division: SymPy, a fraction field, NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Triple:
    """f at the first point, f′ at the second, and the divided difference Δf (or derivative) between them."""

    value: Any
    primed: Any
    delta: Any

    __array_ufunc__ = None  # an array times a triple is a triple

    @classmethod
    def constant(cls, value: Any) -> Triple:
        """Return the triple of a constant, which may be infinite: Δ = 0."""
        return cls(value, value, np.zeros_like(value) if isinstance(value, float | np.ndarray) else value * 0)

    def _lift(self, other: Any) -> Triple:
        return other if isinstance(other, Triple) else Triple.constant(other)

    def __add__(self, other: Any) -> Triple:
        other = self._lift(other)
        return Triple(self.value + other.value, self.primed + other.primed, self.delta + other.delta)

    def __mul__(self, other: Any) -> Triple:
        other = self._lift(other)
        delta = self.value * other.delta + other.primed * self.delta
        return Triple(self.value * other.value, self.primed * other.primed, delta)

    def __truediv__(self, other: Any) -> Triple:
        other = self._lift(other)
        value = self.value / other.value
        return Triple(value, self.primed / other.primed, (self.delta - value * other.delta) / other.primed)

    def __neg__(self) -> Triple:
        return Triple(-self.value, -self.primed, -self.delta)

    def __sub__(self, other: Any) -> Triple:
        return self + -self._lift(other)

    def __rsub__(self, other: Any) -> Triple:
        return -self + other

    def __rtruediv__(self, other: Any) -> Triple:
        return self._lift(other) / self

    def __pow__(self, exponent: int) -> Triple:
        result = Triple.constant(1)
        for _ in range(abs(exponent)):
            result = self * result
        return result if exponent >= 0 else 1 / result

    __radd__ = __add__
    __rmul__ = __mul__


def training_correlation(loss: Triple, ridge: Triple) -> Any:
    """Return C₁(s,s′) = L − s ΔL/Δs, the cross-correlation of training residuals; the training risk on the diagonal.

    Envelope theorem: at the minimum of the objective L(s) only its explicit dependence on the ridge s counts.
    """
    return loss.value - ridge.value * loss.delta / ridge.delta


def residual_gain(dof: Triple, s_transform: Triple) -> Any:
    """Return Δ(dS)/Δd, by which the correlation of training residuals is multiplied to give that of test residuals.

    S is the S-transform of the rows: 1/(1 − d/P) for independent ones, which gives SS′; on the diagonal S(S + dS/dlnd).
    """
    return (dof * s_transform).delta / dof.delta
