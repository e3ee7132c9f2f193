"""Traces over a population in normal form: every Ψ(p,q,m;κ) through Ψ(1,q,1), Ψ(1,q,2), …, which are independent.

From λ = (λ+κ) − κ:  Ψ(p,q,m) = Ψ(p−1,q,m−1) − κ Ψ(p−1,q,m).  Two-point traces are divided differences of one-point ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Expr, Symbol

from derivations.settings.modes import Modes
from theory.notation import DIMS
from theory.spectra.psi import PolarPsi, Psi


def lowered(p: int, q: int, m: int, kappa: Expr) -> Expr:
    """Return Ψ(p,q,m;κ) in Ψ(1,q,n;κ), n ≥ 1, and the moments Ψ(n,q,0)."""
    if m == 0 or p == 1:
        return DIMS.symbol if (p, q, m) == (0, 0, 0) else Psi(p, q, m, kappa if m else sympy.Integer(0))
    if p == 0:
        return (lowered(0, q, m - 1, kappa) - lowered(1, q, m, kappa)) / kappa
    return lowered(p - 1, q, m - 1, kappa) - kappa * lowered(p - 1, q, m, kappa)


def polar(p: int, q: int, kappa: Expr, primed: Expr) -> Expr:
    """Return Σ λ^p c^q/((λ+κ)(λ+κ′)) in one-point traces, p ≥ 1: λ/((λ+κ)(λ+κ′)) is a divided difference."""
    if p > 1:
        return lowered(p - 1, q, 1, kappa) - primed * polar(p - 1, q, kappa, primed)
    return -(lowered(1, q, 1, kappa) - lowered(1, q, 1, primed)) / (kappa - primed)


def normal(expression: Expr) -> Expr:
    """Return an expression with every trace in normal form."""
    table = {atom: polar(int(atom.args[0]), int(atom.args[1]), *atom.args[2:]) for atom in expression.atoms(PolarPsi)}
    for atom in expression.atoms(Psi):
        p, q, m = map(int, atom.args[:3])
        table[atom] = lowered(p, q, m, atom.args[3])
    return expression.xreplace(table)


def total(body: Expr, eigenvalue: Symbol, power: Symbol) -> Expr:
    """Return Σ over modes of an expression rational in λ_k and polynomial in c_k, in partial fractions.

    Raises
    ------
    ValueError
        If the expression is not a sum of c_k^q λ_k^n and c_k^q/(λ_k + κ)^m.
    """
    hidden = {atom: sympy.Dummy(positive=True) for atom in body.atoms(Psi, PolarPsi)}
    plain, found = body.xreplace(hidden), sympy.Integer(0)
    for (q,), part in sympy.Poly(sympy.expand(plain), power).terms():
        for piece in sympy.Add.make_args(sympy.apart(sympy.together(part), eigenvalue)):
            found += _one(piece, q, eigenvalue)
    return found.xreplace({mask: atom for atom, mask in hidden.items()})


def _one(piece: Expr, q: int, eigenvalue: Symbol) -> Expr:
    """Return the sum of coefficient · λ^n, or of coefficient/(λ+κ)^m."""
    above, below = sympy.fraction(sympy.together(piece))
    if eigenvalue not in below.free_symbols:
        polynomial = sympy.Poly(above / below, eigenvalue)
        return sum((c * lowered(n, q, 0, sympy.Integer(0)) for (n,), c in polynomial.terms()), sympy.Integer(0))
    base, m, rest = _pole(below, eigenvalue)
    slope = base.coeff(eigenvalue)
    return above / rest / slope**m * lowered(0, q, m, sympy.expand((base - slope * eigenvalue) / slope))


def _pole(below: Expr, eigenvalue: Symbol) -> tuple[Expr, int, Expr]:
    constant, factors = sympy.factor_list(below, eigenvalue)
    (base, m), = factors
    base = sympy.expand(base)
    if sympy.degree(base, eigenvalue) != 1:
        raise ValueError(f"{below} is not a power of λ_k + κ")
    return base, m, constant


def sums(modes: Modes, expression: Expr, values: Callable[[Expr], Any]) -> dict[Expr, Any]:
    """Return numbers for the traces in an expression over explicit modes.

    Parameters
    ----------
    modes : Modes
        Of the population.
    expression : sympy.Expr
        In mode letters and others.
    values : callable
        From an expression of letters to its number.
    """
    found: dict[Expr, Any] = {}
    for atom in expression.atoms(Psi):
        p, q, m = map(int, atom.args[:3])
        kappa = values(atom.args[3])
        found[atom] = modes.sum(lambda e, c, p=p, q=q, m=m, kappa=kappa: e**p * c**q / (e + kappa) ** m)
    for atom in expression.atoms(PolarPsi):
        p, q = map(int, atom.args[:2])
        kappa, primed = map(values, atom.args[2:])
        found[atom] = modes.sum(lambda e, c, p=p, q=q, one=kappa, two=primed: e**p * c**q / (e + one) / (e + two))
    return found
