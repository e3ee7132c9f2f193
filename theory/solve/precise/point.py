"""Every term of a chain at one point to any number of digits: solve in mpmath, take the traces, evaluate the lowered formulas.

Nothing is evaluated in doubles. The working precision is that of the results and as many digits more as the complements lose,
which is known once the point is solved; at ridge zero the limit of what is 0/0 is read off two tiny ridges.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
from mpmath import mpf

from theory.chain.algebras.own import Own
from theory.chain.algebras.polarise import Triple
from theory.chain.arguments import formula_symbols, pair_values
from theory.chain.derivation import Derivation
from theory.chain.layers import Level
from theory.exact import to_mpf
from theory.solve.arguments import Arguments
from theory.solve.evaluate import Risk
from theory.solve.lower import lower_terms, lower_traces
from theory.solve.precise import shaped
from theory.solve.precise.branch import Branch, DigitsLost, Edge, Exact
from theory.solve.status import Status
from theory.spectra.base import Spectrum
from theory.terms import Terms

_GUARD = 20
_ROUNDS = 12
_FAILURES = (DigitsLost, ZeroDivisionError, mpmath.libmp.NoConvergence)


class PreciseEvaluator:
    """A chain's formulas lowered to mpmath.

    Parameters
    ----------
    derivation : Derivation
        The chain's formulas.
    """

    def __init__(self, derivation: Derivation) -> None:
        self._derivation = derivation
        self.slots = derivation.slots
        self.pairs = derivation.slots.pairs
        self.orders, self.traces = lower_traces("mpmath")

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the formulas: lowered functions are lowered again."""
        return type(self), (self._derivation,)

    @cached_property
    def _single(self) -> Any:
        return lower_terms(self._derivation.formulas, formula_symbols(self._derivation.slots), "mpmath")

    @cached_property
    def _ensemble(self) -> Any:
        return lower_terms(self._derivation.ensemble, formula_symbols(self._derivation.slots), "mpmath")

    def evaluate(self, task: Spectrum, arguments: Arguments, precision: int) -> Risk:
        """Return every term at every point with `precision` significant digits, as object arrays of `mpf`.

        Parameters
        ----------
        task : Spectrum
            The population.
        arguments : Arguments
            Exactly, as `exact_arguments` gives them.
        precision : int
            Significant digits of the results.

        Raises
        ------
        ValueError
            For a ridge below the edge of its branch.
        """
        single = all(count == 1 for count in arguments.ensemble)
        terms: Terms[Any] = self._derivation.formulas if single else self._derivation.ensemble
        n_points = arguments.ridge.size
        table, code = np.empty((len(terms) + 1, n_points), dtype=object), np.empty(n_points, np.int8)
        for i in range(n_points):
            point = PrecisePoint(self, task, [parameter[i] for parameter in arguments.parameters], arguments.noise[i],
                           arguments.ensemble[i], self._single if single else self._ensemble)  # fmt: skip
            try:
                found, code[i] = point.evaluate(arguments.ridge[i], precision)
            except _FAILURES:
                found, code[i] = [mpf("nan")] * len(table), Status.FAILED
            for row, value in enumerate(found):
                table[row, i] = value
        shaped = {key: row.reshape(arguments.shape) for key, row in zip(terms, table[1:], strict=True)}
        return Risk(Terms(shaped), code.reshape(arguments.shape), table[0].reshape(arguments.shape))


