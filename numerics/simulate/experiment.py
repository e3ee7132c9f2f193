"""The experiment: draw a chain, fit it by definition, and measure every term of its risk over independent trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from numerics.montecarlo.progress import Progress
from numerics.montecarlo.store import TrialStore
from numerics.montecarlo.trials import MOST_TRIALS, Estimate, run_trials
from numerics.simulate import anova
from numerics.simulate.declared import LARGEST_SIZE, Array, Declared, Model, declare
from numerics.simulate.draws import Draws
from numerics.simulate.linear.path import path_products
from numerics.simulate.linear.place import NUMPY, Place
from numerics.simulate.linear.place import place as read_place
from numerics.simulate.linear.predictor import Predictor
from numerics.simulate.shrinkage import Ridges, Shrinkage
from theory.errors import BadArgument, real_array, seed_number, truth, whole_number
from theory.results.inputs import Inputs
from theory.results.result import PerPoint, Result
from theory.spectra.base import Spectrum
from theory.terms import Terms

SCHEME = 3  # of drawing and measuring: raise it when the numbers of a trial change, and stores of the old one are refused


@dataclass(frozen=True, eq=False, repr=False)
class Simulation(Result):
    """Measured terms of a risk, each an `Estimate` whose values have shape (n_trials, *shape of ridge and noise).

    Attributes
    ----------
    test, train, excess : Estimate
        Test risk (σ² included), training risk (without the penalty) and test risk less σ².
    inputs : Inputs
        Every argument by keyword, broadcast; the trials and the seed among them.
    """

    test: PerPoint
    train: PerPoint
    excess: PerPoint
    _bias: PerPoint = None
    _variance: PerPoint = None
    _absent: PerPoint = None

    @property
    def bias(self) -> Any:
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

    @property
    def entries(self) -> dict[str, Any]:
        """What `answers` lists."""
        return {"terms": self.terms}


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
    store: str | PathLike[str] | None = None,
    progress: Progress | bool | None = None,
    xp: Any = None,
    device: Any = None,
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
        λ beside XᵀX/P; 0 is the ridgeless limit, by the pseudo-inverse. A whole path costs little more than one ridge.
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
        Where to run the trials: processes, threads, or a cluster's. BLAS runs on one thread in each. If the executor
        dies, the trials it left undone run in this process, with a warning.
    store : path-like, optional
        An SQLite file in which each trial is kept as soon as it is done. A run that was killed, or one with fewer
        trials, is taken up from there and gives the same numbers, bit by bit, as one that never stopped.
    progress : callable or bool, optional
        Called as progress(done, total). Left out: a bar on standard error where that is a terminal and `rich` is
        installed. False: none.
    xp : module or str, optional
        Whose arrays the linear algebra is done with: NumPy's when left out; PyTorch (`xp=torch`, by the extra `accelerate`) or
        any other namespace of the array API standard in double precision. Draws are NumPy's all the same, so that numbers
        are equal to rounding, and activations see NumPy's arrays.
    device : object, optional
        A device of that namespace, such as `"cuda"`: everything after the draws happens there.
    **sizes : int or float
        One for each layer, as in `Chain.evaluate`; finite, integers for sizes.

    Returns
    -------
    Simulation
        Estimates of the broadcast shape of ridge and noise: means and standard errors over trials.

    Raises
    ------
    ValueError
        For missing or unknown sizes and values out of their domain, with the remedy; for an infinite spectrum; for a
        store that cannot be used, or made by other settings, which the message shows beside these.

    Warns
    -----
    RuntimeWarning
        If the executor dies.

    Notes
    -----
    Nothing here knows the theory: estimators by definition (singular values for a path; for one ridge that is no smaller than
    10⁻⁵ of the kernel, a Cholesky factor, the same to rounding), averages over the target, label noise and Gaussian test
    point by traces, the decomposition by U-statistics. Nonlinear features are φ(F₀ᵀx)/√N, F₀ iid N(0, 1/D), less their
    mean over the population. A chain without data is fitted to the population itself. Rows drawn without replacement
    are tested on the rows left out, with label noise independent on each row, and not decomposed.
    """
    penalty = real_array("ridge", ridge, "finite", "give a number")
    if not np.isfinite(penalty).all():
        raise BadArgument("ridge", ridge, "finite", "give a number")
    run = Run(trials, seed, executor, store, progress, read_place(xp, device))
    options: dict[str, Any] = {"ensemble": ensemble, "complex": complex, "decompose": decompose, "n_test": n_test}
    found = gather(*run.of(model, task, sizes, Ridges(penalty), noise, **options))
    return replace(found, inputs=run.asked(found, model, task, {**sizes, "ridge": ridge, "noise": noise, "ensemble": ensemble}))


