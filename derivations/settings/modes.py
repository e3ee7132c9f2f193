"""Explicit modes of a population, each with a multiplicity: what traces are summed over at a point."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mpmath import mp

from derivations.meaning.points import draw

FEW = 7  # different modes at most


@dataclass(frozen=True)
class Modes:
    """Modes of a population.

    Attributes
    ----------
    eigenvalues, power : sequence of mpf
        λ_k and c_k.
    counts : sequence of mpf
        How many modes are alike; one each if it is empty.
    """

    eigenvalues: Sequence[Any]
    power: Sequence[Any]
    counts: Sequence[Any] = ()

    def sum(self, term: Callable[..., Any]) -> Any:
        """Return the sum over modes of a function of λ_k and c_k."""
        terms = [term(e, c) for e, c in zip(self.eigenvalues, self.power, strict=True)]
        return sum((n * t for n, t in zip(self.counts, terms, strict=True)) if self.counts else terms, mp.zero)

    @cached_property
    def size(self) -> Any:
        """D, the number of modes."""
        return self.sum(lambda e, c: mp.one)

    def dof(self, kappa: Any) -> Any:
        """Return d(κ)."""
        return self.sum(lambda e, c: e / (e + kappa))

    def vacancy(self, kappa: Any) -> Any:
        """Return 1 − d(κ)/D."""
        return self.sum(lambda e, c: kappa / (e + kappa)) / self.size


def drawn_modes(rng: random.Random, place: Iterator[str], domain: Any = "positive") -> Modes:
    """Return random modes, eigenvalues from a domain: seven in the middle, else from one to 1e30 in number."""
    high, strong, many = (next(place) for _ in range(3))
    different = {"low": 1, "simple": 1, "whole": 2}.get(many, FEW)
    counts = [draw(rng, "integer", "simple" if many == "middle" else many) for _ in range(different)]
    eigenvalues = [draw(rng, domain, high) for _ in range(different)]
    return Modes(eigenvalues, [draw(rng, "positive", strong) for _ in range(different)], [] if many == "middle" else counts)
