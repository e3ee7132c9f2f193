"""Laws of columns and rows in SymPy: χ(n, d), where n eigenvalues γ_j of mean one have d degrees of freedom, and sums over them.

    Σ_j γ_j/(γ_j + χ) = d,    dχ/dd = −1/Σ_j γ_j/(γ_j + χ)²

The eigenvalues may be any; each may bear a weight ν_j.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sympy
from mpmath import mp
from scipy.optimize import brentq
from scipy.special import expit
from sympy import Dummy, Expr, Function, Symbol

from derivations.settings import traces
from theory.notation import DIMS
from theory.spectra.psi import PolarPsi, Psi


class LawRidge(Function):
    """χ(n, d) of the n eigenvalues whose number is the letter n."""

    nargs = 2
    is_positive = True

    def fdiff(self, argindex: int = 2) -> Expr:
        """Return dχ/dd."""
        if argindex != 2:
            raise sympy.ArgumentIndexError(self, argindex)
        return -1 / LawSum(self.args[0], 1, 0, 2, self)


class LawSum(Function):
    """Σ_j γ_j^p ν_j^q/(γ_j + χ)^m as `LawSum(n, p, q, m, χ)`."""

    nargs = 5
    is_positive = True

    def fdiff(self, argindex: int = 5) -> Expr:
        """Return the slope by χ."""
        if argindex != 5:
            raise sympy.ArgumentIndexError(self, argindex)
        n, p, q, m, chi = self.args
        return -m * LawSum(n, p, q, m + 1, chi)


@dataclass(frozen=True, eq=False)
class Law:
    """Eigenvalues at a point, whose mean is taken for one.

    Attributes
    ----------
    eigenvalues, weights : sequence of mpf
        γ, in any unit, and ν.
    counts : sequence of mpf
        How many of each kind there are, in any unit.
    """

    eigenvalues: Sequence[Any]
    weights: Sequence[Any]
    counts: Sequence[Any]

    def mean(self, p: int, q: int, m: int, chi: Any) -> Any:
        """Return the mean of γ^p ν^q/(γ + χ)^m."""
        own = _eigenvalues(self, mp.prec)
        return mp.fsum(top / (e + chi) ** m for top, e in zip(_tops(self, p, q, mp.prec), own, strict=True))

    def ridge(self, part: Any) -> Any:
        """Return χ where the mean of γ/(γ + χ) is `part`, to the ambient precision."""
        if mp.im(part) or not 0 < part < 1:
            raise ZeroDivisionError(f"no χ: {part} of the eigenvalues would have to be taken up")
        log, step = mp.mpf(self._near(float(mp.log(part / (1 - part))))), mp.one
        while abs(step) > mp.mpf(10) ** (-mp.dps // 2 - 2):  # it converges quadratically: this step is the last that shows
            chi = mp.exp(log)
            step = (self.mean(1, 0, 1, chi) - part) / (chi * self.mean(1, 0, 2, chi))
            log += step
        return mp.exp(log)

    def _near(self, odds: float) -> float:
        """Return ln χ in doubles, where the logarithm of what is taken up over what is left is `odds`."""
        logs = np.array([float(mp.log(e)) for e in _eigenvalues(self, mp.prec)])
        shares = np.array([float(share) for share in _tops(self, 0, 0, mp.prec)])

        def excess(log: float) -> float:
            return float(np.log(shares @ expit(logs - log)) - np.log(shares @ expit(log - logs))) - odds

        return float(brentq(excess, logs.min() - odds - 1e-3, logs.max() - odds + 1e-3, xtol=1e-9))


@lru_cache(maxsize=256)
def _eigenvalues(law: Law, prec: int) -> Sequence[Any]:
    """Return γ of mean one to the ambient precision, which is `prec`."""
    mean = mp.fsum(n * e for n, e in zip(law.counts, law.eigenvalues, strict=True)) / mp.fsum(law.counts)
    return [e / mean for e in law.eigenvalues]


@lru_cache(maxsize=1024)
def _tops(law: Law, p: int, q: int, prec: int) -> Sequence[Any]:
    """Return γ^p ν^q times the part of all eigenvalues that each kind is, to the ambient precision, which is `prec`."""
    number = mp.fsum(law.counts)
    modes = zip(_eigenvalues(law, prec), law.weights, law.counts, strict=True)
    return [n / number * e**p * w**q for e, w, n in modes]


def normal(expression: Expr) -> Expr:
    """Return an expression with every sum over a law in sums Σ γν^q/(γ+χ)^m, those over γ/(γ + χ) as degrees of freedom."""
    made = traces.normal(expression)
    inner = {atom: LawRidge(atom.args[0], _canonical(atom.args[1])) for atom in made.atoms(LawRidge)}
    made = made.xreplace(inner)
    table: dict[Any, Expr] = {}
    for atom in made.atoms(LawSum):
        n, p, q, m, chi = atom.args
        table[atom] = over(n, lambda at, p=p, q=q, m=m: traces.lowered(int(p), int(q), int(m), at), chi)
    return made.xreplace(table)


def _canonical(dof: Expr) -> Expr:
    return dof if isinstance(dof, Psi) else sympy.cancel(normal(dof))


def over(n: Symbol, term: Any, chi: Expr) -> Expr:
    """Return an expression in traces Ψ at a ridge, `term(ridge)`, as sums over the n eigenvalues of a law at χ."""
    at = Dummy(positive=True)
    found = term(at)
    table = {atom: _sum(n, *atom.args[:3], atom.args[3].xreplace({at: chi})) for atom in found.atoms(Psi)}
    return found.xreplace({**table, DIMS.symbol: n}).xreplace({at: chi})


def _sum(n: Symbol, p: Expr, q: Expr, m: Expr, chi: Expr) -> Expr:
    """Return one sum; degrees of freedom and the trace are known."""
    if (p, q, m) == (1, 0, 1) and isinstance(chi, LawRidge) and chi.args[0] == n:
        return chi.args[1]
    return n if (p, q, m) == (1, 0, 0) else LawSum(n, p, q, m, chi)


@lru_cache(maxsize=256)
def total(n: Symbol, body: Expr, eigenvalue: Symbol, weight: Symbol) -> Expr:
    """Return Σ_j of an expression rational in γ_j and polynomial in ν_j."""
    hidden: dict[Any, Expr] = {atom: Dummy(positive=True) for atom in body.atoms(LawRidge, LawSum, Psi, PolarPsi)}
    hidden[DIMS.symbol] = Dummy(positive=True)
    found = traces.total(body.xreplace(hidden), eigenvalue, weight)
    table = {atom: LawSum(n, *atom.args) for atom in found.atoms(Psi)}
    shown = {mask: atom for atom, mask in hidden.items()}
    return found.xreplace({**table, DIMS.symbol: n}).xreplace(shown)
