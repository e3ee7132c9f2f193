"""Trials until the rule can decide: more of them wherever a standard error still hides an error of the stated size.

The rule to stop looks at standard errors alone, never at a deviation, so that looking often raises no false alarm. Sizes
share the trials as is cheapest for the extrapolated value: ∝ |a_s| sd_s/√cost_s with sd ~ 1/s and cost ~ s².
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from numerics.check.extrapolation import Array, extrapolation_weights
from numerics.check.verdict import Block, Rule, Rung, Setting, judge
from numerics.montecarlo.trials import MOST_TRIALS
from theory.errors import BadArgument, seed_number, whole_number
from theory.terms import Key

Draw = Callable[[int, int, int], Mapping[Key, Array]]  # (which size, first trial, how many) -> values a term
GROWTH, REACH, MARGIN = 4.0, 20, 1.1


def check_trials(trials: Any, max_trials: Any) -> tuple[int, int]:
    """Return the number of trials to start with and the most (20 times as many, 2000 at least, when left out).

    Raises
    ------
    ValueError
        If they are not integers ≥ 2 in this order.
    """
    first = whole_number("trials", trials, 2, MOST_TRIALS, "standard errors need two trials at least")
    if max_trials is None:
        return first, min(max(REACH * first, 2000), MOST_TRIALS)
    most = whole_number("max_trials", max_trials, 2, MOST_TRIALS, "standard errors need two trials at least")
    if most < first:
        raise BadArgument("max_trials", max_trials, f"at least trials = {first}", "raise it, or leave it out")
    return first, most


def derived_seed(seed: Any, *place: int) -> int:
    """Return the seed of one batch of trials from the seed of the whole check.

    Raises
    ------
    ValueError
        If the seed is not an integer ≥ 0.
    """
    entropy = seed_number("seed", seed, "give a number, so that the check can be repeated")
    return int(np.random.SeedSequence(entropy, spawn_key=place).generate_state(1, np.uint64)[0])


class Site:
    """Settings on common draws, whose trials can be extended.

    Parameters
    ----------
    settings : sequence of dict
        Keyword arguments of the formula and of what is drawn, at scale 1.
    scales : sequence of float
        Ascending.
    sizes : sequence of dict
        What is drawn at each scale.
    theory : sequence of mappings
        The formula's values at each scale.
    reference : ndarray of shape (n_settings,)
        See `Block`.
    order : int
        Of the remainder.
    draw : callable
        (which scale, first trial, how many trials) → values of shape (n_trials, n_settings) a term.
    extendable : bool
        Whether more trials can be had.
    """

    def __init__(
        self, settings: Sequence[Setting], scales: Sequence[float], sizes: Sequence[dict[str, int]],
        theory: Sequence[Mapping[Key, Array]], reference: Array, order: int, draw: Draw, extendable: bool = True,
    ) -> None:
        self._fixed = tuple(settings), tuple(theory), order, reference
        self._scales, self._sizes, self._draw, self.extendable = scales, sizes, draw, extendable
        cost = np.abs(extrapolation_weights(scales, order)) / np.asarray(scales) ** 2
        self._share = np.round(cost / cost[-1], 6)
        self._values: list[list[Mapping[Key, Array]]] = [[] for _ in scales]
        self._done = [0] * len(scales)

    @property
    def trials(self) -> int:
        """Trials at the largest size."""
        return self._done[-1]

    def extend(self, trials: int) -> None:
        """Raise the trials at the largest size to `trials`, and those at the others in proportion."""
        for index, share in enumerate(self._share):
            more = max(2, int(np.ceil(trials * share))) - self._done[index]
            if more > 0:
                more = max(2, more)
                self._values[index].append(self._draw(index, self._done[index], more))
                self._done[index] += more

    @property
    def block(self) -> Block:
        """The measurements so far."""
        settings, theory, order, reference = self._fixed
        rungs = []
        for scale, sizes, batches in zip(self._scales, self._sizes, self._values, strict=True):
            values = {term: np.concatenate([batch[term] for batch in batches]) for term in batches[0]}
            rungs.append(Rung(float(scale), dict(sizes), values))
        return Block(settings, tuple(rungs), theory, order, reference)


def measure(sites: Sequence[Site], trials: int, max_trials: int, rule: Rule) -> list[Block]:
    """Return the blocks of all sites, with as many trials as the rule needs, from `trials` to `max_trials`."""
    for site in sites:
        site.extend(trials)
    while True:
        blocks = [site.block for site in sites]
        entries, terms = judge(blocks, rule)
        common = max((row.shortfall for row in terms), default=0.0)
        grown, place = False, 0
        for site, block in zip(sites, blocks, strict=True):
            count = len(block.settings) * len(block.terms)
            lacking = max(common, max(row.shortfall for row in entries[place : place + count]))
            place += count
            if site.extendable and lacking > 1 and site.trials < max_trials:
                site.extend(min(max_trials, int(np.ceil(site.trials * min(GROWTH, MARGIN * lacking)))))
                grown = True
        if not grown:
            return blocks
