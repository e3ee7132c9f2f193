"""Lowering: SymPy expressions in complement pairs and traces become vectorised functions of numbers.

One lowering serves NumPy and mpmath. The traces Ψ(p,q,m;κ) = κ^-j Σ weight x^i y^j enter through the bounded moments
of the fractions x = λ/(λ+κ), y = κ/(λ+κ), so that no power of κ is ever formed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import sympy
from sympy import Expr, Symbol

from theory.chain.symbolic import Meaning
from theory.notation import KAPPA
from theory.spectra.base import Order
from theory.spectra.psi import Psi
from theory.terms import Terms

Modules: TypeAlias = str | list[dict[str, Any]]


def lower_terms(terms: Terms[Expr], arguments: Sequence[Symbol], modules: Modules) -> Callable[..., list[Any]]:
    """Return a function of `arguments` (arrays of one shape, or mpf) that evaluates all terms, in order.

    Parameters
    ----------
    terms : Terms of sympy.Expr
        The expressions.
    arguments : sequence of Symbol
        In the order in which values will be passed.
    modules : str or list
        "numpy" or "mpmath"; [{}] for numbers that bring their own arithmetic.
    """
    function: Callable[..., list[Any]] = sympy.lambdify(list(arguments), list(terms.values()), modules, cse=True)
    return function


def lower_traces(
    meanings: dict[Symbol, Meaning], symbols: Sequence[Symbol], modules: Modules
) -> tuple[tuple[Order, ...], Callable[..., tuple[Any, ...]]]:
    """Return the moments that `symbols` are made of, and the function from those moments to the symbols.

    Parameters
    ----------
    meanings : dict
        Definitions in κ and Ψ(p,q,m;κ).
    symbols : sequence of Symbol
        Those to compute; every power of κ in their definitions must cancel against the traces'.
    modules : str or list
        "numpy" or "mpmath"; [{}] for numbers that bring their own arithmetic.
    """
    moments, expressions = trace_expressions(meanings, symbols)
    function: Callable[..., tuple[Any, ...]] = sympy.lambdify(list(moments.values()), tuple(expressions), modules)
    return tuple(moments), function


def trace_expressions(
    meanings: Mapping[Symbol, Meaning], symbols: Sequence[Symbol]
) -> tuple[dict[Order, Symbol], list[Expr]]:
    """Return a symbol for each moment that `symbols` are made of, and `symbols` as expressions in them.

    Parameters
    ----------
    meanings, symbols
        As `lower_traces` takes them.
    """
    definitions = [sympy.sympify(meanings[symbol].definition) for symbol in symbols]
    traces = sorted(set().union(*(definition.atoms(Psi) for definition in definitions)), key=lambda psi: psi.order)
    moments = {psi: sympy.Dummy() for psi in traces}
    seen = {psi: dummy * KAPPA.symbol ** -psi.order[1] for psi, dummy in moments.items()}
    expressions = [definition.xreplace(seen) for definition in definitions]
    return {psi.order: dummy for psi, dummy in moments.items()}, expressions
