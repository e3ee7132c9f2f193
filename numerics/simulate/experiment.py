"""The experiment: draw a chain, fit it by definition, and measure every term of its risk over independent trials."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from numerics.montecarlo import Estimate, run_trials
from numerics.samplers import Matrix
from numerics.simulate import anova
from numerics.simulate.declared import Array, Declared, Model, declare
from numerics.simulate.draws import Draws
from numerics.simulate.ridge import Predictor
from theory._validate import bad, real_array
from theory.chain.terms import Terms
from theory.spectra.base import Spectrum


@dataclass(frozen=True, eq=False)
class Simulation:
    """Measured terms of a risk, each an `Estimate` whose values have shape (n_trials, *shape of ridge and noise).

    Attributes
    ----------
    test, train, excess : Estimate
        Test risk (σ² included), training risk (without the penalty) and test risk less σ².
    """

    test: Estimate
    train: Estimate
    excess: Estimate
    _bias: Estimate | None = None
    _variance: Terms[Estimate] | None = None
    _absent: Terms[Estimate] | None = None

    @property
    def bias(self) -> Estimate:
        """Squared bias of the mean predictor."""
        return self._known(self._bias)

    @property
    def variance(self) -> Terms[Estimate]:
        """Variance components by source: variance["samples"], variance["samples", "features"], … in any order."""
        return self._known(self._variance)

    @property
    def absent(self) -> Terms[Estimate]:
        """The other components, which vanish in a large system: features detached from the population."""
        return self._known(self._absent)

    @staticmethod
    def _known(value: Any) -> Any:
        if value is None:
            raise AttributeError("not decomposed into bias and variances: see decompose=, and the layers")
        return value

    @property
    def terms(self) -> Terms[Estimate]:
        """All measured terms by name, as `evaluate` names them."""
        terms: dict[Any, Estimate] = {"test": self.test, "train": self.train, "excess": self.excess}
        if self._bias is not None:
            terms |= {"bias": self.bias, **self.variance}
        return Terms(terms)


def simulate(
    model: Model,
    task: Spectrum,
    *,
    trials: int,
    seed: int,
    ridge: ArrayLike = 0.0,
    noise: ArrayLike = 0.0,
    ensemble: int = 1,
    complex: bool = False,
    decompose: bool = True,
    n_test: int = 1000,
    executor: Executor | None = None,
    **sizes: Any,
) -> Simulation:
    """Measure test and training risk, bias and every variance of a chain by drawing and fitting it.

    Parameters
    ----------
    model : Model
        A chain; only its declaration (`slots`, and `activation` where it has one) is read.
    task : Spectrum
        The population, with explicit modes: `truncate` an infinite one.
    trials : int
        Independent trials, ≥ 2. Each is a crossed grid of two draws of the data and two of each feature layer.
    seed : int
        Trial i depends on the seed and i alone.
    ridge : array-like
        λ beside XᵀX/P; 0 is the ridgeless limit, by the pseudo-inverse. An array costs one decomposition all the same.
    noise : array-like
        σ², broadcast against `ridge`; averaged exactly, as is the target.
    ensemble : int
        K: the mean of K predictors, with new features (and their noise) each and the same data. The sources of the
        decomposition are then the K draws of a layer together.
    complex : bool
        Complex data and features: the same limit, with far smaller corrections at finite size.
    decompose : bool
        Whether to measure bias and variances; without them a trial is one draw instead of a grid.
    n_test : int
        Test points in a trial of nonlinear features; in linear chains the test point is averaged exactly.
    executor : concurrent.futures.Executor, optional
        Where to run the trials; see `run_trials`.
    **sizes : int or float
        One for each layer, as in `Chain.evaluate`; finite, integers for sizes.

    Returns
    -------
    Simulation

    Raises
    ------
    ValueError
        For missing or unknown sizes and values out of their domain, with the remedy.

    Notes
    -----
    Nothing here knows the theory: estimators by definition, averages over the target, label noise and Gaussian test
    point by traces, the decomposition by U-statistics. Nonlinear features are φ(F₀ᵀx)/√N, F₀ iid N(0, 1/D), less their
    mean over the population. A chain without data is fitted to the population itself. Rows drawn without replacement
    are tested on the rows left out, with label noise independent on each row, and not decomposed.
    """
    if isinstance(trials, bool) or not isinstance(trials, int | np.integer) or trials < 2:
        raise bad("trials", trials, "an integer ≥ 2", "standard errors need two trials at least")
    for name, value in (("ensemble", ensemble), ("n_test", n_test)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise bad(name, value, "an integer ≥ 1", "give a finite number")
    penalty = real_array("ridge", ridge, "finite", "give a number")
    variance = real_array("noise", noise, "a finite number ≥ 0", "give the variance of the label noise")
    if not np.isfinite(penalty).all():
        raise bad("ridge", ridge, "finite", "give a number")
    if not (np.isfinite(variance) & (variance >= 0)).all():
        raise bad("noise", noise, "a finite number ≥ 0", "give the variance of the label noise")
    try:
        np.broadcast_shapes(penalty.shape, variance.shape)
    except ValueError:
        raise bad("noise", noise, f"broadcastable with the ridge's shape {penalty.shape}", "reshape it") from None
    if not isinstance(task, Spectrum):
        raise bad("task", task, "a spectrum", "give Discrete(...), PowerLaw(...).truncate(n) or another Spectrum")
    declared = declare(model, task.explicit(), sizes)
    if complex and declared.activation is not None:
        raise bad("complex", complex, "False for nonlinear features", "leave it out")
    decompose = bool(decompose) and declared.decomposes
    trial = _Trial(declared, penalty, int(ensemble), bool(complex), decompose, int(n_test))
    return _gather(declared, run_trials(trial, trials, seed, executor=executor), variance, decompose)


class _Outcome(NamedTuple):
    """Parts of the risk in one trial: the signal's, and the label noise's per σ², of shape (2, *shape of the ridge).

    `test` holds Q_A for every subset A of the grid's sources (or all of them alone).
    """

    train: Array
    test: dict[anova.Sources, Array]


@dataclass(frozen=True, eq=False)
class _Trial:
    """One trial, from its generator."""

    declared: Declared
    ridge: Array
    ensemble: int
    complex: bool
    decompose: bool
    n_test: int

    def __call__(self, rng: np.random.Generator) -> _Outcome:
        copies = 2 if self.decompose else 1
        draws = Draws(
            self.declared, rng, copies=copies, ensemble=self.ensemble, complex=self.complex, n_test=self.n_test
        )
        cells = draws.cells
        predictors = [Predictor(draws, cell) for cell in cells]
        sources = self.declared.sources
        indices = [cell[len(cell) - len(sources) :] for cell in cells]
        train, test = [], []
        for ridge in self.ridge.ravel():
            residuals = [predictor.residuals(float(ridge)) for predictor in predictors]
            train.append(np.mean([_squares(residual.train, residual.n_labels) for residual in residuals], axis=0))
            products = anova.products(residuals)
            if self.decompose:
                test.append([anova.shared(indices, sources, part) for part in products])
            else:
                test.append([{sources: float(part.trace())} for part in products])
        averages = {subset: self._shaped([[part[subset] for part in parts] for parts in test]) for subset in test[0][0]}
        return _Outcome(self._shaped(train), averages)

    def _shaped(self, values: Sequence[Any]) -> Array:
        """Return (signal, label) pairs, one a ridge, as an array of shape (2, *shape of the ridge)."""
        return np.array(values, dtype=np.float64).T.reshape(2, *self.ridge.shape)


def _squares(residuals: Matrix, n_labels: int) -> tuple[float, float]:
    squares = (residuals * residuals.conj()).real.sum(axis=0)
    split = len(squares) - n_labels
    return float(squares[:split].sum()), float(squares[split:].sum())


def _gather(declared: Declared, outcomes: list[_Outcome], noise: Array, decompose: bool) -> Simulation:
    """Put the trials together, with σ²."""

    def parts(values: list[Array]) -> Array:
        stacked = np.array(values)
        missing = max(noise.ndim - stacked.ndim + 2, 0)
        return np.moveaxis(stacked, 1, 0).reshape(2, len(values), *(1,) * missing, *stacked.shape[2:])

    train = parts([outcome.train for outcome in outcomes])
    averages = {subset: parts([outcome.test[subset] for outcome in outcomes]) for subset in outcomes[0].test}
    signal, label = averages[declared.sources]
    excess = signal + noise * label
    labels = train[1] if declared.rows is not None else 1 + train[1]  # noise on infinite data cannot be fitted
    risks = Estimate(excess + noise), Estimate(train[0] + noise * labels), Estimate(excess)
    if not decompose:
        return Simulation(*risks)
    found = anova.components(averages, noise, declared.sources)
    data = None if declared.rows is None else declared.rows.name
    variance, absent = anova.named({key: Estimate(value) for key, value in found.items()}, data, declared.features)
    return Simulation(*risks, Estimate(found[()]), variance, absent)
