"""The self-consistent system in symbols and on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy
from sympy import Eq, Expr, IndexedBase, Sum, Symbol

from theory.notation import resolvent_letter, unknown_letter
from theory.pencil.expressions.letters import MODE
from theory.pencil.system import System


def _unknowns(system: System) -> list[Symbol]:
    return [unknown_letter(i).symbol for i in range(1, len(system.unknowns) + 1)]


def _resolvent(space: Expr) -> IndexedBase:
    return IndexedBase(resolvent_letter(space).symbol)


def _members(system: System, space: Expr) -> list[int]:
    return [block for block, own in enumerate(system.pencil.spaces) if own == space]


def _entry(system: System, block: int, source: int) -> Expr:
    """Return the entry of G at mode k between two blocks, numbered from one within their space."""
    space = system.pencil.spaces[block]
    members = _members(system, space)
    return _resolvent(space)[MODE, members.index(block) + 1, members.index(source) + 1]


def matrices(system: System) -> dict[IndexedBase, sympy.ImmutableMatrix]:
    """Return L0 − S[G] of each index space at mode k, by the name of its inverse."""
    unknowns, found = _unknowns(system), {}
    for space in dict.fromkeys(system.pencil.spaces):
        members = _members(system, space)
        matrix = sympy.zeros(len(members))
        for (row, column), value in system.pencil.fixed.items():
            if row in members:
                matrix[members.index(row), members.index(column)] += value
        for term in system.terms:
            if term.row in members:
                matrix[members.index(term.row), members.index(term.column)] -= term.variance * unknowns[term.unknown]
        found[_resolvent(space)] = sympy.ImmutableMatrix(matrix)
    return found


def equations(system: System) -> tuple[Eq, ...]:
    """Return τ = Σ_k of an entry of G, for every unknown."""
    sums = (Sum(_entry(system, *pair), (MODE, 1, system.pencil.spaces[pair[0]])) for pair in system.unknowns)
    return tuple(Eq(unknown, total, evaluate=False) for unknown, total in zip(_unknowns(system), sums, strict=True))


def readouts(system: System) -> list[Expr]:
    """Return the equivalent of each trace of the pencil."""
    found = []
    for readout in system.pencil.readouts:
        summand = sympy.Add(*(c * _entry(system, b, readout.source) for b, c in readout.coefficients.items()))
        found.append(Sum(summand, (MODE, 1, system.pencil.spaces[readout.source])))
    return found


def latex(
    expression: Expr, trace: Expr, pencils: Mapping[IndexedBase, sympy.ImmutableMatrix], closing: Sequence[Eq]
) -> str:
    """Return the whole as one `gather*` environment."""
    lines = [rf"{sympy.latex(expression)} \simeq {sympy.latex(trace)}"]
    for resolvent, matrix in pencils.items():
        lines.append(rf"{sympy.latex(resolvent)}(k) = {_array(matrix)}^{{-1}}")
    lines += [sympy.latex(equation) for equation in closing]
    return "\\begin{gather*}\n" + " \\\\\n".join(lines) + "\n\\end{gather*}"


def _array(matrix: sympy.ImmutableMatrix) -> str:
    # `array`, not `pmatrix`: amsmath refuses more than ten columns there.
    rows = r" \\ ".join(" & ".join(sympy.latex(entry) for entry in row) for row in matrix.tolist())
    return rf"\left(\begin{{array}}{{{'c' * matrix.cols}}} {rows} \end{{array}}\right)"
