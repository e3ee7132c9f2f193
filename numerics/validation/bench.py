"""Where a validation report is made: its plan (how large, how many), the models it judges, and the seeds of its points.

Every point is a simulation with a seed of its own, so that points are independent and each can be repeated alone. Near
interpolation, threshold/1.6 < P < 1.6 threshold, the risk of a draw has heavy tails: points there are medians, elsewhere
means.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.check.verdict import Rule
from numerics.pictures.panels import Array
from numerics.simulate.experiment import Simulation, simulate
from theory import (
    Chain,
    FeatureNoise,
    GaussianFeatures,
    HaarProjection,
    Isotropic,
    PowerLaw,
    Samples,
    Spectrum,
    deep_random_features,
    linear_ridge,
    nonlinear_random_features,
    random_features,
)

HEAVY = 1.6
KERNELS = ("rbf", "laplace")
LINE_POINTS = 161
REACH = 5.0
CHECK_STEPS = 20  # what the verdicts on one model weigh in the progress, in simulations of one point


@dataclass(frozen=True)
class Plan:
    """How large and how many: the settings of a report.

    Attributes
    ----------
    name : str
        For titles.
    seed : int
        Of the whole report.
    size : int
        D, the modes of the simulated populations; every model interpolates at P = D/2.
    trials : int
        At every point of the figures.
    points : int
        Values of P simulated on a curve.
    pool : int or None
        Images of digits that make up the population of the real learning curves; None takes all.
    check_size : int
        D of the table of verdicts, at scale 1.
    check_samples : tuple of float
        Its values of P, in units of D/2.
    check_trials : int
        The most trials it may take at each size; where they do not suffice, it is undecided.
    rule : Rule
        What its verdicts promise.
    """

    name: str
    seed: int
    size: int
    trials: int
    points: int
    pool: int | None
    check_size: int
    check_samples: tuple[float, ...]
    check_trials: int
    rule: Rule

    @property
    def threshold(self) -> int:
        """P at which training data are interpolated."""
        return self.size // 2

    def simulated(self, reach: float) -> NDArray[np.int64]:
        """Return log-spaced P within a factor `reach` of the threshold, which is among them."""
        at = np.geomspace(1 / reach, reach, self.points) * self.threshold
        return np.unique(np.append(np.round(at), self.threshold)).astype(np.int64)

    def line(self, reach: float) -> Array:
        """Return the values of P for a line of theory, a little wider."""
        return np.geomspace(0.9 / reach, reach / 0.9, LINE_POINTS) * self.threshold

    def near(self, n_samples: Any) -> NDArray[np.bool_]:
        """Return whether P is near interpolation, where tails are heavy: within a factor of `HEAVY` of the threshold."""
        return np.abs(np.log(np.asarray(n_samples) / self.threshold)) < np.log(HEAVY)


QUICK = Plan("quick", seed=0, size=80, trials=40, points=9, pool=400,
             check_size=24, check_samples=(0.5, 2.0), check_trials=400,
             rule=Rule(resolution=0.05, entry_resolution=0.2))  # fmt: skip
FULL = Plan("full", seed=0, size=160, trials=60, points=11, pool=None,
            check_size=32, check_samples=(0.5, 1.0, 3.0), check_trials=1000, rule=Rule())  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """A model at one task: all that does not vary along its learning curve."""

    title: str
    model: Any
    task: Spectrum
    sizes: Mapping[str, float] = field(default_factory=dict)
    ridge: float = 1e-5
    noise: float = 0.2

    @property
    def threshold(self) -> int:
        """P at which training data are interpolated: the least size of a feature layer, or the number of modes."""
        return int(min((size for name, size in self.sizes.items() if name != "feature_noise"), default=self.task.size))

    def arguments(self, n_samples: Any, **more: Any) -> dict[str, Any]:
        """Return all arguments, of `evaluate` and `simulate` alike."""
        return {"ridge": self.ridge, "noise": self.noise, **self.sizes, "n_samples": n_samples, **more}

    def theory(self, n_samples: Any, **more: Any) -> Any:
        """Return every term of the risk, arrays of the broadcast shape."""
        return self.model.evaluate(self.task, **self.arguments(n_samples, **more))


@dataclass
class Bench:
    """Where a report is made: its plan, the executor of its trials, and who is told of the progress.

    Attributes
    ----------
    plan : Plan
        How large and how many.
    executor : concurrent.futures.Executor, optional
        No number depends on it.
    progress : callable, optional
        Called with (done, total), in simulations.
    """

    plan: Plan
    executor: Executor | None = None
    progress: Callable[[float, float], None] | None = None
    done: int = 0

    def simulate(self, setting: Setting, n_samples: int, *place: int, trials: int | None = None, **more: Any) -> Simulation:
        """Measure a setting at one number of samples; `place` tells its seed from all others of the report."""
        seed = int(np.random.SeedSequence(self.plan.seed, spawn_key=(*place, int(n_samples))).generate_state(1)[0])
        arguments = setting.arguments(int(n_samples), **more)
        n_trials = self.plan.trials if trials is None else trials
        found = simulate(
            setting.model, setting.task, trials=n_trials, seed=seed, executor=self.executor, progress=False, **arguments
        )
        self.tick()
        return found

    def tick(self, steps: int = 1) -> None:
        """Count what is done and tell of it."""
        self.done += steps
        if self.progress is not None:
            curve = len(self.plan.simulated(REACH))
            self.progress(self.done, 7 * curve + 4 * curve + 1 + self.plan.points + len(KERNELS) + 6 * CHECK_STEPS)


@functools.cache
def models() -> tuple[Any, ...]:
    """Return the models of the report, each derived once."""
    noisy, haar = Chain(Samples(), FeatureNoise(), GaussianFeatures()), Chain(Samples(), HaarProjection())
    return linear_ridge(), random_features(), deep_random_features(2), haar, noisy, nonlinear_random_features("relu")


def settings(size: int) -> tuple[Setting, ...]:
    """Return the models on populations of `size` modes (linear ridge: half as many), all interpolating at P = size/2."""
    linear, features, deep, haar, noisy, relu = models()
    n, law = size // 2, PowerLaw(capacity=1.2, source=0.4)
    task = law.truncate(size)
    return (
        Setting("linear ridge", linear, law.truncate(n)),
        Setting("random features", features, task, {"n_features": n}),
        Setting("deep, two layers", deep, task, {"n_features_1": 3 * n // 2, "n_features_2": n}),
        Setting("Haar projection", haar, task, {"n_features": n}),
        Setting("noisy features", noisy, task, {"n_features": n, "feature_noise": 0.02}),
        Setting("nonlinear features (relu)", relu, Isotropic(size), {"n_features": n}),
    )
