"""A system in numbers: L0 and S[G] of each index space as arrays over its distinct modes, at given values and precision."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import mpmath
import numpy as np
from sympy import Expr

from theory.errors import BadArgument
from theory.pencil.algebra import Algebra, Array, Doubles, number
from theory.pencil.arguments import Values, evaluated
from theory.pencil.linearise import Readout
from theory.pencil.solve import Balance, Modes
from theory.pencil.system import System


class Instance:
    """A system at given values.

    Parameters
    ----------
    system : System
        To be put in numbers.
    values : Values
        Of its letters.
    algebra : Algebra
        Of the numbers; mpmath's at the ambient precision.
    """

    def __init__(self, system: System, values: Values, algebra: Algebra) -> None:
        self.system, self.algebra, self.values = system, algebra, values
        self.spaces = tuple(dict.fromkeys(system.pencil.spaces))
        self.members = {space: [b for b, own in enumerate(system.pencil.spaces) if own == space] for space in self.spaces}
        self.local = {block: i for blocks in self.members.values() for i, block in enumerate(blocks)}
        self.scalars = {symbol: self._plain(value) for symbol, value in values.numbers.items()}
        modes = [self._modes(system, space) for space in self.spaces]
        self.balance = Balance(algebra, modes, len(system.unknowns))

    def read(self, readouts: Sequence[Readout], traces: Array) -> list[Any]:
        """Return Σ_b tr c_b G_{b, source} for each readout."""
        resolvents = dict(zip(self.spaces, self.balance.resolvents(traces, 1), strict=True))
        found = []
        for readout in readouts:
            space = next(space for space in self.spaces if readout.source in self.members[space])
            column = resolvents[space][:, :, self.local[readout.source]]
            total = sum(self._row(c, space) * column[:, self.local[block]] for block, c in readout.coefficients.items())
            found.append((self._weights(space) * total).sum())
        return found

    def _plain(self, value: Any) -> Any:
        return self.algebra.array(value if self.exact else nearest(value))[()]

    @property
    def exact(self) -> bool:
        """Whether the numbers are mpmath's."""
        return not isinstance(self.algebra, Doubles)

    @property
    def real(self) -> bool:
        """Whether all numbers are real."""
        return all(space.fixed.dtype.kind != "c" for space in self.balance.spaces)

    def scalar(self, expression: Expr, more: Mapping[Expr, Any] | None = None) -> Any:
        """Return an expression in sizes, scalars and `more`, a mapping of symbols to numbers."""
        arguments = {**self.scalars, **(more or {})}
        return self.algebra.function(tuple(arguments), expression)(*arguments.values())

    def otherwise(self, algebra: Algebra) -> Instance:
        """Return the same arrays with another way of inverting them."""
        found = copy.copy(self)
        found.algebra, found.balance = algebra, replace(self.balance, algebra=algebra)
        return found

    def balanced(self, balance: Balance) -> Instance:
        """Return the same with a changed deterministic part."""
        found = copy.copy(self)
        found.balance = balance
        return found

    def _weights(self, space: Expr) -> Array:
        if space in self.values.multiplicities:
            return self._array(self.values.multiplicities[space])
        lengths = [len(row) for letter, row in self.values.eigenvalues.items() if letter.rows == space]
        if lengths:
            return self._array([1] * lengths[0])
        return self._array([self._plain(evaluated(space, self.values.numbers))])

    def _array(self, values: Sequence[Any] | Array) -> Array:
        return self.algebra.array(values if self.exact else [nearest(value) for value in values])

    def _row(self, coefficient: Expr, space: Expr) -> Array:
        """Return a coefficient at every mode of a space."""
        rows = {letter.eigenvalue: row for letter, row in self.values.eigenvalues.items() if letter.rows == space}
        used = {eigenvalue: self._array(rows[eigenvalue]) for eigenvalue in rows if coefficient.has(eigenvalue)}
        arguments = {**self.scalars, **used}
        function = self.algebra.function(tuple(arguments), coefficient)
        n = len(self._weights(space))
        with np.errstate(all="ignore"):
            try:
                if self.exact:
                    scalars = self.scalars.values()
                    found = self.algebra.array([function(*scalars, *(row[i] for row in used.values())) for i in range(n)])
                else:
                    found = self.algebra.array(np.broadcast_to(function(*arguments.values()), n))
            except ZeroDivisionError:
                found = self.algebra.array([mpmath.nan] * n if self.exact else [np.nan] * n)
        finite = all(map(mpmath.isfinite, found)) if self.exact else bool(np.isfinite(found).all())
        if not finite:
            raise BadArgument(
                " and ".join(str(eigenvalue.base) for eigenvalue in used) or "values", str(coefficient), "finite at every mode",
                "fractional powers need non-negative eigenvalues, inverses non-zero ones",
            )
        return found

    def _modes(self, system: System, space: Expr) -> Modes:
        weights = self._weights(space)
        size = len(self.members[space])
        entries = {
            place: self._row(value, space) for place, value in system.pencil.fixed.items() if place[0] in self.members[space]
        }
        fixed = self.algebra.array(np.zeros((len(weights), size, size), dtype=int))
        if any(row.dtype.kind == "c" for row in entries.values()):
            fixed = fixed.astype(np.complex128)
        for (row, column), value in entries.items():
            fixed[:, self.local[row], self.local[column]] = value
        terms = [term for term in system.terms if term.row in self.members[space]]
        own = [i for i, (block, _) in enumerate(system.unknowns) if block in self.members[space]]
        return Modes(
            weights=weights,
            fixed=fixed,
            rows=np.array([self.local[term.row] for term in terms], dtype=int),
            columns=np.array([self.local[term.column] for term in terms], dtype=int),
            unknowns=np.array([term.unknown for term in terms], dtype=int),
            variances=self._array([self._variance(term.variance) for term in terms]),
            pairs=np.array([[self.local[b] for b in system.unknowns[i]] for i in own], dtype=int).reshape(-1, 2).T,
            own=np.array(own, dtype=int),
        )

    def _variance(self, expression: Expr) -> Any:
        value = self.scalar(expression)
        if np.iscomplexobj(value) or isinstance(value, mpmath.mpc) or not 0 <= value < np.inf:
            raise BadArgument("variance", f"{expression} = {value}", "a finite non-negative number", "check what is in it")
        return value


def nearest(value: Any) -> float | complex:
    """Return the double nearest to a number of any kind."""
    if isinstance(value, complex | np.complexfloating):
        return complex(value)
    if isinstance(value, int | float | np.integer | np.floating):
        return float(value)
    with mpmath.workdps(30):
        exact = number(value)
        return complex(exact) if isinstance(exact, mpmath.mpc) else float(exact)
