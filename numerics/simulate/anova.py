"""Bias and every variance from a crossed grid, without bias, by U-statistics.

The residuals of two cells that share exactly the draws in A, multiplied and averaged, estimate

    Q_A = E_A ‖ E_rest ŵ − w* ‖²          without bias, for the draws outside A are independent in the two;

a plug-in ‖mean over copies‖² would keep the variance of that mean. Components follow by Möbius inversion,
V_A = Σ_{B ⊂ A} (−1)^|A∖B| Q_B. Label noise is averaged exactly: Q_{A∪ε} = (signal part)_A + σ² (label part)_A.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from numerics.simulate.declared import Array
from numerics.simulate.draws import Cell
from theory.chain.naming import LABEL_NOISE
from theory.terms import Key, Terms

Sources = tuple[str, ...]
Value = TypeVar("Value")


def subsets(sources: Sequence[str]) -> list[Sources]:
    """Return all subsets, each in the order of `sources`, the empty one first."""
    return [subset for size in range(len(sources) + 1) for subset in itertools.combinations(sources, size)]


def shared(cells: Sequence[Cell], sources: Sequence[str], products: Array) -> dict[Sources, Array]:
    """Return for each subset A of the grid's sources the mean product over pairs of cells that share exactly A.

    Parameters
    ----------
    cells : sequence of tuple of int
        For each predictor of the grid the copy of every source that it was made with.
    sources : sequence of str
        The names of the indices in a cell.
    products : ndarray of shape (..., n_cells, n_cells)
        Of the residuals of two predictors, over the last two axes.

    Returns
    -------
    dict of ndarrays of shape (...)
    """
    indices = np.array(cells).reshape(len(cells), len(sources))
    same = indices[:, None, :] == indices[None, :, :]
    means = {}
    for subset in subsets(sources):
        pattern = np.array([name in subset for name in sources], dtype=bool)
        means[subset] = products[..., (same == pattern).all(axis=-1)].mean(axis=-1)
    return means


def moebius(averages: Mapping[Sources, Array], sources: Sequence[str]) -> dict[Sources, Array]:
    """Return V_A = Σ_{B ⊂ A} (−1)^|A∖B| Q_B for every subset A of `sources`."""
    components = {}
    for subset in subsets(sources):
        components[subset] = sum(
            ((-1) ** (len(subset) - len(part)) * averages[part] for part in subsets(subset)), np.zeros(())
        )
    return components


def components(averages: Mapping[Sources, Array], noise: Array, sources: Sequence[str]) -> dict[Sources, Array]:
    """Return every component over `sources` and the label noise; the empty subset is the bias.

    Parameters
    ----------
    averages : mapping
        For every A ⊂ sources the two parts (without label noise, label part per σ²) of Q_A.
    noise : ndarray
        σ², broadcast against each part.
    sources : sequence of str
        Names of the random draws, the label noise not among them.
    """
    found = {}
    for subset, (signal, label) in moebius(averages, sources).items():
        found[subset] = signal + 0 * noise
        found[(*subset, LABEL_NOISE)] = noise * label
    return found


def connected(subset: Iterable[str], data: str | None, features: Sequence[str]) -> bool:
    """Return whether A may have a component: features from the population outward, label noise only with the data."""
    kept = set(subset)
    inner = list(itertools.takewhile(lambda name: name in kept, features))
    return kept.isdisjoint(set(features) - set(inner)) and (LABEL_NOISE not in kept or data in kept)


def named(
    found: Mapping[Sources, Value], data: str | None, features: Sequence[str]
) -> tuple[Terms[Value], Terms[Value]]:
    """Split components (but the bias) into those that may differ from zero in a large system, and the others."""
    kept: dict[Key, Value] = {}
    others: dict[Key, Value] = {}
    for subset, value in found.items():
        if subset:
            (kept if connected(subset, data, features) else others)[subset] = value
    return Terms(kept), Terms(others)
