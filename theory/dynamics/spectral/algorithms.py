"""Spectral algorithms: what each leaves of the residual on an eigenvalue, and its contours.

Each is one small object. `contours` groups the points that share a number of nodes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from theory.arguments import ARGUMENTS, Argument
from theory.dynamics.spectral.contours import (
    FEW,
    FORGOTTEN,
    Array,
    Complex,
    Contour,
    ellipse,
    flow,
    long_descent,
    short_descent,
)
from theory.errors import BadArgument
from theory.results.declared import Declared

Group = tuple[NDArray[np.intp], Contour]
ELLIPSES = (4.0, 2.0, 1.5, 1.2, 1.1, 1.05, 1.02, 1.01)  # ρ, tried in turn
AGREE = 1e-13  # of φ and its contour


class Algorithm(Declared, ABC):
    """A spectral algorithm.

    Attributes
    ----------
    clock : tuple of Argument
        What sets how long it runs, the time first; empty for a fixed filter.
    needs_top : bool
        Whether its contours depend on the kernel's largest eigenvalue.
    """

    clock: ClassVar[tuple[Argument, ...]] = ()
    needs_top: ClassVar[bool] = False

    @property
    def border(self) -> float:
        """The largest step × eigenvalue that is stable; inf where there are no steps."""
        return np.inf

    @abstractmethod
    def residual(self, x: Array, *clock: Any) -> Any:
        """Return φ(x)."""

    def decayed(self, x: Array, decay: float, *clock: Any) -> Any:
        """Return the residual with weight decay ω, (ω + x φ(x+ω))/(x+ω)."""
        return self.residual(x, *clock) if decay == 0.0 else (decay + x * self.residual(x + decay, *clock)) / (x + decay)

    @abstractmethod
    def contours(self, clock: Sequence[Array], top: Array, count: int) -> Iterator[Group]:
        """Yield the points and their contours, of one number of nodes each.

        Parameters
        ----------
        clock : sequence of ndarray, shape (points,)
            The values of `clock`, positive and finite.
        top : ndarray
            The kernel's largest eigenvalue, weight decay included.
        count : int
            How fine: `NODES`, or more for a second opinion.
        """

    def in_units(self, unit: float) -> Algorithm:
        """Return the algorithm on eigenvalues that are counted in a unit."""
        return self

    def late_contours(self, clock: Sequence[Array], low: Array, count: int) -> Iterator[Group]:
        """Yield contours of what vanishes at s = 0, shifted towards the kernel's smallest eigenvalue `low` > 0."""
        return iter(())


@dataclass(frozen=True)
class Flow(Algorithm):
    """Gradient flow: φ = e^{−xt}."""

    clock: ClassVar[tuple[Argument, ...]] = (ARGUMENTS["time"],)

    def residual(self, x: Array, *clock: Any) -> Any:
        """Return e^{−xt}."""
        return np.exp(-x * clock[0])

    def contours(self, clock: Sequence[Array], top: Array, count: int) -> Iterator[Group]:
        """Yield one parabola for each time."""
        yield np.arange(top.size), flow(clock[0], count, np.zeros(top.size))

    def late_contours(self, clock: Sequence[Array], low: Array, count: int) -> Iterator[Group]:
        """Yield shifted parabolas."""
        yield np.arange(low.size), flow(clock[0], count, -low)


