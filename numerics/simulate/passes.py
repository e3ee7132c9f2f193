"""SGD over the same rows again and again, measured: draw a chain and labels, draw every batch, and run."""

from __future__ import annotations

import math
import warnings
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from numerics.montecarlo.progress import Progress
from numerics.montecarlo.trials import MOST_TRIALS, Estimate, run_trials
from numerics.simulate.declared import Array, Declared, Model, declare
from numerics.simulate.draws import SIGNAL, Draws
from theory.dynamics.sgd.schedules.phases import Phase, phases
from theory.errors import BadArgument, one_real, seed_number, whole_number
from theory.results.inputs import Inputs
from theory.results.result import PerPoint, Result, pointwise
from theory.spectra.base import Spectrum, check_spectrum
from theory.terms import Terms

MOST_STEPS = 10**9  # taken one by one


class MultiPass(Protocol):
    """What is read of an algorithm, `theory.MultiPassSGD`: its declaration."""

    @property
    def chain(self) -> Model:
        """What is drawn."""

    @property
    def batch(self) -> int:
        """B, rows a step."""

    @property
    def schedule(self) -> Any:
        """Of the step size, as `theory.dynamics.sgd.schedules.phases` takes it."""

    @property
    def replacement(self) -> bool:
        """How the rows of a batch are drawn."""


@dataclass(frozen=True, eq=False, repr=False)
class MultiPassSimulation(Result):
    """Measured risks of SGD over several passes, each an `Estimate` with values of shape (n_trials,), means over runs.

    Attributes
    ----------
    test, train : Estimate
        Test risk, σ² included, and training risk.
    descent, descent_train : Estimate
        Those of gradient descent by the same steps on the same rows and labels.
    fluctuation, train_fluctuation : Estimate
        Those of the difference of the two, whose mean over batches is zero: what sampling adds to the risks, on average.
    nonfinite : int
        The number of runs that overflowed: their trials are inf or nan.
    inputs : Inputs
        Every argument by keyword.
    """

    test: PerPoint
    train: PerPoint
    descent: PerPoint
    descent_train: PerPoint
    fluctuation: PerPoint
    train_fluctuation: PerPoint
    nonfinite: int

    @property
    def terms(self) -> Terms[Estimate]:
        """The measured terms by name, as `MultiPassSGD.evaluate` names them."""
        return Terms({name: getattr(self, name) for name in pointwise(type(self))})


def simulate_passes(
    sgd: MultiPass,
    task: Spectrum,
    *,
    n_steps: int,
    step: float,
    noise: float = 0.0,
    trials: int,
    runs: int = 20,
    seed: int,
    executor: Executor | None = None,
    progress: Progress | bool | None = None,
    **sizes: Any,
) -> MultiPassSimulation:
    """Measure the risk of SGD over several passes, by running it on drawn rows, labels and batches.

    Parameters
    ----------
    sgd : theory.MultiPassSGD
        Only its declaration is read: chain, batch, schedule, replacement.
    task : Spectrum
        The population, with explicit modes: `truncate` an infinite one.
    n_steps : int
        T ≥ 1, taken one by one.
    step : float
        γ > 0, of a factor of 1 in the schedule.
    noise : float
        σ².
    trials : int
        Draws of the rows and features, ≥ 2. Draw i and its runs depend on the seed, `runs` and i.
    runs : int
        Runs on each draw, with labels and batches of their own; the target is w* with random signs in the eigenbasis.
    seed : int
        ≥ 0; of all draws.
    executor : concurrent.futures.Executor, optional
        Where to run the trials; the numbers do not depend on it. See `simulate`.
    progress : callable or bool, optional
        Called as progress(done, total) after each trial; see `simulate`.
    **sizes : int or float
        One for each layer, as in `Chain.evaluate`; finite, integers for sizes.

    Returns
    -------
    MultiPassSimulation
        Means and standard errors over trials.

    Raises
    ------
    ValueError
        For missing or unknown sizes and values out of their domain; for an infinite spectrum; for batches of more different
        rows than there are.

    Warns
    -----
    RuntimeWarning
        If runs overflow, with their number.

    Notes
    -----
    The test point is averaged exactly: given a run its risk is a quadratic form. At O(runs · B · n) a step.
    """
    if not all(hasattr(sgd, name) for name in ("chain", "batch", "schedule", "replacement")):
        raise BadArgument("sgd", sgd, "a declaration of SGD over several passes", "give theory.MultiPassSGD(...)")
    check_spectrum(task)
    declared = declare(sgd.chain, task.explicit(), sizes)
    steps = whole_number("n_steps", n_steps, 1, MOST_STEPS, "steps are taken one by one")
    rate = one_real("step", step, "a finite number > 0", "give the step size")
    if not 0 < rate < math.inf:
        raise BadArgument("step", step, "a finite number > 0", "give the step size")
    sigma2 = one_real("noise", noise, "a finite number ≥ 0", "give the variance of the label noise")
    if not 0 <= sigma2 < math.inf:
        raise BadArgument("noise", noise, "a finite number ≥ 0", "give the variance of the label noise")
    trials = whole_number("trials", trials, 2, MOST_TRIALS, "standard errors need two trials at least")
    runs = whole_number("runs", runs, 1, MOST_TRIALS, "give the number of runs on each draw")
    if declared.rows is None or declared.activation is not None:
        raise BadArgument("sgd", sgd, "on a chain of linear layers with rows of data", "add Samples()")
    if not sgd.replacement and sgd.batch > declared.rows.size:
        allowed = f"at most P = {declared.rows.size}, the rows there are"
        raise BadArgument("batch", sgd.batch, allowed, "lower it, or draw with replacement")
    trial = _Trial(declared, sgd.batch, sgd.replacement, tuple(phases(steps, sgd.schedule)), rate, sigma2, runs)
    outcomes = np.array(run_trials(trial, trials, seed_number("seed", seed), executor=executor, progress=progress))
    nonfinite = int((~np.isfinite(outcomes).all(axis=1)).sum())
    if nonfinite:
        warnings.warn(f"{nonfinite} of {trials * runs} runs overflow: the step is beyond stability on their rows; means over "
                      "such runs say nothing", RuntimeWarning, stacklevel=2)  # fmt: skip
    with np.errstate(invalid="ignore"):
        test, train, descent, descent_train, shown, scattered = (Estimate(values) for values in outcomes.mean(axis=2).T)
    given = {**sizes, "n_steps": n_steps, "step": step, "noise": noise, "runs": runs, "trials": trials, "seed": seed}
    inputs = Inputs((), given, {"model": repr(sgd), "task": repr(task)})
    return MultiPassSimulation(test, train, descent, descent_train, shown, scattered, nonfinite, inputs=inputs)


