"""The best ridge at many points at once: above zero in ln λ, below zero in the odds of λ to the edge of its branch, and zero.

    λ > 0:  x = ln λ           λ_edge < λ < 0:  x = ln[s/(1 − s)],  s = λ/λ_edge           λ = 0:  the ridgeless limit

The risk is smooth through zero wherever negative ridges are admissible; it diverges at the edge (the bias does not).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from theory.chain.places import inputs
from theory.chunks import chunks
from theory.errors import BadArgument
from theory.results.inputs import Inputs
from theory.results.status import Code, reasons
from theory.results.tabular import Tabular
from theory.solve.arguments import Arguments
from theory.solve.evaluate import Evaluator, ridge_scale
from theory.solve.kappa.fixed_point import FixedPoint
from theory.solve.optima.minimise import ROUNDING, STEP, Minima, Search, minimise
from theory.solve.silent import column
from theory.spectra.base import Array, Spectrum
from theory.terms import Key, Terms

_BELOW, _ABOVE = 60.0, 20.0  # e-folds beyond the scales of the ridge, where the risk no longer changes
_ODDS = -36.0, 20.0  # of a negative ridge, from zero to rounding of the edge
_LARGEST = 1e280  # scale that is told from infinity
_TOGETHER = 1000  # points that are searched at once


class RidgeSearch(Code):
    """What became of the search for the best ridge at one point."""

    POSITIVE = 0, "a positive ridge", ""
    RIDGELESS = 1, "ridge zero: nothing better on either side", ""
    NEGATIVE = 2, "a negative ridge", ""
    EDGE = 3, "the lowest admissible ridge: this term does not diverge there", ""
    ENDLESS = 4, "the risk falls for ever as the ridge grows", "predict zero: there is nothing to learn"
    FAILED = 5, "not converged", "evaluate on a grid of ridges of your own"


class OptimalRidge(np.ndarray[Any, Any], Tabular):
    """Best ridges, an array of doubles of the broadcast shape of the arguments; NaN where the search did not converge.

    Attributes
    ----------
    risk : ndarray
        The least value of the term, at each ridge.
    status : ndarray of int
        Codes of `RidgeSearch`.
    inputs : Inputs
        Every argument by keyword, broadcast.
    """

    outcomes: ClassVar[type[Code]] = RidgeSearch

    risk: Array
    status: NDArray[np.int8]

    def __new__(cls, ridge: Array, risk: Array, status: NDArray[Any], inputs: Inputs | None = None) -> OptimalRidge:
        """Return the array, with what is known about it."""
        made = np.asarray(ridge, dtype=np.float64).view(cls)
        made.risk, made.status = risk, np.asarray(status, dtype=np.int8)
        made.inputs = Inputs(made.shape, {}) if inputs is None else inputs
        return made

    @property
    def answers(self) -> dict[str, NDArray[Any]]:
        """The ridges, their risks, and what became of the search."""
        return {"ridge": np.asarray(self), "risk": self.risk, "status": self.status}

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """Return results of arithmetic as plain arrays: they are no best ridges."""
        plain = np.asarray(array)
        return plain[()] if return_scalar else plain

    def __getitem__(self, key: Any) -> Any:
        """Return entries as a plain array."""
        return np.asarray(self)[key]

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the array with what is known about it."""
        return type(self), (np.asarray(self), self.risk, self.status, self.inputs)

    def __copy__(self) -> OptimalRidge:
        return type(self)(np.array(self), self.risk.copy(), self.status.copy(), self.inputs)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> OptimalRidge:
        return self.__copy__()

    @property
    def converged(self) -> NDArray[np.bool_]:
        """Whether the ridge is the best one, at each point."""
        return np.asarray(self.status < RidgeSearch.ENDLESS)

    @property
    def reasons(self) -> NDArray[np.str_]:
        """The status of each point in words."""
        return reasons(self.status, RidgeSearch)


