"""Any number of digits: the same chain and the same formulas through mpmath.

The double-precision solution says where the root is and which complement is tightest. With t that complement, ln λ is a
smooth function of ln t with slope ≥ 1, so Newton in ln t is well conditioned even where t = 10^-300; the working
precision grows by the digits that 1 − u loses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import mpmath
import numpy as np
from mpmath import mpf
from sympy import Symbol

from theory.chain.arguments import TRACES, formula_pairs, formula_symbols, pair_values
from theory.chain.derivation import Derivation
from theory.chain.layers import Level
from theory.chain.own import Own
from theory.chain.places import stack
from theory.chain.polarise import Triple
from theory.chain.symbolic import Meaning
from theory.chain.terms import Terms
from theory.errors import BadArgument
from theory.exact import to_mpf
from theory.solve.arguments import Arguments
from theory.solve.evaluate import Risk, ridge_scale
from theory.solve.kappa.fixed_point import solve
from theory.solve.lower import lower_terms, lower_traces
from theory.spectra.base import Spectrum

Exact: TypeAlias = Fraction | float

_GUARD = 15
_TIGHT = 1e-3


class PreciseChain:
    """One point of a chain over a population, in mpmath at the ambient precision.

    Parameters
    ----------
    derivation : Derivation
        The chain.
    task : Spectrum
        The population.
    parameters : sequence of mpf
        Sizes and variances, innermost first.
    """

    def __init__(self, derivation: Derivation, task: Spectrum, parameters: Sequence[Any]) -> None:
        self._layers = derivation.slots.layers
        self._task = task
        self._parameters = tuple(Triple(parameter, parameter, mpf(0)) for parameter in parameters)  # inf · 0 is no zero

    def levels(self, kappa: Any) -> list[Level]:
        """Return the levels at κ as triples with derivatives by ln κ."""
        dof, slope = self._task.moments(kappa, ((1, 0, 0), (1, 1, 0)))
        size = mpf(self._task.size)
        count = Triple(dof, dof, -slope)
        zero = Triple.constant(mpf(0))
        return stack(
            self._layers, self._parameters, Level(Triple(kappa, kappa, kappa), count, 1 - count / size, zero, size), zero
        )

    def complement(self, kappa: Any, place: int) -> tuple[Any, Any]:
        """Return a layer's complement t and dt/dκ."""
        levels = self.levels(kappa)
        layer = self._layers[place]
        rest = Own(self._parameters[place], layer.sized).factor(layer.whole(levels[place]))
        return rest.value, rest.delta / kappa

    def ridge(self, kappa: Any) -> tuple[Any, Any]:
        """Return λ(κ) and dλ/dκ."""
        outside = self.levels(kappa)[-1].ridge
        return outside.value, outside.delta / kappa

    def kappa_at(self, complement: Any, place: int, kappa: Any) -> Any:
        """Return κ at which a layer's complement has a given value, starting next to it."""
        tolerance = mpf(10) ** (3 - mpmath.mp.dps + self._lost(complement))
        for _ in range(200):
            value, slope = self.complement(kappa, place)
            step = (complement - value) / slope
            kappa += step
            if abs(step) <= abs(kappa) * tolerance:
                return kappa
        raise ArithmeticError("κ from a complement did not converge")

    def solve(self, ridge: Any, kappa: Any, complement: Any, place: int) -> Any:
        """Return κ with λ(κ) = ridge, from a double-precision start: κ and its tightest complement."""
        tight = abs(complement) < _TIGHT
        last = mpf("inf")
        for _ in range(200):
            if tight:
                kappa = self.kappa_at(complement, place, kappa)
            if ridge == 0:
                return kappa
            value, slope = self.ridge(kappa)
            miss = mpmath.log(value / ridge)
            if abs(miss) <= mpf(10) ** (5 - mpmath.mp.dps + self._lost(complement)) or abs(miss) >= last < 1e-20:
                return kappa
            last = abs(miss)
            if tight:
                rest, turn = self.complement(kappa, place)
                complement *= mpmath.exp(-miss * value * turn / (slope * rest))
            else:
                kappa *= mpmath.exp(-miss * value / (slope * kappa))
        raise ArithmeticError("the fixed point did not converge")

    @staticmethod
    def _lost(complement: Any) -> int:
        return 0 if complement == 0 else max(0, int(-mpmath.log10(abs(complement))))


def evaluate_precisely(
    derivation: Derivation, meanings: dict[Symbol, Meaning], task: Spectrum, arguments: Arguments, given: Arguments,
    precision: int,
) -> Risk:
    """Return every term at every point with `precision` significant digits, as object arrays of `mpf`.

    Parameters
    ----------
    derivation, meanings
        The chain's formulas and the definitions of their symbols.
    task : Spectrum
        The population.
    arguments, given : Arguments
        Checked and broadcast: as doubles, for where to start, and exactly.
    precision : int
        Significant digits of the results.
    """
    single = bool((arguments.ensemble == 1).all())
    terms: Terms[Any] = derivation.formulas if single else derivation.ensemble
    formulas = lower_terms(terms, formula_symbols(derivation), "mpmath")
    traces = lower_traces(meanings, TRACES, "mpmath")
    layers = derivation.slots.layers
    rough = solve(task, layers, arguments.parameters, arguments.ridge)
    complements = np.array([t for _, t in rough.pairs])
    table = np.empty((len(terms) + 1, arguments.ridge.size), dtype=object)
    for i in range(arguments.ridge.size):
        if not rough.converged[i]:
            table[:, i] = mpf("nan")
            continue
        point = _Point(derivation, task, [parameter[i] for parameter in given.parameters], traces, formulas)
        place = int(np.argmin(np.abs(complements[:, i])))
        start = float(rough.kappa[i]), [float(t) for t in complements[:, i]], place
        table[:, i] = point.evaluate(given.ridge[i], given.noise[i], given.ensemble[i], start, precision)
    shaped = {key: row.reshape(arguments.shape) for key, row in zip(terms, table[1:], strict=True)}
    shape = arguments.shape
    return Risk(Terms(shaped), rough.code.reshape(shape), table[0].reshape(shape))


