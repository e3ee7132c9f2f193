"""The nonlinear heart of a system, found first and on few modes.

A trace of a product of resolvents is linear in its own kind once those of the single ones are known, and a resolvent that
occurs twice in an expression is the same both times. So the continuation in the variance runs in a few unknowns and blocks;
modes of nearly equal eigenvalues are merged while it does. Newton on all modes and all unknowns removes what merging changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from sympy import Indexed

from theory.pencil.algebra import Array, Doubles
from theory.pencil.arguments import Values
from theory.pencil.expressions.linearise import Pencil
from theory.pencil.instance import Instance
from theory.pencil.plan import Space, Term
from theory.pencil.solve import Balance, continued, converged
from theory.pencil.system import System

MANY = 64  # modes that are merged where there are more
WIDTH = 0.4  # of a bin of modes that are merged, in the logarithm of every eigenvalue


@dataclass(frozen=True)
class Core:
    """A subsystem that is closed in itself, and where its traces are among those of the whole.

    Attributes
    ----------
    system : System
        The subsystem.
    copies : list of list of int
        The unknowns of the whole that are its unknowns, once for each time that it occurs.
    """

    system: System
    copies: list[list[int]]


def cores(system: System) -> list[Core]:
    """Return the subsystems that all nonlinear equations are in, each different one once."""
    needs, n = _dependence(system), len(system.unknowns)
    twice = np.zeros(n, dtype=bool)
    _, part = connected_components(csr_array(needs), connection="strong")
    for space in system.plan:
        for number, term, _, _ in space.slopes.T:
            twice[number] |= _is_nonlinear(space, int(number), space.terms[term], part)
    closure = needs | np.eye(n, dtype=bool)
    for _ in range(n.bit_length()):
        closure = closure @ closure
    inside = closure[twice].any(axis=0)
    members = np.flatnonzero(inside)
    count, group = connected_components(csr_array(needs[np.ix_(members, members)]), directed=False)
    found: dict[object, Core] = {}
    for k in range(count):
        own = [int(i) for i in members[group == k]]
        part_of = _restricted(system, own)
        key = (part_of.pencil.spaces, frozenset(part_of.pencil.fixed.items()), part_of.unknowns, part_of.terms)
        found.setdefault(key, Core(part_of, [])).copies.append(own)
    return list(found.values())


def _dependence(system: System) -> Array:
    """Return which traces (rows) depend on which."""
    n = len(system.unknowns)
    needs = np.zeros((n, n), dtype=bool)
    for space in system.plan:
        for number, term, _, _ in space.slopes.T:
            needs[number, space.terms[term].unknown] = True
    return needs


def _is_nonlinear(space: Space, number: int, term: Term, part: Array) -> bool:
    """Return whether a trace depends on the product of a term and another, both with traces of its own part."""
    if part[term.unknown] != part[number]:
        return False
    places, (_, k) = space.elimination.places, dict(space.unknowns)[number]
    return any(
        part[other.unknown] == part[number] and (term.column, other.row) in places and (other.column, k) in places
        for other in space.terms
    )


def _restricted(system: System, unknowns: list[int]) -> System:
    """Return the system of some unknowns that need no others, with the blocks that are between theirs."""
    rows: dict[int, int] = {}
    columns: dict[int, int] = {}
    for space in system.plan:
        pairs = [pair for number, pair in space.unknowns if number in unknowns]
        places, row_of, blocks = space.elimination.places, space.elimination.row_of, list(space.local)
        for column, row in enumerate(row_of):
            if any((j, row) in places for j, _ in pairs) and any((column, k) in places for _, k in pairs):
                columns[blocks[column]] = rows[blocks[row]] = len(columns)
    order = sorted(columns)
    new = {columns[block]: i for i, block in enumerate(order)}
    columns = {block: new[place] for block, place in columns.items()}
    rows = {block: new[place] for block, place in rows.items()}
    pencil = Pencil(
        tuple(system.pencil.spaces[block] for block in order),
        {(rows[r], columns[c]): value for (r, c), value in system.pencil.fixed.items() if r in rows and c in columns},
        (), (),
    )  # fmt: skip
    terms = tuple(
        Term(rows[t.row], columns[t.column], t.variance, unknowns.index(t.unknown))
        for t in system.terms if t.row in rows and t.column in columns and t.unknown in unknowns
    )  # fmt: skip
    return System(pencil, tuple((columns[system.unknowns[i][0]], rows[system.unknowns[i][1]]) for i in unknowns), terms)


def solved(system: System, found: Sequence[Core], instance: Instance) -> Array:
    """Return the traces (points, unknowns) at full variance in double precision; nan where the way there is lost."""
    values, n = instance.values, len(system.unknowns)
    traces = np.zeros((instance.n_points, n), dtype=float if instance.real else complex)
    for core in found:
        own = Instance(core.system, values, Doubles())
        few = merged(core.system, values)
        guess, _ = continued(own.balance if few is values else Instance(core.system, few, Doubles()).balance)
        if few is not values:
            guess = _where_finite(converged, own.balance, guess)
        for copy in core.copies:
            traces[:, copy] = guess
    return _where_finite(_filled, instance.balance, traces)


def _where_finite(function: Callable[[Balance, Array], Array], balance: Balance, traces: Array) -> Array:
    """Return a function of the traces at the points where they are known, nan at the others."""
    fine = np.flatnonzero(np.isfinite(traces).all(axis=1))
    found = np.full_like(traces, np.nan)
    if len(fine):
        found[fine] = function(balance.at(fine), traces[fine])
    return found


def _filled(balance: Balance, traces: Array) -> Array:
    """Return all traces from those of the cores: the others are linear, one kind after the other."""
    with np.errstate(all="ignore"):
        for _ in range(balance.n_unknowns + 1):
            step, _ = balance.newton(traces)
            traces = traces + step
            if not (abs(step) > 1e-6 * abs(traces)).any():
                break
    return converged(balance, traces)


def merged(system: System, values: Values) -> Values:
    """Return values of fewer modes: those whose eigenvalues are all nearly equal become one of their mean."""
    if all(len(row) <= MANY for row in values.eigenvalues.values()):
        return values
    used = {indexed for value in system.pencil.fixed.values() for indexed in value.atoms(Indexed)}
    eigenvalues = dict(values.eigenvalues)
    multiplicities = dict(values.multiplicities)
    for size in dict.fromkeys(system.pencil.spaces):
        letters = [letter for letter in eigenvalues if letter.rows == size]
        rows = {letter: eigenvalues[letter] for letter in letters if letter.eigenvalue in used}
        if not letters or len(eigenvalues[letters[0]]) <= MANY:
            continue
        if any(row.dtype != np.float64 for row in (*rows.values(), *multiplicities.values())):
            continue
        weights = multiplicities.get(size, np.ones(len(eigenvalues[letters[0]])))
        bins = [np.stack([np.sign(row), np.floor(np.log(np.where(row == 0, 1, abs(row))) / WIDTH)]) for row in rows.values()]
        keys = np.concatenate([*bins, np.zeros((1, len(weights)))])
        _, which = np.unique(keys, axis=1, return_inverse=True)
        total = np.bincount(which.ravel(), weights)
        multiplicities[size] = total
        for letter in letters:
            row = rows.get(letter, np.ones(len(weights)))  # one that does not occur here
            eigenvalues[letter] = np.bincount(which.ravel(), weights * row) / total
    if multiplicities.keys() == values.multiplicities.keys():
        return values
    return replace(values, eigenvalues=eigenvalues, multiplicities=multiplicities)
