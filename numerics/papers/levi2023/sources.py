"""Rows of data and of Gaussian surrogates, in matrices of any number of rows: eigenvalues of their sample covariances."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np

import theory as th
from numerics.data.arrays import Array
from numerics.data.images import features_of
from numerics.data.sets import DataWarning
from numerics.eigenvalues.measured import MeasuredSpectrum, measured_spectrum
from numerics.eigenvalues.surrogates import surrogate
from numerics.montecarlo.trials import generator
from numerics.simulate.eigenvalues import simulate_spectrum
from theory.density.spectrum import EigenvalueDensity

Kind: TypeAlias = Literal["power", "top", "full", "white"]
SAMPLES = th.linear_ridge()
WORDS: dict[Kind, str] = {"power": "one power", "top": "top 30 and one power", "full": "full covariance", "white": "white"}


@dataclass(frozen=True, eq=False)
class Data:
    """A data set by name, without its targets.

    Attributes
    ----------
    name : str
        See `numerics.data.images.features_of`.
    """

    name: str

    @cached_property
    def rows(self) -> Array:
        """All rows, without repeated ones and constant columns, centred; shape (n_rows, n_dims)."""
        X = np.unique(features_of(self.name), axis=0)
        X = X[:, (X[0] != X).any(axis=0)]
        return X - X.mean(axis=0)

    @cached_property
    def whole(self) -> MeasuredSpectrum:
        """The eigenvalues of all rows, which stand for those of the population."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            return measured_spectrum(features_of(self.name))

    @property
    def dims(self) -> int:
        """How many columns."""
        return self.whole.n_dims

    @cached_property
    def populations(self) -> dict[Kind, th.Discrete]:
        """The populations of all Gaussian surrogates."""
        return {kind: surrogate(self.whole, kind) for kind in WORDS}

    def subsets(self, n_samples: int, count: int, seed: int) -> list[Array]:
        """Return the positive eigenvalues, descending, of disjoint random subsets of rows, at most `count`."""
        order = generator(seed, 0).permutation(len(self.rows))
        chosen = [order[first : first + n_samples] for first in range(0, len(order) - n_samples + 1, n_samples)][:count]
        return [eigenvalues(self.rows[part]) for part in chosen]


def eigenvalues(rows: Array) -> Array:
    """Return the positive eigenvalues of XᵀX/P of rows that have their population's mean 0, descending."""
    values = np.linalg.svd(rows / np.sqrt(len(rows)), compute_uv=False)
    found: Array = values[values > max(rows.shape) * np.finfo(np.float64).eps * values[0]] ** 2
    return found


def drawn(population: th.Discrete, n_samples: int, trials: int, seed: int, complex: bool = False) -> list[Array]:
    """Return the positive eigenvalues of Gaussian draws."""
    given: dict[str, Any] = {"trials": trials, "seed": seed, "complex": complex, "n_samples": n_samples}
    made = simulate_spectrum(SAMPLES, population, of="covariance", **given)
    return [row[row > 0] for row in made]


def predicted(population: th.Discrete, n_samples: float) -> EigenvalueDensity:
    """Return the law of a sample covariance's eigenvalues."""
    return SAMPLES.spectrum(population, of="covariance", n_samples=n_samples)


def entropy(values: Array) -> float:
    """Return −Σ p ln p in nats, p the eigenvalues over their sum."""
    p = values / values.sum()
    return float(-(p * np.log(p)).sum())


def rank_slope(values: Array, first: int, last: int) -> float:
    """Return −d ln x/d ln k by least squares over ranks from `first` to `last`."""
    rank = np.arange(first, last + 1)
    return float(-np.polyfit(np.log(rank), np.log(values[first - 1 : last]), 1)[0])
