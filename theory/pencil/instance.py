"""A system in numbers: L0 and S[G] of each index space as arrays over points and distinct modes, at a precision."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import mpmath
import numpy as np
from sympy import Expr, Indexed, Symbol

from theory.errors import BadArgument
from theory.pencil.algebra import Algebra, Array, Doubles, number
from theory.pencil.arguments import Values, evaluated
from theory.pencil.expressions.linearise import Readout
from theory.pencil.plan import Space
from theory.pencil.solve import Balance, Modes
from theory.pencil.system import System


class Instance:
    """A system at given values.

    Parameters
    ----------
    system : System
        To be put in numbers.
    values : Values
        Of its letters, at one or more points.
    algebra : Algebra
        Of the numbers; mpmath's, of one point, at the ambient precision.
    """

    def __init__(self, system: System, values: Values, algebra: Algebra) -> None:
        self.system, self.algebra, self.values = system, algebra, values
        self.n_points = values.n_points
        self.scalars = {symbol: self._plain(value) for symbol, value in values.numbers.items()}
        self._read: dict[Expr, Array] = {}
        self._rows = {letter.eigenvalue: self._array(row)[None] for letter, row in values.eigenvalues.items()}
        modes = [self._modes(space) for space in system.plan]
        self.balance = Balance(algebra, modes, len(system.unknowns), self.n_points)

    def read(self, readouts: Sequence[Readout], resolvents: Sequence[Array]) -> list[Array]:
        """Return Σ_b tr c_b G_{b, source} for each readout, arrays (points,)."""
        found = []
        for readout in readouts:
            modes, resolvent = next(
                (modes, resolvent) for modes, resolvent in zip(self.balance.spaces, resolvents, strict=True)
                if readout.source in modes.space.local
            )  # fmt: skip
            space, total = modes.space, resolvent[0] * 0
            for block, coefficient in readout.coefficients.items():
                place = space.elimination.places.get((space.local[block], space.local[readout.source]))
                if place is not None:
                    total = total + self._row(coefficient) * resolvent[place]
            found.append(modes.summed(total))
        return found

    def _plain(self, value: Any) -> Array:
        """Return a number or an array of them as an array (1 or points,)."""
        return self._array(np.atleast_1d(np.asarray(value, dtype=None if isinstance(value, np.ndarray) else object)))

    @property
    def exact(self) -> bool:
        """Whether the numbers are mpmath's."""
        return not isinstance(self.algebra, Doubles)

    @property
    def real(self) -> bool:
        """Whether all numbers are real."""
        return all(value.dtype.kind != "c" for modes in self.balance.spaces for value in modes.fixed.values())

    def scalar(self, expression: Expr, more: Mapping[Expr, Array] | None = None) -> Array:
        """Return an expression in sizes, scalars and `more`, arrays (1 or points,), as such an array."""
        given = {**self.scalars, **(more or {})}
        arguments = {symbol: given[symbol] for symbol in _letters(expression)}
        function = self.algebra.function(tuple(arguments), expression)
        if self.exact:
            return self._array([function(*(value[0] for value in arguments.values()))])
        return np.atleast_1d(self.algebra.array(function(*arguments.values())))

    def shaken(self) -> Instance:
        """Return the same with other rounding."""
        return self.balanced(replace(self.balance, shaken=True))

    def balanced(self, balance: Balance) -> Instance:
        """Return the same with a changed deterministic part."""
        found = copy.copy(self)
        found.balance = balance
        return found

    def _weights(self, space: Expr) -> Array:
        if space in self.values.multiplicities:
            return self._array(self.values.multiplicities[space])[None]
        rows = [row for letter, row in self.values.eigenvalues.items() if letter.rows == space]
        if rows:
            return self._array(np.ones(len(rows[0]), dtype=int))[None]
        if self.exact:
            return self._array([evaluated(space, self.values.numbers)])[None]
        return self.scalar(space)[:, None]

    def _array(self, values: Sequence[Any] | Array) -> Array:
        if self.exact:
            return self.algebra.array(values)
        plain = isinstance(values, np.ndarray) and values.dtype.kind in "iufc"
        return self.algebra.array(values if plain else [nearest(value) for value in values])

    def _row(self, coefficient: Expr) -> Array:
        """Return a coefficient at every point and mode, an array (1 or points, 1 or n)."""
        if coefficient not in self._read:
            self._read[coefficient] = self._new_row(coefficient)
        return self._read[coefficient]

    def _new_row(self, coefficient: Expr) -> Array:
        arguments = {symbol: self._rows[symbol] if isinstance(symbol, Indexed) else self.scalars[symbol][:, None]
                     for symbol in _letters(coefficient)}  # fmt: skip
        function = self.algebra.function(tuple(arguments), coefficient)
        with np.errstate(all="ignore"):
            try:
                if self.exact:
                    n = max((row.shape[1] for row in arguments.values()), default=1)
                    rows = [np.broadcast_to(row[0], n) for row in arguments.values()]
                    found = self.algebra.array([function(*(row[i] for row in rows)) for i in range(n)])[None]
                else:
                    found = np.atleast_2d(self.algebra.array(function(*arguments.values())))
            except ZeroDivisionError:
                found = np.array([[np.nan]])
        if not (all(map(mpmath.isfinite, found[0])) if self.exact else np.isfinite(found).all()):
            used = [str(symbol.base) for symbol in arguments if isinstance(symbol, Indexed)]
            raise BadArgument(
                " and ".join(used) or "values", str(coefficient), "finite at every mode",
                "fractional powers need non-negative eigenvalues, inverses non-zero ones",
            )
        return found

    def _modes(self, space: Space) -> Modes:
        fixed = {place: self._row(value) for place, value in space.fixed.items()}
        known = {each: self.variance(each) for each in dict.fromkeys(term.variance for term in space.terms)}
        variances = [known[term.variance] for term in space.terms]
        wide = max((len(each) for each in variances), default=1)
        stacked = np.array([np.broadcast_to(each, wide) for each in variances]).reshape(len(variances), wide)
        return Modes(space, self._weights(space.size), fixed, stacked)

    def variance(self, expression: Expr) -> Array:
        """Return the variance of a letter's entries, an array (1 or points,).

        Raises
        ------
        ValueError
            If it is negative.
        """
        found = self.scalar(expression)
        for value in found:
            if np.iscomplexobj(value) or isinstance(value, mpmath.mpc) or not 0 <= value < np.inf:
                raise BadArgument("variance", f"{expression} = {value}", "a finite non-negative number", "check what is in it")
        return found


@functools.lru_cache(maxsize=4096)
def _letters(expression: Expr) -> tuple[Expr, ...]:
    """Return the scalars and eigenvalues that an expression is made of."""
    indexed = expression.atoms(Indexed)
    inside = {symbol for each in indexed for symbol in each.free_symbols}
    scalars = {each for each in expression.free_symbols - inside if isinstance(each, Symbol)}
    # A scalar that is also called as an eigenvalue's index does not occur: letters have different names.
    return (*sorted(scalars, key=str), *sorted(indexed, key=str))


def nearest(value: Any) -> float | complex:
    """Return the double nearest to a number of any kind."""
    if isinstance(value, complex | np.complexfloating):
        return complex(value)
    if isinstance(value, int | float | np.integer | np.floating):
        return float(value)
    with mpmath.workdps(30):
        exact = number(value)
        return complex(exact) if isinstance(exact, mpmath.mpc) else float(exact)
