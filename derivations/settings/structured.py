"""A chain whose columns and rows have laws: F = Z C^½ with columns γ_j on N features, X = K^½ Z Σ^½ with rows K_i on P samples.

Labels have noise σ² ν_i along the eigenvectors of K. At points the laws are any; simulated are those of the model, and labels
whose noise goes as K^h: a case sets h, zero is white and one is matched, which it is if none is set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from random import Random
from typing import Any

import numpy as np
from mpmath import mp
from sympy import Expr, Function, Symbol

import theory as th
from derivations.language.grammar import canonical
from derivations.meaning.points import middle
from derivations.meaning.quantities import Case, Experiment, Observable, Point, Quantity, by_trials
from derivations.settings import laws
from derivations.settings.chains import ChainSetting
from derivations.settings.modes import Modes, drawn_modes
from numerics.simulate.declared import declare
from numerics.simulate.draws import SIGNAL, Draws
from theory.chain.places import Slot
from theory.notation import law_ridge, law_trace, row_letters

MATCHED = 1.0


@dataclass(frozen=True)
class Shaped(Modes):
    """Modes of a population, and the laws of columns and rows beside it.

    Attributes
    ----------
    laws : mapping
        By the letter of the size.
    """

    laws: Mapping[Symbol, laws.Law] = field(default_factory=dict)


class Structured(ChainSetting):
    """A chain with laws of columns and rows.

    Parameters
    ----------
    model : th.Chain
        The chain: one feature layer at most has columns of a law.
    **letters
        Further letters, as in `Setting`.
    """

    def __init__(self, model: th.Chain, **letters: Any) -> None:
        super().__init__(model, **letters)
        self.shaped = [slot for slot in model.slots if slot.stiffness]
        self._over: dict[str, tuple[Symbol, dict[str, Symbol]]] = {}
        for slot in self.shaped:
            n, name = slot.letter.symbol, slot.letter.symbol.name
            index, eigenvalue = ("j", "γ_j") if slot.is_features else ("i", "K_i")
            own = {eigenvalue: Symbol(eigenvalue, positive=True), f"ν_{index}": Symbol(f"ν_{index}", positive=True)}
            self._over[index] = n, own
            meaning = f"the ridge at which the {name} eigenvalues `{eigenvalue}` have d degrees of freedom"
            self.quantities[f"χ_{name}"] = Quantity(partial(laws.LawRidge, n), f"`χ_{name}(d)`, {meaning}", rf"\chi_{{{name}}}")

    def unfold(self, value: Any) -> Any:
        """Return a formula of the package in sums over the laws, ω and τ of label noise too."""
        found = super().unfold(value)
        if not isinstance(found, Expr):
            return found
        for slot in self.shaped:
            n = slot.letter.symbol

            def ridge(dof: Expr, n: Symbol = n) -> Expr:
                return laws.LawRidge(n, dof)

            def squares(chi: Expr, n: Symbol = n) -> Expr:
                return laws.LawSum(n, 2, 0, 2, chi)

            found = found.replace(law_ridge(n.name).func, ridge).replace(law_trace("df2", n.name).func, squares)
            found = found.xreplace(self._labels(slot))
        return found

    def _labels(self, slot: Slot) -> dict[Symbol, Expr]:
        """Return what ω and τ of rows mean in ν."""
        n = slot.letter.symbol
        chi = laws.LawRidge(n, self.quantities["d"].value)
        _, weight, rest = row_letters(n.name)
        return {weight.symbol: laws.LawSum(n, 1, 1, 2, chi) / laws.LawSum(n, 2, 0, 2, chi),
                rest.symbol: chi**2 * laws.LawSum(n, 0, 1, 2, chi) / n}  # fmt: skip

    def normal(self, expression: Expr) -> Expr:
        """Return traces and sums over the laws in normal form."""
        return laws.normal(expression)

    def mode(self, name: str) -> Expr | None:
        """Return λ_k, c_k, γ_j, K_i or ν_i inside a sum."""
        own = {key: symbol for _, symbols in self._over.values() for key, symbol in symbols.items()}
        return own.get(name) or super().mode(name)

    def total(self, index: str, body: Expr) -> Expr:
        """Return Σ_j over columns, Σ_i over rows, and sums over the population."""
        if index not in self._over:
            return super().total(index, body)
        n, symbols = self._over[index]
        return laws.total(n, body, *symbols.values())

    def point(self, index: int, case: Case | None = None, scope: Any = None, at: Iterator[str] | None = None) -> Point:
        """Return a random population, sizes, κ, and random laws: seven different eigenvalues of mean one in the middle."""
        place = at or middle()
        found, rng, made = super().point(index, case, scope, place), Random(f"laws {index}"), {}
        for slot in self.shaped:
            modes = drawn_modes(rng, place)
            counts = modes.counts or [mp.one] * len(modes.eigenvalues)
            made[slot.letter.symbol] = laws.Law(modes.eigenvalues, modes.power, counts)
        modes = found.population
        return Point(found.values, Shaped(modes.eigenvalues, modes.power, modes.counts, made))

    def special(self, expression: Expr, point: Point) -> dict[Expr, Any]:
        """Return traces as ever, χ and sums over the laws of the point."""
        own: set[Function] = expression.atoms(laws.LawRidge, laws.LawSum)
        return super().special(expression, point) | {atom: self._of_law(atom, point) for atom in own}

    def _of_law(self, atom: Expr, point: Point) -> Any:
        n, *orders, inner = atom.args
        law, size, at = point.population.laws[n], point.values[n], self.evaluate(inner, point)
        return size * law.mean(*map(int, orders), at) if orders else law.ridge(at / size)

    # Simulation

    def modes(self, eigenvalues: Any, power: Any, sizes: Mapping[Symbol, Any]) -> Modes:
        """Return a population and the model's own laws at these sizes; ν is what the model says, or K."""
        made = {}
        for slot in self.shaped:
            size = int(sizes[slot.letter.symbol])
            own = [mp.mpf(float(root)) ** 2 for root in slot.layer.roots(size)]
            made[slot.letter.symbol] = laws.Law(own, own, [mp.one] * size)
        plain = super().modes(eigenvalues, power, sizes)
        return Shaped(plain.eigenvalues, plain.power, plain.counts, made)

    def drawn(self, eigenvalues: Any, power: Any, case: Case, scope: Any) -> Experiment:
        """Return the experiment; a case may give h."""
        given = {canonical(name): value for name, value in case.items()}
        exponent = given.pop("h", None)
        system = super().drawn(eigenvalues, power, given, scope)
        modes, data = system.point.population, self.model.slots.data
        if exponent is None or data is None:
            return system
        n = data.letter.symbol
        rows = modes.laws[n]
        noisy = laws.Law(rows.eigenvalues, [e**exponent for e in rows.eigenvalues], rows.counts)
        point = Point(system.point.values, Shaped(modes.eigenvalues, modes.power, modes.counts, {**modes.laws, n: noisy}))
        return Experiment(point, {**system.arguments, "labels": exponent})

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """Those of any chain, their noise matched; and errors with the labels of the case."""
        said = {"test": "test error", "train": "training error", "weighted": "training error, rows weighed by K",
                "objective": "the least training objective"}  # fmt: skip
        own = {name: Observable(rf"\langle \mathrm{{{name}}} \rangle", meaning, by_trials(partial(_measured, self.model, name)))
               for name, meaning in said.items()}  # fmt: skip
        return {**super().observables, **own}


