"""Meta-learning by generalised ridge: many tasks share a prior, and a weight matrix A makes use of it (arXiv:2403.19720).

A task is y = Xβ + ε with β ~ N(0, Ω/p) and rows of X ~ N(0, Σ); the estimator is (XᵀX + nλA)⁻¹Xᵀy.
Its population is that of plain ridge on Σ̃ = A^-½ΣA^-½ with c_k = (UᵀA^½ΩA^½U)_kk/p, U the eigenvectors of Σ̃; the measured
risk is that of the estimator itself, in X and A. Here Ω is tridiagonal, Σ diagonal, and A = Ω^-w: a case sets the power w.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

import theory as th
from derivations.language.grammar import canonical
from derivations.meaning.quantities import Case, Experiment, Observable, by_trials
from derivations.settings.chains import ChainSetting
from numerics.simulate.samplers import Normals

DIAGONAL, BESIDE = 16.0, 5.0  # of Ω


class MetaLearning(ChainSetting):
    """Plain ridge on P samples, over populations that generalised ridge makes.

    Parameters
    ----------
    **letters
        Further letters, as in `Setting`.
    """

    def __init__(self, **letters: Any) -> None:
        super().__init__(th.Chain(th.Samples()), **letters)

    @property
    def title(self) -> str:
        """What is learnt."""
        return "many tasks by generalised ridge"

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """The test risk of generalised ridge."""
        return {"risk": Observable(r"\langle \mathrm{risk} \rangle", "test risk of generalised ridge", by_trials(_risk))}

    def experiment(self, size: int, case: Case, scope: Any) -> Experiment:
        """Return p = `size` dimensions; a case sets w, P over p, σ², and λ in units of pσ²/n, one if it is left out."""
        given = {canonical(name): value for name, value in case.items()}
        power, share = given.pop("w", 1), given.pop("λ", 1)
        covariance = np.diag(0.3 + 1.4 * (np.arange(size) + 0.5) / size)
        prior = DIAGONAL * np.eye(size) + BESIDE * (np.eye(size, k=1) + np.eye(size, k=-1))
        weight, root, back = (_power(prior, w) for w in (-power, power / 2, -power / 2))
        eigenvalues, vectors = np.linalg.eigh(root.T @ covariance @ root)
        noise, rows = given.get("σ²", 1.0), max(1, round(given.get("P", 0.75) * size))
        ridge = share * size * noise / rows
        spread = np.diag(vectors.T @ back @ prior @ back @ vectors) / size
        made = self._placed(th.Discrete(eigenvalues, spread), {"λ": ridge, "σ²": noise, "P": rows}, scope)
        drawn = {"covariance": covariance, "prior": prior / size, "weight": weight, "rows": rows, "ridge": ridge,
                 "noise": noise}
        return Experiment(made.point, drawn)


def published(rows: int, modes: int = 512) -> dict[str, Any]:
    """Return where limiting risks are published: Σ = I, σ² = 1, A = Ω⁻¹, λ = pσ²/n, Ω's eigenvalues on the midpoint rule."""
    angles = np.pi * (np.arange(modes) + 0.5) / modes
    task = th.Discrete(DIAGONAL + 2 * BESIDE * np.cos(angles), np.full(modes, 1 / modes))
    return {"task": task, "P": rows, "λ": modes / rows, "σ²": 1}


def _power(matrix: Any, power: float) -> Any:
    """Return a power of a positive matrix."""
    eigenvalues, vectors = np.linalg.eigh(matrix)
    return (vectors * eigenvalues**power) @ vectors.T


def _risk(rng: np.random.Generator, arguments: Mapping[str, Any]) -> float:
    """Return E(y − x·β̂)² for new tasks on one drawn X, averaged over β and noise by definition."""
    covariance, rows = arguments["covariance"], arguments["rows"]
    X = Normals(rng, complex=True).standard_normal((rows, len(covariance))) @ np.sqrt(covariance)
    adjoint = X.conj().T
    estimator = np.linalg.solve(adjoint @ X + rows * arguments["ridge"] * arguments["weight"], adjoint)  # of y
    missed = np.eye(len(covariance)) - estimator @ X
    start = np.trace(covariance @ missed @ arguments["prior"] @ missed.conj().T)
    noise = np.trace(covariance @ estimator @ estimator.conj().T)
    return float((start + arguments["noise"] * (1 + noise)).real)
