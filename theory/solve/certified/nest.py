"""A chain cut at its feature noises, solved from the data inwards; and what formulas are then evaluated with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from theory.chain.layers import Layer
from theory.solve.certified.ball import ONE, ZERO, Ball, exactly
from theory.solve.certified.block import Block, Medium, NoisyLevel, Size, State
from theory.solve.certified.sums.population import DOF, Population


@dataclass(frozen=True)
class Solution:
    """The fixed point of a chain at one point.

    Attributes
    ----------
    kappa : Ball
        κ of the population.
    pairs : list of (Ball, Ball)
        Share and complement of each layer, innermost first.
    population : (Ball, Ball)
        d/D and 1 − d/D.
    """

    kappa: Ball
    pairs: list[tuple[Ball, Ball]]
    population: tuple[Ball, Ball]


class Nest:
    """The blocks of a chain at one point.

    Parameters
    ----------
    population : Population
        The innermost medium.
    layers : sequence of Layer
        Innermost first.
    parameters : sequence of Fraction or inf
        Their sizes and variances. Noise of variance zero is none.
    """

    def __init__(self, population: Population, layers: Sequence[Layer], parameters: Sequence[Size]) -> None:
        self._population, self._layers, self._parameters = population, layers, parameters
        self._places: list[list[int]] = [[]]
        self._noises: list[int] = []
        for place, (layer, value) in enumerate(zip(layers, parameters, strict=True)):
            if layer.sized:
                self._places[-1].append(place)
            elif value:
                self._noises.append(place)
                self._places.append([])
        medium: Medium = population
        self._blocks = [self._block(medium, self._places[0])]
        for noise, places in zip(self._noises, self._places[1:], strict=True):
            medium = NoisyLevel(self._blocks[-1], Fraction(parameters[noise]))
            self._blocks.append(self._block(medium, places))

    def _block(self, medium: Medium, places: list[int]) -> Block:
        return Block(medium, [self._layers[place] for place in places], [self._parameters[place] for place in places])

    def solve(self, ridge: Ball) -> Solution:
        """Return the solution at a ridge, or the leading terms of one that vanishes."""
        states: list[State] = []
        shares: list[tuple[Ball, Ball]] = []
        inner = ridge
        for number in reversed(range(len(self._blocks))):
            states.insert(0, self._blocks[number].solve(inner))
            if number:
                noise = exactly(Fraction(self._parameters[self._noises[number - 1]]))
                inner = states[0].kappa + noise
                shares.insert(0, (noise / inner, states[0].kappa / inner))
        kappa = states[0].kappa
        (dof,) = self._population.moments(kappa, (DOF,)) if self._counted(kappa) else (ZERO,)
        pairs: list[tuple[Ball, Ball]] = [(ZERO, ONE)] * len(self._layers)
        size = self._population.size
        population = _share(dof, size), states[0].complement(size)
        for number, (block, state) in enumerate(zip(self._blocks, states, strict=True)):
            for place, own in zip(self._places[number], block.sizes, strict=True):
                pairs[place] = _share(dof, own), state.complement(own)
            if number < len(shares):
                share, rest = pairs[self._noises[number]] = shares[number]
                dof = exactly(Fraction(block.outer_size)) * share + rest * dof
        return Solution(kappa, pairs, population)

    def _counted(self, kappa: Ball) -> bool:
        """Whether d is finite."""
        return kappa.order == 0 or self._population.rank != math.inf


def _share(dof: Ball, size: Size) -> Ball:
    return dof / exactly(size) if isinstance(size, Fraction) else ZERO
