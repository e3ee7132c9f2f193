r"""Formulas in exact arithmetic modulo a prime, over a population of few modes: equal ones have equal values, others differ.

A symbol without a definition is a residue drawn from its name, Ψ(p,q,m;κ) = Σ λ^p c^q/(λ+κ)^m is summed over modes that are
residues, and any other function is one drawn from its name and the values of its arguments. Two expressions that are equal by
algebra, in whatever form, have one value; two that are not share it with a probability of order degree/2^61.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import sympy
from sympy import Expr, Symbol

from theory.spectra.psi import PolarPsi, Psi

PRIME = 2**61 - 1
MODES = 7


class Residues:
    """Values of expressions at one random point.

    Parameters
    ----------
    seed : int
        Of every residue.
    definitions : mapping of Symbol to Expr, optional
        What symbols stand for; those without are drawn.
    values : mapping of Symbol to int, optional
        Values that are given.
    """

    def __init__(
        self, seed: int, definitions: Mapping[Symbol, Expr] | None = None, values: Mapping[Symbol, int] | None = None
    ) -> None:
        self._seed, self._definitions = seed, dict(definitions or {})
        self._seen: dict[Any, int] = dict(values or {})
        self._modes = [(self.drawn("eigenvalue", k), self.drawn("power", k)) for k in range(MODES)]

    def drawn(self, *words: Any) -> int:
        """Return the residue of a name."""
        text = "|".join(map(str, (self._seed, *words)))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big") % (PRIME - 1) + 1

    def value(self, expression: Any) -> int:
        """Return the residue of an expression.

        Raises
        ------
        ZeroDivisionError
            If a denominator vanishes.
        """
        node = sympy.sympify(expression)
        if node not in self._seen:
            self._seen[node] = self._value(node) % PRIME
        return self._seen[node]

    def _value(self, node: Any) -> int:
        if node.is_Rational:
            return int(node.p) * inverse(int(node.q))
        if node.is_Symbol:
            definition = self._definitions.get(node)
            return self.drawn("symbol", node.name) if definition is None else self.value(definition)
        if node.is_Add:
            return sum(map(self.value, node.args))
        if node.is_Mul:
            product = 1
            for argument in node.args:
                product = product * self.value(argument) % PRIME
            return product
        if node.is_Pow and node.exp.is_Integer:
            base, power = self.value(node.base), int(node.exp)
            return pow(base if power >= 0 else inverse(base), abs(power), PRIME)
        if isinstance(node, Psi | PolarPsi):
            p, q, *rest = node.args
            ridges = rest if isinstance(node, PolarPsi) else [rest[1]] * int(rest[0])
            return self._trace(int(p), int(q), [self.value(ridge) for ridge in ridges])
        name = type(node).__name__ if node.args else str(node)
        return self.drawn(name, *map(self.value, node.args))

    def _trace(self, p: int, q: int, ridges: list[int]) -> int:
        """Return Σ λ^p c^q/∏(λ+κ)."""
        total = 0
        for eigenvalue, power in self._modes:
            below = 1
            for ridge in ridges:
                below = below * (eigenvalue + ridge) % PRIME
            total += pow(eigenvalue, p, PRIME) * pow(power, q, PRIME) * inverse(below)
        return total


def inverse(residue: int) -> int:
    """Return 1/x modulo the prime.

    Raises
    ------
    ZeroDivisionError
        For 0.
    """
    if residue % PRIME == 0:
        raise ZeroDivisionError("0 has no inverse")
    return pow(residue, PRIME - 2, PRIME)
