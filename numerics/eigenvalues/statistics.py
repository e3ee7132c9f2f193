"""What does not depend on the density of eigenvalues: ratios of spacings, spacings, number variance, form factor.

Classes: GOE (symmetric matrices whose eigenvectors are spread) and Poisson (independent levels).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from numerics.data.arrays import Array
from numerics.eigenvalues.lists import bulk, read_lists, unfolded
from theory.density.spectrum import EigenvalueDensity

RATIO = {"GOE": 0.5307, "Poisson": 0.3863}
SPREAD, CORRELATED = 0.255, 1.25  # deviation of one ratio, and by how much neighbours that share a spacing raise the error
DECISIVE, Z = 700, 3.0            # ratios from which on there is a verdict, and the standard errors it takes
SEVERAL = 8                       # matrices between which a spread is measured
TIMES = np.arange(0.1, 1.51, 0.1)
LENGTHS = np.array([0.5, 1.0, 2.0, 3.0, 4.0, 5.0])
WINDOW = 6.0                      # standard deviations of the Gaussian window in the range of levels


@dataclass(frozen=True)
class LevelStatistics:
    """Statistics of neighbouring eigenvalues on ranks from 10 to 90 %.

    Attributes
    ----------
    ratio, stderr : float
        ⟨r⟩, the smaller of two neighbouring spacings over the larger, and its standard error.
    n_ratios : int
        How many there are.
    spacings : ndarray
        Unfolded spacings, of mean one.
    distances : dict
        Kolmogorov distance of the spacings to Wigner's surmise ("GOE") and to e^-s ("Poisson").
    lengths, number_variance : ndarray
        L, and the variance of the number of unfolded levels in an interval of that length.
    times, form_factor, form_factor_stderr : ndarray
        τ, the connected form factor (1 for independent levels) and its standard error; NaN with fewer than 8 matrices.
    """

    ratio: float
    stderr: float
    n_ratios: int
    spacings: Array
    distances: dict[str, float]
    lengths: Array
    number_variance: Array
    times: Array
    form_factor: Array
    form_factor_stderr: Array

    @property
    def z(self) -> dict[str, float]:
        """⟨r⟩ less that of each class, in standard errors."""
        return {name: (self.ratio - value) / self.stderr for name, value in RATIO.items()}

    @property
    def chi_squared(self) -> dict[str, float]:
        """χ² a point of the form factor against each class (about 1 where it fits); NaN with fewer than 8 matrices."""
        expected = {"GOE": goe_form_factor(self.times), "Poisson": np.ones_like(self.times)}
        return {name: float(np.mean(((self.form_factor - k) / self.form_factor_stderr) ** 2)) for name, k in expected.items()}

    @property
    def verdict(self) -> str:
        """"GOE", "Poisson" or "undecided", from ⟨r⟩; `reason` says why."""
        agreeing = [name for name, z in self.z.items() if abs(z) < Z]
        return agreeing[0] if self.n_ratios >= DECISIVE and len(agreeing) == 1 else "undecided"

    @property
    def reason(self) -> str:
        """The verdict in words."""
        z = ", ".join(f"{value:+.1f} standard errors from {name}" for name, value in self.z.items())
        if self.n_ratios < DECISIVE:
            return f"{self.n_ratios} ratios are too few for a verdict ({DECISIVE} are needed): {z}"
        return f"⟨r⟩ = {self.ratio:.4f} ± {self.stderr:.4f}: {z}"

    def __repr__(self) -> str:
        return f"LevelStatistics({self.verdict}: ⟨r⟩ = {self.ratio:.4f} ± {self.stderr:.4f}, {self.n_ratios} ratios)"


def level_statistics(
    eigenvalues: Sequence[ArrayLike], unfolding: EigenvalueDensity | str = "polynomial"
) -> LevelStatistics:
    """Return the statistics of neighbouring eigenvalues of one matrix or of several alike.

    Parameters
    ----------
    eigenvalues : sequence of array-like
        One sorted list of eigenvalues for each matrix (or a single list); zeros are left out.
    unfolding : EigenvalueDensity or "polynomial"
        What maps eigenvalues to a mean spacing of one: the theory's counting function (`Chain.spectrum`), or a polynomial,
        which serves spacings but distorts the number variance beyond L = 5. Ratios need neither.

    Returns
    -------
    LevelStatistics
        With a verdict only where there are ratios enough: never a bare number.

    Raises
    ------
    ValueError
        For fewer than three positive eigenvalues in a list, or complex, negative, unsorted or equal ones.

    Notes
    -----
    The standard error of ⟨r⟩ is the larger of 1.25 · 0.255/√n and that between matrices, where there are eight. White data are
    of the GOE class too: ⟨r⟩ does not tell data from noise. At the top of steep spectra levels repel more than in either class.
    Source: arXiv:2306.14975; ratios arXiv:1212.5611.
    """
    lists = read_lists(eigenvalues)
    each = [_ratios(values) for values in lists]
    ratios = np.concatenate(each)
    stderr = CORRELATED * SPREAD / np.sqrt(ratios.size)
    if len(each) >= SEVERAL:
        means = np.array([part.mean() for part in each])
        stderr = max(stderr, float(means.std(ddof=1) / np.sqrt(len(means))))
    levels = unfolded(lists, unfolding)
    spacings = np.concatenate([np.diff(part) for part in levels])
    spacings = np.sort(spacings / spacings.mean())
    form, form_stderr = _form_factor(levels)
    return LevelStatistics(float(ratios.mean()), float(stderr), ratios.size, spacings, _distances(spacings), LENGTHS,
                           _number_variance(levels), TIMES, form, form_stderr)  # fmt: skip


def goe_form_factor(times: Array) -> Array:
    """Return K(τ) of the GOE, of the shape of τ: 2τ − τ ln(1+2τ) up to τ = 1, 2 − τ ln((2τ+1)/(2τ−1)) beyond.

    Parameters
    ----------
    times : ndarray
        τ > 0.
    """
    late = np.maximum(times, 1.0)
    beyond = 2.0 - late * np.log((2.0 * late + 1.0) / (2.0 * late - 1.0))
    return np.where(times <= 1.0, 2.0 * times - times * np.log1p(2.0 * times), beyond)


def _ratios(values: Array) -> Array:
    kept = bulk(values)
    kept = kept if kept.size >= 3 else values
    spacings = -np.diff(kept)
    found: Array = np.minimum(spacings[1:], spacings[:-1]) / np.maximum(spacings[1:], spacings[:-1])
    return found


def _distances(spacings: Array) -> dict[str, float]:
    """Return Kolmogorov distances of sorted spacings."""
    steps = np.arange(spacings.size + 1) / spacings.size
    laws = {"GOE": -np.expm1(-np.pi / 4.0 * spacings**2), "Poisson": -np.expm1(-spacings)}
    return {name: float(max(np.abs(law - steps[1:]).max(), np.abs(law - steps[:-1]).max())) for name, law in laws.items()}


def _number_variance(levels: list[Array]) -> Array:
    """Return the variance of counts in intervals that slide over the levels."""
    found = np.full(LENGTHS.size, np.nan)
    for place, length in enumerate(LENGTHS):
        counts = [_counts(part, length) for part in levels if np.ptp(part) > 2.0 * length]
        if counts:
            whole = np.concatenate(counts)
            found[place] = np.mean((whole - length) ** 2) - np.mean(whole - length) ** 2
    return found


def _counts(levels: Array, length: float) -> Array:
    starts = np.arange(levels.min(), levels.max() - length, 0.25 * length)
    ordered = np.sort(levels)
    found: Array = (np.searchsorted(ordered, starts + length) - np.searchsorted(ordered, starts)).astype(np.float64)
    return found


def _form_factor(levels: list[Array]) -> tuple[Array, Array]:
    """Return the connected form factor under a Gaussian window, and its standard error."""
    if len(levels) < SEVERAL:
        return np.full(TIMES.size, np.nan), np.full(TIMES.size, np.nan)
    low, high = max(part.min() for part in levels), min(part.max() for part in levels)
    centre, width = 0.5 * (low + high), (high - low) / WINDOW
    sums, weight = [], 0.0
    for part in levels:
        window = np.exp(-0.5 * ((part - centre) / width) ** 2)
        sums.append((window * np.exp(2j * np.pi * TIMES[:, None] * part)).sum(axis=1))
        weight += float((window**2).sum()) / len(levels)
    each = np.abs(np.array(sums) - np.mean(sums, axis=0)) ** 2 * (len(levels) / (len(levels) - 1.0)) / weight
    return each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(len(levels))
