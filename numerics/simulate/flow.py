"""Training, measured: draw a chain, decompose each draw once, and let its modes run for all times at once.

What a declared algorithm leaves of a mode is its residual φ on the draw's own eigenvalue; everything else is drawn and
averaged as in `numerics.simulate.experiment`.
"""

from __future__ import annotations

import warnings
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numerics.montecarlo.progress import Progress
from numerics.montecarlo.trials import Estimate
from numerics.simulate.declared import Array, Model
from numerics.simulate.experiment import Run, Simulation, gather
from numerics.simulate.linear.place import place
from numerics.simulate.shrinkage import Algorithm, Trained
from theory.arguments import ARGUMENTS, broadcast
from theory.dynamics.warnings import UnstableStepWarning
from theory.errors import BadArgument
from theory.results.result import PerDraw
from theory.spectra.base import Spectrum
from theory.terms import Terms


class Training(Protocol):
    """What is read of a model that is trained."""

    @property
    def chain(self) -> Model:
        """What is drawn."""

    @property
    def algorithm(self) -> Algorithm:
        """What is run."""


@dataclass(frozen=True, eq=False, repr=False)
class TrainingSimulation(Simulation):
    """Measured terms of a risk along training; each `Estimate` has values of shape (n_trials, *shape of times and noise).

    Attributes
    ----------
    top : Estimate
        The largest eigenvalue of a kernel that was drawn, one a trial, weight decay not included.
    stable : ndarray of bool
        Where training converges in a trial, of the shape of the values: means over draws that diverge say nothing, medians do.
        Values that overflow are inf or nan.
    """

    top: Estimate | None = None
    stable: PerDraw = None

    @property
    def gap(self) -> Estimate:
        """Test risk less training risk."""
        return Estimate(self.test.values - self.train.values)

    @property
    def terms(self) -> Terms[Estimate]:
        """All measured terms by name, as `evaluate` names them."""
        return Terms({**super().terms, "gap": self.gap})


def simulate_flow(
    training: Training,
    task: Spectrum,
    *,
    trials: int,
    seed: int,
    time: ArrayLike | None = None,
    n_steps: ArrayLike | None = None,
    step: ArrayLike | None = None,
    weight_decay: ArrayLike = 0.0,
    noise: ArrayLike = 0.0,
    ensemble: int = 1,
    complex: bool = False,
    decompose: bool = True,
    n_test: int = 1000,
    executor: Executor | None = None,
    store: str | PathLike[str] | None = None,
    progress: Progress | bool | None = None,
    xp: Any = None,
    device: Any = None,
    **sizes: Any,
) -> TrainingSimulation:
    """Measure test and training risk, bias and every variance along training, by drawing a chain and running it.

    Parameters
    ----------
    training : GradientFlow, GradientDescent or SpectralFilter
        Only the declaration of its chain and the residual φ of its algorithm are read.
    task : Spectrum
        The population, with explicit modes: `truncate` an infinite one.
    trials : int
        Independent trials, ≥ 2. Each is a crossed grid of two draws of the data and two of each feature layer.
    seed : int
        Trial i depends on the seed and i alone.
    time : array-like
        Of flow: t ≥ 0, `inf` included. A whole curve costs little more than one time.
    n_steps, step : array-like
        Of descent: n ≥ 0, whole or `inf`, and η > 0; they broadcast.
    weight_decay : array-like
        ω ≥ 0, broadcast against the times.
    noise : array-like
        σ², broadcast against the times; averaged exactly, as is the target.
    ensemble, complex, decompose, n_test, executor, store, progress, xp, device, **sizes
        As in `numerics.simulate`; residuals φ see NumPy's arrays.

    Returns
    -------
    TrainingSimulation
        Estimates of the broadcast shape of times and noise: means, medians and standard errors over trials.

    Raises
    ------
    ValueError
        For missing or unknown arguments and values out of their domain, with the remedy; for an infinite spectrum.

    Warns
    -----
    UnstableStepWarning
        If descent diverges on a draw, even where it does not on the limit of large sizes: stability is each draw's own.

    Notes
    -----
    v̇ = Xᵀ(y − Xv)/P − ωv, and the like for descent, solved in the eigenvectors of the draw. Without rows of data the
    kernel is the covariance of the features. At late times the mean training risk of few draws exceeds its limit: the
    smallest eigenvalues of draws scatter, and the risk is exponential in them.
    """
    clock = _clock(training.algorithm, {"time": time, "n_steps": n_steps, "step": step})
    decay = ARGUMENTS["weight_decay"].read(weight_decay)
    *times, decay = broadcast({**clock, "weight_decay": decay})
    rule = Trained(training.algorithm, tuple(times), decay)
    run = Run(trials, seed, executor, store, progress, place(xp, device))
    options: dict[str, Any] = {"ensemble": ensemble, "complex": complex, "decompose": decompose, "n_test": n_test}
    trial, outcomes, variance = run.of(training.chain, task, sizes, rule, noise, **options)
    with np.errstate(over="ignore", invalid="ignore"):  # training that diverges
        found = gather(trial, outcomes, variance)
    top = np.array([outcome[-1, 0].flat[0] for outcome in outcomes])
    steps = dict(zip(clock, times, strict=True))
    stable = _stable(training.algorithm, steps, decay, top)
    stable = stable.reshape(len(top), *(1,) * max(variance.ndim - decay.ndim, 0), *decay.shape)
    made = TrainingSimulation(
        found.test, found.train, found.excess, found._bias, found._variance, found._absent, Estimate(top),
        np.broadcast_to(stable, found.test.values.shape),
    )
    given = {**clock, "weight_decay": weight_decay, **sizes, "noise": noise, "ensemble": ensemble}
    return replace(made, inputs=run.asked(made, training, task, given))


def _clock(algorithm: Algorithm, given: dict[str, ArrayLike | None]) -> dict[str, Array]:
    """Return what sets how long the algorithm runs, or say what is missing or one too many."""
    wanted = {argument.keyword: argument for argument in algorithm.clock}
    for keyword, value in given.items():
        if keyword not in wanted and value is not None:
            takes = ", ".join(wanted) or "no time"
            raise BadArgument(keyword, value, f"left out (this algorithm takes {takes})", "remove it")
        if keyword in wanted and value is None:
            raise BadArgument(keyword, None, "given", f"add {keyword}=...")
    return {keyword: argument.read(given[keyword]) for keyword, argument in wanted.items()}


def _stable(algorithm: Algorithm, clock: dict[str, Array], decay: Array, top: Array) -> NDArray[np.bool_]:
    """Return where each draw is stable, of shape (n_trials, *shape), and warn where one is not."""
    if np.isinf(algorithm.border):
        return np.ones((len(top), *decay.shape), dtype=np.bool_)
    stable = (clock["step"] * (top.reshape(-1, *(1,) * decay.ndim) + decay) < algorithm.border) | (clock["n_steps"] == 0)
    unstable = int((~stable).reshape(len(top), -1).any(axis=1).sum())
    if unstable:
        warnings.warn(
            f"descent diverges on {unstable} of {len(top)} trials: the step is beyond what their largest eigenvalues admit; "
            "read medians, for means over such draws say nothing",
            UnstableStepWarning, stacklevel=3,
        )  # fmt: skip
    return stable
