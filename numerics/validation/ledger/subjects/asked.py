"""What the witnesses of a chain read of its subject."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from theory import Chain, Spectrum


class Asked(Protocol):
    """A chain with sizes, a population and noise; see `ChainSubject`."""

    @property
    def key(self) -> str:
        """Its name in the ledger."""

    @property
    def model(self) -> Chain:
        """The chain."""

    @property
    def sizes(self) -> Mapping[str, float]:
        """Of the layers, without rows of data."""

    @property
    def samples(self) -> tuple[int, ...]:
        """Numbers of rows."""

    @property
    def task(self) -> Spectrum:
        """The population that is drawn."""

    @property
    def noise(self) -> float:
        """σ²."""

    def at(self, n_samples: float, ridge: float, **more: Any) -> dict[str, Any]:
        """Return arguments of `evaluate`."""

    def values(self, task: Spectrum, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return κ and every term at one point."""


def points(asked: Asked, ridges: Sequence[float], samples: Sequence[int] = ()) -> Iterator[tuple[int, float, dict[str, Any]]]:
    """Yield n_samples (by default those of the chain), ridge, and κ and every term there."""
    for n_samples in samples or asked.samples:
        for ridge in ridges:
            yield n_samples, ridge, asked.values(asked.task, asked.at(n_samples, ridge))