@dataclass(frozen=True)
class RidgeProblem:
    """One term of a chain's risk as a function of the ridge, at n points.

    Attributes
    ----------
    evaluator : Evaluator
        Of the chain.
    task : Spectrum
        The population.
    arguments : Arguments
        The points; their ridge is what the chain makes of a ridge of one (nonlinear features rescale it).
    of : str or tuple of str
        The term.
    """

    evaluator: Evaluator
    task: Spectrum
    arguments: Arguments
    of: Key

    def risk(self, ridge: Array, which: NDArray[np.intp]) -> Array:
        """Return the term at ridges of the points numbered `which`; NaN where it is not known."""
        points = replace(self.arguments.take(which), shape=ridge.shape, ridge=ridge)
        return np.asarray(self.evaluator.evaluate(self.task, points).terms[self.of])

    @cached_property
    def edges(self) -> Array:
        """The lowest admissible ridge at every point, 0 where no negative one is."""
        everything = self.arguments
        problem = FixedPoint(self.task, self.evaluator.slots.layers, everything.parameters, everything.ridge)
        found = np.zeros(everything.ridge.size)
        for points in problem.chunks():
            found[points] = problem.edges(points)
        return found

    def above(self, step: float, polish: bool) -> Minima:
        """Return the least risk at positive ridges, in ln λ."""
        low, high = self._range()
        return minimise(lambda x, which: self.risk(np.exp(x), which), low, high, step, polish)

    def below(self, step: float, polish: bool, known: Array) -> tuple[Minima, NDArray[np.intp]]:
        """Return the least risk at negative ridges, in the odds of their share of the edge, and the points that have any."""
        which = np.flatnonzero(self.edges < 0)
        low, high = (np.full(which.size, end) for end in _ODDS)

        def risk(x: Array, of: NDArray[np.intp]) -> Array:
            return self.risk(self.share(x) * self.edges[which[of]], which[of])

        return minimise(risk, low, high, step, polish, known[which]), which

    def chart(self, ridge: float) -> Array:
        """Return the coordinate of one point's ridge (in the caller's units): none for zero."""
        own = ridge * self.arguments.ridge[0]
        if own < 0:
            return np.array([-np.log(self.edges[0] / own - 1.0)])
        return np.array([np.log(own)]) if own > 0 else np.zeros(0)

    def from_chart(self, x: Array, below: bool) -> Array:
        """Return the chain's own ridge of one point from its coordinate, shape (1,); `below`: of negative ridges."""
        if not x.size:
            return np.zeros(1)
        return self.share(x) * self.edges if below else np.exp(x)

    @staticmethod
    def share(x: Array) -> Array:
        """Return λ/λ_edge."""
        return 1.0 / (1.0 + np.exp(-x))

    def _range(self) -> tuple[Array, Array]:
        """Return ln λ at both ends: far below and far above every scale of the ridge."""
        points, slots, zero = self.arguments, self.evaluator.slots, np.zeros_like(self.arguments.ridge)
        kappa = self.evaluator.evaluate(self.task, replace(points, shape=zero.shape, ridge=zero)).kappa
        scale = ridge_scale(slots, self.task, points.parameters, np.where(np.isnan(kappa), 0.0, kappa))
        total, crowding = zero + self.task.total_variance, zero + 1.0
        for slot, parameter, inner in zip(
            slots, points.parameters, inputs(slots.layers, points.parameters, zero + self.task.size), strict=True
        ):
            if slot.is_size:
                crowding = crowding * (1.0 + 1.0 / parameter)
            else:
                total = total + np.where(parameter > 0, parameter * inner, 0.0)
        loudness = 1.0 + points.noise / self.task.signal if self.task.signal > 0 else 1.0
        with np.errstate(over="ignore"):
            high = np.log(np.clip(total * crowding * loudness, scale, _LARGEST)) + _ABOVE
        return np.log(np.clip(scale, 1.0 / _LARGEST, _LARGEST)) - _BELOW, high


def best_ridge(problem: RidgeProblem, step: float = STEP, polish: bool = True) -> tuple[Array, Array, NDArray[np.intp]]:
    """Return the ridge of least risk at every point, that risk, and codes of `RidgeSearch`."""
    unit = problem.arguments.ridge
    n = unit.size
    ridge, risk = np.zeros(n), problem.risk(np.zeros(n), np.arange(n))
    risk = np.where(np.isfinite(risk), risk, np.inf)
    best = ridge, risk, np.full(n, RidgeSearch.RIDGELESS)
    above = problem.above(step, polish)
    _take(best, np.arange(n), np.exp(above.place), above, RidgeSearch.POSITIVE, RidgeSearch.ENDLESS)
    below, which = problem.below(step, polish, risk)
    _take(best, which, problem.share(below.place) * problem.edges[which], below, RidgeSearch.NEGATIVE, RidgeSearch.EDGE)
    code = np.where(np.isfinite(risk), best[2], RidgeSearch.FAILED)
    return np.where(code == RidgeSearch.FAILED, np.nan, ridge / unit), risk, code


def _take(best: tuple[Array, ...], which: Any, ridge: Array, found: Minima, inside: RidgeSearch, highest: RidgeSearch) -> None:
    """Write what is better than the best so far into it."""
    better = found.value < best[1][which] * (1.0 - ROUNDING)
    code = np.select([found.code == Search.INSIDE, found.code == Search.HIGHEST], [inside, highest], RidgeSearch.FAILED)
    for whole, own in zip(best, (ridge, found.value, code), strict=True):
        whole[which[better]] = own[better]


def optimal_ridge(evaluator: Evaluator, task: Spectrum, arguments: Arguments, of: Key) -> OptimalRidge:
    """Return the ridges of least risk; see `Chain.optimal_ridge`. `arguments` are those at a ridge of one."""
    check_term(evaluator, of)
    n = arguments.ridge.size
    ridge, risk, code = np.empty(n), np.empty(n), np.empty(n, np.intp)
    for part in chunks(n, _TOGETHER):
        points = np.arange(n)[part]
        ridge[points], risk[points], code[points] = best_ridge(RidgeProblem(evaluator, task, arguments.take(points), of))
    return OptimalRidge(ridge.reshape(arguments.shape), risk.reshape(arguments.shape), code.reshape(arguments.shape))


def joined_ridges(shape: tuple[int, ...], parts: Sequence[tuple[NDArray[np.intp], OptimalRidge]]) -> OptimalRidge:
    """Return the best ridges of all points from those of some."""
    places = [points for points, _ in parts]
    columns = zip(*((np.asarray(found), found.risk, found.status) for _, found in parts), strict=True)
    ridge, risk, status = (column(shape, places, pieces) for pieces in columns)
    return OptimalRidge(ridge, risk, status)


def check_term(evaluator: Evaluator, of: Any) -> None:
    """Refuse what is no term of a risk."""
    terms = Terms(dict.fromkeys(evaluator.keys))
    if not isinstance(of, (str, tuple)) or of not in terms:
        raise BadArgument("of", of, f"one of {', '.join(map(repr, terms))}", "name a term of the risk")
