"""A chain and its mean over isotropic teachers, iso(E): every mode carries the same power c on average, c_k = c."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Function, Symbol

import theory as th
from derivations.meaning.quantities import Quantity
from derivations.settings.chains import ChainSetting
from theory.notation import KAPPA_PRIMED
from theory.spectra.psi import Psi


class Isotropic(ChainSetting):
    """A chain with a letter c and the mean `iso` of what is linear in the target's power.

    Parameters
    ----------
    model : th.Chain
        Whose letters and formulas they are.
    **letters
        As in `Setting`.
    """

    def __init__(self, model: th.Chain, **letters: Any) -> None:
        super().__init__(model, **letters)
        self.power = self.letter("c", "positive", "power of a mode of an isotropic teacher")
        self.quantities["κ'"] = Quantity(KAPPA_PRIMED.symbol, "the second point of a two-point function", r"\kappa'")
        self.quantities["iso"] = Quantity(self.mean, "the mean over isotropic teachers, `c_k = c`", r"\mathrm{iso}")

    def mean(self, expression: Expr) -> Expr:
        """Return the mean over isotropic teachers of what is linear in the target's power."""
        if not isinstance(expression, Expr) or expression.has(_Opaque):
            return _Opaque(expression)
        return expression.xreplace({atom: _even(atom, self.power) for atom in expression.atoms(Psi)})


class _Opaque(Function):
    """The mean of something that is not unfolded."""


def _even(trace: Psi, power: Symbol) -> Expr:
    p, q, m, kappa = trace.args
    return power**q * Psi(p, 0, m, kappa)
