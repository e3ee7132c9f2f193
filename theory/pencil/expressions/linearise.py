"""Linearisation: the linear pencil whose inverse contains an expression as a block.

M x is computed step by step, one unknown block per step: y − X z = 0 for a letter, E y − z = 0 for an inverse E⁻¹z. Together
L y = x with L linear in the Gaussian matrices, and tr M = Σ_b tr c_b (L⁻¹)_{b, input}. A step taken before is not taken again,
so shared subexpressions cost nothing. Linear pencils for random matrices: Haagerup & Thorbjørnsen (2005); for random
features: Adlam & Pennington (arXiv:2008.06786); automated before in auto-fpt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sympy
from sympy import Expr

from theory.pencil.expressions.forms import Coefficient, Inverted, Letter, Node, Product, Sum
from theory.pencil.expressions.letters import Gaussian

Vector = dict[int, Expr]  # a sum of blocks, each multiplied by a coefficient


@dataclass(frozen=True)
class Entry:
    """A Gaussian letter in the pencil: block row `row` holds −X (or −Xᵀ) at block column `column`."""

    matrix: Gaussian
    transposed: bool
    row: int
    column: int


@dataclass(frozen=True)
class Readout:
    """A trace Σ_b tr c_b (L⁻¹)_{b, source}."""

    source: int
    coefficients: Mapping[int, Expr]


@dataclass(frozen=True)
class Pencil:
    """L = L0 + Σ entries, by blocks.

    Attributes
    ----------
    spaces : tuple of Expr
        The size of each block's index space.
    fixed : mapping of (row, column) to Expr
        L0: coefficients that are diagonal in the eigenbasis.
    entries : tuple of Entry
        The Gaussian letters.
    readouts : tuple of Readout
        One for each trace.
    inverses : tuple of int
        The blocks that are results of an inverse: E y − z = 0 stands in the row of y.
    """

    spaces: tuple[Expr, ...]
    fixed: Mapping[tuple[int, int], Expr]
    entries: tuple[Entry, ...]
    readouts: tuple[Readout, ...]
    inverses: tuple[int, ...] = ()


@dataclass
class _Builder:
    spaces: list[Expr] = field(default_factory=list)
    fixed: dict[tuple[int, int], Expr] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    steps: dict[object, int] = field(default_factory=dict)  # what has been computed, and in which block
    inverses: list[int] = field(default_factory=list)

    def block(self, step: object, space: Expr) -> int:
        self.spaces.append(space)
        self.steps[step] = len(self.spaces) - 1
        return self.steps[step]

    def source(self, space: Expr) -> int:
        """Return the block of the input x of a space."""
        if ("source", space) not in self.steps:
            block = self.block(("source", space), space)
            self.fixed[block, block] = sympy.Integer(1)
        return self.steps["source", space]

    def apply(self, node: Node, vector: Vector, space: Expr) -> tuple[Vector, Expr]:
        """Return the node applied to a vector of a space, and the space of the result."""
        match node:
            case Coefficient(value):
                return {block: value * coefficient for block, coefficient in vector.items()}, space
            case Product(factors):
                for factor in reversed(factors):
                    vector, space = self.apply(factor, vector, space)
                return vector, space
            case Sum(terms):
                parts = [self.apply(term, vector, space) for term in terms]
                # deterministic terms of a sum are square; every term ends in the same space
                return _combined(part for part, _ in parts), parts[0][1]
            case Letter(matrix, transposed):
                return {self.letter(matrix, transposed, self.single(vector, space)): sympy.Integer(1)}, (
                    matrix.cols if transposed else matrix.rows
                )
            case Inverted(of):
                return {self.inverse(of, vector, space): sympy.Integer(1)}, space

    def single(self, vector: Vector, space: Expr) -> int:
        """Return a block that equals the vector."""
        if list(vector.values()) == [1]:
            return next(iter(vector))
        key = ("sum", frozenset(vector.items()))
        if key not in self.steps:
            block = self.block(key, space)
            self.row(block, {block: sympy.Integer(1)}, vector)
        return self.steps[key]

    def letter(self, matrix: Gaussian, transposed: bool, block: int) -> int:
        key = (matrix, transposed, block)
        if key not in self.steps:
            result = self.block(key, matrix.cols if transposed else matrix.rows)
            self.fixed[result, result] = sympy.Integer(1)
            self.entries.append(Entry(matrix, transposed, result, block))
        return self.steps[key]

    def inverse(self, of: Node, vector: Vector, space: Expr) -> int:
        key = (of, frozenset(vector.items()))
        if key not in self.steps:
            result = self.block(key, space)
            self.inverses.append(result)
            self.row(result, self.apply(of, {result: sympy.Integer(1)}, space)[0], vector)
        return self.steps[key]

    def row(self, row: int, left: Vector, right: Vector) -> None:
        """Write the equation left − right = 0."""
        for block, value in _combined([left, {block: -value for block, value in right.items()}]).items():
            self.fixed[row, block] = value


def _combined(vectors: Iterable[Vector]) -> Vector:
    total: Vector = {}
    for vector in vectors:
        for block, coefficient in vector.items():
            total[block] = total.get(block, sympy.Integer(0)) + coefficient
    return {block: coefficient for block, coefficient in total.items() if coefficient != 0}


def linearise(traces: Iterable[tuple[Node, Expr]]) -> Pencil:
    """Return the pencil of several traces at once.

    Parameters
    ----------
    traces : iterable of (Node, Expr)
        Each node with the size of its index space; from `forms.read`.
    """
    builder = _Builder()
    readouts = []
    for node, space in traces:
        source = builder.source(space)
        vector, _ = builder.apply(node, {source: sympy.Integer(1)}, space)
        readouts.append(Readout(source, vector))
    return Pencil(tuple(builder.spaces), builder.fixed, tuple(builder.entries), tuple(readouts), tuple(builder.inverses))
