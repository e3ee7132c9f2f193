"""A chain at two ridges at once: how the errors of two predictors correlate that see the same draw, one at λ, one at λ′.

κ′ belongs to λ′ as κ does to λ. A case gives λ and λ'.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import sympy
from sympy import Expr

import theory as th
from derivations.language.grammar import canonical
from derivations.meaning.quantities import Case, Experiment, Observable, Point, Quantity, by_trials
from derivations.settings.chains import RIDGE, ChainSetting
from numerics.simulate.declared import declare
from numerics.simulate.draws import SIGNAL, Draws
from theory.notation import KAPPA, KAPPA_PRIMED
from theory.spectra.psi import PolarPsi


class TwoRidges(ChainSetting):
    """A chain with rows of data, at λ and at λ′ = 4 λ unless a case says otherwise."""

    def __init__(self, model: th.Chain, **letters: Any) -> None:
        super().__init__(model, **letters)
        self.quantities["κ'"] = Quantity(KAPPA_PRIMED.symbol, "that of the second ridge", r"\kappa'")

    def total(self, index: str, body: Expr) -> Expr:
        """Return Σ_k of one monomial over (λ_k + κ) (λ_k + κ′) as one trace, regular where κ′ = κ; other sums as ever."""
        eigenvalue, power = self._modes["λ_k"], self._modes["c_k"]
        above = sympy.cancel(body * (eigenvalue + KAPPA.symbol) * (eigenvalue + KAPPA_PRIMED.symbol))
        if above.is_polynomial(eigenvalue, power):
            ((p, q), factor), *more = sympy.Poly(above, eigenvalue, power).terms()
            if p >= 1 and not more:
                return factor * PolarPsi(p, q, KAPPA.symbol, KAPPA_PRIMED.symbol)
        return super().total(index, body)

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """Cross-correlations of the residuals at λ with those at λ′, on the data and on a new point."""
        return {
            "train·train'": Observable(r"\langle r \cdot r' \rangle_{\mathrm{train}}", "residuals on the data",
                                       by_trials(lambda rng, given: self._correlations(rng, given)[0])),
            "test·test'": Observable(r"\langle r \cdot r' \rangle_{\mathrm{test}}", "residuals at a new point",
                                     by_trials(lambda rng, given: self._correlations(rng, given)[1])),
        }  # fmt: skip

    def _correlations(self, rng: np.random.Generator, arguments: Mapping[str, Any]) -> tuple[float, float]:
        """Return r·r′/P on the data and E r r′ at a new point, for one draw; target and noise are averaged exactly."""
        given = dict(arguments)
        task, noise, ridges = given.pop("task"), given.pop("noise"), (given.pop("ridge"), given.pop("second"))
        declared = declare(self.model, task.explicit(), given)
        draws = Draws(declared, rng, copies=1, ensemble=1, complex=True, n_test=1)
        (cell,) = draws.cells
        rows, features, scale = draws.rows(cell), draws.features(cell, 0), np.sqrt(declared.target_power)
        seen, new = features.train, features.test[SIGNAL]
        n_rows = len(seen)
        targets = np.hstack([rows.train * scale, np.sqrt(noise) * np.eye(n_rows)])
        wanted = np.hstack([rows.test * scale, np.zeros((len(new), n_rows))])
        kernel = seen @ seen.conj().T / n_rows
        train, test = [], []
        for ridge in ridges:
            dual = np.linalg.solve(kernel + ridge * np.eye(n_rows), targets)
            train.append(ridge * dual)
            test.append(wanted - new @ (seen.conj().T @ dual) / n_rows)
        return float(np.vdot(*train).real) / n_rows, float(np.vdot(*test).real) + noise

    def drawn(self, eigenvalues: Any, power: Any, case: Case, scope: Any) -> Experiment:
        """Return the experiment at both ridges."""
        given = {canonical(name): value for name, value in case.items()}
        second = given.pop("λ'", 4 * given.get("λ", RIDGE))
        first = super().drawn(eigenvalues, power, given, scope)
        other = super().drawn(eigenvalues, power, {**given, "λ": second}, scope)
        values = {**first.point.values, KAPPA_PRIMED.symbol: other.point.values[KAPPA.symbol]}
        return Experiment(Point(values, first.point.population), {**first.arguments, "second": second})