@dataclass(frozen=True)
class Descent(Algorithm):
    """Gradient descent with heavy-ball momentum β, zero initial velocity: n steps of size η.

    φ_0 = 1, φ_1 = 1 − ηx, φ_{n+1} = (1+β−ηx) φ_n − β φ_{n−1}.
    """

    clock: ClassVar[tuple[Argument, ...]] = (ARGUMENTS["n_steps"], ARGUMENTS["step"])
    needs_top: ClassVar[bool] = True

    momentum: float

    def residual(self, x: Array, *clock: Any) -> Any:
        """Return φ_n(x): powers of the two roots of z² − (1+β−ηx)z + β = 0; of n = inf the limit."""
        n, step = clock
        eta = step * np.asarray(x, dtype=np.float64)
        if n == 0:
            return np.ones_like(eta)
        if np.isinf(n):
            return np.where(eta == 0, 1.0, np.where(eta < self.border, 0.0, np.inf))
        if self.momentum == 0.0:
            with np.errstate(divide="ignore", over="ignore"):
                sign = np.where((eta > 1.0) & (n % 2 == 1), -1.0, 1.0)
                size = np.where(eta < 1.0, np.log1p(-np.minimum(eta, 1.0)), np.log(np.maximum(eta - 1.0, 0.0)))
                return sign * np.exp(n * size)
        half = 1.0 - self.momentum + eta
        root = np.sqrt((half**2 - 4.0 * eta).astype(np.complex128))
        slow = 2.0 * eta / (half + root)  # 1 − z of the larger root, e² − (1−β+ηx)e + ηx = 0
        fast = half - slow
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            one, two = (np.exp(n * np.log1p(-part)) for part in (slow, fast))
            apart = (fast * (1.0 - slow) * one - slow * (1.0 - fast) * two) / (fast - slow)
            joined = one * (1.0 + n * slow)
        return np.where(np.abs(root) > 1e-8 * np.abs(half), apart, joined).real

    @property
    def border(self) -> float:
        """2(1 + β): beyond, φ_n grows with n."""
        return 2.0 * (1.0 + self.momentum)

    @property
    def _forgets(self) -> float:
        """1 − √β."""
        return (1.0 - self.momentum) / (1.0 + float(np.sqrt(self.momentum)))

    def contours(self, clock: Sequence[Array], top: Array, count: int) -> Iterator[Group]:
        """Yield parabolas in ln z for many steps, with mirror images where ηx_max asks for them; else circles."""
        n_steps, step = clock
        many = (n_steps >= FEW) & (n_steps * self._forgets > FORGOTTEN)
        border = (1.0 + float(np.sqrt(self.momentum))) ** 2
        mirrored = step * top >= (0.98 * border)
        excess = np.maximum(step * top - 1.0 - self.momentum, 0.0)  # z² + (ηx−1−β)z + β = 0 at the largest eigenvalue
        with np.errstate(invalid="ignore", divide="ignore"):
            reach = np.fmax(np.log(0.5 * (excess + np.sqrt(excess**2 - 4.0 * self.momentum))), 0.0)
        for flag in (False, True):
            which = np.flatnonzero(many & (mirrored == flag))
            if which.size:
                mirror = reach[which] if flag else None
                yield which, long_descent(n_steps[which], step[which], self.momentum, count, np.zeros(which.size), mirror)
        for number in np.unique(n_steps[~many]):
            which = np.flatnonzero(~many & (n_steps == number))
            yield which, short_descent(int(number), step[which], self.momentum, count, reach[which])

    def late_contours(self, clock: Sequence[Array], low: Array, count: int) -> Iterator[Group]:
        """Yield shifted parabolas where the slowest mode decays without ringing."""
        n_steps, step = clock
        ringing = step * low >= self._forgets**2
        half = 1.0 - self.momentum + step * low
        with np.errstate(invalid="ignore", divide="ignore"):  # 1 − z of the slowest mode, (z−1)(z−β) = −ηxz
            slowest = np.log1p(-2.0 * step * low / (half + np.sqrt(half**2 - 4.0 * step * low)))
        which = np.flatnonzero((n_steps >= FEW) & (n_steps * self._forgets > FORGOTTEN) & ~ringing)
        if which.size:
            yield which, long_descent(n_steps[which], step[which], self.momentum, count, slowest[which])


@dataclass(frozen=True)
class Filter(Algorithm):
    """A residual φ(x) given as a function, analytic on the kernel's spectrum, φ(0) = 1."""

    needs_top: ClassVar[bool] = True

    phi: Callable[[Any], Any]

    def residual(self, x: Array, *clock: Any) -> Any:
        """Return φ(x)."""
        return self.phi(x)

    def in_units(self, unit: float) -> Algorithm:
        """Return the filter φ(x/unit)."""
        return self if unit == 1.0 else Filter(lambda x: self.phi(x / unit))

    def contours(self, clock: Sequence[Array], top: Array, count: int) -> Iterator[Group]:
        """Yield the widest ellipse that reproduces φ on the spectrum."""
        for largest in np.unique(top):
            which = np.flatnonzero(top == largest)
            found = self._ellipse(float(largest), count)
            yield which, Contour(*(np.repeat(value, which.size, axis=0) for value in (found.nodes, found.weights)))

    def _ellipse(self, largest: float, count: int) -> Contour:
        x = largest * np.concatenate(([0.0], np.logspace(-12, 0, 49)))
        wanted = self._called(x)
        for rho in ELLIPSES:
            found = ellipse(self._called, largest, rho, int(np.ceil(count * 2.0 / np.log(rho))))
            if (np.abs(found.residual(x)[0] - wanted) <= AGREE * np.maximum(1.0, np.abs(wanted).max())).all():
                return found
        raise BadArgument(
            "phi", self.phi, f"analytic around [0, {1.02 * largest:.4g}], where the eigenvalues of the data lie",
            "no ellipse around the spectrum reproduces it: it has a pole or a jump there, or changes too fast",
        )

    def _called(self, x: Any) -> Complex:
        with np.errstate(all="ignore"):
            value = np.asarray(self.phi(x))
        if value.shape != np.shape(x) or value.dtype.kind not in "fci":
            raise BadArgument("phi", self.phi, "a function of arrays, elementwise", "write it with NumPy functions")
        return value.astype(np.complex128) if np.iscomplexobj(x) else value
