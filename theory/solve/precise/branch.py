"""The fixed point of one chain at one point, in mpmath: its admissible branch from where it begins.

Walking from the population outwards, each layer admits the κ beyond some b: rows of size n need d(κ) < n, noise of variance μ²
needs a ridge above it, and whichever asks for more moves b outwards. There the ridge outside is zero; above, with κ = b + e^v,
ln λ is a smooth increasing function of v whose slope lies between 1 and the number of complements that vanish together. So do
the conditions of each b with that of the layers inside. Newton's method in v finds them from anywhere, and the one thing that
can go wrong is that digits run out: b + e^v and 1 − d/n lose as many as the complements have zeros.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import mpmath
from mpmath import mpf

from theory.chain.algebras.own import Own
from theory.chain.algebras.polarise import Triple
from theory.chain.layers import Layer, Level
from theory.chain.places import inputs, walk
from theory.chain.ridge_map import ridge_powers
from theory.errors import BadArgument
from theory.exact import to_mpf
from theory.solve.precise import shaped
from theory.spectra.base import Spectrum

Exact: TypeAlias = Fraction | float
Measure: TypeAlias = Callable[[Any], tuple[Any, Any, Any]]  # of κ: the miss, its slope by ln κ, what rounding is multiplied by

_STEPS = 300
_LONGEST_STEP = 40.0
_REMEDY = "raise the ridge, or change the sizes"


class DigitsLost(ArithmeticError):
    """The working precision does not tell a complement from zero."""


@dataclass(frozen=True)
class Edge:
    """Where a branch begins: at the least κ that every layer admits, and ridge zero.

    Attributes
    ----------
    kappa : mpf
        b.
    binding : int or None
        The place of the layer that sets it; None where none does: b = 0.
    tight : tuple of int
        The places of all layers whose complement is exactly zero there.
    logs : tuple of mpf
        The v of each root on the way, from which others start.
    lost : float
        How many digits these roots lose because what they solve is flat there, or a difference.
    """

    kappa: Any
    binding: int | None
    tight: tuple[int, ...]
    logs: tuple[Any, ...]
    lost: float


class Branch:
    """One chain over one population at the ambient precision.

    Parameters
    ----------
    task : Spectrum
        The population.
    layers : sequence of Layer
        Innermost first.
    parameters : sequence of Fraction or inf
        Their sizes, and variances > 0.
    """

    def __init__(self, task: Spectrum, layers: Sequence[Layer], parameters: Sequence[Exact]) -> None:
        self.task, self.layers, self.exact = task, tuple(layers), tuple(parameters)
        self.parameters = [to_mpf(parameter) for parameter in parameters]
        self.limits = [own if layer.law is None else shaped.rank_at(layer.law, own)
                       for own, layer in zip(parameters, layers, strict=True)]  # fmt: skip
        self._sizes = [to_mpf(own) for own, layer in zip(self.limits, self.layers, strict=True) if layer.sized]
        self._inputs = inputs(self.layers, self.exact, _whole(task.size))

    def levels(self, kappa: Any, inside: int | None = None) -> list[Level]:
        """Return the levels at κ as triples with derivatives by ln κ: all, or those of the first layers."""
        dof, fall = self.task.moments(kappa, ((1, 0, 0), (1, 1, 0))) if kappa != 0 else (mpf(self.task.rank), mpf(0))
        zero, size = mpf(0), _constant(mpf(self.task.size))
        count = Triple(dof, dof, -fall)
        population = Level(Triple(kappa, kappa, kappa), count, 1 - count / size, _constant(zero), size)
        try:
            return walk(self.layers[:inside], self._own, population, _constant(zero))
        except ZeroDivisionError:
            raise DigitsLost from None

    def _own(self, place: int, _: Level) -> Own:
        layer, parameter = self.layers[place], self.parameters[place]
        if layer.law is not None:
            return shaped.own(layer.law, parameter)
        return Own(_constant(parameter), layer.sized)

    def identity(self, place: int) -> bool:
        """Whether a nested layer has the size of its input, and so changes nothing."""
        return self.layers[place].nested and self.exact[place] == self._inputs[place]

    def edge(self, start: Sequence[Any] = ()) -> Edge:
        """Return where the branch begins, by way of the roots found at another precision."""
        begin, most, binding = mpf(0), _whole(self.task.rank), None
        tight: list[int] = []
        logs: list[Any] = []
        lost, guesses = 0.0, iter(start)
        for place, (layer, parameter) in enumerate(zip(self.layers, self.limits, strict=True)):
            if layer.sized and parameter >= most:
                tight += [place] if parameter == most != math.inf else []
                continue
            if parameter == 0:  # no noise
                continue
            measure = self._occupied(place, parameter, most) if layer.sized else self._noisy(place)
            log, zeros = self._root(begin, measure, next(guesses, None))
            logs.append(log)
            begin, lost = begin + mpmath.exp(log), lost + zeros
            binding, tight, most = place, [place], parameter if layer.sized else self._inputs[place]
        if binding is not None and self.layers[binding].sized and ridge_powers(self.layers[binding]) is None:
            self._check_vanishing(begin, binding)
        return Edge(begin, binding, tuple(tight), tuple(logs), lost)

    def kappa(self, ridge: Any, edge: Edge, start: Any = None) -> tuple[Any, Any]:
        """Return κ with λ(κ) = ridge ≠ 0, and v = ln|κ − b|.

        Raises
        ------
        ValueError
            For a negative ridge where there is no branch, or below its edge.
        """
        if ridge < 0 and any(layer.law is not None for layer in self.layers):
            raise BadArgument("ridge", _shown(ridge), ">= 0 for layers with columns or rows", _REMEDY)
        if ridge > 0:
            near = mpmath.log(ridge) if start is None and ridge < edge.kappa else start
            v, _ = self._root(edge.kappa, self._ridge(None, ridge), near)
            return edge.kappa + mpmath.exp(v), v
        v = self._below(ridge, edge)
        return edge.kappa - mpmath.exp(v), v

    def _occupied(self, place: int, size: Exact, most: Exact) -> Measure:
        """Return the condition d(κ) = n inside a layer as one that rises through 0 with κ, from d = most at the start."""
        near = most != math.inf and 2 * size > most
        wanted = to_mpf(most - size) if near else to_mpf(size)

        def measure(kappa: Any) -> tuple[Any, Any, Any]:
            d = self.levels(kappa, place)[-1].dof
            left = to_mpf(most) - d.value if near else d.value
            if left <= 0:
                raise DigitsLost
            return (1 if near else -1) * mpmath.log(left / wanted), -d.delta / left, d.value / left

        return measure

    def _noisy(self, place: int) -> Measure:
        return self._ridge(place, self.parameters[place])

    def _ridge(self, inside: int | None, wanted: Any) -> Measure:
        """Return the condition that the ridge outside the first layers is some λ, as one that rises through 0."""

        def measure(kappa: Any) -> tuple[Any, Any, Any]:
            ridge = self.levels(kappa, inside)[-1].ridge
            if ridge.value * wanted <= 0:
                raise DigitsLost
            return mpmath.log(ridge.value / wanted), ridge.delta / ridge.value, ridge.delta / ridge.value

        return measure

    def _root(self, begin: Any, measure: Measure, start: Any) -> tuple[Any, float]:
        """Return v = ln(κ − begin) at which a condition that rises with κ is met, and how many digits κ loses."""
        low, high = mpf("-inf"), mpf("inf")
        v = mpmath.log(mpf(self.task.total_variance)) if start is None else +start
        last, stalled = mpf("inf"), 0
        enough, rounding = mpf(10) ** -(mpmath.mp.dps // 2), mpf(10) ** (4 - mpmath.mp.dps)
        for _ in range(_STEPS):
            away = mpmath.exp(v)
            kappa = begin + away
            try:
                if kappa == begin:
                    raise DigitsLost
                miss, slope, lost = measure(kappa)
            except DigitsLost:  # too near the beginning, where the condition is not met yet
                low = v
                if high - low < 1 or mpmath.isinf(high):
                    raise
                v = (low + high) / 2
                continue
            low, high = (v, high) if miss < 0 else (low, v)
            step = -miss * kappa / (slope * away) if slope > 0 else mpmath.sign(-miss) * _LONGEST_STEP
            if slope > 0 and abs(step) <= min(max(enough, rounding * lost * kappa / (slope * away)), mpf(1e-4)):
                return v + step, _zeros(slope / lost)
            stalled = stalled + 1 if abs(step) < 1e-6 and abs(step) >= last else 0
            if stalled > 2:
                raise DigitsLost
            last = abs(step)
            step = max(min(step, _LONGEST_STEP), -_LONGEST_STEP)
            v = v + step if low < v + step < high else (low + high) / 2
        raise DigitsLost

    def _below(self, ridge: Any, edge: Edge) -> Any:
        """Return v = ln(b − κ) for a negative ridge: Newton from b, where ln|λ| is concave in v, never passes the root."""
        tight = [place for place in edge.tight if not self.identity(place)]
        if len(tight) > 1 or (tight and edge.binding is None):
            raise BadArgument("ridge", _shown(ridge), ">= 0 where the two smallest sizes, or a size and the rank, are equal",
                              _REMEDY)  # fmt: skip
        if edge.binding is None and self.task.smallest <= 0:
            raise BadArgument("ridge", _shown(ridge), ">= 0 where no size is below the infinite rank", _REMEDY)
        reach = edge.kappa if edge.kappa > 0 else mpf(self.task.smallest)
        low = v = mpmath.log(-ridge)  # b − κ is larger: κd(κ) rises
        enough = mpf(10) ** -(mpmath.mp.dps // 2)
        if edge.kappa > 0 and -ridge < reach * mpf(10) ** (8 - mpmath.mp.dps):
            raise DigitsLost
        for _ in range(_STEPS):
            found = self._falling(v, edge, reach)
            if found is None or found[1] <= 0:
                break
            low = v
            step = (mpmath.log(ridge / found[0])) / found[1]
            v += step
            if abs(step) <= enough:
                return v
        low = min(low, mpmath.log(reach) - mpmath.mp.dps)
        for _ in range(100):  # the end of the branch lies between low and v
            middle = (low + v) / 2
            found = self._falling(middle, edge, reach)
            low, v = (middle, v) if found is not None and found[1] > 0 else (low, middle)
        least = self._falling(low, edge, reach)
        limit = "the edge" if least is None else f"at least {mpmath.nstr(least[0], 15)} (the edge of the branch at these sizes)"
        raise BadArgument("ridge", _shown(ridge), limit, _REMEDY)

    def _falling(self, v: Any, edge: Edge, reach: Any) -> tuple[Any, Any] | None:
        """Return λ < 0 and dln|λ|/dv, or None beyond the branch."""
        away = mpmath.exp(v)
        kappa = edge.kappa - away
        if away >= reach:
            return None
        levels = self.levels(kappa)
        outside = levels[-1].ridge
        if outside.value >= 0 or any(level.ridge.value <= 0 for level in levels[1:-1] if edge.binding is not None):
            return None
        return outside.value, -outside.delta * away / (kappa * outside.value)

    def _check_vanishing(self, begin: Any, place: int) -> None:
        """Refuse a layer whose ridge map stays finite where its size is used up, d = n."""
        near, nearer = (self.levels(begin * (1 + mpf(10) ** -(mpmath.mp.dps // part)), place + 1) for part in (3, 2))
        if not nearer[-1].ridge.value / nearer[-2].ridge.value < 0.999 * near[-1].ridge.value / near[-2].ridge.value:
            raise BadArgument("layers", type(self.layers[place]).__name__,
                              "of ridge maps that vanish where a size is used up (d = n)",
                              "no matrix of rank n has this law: change outer")  # fmt: skip

    def digits_lost(self, kappa: Any, edge: Edge, ridge: Any) -> float:
        """Return how many digits κ and its complements lose to subtractions at a solution."""
        if kappa == 0:
            return sum(_zeros(1 - mpf(self.task.rank) / own) for own in (*self._sizes, mpf(self.task.size)) if own < mpf("inf"))
        try:
            levels = self.levels(kappa)
        except DigitsLost:
            if ridge != 0:
                raise
            return edge.lost  # 0/0, to be taken as a limit
        lost, block = edge.lost, _zeros(abs(levels[0].vacancy.value))
        limits = map(to_mpf, self.limits)
        for place, (layer, level, own) in enumerate(zip(self.layers, levels, limits, strict=False)):
            if ridge != 0 or place not in edge.tight:
                zeros = _zeros(abs(1 - (level.dof.value / own if layer.sized else own / level.ridge.value)))
                block = max(block, zeros)  # of one κ, whose errors all complements of a block have in common
                lost, block = (lost, block) if layer.sized else (lost + block, 0.0)
        return lost + block


def _constant(value: Any) -> Triple:
    return Triple(value, value, mpf(0))  # inf · 0 is no zero


def _whole(size: float) -> Exact:
    """Return a number of modes exactly."""
    return math.inf if math.isinf(size) else Fraction(int(size))


def _zeros(value: Any) -> float:
    """Return how many zeros a number has after its point."""
    return 0.0 if value == 0 or value >= 1 else float(-mpmath.log10(value))


def _shown(ridge: Any) -> float | str:
    return float(ridge) if ridge == float(ridge) else str(mpmath.nstr(ridge, 20))
