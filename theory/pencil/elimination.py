"""The inverse of a sparse matrix at many modes and points at once, by what its pattern tells.

A pencil is block triangular once rows are matched to columns: each strongly connected part is solved by itself, and the parts
by substitution. Within a part, rows that define a block (those with 1 on the diagonal) are substituted; what is left has one
entry for each inverse in the expression, as a rule a single one, which is a division.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, maximum_bipartite_matching

from theory.pencil.algebra import Algebra, Array

Place = tuple[int, int]
Program = Callable[..., None]


class Elimination:
    """The pattern of a matrix and of its inverse.

    Parameters
    ----------
    size : int
        Of the square matrix.
    fixed : iterable of (row, column)
        Where it has entries that make it regular.
    others : iterable of (row, column)
        Where else it has entries.
    ones : iterable of (row, column)
        Those of them that are 1.

    Attributes
    ----------
    places : dict of (block, source) to int
        Where the inverse has entries, numbered.
    """

    def __init__(self, size: int, fixed: Iterable[Place], others: Iterable[Place], ones: Iterable[Place] = ()) -> None:
        pattern = np.zeros((size, size), dtype=bool)
        for place in (fixed := list(fixed)):
            pattern[place] = True
        diagonal = pattern.diagonal().all()
        matched = np.arange(size) if diagonal else maximum_bipartite_matching(csr_array(pattern), perm_type="row")
        self.is_singular = bool((matched < 0).any())
        self.row_of = [int(row) for row in matched]  # of each column
        for place in (others := list(others)):
            pattern[place] = True
        turned = pattern[self.row_of]  # row q is the one matched to column q
        self.column_of = {row: column for column, row in enumerate(self.row_of)}
        self._entries = sorted({*fixed, *others})
        self._ones = {*ones}
        units = {column for row, column in ones if self.row_of[column] == row}
        self.parts = [_Part(turned, part, units) for part in _ordered(turned)]
        reach = _reach(turned)
        self.places: dict[Place, int] = {}
        for source in range(size):
            for block in range(size):
                if reach[block, self.column_of.get(source, source)]:
                    self.places[block, source] = len(self.places)

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle the pattern: code is written again."""
        return {name: value for name, value in vars(self).items() if name not in ("_exact", "_shaken")}

    def inverse(
        self, entries: Mapping[Place, Array], algebra: Algebra, shape: tuple[int, int], shaken: bool = False
    ) -> Array:
        """Return the entries of the inverse, in the order of `places`.

        Parameters
        ----------
        entries : mapping of (row, column) to array
            Arrays (points, modes) or (1, …) of the matrix's entries.
        algebra : Algebra
            Of the numbers.
        shape : tuple of int
            (points, modes).
        shaken : bool
            Whether a unit in the last place is added to every intermediate result or taken from it: what then changes is what
            rounding does.

        Returns
        -------
        ndarray, shape (n_places, points, modes)

        Raises
        ------
        ZeroDivisionError
            If the matrix is singular, where the algebra says so.
        """
        if self.is_singular:
            raise ZeroDivisionError
        kind = np.result_type(*entries.values()) if entries else np.dtype(float)
        found = np.empty((len(self.places), *shape), dtype=kind)

        def inverted(size: int, parts: Sequence[tuple[int, int, Array]]) -> Array:
            """Return the inverse of what is left of a part."""
            dense = np.zeros((*shape, size, size), dtype=kind)
            for a, b, value in parts:
                dense[..., a, b] = value
            return algebra.inverse(dense)

        if shaken:
            self._shaken(found, entries, inverted, _Shaking())
        else:
            self._exact(found, entries, inverted, None)
        return found

    @cached_property
    def _exact(self) -> Program:
        return self._compiled(shaken=False)

    @cached_property
    def _shaken(self) -> Program:
        return self._compiled(shaken=True)

    def _compiled(self, shaken: bool) -> Program:
        """Return the elimination as one function without loops."""
        writer = _Writer(shaken)
        for row, column in self._entries:
            place = self.column_of[row], column
            writer.work[place] = "1" if (row, column) in self._ones else writer.named(f"entries[{row}, {column}]")
        inverses = [part.factorised(writer) for part in self.parts]
        for source in range(len(self.row_of)):
            solved: dict[int, str] = {}
            for part, inverse in zip(self.parts, inverses, strict=True):
                part.solve(writer, inverse, solved, self.column_of[source])
            writer.lines += [f"found[{self.places[block, source]}] = {value}" for block, value in solved.items()]
        return writer.program()


class _Writer:
    """Straight-line code over arrays: every value has a name, or is the literal 1."""

    def __init__(self, shaken: bool) -> None:
        self.work: dict[Place, str] = {}
        self.lines: list[str] = []
        self.shaken = shaken

    def named(self, value: str, shaken: bool = False) -> str:
        """Write that a new name is a value; return the name, or the value if that is one."""
        if value.isidentifier() or value == "1":
            return value
        name = f"x{len(self.lines)}"
        self.lines.append(f"{name} = shake({value})" if shaken and self.shaken else f"{name} = {value}")
        return name

    def program(self) -> Program:
        """Return the function."""
        body = "\n    ".join(self.lines or ["pass"])
        made: dict[str, Program] = {}
        exec(f"def eliminate(found, entries, inverted, shake):\n    {body}\n", made)
        return made["eliminate"]


