"""The best sizes and ridge at a given cost, on the real risk: a grid in logarithms that zooms in on its least point."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from theory.chain.terms import Key
from theory.errors import BadArgument, real_array
from theory.spectra.base import Spectrum

_POINTS, _ROUNDS, _SHRINK = 4000, 40, 0.6  # per round: evaluations of the risk, and how the grid's width falls
_DEEPEST = 60.0  # ln(budget) times this bounds |ln ridge|


@dataclass(frozen=True)
class Allocation:
    """The best allocation found.

    Attributes
    ----------
    arguments : dict
        By name, the values of all arguments.
    risk : float
        The least value of the term.
    """

    arguments: dict[str, float]
    risk: float

    def __getattr__(self, keyword: str) -> float:
        try:
            return float(self.__dict__["arguments"][keyword])
        except KeyError:
            raise AttributeError(f"no argument {keyword}") from None


def find_optimum(
    model: Any, task: Spectrum, cost: Mapping[str, float], budget: float, of: Key, fixed: Mapping[str, float]
) -> Allocation:
    """Return the optimum; see `Chain.optimum`."""
    keywords = [slot.keyword for slot in model.slots if slot.keyword not in model.tied]
    powers = _powers(cost, keywords, fixed)
    total = float(real_array("budget", budget, "a number > 0", "give the cost C"))
    if not 0 < total < math.inf:
        raise BadArgument("budget", budget, "a number > 0", "give the cost C")
    for keyword in fixed:
        if keyword not in (*keywords, "ridge", "noise"):
            raise BadArgument(
                keyword, fixed[keyword], f"left out: this chain takes {', '.join(keywords)}, ridge, noise", "remove it"
            )
    for slot in model.slots:
        if slot.is_size and slot.keyword not in (*powers, *fixed):
            raise BadArgument(
                "cost", dict(cost), f"with a power of {slot.keyword}, or {slot.keyword} fixed",
                f"a size that costs nothing is infinite: give {slot.keyword}=inf, or its cost",
            )
    derived = {slot.keyword for slot in model.slots if not slot.is_size} - set(powers) - set(model.tied)
    settled = dict.fromkeys(derived, 0.0)
    settled |= {"noise": 0.0, **{key: float(value) for key, value in fixed.items()}}
    free = [*powers, *(["ridge"] if "ridge" not in (*powers, *fixed) else [])]
    search = _Search(model, task, powers, math.log(total), of, settled, free)
    return search.run()


def _powers(cost: Mapping[str, float], keywords: list[str], fixed: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(cost, Mapping) or not cost:
        raise BadArgument("cost", cost, "a monomial: powers by argument", 'give for example {"n_samples": 1, "n_features": 1}')
    powers = {}
    for keyword, value in cost.items():
        power = real_array("cost", value, "a monomial: finite powers by argument", f"give a number for {keyword}")
        if keyword not in (*keywords, "ridge") or keyword in fixed:
            raise BadArgument(
                "cost", dict(cost), f"in free arguments among {', '.join((*keywords, 'ridge'))}", f"remove {keyword}"
            )
        if power.ndim or not np.isfinite(power) or power == 0 or (keyword.startswith("n_") and power < 0):
            raise BadArgument(
                "cost", dict(cost), "a monomial with finite powers, positive for sizes", f"change that of {keyword}"
            )
        powers[keyword] = float(power)
    return powers


class _Search:
    """Minimisation over the logarithms of the free arguments on the budget."""

    def __init__(
        self, model: Any, task: Spectrum, powers: dict[str, float], log_budget: float, of: Key,
        settled: dict[str, float], free: list[str],
    ) -> None:
        self.model, self.task, self.of, self.settled, self.free = model, task, of, settled, free
        self.last, self.powers, self.log_budget = next(iter(powers)), powers, log_budget

    def run(self) -> Allocation:
        """Zoom in: each round evaluates a grid round the best point so far and shrinks it."""
        names = [name for name in self.free if name != self.last]
        centre = np.array([0.0 if name == "ridge" else self.log_budget / 2 / self.powers[name] for name in names])
        width = np.array([self._reach if name == "ridge" else self.log_budget / 2 / self.powers[name] for name in names])
        best, risk = centre, math.inf
        count = max(5, round(_POINTS ** (1 / len(names)))) if names else 1
        for _ in range(_ROUNDS if names else 1):
            axes = [np.linspace(c - w, c + w, count) for c, w in zip(best, width, strict=True)]
            grid = np.array([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")]) if names else np.zeros((0, 1))
            values = self._risk(dict(zip(names, grid, strict=True)))
            least = int(np.nanargmin(values))
            if values[least] < risk:
                best, risk = grid[:, least], float(values[least])
            width = width * max(_SHRINK, 3.0 / count) if count < 50 else width * 0.2
        logs = self._all(dict(zip(names, best[:, None], strict=True)))
        arguments = {name: float(np.exp(value[0])) for name, value in logs.items()}
        return Allocation({**self.settled, **arguments}, risk)

    @property
    def _reach(self) -> float:
        return min(_DEEPEST * max(self.log_budget, 1.0), 200.0)

    def _all(self, logs: dict[str, Any]) -> dict[str, Any]:
        """Return the logarithms of all free arguments: the last one takes what is left of the budget."""
        spent = sum(self.powers.get(name, 0.0) * value for name, value in logs.items())
        return {**logs, self.last: np.atleast_1d((self.log_budget - spent) / self.powers[self.last])}

    def _risk(self, logs: dict[str, Any]) -> Any:
        everything = self._all(logs)
        allowed = np.all([value >= 0 for name, value in everything.items() if name.startswith("n_")], axis=0)
        if not np.any(allowed):
            raise BadArgument("budget", math.exp(self.log_budget), "enough for one sample and one feature", "give more")
        values = np.full(np.shape(allowed), np.inf)
        arguments = {name: np.exp(np.broadcast_to(value, np.shape(allowed))[allowed]) for name, value in everything.items()}
        found = self.model.evaluate(self.task, **{**self.settled, **arguments}).terms[self.of]
        values[allowed] = np.where(np.isnan(found), np.inf, found)
        return values
