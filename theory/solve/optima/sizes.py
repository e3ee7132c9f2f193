"""The best sizes and ridge at a given cost, on the real risk: a coarse grid in logarithms, its basins, a library's polish.

The ridge is inside: at every point of the grid of sizes it is the best one. A basin is then closed in all variables together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.ndimage import minimum_filter
from scipy.optimize import minimize

from theory.chain.places import check_lawless, inputs
from theory.errors import BadArgument, one_real, real_array
from theory.keywords import check_known, meant
from theory.results.status import Code
from theory.solve.arguments import check_arguments
from theory.solve.optima.ridge import RidgeProblem, RidgeSearch, best_ridge, check_term
from theory.spectra.base import Array, Spectrum, check_spectrum
from theory.terms import Key

_COUNTS = {0: 1, 1: 129, 2: 33}  # points of the grid along each axis, by their number
_MANY = 13  # the same for more axes
_COARSE = 1.5  # e-folds between ridges while sizes are only looked over
_BASINS, _RESTARTS = 4, 8
_LOWER, _BORDER = 1e-13, 1e-6  # relative fall of the risk that counts; distance from a border, in logarithms
_REACH = 200.0  # bound of |ln| of what may be arbitrarily large or small


class AllocationSearch(Code):
    """What became of the search for the best allocation."""

    INSIDE = 0, "a minimum, closed in all variables", ""
    BORDER = 1, "a minimum at the border: a size is the least or the largest that is admissible", ""
    FAILED = 2, "not converged", "evaluate on a grid of your own, or raise the budget"


@dataclass(frozen=True)
class Allocation:
    """The best allocation found.

    Attributes
    ----------
    arguments : dict
        By name, the values of all arguments.
    risk : float
        The least value of the term.
    status : int
        A code of `AllocationSearch`.
    """

    arguments: dict[str, float]
    risk: float
    status: AllocationSearch = AllocationSearch.INSIDE

    @property
    def converged(self) -> bool:
        """Whether the minimum was bracketed and closed."""
        return self.status != AllocationSearch.FAILED

    @property
    def reason(self) -> str:
        """The status in words."""
        return self.status.reason

    def __getattr__(self, keyword: str) -> float:
        try:
            return float(self.__dict__["arguments"][keyword])
        except KeyError:
            raise AttributeError(f"no argument {keyword}") from None


def find_optimum(
    model: Any, task: Spectrum, cost: Mapping[str, float], budget: float, of: Key, fixed: Mapping[str, Any]
) -> Allocation:
    """Return the optimum; see `Chain.optimum`."""
    check_spectrum(task)
    check_lawless(model.slots, "the best sizes, which are real numbers", "exponents().compute_optimal has their powers")
    check_term(model.evaluator, of)
    keywords = [slot.keyword for slot in model.slots if slot.keyword not in model.tied]
    powers = read_cost(cost, [*keywords, "ridge"], fixed)
    total = one_real("budget", budget, "one number > 0", "give the cost C; call it for each of several")
    if not 0 < total < math.inf:
        raise BadArgument("budget", budget, "one number > 0", "give the cost C")
    check_known(fixed, [*keywords, "ridge", "noise"])
    for slot in model.slots:
        if slot.is_size and slot.keyword not in (*powers, *fixed):
            raise BadArgument(
                "cost", dict(cost), f"with a power of {slot.keyword}, or {slot.keyword} fixed",
                f"a size that costs nothing is infinite: give {slot.keyword}=inf, or its cost",
            )
    derived = {slot.keyword for slot in model.slots if not slot.is_size} - set(powers) - set(model.tied)
    settled = dict.fromkeys(derived, 0.0) | {"noise": 0.0}
    settled |= {key: one_real(key, value, "one number", "give a scalar") for key, value in fixed.items()}
    return _Search(model, task, powers, math.log(total), of, settled).run()


def read_cost(cost: Mapping[str, float], free: Sequence[str], fixed: Mapping[str, Any]) -> dict[str, float]:
    """Return a monomial as powers by argument.

    Parameters
    ----------
    cost : mapping
        As it was given.
    free : sequence of str
        Arguments that may cost.
    fixed : mapping
        Those that have a value and cost nothing more.

    Raises
    ------
    ValueError
        For what is no monomial in free arguments, and powers that are not positive for sizes.
    """
    if not isinstance(cost, Mapping) or not cost:
        raise BadArgument("cost", cost, "a monomial: powers by argument", 'give for example {"n_samples": 1, "n_features": 1}')
    powers = {}
    for keyword, value in cost.items():
        power = real_array("cost", value, "a monomial: finite powers by argument", f"give a number for {keyword}")
        if keyword not in free or keyword in fixed:
            raise BadArgument("cost", dict(cost), f"in free arguments among {', '.join(free)}", _remedy(keyword, free))
        if power.ndim or not np.isfinite(power) or power == 0 or (keyword.startswith("n_") and power < 0):
            raise BadArgument(
                "cost", dict(cost), "a monomial with finite powers, positive for sizes", f"change that of {keyword}"
            )
        powers[keyword] = float(power)
    return powers


def _remedy(keyword: str, free: Sequence[str]) -> str:
    hint = meant(keyword, free)
    return f"did you mean {hint}?" if hint and not hint.startswith(keyword) else f"remove {keyword}"


@dataclass(frozen=True)
class _Basin:
    """A point of the search: logarithms of the sizes, and the ridge there."""

    place: Array
    ridge: float
    risk: float
    code: int


@dataclass(frozen=True)
class _Search:
    """Minimisation over the logarithms of the free arguments on the budget; the first of them takes what the others leave."""

    model: Any
    task: Spectrum
    powers: dict[str, float]
    log_budget: float
    of: Key
    settled: dict[str, float]

    @cached_property
    def names(self) -> list[str]:
        """The variables."""
        return list(self.powers)[1:]

    @property
    def tunes(self) -> bool:
        """Whether the ridge is free beside the budget."""
        return "ridge" not in self.powers and "ridge" not in self.settled

    def run(self) -> Allocation:
        """Look over the grid, close its basins, return the best."""
        best = min((self._closed(start) for start in self._starts()), key=lambda basin: basin.risk)
        logs = self._all(best.place[:, None])
        arguments = {name: _whole(float(np.exp(value[0]))) for name, value in logs.items()}
        found = {**self.settled, **arguments, **({"ridge": best.ridge} if self.tunes else {})}
        at_border = bool(self._room(best.place[:, None]) < _BORDER)
        failed = best.code >= RidgeSearch.ENDLESS or not math.isfinite(best.risk)
        inside = AllocationSearch.BORDER if at_border else AllocationSearch.INSIDE
        return Allocation(found, best.risk, AllocationSearch.FAILED if failed else inside)

    def _starts(self) -> list[Array]:
        """Return the lowest points of the grid's basins."""
        spans = [self._span(name) for name in self.names]
        count = _COUNTS.get(len(spans), _MANY)
        axes = [np.linspace(*span, count) for span in spans]
        grid = np.array([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")]).reshape(len(spans), count ** len(spans))
        values = self._risk(grid)
        if not np.isfinite(values).any():
            raise BadArgument("budget", math.exp(self.log_budget), "enough for one sample and one feature", "give more")
        shaped = values.reshape((count,) * len(spans))
        level = minimum_filter(shaped, 3, mode="nearest") if spans else shaped
        lowest = np.flatnonzero((shaped == level) & np.isfinite(shaped))
        return list(grid[:, lowest[np.argsort(values[lowest])][:_BASINS]].T)

    def _span(self, name: str) -> tuple[float, float]:
        """Return the range of a logarithm on the budget."""
        largest = self.log_budget / self.powers[name] if min(self.powers.values()) > 0 else _REACH
        return (0.0, max(largest, 0.0)) if name.startswith("n_") else (-_REACH, _REACH)

    def _closed(self, place: Array) -> _Basin:
        """Return the minimum of a basin: all variables are closed together, then the ridge is looked for again."""
        spacing = np.array([(high - low) / _COUNTS.get(len(self.names), _MANY) for low, high in map(self._span, self.names)])
        best = self._tuned(place)
        for _ in range(_RESTARTS):
            before = best.risk
            moved = self._polished(best, spacing)
            best = min(best, self._tuned(moved), key=lambda basin: basin.risk)
            if not best.risk < before * (1.0 - _LOWER):
                return best
            spacing = np.maximum(spacing * 0.1, 1e-4)
        return _Basin(best.place, best.ridge, best.risk, RidgeSearch.FAILED)

    def _polished(self, start: _Basin, spacing: Array) -> Array:
        """Return the place of the minimum in sizes and ridge together, from a simplex of the grid's spacing."""
        if not start.place.size:
            return start.place
        problem = self._problem(start.place[:, None]) if self.tunes else None
        chart = problem.chart(start.ridge) if problem else np.zeros(0)
        first = np.concatenate([start.place, chart])
        steps = np.diag([*spacing, *(0.3 for _ in chart)])
        simplex = np.vstack([first, *(first + row if self._room((first + row)[: spacing.size, None])[0] >= 0 else first - row
                                      for row in steps)])  # fmt: skip

        def risk(x: Array) -> float:
            place = x[: spacing.size, None]
            if self._room(place)[0] < 0:
                return math.inf
            found = self._problem(place)
            ridge = found.from_chart(x[spacing.size :], start.ridge < 0) if self.tunes else found.arguments.ridge
            value = float(found.risk(ridge, np.zeros(1, np.intp))[0])
            return value if math.isfinite(value) else math.inf

        options = {"initial_simplex": simplex, "xatol": 1e-8, "fatol": _LOWER * start.risk, "maxiter": 300 * len(first)}
        with np.errstate(invalid="ignore"):
            return np.asarray(minimize(risk, first, method="Nelder-Mead", options=options).x[: spacing.size])

    def _tuned(self, place: Array) -> _Basin:
        """Return a point with its best ridge."""
        problem = self._problem(place[:, None])
        if not self.tunes:
            value = float(problem.risk(problem.arguments.ridge, np.zeros(1, np.intp))[0])
            return _Basin(place, 0.0, value if math.isfinite(value) else math.inf, RidgeSearch.POSITIVE)
        ridge, risk, code = best_ridge(problem)
        return _Basin(place, float(ridge[0]), float(risk[0]), int(code[0]))

    def _risk(self, places: Array) -> Array:
        """Return the risk at points, with their best ridge where it is free; inf where they are not admissible."""
        values = np.full(places.shape[1], np.inf)
        allowed = np.flatnonzero(self._room(places) >= 0)
        for which in np.array_split(allowed, max(1, allowed.size // 500)):
            if which.size:
                problem = self._problem(places[:, which])
                found = (best_ridge(problem, _COARSE, polish=False)[1] if self.tunes
                         else problem.risk(problem.arguments.ridge, np.arange(which.size)))  # fmt: skip
                values[which] = np.where(np.isnan(found), np.inf, found)
        return values

    def _problem(self, places: Array) -> RidgeProblem:
        """Return the risk as a function of the ridge, at points; where the ridge is not free, at it."""
        values = {name: np.exp(value) for name, value in self._all(places).items()}
        given = {"ridge": 1.0, "ensemble": 1.0, **self.settled, **values}
        bound = given | {variance: self._unit[variance] / given[width] for variance, width in self.model.tied.items()}
        bound["ridge"] = given["ridge"] * self._unit["ridge"]
        return RidgeProblem(self.model.evaluator, self.task, check_arguments(self.model.slots, self.task, bound), self.of)

    @cached_property
    def _unit(self) -> dict[str, Any]:
        """What the chain makes of a ridge of one, and of sizes of one that variances follow from."""
        return self.model.bound(self.task, {"ridge": 1.0, **dict.fromkeys(self.model.tied.values(), 1.0)})

    def _all(self, places: Array) -> dict[str, Array]:
        """Return the logarithms of all arguments that cost, shape (n_points,)."""
        logs = dict(zip(self.names, places, strict=True))
        first, power = next(iter(self.powers.items()))
        spent = sum((self.powers[name] * value for name, value in logs.items()), np.zeros(places.shape[1]))
        return {**logs, first: (self.log_budget - spent) / power}

    def _room(self, places: Array) -> Array:
        """Return how far points are inside the admissible sizes, in logarithms; negative where they are not."""
        logs = {keyword: np.full(places.shape[1], math.log(value) if value > 0 else -math.inf)
                for keyword, value in self.settled.items() if keyword.startswith("n_")} | self._all(places)  # fmt: skip
        room = [value for name, value in logs.items() if name in self.powers and name.startswith("n_")]
        own = [logs.get(slot.keyword) for slot in self.model.slots]
        layers, population = self.model.slots.layers, np.full(places.shape[1], math.log(self.task.size))
        for layer, mine, inner in zip(layers, own, inputs(layers, own, population), strict=True):
            if layer.nested and mine is not None:
                room.append(inner - mine)
        return np.min(room, axis=0) if room else np.full(places.shape[1], math.inf)


def _whole(value: float) -> float:
    """Return a number as it is, or the whole one that exp(log) misses by rounding."""
    nearest = round(value) if value < 1e15 else value
    return float(nearest) if abs(value - nearest) < 1e-13 * value else value
