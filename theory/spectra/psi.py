"""The traces as one SymPy function, Ψ(p,q,m;κ) = Σ_k λ_k^p c_k^q / (λ_k+κ)^m, with its derivative rule.

∂Ψ(p,q,m)/∂κ = −m Ψ(p,q,m+1). The everyday ones print by their names in the literature: df₁ = Ψ(1,0,1),
df₂ = Ψ(2,0,2), tf₁ = Ψ(1,1,1), tf₂ = Ψ(2,1,2). Sums are unnormalised (mathematics: arXiv:2405.00592, section 2).
"""

from __future__ import annotations

from typing import Any

import sympy

_NAMES = {(1, 0, 1): ("df", 1), (2, 0, 2): ("df", 2), (1, 1, 1): ("tf", 1), (2, 1, 2): ("tf", 2)}


class Psi(sympy.Function):
    """Ψ(p, q, m, κ) = Σ_k λ_k^p c_k^q / (λ_k+κ)^m, unnormalised, with integers p, q, m ≥ 0."""

    nargs = 4
    is_positive = True

    def fdiff(self, argindex: int = 4) -> sympy.Expr:
        """Return ∂Ψ/∂κ = −m Ψ(p, q, m+1, κ).

        Parameters
        ----------
        argindex : int
            4, the place of κ.

        Raises
        ------
        sympy.ArgumentIndexError
            For the other places: the orders are not variables.
        """
        if argindex != 4:
            raise sympy.ArgumentIndexError(self, argindex)
        p, q, m, kappa = self.args
        return -m * Psi(p, q, m + 1, kappa)

    @property
    def order(self) -> tuple[int, int, int]:
        """(i, j, q) of the moment Σ weight x^i y^j with Ψ = κ^-j × moment."""
        p, q, m = (int(argument) for argument in self.args[:3])
        return p - q, m - p + q, q

    def _sympystr(self, printer: Any) -> str:
        p, q, m, kappa = self.args
        name = _NAMES.get((int(p), int(q), int(m)))
        head = f"{name[0]}{name[1]}" if name else f"Psi_{p}{q}{m}"
        return f"{head}({printer.doprint(kappa)})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        p, q, m, kappa = self.args
        name = _NAMES.get((int(p), int(q), int(m)))
        head = rf"\mathrm{{{name[0]}}}_{{{name[1]}}}" if name else rf"\Psi_{{{p},{q},{m}}}"
        body = rf"{head}\left({printer.doprint(kappa)}\right)"
        return rf"\left[{body}\right]^{{{exp}}}" if exp else body


def df1(kappa: Any) -> sympy.Expr:
    """Return df₁(κ) = Σ λ/(λ+κ), the degrees of freedom.

    Parameters
    ----------
    kappa : sympy.Expr
        κ > 0.
    """
    return Psi(1, 0, 1, kappa)


def df2(kappa: Any) -> sympy.Expr:
    """Return df₂(κ) = Σ λ²/(λ+κ)².

    Parameters
    ----------
    kappa : sympy.Expr
        κ > 0.
    """
    return Psi(2, 0, 2, kappa)


def tf1(kappa: Any) -> sympy.Expr:
    """Return tf₁(κ) = Σ c λ/(λ+κ); the population potential is T = κ tf₁.

    Parameters
    ----------
    kappa : sympy.Expr
        κ > 0.
    """
    return Psi(1, 1, 1, kappa)


def tf2(kappa: Any) -> sympy.Expr:
    """Return tf₂(κ) = Σ c λ²/(λ+κ)²; dT/dlnκ = κ tf₂.

    Parameters
    ----------
    kappa : sympy.Expr
        κ > 0.
    """
    return Psi(2, 1, 2, kappa)


class PolarPsi(sympy.Function):
    """The two-point trace Σ_k λ_k^p c_k^q / ((λ_k+κ)(λ_k+κ′)); Ψ(p, q, 2, κ) on the diagonal κ′ = κ."""

    nargs = 4
    is_positive = True

    @classmethod
    def eval(cls, p: Any, q: Any, kappa: Any, primed: Any) -> sympy.Expr | None:
        """Fall back to Ψ on the diagonal."""
        return Psi(p, q, 2, kappa) if kappa == primed else None

    def _sympystr(self, printer: Any) -> str:
        p, q, kappa, primed = self.args
        return f"Psi_{p}{q}({printer.doprint(kappa)}, {printer.doprint(primed)})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        p, q, kappa, primed = (printer.doprint(argument) for argument in self.args)
        body = rf"\Psi_{{{p},{q}}}\left({kappa},{primed}\right)"
        return rf"\left[{body}\right]^{{{exp}}}" if exp else body
