"""Local exponents: ∂ln(term)/∂ln(argument) where one really is, without finite differences.

The algebra of logarithmic derivatives: an element carries ln f and ∇ln f; a product adds them, a sum averages the gradients
with the weights of its parts. On subtraction-free formulas these weights are positive: slopes are as accurate as the
terms, and max-plus is the limit where one part has all the weight. The gradients of κ and of the complements solve the
chain's fixed-point equations, differentiated by the same algebra from the layers' declarations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.chain.algebras.own import Known, Own
from theory.chain.arguments import formula_symbols, pair_values, shares
from theory.chain.derivation import Derivation
from theory.chain.layers import Level
from theory.chain.places import check_lawless, seen
from theory.errors import BadArgument
from theory.results.result import PerPoint, Result
from theory.solve.arguments import Arguments
from theory.solve.kappa.fixed_point import solve
from theory.solve.lower import lower_terms, lower_traces
from theory.solve.silent import column
from theory.spectra.base import Order, Spectrum
from theory.terms import Terms

Array = NDArray[np.float64]


class LogSlope:
    """ln f at n points, and its gradient.

    Parameters
    ----------
    log : ndarray of shape (n,)
        -inf: f = 0.
    slope : ndarray of shape (n_variables, n)
        ∂ln f/∂ln x, a row for each variable x.
    """

    __array_ufunc__ = None
    __slots__ = ("log", "slope")

    def __init__(self, log: Array, slope: Array) -> None:
        self.log, self.slope = log, slope

    @classmethod
    def of(cls, value: Array, slope: Array) -> LogSlope:
        """Return the element of a value ≥ 0."""
        with np.errstate(divide="ignore"):
            return cls(np.log(value), slope)

    def _lift(self, other: Any) -> LogSlope:
        return other if isinstance(other, LogSlope) else LogSlope.of(np.full_like(self.log, other), np.zeros_like(self.slope))

    def __add__(self, other: Any) -> LogSlope:
        other = self._lift(other)
        log = np.logaddexp(self.log, other.log)
        with np.errstate(invalid="ignore"):
            weight, rest = np.exp(self.log - log), np.exp(other.log - log)
        weight, rest = np.where(np.isneginf(log), 0.0, weight), np.where(np.isneginf(log), 0.0, rest)
        return LogSlope(log, _weighted(weight, self.slope) + _weighted(rest, other.slope))

    def __mul__(self, other: Any) -> LogSlope:
        other = self._lift(other)
        zero = np.isneginf(self.log) | np.isneginf(other.log)
        with np.errstate(invalid="ignore"):
            return LogSlope(np.where(zero, -np.inf, self.log + other.log), self.slope + other.slope)

    def __truediv__(self, other: Any) -> LogSlope:
        other = self._lift(other)
        with np.errstate(invalid="ignore"):
            return LogSlope(self.log - other.log, self.slope - other.slope)

    def __rtruediv__(self, other: Any) -> LogSlope:
        return self._lift(other) / self

    def __pow__(self, power: Any) -> LogSlope:
        return LogSlope(self.log * power, self.slope * power)

    __radd__ = __add__
    __rmul__ = __mul__


def _weighted(weight: Array, slope: Array) -> Array:
    """Return weight × slope, 0 where the weight is."""
    return np.where(weight > 0, weight * slope, 0.0)


@dataclass(frozen=True, repr=False)
class LocalExponents(Result):
    """Slopes ∂ln f/∂ln x, arrays of the broadcast shape of the arguments; NaN where f or x is zero or infinite.

    Attributes
    ----------
    kappa : dict
        Of κ, by argument: `n_samples`, …, `ridge`, `noise`.
    terms : Terms
        Of every term, such a dict each. `local["test"]` is short for `local.terms["test"]`; `local[3]` is all at a point.
    inputs : Inputs
        The arguments.
    """

    kappa: PerPoint
    terms: PerPoint

    def __getitem__(self, key: Any) -> Any:
        """Return the slopes of a term by its name, or all slopes at some points by an index."""
        named = isinstance(key, str) or (isinstance(key, tuple) and key != () and all(isinstance(part, str) for part in key))
        return self.terms[key] if named else super().__getitem__(key)

    def joined(self, tied: Mapping[str, str]) -> LocalExponents:
        """Return the slopes with variances that fall as 1/size taken into those by their sizes."""

        def join(slopes: dict[str, Any]) -> dict[str, Any]:
            made = {name: slope for name, slope in slopes.items() if name not in tied}
            return made | {size: slopes[size] - slopes[variance] for variance, size in tied.items()}

        terms = Terms({key: join(slopes) for key, slopes in self.terms.items()})
        return LocalExponents(join(self.kappa), terms, inputs=self.inputs)

    def along(self, key: Any, **direction: float) -> Any:
        """Return the slope of a term by ln Λ where each argument named is Λ to the power given, and the others fixed."""
        slopes = self.kappa if key == "kappa" else self.terms[key]
        return sum(power * slopes[keyword] for keyword, power in direction.items())


def local_exponents(derivation: Derivation, task: Spectrum, arguments: Arguments) -> LocalExponents:
    """Return the slopes at every point; see `Chain.local_exponents`.

    Raises
    ------
    ValueError
        For a negative ridge, and for layers with columns or rows of a law.
    """
    check_lawless(derivation.slots, "local slopes", "take exponents(), or the ratio of evaluated risks")
    if (arguments.ridge < 0).any():
        raise BadArgument("ridge", arguments.ridge.min(), "≥ 0 where slopes by its logarithm are wanted", "give a ridge ≥ 0")
    point = _Point(derivation, task, arguments)
    results = lower_terms(derivation.formulas, formula_symbols(derivation.slots), "numpy")(*point.symbols())
    terms = {key: point.shaped(result) for key, result in zip(derivation.formulas, results, strict=True)}
    return LocalExponents(point.shaped(point.kappa), Terms(terms))


def joined_slopes(
    shape: tuple[int, ...], keywords: Sequence[str], parts: Sequence[tuple[NDArray[np.intp], LocalExponents]]
) -> LocalExponents:
    """Return the slopes of all points from those of some; NaN by the variance of a noise that is silent."""
    places = [points for points, _ in parts]

    def join(slopes: Sequence[dict[str, Any]]) -> dict[str, Any]:
        sizes = [points.size for points in places]
        return {keyword: column(shape, places, [slope.get(keyword, np.full(size, np.nan))
                                                for slope, size in zip(slopes, sizes, strict=True)])
                for keyword in keywords}  # fmt: skip

    found = [local for _, local in parts]
    terms = {key: join([local.terms[key] for local in found]) for key in found[0].terms}
    return LocalExponents(join([local.kappa for local in found]), Terms(terms))


class _Point:
    """The fixed point at n points, with the gradient of everything by the logarithms of the arguments."""

    def __init__(self, derivation: Derivation, task: Spectrum, arguments: Arguments) -> None:
        self.derivation, self.task, self.arguments = derivation, task, arguments
        self.slots = derivation.slots
        self.solution = solve(task, self.slots.layers, arguments.parameters, arguments.ridge)
        self.known = [*(slot.keyword for slot in self.slots), "ridge", "noise"]
        self._orders, self._traces = lower_traces("numpy")
        self._sums = dict(zip(self._needed, task.moments(self.solution.kappa, self._needed), strict=True))
        self._unknowns = 1 + 2 * len(self.slots)
        gradient = self._solved()
        self.kappa = LogSlope.of(self.solution.kappa, gradient[0])
        self.pairs = [
            (LogSlope.of(part, gradient[1 + 2 * i]), LogSlope.of(complement, gradient[2 + 2 * i]))
            for i, (part, complement) in enumerate(self.solution.pairs)
        ]

    @property
    def _needed(self) -> tuple[Order, ...]:
        """The moments of the formulas and of d, and those that their derivatives by ln κ are made of."""
        orders = [*self._orders, (1, 0, 0)]
        return tuple(dict.fromkeys([*orders, *(o for i, j, q in orders for o in ((i + 1, j, q), (i, j + 1, q)))]))

    def _moment(self, order: Order, kappa: Array) -> LogSlope:
        """Return a moment Σ w x^i y^j, given ∇lnκ: its derivative by ln κ is j Σ w x^(i+1) y^j − i Σ w x^i y^(j+1)."""
        (i, j, q), sums = order, self._sums
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = (j * sums[i + 1, j, q] - i * sums[i, j + 1, q]) / sums[order]
        return LogSlope.of(sums[order], np.where(kappa != 0, rate * kappa, 0.0))

    def _population(self, kappa: LogSlope) -> tuple[LogSlope, tuple[LogSlope, LogSlope]]:
        """Return d, and d/D with its complement."""
        dof, size = self._moment((1, 0, 0), kappa.slope), self.task.size
        part = LogSlope.of(self.solution.dof / size, dof.slope)
        with np.errstate(invalid="ignore", divide="ignore"):
            odds = np.where(part.log > -np.inf, np.exp(part.log) / self.solution.vacancy, 0.0)
            return dof, (part, LogSlope.of(self.solution.vacancy, np.where(odds > 0, -odds * dof.slope, 0.0)))

    def _solved(self) -> Array:
        """Return the gradients of κ and of every u, t: shape (1 + 2 n_layers, n_arguments, n)."""
        n, slots, total = self.arguments.ridge.size, self.slots, self._unknowns + len(self.known)
        units = np.broadcast_to(np.eye(total)[:, :, None], (total, total, n))
        kappa = LogSlope.of(self.solution.kappa, units[0])
        dof, (_, vacancy) = self._population(kappa)
        one = LogSlope.of(np.ones(n), np.zeros((total, n)))
        level = Level(kappa, dof, vacancy, one, LogSlope.of(np.full(n, float(self.task.size)), np.zeros((total, n))))
        rows, population = [], level
        for i, slot in enumerate(slots):
            level = seen(slot.layer, level, population)
            values = self.solution.pairs[i]
            parameter = LogSlope.of(self.arguments.parameters[i], units[self._unknowns + i])
            part, complement = (LogSlope.of(values[side], units[1 + 2 * i + side]) for side in (0, 1))
            whole = slot.layer.whole(level)
            rows.append(part.slope - Own(parameter, slot.is_size).share(whole).slope)
            rows.append(values[0] * part.slope + values[1] * complement.slope)
            level = slot.layer.outside(level, Known(parameter, part, complement, whole, slot.is_size), 0)
        rows.append(level.ridge.slope - units[self._unknowns + len(slots)])
        system = np.moveaxis(np.array(rows), 2, 0)
        usable = np.isfinite(system).all(axis=(1, 2)) & self.solution.converged
        gradient = np.full((n, self._unknowns, len(self.known)), np.nan)
        matrix, right = system[usable, :, : self._unknowns], -system[usable, :, self._unknowns :]
        try:
            gradient[usable] = np.linalg.solve(matrix, right)
        except np.linalg.LinAlgError:  # some points are at a singular limit, such as P = N without ridge
            gradient[usable] = np.array([_solved_or_nan(a, b) for a, b in zip(matrix, right, strict=True)])
        return np.moveaxis(gradient, 0, 2)

    def symbols(self) -> list[LogSlope]:
        """Return the values of the formulas' symbols, in order."""
        n = self.arguments.ridge.size
        shape = len(self.known), n
        traces = self._traces(*(self._moment(order, self.kappa.slope) for order in self._orders))
        noise = LogSlope.of(self.arguments.noise, self._unit("noise"))
        _, population = self._population(self.kappa)
        one = LogSlope.of(np.ones(n), np.zeros(shape))
        parameters = [(value, self._unit(slot.keyword))
                      for slot, value in zip(self.slots, self.arguments.parameters, strict=True)]  # fmt: skip
        size = np.full(n, float(self.task.size)), np.zeros(shape)
        pairs = pair_values(self.slots, self.slots.pairs, parameters, self.pairs, population, size, _ratio)
        return [*traces, noise, one, *pairs]

    def _unit(self, keyword: str) -> Array:
        return np.array([np.full(self.arguments.ridge.size, float(keyword == name)) for name in self.known])

    def shaped(self, element: LogSlope) -> dict[str, Any]:
        """Return an element's gradient by argument, in the arguments' shape; NaN where a logarithm has no meaning."""
        given = [*self.arguments.parameters, self.arguments.ridge, self.arguments.noise]
        found = {}
        for keyword, value, slope in zip(self.known, given, element.slope, strict=True):
            sensible = np.isfinite(element.log) & self.solution.converged & np.isfinite(value) & (value > 0)
            found[keyword] = np.where(sensible, slope, np.nan).reshape(self.arguments.shape)
        return found


def _ratio(part: tuple[Array, Array], whole: tuple[Array, Array]) -> tuple[LogSlope, LogSlope]:
    """Return part/whole ≤ 1 and the rest, from values and slopes; the rest falls where the share grows."""
    share, rest = shares(part[0], whole[0])
    slope = part[1] - whole[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        falls = np.where(share > 0, -share / rest * slope, 0.0)
    return LogSlope.of(share, slope), LogSlope.of(rest, falls)


def _solved_or_nan(matrix: Array, right: Array) -> Array:
    try:
        return np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full(right.shape, np.nan)
