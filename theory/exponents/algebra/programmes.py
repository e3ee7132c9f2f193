"""Linear programmes over the rationals, exactly: min c·x where every row·x + bound ≥ 0, x free.

Solved through the dual, max −b·y with Aᵀy = c and y ≥ 0, which has as many equations as x has entries, by the simplex method
with Bland's rule; x is read off its multipliers. There are no tolerances: what is feasible by 1e-17 is feasible.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

Row = Sequence[Fraction]


@dataclass(frozen=True)
class Least:
    """The minimum of a programme.

    Attributes
    ----------
    value : Fraction or float
        -inf: unbounded below; inf: no point is feasible.
    point : tuple of Fraction
        Where it is attained; empty if it is nowhere.
    """

    value: Fraction | float
    point: tuple[Fraction, ...] = ()

    @property
    def is_attained(self) -> bool:
        """Whether there is a minimum."""
        return isinstance(self.value, Fraction)


def least(objective: Row, rows: Sequence[Row], bounds: Row) -> Least:
    """Return the minimum of objective·x over all x with rows·x + bounds ≥ 0."""
    tableau = _Tableau(objective, rows)
    if not tableau.has_solution():
        feasible = least([Fraction(0)] * len(objective), rows, bounds).is_attained if any(objective) else True
        return Least(-math.inf if feasible else math.inf)
    point = tableau.multipliers(bounds)
    if point is None:
        return Least(math.inf)
    return Least(sum((c * x for c, x in zip(objective, point, strict=True)), Fraction(0)), point)


class _Tableau:
    """Equations Aᵀy = c, y ≥ 0, one for each entry of x; columns: the y's, an artificial one for each equation, c."""

    def __init__(self, objective: Row, rows: Sequence[Row]) -> None:
        self.n_rows, self.n_columns = len(objective), len(rows)
        self.signs = [-1 if c < 0 else 1 for c in objective]
        self.table = [
            [*(sign * row[i] for row in rows), *(Fraction(int(i == k)) for k in range(self.n_rows)), sign * objective[i]]
            for i, sign in enumerate(self.signs)
        ]
        self.basis = [self.n_columns + i for i in range(self.n_rows)]

    def has_solution(self) -> bool:
        """Find a basic solution, and take the artificial columns out of the basis wherever a column can replace them."""
        if not self.table:
            return True
        price = [-sum(column, Fraction(0)) for column in zip(*self.table, strict=True)]
        self._improve(price)
        if price[-1] != 0:
            return False
        for i in range(self.n_rows):
            if self.basis[i] >= self.n_columns:
                entering = next((j for j in range(self.n_columns) if self.table[i][j]), None)
                if entering is not None:
                    self._pivot(i, entering, price)
        return True

    def multipliers(self, bounds: Row) -> tuple[Fraction, ...] | None:
        """Return x at the minimum of bounds·y, or None if that is unbounded."""
        price = [*bounds, *([Fraction(0)] * (self.n_rows + 1))]
        for row, basic in zip(self.table, self.basis, strict=True):
            factor = price[basic]
            if factor:
                price[:] = [p - factor * value for p, value in zip(price, row, strict=True)]
        if not self._improve(price):
            return None
        return tuple(sign * price[self.n_columns + i] for i, sign in enumerate(self.signs))

    def _improve(self, price: list[Fraction]) -> bool:
        """Lower the cost whose reduced prices are given until none is negative; return whether it is bounded."""
        while True:
            entering = next((j for j in range(self.n_columns) if price[j] < 0), None)
            if entering is None:
                return True
            ratios = [(row[-1] / row[entering], self.basis[i], i) for i, row in enumerate(self.table) if row[entering] > 0]
            if not ratios:
                return False
            self._pivot(min(ratios)[2], entering, price)

    def _pivot(self, place: int, entering: int, price: list[Fraction]) -> None:
        lead = self.table[place][entering]
        chosen = self.table[place] = [value / lead for value in self.table[place]]
        for row in (*self.table[:place], *self.table[place + 1 :], price):
            factor = row[entering]
            if factor:
                row[:] = [value - factor * other if other else value for value, other in zip(row, chosen, strict=True)]
        self.basis[place] = entering
