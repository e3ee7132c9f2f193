"""Numbers for every term of a chain's risk: solve for κ, sum the traces once, evaluate the lowered formulas.

Points run through in chunks that stay in cache. At ridge zero a formula may be 0/0 (two sizes equal, or a size equal to the
rank): its limit is then read off two tiny ridges, exactly, because a subtraction-free f(λ) is A λ^k (1 + O(λ^(1/m))).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from theory.chain.derivation import POPULATION, Derivation
from theory.chain.naming import Slot
from theory.chain.symbolic import Meaning
from theory.chain.terms import Terms
from theory.notation import BIAS, ENSEMBLE, LEARNT, NOISE, STIFFNESS, Pair
from theory.solve.arguments import Arguments
from theory.solve.extended import Extended
from theory.solve.fixed_point import Solution, solve
from theory.solve.lower import lower_terms, lower_traces
from theory.spectra.base import Spectrum

CHUNK = 4096
UNRESOLVED = "not converged: 0/0 beyond the range of doubles"
TINY = 1e-12  # below it, powers of a complement may leave the range of doubles
TINY_LINEAR = 1e-100  # the same for what enters linearly
TRACES = (STIFFNESS.part.symbol, STIFFNESS.complement.symbol, BIAS.symbol, LEARNT.symbol)


@dataclass(frozen=True)
class Risk:
    """What `Chain.evaluate` returns: arrays of the broadcast shape of its arguments.

    Attributes
    ----------
    kappa : ndarray
        κ, the ridge that the population sees.
    terms : Terms
        All terms by name: "test" (σ² included), "train", "excess", "bias" and the variance components.
    converged : ndarray of bool
        Whether the fixed point was found; where it was not, every number is NaN.
    status : ndarray of str
        A reason for each point.
    """

    kappa: Any
    terms: Terms[Any]
    converged: NDArray[np.bool_]
    status: NDArray[np.str_]
    _risks: tuple[str, ...] = field(default=("test", "train", "excess", "bias"), repr=False)

    @property
    def test(self) -> Any:
        """Test risk, σ² included."""
        return self.terms["test"]

    @property
    def train(self) -> Any:
        """Training risk (without the penalty)."""
        return self.terms["train"]

    @property
    def excess(self) -> Any:
        """Test risk less σ²."""
        return self.terms["excess"]

    @property
    def bias(self) -> Any:
        """Squared bias of the mean predictor."""
        if "bias" not in self.terms:
            raise AttributeError("this chain's risk is not decomposed into bias and variances (see its layers)")
        return self.terms["bias"]

    @cached_property
    def variance(self) -> Terms[Any]:
        """Variance components by source, as `variance["samples"]` or `variance["samples", "features"]`."""
        return Terms({key: value for key, value in self.terms.items() if key not in self._risks})


class Evaluator:
    """A chain's formulas lowered to NumPy.

    Parameters
    ----------
    derivation : Derivation
        The chain's formulas.
    meanings : dict
        Definitions of their symbols.
    """

    def __init__(self, derivation: Derivation, meanings: dict[Symbol, Meaning]) -> None:
        self.slots: tuple[Slot, ...] = derivation.slots
        self._pairs = derivation.odds.pairs[1:]
        self._derivation = derivation
        self._orders, self._traces = lower_traces(meanings, TRACES, "numpy")

    @cached_property
    def _single(self) -> Any:
        return lower_terms(self._derivation.formulas, formula_symbols(self._derivation), "numpy")

    @cached_property
    def _ensemble(self) -> Any:
        return lower_terms(self._derivation.ensemble, formula_symbols(self._derivation), "numpy")

    def evaluate(self, task: Spectrum, arguments: Arguments) -> Risk:
        """Return every term at every point."""
        single = bool((arguments.ensemble == 1).all())
        terms: Terms[Expr] = self._derivation.formulas if single else self._derivation.ensemble
        n_points = arguments.ridge.size
        kappa, converged, status = np.empty(n_points), np.empty(n_points, dtype=bool), np.empty(n_points, dtype="<U60")
        values = np.empty((len(terms), n_points))
        for start in range(0, n_points, CHUNK):
            part = slice(start, start + CHUNK)
            points = arguments.take(part)
            solution = solve(task, [slot.layer for slot in self.slots], points.parameters, points.ridge)
            kappa[part], converged[part], status[part] = solution.kappa, solution.converged, solution.status
            values[:, part] = self._values(task, points, solution, single)
        unresolved = converged & np.isnan(values).any(axis=0)
        status[unresolved], converged[unresolved] = UNRESOLVED, False
        values[:, ~converged] = np.nan
        shaped = {key: value.reshape(arguments.shape) for key, value in zip(terms, values, strict=True)}
        return Risk(
            kappa.reshape(arguments.shape), Terms(shaped),
            converged.reshape(arguments.shape), status.reshape(arguments.shape),
        )

    def _values(self, task: Spectrum, points: Arguments, solution: Solution, single: bool) -> NDArray[np.float64]:
        formulas = self._single if single else self._ensemble
        arguments = self._symbol_values(task, points, solution)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            values = _stacked(formulas(*arguments), points.ridge.shape)
        far = self._far(np.array(arguments)) & solution.converged
        if far.any():
            wide = formulas(*(Extended(argument[far]) for argument in arguments))
            values[:, far] = _stacked([Extended(1.0) * value for value in wide], far[far].shape)
        undefined = solution.converged & (points.ridge == 0) & np.isnan(values).any(axis=0)
        if undefined.any():
            values[:, undefined] = self._limit(task, points.take(undefined), solution.kappa[undefined], single)
        return values

    @cached_property
    def _floors(self) -> NDArray[np.float64]:
        linear = {BIAS.symbol, LEARNT.symbol, NOISE.symbol, ENSEMBLE.symbol}
        return np.array([[TINY_LINEAR if s in linear else TINY] for s in formula_symbols(self._derivation)])

    def _far(self, arguments: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return where powers of the arguments may leave the range of doubles."""
        far: NDArray[np.bool_] = ((np.abs(arguments) < self._floors) & (arguments != 0)).any(axis=0)
        return far

    def _symbol_values(self, task: Spectrum, points: Arguments, solution: Solution) -> list[NDArray[np.float64]]:
        """Return the values of `formula_symbols`, each of shape (n_points,)."""
        with np.errstate(invalid="ignore"):  # κ = 0 in an infinite spectrum: d = inf
            traces = self._traces(*task.moments(solution.kappa, self._orders))
            population = solution.dof / task.size, solution.vacancy
        pairs = pair_values(self.slots, self._pairs, points.parameters, solution.pairs, population, task.size)
        return [*traces, points.noise, points.ensemble, *(value for pair in pairs for value in pair)]

    def _limit(self, task: Spectrum, points: Arguments, kappa: Any, single: bool) -> NDArray[np.float64]:
        """Return lim f(λ) for λ → 0 from f = A λ^k at two ridges, far below everything else."""
        scale = ridge_scale(self.slots, task, points.parameters, kappa)
        probes = []
        for power in (1e-130, 1e-140):
            near = Arguments((), points.parameters, scale * power, points.noise, points.ensemble)
            solution = solve(task, [slot.layer for slot in self.slots], near.parameters, near.ridge)
            arguments = [Extended(argument) for argument in self._symbol_values(task, near, solution)]
            found = (self._single if single else self._ensemble)(*arguments)
            probes.append([Extended(np.ones(kappa.shape)) * value for value in found])
        limits = []
        for first, second in zip(*probes, strict=True):
            exponent = first.log_ratio(second) / np.log(1e10)
            limit = np.where(exponent > 0.01, 0.0, np.where(exponent < -0.01, np.inf, first.to_double()))
            limits.append(np.where((first.mantissa == 0) & (second.mantissa == 0), 0.0, limit))
        return np.array(limits)


