"""Forms as a person writes them: products of powers, and relations between powers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy
from sympy import Expr, Symbol

from theory.exponents.algebra.forms import Form
from theory.exponents.algebra.traces import printed
from theory.notation import NOISE, RIDGE


def coefficient(value: Any) -> Expr:
    """Return a coefficient, in ℚ or ℚ(α, ρ), as SymPy."""
    return printed(value) if hasattr(value, "numer") else sympy.Rational(value.numerator, value.denominator)


def in_logarithms(form: Form, variables: Sequence[Symbol]) -> Expr:
    """Return a form as SymPy, in log(P), log(N), log(lambda) and so on."""
    return sympy.Add(*(coefficient(c) * sympy.log(v) for c, v in zip(form.coefficients, variables, strict=True) if c))


def monomial(form: Form, variables: Sequence[Symbol]) -> Expr:
    """Return the monomial whose logarithm the form is, with powers that share a base apart: (P/N) P^(-α min(1, 2r))."""
    parts = []
    for c, variable in zip(form.coefficients, variables, strict=True):
        if c:
            whole, rest = sympy.expand(coefficient(c)).as_coeff_Add()
            parts += [variable**power for power in (whole, sympy.factor_terms(rest)) if power != 0]
    return sympy.Mul(*parts, evaluate=False) if len(parts) > 1 else sympy.Mul(*parts)


def text(form: Form, variables: Sequence[Symbol]) -> str:
    """Return the monomial as text: first the plain ratio of sizes, then powers by α and r, such as (P/N)·P^(-α·min(1, 2r))."""
    above: list[str] = []
    below: list[str] = []
    powers: list[str] = []
    for c, variable in zip(form.coefficients, variables, strict=True):
        if not c:
            continue
        whole, rest = sympy.expand(coefficient(c)).as_coeff_Add()
        if whole.is_Integer and whole != 0:
            side = above if whole > 0 else below
            side.append(_power(variable, abs(whole)))
        else:
            rest += whole
        if rest != 0:
            powers.append(_power(variable, sympy.factor_terms(rest)))
    head = "·".join(above)
    if below:
        head = f"{head or '1'}/{'·'.join(below) if len(below) == 1 else '(' + '·'.join(below) + ')'}"
        head = f"({head})" if powers else head
    return "·".join([*([head] if head else []), *powers]) or "1"


_LETTERS = {
    "alpha": "α", "beta": "β", "lambda": "λ", "kappa": "κ", "sigma2": "σ²", "mu2": "μ²", "gamma": "γ",
    "Min": "min", "Max": "max",
}  # fmt: skip


def power_range(value: Any, write: Callable[[Any], str] | None = None) -> str:
    """Return an exponent as text; one that may be any in a range as "any power in [0, 1/2]", "any power ≤ -α/2", "any power".

    Parameters
    ----------
    value : number, Expr or sympy.Interval
        The exponent.
    write : callable, optional
        Makes text of a number or an expression; `spell` when left out.
    """
    written = spell if write is None else write
    if not isinstance(value, sympy.Interval):
        return written(value)
    low, high = value.start, value.end
    if low == -sympy.oo and high == sympy.oo:
        return "any power"
    if low == -sympy.oo or high == sympy.oo:
        return f"any power ≤ {written(high)}" if low == -sympy.oo else f"any power ≥ {written(low)}"
    return f"any power in [{written(low)}, {written(high)}]"


def spell(expression: Any) -> str:
    """Return SymPy as text with Greek letters, · for products and ^ for powers."""
    shown = str(expression).replace("**", "^").replace("*", "·")
    for name, letter in _LETTERS.items():
        shown = shown.replace(name, letter)
    return shown


def _power(variable: Symbol, exponent: Expr) -> str:
    name, power = spell(variable), spell(exponent)
    if exponent == 1:
        return name
    return f"{name}^{power}" if exponent.is_Integer and exponent >= 0 else f"{name}^({power})"


def compared(form: Form, variables: Sequence[Symbol], sign: str) -> str:
    """Return "form ≥ 0" (sign "≥") or "form = 0" ("~") as a relation between powers, such as λ ≥ P^(-α).

    The ridge is put on the left where it occurs, else the first variable.
    """
    order = sorted(range(len(variables)), key=lambda i: (variables[i] != RIDGE.symbol, variables[i] == NOISE.symbol, i))
    lead = next(i for i in order if form.coefficients[i])
    scale = form.coefficients[lead]
    rest = Form(tuple(c * 0 if i == lead else -c / scale for i, c in enumerate(form.coefficients)))
    negative = bool(coefficient(scale).subs(dict.fromkeys(coefficient(scale).free_symbols, 2)) < 0)
    turned = {"≥": "≤", "≤": "≥"}.get(sign, sign) if negative else sign
    return f"{spell(variables[lead])} {turned} {text(rest, variables)}"
