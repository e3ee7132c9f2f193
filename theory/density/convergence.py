"""How the spectrum of a sample approaches that of its population: entropy against the number of samples, and how many suffice.

Entropies are H = −Σ p ln p in nats, p = λ/𝒯 with 𝒯 = Σλ, or eigenvalues of the sample covariance over their sum: those of the
chain of samples alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.optimize
from numpy.typing import ArrayLike

from theory.arguments import ARGUMENTS
from theory.chain.layers import Samples
from theory.density.entropy import entropy
from theory.density.levels import Levels
from theory.density.modes import modes_of
from theory.density.spectrum import EigenvalueDensity
from theory.errors import BadArgument, real_array
from theory.spectra.base import Spectrum, check_spectrum
from theory.spectra.sums.orders import Array

STEP, BLOCK = 0.25, 128   # of a trapezoid in ln κ
HIGHEST, LOWEST = 38.0, -650.0  # of ln κ over ln 𝒯, and of ln κ: doubles end there
NEGLIGIBLE, MISSING = 1e-17, 1e-3  # parts of the whole: what ends a sum, and what may be beyond the range of doubles
FIRST_RANK = 10           # of those by which a rank plot is judged; the last is half the rank
LARGEST = 40.0            # of ln P


class CriticalSamples(NamedTuple):
    """Numbers of samples from which on a sample covariance is close to its population, by two measures.

    Attributes
    ----------
    entropy : float
        By its entropy.
    ranks : float
        By its ordered eigenvalues; NaN if that was not asked for.
    """

    entropy: float
    ranks: float


def sample_entropy(task: Spectrum, n_samples: ArrayLike) -> Array:
    """Return the entropy −Σ p ln p (nats) of a sample covariance's spectrum, of the shape of `n_samples`.

    Parameters
    ----------
    task : Spectrum
        The population; finite or infinite.
    n_samples : array-like
        P > 0; `inf` gives the population's own entropy.

    Raises
    ------
    ValueError
        For what is no population or no number of samples; for a law whose entropy is infinite.

    Notes
    -----
    An integral over d along real κ, nothing is simulated or integrated over a density; the fixed point is that of
    arXiv:2405.00592, section 3.
    From P = 50 on simulated entropies are within a percent.

    Examples
    --------
    >>> import theory as th
    >>> float(th.sample_entropy(th.Isotropic(100), 200).round(12)), math.log(100) - 0.25
    (4.355170185988, 4.355170185988092)
    """
    check_spectrum(task)
    P = ARGUMENTS["n_samples"].read(n_samples)
    whole = _entropy(task)
    found = [entropy(Levels(task, modes_of(task, p), [Samples()], [p])) if p < math.inf else whole for p in P.ravel().tolist()]
    return np.array(found).reshape(P.shape)


def critical_samples(task: Spectrum, entropy: float = 0.05, ranks: float | None = 0.1) -> CriticalSamples:
    """Return from how many samples on a sample covariance is like its population, by two measures that differ.

    Parameters
    ----------
    task : Spectrum
        The population.
    entropy : float
        The part of the population's entropy that may be missing. With many samples that takes D_H/(2 · part · H) of them,
        D_H = 𝒯⁻¹ ∫ d² dκ: for white data D/(2 · part · ln D).
    ranks : float or None
        The largest relative error of predicted eigenvalues at ranks from 10 to half the rank; None leaves this out.

    Raises
    ------
    ValueError
        For parts that are not between 0 and 1; for ranks of a population without finitely many (at least 40).

    Notes
    -----
    After arXiv:2306.14975, which looks at both.
    """
    check_spectrum(task)
    part = _part("entropy", entropy)
    whole = float(sample_entropy(task, math.inf))
    reached = _from(lambda p: 1.0 - float(sample_entropy(task, p)) / whole, part, 1.0, 1e-12)
    if ranks is None:
        return CriticalSamples(reached, math.nan)
    error = _part("ranks", ranks)
    if not 40 <= task.rank < math.inf:
        raise BadArgument("task", task, "of a finite rank ≥ 40 where ranks are compared", "truncate(n) it, or give ranks=None")
    modes = modes_of(task, 0.5 * task.rank)
    wanted = np.arange(FIRST_RANK - 1, int(task.rank) // 2)
    own = np.sort(np.repeat(modes.eigenvalues, modes.counts.astype(int)))[::-1][wanted]

    def worst(p: float) -> float:
        levels = Levels(task, modes, [Samples()], [p])
        predicted = EigenvalueDensity(levels, float(task.size)).quantiles()[wanted]
        return float(np.abs(predicted / own - 1.0).max())

    return CriticalSamples(reached, _from(worst, error, 0.75 * task.rank, 1e-4))


def _part(argument: str, value: float) -> float:
    array = real_array(argument, value, "a number between 0 and 1", "give the part that may be missing")
    if array.ndim or not 0 < array < 1:
        raise BadArgument(argument, value, "a number between 0 and 1", "give the part that may be missing")
    return float(array)


def _from(distance: Callable[[float], float], most: float, low: float, tolerance: float) -> float:
    """Return the number of samples from which on a distance, which falls like a power of it, is at most `most`."""

    def defect(log_samples: float) -> float:
        return math.log(max(distance(math.exp(log_samples)), 1e-300) / most)

    first = last = math.log(low)
    if defect(first) <= 0:
        return low
    while defect(last) > 0:
        first, last = last, last + math.log(4.0)
        if last > LARGEST:
            return math.inf
    return math.exp(scipy.optimize.brentq(defect, first, last, xtol=tolerance))


def _entropy(task: Spectrum) -> float:
    """Return the population's entropy, ∫ [d − 𝒯/(𝒯+κ)] dκ/𝒯."""
    total = float(task.total_variance)

    def integrand(kappa: Array) -> Array:
        (d,) = task.moments(kappa, ((1, 0, 0),))
        found: Array = (d - total / (total + kappa)) * kappa / total
        return found

    return _downwards(task, integrand, math.log(total) + HIGHEST)


def _downwards(task: Spectrum, integrand: Callable[[Array], Array], top: float, lowest: float = LOWEST) -> float:
    """Return the trapezoid of f(e^y) over y from `top` downwards, until nothing is left."""
    found, largest = 0.0, 0.0
    for start in np.arange(0.0, top - lowest, BLOCK * STEP):
        part = integrand(np.exp(top - start - STEP * np.arange(BLOCK)))
        found, largest = found + STEP * float(part.sum()), max(largest, float(np.abs(part).max()))
        if start and abs(part[-1]) < NEGLIGIBLE * largest:
            return found
    ratio = float(part[-1] / part[-2])  # of a power of κ: what is beyond the range of doubles is a geometric series
    rest = STEP * float(part[-1]) * ratio / (1.0 - ratio)
    if 0.0 <= rest < MISSING * found:
        return found + rest
    raise BadArgument("task", task, "of a finite entropy, to double precision", "truncate(n) the population")
