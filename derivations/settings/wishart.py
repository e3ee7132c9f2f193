"""Wishart matrices from their moments: W = ZᴴZ/P with Z of P × D iid entries of variance one, alone or as Σ^½ W Σ^½.

By Wick's rule a moment is a sum over permutations σ of k things; with γ = (1 2 … k) and s_l = tr Σ^l/D,

    E tr (ΣW)^k / D = Σ_σ  P^(cycles of σ − k)  D^(cycles of γσ⁻¹ − 1)  ∏ s_(lengths of the cycles of γσ⁻¹),

and for c = D/P fixed only the terms of order one stay. Nothing else about W is put in. A sum of moments stops at z^order.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import sympy
from mpmath import mp
from sympy import Expr, Symbol

from derivations.language.grammar import canonical
from derivations.meaning.points import number
from derivations.meaning.quantities import Case, Experiment, Observable, Point, Quantity, by_trials
from derivations.meaning.setting import Setting
from numerics.simulate.samplers import Normals
from theory.errors import BadArgument
from theory.notation import DIMS, KAPPA
from theory.spectra.psi import df1

RATIO = Symbol("c", positive=True)
ROWS = Symbol("P", positive=True)


def trace_letter(power: int) -> Symbol:
    """Return s_l = tr Σ^l/D."""
    return Symbol(f"s{power}", positive=True)


@cache
def moment(order: int) -> Expr:
    """Return the limit of E tr (ΣW)^k/D as SymPy in c and s_1, s_2, …: the permutations of genus zero."""
    total: Expr = sympy.Integer(0)
    for permutation in itertools.permutations(range(order)):
        inverse = sorted(range(order), key=permutation.__getitem__)
        own = cycles(permutation)
        other = cycles([(place + 1) % order for place in inverse])
        if len(own) + len(other) == order + 1:
            total += RATIO ** (order - len(own)) * sympy.Mul(*map(trace_letter, other))
    return sympy.expand(total)


def cycles(permutation: Any) -> list[int]:
    """Return the lengths of a permutation's cycles."""
    seen: set[int] = set()
    lengths = []
    for start in range(len(permutation)):
        length, place = 0, start
        while place not in seen:
            seen.add(place)
            length, place = length + 1, permutation[place]
        if length:
            lengths.append(length)
    return lengths


@dataclass(frozen=True)
class Series:
    """Σ_k coefficient_k z^k, k = 1, 2, …, as a function of z."""

    coefficients: Sequence[Expr]

    def __call__(self, z: Expr) -> Expr:
        """Return its value, as SymPy."""
        return sympy.Add(*(value * z ** (k + 1) for k, value in enumerate(self.coefficients)))


class Wishart(Setting):
    """Moments of Wishart matrices in the limit of large size, and their simulation.

    Parameters
    ----------
    order : int
        How many moments: series in z are known up to z^order.
    **letters
        Further letters, as in `Setting`.
    """

    def __init__(self, order: int = 6, **letters: Any) -> None:
        super().__init__(**letters)
        self.max_order = order
        self.letter("z", (-0.01, 0.01), "argument of the moment series")
        self.letter("u", (-0.01, 0.01), "value of a moment series")
        self.letter("c", (0.1, 2), "`D/P`, columns over rows", symbol=RATIO)
        self.letter("λ", "positive", "ridge", latex=r"\lambda")
        self.letter("κ", "positive", "ridge of the population", symbol=KAPPA.symbol, latex=r"\kappa")
        self.letter("d", (0.1, 1), "tr Σ(Σ+κ)⁻¹, the degrees of freedom")
        self.letter("D", (10, 20), "columns: the dimension of the population", symbol=DIMS.symbol)
        self.letter("P", (10, 20), "rows", symbol=ROWS)
        for power in range(1, order + 1):
            self.letter(f"s{power}", "positive", symbol=trace_letter(power))
        white = {trace_letter(power): sympy.Integer(1) for power in range(1, order + 1)}
        for power in range(1, order + 1):
            self.quantities[f"m{power}"] = Quantity(moment(power).xreplace(white), "limit of the mean of a moment of W")

        orders = range(1, order + 1)
        self.quantities["ψ_W"] = Quantity(Series([moment(k).xreplace(white) for k in orders]), "moment series of W", r"\psi_W")
        self.quantities["ψ_Σ"] = Quantity(Series([trace_letter(k) for k in orders]), "moment series of Σ, any moments",
                                          r"\psi_{\Sigma}")
        self.quantities["ψ_ΣW"] = Quantity(Series([moment(k) for k in orders]), "moment series of ΣW", r"\psi_{\Sigma W}")

    def unfold(self, value: Any) -> Any:
        """Return a formula of the package with d for its degrees of freedom."""
        if isinstance(value, Expr):
            return value.xreplace({df1(KAPPA.symbol): self.quantities["d"].value})
        return value

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """moment1, moment2, … of W, and dof: tr W(W+λ)⁻¹, each over D."""
        powers = range(1, self.max_order + 1)
        found = {
            f"moment{k}": Observable(rf"\langle \mathrm{{tr}} W^{{{k}}} \rangle", f"mean of tr W^{k}/D", _sampler(_power(k)))
            for k in powers
        }
        found["dof"] = Observable(r"\langle \mathrm{dof} \rangle", "mean of tr W(W+λ)⁻¹/D", _sampler(_dof))
        return found

    def turned_over(self, case: Case) -> Case | None:
        """Return the case with columns and rows in the other proportion."""
        return {**case, "c": 1 / case.get("c", 0.5)}

    def experiment(self, size: int, case: Case, scope: Any) -> Experiment:
        """Return W of `size` rows; a case sets c and λ."""
        given = {"c": 0.5, "λ": 0.5} | {canonical(name): value for name, value in case.items()}
        if set(given) != {"c", "λ"}:
            raise BadArgument("cases", case, "of c and λ", "take the rest out")
        columns = max(1, round(given["c"] * size))
        values = {RATIO: mp.mpf(columns) / size, self.quantities["λ"].value: number(given["λ"])}
        return Experiment(Point(values), {"rows": size, "columns": columns, "ridge": given["λ"]})


def _sampler(estimator: Any) -> Any:
    """Return an observable of the eigenvalues of W, Z complex, and the ridge."""

    def draw(rng: np.random.Generator, arguments: Mapping[str, Any]) -> float:
        shape = arguments["rows"], arguments["columns"]
        matrix = Normals(rng, complex=True).standard_normal(shape)
        return float(estimator(np.linalg.eigvalsh(matrix.conj().T @ matrix / shape[0]), arguments["ridge"]))

    return by_trials(draw)


def _power(order: int) -> Any:
    return lambda eigenvalues, ridge: (eigenvalues**order).mean()


def _dof(eigenvalues: Any, ridge: float) -> Any:
    return (eigenvalues / (eigenvalues + ridge)).mean()
