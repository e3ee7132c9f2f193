"""The boundary curve κ(−x + i0) along the bands of a spectrum, followed from their upper edges, and found at any x.

In a band ln x = middle + H cos θ makes κ(θ) smooth, square-root edges included: it leaves the real axis as
κ_e + iθ √(H x_e/|s″|). A predictor from the last steps and Newton's iteration on ln s(κ) go on from there, all bands at once;
between the points kept, the cubic through values and slopes is Newton's start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.chain.layers import Level
from theory.density.levels import Complex, Levels
from theory.density.support import Edges
from theory.solve.kappa.continuation import Path
from theory.spectra.base import Array

FIRST, LARGEST, SMALLEST = 1e-3, 0.15, 1e-10  # steps of θ
LEAP, LEAPS = 1e-5, 8  # over what no step gets across, to where κ is found from above; four times as far each time
MISSED = 0.1      # of a step, by which the predictor may be wrong
NEWTON = 12
CLOSE = 1e-12     # of a step, at which Newton stops
ROUGH = 1e-6      # the same along the way: the step after is its square
HEIGHT = 1e-9     # of Im s over x, to where κ is continued from above
LAST, NEAREST = 0.01, 1e-10  # before θ = π, where the lower edge is: at first, and at least


@dataclass(frozen=True)
class Curve:
    """κ at the points of one band: θ ascending from 0 to π (the upper edge comes first), κ, dκ/dθ and N there."""

    theta: Array
    kappa: Complex
    slope: Complex
    above: Array


class _Walkers:
    """Where the curves of all bands are, and where they were."""

    def __init__(self, kappa: Complex, slope: Complex) -> None:
        n = kappa.size
        self.theta, self.kappa, self.slope = np.zeros(n), kappa.copy(), slope.copy()
        self.before = np.zeros(n), kappa.copy(), slope.copy()
        self.step, self.leaps = np.full(n, FIRST), np.zeros(n, int)
        self.points = [[(0.0, complex(k), complex(f))] for k, f in zip(kappa, slope, strict=True)]

    def ahead(self, of: NDArray[np.intp], step: Array) -> Complex:
        """Return κ a step further, by the cubic through the last two points, or by the tangent."""
        here = self.theta[of], self.kappa[of], self.slope[of]
        old = [value[of] for value in self.before]
        with np.errstate(all="ignore"):
            return np.where(old[0] < here[0], _cubic(old, here, here[0] + step), here[1] + step * here[2])

    def move(self, of: NDArray[np.intp], theta: Array, kappa: Complex, slope: Complex) -> None:
        """Go to new points."""
        for old, value, new in zip(self.before, (self.theta, self.kappa, self.slope), (theta, kappa, slope), strict=True):
            old[of], value[of] = value[of], new
        for band in of:
            self.points[band].append((self.theta[band], self.kappa[band], self.slope[band]))

    def forget(self, of: NDArray[np.intp], step: float) -> None:
        """Start from where they are, without a past."""
        self.before[0][of], self.step[of] = self.theta[of], step


class Bands:
    """The boundary curve along all bands.

    Parameters
    ----------
    levels : Levels
        The chain.
    edges : Edges
        Its bands.

    Attributes
    ----------
    curves : list of Curve
        One a band.
    complete : ndarray of bool, shape (n_bands,)
        Whether a band was followed to its end and arrived where the lower edge is.
    residual : float
        The largest |s(κ)/s − 1| along the way.
    inside : bool
        Whether every κ of every level was in the upper half plane.
    """

    def __init__(self, levels: Levels, edges: Edges) -> None:
        self.levels, self.edges = levels, edges
        self.middle = 0.5 * (np.log(edges.upper) + np.log(edges.cut))
        self.half = 0.5 * np.log1p((edges.upper - edges.cut) / edges.cut)
        self.complete = np.zeros(edges.upper.size, bool)
        self.residual, self.inside = 0.0, True
        self.curves = self._followed() if edges.upper.size else []

    def x_at(self, band: Any, theta: Any) -> Any:
        """Return x at θ, from whichever edge is nearer."""
        half = self.half[band]
        from_top = self.edges.upper[band] * np.exp(-2.0 * half * np.sin(0.5 * theta) ** 2)
        from_bottom = self.edges.cut[band] * np.exp(2.0 * half * np.cos(0.5 * theta) ** 2)
        return np.where(theta < 0.5 * np.pi, from_top, from_bottom)

    def theta_at(self, band: Any, x: Array) -> Array:
        """Return θ at x."""
        upper, cut = self.edges.upper[band], self.edges.cut[band]
        top, bottom = np.log1p(np.maximum(upper - x, 0.0) / x), np.log1p(np.maximum(x - cut, 0.0) / cut)
        return 2.0 * np.arctan2(np.sqrt(top), np.sqrt(bottom))

    def newton(
        self, kappa: Complex, x: Array, scale: Array, close: float = CLOSE
    ) -> tuple[Complex, Complex, NDArray[np.bool_], Array]:
        """Return κ with s(κ) = −x, ds/dκ there, whether it was found, and how far the start was off; `scale` is a step's."""
        start, kappa, slope = kappa, kappa.copy(), np.empty_like(kappa)
        found, first, last = np.zeros(x.size, bool), np.full(x.size, np.inf), np.full(x.size, np.inf)
        todo = np.arange(x.size)
        for turn in range(NEWTON):
            value, slope[todo] = self.levels.ridge(kappa[todo])
            with np.errstate(all="ignore"):
                step = -np.log(value / -x[todo]) * value / slope[todo]
            size = np.abs(step)
            if not turn:
                first = size.copy()
            good = np.isfinite(size) & (size < 10.0 * scale[todo])
            kappa[todo[good]] += step[good]
            settled = good & ((size <= close * scale[todo]) | (size <= 4e-16 * np.abs(kappa[todo]))
                              | ((size < 1e-3 * scale[todo]) & (size > 0.25 * last[todo])))  # fmt: skip
            last[todo] = size
            found[todo[settled]] = True
            todo = todo[good & ~settled]
            if not todo.size:
                break
        return kappa, slope, found & (kappa.imag > 0), np.maximum(first, np.abs(kappa - start))

    def _leaving(self, at: Array, x: Array, room: Array) -> Array:
        """Return √(H x_e/|s″|) at an edge: κ is next to κ_e + iθ times that."""
        height = 1e-5 * room
        _, slope = self.levels.ridge(at + 1j * height)
        return np.sqrt(self.half * x / np.abs(slope.imag / height))

    def _followed(self) -> list[Curve]:
        """Follow all bands; where the lower edge is not yet in sight from `LAST` before it, go on to an eighth of that."""
        edges, n = self.edges, self.edges.upper.size
        leave = 1j * self._leaving(edges.start, edges.upper, edges.upper_room).astype(np.complex128)
        arrive = -1j * self._leaving(edges.end, np.where(edges.hard, edges.cut, edges.lower), edges.lower_room)
        walkers = _Walkers(edges.start.astype(complex), leave)
        todo, left = np.arange(n), LAST
        while todo.size:
            end = np.where(edges.hard, np.pi, np.pi - left)
            self._march(walkers, todo, end)
            arrived = walkers.theta[todo] >= end[todo]
            there = todo[arrived]
            self.complete[there] = [edges.hard[band] or self._joined(band, walkers, arrive[band]) for band in there]
            left *= 0.125
            todo = todo[arrived & ~self.complete[todo]] if left > NEAREST else todo[:0]
        return [self._curve(band, walkers.points[band], arrive[band]) for band in range(n)]

    def _march(self, walkers: _Walkers, which: NDArray[np.intp], end: Array) -> None:
        """Bring bands to θ = `end`."""
        theta, kappa, step = walkers.theta, walkers.kappa, walkers.step
        active = which
        while active.size:
            h = np.minimum(step[active], end[active] - theta[active])
            guess = walkers.ahead(active, h)
            x = self.x_at(active, theta[active] + h)
            moved = np.abs(guess - kappa[active])
            new, rate, found, missed = self.newton(guess, x, moved, ROUGH)
            accepted = found & (missed < MISSED * moved)
            ahead = theta[active] + h
            with np.errstate(all="ignore"):
                tangent = x * self.half[active] * np.sin(ahead) / rate
            walkers.move(active[accepted], ahead[accepted], new[accepted], tangent[accepted])
            grown = np.where(missed < 0.1 * MISSED * moved, 1.6, 1.0)
            shortened = h < step[active]  # by the end of the way alone
            step[active] = np.where(accepted, np.where(shortened, step[active], np.minimum(LARGEST, h * grown)), 0.5 * h)
            stuck = active[(theta[active] < end[active]) & (step[active] <= SMALLEST)]
            lost = stuck[~self._leapt(stuck, walkers)] if stuck.size else stuck
            active = active[(theta[active] < end[active]) & ~np.isin(active, lost)]

    def _leapt(self, of: NDArray[np.intp], walkers: _Walkers) -> NDArray[np.bool_]:
        """Bring bands to a place a little further on, by continuation from above; return where that was possible."""
        ahead = np.minimum(walkers.theta[of] + LEAP * 4.0 ** walkers.leaps[of], np.pi)
        x = self.x_at(of, ahead)
        new, found = self._vertically(x)
        found &= walkers.leaps[of] < LEAPS
        walkers.leaps[of] += 1
        tangent = x * self.half[of] * np.sin(ahead) / self.levels.ridge(new)[1]
        walkers.move(of[found], ahead[found], new[found], tangent[found])
        walkers.forget(of, FIRST)
        return found

    def _joined(self, band: int, walkers: _Walkers, arrive: complex) -> bool:
        """Return whether the curve between where it is and the lower edge is where the cubic has it."""
        here = walkers.theta[band], walkers.kappa[band], walkers.slope[band]
        middle = np.array([0.5 * (here[0] + np.pi)])
        guess = _cubic(here, (np.pi, self.edges.end[band], arrive), middle)
        moved = np.array([abs(self.edges.end[band] - here[1])])
        _, _, found, missed = self.newton(guess, self.x_at(band, middle), moved)
        return bool(found[0] and missed[0] < MISSED * moved[0])

    def _curve(self, band: int, points: list[tuple[float, complex, complex]], arrive: complex) -> Curve:
        """Return a curve with N at every point, and the lower edge where it is joined."""
        edges = self.edges
        theta, kappa, slope = (np.array(column) for column in zip(*points, strict=True))
        above = np.array([edges.above[band]])
        if theta.size > 1:
            x = self.x_at(band, theta[1:])
            count = self.levels.count(kappa[1:], (-x).astype(complex))
            value, rate = self.levels.ridge(kappa[1:])
            error = np.abs(value / -x - 1.0) / np.maximum(1.0, np.abs(kappa[1:] * rate / value))
            self.residual = max(self.residual, float(error.max()))
            self.inside &= bool(count.inside.all())
            above = np.append(above, count.above)
        if self.complete[band] and not edges.hard[band]:
            theta, kappa = np.append(theta, np.pi), np.append(kappa, edges.end[band])
            slope, above = np.append(slope, arrive), np.append(above, edges.below[band])
        return Curve(theta, kappa, slope, above)

    def at(self, x: Array) -> tuple[Complex, Array, NDArray[np.bool_]]:
        """Return κ(−x + i0) inside bands, the number of the band (−1 outside), and whether it was found."""
        kappa = np.full(x.shape, np.nan, complex)
        found, edge = np.ones(x.shape, bool), np.zeros(x.shape, bool)
        band = np.full(x.shape, -1)
        for number, curve in enumerate(self.curves):
            inside = (x >= self.edges.cut[number]) & (x <= self.edges.upper[number])
            band[inside] = number
            of = np.flatnonzero(inside)
            if of.size:
                theta = self.theta_at(number, x[of])
                place = np.clip(np.searchsorted(curve.theta, theta) - 1, 0, curve.theta.size - 2)
                ends = [[v[place + k] for v in (curve.theta, curve.kappa, curve.slope)] for k in (0, 1)]
                kappa[of] = _cubic(ends[0], ends[1], theta)
                near = np.minimum(theta, np.where(self.edges.hard[number], np.inf, np.pi - theta))
                edge[of] = self.half[number] * near**2 < 1e3 * np.finfo(float).eps
        of = np.flatnonzero((band >= 0) & ~edge)  # next to an edge rounding of x decides, and the cubic is exact
        if of.size:
            start = kappa[of]
            scale = np.maximum(start.imag, 1e-300)
            new, _, good, missed = self.newton(start, x[of], scale)
            good &= missed < 0.3 * scale
            lost = np.flatnonzero(~good)
            if lost.size:
                new[lost], good[lost] = self._vertically(x[of[lost]])
            kappa[of], found[of] = new, good
        return kappa, band, found

    def _vertically(self, x: Array) -> tuple[Complex, NDArray[np.bool_]]:
        """Return κ by continuation from above, a last Newton bringing it to the axis."""
        kappa, found = from_above(self.levels, x * (-1.0 + HEIGHT * 1j))
        kappa, _, good, _ = self.newton(kappa, x, np.maximum(kappa.imag, 1e-300))
        return kappa, good & found


def from_above(levels: Levels, ridge: NDArray[Any]) -> tuple[Complex, NDArray[np.bool_]]:
    """Return κ(s) above the axis by vertical continuation, which needs no bands, and whether it was found."""
    return _Resolved(levels, ridge.size).descend(ridge.astype(np.complex128))


class _Resolved(Path):
    """The way down over modes that are right next to the axis."""

    def __init__(self, levels: Levels, points: int) -> None:
        super().__init__(levels.task, levels.layers, [np.full(points, value) for value in levels.parameters])
        self._levels = levels

    def levels(self, of: Any, kappa: Complex) -> list[Level]:
        """Return the levels at κ."""
        return self._levels.walk(kappa)


def _cubic(first: Any, second: Any, at: Any) -> Any:
    """Return the cubic through values and slopes at two places, there or beyond."""
    width = second[0] - first[0]
    t = (at - first[0]) / width
    a, b = first[1], second[1]
    rise = b - a
    left, right = first[2] * width - rise, rise - second[2] * width
    return a + t * rise + t * (1.0 - t) * ((1.0 - t) * left + t * right)
