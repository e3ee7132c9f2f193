"""The kernel of a chain's rows as SGD samples from it: its responses at a ridge, and the scatter of one row's gradient.

Weights are zero and residuals the labels, averaged over the target and label noise. Of the scatter matrices are real: fourth
moments count.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any

import numpy as np

import theory as th
from derivations.meaning.quantities import Case, Experiment, Observable, by_trials
from derivations.settings.chains import ChainSetting
from derivations.settings.eigenvalues import Eigenvalues
from numerics.simulate.declared import declare
from numerics.simulate.draws import Draws


class Passes(Eigenvalues):
    """A chain with independent rows of data, and what sampling from them does.

    Parameters
    ----------
    model : th.Chain
        The chain.
    **letters
        As in `Setting`.
    """

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """`seen` and `shown`, responses of the covariance of the rows; `scatter`, of one row's gradient about the mean."""
        words = {"seen": "Tr A²(A+λ)⁻¹, A the covariance of the rows", "shown": "Tr CA(A+λ)⁻¹, C that of a new point",
                 "scatter": "Tr S(A+λ)⁻¹, S the covariance of the gradient of a row drawn at random"}  # fmt: skip
        return {name: Observable(rf"\langle \mathrm{{{name}}} \rangle", said, by_trials(partial(_measured, self.model, name)))
                for name, said in words.items()}

    def drawn(self, eigenvalues: Any, power: Any, case: Case, scope: Any) -> Experiment:
        """Return the experiment of the chain at the ridge λ."""
        return ChainSetting.drawn(self, eigenvalues, power, case, scope)


def _measured(model: th.Chain, name: str, rng: np.random.Generator, arguments: Mapping[str, Any]) -> float:
    sizes = {key: value for key, value in arguments.items() if key not in ("task", "ridge", "noise")}
    declared = declare(model, arguments["task"].explicit(), sizes)
    draws = Draws(declared, rng, copies=1, ensemble=1, complex=name != "scatter", n_test=1)
    (cell,) = draws.cells
    features, ridge, n_rows = draws.features(cell, 0), arguments["ridge"], declared.rows.size if declared.rows else 0
    rows = features.train
    covariance = rows.conj().T @ rows / n_rows
    left = np.linalg.inv(covariance + ridge * np.eye(len(covariance)))
    if name == "seen":
        return float(np.trace(covariance @ covariance @ left).real)
    if name == "shown":
        return float(sum(np.trace(block.conj().T @ block @ covariance @ left).real for block in features.test.values()))
    signal = draws.rows(cell).train * np.sqrt(declared.target_power)
    labels = signal @ signal.T + arguments["noise"] * np.eye(n_rows)
    projected = rows @ left @ rows.T / n_rows
    return float(np.diag(projected) @ np.diag(labels) - np.sum(projected * labels) / n_rows)
