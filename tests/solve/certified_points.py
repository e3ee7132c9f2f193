"""Hard points of whole evaluations: ten chains, listed, truncated and infinite populations, ridge 0 … 1e6, sizes that tie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np

import theory as th
from tests.solve.hard_points import CHAINS, RIDGES, Sampler, spectra

NAMES = ("ridge", "random features", "pool", "haar", "haar haar", "gaussian haar", "haar gaussian", "deep 2", "noisy",
         "noisy input")  # fmt: skip
LAWS = {
    "infinite law": th.PowerLaw(1.5, 0.4),
    "steep infinite law": th.PowerLaw(3.0, 0.5),
    "slow infinite law": th.PowerLaw(1.05, 1.2),
    "long law": th.PowerLaw(1.2, 0.3, size=10_000),
}
FINITE_ONLY = ("pool", "noisy input")  # chains that ask for a finite population
TOTAL = 1_632


@dataclass(frozen=True)
class Point:
    """One evaluation, its arguments exact."""

    name: str
    chain: th.Chain
    task: Any
    given: dict[str, Any]


def populations() -> dict[str, tuple[Any, Any]]:
    """Return by name the population, and what sizes are drawn next to."""
    found: dict[str, tuple[Any, Any]] = {}
    for name, spectrum in spectra().items():
        values, counts = spectrum.eigenvalues.tolist(), [int(count) for count in spectrum.counts]
        signals = np.linspace(1.0, 2.0, len(values)).tolist()
        null = int(spectrum.size - spectrum.rank)
        if null:
            values, counts, signals = [*values, 0.0], [*counts, null], [*signals, 0.01]
        found[name] = th.Discrete.from_signal(values, signals, counts), spectrum
    for name, law in LAWS.items():
        modes = 500.0 if np.isinf(law.size) else float(law.size)
        found[name] = law, SimpleNamespace(size=modes, rank=modes)
    return found


def points(seed: int, total: int = TOTAL, names: tuple[str, ...] = NAMES) -> Iterator[Point]:
    """Yield points, drawn anew with each seed, all chains and populations alike.

    Parameters
    ----------
    seed : int
        Of the draw.
    total : int
        How many.
    names : tuple of str
        Of the chains.
    """
    rng = np.random.default_rng(seed)
    tasks = populations()
    chains = {name: th.Chain(*CHAINS[name][0][::-1]) for name in names}
    pairs = [(chain, place) for chain in names for place in tasks if chain not in FINITE_ONLY or place not in LAWS]
    for number in range(total):
        name, place = pairs[number % len(pairs)] if total >= len(pairs) else pairs[rng.integers(len(pairs))]
        task, near = tasks[place]
        chain, sampler = chains[name], Sampler(near, rng, 1)
        drawn = (float(value[0]) for value in sampler.draw(CHAINS[name][0]))
        given = {slot.keyword: exactly(value) for slot, value in zip(chain.slots, drawn, strict=True)}
        given["ridge"] = exactly(float(sampler.choose(RIDGES)[0]))
        given["noise"] = Fraction(0) if chain.slots.pooled else exactly(float(sampler.choose((0.0, 0.1))[0]))
        yield Point(f"{name} / {place}", chain, task, given)


def exactly(value: float) -> Any:
    """Return the number that a double is."""
    return value if np.isinf(value) else Fraction(value)
