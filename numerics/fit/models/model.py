"""Runs fitted by the library's own models: for those who simulate them, and for nobody else.

The forms are sharp: random features at their best ridge, or one-pass SGD, with all constants. If the runs are of that model,
capacity and source come out to the noise of the losses. A table of anything else may be fitted too, and means nothing; so a
goodness-of-fit test goes with every fit.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from numerics.fit.models.goodness import Goodness, goodness_of_fit
from numerics.fit.models.random_features import random_features_form
from numerics.fit.models.sgd import sgd_form
from numerics.fit.profiles import Interval
from numerics.fit.projection import FormFit, fit_form
from numerics.fit.result import FitWarning
from numerics.fit.table import Array, Runs
from theory import OnePassSGD
from theory.errors import BadArgument, one_real, real_array, truth

MODELS = ("random-features", "sgd")
LOGARITHMS = ("noise", "size_scale", "data_scale", "step")
ROUNDS = 2


@dataclass(frozen=True)
class Parameter:
    """A number of a model.

    Attributes
    ----------
    value : float
        Fitted.
    interval : Interval
        By the residuals, which holds if the runs are of this model.
    """

    value: float
    interval: Interval

    def __str__(self) -> str:
        return f"{self.value:.4g} ({self.interval.low:.4g} … {self.interval.high:.4g})"


@dataclass(frozen=True, eq=False)
class ModelFit:
    """A table of runs fitted by one of the library's models: true only if your system is this model.

    Attributes
    ----------
    form : str
        "random-features" or "sgd".
    capacity, source : Parameter
        α and r of the population.
    noise, signal : float
        σ², and c_1 λ_1, the target's power on the first mode.
    scales : mapping of str to Parameter
        "size" and "data": features and samples over the sizes and data of the table; "step": γ in units of 1/λ_1. Those fitted.
    goodness : Goodness
        Whether the table may be of this model at all.
    level : float
        Nominal coverage of intervals.
    runs : Runs
        The table.
    fit : FormFit
        Residuals, weights, and the rest.
    warnings : tuple of str
        Why not to believe it.
    """

    form: str
    capacity: Parameter
    source: Parameter
    noise: float
    signal: float
    scales: Mapping[str, Parameter]
    goodness: Goodness
    level: float
    runs: Runs
    fit: FormFit
    warnings: tuple[str, ...]

    @property
    def residuals(self) -> Array:
        """ln(L/L_fit) of each run."""
        return self.fit.residuals

    def predict(self, sizes: ArrayLike, data: ArrayLike) -> Array:
        """Return losses at sizes and data, of their broadcast shape: what the model would give, if it is the model.

        Parameters
        ----------
        sizes, data : array_like
            Positive.

        Warns
        -----
        FitWarning
            Where the table rejects the model.

        Raises
        ------
        ValueError
            For what is not positive.
        """
        for name, values in (("sizes", sizes), ("data", data)):
            found = real_array(name, values, "positive finite numbers", "give what a run may have")
            if not ((found > 0.0) & np.isfinite(found)).all():
                raise BadArgument(name, values, "positive finite numbers", "give what a run may have")
        if self.goodness.rejected:
            warnings.warn(f"the table rejects {self.form}: predictions mean nothing", FitWarning, stacklevel=2)
        return self.fit.predict(sizes, data)

    def __str__(self) -> str:
        outcome = f"rejected: {'; '.join(self.goodness.reasons)}" if self.goodness.rejected else "not rejected"
        lines = [
            f"{self.form}, if your system is this model; {outcome}",
            f"  capacity  {self.capacity}",
            f"  source    {self.source}",
            f"  noise     {self.noise:.4g}, signal {self.signal:.4g}",
            *(f"  {name:<9} {value}" for name, value in self.scales.items()),
            f"  residuals {self.fit.rms:.2%}, {len(self.runs)} runs",
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<ModelFit {self}>"


def n_parameters(form: str, scales: bool, step: float | None) -> int:
    """Return the number of parameters: capacity, source, noise, signal, and two scales or a step."""
    return 4 + (2 * bool(scales) if form == "random-features" else int(step is None))


def fit_model(form: str, runs: Runs, level: float, scales: bool, model: OnePassSGD | None, step: float | None) -> ModelFit:
    """Fit one of the library's models to a table.

    Parameters
    ----------
    form : str
        "random-features" or "sgd".
    runs : Runs
        The table.
    level : float
        Nominal coverage of intervals.
    scales : bool
        Random features: sizes and data are known up to a factor each.
    model : OnePassSGD, optional
        How SGD was run.
    step : float, optional
        γ in units of 1/λ_1; fitted when left out.
    """
    free = truth("scales", scales)
    if form == "random-features":
        for name, given in (("model", model), ("step", step)):
            if given is not None:
                raise BadArgument(name, given, 'left out but for form="sgd"', "leave it out")
    elif free:
        raise BadArgument("scales", scales, 'False for form="sgd"', "sizes are features and data samples there")
    gamma = None if step is None else one_real("step", step, "a positive finite number", "it is γ in units of 1/λ_1")
    if gamma is not None and not 0.0 < gamma < np.inf:
        raise BadArgument("step", step, "a positive finite number", "it is γ in units of 1/λ_1")
    if form == "sgd":
        if not (np.mod(runs.data, 1.0) == 0.0).all() or not (np.mod(runs.sizes, 1.0) == 0.0).all():
            raise BadArgument("data", runs.data, 'whole numbers, as sizes, for form="sgd"', "give samples and features")
        shape = sgd_form(runs, OnePassSGD() if model is None else model, gamma)
    else:
        shape = random_features_form(runs, free)
    fit = fit_form(shape, runs, 0.0, rounds=ROUNDS)
    goodness = goodness_of_fit(fit, runs, ("noise", "B"))
    reach = float(student.ppf(0.5 + level / 2.0, max(len(runs) - shape.n_parameters + 1, 1)))
    found = {}
    for name, value, variance in zip(shape.parameters, fit.theta, np.diagonal(fit.covariance), strict=True):
        ends = np.array([value, *(value + sign * reach * np.sqrt(variance) for sign in (-1.0, 1.0))])
        with np.errstate(over="ignore"):
            value, low, high = np.exp(ends) if name in LOGARITHMS else ends
        found[name] = Parameter(float(value), Interval(float(low), float(high)))
    signal = float(fit.linear[1])
    noise = float(fit.linear[2]) if form == "sgd" else signal * found["noise"].value
    named = {"size": "size_scale", "data": "data_scale", "step": "step"}
    said = tuple(f"{form} does not fit: {reason}" for reason in goodness.reasons)
    return ModelFit(
        form=form, capacity=found["capacity"], source=found["source"], noise=noise, signal=signal,
        scales={key: found[name] for key, name in named.items() if name in found}, goodness=goodness, level=level, runs=runs,
        fit=fit, warnings=said,
    )  # fmt: skip
