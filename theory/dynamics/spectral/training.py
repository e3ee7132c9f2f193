"""One evaluation of a training algorithm on a chain: arguments, limits, stability, certificate."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from theory.arguments import ARGUMENTS, Argument, broadcast
from theory.chain.places import check_matched
from theory.density.edges import distinct, lower_edge, top_edge
from theory.dynamics.spectral.algorithms import Algorithm, Descent, Flow
from theory.dynamics.spectral.contours import Array
from theory.dynamics.spectral.course import FINE, FINER, Course, Points
from theory.dynamics.warnings import UnstableStepWarning
from theory.errors import BadArgument
from theory.model import Chain
from theory.results.declared import Declared
from theory.results.inputs import Inputs
from theory.results.result import PerPoint
from theory.solve.arguments import Arguments, check_arguments
from theory.solve.outcome import Outcome
from theory.solve.silent import by_silence
from theory.solve.status import Status
from theory.spectra.base import Spectrum
from theory.terms import Key, Terms

CAUTION = 0.75  # of the largest stable step, from which on draws may diverge


@dataclass(frozen=True, repr=False)
class TrainingRisk(Outcome):
    """What the evaluation of a training algorithm returns: arrays of the broadcast shape of its arguments.

    Attributes
    ----------
    terms : Terms
        "test" (σ² included), "train", "gap" (test less train), "excess", "bias" and the variance components.
    status, inputs
        As in `theory.solve.outcome.Outcome`.
    certificate : ndarray
        The largest difference of a term to its value on a second, finer contour, relative to the test risk; 0 at a limit.
    max_step : ndarray or None
        Of descent: 2(1+β)/x_max, x_max the largest eigenvalue of the kernel's limit (weight decay included).
    """

    certificate: PerPoint
    max_step: PerPoint = None

    def in_units(self, unit: float) -> TrainingRisk:
        """Return the same with the largest step in other units.

        Parameters
        ----------
        unit : float
            What steps are counted in.
        """
        return self if self.max_step is None or unit == 1.0 else replace(self, max_step=self.max_step * unit)


class Training(Declared):
    """A spectral algorithm on a chain; see `theory.dynamics.spectral.flow`.

    Parameters
    ----------
    chain : Chain
        The model.
    algorithm : Algorithm
        What is run.
    """

    def __init__(self, chain: Chain, algorithm: Algorithm) -> None:
        if not isinstance(chain, Chain):
            raise BadArgument("chain", chain, "a Chain", "declare the model: th.random_features(), th.Chain(…)")
        self.chain, self.algorithm = chain, algorithm

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.chain!r})"

    def in_units(self, unit: float) -> Training:
        """Return the same on eigenvalues that are counted in a unit; times and steps are counted in its inverse.

        Parameters
        ----------
        unit : float
            What eigenvalues are counted in.
        """
        other = copy.copy(self)
        other.algorithm = self.algorithm.in_units(unit)
        return other

    def _run(
        self, task: Spectrum, given: dict[str, Any], pairs: bool = False, allow_unstable: bool = False, certify: bool = True
    ) -> TrainingRisk:
        """Return the terms at all points; `pairs`: each clock argument is given for both predictors."""
        if "ridge" in given:
            remedy = "the ridge of the objective is weight_decay="
            raise BadArgument("ridge", given["ridge"], "left out: training has no ridge of its own", remedy)
        check_matched(self.chain.slots, "training")
        asked = dict(given)
        clocks = [(argument, which) for argument in self.algorithm.clock for which in range(1 + pairs)]
        raw = {argument: given.pop(argument.keyword) for argument in self.algorithm.clock}
        times = [self._clock(argument, raw[argument], which, pairs) for argument, which in clocks]
        decay = ARGUMENTS["weight_decay"].read(given.pop("weight_decay"))
        bound = self.chain.bound(task, {**given, "ridge": 1.0})
        unit = np.asarray(bound["ridge"])  # of ridges, one over that of time: nonlinear features are not of unit slope
        units = [1.0 if argument.keyword == "n_steps" else unit for argument, _ in clocks]
        check_arguments(self.chain.slots, task, bound)
        sizes = {key: np.asarray(value) for key, value in bound.items()}
        timed = {f"{clock[0].keyword} {clock[1]}": time / u for clock, time, u in zip(clocks, times, units, strict=True)}
        whole = broadcast({**sizes, "weight_decay": decay * unit, **timed})
        flat = {key: array.reshape(-1) for key, array in zip(sizes, whole, strict=False)}
        arguments = check_arguments(self.chain.slots, task, flat)
        decay, *times = (np.asarray(array, dtype=np.float64).reshape(-1) for array in whole[len(sizes) :])
        other = times[1::2] if pairs else None
        chain, silent = self.chain, by_silence(self.chain.slots, arguments)
        if len(silent) == 1:  # at all points the same noises are none
            chain, arguments = chain.left(silent[0][0]), arguments.take(slice(None), silent[0][0])
        run = _Run(chain, self.algorithm.in_units(float(unit)), task, arguments, decay, times[:: 1 + pairs], other)
        found = run.result(whole[0].shape, allow_unstable, certify).in_units(float(unit))
        return replace(found, inputs=self.asked(found.test.shape, task, asked))

    def asked(self, shape: tuple[int, ...], task: Spectrum, given: dict[str, Any]) -> Inputs:
        """Return what a result carries of its question; of pairs of times both.

        Parameters
        ----------
        shape : tuple of int
            Of the answer.
        task : Spectrum
            The population.
        given : dict
            The arguments by keyword.
        """
        told: dict[str, Any] = {}
        for name, value in given.items():
            pair = isinstance(value, tuple) and name in ("time", "n_steps") and len(value) == 2
            told |= {name: value[0], f"other_{name}": value[1]} if pair else {name: value}
        return Inputs(shape, told, {"model": repr(self), "task": repr(task)})

    @staticmethod
    def _clock(argument: Argument, value: Any, which: int, pairs: bool) -> Array:
        if pairs and argument.keyword != "step":
            if not isinstance(value, tuple) or len(value) != 2:
                raise BadArgument(argument.keyword, value, "a pair (t, t′)", "give a tuple of two numbers or arrays")
            value = value[which]
        return argument.read(value)


class _Run:
    """One evaluation: points at the start, at the end, and in between."""

    def __init__(
        self, chain: Chain, algorithm: Algorithm, task: Spectrum, arguments: Arguments, decay: Array,
        clock: Sequence[Array], other: Sequence[Array] | None,
    ) -> None:  # fmt: skip
        self.chain, self.algorithm, self.task, self.arguments, self.decay = chain, algorithm, task, arguments, decay
        self.clock, self.other = tuple(clock), None if other is None else tuple(other)
        self.course = Course(task, chain.slots, algorithm)
        n = decay.size
        lists, places = distinct(arguments.parameters)
        late = isinstance(algorithm, (Flow, Descent)) and other is None
        self.top = top_edge(task, chain.slots, lists)[places] + decay if algorithm.needs_top else np.zeros(n)
        self.low = lower_edge(task, chain.slots, lists)[places] if late else np.zeros(n)
        self.max_step = None
        if isinstance(algorithm, Descent):
            with np.errstate(divide="ignore"):
                self.max_step = algorithm.border / self.top

    def result(self, shape: tuple[int, ...], allow_unstable: bool, certify: bool) -> TrainingRisk:
        """Return everything, in the broadcast shape; without a certificate (NaN) at half the cost."""
        self._check_stable(allow_unstable)
        n = self.decay.size
        first, second = (clock[0] if clock else np.ones(n) for clock in (self.clock, self.other or self.clock))
        end = np.isinf(first) & np.isinf(second)
        start = (first == 0) & (second == 0)
        mixed = ~(end | start) & ((first == 0) | (second == 0) | np.isinf(first) | np.isinf(second))
        if mixed.any():
            pair = (float(first[mixed][0]), float(second[mixed][0]))
            raise BadArgument(self.algorithm.clock[0].keyword, pair, "two times that are finite and positive, or equal",
                              "take a time that is small, or large, instead of the limit")  # fmt: skip
        values: dict[Any, Array] = {}
        status, certificate = np.zeros(n, np.int8), np.zeros(n)
        for which, part in ((start, self._start), (end, self._end), (~(start | end), partial(self._between, certify))):
            places = np.flatnonzero(which)
            if places.size:
                terms, status[places], certificate[places] = part(places)
                for key, value in terms.items():
                    values.setdefault(key, np.empty(n))[places] = value
        status[(status == Status.CONVERGED) & ~np.isfinite(np.array(list(values.values()))).all(axis=0)] = Status.OVERFLOW
        lost = (status == Status.FAILED) | (status == Status.OVERFLOW)
        shaped = {key: np.where(lost, np.nan, value).reshape(shape) for key, value in values.items()}
        step = None if self.max_step is None else self.max_step.reshape(shape)
        return TrainingRisk(Terms(shaped), status.reshape(shape), certificate.reshape(shape), step)

    def _check_stable(self, allowed: bool) -> None:
        """Warn of steps near the largest stable one, and refuse those beyond it."""
        if self.max_step is None:
            return
        step = self.clock[1]
        beyond = (step > self.max_step) & (self.clock[0] > 0)
        if beyond.any() and not allowed:
            worst = np.flatnonzero(beyond)[0]
            raise BadArgument("step", float(step[worst]), f"at most {self.max_step[worst]:.6g}, the largest stable step",
                              "lower it, or pass allow_unstable=True")  # fmt: skip
        if (beyond & np.isinf(self.clock[0])).any():
            raise BadArgument("n_steps", np.inf, "finite beyond the largest stable step", "the risk grows without bound there")
        if not allowed and (step > CAUTION * self.max_step).any():
            warnings.warn(
                f"step is above {CAUTION} times the largest stable one ({float(self.max_step.min()):.6g}): eigenvalues of a "
                "draw scatter about their limit, so that single runs may diverge where the limit does not",
                UnstableStepWarning, stacklevel=5,
            )  # fmt: skip

    def _start(self, places: Any) -> Any:
        """Nothing is learnt: the bias is all of the signal."""
        zero, noise = np.zeros(places.size), self.arguments.noise[places]
        keys = self.chain.formulas
        signal = zero + self.task.signal
        known: dict[Key, Array] = {"test": signal + noise, "train": signal + noise, "excess": signal, "bias": signal}
        return {**{key: known.get(key, zero) for key in keys}, "gap": zero}, np.zeros(places.size, np.intp), zero

    def _end(self, places: Any) -> Any:
        """Everything that can be learnt is: the ridgeless chain, or that at the weight decay."""
        arguments = self.arguments.take(places)
        at = Arguments((places.size,), arguments.parameters, self.decay[places], arguments.noise, arguments.ensemble)
        risk = self.chain.evaluator.evaluate(self.task, at)
        with np.errstate(invalid="ignore"):
            return {**risk.terms, "gap": risk.test - risk.train}, risk.status, np.zeros(places.size)

    def _between(self, certify: bool, places: Any) -> Any:
        arguments = self.arguments.take(places)
        clock = tuple(value[places] for value in self.clock)
        other = clock if self.other is None else tuple(value[places] for value in self.other)
        points = Points(arguments.parameters, arguments.noise, arguments.ensemble, self.decay[places], clock, other,
                        self.top[places], self.low[places])  # fmt: skip
        terms, status = self.course.terms(points, FINE)
        if not certify:
            return terms, status, np.full(places.size, np.nan)
        finer, _ = self.course.terms(points, FINER)
        scale = np.abs(terms["test"])
        with np.errstate(invalid="ignore"):
            certificate = np.max([np.abs(terms[key] - finer[key]) for key in terms], axis=0) / scale
        return terms, status, certificate
