"""A chain cut at its feature noises: blocks inside one another, solved from the data inwards.

Each block's κ plus the noise just inside is the ridge of the next block, κ_in = κ_out + μ², with η = μ²/κ_in and
η̄ = κ_out/κ_in.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from theory.chain.layers import Layer
from theory.chain.ridge_map import ridge_powers
from theory.solve.kappa import negative
from theory.solve.kappa.block import Block
from theory.solve.kappa.mapped_block import MappedBlock
from theory.solve.kappa.media import Medium, Population
from theory.solve.kappa.noisy_level import NoisyLevel
from theory.solve.kappa.state import Solution, State
from theory.solve.status import Status
from theory.spectra.base import Array


class Nest:
    """The blocks of a chain at points where each noise is zero everywhere or positive everywhere.

    Parameters
    ----------
    population : Population
        The innermost medium.
    layers : sequence of Layer
        Innermost first. A layer of noise with μ² = 0 is left out: η = 0.
    values : sequence of ndarray, shape (points,)
        Their parameters.
    """

    def __init__(self, population: Population, layers: Sequence[Layer], values: Sequence[Array]) -> None:
        self.values = values
        self.places: list[list[int]] = [[]]  # of the sized layers in each block
        self.noises: list[int] = []  # places of the noises between the blocks
        for place, (layer, value) in enumerate(zip(layers, values, strict=True)):
            if layer.sized:
                self.places[-1].append(place)
            elif value.all():
                self.noises.append(place)
                self.places.append([])
        medium: Medium = population
        self.levels: list[NoisyLevel] = []
        for inside, noise in zip(self.places, self.noises, strict=False):
            self.levels.append(NoisyLevel(_block(medium, inside, layers, values), values[noise]))
            medium = self.levels[-1]
        self.outermost = _block(medium, self.places[-1], layers, values)
        self.guess = np.full(population.size.shape, np.nan)

    def approach(self, rough: Nest, ridge: Array) -> None:
        """Take the first guesses from another nest (over a rougher population) solved at the same ridges."""
        usable = np.flatnonzero(ridge >= 0)
        self.guess[usable] = rough.outermost.solve(usable, ridge[usable]).kappa
        for own, other in zip(self.levels, rough.levels, strict=True):
            own.recall(other)

    def solve(self, ridge: Array) -> Solution:
        """Return the solution at λ = `ridge`."""
        which = np.arange(ridge.size)
        pairs = [(np.zeros(ridge.size), np.ones(ridge.size)) for _ in self.values]
        chi: list[Array | None] = [None] * len(self.values)
        block, state = self.outermost, self._outermost_state(which, ridge)
        code = state.code
        for place, pair, of_law in zip(self.places[-1], block.pairs(which, state), block.chi(which, state), strict=True):
            pairs[place], chi[place] = pair, of_law
        for level, noise, places in zip(self.levels[::-1], self.noises[::-1], self.places[-2::-1], strict=True):
            inner_ridge = state.kappa + self.values[noise]
            pairs[noise] = self.values[noise] / inner_ridge, state.kappa / inner_ridge
            block, state = level.block, level.solve_inside(which, inner_ridge)
            code = np.where(state.code == Status.FAILED, Status.FAILED, np.maximum(code, state.code))
            for place, pair, of_law in zip(places, block.pairs(which, state), block.chi(which, state), strict=True):
                pairs[place], chi[place] = pair, of_law
        vacancy = block.complement(which, state, block.medium.size)
        return Solution(state.kappa, tuple(pairs), vacancy, state.base + state.offset, code, tuple(chi))

    def _outermost_state(self, which: NDArray[np.intp], ridge: Array) -> State:
        """Return the state of the outermost block, the only one whose ridge may be negative."""
        below = ridge < 0
        if not below.any():
            return self.outermost.solve(which, ridge, self.guess)
        state = State.blank(ridge.size)
        state.put(below, negative.solve(self.outermost, which[below], ridge[below]))
        if not below.all():
            state.put(~below, self.outermost.solve(which[~below], ridge[~below], self.guess[~below]))
        return state


def _block(medium: Medium, places: list[int], layers: Sequence[Layer], values: Sequence[Array]) -> Block:
    inside = [layers[place] for place in places]
    mapped = any(ridge_powers(layer) is None for layer in inside)
    return (MappedBlock if mapped else Block)(medium, inside, [values[place] for place in places])