class _Point:
    """All terms at one point; the ridgeless limit of 0/0 is read off two tiny ridges, as in double precision."""

    def __init__(
        self, derivation: Derivation, task: Spectrum, parameters: list[Exact], traces: Any, formulas: Any
    ) -> None:
        self._derivation, self._task, self._parameters = derivation, task, parameters
        (self._orders, self._traces), self._formulas = traces, formulas

    def evaluate(
        self, ridge: Exact, noise: Exact, ensemble: Exact, start: tuple[float, list[float], int], precision: int
    ) -> list[Any]:
        """Return κ and every term, rounded to `precision` digits."""
        rough, complements, place = start
        lost = sum(max(0.0, -math.log10(abs(t))) for t in complements if t != 0)
        scale = 0.0 if rough == 0 else abs(math.log10(abs(rough)))
        with mpmath.workdps(precision + _GUARD + 2 * int(lost) + int(scale)):
            kappa = self._kappa(to_mpf(ridge), mpf(rough), complements, place)
            try:
                values = self._terms(noise, ensemble, kappa, complements)
            except ZeroDivisionError:
                values = [mpf("nan")]
        if any(mpmath.isnan(value) for value in values):
            values = self._limit(noise, ensemble, rough, complements.count(0.0), precision)
        with mpmath.workdps(precision):
            return [+kappa, *(+value for value in values)]

    @property
    def _exact_parameters(self) -> list[Any]:
        return [to_mpf(parameter) for parameter in self._parameters]

    def _chain(self) -> PreciseChain:
        return PreciseChain(self._derivation, self._task, self._exact_parameters)

    def _kappa(self, ridge: Any, rough: Any, complements: list[float], place: int) -> Any:
        return rough if rough == 0 else self._chain().solve(ridge, rough, mpf(complements[place]), place)

    def _terms(self, noise: Exact, ensemble: Exact, kappa: Any, complements: list[float]) -> list[Any]:
        parameters = self._exact_parameters
        levels = self._chain().levels(kappa) if kappa != 0 else self._rank_limited(parameters)
        own = []
        for slot, inner, parameter, rough in zip(
            self._derivation.slots, levels[:-1], parameters, complements, strict=True
        ):
            part = Own(parameter, slot.is_size).share(slot.layer.whole(_values(inner)))
            own.append((part, mpf(0) if rough == 0 else 1 - part))
        population = _values(levels[0])
        share = 1 - population.vacancy, population.vacancy
        pairs = pair_values(
            self._derivation.slots, formula_pairs(self._derivation), parameters, own, share, mpf(self._task.size)
        )
        traces = self._traces(*self._task.moments(kappa, self._orders))
        values: list[Any] = self._formulas(*traces, to_mpf(noise), to_mpf(ensemble), *pairs)
        return values

    def _rank_limited(self, parameters: list[Any]) -> list[Level]:
        rank, size, zero = mpf(self._task.rank), mpf(self._task.size), mpf(0)
        return stack(self._derivation.slots.layers, parameters, Level(zero, rank, 1 - rank / size, zero, size), zero)

    def _limit(self, noise: Exact, ensemble: Exact, kappa: float, tight: int, precision: int) -> list[Any]:
        """Return lim f(λ), λ → 0, from f = A λ^k (1 + O(λ^(1/m))) at two ridges; m − 1 complements vanish together."""
        layers = self._derivation.slots.layers
        parameters = [np.array([float(parameter)]) for parameter in self._parameters]
        scale = np.ravel(ridge_scale(self._derivation.slots, self._task, parameters, kappa))[0]
        digits = (precision + 10) * (tight + 1)
        probes = []
        for extra in (0, 10):
            if digits + extra > 280:
                raise BadArgument(
                    "precision", precision, f"at most {270 // (tight + 1) - 10} at this ridgeless limit", "lower it"
                )
            ridge = float(scale) * 10.0 ** -(digits + extra)
            rough = solve(self._task, layers, parameters, np.array([ridge]))
            complements = [float(t[0]) for _, t in rough.pairs]
            with mpmath.workdps(precision + _GUARD + 2 * (digits + extra)):
                place = int(np.argmin(np.abs(complements)))
                near = self._kappa(mpf(ridge), mpf(float(rough.kappa[0])), complements, place)
                probes.append(self._terms(noise, ensemble, near, complements))
        found = []
        for first, second in zip(*probes, strict=True):
            exponent = 0 if first == 0 else mpmath.log(first / second) / mpmath.log(mpf(10) ** 10)
            found.append(mpf(0) if exponent > 0.01 else mpf("inf") if exponent < -0.01 else first)
        return found


def _values(level: Level) -> Level:
    """Return the values of a level of triples."""
    plain = [part.value if isinstance(part, Triple) else part for part in vars(level).values()]
    return Level(*plain)