@dataclass(frozen=True, eq=False)
class Run:
    """How often, from which seed, where, and what becomes of the trials; see `simulate`."""

    trials: int
    seed: int
    executor: Executor | None = None
    store: str | PathLike[str] | None = None
    progress: Progress | bool | None = None
    place: Place = NUMPY

    def asked(self, found: Simulation, model: Any, task: Spectrum, given: Mapping[str, Any]) -> Inputs:
        """Return what a simulation carries of its question: arguments, trials and seed."""
        about = {"model": repr(model), "task": repr(task)}
        return Inputs(found.test.shape, {**given, "trials": self.trials, "seed": self.seed}, about)

    def of(
        self, model: Model, task: Spectrum, sizes: Mapping[str, Any], rule: Shrinkage, noise: ArrayLike, *,
        ensemble: int, complex: bool, decompose: bool, n_test: int,
    ) -> tuple[Trial, list[Array], Array]:  # fmt: skip
        """Return the trial, its outcomes, and σ² as an array, or refuse what is out of its domain; see `simulate`."""
        trials = whole_number("trials", self.trials, 2, MOST_TRIALS, "standard errors need two trials at least")
        ensemble = whole_number("ensemble", ensemble, 1, MOST_TRIALS, "give a finite number")
        n_test = whole_number("n_test", n_test, 1, LARGEST_SIZE, "give a finite number")
        complex, decompose = truth("complex", complex), truth("decompose", decompose)
        variance = real_array("noise", noise, "a finite number ≥ 0", "give the variance of the label noise")
        if not (np.isfinite(variance) & (variance >= 0)).all():
            raise BadArgument("noise", noise, "a finite number ≥ 0", "give the variance of the label noise")
        try:
            np.broadcast_shapes(rule.shape, variance.shape)
        except ValueError:
            words = f"broadcastable with the {rule.words}'s shape {rule.shape}"
            raise BadArgument("noise", noise, words, "reshape it") from None
        if not isinstance(task, Spectrum):
            raise BadArgument("task", task, "a spectrum", "give Discrete(...), PowerLaw(...).truncate(n) or another Spectrum")
        declared = declare(model, task.explicit(), sizes)
        if complex and declared.activation is not None:
            raise BadArgument("complex", complex, "False for nonlinear features", "leave it out")
        seed = seed_number("seed", self.seed)
        trial = Trial(declared, rule, ensemble, complex, decompose and declared.decomposes, n_test, self.place)
        run = partial(run_trials, trial, trials, seed, executor=self.executor, progress=self.progress)
        if self.store is None:
            return trial, run(), variance
        settings = {**trial.settings(), "seed": seed, "noise": variance.tolist()}
        with TrialStore(self.store, settings) as kept:
            return trial, run(store=kept), variance


@dataclass(frozen=True, eq=False)
class Trial:
    """One trial, from its generator.

    Returns an array of shape (1 + n_subsets, 2, *shape of the rule): parts of the risk, the signal's and the label
    noise's per σ²; first in training, then Q_A for every subset A in `subsets`. With a rule that asks for it (`tells_top`)
    the last row is the largest eigenvalue of a kernel drawn.
    """

    declared: Declared
    rule: Shrinkage
    ensemble: int
    complex: bool
    decompose: bool
    n_test: int
    place: Place = NUMPY

    def settings(self) -> dict[str, Any]:
        """Everything but the seed that the outcome depends on, as JSON can say it."""
        return {
            "scheme": SCHEME,
            **self.declared.settings(),
            **self.rule.settings(),
            "ensemble": self.ensemble,
            "complex": self.complex,
            "decompose": self.decompose,
            "n_test": None if self.declared.activation is None else self.n_test,
            "namespace": self.place.name,
            "device": None if self.place.device is None else str(self.place.device),
        }

    @property
    def subsets(self) -> list[anova.Sources]:
        """The subsets whose Q_A is measured: of the grid's sources, or all of them alone."""
        return anova.subsets(self.declared.sources) if self.decompose else [self.declared.sources]

    def __call__(self, rng: np.random.Generator) -> Array:
        """Draw, fit, and measure."""
        copies = 2 if self.decompose else 1
        draws = Draws(
            self.declared, rng, copies=copies, ensemble=self.ensemble, complex=self.complex, n_test=self.n_test,
            place=self.place,
        )  # fmt: skip
        sources = self.declared.sources
        indices = [cell[len(cell) - len(sources) :] for cell in draws.cells]
        with np.errstate(over="ignore", invalid="ignore"):  # training that diverges
            predictors = [Predictor(draws, cell, self.rule) for cell in draws.cells]
            train = np.mean([predictor.train_squares() for predictor in predictors], axis=0)
            found = [train.T]
            products = path_products(predictors)
            if self.decompose:
                shared = anova.shared(indices, sources, np.array(products))
                found += [shared[subset] for subset in self.subsets]
            else:
                found.append(np.trace(products, axis1=-2, axis2=-1))
        if self.rule.tells_top:
            found.append(np.full(train.T.shape, max(predictor.top for predictor in predictors)))
        return np.array(found, dtype=np.float64).reshape(-1, 2, *self.rule.shape)


def gather(trial: Trial, outcomes: Sequence[Array], noise: Array) -> Simulation:
    """Put the trials together, with σ²."""
    declared, stacked = trial.declared, np.moveaxis(np.array(outcomes), 0, 2)
    missing = max(noise.ndim - len(trial.rule.shape), 0)
    train, *found = stacked.reshape(*stacked.shape[:3], *(1,) * missing, *trial.rule.shape)[: 1 + len(trial.subsets)]
    averages = dict(zip(trial.subsets, found, strict=True))
    signal, label = averages[declared.sources]
    excess = signal + noise * label
    labels = train[1] if declared.rows is not None else 1 + train[1]  # noise on infinite data cannot be fitted
    risks = Estimate(excess + noise), Estimate(train[0] + noise * labels), Estimate(excess)
    if not trial.decompose:
        return Simulation(*risks)
    components = anova.components(averages, noise, declared.sources)
    data = None if declared.rows is None else declared.rows.name
    named = {key: Estimate(value) for key, value in components.items()}
    return Simulation(*risks, Estimate(components[()]), *anova.named(named, data, declared.features))
