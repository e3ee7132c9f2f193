"""Gradient descent under any schedule: the mean of SGD over what it samples, φ(x) = Π (1 − γ_t x), and contours for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from theory.chunks import chunks
from theory.dynamics.sgd.schedules.phases import Phase
from theory.dynamics.spectral.algorithms import Algorithm, Filter
from theory.dynamics.spectral.contours import Array, Complex, Contour, parabola

AGREE = 1e-11  # of φ and a contour
PROBES = 60    # eigenvalues where they are compared
BLOCK = 2**20  # entries of one (x × phases) temporary


@dataclass(frozen=True)
class ScheduledDescent(Algorithm):
    """Descent from zero, phase after phase.

    Attributes
    ----------
    phases : tuple of Phase
        Steps and factors.
    step : float
        γ of a phase of factor 1.
    """

    needs_top: ClassVar[bool] = True

    phases: tuple[Phase, ...]
    step: float

    @property
    def _rates(self) -> Array:
        return self.step * np.array([phase.factor for phase in self.phases])

    @property
    def _counts(self) -> Array:
        return np.array([float(phase.steps) for phase in self.phases])

    @property
    def time(self) -> float:
        """Σ γ_t."""
        return float(self._rates @ self._counts)

    def log_residual(self, x: Complex) -> Complex:
        """Return ln φ at complex x, shape (n,), off the real axis."""
        found = np.empty(x.size, np.complex128)
        for rows in chunks(x.size, BLOCK // len(self.phases)):
            moved = np.multiply.outer(x[rows], self._rates)
            a, b = moved.real, moved.imag  # numpy's log1p of complex numbers loses digits
            found[rows] = (0.5 * np.log1p(a * (a - 2.0) + b * b) + 1j * np.arctan2(-b, 1.0 - a)) @ self._counts
        return found

    def residual(self, x: Any, *clock: Any) -> Any:
        """Return φ(x), real where x is."""
        points = np.asarray(x)
        if np.iscomplexobj(points):
            return np.exp(self.log_residual(points.ravel())).reshape(points.shape)
        flat, counts = points.ravel().astype(np.float64), self._counts
        size, odd = np.zeros(flat.size), np.zeros(flat.size, int)
        for rows in chunks(flat.size, BLOCK // counts.size):
            moved = np.multiply.outer(flat[rows], self._rates)
            with np.errstate(divide="ignore"):
                log = np.where(moved < 1.0, np.log1p(-np.minimum(moved, 1.0)), np.log(np.maximum(moved - 1.0, 0.0)))
            size[rows] = log @ counts
            odd[rows] = (moved > 1.0) @ (counts % 2).astype(int)
        with np.errstate(over="ignore"):
            return (np.where(odd % 2 == 1, -1.0, 1.0) * np.exp(size)).reshape(points.shape)

    def contours(self, clock: Sequence[Array], top: Array, count: int) -> Iterator[tuple[NDArray[np.intp], Contour]]:
        """Yield the contour of flow of the same time, or an ellipse where the steps are too few for it.

        Raises
        ------
        ValueError
            If the sum over ridges is φ on neither.
        """
        for largest in np.unique(top):
            which = np.flatnonzero(top == largest)
            found = self._contour(float(largest), count)
            yield which, Contour(*(np.repeat(value, which.size, axis=0) for value in (found.nodes, found.weights)))

    def _contour(self, largest: float, count: int) -> Contour:
        x = largest * np.concatenate(([0.0], np.geomspace(min(1e-9, 0.01 / (largest * self.time)), 1.0, PROBES)))
        found = self._flow(count)
        if not (np.abs(found.residual(x)[0] - self.residual(x)) <= AGREE).all():
            _, found = next(Filter(self.residual).contours((), np.array([largest]), count))
        return found

    def _flow(self, count: int) -> Contour:
        u, weight = parabola(np.array([self.time]), count, np.zeros(1))
        with np.errstate(over="ignore", invalid="ignore"):
            found = np.exp(self.log_residual(-u[0]) - u[0] * self.time) * weight[0] / u[0]
        return Contour(u, found[None])