class PrecisePoint:
    """One point of one chain."""

    def __init__(
        self, chain: PreciseEvaluator, task: Spectrum, parameters: Sequence[Exact], noise: Exact, ensemble: Exact, formulas: Any
    ) -> None:
        self.chain, self.task, self.parameters = chain, task, list(parameters)
        self.noise, self.ensemble, self.formulas = noise, ensemble, formulas

    def evaluate(self, ridge: Exact, precision: int) -> tuple[list[Any], int]:
        """Return κ and every term, rounded to `precision` digits, and the status."""
        kappa, edge, digits = self.solved(ridge, precision)
        with mpmath.workdps(digits):
            try:
                values = self._terms(ridge, kappa, edge)
            except (ZeroDivisionError, DigitsLost):
                values = [mpf("nan")]
        if ridge == 0 and any(mpmath.isnan(value) for value in values):
            values = self._limit(edge, precision)
        with mpmath.workdps(precision):
            return [+kappa, *(+value for value in values)], self._status(ridge, edge)

    def branch(self) -> Branch:
        """Return the branch at the ambient precision."""
        return Branch(self.task, self.chain.slots.layers, self.parameters)

    def solved(self, ridge: Exact, precision: int) -> tuple[Any, Edge, int]:
        """Return κ, where its branch begins, and working digits that are enough for both and for the complements."""
        digits, wanted = 30, precision + _GUARD + int(self._nearest())
        logs: Sequence[Any] = ()
        v = None
        for _ in range(_ROUNDS):
            with mpmath.workdps(digits):
                branch, given = self.branch(), to_mpf(ridge)
                try:
                    edge = branch.edge(logs)
                    logs = edge.logs
                    if 0 < given < edge.kappa:
                        wanted = max(wanted, precision + _GUARD + int(mpmath.log10(edge.kappa / given)))
                    if digits >= wanted or given <= 0 or edge.kappa == 0:
                        kappa, v = branch.kappa(given, edge, v) if ridge != 0 else (edge.kappa, None)
                        wanted = precision + _GUARD + int(branch.digits_lost(kappa, edge, ridge))
                        if digits >= wanted:
                            return kappa, edge, digits
                except DigitsLost:
                    wanted = max(wanted, 2 * digits)
            digits = _round_number(wanted)
        raise DigitsLost

    def _nearest(self) -> float:
        """Return how many digits the difference of two sizes loses that are next to each other."""
        sizes = [size for size, slot in zip(self.parameters, self.chain.slots, strict=True) if slot.is_size]
        finite = {to_mpf(size) for size in (*sizes, self.task.size, self.task.rank) if mpmath.isfinite(to_mpf(size))}
        ordered = sorted(finite)
        gaps = [(high - low) / high for low, high in pairwise(ordered)]
        return max((float(-mpmath.log10(gap)) for gap in gaps), default=0.0)

    def _status(self, ridge: Exact, edge: Edge) -> int:
        if ridge != 0:
            return Status.CONVERGED if ridge > 0 else Status.NEGATIVE
        branch, last = self.branch(), len(self.parameters) - 1
        tight = [place for place in edge.tight if not branch.identity(place)]
        used = self.chain.slots.data is not None and last in tight
        return Status.THRESHOLD if used and (len(tight) > 1 or edge.binding is None) else Status.RIDGELESS

    def _terms(self, ridge: Exact, kappa: Any, edge: Edge) -> list[Any]:
        branch, slots = self.branch(), self.chain.slots
        zero = edge.tight if ridge == 0 else ()
        levels = branch.levels(kappa)
        own = self.fractions(levels, zero)
        laws = {
            place: shaped.values(slot.layer, branch.parameters[place], _value(inner.dof), place in zero)
            for place, (slot, inner) in enumerate(zip(slots, levels, strict=False)) if slot.layer.law is not None
        }  # fmt: skip
        vacancy = _value(levels[0].vacancy)
        size = mpf(self.task.size)
        pairs = pair_values(slots, self.chain.pairs, branch.parameters, own, (1 - vacancy, vacancy), size, laws=laws)
        traces = self.chain.traces(*self.task.moments(kappa, self.chain.orders))
        values: list[Any] = self.formulas(*traces, to_mpf(self.noise), to_mpf(self.ensemble), *pairs)
        return values

    def fractions(self, levels: Sequence[Level], zero: Sequence[int] = ()) -> list[tuple[Any, Any]]:
        """Return u and t of every layer, innermost first, with t = 0 exactly in some places."""
        places = enumerate(zip(self.chain.slots, levels, strict=False))
        shares = [self._share(place, slot, inner) for place, (slot, inner) in places]
        return [(part, mpf(0) if place in zero else 1 - part) for place, part in enumerate(shares)]

    def _share(self, place: int, slot: Any, inner: Level) -> Any:
        own = to_mpf(self.parameters[place])
        return mpf(0) if mpmath.isinf(own) else Own(own, slot.is_size).share(_value(slot.layer.whole(inner)))

    def _limit(self, edge: Edge, precision: int) -> list[Any]:
        """Return lim f(λ), λ → 0, from f = A λ^k (1 + O(λ^(1/m))) at two ridges; m − 1 complements vanish together."""
        noises = [to_mpf(value) for value, slot in zip(self.parameters, self.chain.slots, strict=True) if not slot.is_size]
        smallest = self.task.smallest if self.task.smallest > 0 else self.task.total_variance
        scale = int(mpmath.floor(mpmath.log10(min([edge.kappa or mpf(smallest), *(noise for noise in noises if noise)]))))
        depth = (precision + 10) * (len(edge.tight) + 1) + 2 * int(self._nearest())
        for _ in range(_ROUNDS // 2):
            first, second = (self._probe(Fraction(10) ** (scale - far), precision) for far in (depth, depth + _FAR))
            if all(_settled(*pair, precision) for pair in zip(first, second, strict=True)):
                return [_limit_of(*pair) for pair in zip(first, second, strict=True)]
            depth *= 2
        raise DigitsLost

    def _probe(self, ridge: Exact, precision: int) -> list[Any]:
        kappa, edge, digits = self.solved(ridge, precision)
        with mpmath.workdps(digits):
            return self._terms(ridge, kappa, edge)


def _round_number(digits: int) -> int:
    """Return a number of digits at least as large, of few that there are: what series need is kept for each."""
    power = 2 ** int(np.log2(digits))
    return next(power * eighths // 8 for eighths in (8, 10, 12, 14, 16) if power * eighths >= 8 * digits)


_FAR = 10  # powers of ten between two probes


def _exponent(first: Any, second: Any) -> Any:
    """Return k of f ∝ λ^k from f at λ and at λ · 10^-10."""
    return mpf(0) if 0 in (first, second) else mpmath.log(first / second) / (_FAR * mpmath.log(10))


def _settled(first: Any, second: Any, precision: int) -> bool:
    k = _exponent(first, second)
    return bool(abs(k) > 0.01 or abs(first - second) <= abs(second) * mpf(10) ** -precision)


def _limit_of(first: Any, second: Any) -> Any:
    k = _exponent(first, second)
    return mpf(0) if k > 0.01 else mpf("inf") if k < -0.01 else second


def _value(part: Any) -> Any:
    return part.value if isinstance(part, Triple) else part
