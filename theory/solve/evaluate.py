"""Numbers for every term of a chain's risk: solve for κ, sum the traces once, evaluate the lowered formulas.

At ridge zero a formula may be 0/0 (two sizes equal, or a size equal to the
rank): its limit is then read off two tiny ridges, exactly, because a subtraction-free f(λ) is A λ^k (1 + O(λ^(1/m))).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from theory.chain.arguments import TRACES, formula_letters, pair_values
from theory.chain.declaration import Declaration
from theory.chain.places import Slots
from theory.notation import BIAS, ENSEMBLE, LEARNT, NOISE
from theory.results.result import PerPoint
from theory.solve.arguments import Arguments
from theory.solve.extended import Extended
from theory.solve.kappa.fixed_point import FixedPoint, solve
from theory.solve.kappa.shaped import law_values
from theory.solve.kappa.state import Solution
from theory.solve.lowered import Lowered, lowered_terms, lowered_traces
from theory.solve.outcome import Outcome
from theory.solve.status import Status, converged
from theory.spectra.base import Spectrum
from theory.terms import Key, Terms

Formulas: TypeAlias = Callable[..., list[Any]]

_DEEPEST, _NEEDED = 130.0, 34.0  # powers of ten below everything else: of a probe, and what each size that may vanish needs
_LOWEST, _APART = 290.0, 10.0  # the lowest power of ten that doubles carry in full, with room; how far apart two probes are
TINY = 1e-12  # below it, powers of a complement may leave the range of doubles
TINY_LINEAR = 1e-100  # the same for what enters linearly
NORMAL = float(np.finfo(np.float64).smallest_normal)
TINIEST = 1e-290  # below it, a sum of squares has lost digits


@dataclass(frozen=True, repr=False)
class Risk(Outcome):
    """What `Chain.evaluate` returns: arrays of the broadcast shape of its arguments.

    Attributes
    ----------
    terms, status, inputs, test, train, excess, bias, variance, converged, reasons
        As in `theory.solve.outcome.Outcome`.
    kappa : ndarray
        κ, the ridge that the population sees.
    """

    kappa: PerPoint


class Evaluator:
    """A chain's formulas lowered to NumPy.

    Parameters
    ----------
    model : Declaration
        The chain.
    """

    def __init__(self, model: Declaration) -> None:
        self._model, self.slots = model, model.slots

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the declaration: lowered functions are lowered again."""
        return type(self), (self._model,)

    @property
    def keys(self) -> tuple[Key, ...]:
        """The terms."""
        return self._single.keys

    @cached_property
    def _single(self) -> Lowered:
        return lowered_terms(self._model, ensemble=False)

    @cached_property
    def _ensemble(self) -> Lowered:
        return lowered_terms(self._model, ensemble=True)

    def evaluate(self, task: Spectrum, arguments: Arguments) -> Risk:
        """Return every term at every point."""
        formulas = self._single if (arguments.ensemble == 1).all() else self._ensemble
        n_points = arguments.ridge.size
        kappa, code = np.empty(n_points), np.empty(n_points, dtype=np.int8)
        values = np.empty((len(formulas.keys), n_points))
        problem = FixedPoint(task, self.slots.layers, arguments.parameters, arguments.ridge)
        for points in problem.chunks():
            solution = problem.solve(points)
            found = self._values(task, arguments.take(points), solution, formulas.function)
            status, at = solution.code.copy(), solution.kappa
            subnormal = (at > 0) & (at < NORMAL) & (task.smallest < TINIEST)  # few digits, beside an eigenvalue of its size
            status[converged(status) & (np.isnan(found).any(axis=0) | subnormal)] = Status.UNRESOLVED
            found[:, ~converged(status)] = np.nan
            kappa[points], code[points], values[:, points] = at, status, found
        shaped = {key: value.reshape(arguments.shape) for key, value in zip(formulas.keys, values, strict=True)}
        return Risk(Terms(shaped), code.reshape(arguments.shape), kappa.reshape(arguments.shape))

    def _values(self, task: Spectrum, points: Arguments, solution: Solution, formulas: Formulas) -> NDArray[np.float64]:
        arguments = self._symbol_values(task, points, solution)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            values = _stacked(formulas(*arguments), points.ridge.shape)
        far = self._far(np.array(arguments)) & solution.converged
        if far.any():
            wide = formulas(*(Extended(argument[far]) for argument in arguments))
            values[:, far] = _stacked([Extended(1.0) * value for value in wide], far[far].shape)
        undefined = points.ridge == 0
        if undefined.any():
            undefined &= solution.converged & np.isnan(values).any(axis=0)
        if self.slots.pooled:  # the whole pool is learnt: bias and complement vanish alike, and the bias leaves the range first
            bias = arguments[TRACES.index(BIAS)]
            tiny = (solution.kappa > 0) & (solution.kappa < 1e-140 * task.smallest)
            undefined |= solution.converged & (bias < TINIEST) & (task.signal > 0) & tiny
        if undefined.any():
            start = np.where(points.ridge == 0, solution.kappa, 0.0)[undefined]
            values[:, undefined] = self._limit(task, points.take(undefined), start, formulas)
        return values

    @cached_property
    def _floors(self) -> NDArray[np.float64]:
        linear = {BIAS, LEARNT, NOISE, ENSEMBLE}
        return np.array([[TINY_LINEAR if letter in linear else TINY] for letter in formula_letters(self.slots)])

    def _far(self, arguments: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return where powers of the arguments may leave the range of doubles."""
        far: NDArray[np.bool_] = ((np.abs(arguments) < self._floors) & (arguments != 0)).any(axis=0)
        return far

    def _symbol_values(self, task: Spectrum, points: Arguments, solution: Solution) -> list[NDArray[np.float64]]:
        """Return the values of `formula_letters`, each of shape (n_points,)."""
        lowered = lowered_traces()
        with np.errstate(invalid="ignore"):  # κ = 0 in an infinite spectrum: d = inf
            traces = lowered.function(*task.moments(solution.kappa, lowered.keys))
            population = solution.dof / task.size, solution.vacancy
        laws = law_values(self.slots, points.parameters, solution)
        pairs = pair_values(self.slots, self.slots.pairs, points.parameters, solution.pairs, population, task.size, laws=laws)
        return [*traces, points.noise, points.ensemble, *pairs]

    def _limit(self, task: Spectrum, points: Arguments, kappa: Any, formulas: Formulas) -> NDArray[np.float64]:
        """Return lim f(λ) for λ → 0 from f = A λ^k at two ridges, far below everything else."""
        scale = ridge_scale(self.slots, task, points.parameters, kappa)
        depth = np.minimum(_DEEPEST, np.log10(scale) + _LOWEST)
        depth[depth < min(_DEEPEST, _NEEDED * len(self.slots.sizes))] = np.nan
        probes = []
        for more in (0.0, _APART):
            ridge = scale * 10.0 ** -(np.where(np.isnan(depth), _DEEPEST, depth) + more)
            near = Arguments((), points.parameters, ridge, points.noise, points.ensemble)
            solution = solve(task, self.slots.layers, near.parameters, near.ridge)
            values = self._symbol_values(task, near, solution)
            if self.slots.pooled and task.signal > 0:
                depth[values[TRACES.index(BIAS)] < TINIEST] = np.nan
            found = formulas(*map(Extended, values))
            probes.append([Extended(np.ones(kappa.shape)) * value for value in found])
        limits = []
        for first, second in zip(*probes, strict=True):
            exponent = first.log_ratio(second) / (_APART * np.log(10.0))
            limit = np.where(exponent > 0.01, 0.0, np.where(exponent < -0.01, np.inf, first.to_double()))
            limits.append(np.where((first.mantissa == 0) & (second.mantissa == 0), 0.0, limit))
        return np.where(np.isnan(depth), np.nan, np.array(limits))


def _stacked(values: list[Any], shape: tuple[int, ...]) -> NDArray[np.float64]:
    made = np.empty((len(values), *shape))
    for row, value in enumerate(values):
        made[row] = value.to_double() if isinstance(value, Extended) else value
    return made


def ridge_scale(slots: Slots, task: Spectrum, parameters: Sequence[Any], kappa: Any) -> Any:
    """Return the ridge below which a ridgeless chain is at its limit: κ₀, the smallest eigenvalue, the feature noises."""
    scale = np.where(kappa > 0, kappa, task.smallest if task.smallest > 0 else task.total_variance)
    for slot, parameter in zip(slots, parameters, strict=True):
        if not slot.is_size:
            scale = np.where(parameter > 0, np.minimum(scale, parameter), scale)
    return scale

