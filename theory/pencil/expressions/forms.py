"""Matrix expressions as five kinds of nodes: diagonal, letter, product, sum, inverse.

SymPy's tree is read once, shapes checked, transposes pushed down to the letters, and everything deterministic collapsed into
one commuting coefficient in the eigenvalues, so that equal subexpressions are equal nodes. The deterministic part of a node,
all letters zero, is where the analytic branch starts; an inverse without one is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any, TypeAlias

import sympy
from sympy import Expr, Identity, Inverse, MatAdd, MatMul, MatPow, MatrixExpr, Transpose, ZeroMatrix

from theory.errors import BadArgument
from theory.pencil.expressions.letters import Diagonal, Gaussian


@dataclass(frozen=True)
class Coefficient:
    """A deterministic diagonal matrix, by its k-th eigenvalue."""

    value: Expr


@dataclass(frozen=True)
class Letter:
    """A Gaussian matrix or its transpose."""

    matrix: Gaussian
    transposed: bool


@dataclass(frozen=True)
class Product:
    """Factors from left to right."""

    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Sum:
    """Terms in a canonical order."""

    terms: tuple[Node, ...]


@dataclass(frozen=True)
class Inverted:
    """The inverse of a square node."""

    of: Node


Node: TypeAlias = Coefficient | Letter | Product | Sum | Inverted
ZERO, ONE = Coefficient(sympy.Integer(0)), Coefficient(sympy.Integer(1))


def read(expression: Any) -> Node:
    """Return the node of a SymPy matrix expression.

    Raises
    ------
    ValueError
        If shapes do not match, a letter is not known, an operation is not rational, or an inverse has no deterministic part.
    """
    match expression:
        case Gaussian():
            return Letter(expression, False)
        case Diagonal():
            return Coefficient(expression.eigenvalue)
        case Identity():
            return ONE
        case ZeroMatrix():
            return ZERO
        case Transpose():
            return transposed(read(expression.arg))
        case MatAdd():
            _check_shapes(expression, {term.shape for term in expression.args})
            return added([read(term) for term in expression.args])
        case MatMul():
            scalar, factors = expression.as_coeff_matrices()
            for left, right in pairwise(factors):
                _check_shapes(expression, {left.cols, right.rows})
            return multiplied([Coefficient(scalar), *map(read, factors)])
        case Inverse() | MatPow():
            return _power(expression)
    raise BadArgument(
        "expression", expression, "made of gaussian and diagonal letters by +, *, .T, .inv(), powers, Identity and scalars",
        "make every matrix with gaussian(...) or diagonal(...)",
    )


def _check_shapes(expression: MatrixExpr, found: set[Any]) -> None:
    if len(found) > 1:
        raise BadArgument(
            "expression", expression, f"of matching shapes, not {' and '.join(sorted(map(str, found)))}",
            "sizes match if they are the same expression: check the order of factors and the transposes",
        )


def _power(expression: MatPow) -> Node:
    base, exponent = expression.args
    _check_shapes(expression, set(base.shape))
    node = read(base)
    if isinstance(node, Coefficient):
        if node.value.is_zero and not exponent.is_positive:
            raise _no_deterministic_part(expression)
        return Coefficient(node.value**exponent)
    if not exponent.is_Integer:
        raise BadArgument(
            "expression", expression, "rational in the Gaussian letters", "only diagonal letters have fractional powers"
        )
    if exponent < 0:
        if sympy.cancel(deterministic(node)) == 0:
            raise _no_deterministic_part(base)
        node = Inverted(node)
    return multiplied([node] * abs(int(exponent)))


def _no_deterministic_part(base: MatrixExpr) -> ValueError:
    return BadArgument(
        "expression", base, "invertible when all its Gaussian letters are zero",
        "an inverse needs a deterministic part: add a ridge, such as ridge*Identity(...)",
    )


def deterministic(node: Node) -> Expr:
    """Return the eigenvalue of a node when all Gaussian letters are zero."""
    match node:
        case Coefficient(value):
            return value
        case Letter():
            return sympy.Integer(0)
        case Product(factors):
            return sympy.Mul(*map(deterministic, factors))
        case Sum(terms):
            return sympy.Add(*map(deterministic, terms))
        case Inverted(of):
            return 1 / deterministic(of)


def transposed(node: Node) -> Node:
    """Return the transpose."""
    match node:
        case Coefficient():
            return node
        case Letter(matrix, flag):
            return Letter(matrix, not flag)
        case Product(factors):
            return multiplied([transposed(factor) for factor in reversed(factors)])
        case Sum(terms):
            return added([transposed(term) for term in terms])
        case Inverted(of):
            return Inverted(transposed(of))


def multiplied(nodes: list[Node]) -> Node:
    """Return a product, flat, with neighbouring coefficients merged."""
    flat = [factor for node in nodes for factor in (node.factors if isinstance(node, Product) else (node,))]
    if ZERO in flat:
        return ZERO
    # Scalars commute through rectangular letters: they are moved to the front, diagonals stay where they act.
    scalar: Expr = sympy.Integer(1)
    factors: list[Node] = []
    for factor in flat:
        if isinstance(factor, Coefficient):
            own, factor = _split(factor)
            scalar *= own
            if factor == ONE:
                continue
            if factors and isinstance(before := factors[-1], Coefficient):
                factor = Coefficient(before.value * factor.value)
                factors.pop()
        factors.append(factor)
    if factors and isinstance(first := factors[0], Coefficient):
        scalar *= first.value
        factors.pop(0)
    if scalar != 1 or not factors:
        factors.insert(0, Coefficient(scalar))
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def _split(coefficient: Coefficient) -> tuple[Expr, Coefficient]:
    """Return the scalar factor of a coefficient, and the rest that depends on the mode."""
    scalar, rest = coefficient.value.as_independent(sympy.Indexed, as_Add=False)
    return scalar, Coefficient(rest)


def added(nodes: list[Node]) -> Node:
    """Return a sum, flat, with all coefficients merged and in a canonical order."""
    flat = [term for node in nodes for term in (node.terms if isinstance(node, Sum) else (node,))]
    plain = reduce(lambda total, term: total + term.value, (t for t in flat if isinstance(t, Coefficient)), sympy.Integer(0))
    terms: list[Node] = sorted((term for term in flat if not isinstance(term, Coefficient)), key=str)
    if plain != 0 or not terms:
        terms.append(Coefficient(plain))
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))