def _stacked(values: list[Any], shape: tuple[int, ...]) -> NDArray[np.float64]:
    doubles = [value.to_double() if isinstance(value, Extended) else value for value in values]
    return np.array([np.broadcast_to(value, shape) for value in doubles], dtype=np.float64)


def formula_symbols(derivation: Derivation) -> list[Symbol]:
    """Return the arguments of a chain's lowered formulas: traces, σ², K, then (u, t) of each pair."""
    pairs = derivation.odds.pairs[1:]
    letters = [letter for pair in pairs for letter in (pair.part, pair.complement)]
    return [*TRACES, NOISE.symbol, ENSEMBLE.symbol, *(letter.symbol for letter in letters)]


def ridge_scale(slots: tuple[Slot, ...], task: Spectrum, parameters: Sequence[Any], kappa: Any) -> Any:
    """Return the ridge below which a ridgeless chain is at its limit: κ₀, the smallest eigenvalue, the feature noises."""
    scale = np.where(kappa > 0, kappa, task.smallest if task.smallest > 0 else task.total_variance)
    for slot, parameter in zip(slots, parameters, strict=True):
        if not slot.layer.sized:
            scale = np.where(parameter > 0, np.minimum(scale, parameter), scale)
    return scale


def pair_values(
    slots: tuple[Slot, ...], pairs: Sequence[Pair], parameters: Sequence[Any], own: Sequence[tuple[Any, Any]],
    population: tuple[Any, Any], size: Any,
) -> list[tuple[Any, Any]]:
    """Return the values (u, t) of `pairs`, in order, from those of the layers.

    Parameters
    ----------
    slots, parameters, own : sequences
        The layers, their parameters and their (u, t), innermost first.
    pairs : sequence of Pair
        Pairs of layers, ratios of nested layers to their input, the population's own.
    population : (u, t)
        d/D and 1 − d/D.
    size : float or mpf
        D.
    """
    values = {POPULATION: population}
    for slot, parameter, pair in zip(slots, parameters, own, strict=True):
        values[slot.pair] = pair
        if slot.ratio:
            values[slot.ratio] = shares(parameter, size)
        size = parameter if slot.layer.sized else size
    return [values[pair] for pair in pairs]


def shares(part: Any, whole: Any) -> tuple[Any, Any]:
    """Return part/whole and 1 − part/whole for part ≤ whole ≤ inf, of arrays or of one mpf."""
    if not isinstance(part, np.ndarray):
        return (part / whole, (whole - part) / whole) if whole != math.inf else (part * 0, part * 0 + 1)
    finite = np.isfinite(whole)
    base = np.where(finite, whole, 1.0)
    same = part == whole
    share = np.where(finite, part / base, 0.0)
    rest = np.where(finite, (base - part) / base, 1.0)
    return np.where(same, 1.0, share), np.where(same, 0.0, rest)
