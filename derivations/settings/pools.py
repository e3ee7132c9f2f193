"""A finite pool seen through random features: rows drawn from it without replacement, the others left out.

The pool is √D OΛ^½ with O uniform among unitary matrices, a point a row; P of its rows are trained on N Gaussian features. What
is measured is ridge regression itself, averaged over targets of the power c_k by definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any

import numpy as np

import theory as th
from derivations.meaning.quantities import Case, Experiment, Observable, by_trials
from derivations.settings.chains import ChainSetting
from numerics.simulate.samplers import Normals
from theory.chain.layers.features import isometry

ROWS, FEATURES = 0.4, 0.65  # over the points of the pool, unless a case says otherwise


class FeaturedPool(ChainSetting):
    """Random features of a pool of D points, letters and populations of the chain on independent rows.

    Parameters
    ----------
    **letters
        Further letters, as in `Setting`.
    """

    def __init__(self, **letters: Any) -> None:
        super().__init__(th.random_features(), **letters)

    @property
    def title(self) -> str:
        """What is drawn."""
        return "random features on rows of a finite pool"

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """The risk on the rows left out, and on those trained on."""
        return {
            name: Observable(rf"\langle \mathrm{{{name}}} \rangle", words, by_trials(partial(_risk, name == "unseen")))
            for name, words in (("unseen", "risk on the rows left out"), ("seen", "risk on the rows drawn"))
        }

    def experiment(self, size: int, case: Case, scope: Any) -> Experiment:
        """Return a pool of `size` points; a case sets P and N over the size, and λ. Noise is in the targets already."""
        return super().experiment(size, {"σ²": 0, "P": ROWS, "N": FEATURES, **case}, scope)

    def turned_over(self, case: Case) -> Case:
        """Return the case with features plenty where they were scarce; rows are never more than the pool."""
        return {**case, "N": 1 / case.get("N", FEATURES)}


def _risk(left: bool, rng: np.random.Generator, arguments: Mapping[str, Any]) -> float:
    """Return the mean square of residuals of one draw, averaged over targets."""
    eigenvalues, power = arguments["task"].explicit()
    D, P, N = len(eigenvalues), arguments["n_samples"], arguments["n_features"]
    normals = Normals(rng, complex=True)
    pool = np.sqrt(D) * isometry(normals, D, D) * np.sqrt(eigenvalues)
    features = pool @ normals.standard_normal((D, N)) / np.sqrt(N)
    targets, adjoint = pool * np.sqrt(power), features[:P].conj().T
    weights = np.linalg.solve(adjoint @ features[:P] / P + arguments["ridge"] * np.eye(N), adjoint @ targets[:P] / P)
    rows = slice(P, None) if left else slice(P)
    residuals = targets[rows] - features[rows] @ weights
    return float(np.sum(np.abs(residuals) ** 2)) / len(residuals)
