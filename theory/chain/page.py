"""A chain on paper: the fixed point, every term and every symbol as LaTeX."""

from __future__ import annotations

import sympy
from sympy import Expr, Symbol

from theory.chain.symbolic import Meaning
from theory.notation import typeset
from theory.terms import Key, Terms

_NAMES = {
    "test": r"E_{\mathrm{test}}",
    "train": r"E_{\mathrm{train}}",
    "excess": r"E_{\mathrm{excess}}",
    "bias": r"\mathrm{Bias}^2",
}


def latex_page(fixed_point: sympy.Eq, formulas: Terms[Expr], symbols: dict[Symbol, Meaning]) -> str:
    """Return a display-mathematics page: the fixed point, each term, then the definitions of the symbols."""
    letters = {symbol: meaning.letter for symbol, meaning in symbols.items()}
    lines = [f"{typeset(fixed_point.lhs, letters)} &= {typeset(fixed_point.rhs, letters)}"]
    lines += [f"{_name(key)} &= {typeset(formula, letters)}" for key, formula in formulas.items()]
    for meaning in symbols.values():
        if meaning.definition is not None:
            lines.append(f"{meaning.letter.latex} &= {typeset(meaning.definition, letters)}")
    return "$$\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}$$"


def _name(key: Key) -> str:
    if isinstance(key, str) and key in _NAMES:
        return _NAMES[key]
    sources = (key,) if isinstance(key, str) else key
    return "V_{" + r",\,".join(rf"\mathrm{{{source.replace('_', ' ')}}}" for source in sources) + "}"