def _times(one: str, other: str) -> str:
    return other if one == "1" else one if other == "1" else f"{one} * {other}"


class _Part:
    """A strongly connected part: what is substituted, and what is left."""

    def __init__(self, pattern: Array, members: list[int], units: set[int]) -> None:
        self.members, left = members, list(members)
        inner = {(i, j) for i in members for j in members if pattern[i, j]}
        pivots: list[int] = []
        changed: set[int] = set()
        while True:
            free = [u for u in left if u in units and u not in changed and len(left) > 1]
            if not free:
                break
            pivot = min(free, key=lambda u: sum((i, u) in inner for i in left) * sum((u, j) in inner for j in left))
            left.remove(pivot)
            pivots.append(pivot)
            for i in left:
                for j in left:
                    if (i, pivot) in inner and (pivot, j) in inner:
                        inner.add((i, j))
                        changed |= {i} if i == j else set()
        self.pivots, self.left = pivots, left
        after = {u: [*pivots[k + 1 :], *left] for k, u in enumerate(pivots)}
        self.lower = [(i, u) for u in pivots for i in after[u] if (i, u) in inner]
        self.upper = [(u, [j for j in after[u] if (u, j) in inner]) for u in reversed(pivots)]
        self.updates = [
            (i, u, j) for u in pivots for i in after[u] for j in after[u] if (i, u) in inner and (u, j) in inner
        ]  # fmt: skip
        self.outer = [(i, j) for i in members for j in range(len(pattern)) if pattern[i, j] and j not in members]

    def factorised(self, writer: _Writer) -> dict[Place, str]:
        """Write what substitutes; return the inverse of what is left."""
        work = writer.work
        for i, u, j in self.updates:
            product = writer.named(_times(work[i, u], work[u, j]), shaken=True)
            work[i, j] = writer.named(f"{work[i, j]} - {product}" if (i, j) in work else f"-{product}")
        if len(self.left) == 1:
            (last,) = self.left
            return {(last, last): "1" if work[last, last] == "1" else writer.named(f"1 / {work[last, last]}")}
        numbered = [(a, b, i, j) for a, i in enumerate(self.left) for b, j in enumerate(self.left)]
        given = [f"({a}, {b}, {writer.named(f'{work[i, j]} * 1', shaken=True)})" for a, b, i, j in numbered if (i, j) in work]
        whole = writer.named(f"inverted({len(self.left)}, ({', '.join(given)},))")
        return {(i, j): writer.named(f"{whole}[..., {a}, {b}]") for a, b, i, j in numbered}

    def solve(self, writer: _Writer, inverse: Mapping[Place, str], solved: dict[int, str], source: int) -> None:
        """Write this part's blocks of a column of the inverse, if it has any."""
        work = writer.work
        right: dict[int, str] = {source: "1"} if source in self.members else {}

        def less(i: int, product: str) -> None:
            right[i] = f"{right[i]} - {product}" if i in right else f"-{product}"

        for i, j in self.outer:
            if j in solved:
                less(i, _times(work[i, j], solved[j]))
        if not right:
            return
        for i, u in self.lower:
            if u in right:
                right[u] = writer.named(right[u])
                less(i, _times(work[i, u], right[u]))
        right = {i: writer.named(value) for i, value in right.items()}
        for i in self.left:
            terms = [_times(inverse[i, j], right[j]) for j in self.left if j in right]
            if terms:
                solved[i] = writer.named(" + ".join(terms), shaken=True)
        for u, others in self.upper:
            value = [f" - {_times(work[u, j], solved[j])}" for j in others if j in solved]
            solved[u] = writer.named(right.get(u, "") + "".join(value) if u in right or value else "0.0", shaken=True)


class _Shaking:
    """Changes arrays by a unit in the last place, up or down as a pattern without regularity has it."""

    factors = 1.0 + float(np.finfo(float).eps) * np.where(np.arange(8192.0) ** 2 * 0.6180339887498949 % 1.0 < 0.5, 1.0, -1.0)

    def __init__(self) -> None:
        self.start = 0

    def __call__(self, values: Array) -> Array:
        n = np.shape(values)[-1] if np.ndim(values) else 1
        self.start = (self.start + 1009) % 4096
        factors = self.factors[self.start : self.start + n] if n <= 4096 else np.resize(self.factors[self.start :], n)
        return values * factors


def _reach(pattern: Array) -> Array:
    """Return the pattern of the inverse of a matrix with a full diagonal."""
    reach = pattern | np.eye(len(pattern), dtype=bool)
    for _ in range(len(pattern).bit_length()):
        reach = reach @ reach
    return reach


def _ordered(pattern: Array) -> list[list[int]]:
    """Return the strongly connected parts, each after those that it needs."""
    count, label = connected_components(csr_array(pattern), connection="strong")
    parts = [[int(i) for i in np.flatnonzero(label == k)] for k in range(count)]
    reach = _reach(pattern)
    return sorted(parts, key=lambda part: (int(reach[part[0]].sum()), part[0]))
