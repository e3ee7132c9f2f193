"""One-pass SGD as a form of the loss: its sharp risk, linear in the signal and in the label noise.

    L = signal · (approximation + bias + approximation · V) + σ² (1 + V),      V = variance/(σ² + approximation)

At given capacity, source and step the noise of the gradients is proportional to σ² + approximation, so one evaluation
without label noise gives both columns.
"""

from __future__ import annotations

import itertools
import warnings
from dataclasses import dataclass, replace

import numpy as np

import theory as th
from numerics.fit.forms import Form
from numerics.fit.models.starts import Differences, best_starts
from numerics.fit.table import Array, Runs

PARAMETERS = ("capacity", "source", "step")  # the step by its logarithm, in units of 1/λ_1
BOUNDS = ((1.02, 6.0), (0.01, 3.0), (-12.0, 0.6))
CAPACITIES, SOURCES, STEPS = (1.3, 1.8, 2.6), (0.2, 0.5), (-4.0, -1.2)  # where searches may begin
DIVERGED = 1e6  # stands for what an unstable step makes of a loss
WORDS = "the risk of one-pass SGD on a sketch"


@dataclass(frozen=True, eq=False)
class _Values:
    """Both columns at parameters; ln N and ln D counted from the middle of a table."""

    model: th.OnePassSGD
    step: float | None
    middle: tuple[float, float]

    def __call__(self, theta: Array, n: Array, d: Array) -> Array:
        capacity, source = (round(float(value), 12) for value in theta[:2])
        gamma = float(np.exp(theta[2])) if self.step is None else self.step
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", th.UnstableStepWarning)
            out = self.model.evaluate(
                th.PowerLaw(capacity, source), n_samples=np.round(np.exp(d + self.middle[1])),
                n_features=np.round(np.exp(n + self.middle[0])), step=gamma, noise=0.0, allow_unstable=True,
            )  # fmt: skip
        found = np.stack([out.test, 1.0 + out.variance / out.approximation], axis=1)
        return np.where(np.isfinite(found), np.minimum(found, DIVERGED), DIVERGED)


def sgd_form(runs: Runs, model: th.OnePassSGD, step: float | None) -> Form:
    """Return one-pass SGD as a form on a table: N features, D samples; the step fitted unless it is given."""
    names = PARAMETERS if step is None else PARAMETERS[:2]
    values = _Values(model, step, (float(np.log(runs.sizes).mean()), float(np.log(runs.data).mean())))
    form = Form("sgd", WORDS, names, 3, (), Differences(values), BOUNDS[: len(names)], values)
    places = itertools.product(CAPACITIES, SOURCES, STEPS if step is None else (0.0,))
    return replace(form, starts=best_starts(form, runs, [np.array(place[: len(names)]) for place in places]))