def _measured(model: th.Chain, name: str, rng: np.random.Generator, arguments: Mapping[str, Any]) -> float:
    """Return an error of one draw, averaged over target and label noise exactly."""
    sizes = {key: value for key, value in arguments.items() if key not in ("task", "ridge", "noise", "labels")}
    declared = declare(model, arguments["task"].explicit(), sizes)
    draws = Draws(declared, rng, copies=1, ensemble=1, complex=True, n_test=1)
    (cell,) = draws.cells
    rows, features, scale = draws.rows(cell), draws.features(cell, 0), np.sqrt(declared.target_power)
    seen, new, n_rows, ridge = features.train, features.test[SIGNAL], len(features.train), arguments["ridge"]
    assert declared.rows is not None
    spread = np.broadcast_to(declared.rows.layer.roots(n_rows), n_rows) ** 2
    noise = np.diag(np.sqrt(arguments["noise"] * spread ** arguments.get("labels", MATCHED)))
    dual = np.linalg.solve(seen @ seen.conj().T / n_rows + ridge * np.eye(n_rows), np.hstack([rows.train * scale, noise]))
    if name == "objective":
        return float(ridge * np.vdot(np.hstack([rows.train * scale, noise]), dual).real / n_rows)
    if name == "test":
        wanted = np.hstack([rows.test * scale, np.zeros((len(new), n_rows))])
        return float(np.linalg.norm(wanted - new @ (seen.conj().T @ dual) / n_rows) ** 2 + arguments["noise"])
    residuals = ridge**2 * (np.abs(dual) ** 2).sum(axis=1)
    return float((residuals * (spread if name == "weighted" else 1.0)).mean())
