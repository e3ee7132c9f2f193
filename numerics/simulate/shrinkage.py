"""What an estimator leaves of each mode of a draw: ridge regression, or training that leaves a residual φ.

On a singular value s of φ/√P with eigenvalue x = s² of the kernel, at weight decay ω,

    ridge       gain s/(s² + λ)                      remainder λ/(s² + λ)
    training    gain s [1 − φ(x+ω)]/(x+ω)            remainder [ω + x φ(x+ω)]/(x+ω)

remainder = 1 − s·gain: the share of a mode that is left in training. φ is the declared algorithm's own residual.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from numerics.simulate.declared import Array, digest
from theory.errors import BadArgument


class Algorithm(Protocol):
    """What is read of a training algorithm."""

    @property
    def clock(self) -> Sequence[Any]:
        """The declarations of what sets how long it runs, the time first; empty for a fixed filter."""

    @property
    def border(self) -> float:
        """The largest step × eigenvalue that is stable."""

    def residual(self, x: Array, *clock: Any) -> Any:
        """Return φ(x)."""


class Shrinkage(Protocol):
    """An estimator at many points: ridges, times.

    Attributes
    ----------
    words : str
        What the points are called in a message.
    tells_top : bool
        Whether a trial also hands back the largest eigenvalue that it drew.
    """

    words: ClassVar[str]
    tells_top: ClassVar[bool]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the points."""

    @property
    def start(self) -> int:
        """The point, of the flattened ones, that fits the draw most."""

    @property
    def alone(self) -> float | None:
        """The ridge, if there is no other point."""

    def gains(self, values: Array) -> Array:
        """Return the gain at singular values > 0, of shape (n_points, n_values)."""

    def remainders(self, values: Array) -> Array:
        """Return the share of a mode that is left, of shape (n_points, n_values)."""

    def settings(self) -> dict[str, Any]:
        """Return what it depends on, as JSON can say it."""


@dataclass(frozen=True, eq=False)
class Ridges:
    """Ridge regression.

    Attributes
    ----------
    ridge : ndarray
        λ beside XᵀX/P; 0 is the pseudo-inverse.
    """

    words: ClassVar[str] = "ridge"
    tells_top: ClassVar[bool] = False

    ridge: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the ridges."""
        return self.ridge.shape

    @property
    def start(self) -> int:
        """The smallest ridge."""
        return int(np.argmin(self.ridge))

    @property
    def alone(self) -> float | None:
        """The ridge, if there is no other."""
        return float(self.ridge.flat[0]) if self.ridge.size == 1 else None

    def gains(self, values: Array) -> Array:
        """Return s/(s² + λ).

        Raises
        ------
        ValueError
            If λ is so negative that the objective has no minimum in the span of the features.
        """
        least, edge = float(np.min(self.ridge)), -float(values.min(initial=np.inf)) ** 2
        if least < 0 and values.size and least <= edge:
            raise BadArgument("ridge", least, f"above {edge:.6g}, the edge of this draw", "give a larger ridge")
        return values / (values**2 + self.ridge.reshape(-1, 1))

    def remainders(self, values: Array) -> Array:
        """Return λ/(s² + λ), without subtraction."""
        ridges = self.ridge.reshape(-1, 1)
        return ridges / (values**2 + ridges)

    def settings(self) -> dict[str, Any]:
        """Return the ridges."""
        return {"ridge": self.ridge.tolist()}


@dataclass(frozen=True, eq=False)
class Trained:
    """A training algorithm at many times.

    Attributes
    ----------
    algorithm : Algorithm
        Its residual φ(x, *clock) is called at the draw's eigenvalues.
    clock : tuple of ndarray
        What sets how long it runs, of one shape.
    decay : ndarray
        ω, of the same shape.
    """

    words: ClassVar[str] = "time"
    tells_top: ClassVar[bool] = True

    algorithm: Algorithm
    clock: tuple[Array, ...]
    decay: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the times."""
        return self.decay.shape

    @property
    def start(self) -> int:
        """The longest time."""
        return int(np.argmax(np.prod(self.clock, axis=0))) if self.clock else int(np.argmin(self.decay))

    @property
    def alone(self) -> None:
        """No ridge."""
        return None

    def gains(self, values: Array) -> Array:
        """Return s [1 − φ(x+ω)]/(x+ω)."""
        x = values**2 + self.decay.reshape(-1, 1)
        return values * (1.0 - self._residuals(x)) / x

    def remainders(self, values: Array) -> Array:
        """Return [ω + x φ(x+ω)]/(x+ω)."""
        x, decay = values**2, self.decay.reshape(-1, 1)
        return (decay + x * self._residuals(x + decay)) / (x + decay)

    def _residuals(self, x: Array) -> Array:
        """Return φ, a row of x for each point; what diverges overflows."""
        clocks = zip(*(time.ravel() for time in self.clock), strict=True) if self.clock else [()] * len(x)
        with np.errstate(over="ignore", invalid="ignore"):
            rows = [self.algorithm.residual(row, *clock) for row, clock in zip(x, clocks, strict=True)]
        return np.array(rows, dtype=np.float64).reshape(x.shape)

    def settings(self) -> dict[str, Any]:
        """Return times and decays, and the algorithm by its name and its values."""
        probe = np.logspace(-6, 1, 141)
        at = [clock[0] for clock in (time.ravel() for time in self.clock)]
        names = [argument.keyword for argument in self.algorithm.clock]
        values: Array = np.round(np.asarray(self.algorithm.residual(probe, *at)), 9) + np.zeros(1)  # no −0
        return {
            "algorithm": {"name": type(self.algorithm).__name__, "values": digest(values)},
            **{name: time.tolist() for name, time in zip(names, self.clock, strict=True)},
            "weight_decay": self.decay.tolist(),
        }
