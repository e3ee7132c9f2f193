"""Formulas as programmes of +, × and whole powers, so that another language evaluates them in any algebra.

A line refers to earlier values by number, the symbols first: ["+", i, j, …], ["*", i, j, …], ["^", i, n], ["c", "-1/2"].
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sympy
from sympy import Expr, Symbol

from theory.errors import BadArgument


class Programme:
    """The lines that lead to some expressions; what occurs twice is computed once.

    Parameters
    ----------
    expressions : iterable of sympy.Expr
        Made of the symbols, rational numbers, +, × and whole powers.
    symbols : sequence of Symbol
        The first values.

    Raises
    ------
    ValueError
        If an expression holds anything else.
    """

    def __init__(self, expressions: Iterable[Expr], symbols: Sequence[Symbol]) -> None:
        self.lines: list[list[Any]] = []
        self.n_symbols = len(symbols)
        self._places: dict[Any, int] = {symbol: place for place, symbol in enumerate(symbols)}
        self.results = [self._place(sympy.sympify(expression)) for expression in expressions]

    def data(self) -> dict[str, Any]:
        """Return it as lists and numbers."""
        return {"symbols": self.n_symbols, "lines": self.lines, "results": self.results}

    def _place(self, node: Expr) -> int:
        if node not in self._places:
            line = self._line(node)
            self._places[node] = self.n_symbols + len(self.lines)
            self.lines.append(line)
        return self._places[node]

    def _line(self, node: Expr) -> list[Any]:
        if node.is_Rational:
            return ["c", str(node)]
        if node.is_Add or node.is_Mul:
            return ["+" if node.is_Add else "*", *map(self._place, node.args)]
        if node.is_Pow and node.exp.is_Integer:
            return ["^", self._place(node.base), int(node.exp)]
        raise BadArgument("expression", node, "made of +, × and whole powers", "derive it through theory.positive")