@dataclass(frozen=True, eq=False)
class _Trial:
    """One draw and its runs, from its generator: the six risks of each run, shape (6, runs)."""

    declared: Declared
    batch: int
    replacement: bool
    phases: tuple[Phase, ...]
    step: float
    noise: float
    runs: int

    def __call__(self, rng: np.random.Generator) -> Array:
        draws = Draws(self.declared, rng, copies=1, ensemble=1, complex=False, n_test=1)
        (cell,) = draws.cells
        rows, features = draws.rows(cell), draws.features(cell, 0)
        target = rng.choice((-1.0, 1.0), (self.runs, len(self.declared.eigenvalues))) * np.sqrt(self.declared.target_power)
        labels = target @ rows.train.T + math.sqrt(self.noise) * rng.standard_normal((self.runs, len(rows.train)))
        wanted = target @ rows.test.T

        def risks(weights: Array) -> tuple[Array, Array]:
            missed = _squares(wanted - weights @ features.test[SIGNAL].T) + self.noise
            noises = (block for tag, block in features.test.items() if tag != SIGNAL)
            missed = sum((_squares(weights @ block.T) for block in noises), missed)
            return missed, _squares(labels - weights @ features.train.T) / len(labels.T)

        with np.errstate(over="ignore", invalid="ignore"):
            sampled, mean = self._run(features.train, labels, rng), self._descent(features.train, labels)
            apart = sampled - mean
            shown = sum((_squares(apart @ block.T) for block in features.test.values()), np.zeros(self.runs))
            return np.stack([*risks(sampled), *risks(mean), shown, _squares(apart @ features.train.T) / len(labels.T)])

    def _run(self, rows: Array, labels: Array, rng: np.random.Generator) -> Array:
        """Return the weights of every run, shape (runs, n)."""
        weights, own = np.zeros((self.runs, rows.shape[1])), np.arange(self.runs)[:, None]
        for phase in self.phases:
            rate = self.step * phase.factor / self.batch
            for _ in range(phase.steps):
                which = self._batches(len(rows), rng)
                seen = rows[which]
                residual = labels[own, which] - np.einsum("rbn,rn->rb", seen, weights)
                weights += rate * np.einsum("rb,rbn->rn", residual, seen)
        return weights

    def _batches(self, n_rows: int, rng: np.random.Generator) -> NDArray[np.intp]:
        """Return the rows of one batch for every run, shape (runs, batch)."""
        if self.replacement:
            return rng.integers(n_rows, size=(self.runs, self.batch))
        return np.argsort(rng.random((self.runs, n_rows)), axis=1)[:, : self.batch]

    def _descent(self, rows: Array, labels: Array) -> Array:
        """Return the weights of gradient descent, shape (runs, n)."""
        weights = np.zeros((self.runs, rows.shape[1]))
        for phase in self.phases:
            for _ in range(phase.steps):
                weights = weights + self.step * phase.factor / len(rows) * ((labels - weights @ rows.T) @ rows)
        return weights


def _squares(values: Array) -> Array:
    """Return sums of squares over the last axis."""
    return np.einsum("rn,rn->r", values, values)
