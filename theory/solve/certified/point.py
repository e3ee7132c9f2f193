"""Every term of a chain's risk with an enclosure: solve in balls, sum the traces, evaluate the lowered formulas as they stand.

The working precision grows until every number has the digits that were asked for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from flint import arb, ctx
from mpmath import mp

from theory.chain.arguments import formula_symbols, pair_values
from theory.chain.derivation import Derivation
from theory.chain.places import check_lawless
from theory.errors import BadArgument
from theory.solve.arguments import Arguments
from theory.solve.certified.ball import FIRST, ONE, ZERO, Ball, Unbounded, Uncertified, exactly
from theory.solve.certified.enclosure import NOTHING, Enclosure
from theory.solve.certified.nest import Nest
from theory.solve.certified.sums.population import Population, population_of
from theory.solve.evaluate import Risk
from theory.solve.lower import lower_terms, lower_traces
from theory.solve.status import Status
from theory.spectra.base import Spectrum
from theory.terms import Terms

GUARD = 46    # bits beyond those of the digits asked for
ROUNDS = 6    # the working precision doubles from one to the next


class CertifiedEvaluator:
    """A chain's formulas lowered to balls.

    Parameters
    ----------
    derivation : Derivation
        The chain's formulas.
    """

    def __init__(self, derivation: Derivation) -> None:
        check_lawless(derivation.slots, "certified numbers", "evaluate with precision= instead, which proves nothing")
        self._derivation = derivation
        self._slots = derivation.slots
        self._pairs = derivation.slots.pairs
        self._orders, self._traces = lower_traces([{}])

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the formulas: lowered functions are lowered again."""
        return type(self), (self._derivation,)

    @cached_property
    def _single(self) -> Any:
        return lower_terms(self._derivation.formulas, formula_symbols(self._derivation.slots), [{}])

    @cached_property
    def _ensemble(self) -> Any:
        return lower_terms(self._derivation.ensemble, formula_symbols(self._derivation.slots), [{}])

    def evaluate(self, task: Spectrum, arguments: Arguments, digits: int) -> Risk:
        """Return every term at every point as an `Enclosure` of `digits` significant digits, in object arrays.

        Parameters
        ----------
        task : Spectrum
            The population.
        arguments : Arguments
            Exact ones.
        digits : int
            A relative radius of 10^-digits.

        Raises
        ------
        ValueError
            For negative ridges, and populations whose sums have no bounds.
        """
        below = [ridge for ridge in arguments.ridge if ridge < 0]
        if below:
            raise BadArgument("ridge", float(below[0]), ">= 0 where it is certified", "evaluate with precision= instead")
        population = population_of(task)
        single = all(count == 1 for count in arguments.ensemble)
        terms: Terms[Any] = self._derivation.formulas if single else self._derivation.ensemble
        formulas = self._single if single else self._ensemble
        n_points = arguments.ridge.size
        table, code = np.empty((len(terms) + 1, n_points), dtype=object), np.empty(n_points, np.intp)
        for i in range(n_points):
            parameters = [parameter[i] for parameter in arguments.parameters]
            point = _Point(population, parameters, arguments.ridge[i], arguments.noise[i], arguments.ensemble[i])
            found, code[i] = self._certify(point, formulas, len(table), digits)
            for row, value in enumerate(found):
                table[row, i] = value
        made = {key: row.reshape(arguments.shape) for key, row in zip(terms, table[1:], strict=True)}
        code[code == Status.RIDGELESS] = [_ridgeless(test) for test in np.ravel(made["test"])[code == Status.RIDGELESS]]
        return Risk(Terms(made), code.reshape(arguments.shape), table[0].reshape(arguments.shape))

    def _certify(self, point: _Point, formulas: Any, count: int, digits: int) -> tuple[list[Enclosure], int]:
        """Return κ and every term, and the status."""
        bits = math.ceil(digits * math.log2(10)) + GUARD
        for _ in range(ROUNDS):
            with ctx.workprec(bits):
                try:
                    found = self._balls(point, formulas)
                    if all(value.is_known(digits) for value in found):
                        return [value.enclosure for value in found], Status.RIDGELESS if point.ridge == 0 else Status.CONVERGED
                except Uncertified:
                    pass
                except Unbounded as found:
                    layers, remedy = [slot.layer for slot in self._slots], f"write whole numbers and their quotients: {found}"
                    raise BadArgument("layers", layers, "without floats in `outer` where they are certified", remedy) from None
            bits *= 2
        return [NOTHING] * count, Status.UNCERTIFIED

    def _balls(self, point: _Point, formulas: Any) -> list[Ball]:
        ridge = exactly(point.ridge) if point.ridge else Ball(arb(1), 1)
        solution = Nest(point.population, self._slots.layers, point.parameters).solve(ridge)
        traces = self._traces(*point.population.moments(solution.kappa, self._orders))
        pairs = pair_values(self._slots, self._pairs, point.parameters, solution.pairs, solution.population,
                            point.population.size, ratio=_ratio)  # fmt: skip
        ensemble = Ball(arb(1), FIRST) if point.ensemble == math.inf else exactly(point.ensemble)
        values = formulas(*traces, exactly(point.noise), ensemble, *pairs)
        return [solution.kappa, *(value if isinstance(value, Ball) else exactly(value) for value in values)]


class _Point:
    """One point of one chain, exactly."""

    def __init__(
        self, population: Population, parameters: Sequence[Any], ridge: Fraction, noise: Fraction, ensemble: Any
    ) -> None:
        self.population, self.parameters = population, parameters
        self.ridge, self.noise, self.ensemble = ridge, noise, ensemble


def _ratio(part: Any, whole: Any) -> tuple[Ball, Ball]:
    """Return part/whole and 1 − part/whole for part ≤ whole ≤ inf."""
    if part == whole:
        return ONE, ZERO
    return (ZERO, ONE) if whole == math.inf else (exactly(part / whole), exactly((whole - part) / whole))


def _ridgeless(test: Enclosure) -> int:
    return Status.THRESHOLD if test.mid == mp.inf else Status.RIDGELESS
