"""Observables of a chain's random matrices beside its risk: traces of the data kernel K = φφᴴ/P at the ridge λ.

Each is a function of one draw (φ: rows of features; its targets) and λ. A new one is a line in `OBSERVABLES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

import theory as th
from derivations.meaning.quantities import by_trials
from numerics.simulate.declared import declare
from numerics.simulate.draws import Draws


@dataclass(frozen=True)
class Drawn:
    """One draw of a chain at one ridge.

    Attributes
    ----------
    features : ndarray of shape (n_rows, n_features)
        φ.
    signal : ndarray of shape (n_rows, n_modes)
        Targets, a column for each mode of the population: X diag(c)^½.
    noise, ridge : float
        σ² and λ.
    """

    features: Any
    signal: Any
    noise: float
    ridge: float

    @cached_property
    def kernel(self) -> tuple[Any, Any]:
        """Eigenvalues and eigenvectors of φφᴴ/P."""
        return np.linalg.eigh(self.features @ self.features.conj().T / len(self.features))

    @property
    def missed(self) -> Any:
        """λ/(K + λ) in K's eigenbasis."""
        return self.ridge / (self.kernel[0] + self.ridge)


def _dof(drawn: Drawn) -> float:
    return float((1 - drawn.missed).sum())


def _ridge(drawn: Drawn) -> float:
    return drawn.ridge / float(drawn.missed.mean())


def _objective(drawn: Drawn) -> float:
    seen = np.abs(drawn.kernel[1].conj().T @ drawn.signal) ** 2
    return float(drawn.missed @ seen.sum(axis=1) / len(drawn.features) + drawn.noise * drawn.missed.mean())


OBSERVABLES: dict[str, tuple[str, Callable[[Drawn], float]]] = {
    "dof": ("tr K(K+λ)⁻¹ of the data kernel K", _dof),
    "kappa": ("λ over the mean of λ/(K+λ): one over the normalised trace of the resolvent", _ridge),
    "objective": ("the least training objective, the mean square of residuals plus λ times that of weights", _objective),
}


def sampler(model: th.Chain, estimator: Callable[[Drawn], float], complex: bool = True) -> Callable[..., Any]:
    """Return an observable's `sample`: draws of the chain, literally, in complex or real matrices."""

    def draw(rng: np.random.Generator, arguments: Mapping[str, Any]) -> float:
        sizes = {name: value for name, value in arguments.items() if name not in ("task", "ridge", "noise")}
        declared = declare(model, arguments["task"].explicit(), sizes)
        draws = Draws(declared, rng, copies=1, ensemble=1, complex=complex, n_test=1)
        (cell,) = draws.cells
        signal = draws.rows(cell).train * np.sqrt(declared.target_power)
        return estimator(Drawn(draws.features(cell, 0).train, signal, arguments["noise"], arguments["ridge"]))

    return by_trials(draw)
