"""Ridge regression with a fixed first stage T and a penalty wᵀAw, on matrices that do not commute.

Inputs x ~ N(0, Σ) in D dimensions, features Tᵀx in m, targets w*·x with E w*w*ᵀ = C, all fixed; the population is the package's
own, `Discrete.from_matrices`, and what is measured is the predictor itself, in X, T and A. Of the target it can reach no more
than Tᵀx can represent: ρ is the variance of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any

import numpy as np

import theory as th
from derivations.language.grammar import canonical
from derivations.meaning.points import number
from derivations.meaning.quantities import Case, Experiment, Observable, Point, by_trials
from derivations.settings.chains import ChainSetting
from numerics.simulate.samplers import Normals

WIDTH, NOISE, RIDGE, ROWS = 1.25, 0.25, 0.1, 0.75  # unless a case says otherwise


class FirstStages(ChainSetting):
    """Plain ridge on P samples, over populations that a first stage and a penalty make.

    Parameters
    ----------
    **letters
        Further letters, as in `Setting`.
    """

    def __init__(self, **letters: Any) -> None:
        super().__init__(th.Chain(th.Samples()), **letters)
        self.letter("ρ", "positive", "variance of the target that the first stage does not let pass")

    @property
    def title(self) -> str:
        """What is learnt."""
        return "ridge regression with a first stage and a penalty"

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """The test risk of the predictor, its bias, and what label noise adds."""
        said = {"risk": "test risk of the predictor", "bias": "squared error of its mean over data",
                "noise": "variance by label noise"}  # fmt: skip
        return {name: Observable(rf"\langle \mathrm{{{name}}} \rangle", meaning, by_trials(partial(_measured, name)))
                for name, meaning in said.items()}  # fmt: skip

    def experiment(self, size: int, case: Case, scope: Any) -> Experiment:
        """Return D = `size` dimensions; a case sets m and P over D, λ, σ², and w, the power of a matrix that A is."""
        given = {"m": WIDTH, "P": ROWS, "λ": RIDGE, "σ²": NOISE, "w": 0.0}
        given |= {canonical(key): value for key, value in case.items()}
        rng, features, rows = np.random.default_rng(size), round(given["m"] * size), round(given["P"] * size)
        covariance, target = (_spread(rng, size, least) for least in (0.3, 0.1))
        stage = rng.standard_normal((size, features)) / np.sqrt(features)
        weights = _spread(rng, features, 0.5, given["w"])
        population = th.Discrete.from_matrices(covariance, target / size, weights=weights, transform=stage)
        reached = population.truncate(int(population.rank))
        made = self._placed(reached, {"λ": given["λ"], "σ²": given["σ²"], "P": rows}, scope)
        values = {**made.point.values, self.symbol("ρ"): number(float(population.unlearnable))}
        drawn = {"root": np.linalg.cholesky(covariance), "target": target / size, "stage": stage, "weights": weights,
                 "rows": rows, "ridge": given["λ"], "level": given["σ²"]}  # fmt: skip
        return Experiment(Point(values, made.point.population), drawn)


def _spread(rng: np.random.Generator, size: int, least: float, power: float = 1.0) -> Any:
    """Return a positive matrix with eigenvectors at random, eigenvalues from `least` on, to a power."""
    vectors = np.linalg.qr(rng.standard_normal((size, size)))[0]
    return (vectors * (least + 2 * (np.arange(size) + 0.5) / size) ** power) @ vectors.T


def _measured(name: str, rng: np.random.Generator, arguments: Mapping[str, Any]) -> float:
    """Return the risk or a part of it from drawn data, averaged over target, label noise and test point by definition."""
    maps = [_predictor(rng, arguments) for _ in range(2 if name == "bias" else 1)]
    level = arguments["level"]
    root = arguments["root"].T  # x = z @ root
    noise = level * np.linalg.norm(root @ maps[0][1]) ** 2
    if name == "noise":
        return float(noise)
    missed = [root @ (np.eye(len(root)) - seen) for seen, _ in maps]
    signal = float(np.trace(missed[0] @ arguments["target"] @ missed[-1].conj().T).real)
    return signal if name == "bias" else float(signal + noise + level)


def _predictor(rng: np.random.Generator, arguments: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the weights on x as a matrix that acts on those of the target, and as one that acts on labels."""
    stage, rows = arguments["stage"], arguments["rows"]
    X = Normals(rng, complex=True).standard_normal((rows, len(stage))) @ arguments["root"].T
    features = X @ stage
    kernel = features.conj().T @ features + rows * arguments["ridge"] * arguments["weights"]
    of_labels = stage @ np.linalg.solve(kernel, features.conj().T)
    return of_labels @ X, of_labels
