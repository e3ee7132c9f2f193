"""Sums of powers over the integers beyond a cut: tail(s, n) = Σ_{i>n} i^-s, by the Hurwitz zeta function."""

from __future__ import annotations

from typing import Any

from mpmath import mp
from sympy import Expr, Function

from derivations.meaning.quantities import Point, Quantity
from derivations.meaning.setting import Setting


class Tail(Function):
    """Σ_{i>n} i^-s = ζ(s, n+1), s > 1."""

    nargs = 2
    is_positive = True


class Sums(Setting):
    """Free letters, and `tail(s, n)`.

    Parameters
    ----------
    **letters
        As in `Setting`.
    """

    def __init__(self, **letters: Any) -> None:
        super().__init__(**letters)
        self.quantities["tail"] = Quantity(Tail, "`tail(s, n)`, the sum of `i^-s` over i > n")

    def special(self, expression: Expr, point: Point) -> dict[Expr, Any]:
        """Return the tails."""
        return {
            atom: mp.zeta(*(self.evaluate(argument + 0, point) for argument in (atom.args[0], atom.args[1] + 1)))
            for atom in expression.atoms(Tail)
        }
