"""Lowering: SymPy expressions in complement pairs and traces become vectorised functions of numbers, or their text.

One lowering serves NumPy and mpmath. The traces Ψ(p,q,m;κ) = κ^-j Σ weight x^i y^j enter through the bounded moments
of the fractions x = λ/(λ+κ), y = κ/(λ+κ), so that no power of κ is ever formed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import sympy
from sympy import Expr, Symbol
from sympy.printing.numpy import NumPyPrinter

from theory.chain.symbolic import trace_meanings
from theory.notation import KAPPA, identifier
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


def lower_traces(modules: Modules) -> tuple[tuple[Order, ...], Callable[..., list[Any]]]:
    """Return the moments that the traces of a risk are made of, and the function from those moments to the traces.

    Parameters
    ----------
    modules : str or list
        "numpy" or "mpmath"; [{}] for numbers that bring their own arithmetic.
    """
    moments, expressions = trace_expressions()
    function: Callable[..., list[Any]] = sympy.lambdify(list(moments.values()), expressions, modules)
    return tuple(moments), function


def trace_expressions() -> tuple[dict[Order, Symbol], list[Expr]]:
    """Return a symbol for each moment that the traces of a risk are made of, and the traces as expressions in them.

    Every power of κ in their definitions cancels against those of Ψ.
    """
    definitions = [sympy.sympify(meaning.definition) for meaning in trace_meanings()]
    traces = sorted(set().union(*(definition.atoms(Psi) for definition in definitions)), key=lambda psi: psi.order)
    moments = {psi: identifier(f"moment_{'_'.join(map(str, psi.order))}") for psi in traces}
    seen = {psi: moment * KAPPA.symbol ** -psi.order[1] for psi, moment in moments.items()}
    expressions = [definition.xreplace(seen) for definition in definitions]
    return {psi.order: moment for psi, moment in moments.items()}, expressions


def written(expressions: Sequence[Expr], arguments: Sequence[Symbol]) -> str:
    """Return the text of a function `formulas` of numbers or arrays, that returns a list; it needs nothing imported.

    Parameters
    ----------
    expressions : sequence of sympy.Expr
        Rational ones.
    arguments : sequence of Symbol
        In the order in which values will be passed.
    """
    printed = NumPyPrinter({"fully_qualified_modules": False, "user_functions": {}}).doprint
    shared, values = sympy.cse(expressions, symbols=sympy.numbered_symbols("shared_"))
    lines = [f"{symbol} = {printed(value)}" for symbol, value in shared]
    lines.append(f"return [{', '.join(map(printed, values))}]")
    return "\n    ".join([f"def formulas({', '.join(map(str, arguments))}):", *lines]) + "\n"
