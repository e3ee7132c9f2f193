"""One-pass SGD, measured: new sketches of a population, runs on each, and the two parts of their risk."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numerics.montecarlo.progress import Progress
from numerics.montecarlo.trials import MOST_TRIALS, Estimate, run_trials
from numerics.simulate.declared import LARGEST_SIZE
from numerics.simulate.sgd_runs import (
    Array,
    OnePass,
    Pass,
    Population,
    draw_features,
    naive_sgd,
    one_pass,
    run,
    stability,
)
from theory.errors import BadArgument, one_real, real_array, seed_number, whole_number
from theory.keywords import says_what_is_meant
from theory.results.inputs import Inputs
from theory.results.result import PerPoint, PerRun, Result
from theory.spectra.base import Spectrum
from theory.terms import Terms

__all__ = ["SGDSimulation", "SketchEstimate", "naive_sgd", "simulate_sgd"]

AMBIENT = 20_000  # explicit modes of an infinite spectrum
MOST_MODES = 10**7  # drawn one by one
MARGIN = 10  # explicit modes over features that a truncated spectrum must have at least


@dataclass(frozen=True, eq=False)
class SketchEstimate(Estimate):
    """A quantity measured on independent sketches, as the mean over the runs on each.

    Attributes
    ----------
    values : ndarray of shape (n_sketches, ...)
        Of all sketches; inf where a run overflowed.
    stable : ndarray of bool, shape (n_sketches,)
        Those that are averaged: beyond stability the expected risk diverges, and a mean over runs says nothing.
    """

    stable: NDArray[np.bool_]

    @property
    def mean(self) -> Any:
        """Mean over the stable sketches, of shape (...); nan where there are none."""
        return self._averaged.mean(axis=0) if self.stable.any() else np.full(self.values.shape[1:], np.nan)[()]

    @property
    def stderr(self) -> Any:
        """Standard error of that mean, of shape (...); nan from fewer than two sketches."""
        if self.stable.sum() < 2:
            return np.full(self.values.shape[1:], np.nan)[()]
        with np.errstate(invalid="ignore"):
            return Estimate(self._averaged).stderr

    @property
    def median(self) -> Any:
        """Median over all sketches, unstable ones as well, of shape (...)."""
        return np.median(self.values, axis=0)

    @property
    def _averaged(self) -> Array:
        return self.values[self.stable]


@dataclass(frozen=True, eq=False, repr=False)
class SGDSimulation(Result):
    """Measured risk of one-pass SGD; the shape of `noise` is that of every quantity.

    Attributes
    ----------
    test : SketchEstimate
        Test risk, σ² included: in the mean σ² + approximation + bias + variance.
    approximation : SketchEstimate
        What no readout of the sketch can learn, exact for each sketch (0 without a sketch).
    bias : SketchEstimate
        What is left of the initial error: the risk of runs without label noise and on what the sketch can learn alone.
    variance : SketchEstimate
        The risk of runs from v*: noise of the labels and of what the sketch misses.
    runs : ndarray of shape (n_sketches, trials, *shape of noise)
        The test risk of each run; inf where it overflowed.
    stability : ndarray of shape (n_sketches,)
        Φ of each sketch at the largest step of the schedule.
    excluded : int
        The number of sketches with Φ ≥ 1: not in the means and standard errors, but in the medians.
    nonfinite : int
        The number of runs that overflowed.
    inputs : Inputs
        Every argument by keyword, broadcast.
    """

    test: PerPoint
    approximation: PerPoint
    bias: PerPoint
    variance: PerPoint
    runs: PerRun
    stability: Array
    excluded: int
    nonfinite: int

    @property
    def terms(self) -> Terms[Estimate]:
        """The measured terms by name, as `OnePassSGD.evaluate` names them."""
        names = ("test", "approximation", "bias", "variance")
        return Terms({name: getattr(self, name) for name in names})


@says_what_is_meant
def simulate_sgd(
    sgd: OnePass,
    task: Spectrum,
    *,
    n_samples: float,
    n_features: int | None = None,
    step: float,
    noise: ArrayLike = 0.0,
    sketches: int = 50,
    trials: int = 20,
    seed: int,
    ambient: int | None = None,
    executor: Executor | None = None,
    progress: Progress | bool | None = None,
) -> SGDSimulation:
    """Measure the risk of one-pass SGD on new sketches of a population, by running it.

    Parameters
    ----------
    sgd : theory.OnePassSGD
        Only its declaration is read: batch, schedule, log_base, averaging.
    task : Spectrum
        The population, Gaussian; infinite ones are sampled by `ambient` modes and the sums over the others.
    n_samples : float
        N ≥ B, seen once each.
    n_features : int, optional
        M, the width of a Gaussian sketch with entries of variance 1/M; None: no sketch, and M = D in what follows.
    step : float
        γ > 0 of the first phase.
    noise : array-like
        σ², of any shape: one pass serves all, by linearity in the noise.
    sketches : int
        New sketches, ≥ 2 (without a sketch: groups of runs). Sketch i and its runs depend on the seed, `trials` and i.
    trials : int
        Runs on each sketch.
    seed : int
        ≥ 0; of all draws.
    ambient : int, optional
        D, modes drawn one by one, ≥ 10 M where the spectrum has more; 20 000 of an infinite spectrum if left out, and
        all of a finite one.
    executor : concurrent.futures.Executor, optional
        Where to run the sketches; the numbers do not depend on it. See `simulate`.
    progress : callable or bool, optional
        Called as progress(done, total) after each sketch; see `simulate`.

    Returns
    -------
    SGDSimulation
        Estimates of the shape of `noise`: means and standard errors over sketches.

    Raises
    ------
    ValueError
        For values out of their range, and for a spectrum that cannot be listed.

    Warns
    -----
    RuntimeWarning
        If sketches are unstable (Φ ≥ 1) or runs overflow, with their numbers; if the executor dies.

    Notes
    -----
    Exact in law given the sketch, at O(M) a step and O(D M²) a sketch; see `numerics.simulate.sgd_runs` for the runs and
    their exact average over the target. Modes beyond `ambient` are replaced by their mean, τ/M in each direction of the
    sketched covariance; without a sketch their signal is never learnt, and is noise to the others. The setting is that
    of arXiv:2406.08466.
    """
    schedule = one_pass(sgd, n_samples)
    width = None if n_features is None else whole_number("n_features", n_features, 1, LARGEST_SIZE)
    first = one_real("step", step, "a finite number > 0", "give the step size of the first phase")
    if not 0 < first < math.inf:
        raise BadArgument("step", step, "a finite number > 0", "give the step size of the first phase")
    sigma2 = real_array("noise", noise, "a finite number ≥ 0", "give the variance of the label noise")
    if not (np.isfinite(sigma2) & (sigma2 >= 0)).all():
        raise BadArgument("noise", noise, "a finite number ≥ 0", "give the variance of the label noise")
    sketches = whole_number("sketches", sketches, 2, MOST_TRIALS, "standard errors need two sketches at least")
    trials = whole_number("trials", trials, 1, MOST_TRIALS, "give the number of runs on each sketch")
    trial = _Sketch(_population(task, width, ambient), width, schedule, first, trials)
    outcomes = run_trials(trial, sketches, seed_number("seed", seed), executor=executor, progress=progress)
    given = {"n_samples": n_samples, "n_features": n_features, "step": step, "noise": noise, "sketches": sketches,
             "trials": trials, "seed": seed}  # fmt: skip
    inputs = Inputs(sigma2.shape, given, {"model": repr(sgd), "task": repr(task)})
    return replace(_gather(outcomes, sigma2, first), inputs=inputs)


@dataclass(frozen=True, eq=False)
class _Sketch:
    """One sketch and its runs, from its generator: approximation error, Φ, and the parts of the risks."""

    population: Population
    width: int | None
    schedule: Pass
    step: float
    trials: int

    def __call__(self, rng: np.random.Generator) -> Array:
        """Return the approximation error and Φ, and then what is left of the error in each run, a part after the other."""
        features = draw_features(self.population, self.width, rng)
        phi = stability(features, self.step * self.schedule.largest, self.schedule.batch)
        risks = run(features, self.schedule, self.step, self.trials, rng)
        return np.concatenate([[features.approximation, phi], *risks])


def _gather(outcomes: Sequence[Array], noise: Array, step: float) -> SGDSimulation:
    """Put the sketches together, with σ²."""
    table = np.array(outcomes)
    missed, phi, risks = table[:, 0], table[:, 1], table[:, 2:].reshape(len(table), 3, -1)
    overflown = ~np.isfinite(risks).all(axis=1)
    stable = phi < 1
    excluded, nonfinite = int((~stable).sum()), int(overflown.sum())
    start, label, mixed = np.moveaxis(risks, 1, 0).reshape(3, *overflown.shape, *(1,) * noise.ndim)
    approximation = missed.reshape(-1, *(1,) * noise.ndim) + np.zeros_like(noise)
    s2 = (noise + approximation)[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        parts = np.broadcast_arrays(s2 + start + 2 * np.sqrt(s2) * mixed + s2 * label, start, s2 * label)
    test, bias, variance = (np.where(overflown.reshape(start.shape), np.inf, part) for part in parts)
    if excluded or nonfinite:
        warnings.warn(
            f"step = {step:g} is beyond stability on {excluded} of {len(stable)} sketches (Φ ≥ 1; {nonfinite} of "
            f"{overflown.size} runs overflow): their expected risk diverges; means leave these sketches out, medians do not",
            RuntimeWarning,
            stacklevel=3,
        )
    with np.errstate(over="ignore"):
        of_test, of_bias, of_variance = (SketchEstimate(part.mean(axis=1), stable) for part in (test, bias, variance))
    return SGDSimulation(
        of_test, SketchEstimate(approximation, stable), of_bias, of_variance, test, phi, excluded, nonfinite
    )


def _population(task: Any, width: int | None, ambient: Any) -> Population:
    """Return the explicit modes of a spectrum, and the sums over the others."""
    if not isinstance(task, Spectrum):
        raise BadArgument("task", task, "a spectrum", "give PowerLaw(...), Discrete(...), Isotropic(...) or another Spectrum")
    limit = math.inf if ambient is None else whole_number("ambient", ambient, 1, MOST_MODES)
    n_modes = AMBIENT if math.isinf(task.size) and ambient is None else min(task.size, limit)
    truncated = n_modes < task.size
    if truncated and width is not None and n_modes < MARGIN * width:
        remedy = "the modes left out are replaced by their mean, which many explicit ones make right"
        raise BadArgument("ambient", n_modes, f"at least {MARGIN} n_features = {MARGIN * width}", remedy)
    eigenvalues, power = (task.truncate(int(n_modes)) if truncated else task).explicit()
    kept = eigenvalues > 0
    eigenvalues, signal = eigenvalues[kept], (power * eigenvalues)[kept]
    if not truncated:
        return Population(eigenvalues, signal)
    rest = task.total_variance - eigenvalues.sum(), task.signal - signal.sum()
    return Population(eigenvalues, signal, *(max(float(value), 0.0) for value in rest))
