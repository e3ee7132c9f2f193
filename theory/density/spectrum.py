"""The eigenvalues of what a chain makes: bands, atoms, density, counts and predicted eigenvalues, with a certificate.

With s = −x + i0 and N the number of eigenvalues above x: dN/dlnx = Im d/π and N = −Im ln det(1 + A/s)/π, both in closed form in
the innermost κ (`levels`), which is followed along the boundary of the upper half plane (`bands`).

One-pass SGD does not stand on this: beside the eigenvalues of its sketch it needs the target's share of each, as a quadrature,
over populations of up to 10^10 modes a column, and one Gaussian layer gives both in closed form along |κ|. Tests hold the two
against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.density import entropy as entropies
from theory.density.bands import Bands
from theory.density.levels import Levels
from theory.density.support import support
from theory.errors import BadArgument, real_array, whole_number
from theory.results.inputs import Inputs
from theory.results.result import PerPoint, Result
from theory.results.store import Remade
from theory.spectra.base import Array

TOLERANCE = 1e-9   # of residuals, and of N by its largest
GAUSS = 4          # points to an interval of a curve
TURNS = 60


class Band(NamedTuple):
    """An interval that eigenvalues fill, and how many of them do."""

    lower: float
    upper: float
    mass: float


@dataclass(frozen=True)
class Certificate:
    """What was checked of a density, and how it came out.

    Attributes
    ----------
    residual : float
        The largest relative error of s(κ) = −x, beyond what the rounding of κ makes.
    upper_half_plane : bool
        Whether the ridges of all levels lie there, as those of a resolvent do.
    complete : bool
        Whether every band was followed from edge to edge.
    monotone : float
        The largest step back of N along the bands (0: none).
    rank : float
        How far N at zero, from the closed form, is from the rank.
    """

    residual: float
    upper_half_plane: bool
    complete: bool
    monotone: float
    rank: float

    @property
    def failures(self) -> tuple[str, ...]:
        """What failed, in words; none for a density that may be used."""
        checks = {
            "the fixed point is not met": self.residual < TOLERANCE,
            "a ridge leaves the upper half plane": self.upper_half_plane,
            "a band was not followed to its end": self.complete,
            "the counting function falls": self.monotone < TOLERANCE,
            "eigenvalues are missing": self.rank < TOLERANCE,
        }
        return tuple(words for words, good in checks.items() if not good)

    @property
    def passed(self) -> bool:
        """Whether all checks held."""
        return not self.failures


@dataclass(frozen=True, repr=False)
class DensityCurve(Result):
    """The density along its bands, arrays of shape (n_points,).

    Attributes
    ----------
    density, cdf : ndarray
        Of one eigenvalue, at `inputs["eigenvalue"]`.
    """

    density: PerPoint
    cdf: PerPoint


class EigenvalueDensity(Remade):
    """The law of one eigenvalue of the n × n matrix that a chain makes, in the limit of large sizes.

    Parameters
    ----------
    levels : Levels
        The chain.
    size : float
        n, finite.
    unit : float
        What eigenvalues are multiplied by.

    Attributes
    ----------
    size : float
        n.
    atoms : tuple of (location, weight)
        Eigenvalues that a positive fraction of the matrix has, the largest first; zero, if any, is the last.
    bands : tuple of Band
        The intervals that the others fill, the largest first; `mass` is of n.
    mean : float
        Of one eigenvalue, exactly: the trace over n.
    inputs : Inputs
        The sizes, and which matrix.
    """

    def __init__(self, levels: Levels, size: float, unit: float = 1.0) -> None:
        self._levels, self.size, self._unit = levels, size, unit
        self.inputs = Inputs((), {})
        self.mean = unit * levels.total / size
        self._support = support(levels)
        edges = self._support.bands
        rows = zip(edges.lower * unit, edges.upper * unit, edges.below - edges.above, strict=True)
        self.bands = tuple(Band(*map(float, row)) for row in rows)
        zero = ((0.0, (size - levels.rank) / size),) if size > levels.rank else ()
        self.atoms = tuple((unit * x, count / size) for x, count in self._support.atoms) + zero

    @property
    def edges(self) -> Array:
        """The ends of all bands, descending, shape (2 n_bands,)."""
        return np.array([end for band in self.bands for end in (band.upper, band.lower)])

    @cached_property
    def _curve(self) -> Bands:
        return Bands(self._levels, self._support.bands)

    @cached_property
    def certificate(self) -> Certificate:
        """What vouches for the density; one that fails gives NaN for densities, counts and quantiles."""
        curve, rank = self._curve, self._levels.rank
        back = max((float(np.max(-np.diff(found.above), initial=0.0)) for found in curve.curves), default=0.0)
        counted = sum(band.mass for band in self.bands) + sum(count for _, count in self._support.atoms)
        return Certificate(curve.residual, curve.inside, bool(curve.complete.all()), back / rank, abs(counted / rank - 1.0))

    def density(self, x: ArrayLike) -> Array:
        """Return the density of one eigenvalue at x > 0, of the shape of x; atoms are beside it.

        Parameters
        ----------
        x : array-like
            Positive numbers.

        Raises
        ------
        ValueError
            If x ≤ 0 is among them.
        """
        at = self._positive(x)
        _, per_log = self._counted(at.ravel() / self._unit)
        return (per_log / self.size).reshape(at.shape) / at

    def cdf(self, x: ArrayLike) -> Array:
        """Return the probability that one eigenvalue is at most x, of the shape of x, atoms included.

        Parameters
        ----------
        x : array-like
            Positive numbers.

        Raises
        ------
        ValueError
            If x ≤ 0 is among them (the weight at zero is that of the last atom).
        """
        at = self._positive(x)
        above, _ = self._counted(at.ravel() / self._unit)
        return 1.0 - above.reshape(at.shape) / self.size

    def curve(self, n_points: int = 100) -> DensityCurve:
        """Return the density along every band, densest next to its edges: what a picture or a table needs.

        Parameters
        ----------
        n_points : int
            Points in each band.

        Raises
        ------
        ValueError
            If it is no whole number ≥ 2.
        """
        number = whole_number("n_points", n_points, 2, remedy="give the number of points in each band")
        share = 0.5 - 0.5 * np.cos(np.pi * (np.arange(number) + 0.5) / number)
        bands = self.bands[::-1]
        x = np.concatenate([band.lower * (band.upper / band.lower) ** share if band.lower > 0 else band.upper * share**2
                            for band in bands] or [np.zeros(0)])  # fmt: skip
        inputs = Inputs(x.shape, {"eigenvalue": x, **self.inputs.own}, self.inputs.about)
        return DensityCurve(self.density(x), self.cdf(x), inputs=inputs)

    def to_frame(self) -> Any:
        """Return `curve()` as a `pandas.DataFrame`.

        Raises
        ------
        ValueError
            If pandas is not installed.
        """
        return self.curve().to_frame()

    def to_dataset(self) -> Any:
        """Return `curve()` as a `xarray.Dataset`.

        Raises
        ------
        ValueError
            If xarray is not installed.
        """
        return self.curve().to_dataset()

    def quantiles(self, n: int | None = None) -> Array:
        """Return predicted eigenvalues of a draw, the largest first, shape (n,): where N is (k − ½) size/n, k = 1 … n.

        Parameters
        ----------
        n : int, optional
            How many; the size of the matrix when left out.

        Raises
        ------
        ValueError
            If n is no whole number ≥ 1, or left out where the size is none.
        """
        number = whole_number("n", self.size if n is None else n, 1, remedy="give the number of eigenvalues")
        return self._unit * self._inverse((np.arange(number, dtype=np.float64) + 0.5) * (self.size / number))

    def deviations(self, n: int | None = None) -> Array:
        """Return the standard deviations, from draw to draw of real matrices, of predicted eigenvalues, shape (n,).

        Isolated ones only: an eigenvalue that is alone in its band fluctuates with twice the variance of the band's density
        (λ√(2/P) in a sample of P rows). The others, which hardly move, are NaN.

        Parameters
        ----------
        n : int, optional
            As for `quantiles`.

        Raises
        ------
        ValueError
            As `quantiles`.
        """
        found = np.full(self.quantiles(n).size, np.nan)
        edges = self._support.bands
        if n is not None and n != self.size:
            return found
        for number in np.flatnonzero(np.abs(edges.below - edges.above - 1.0) < 1e-9).tolist():
            x, weight = self._rule(number)
            weight /= weight.sum()
            variance = 2.0 * float((x - x @ weight) ** 2 @ weight)
            found[round(float(edges.above[number]))] = self._unit * np.sqrt(variance)
        return found

    def sums(self) -> tuple[float, float]:
        """Return the mass and the mean by integrating the density, atoms included: against 1 and `mean`, a check."""
        mass, first = sum(weight for _, weight in self.atoms), sum(x * weight for x, weight in self.atoms)
        for number in range(len(self.bands)):
            x, weight = self._rule(number)
            mass, first = mass + float(weight.sum()) / self.size, first + float(x @ weight) * self._unit / self.size
            mass += self._hard_edge(number)[0] / self.size if self._support.bands.hard[number] else 0.0
        return mass, first

    @cached_property
    def entropy(self) -> float:
        """−Σ p ln p in nats, p the eigenvalues divided by their sum."""
        return entropies.entropy(self._levels)

    @property
    def effective_rank(self) -> float:
        """E to the entropy: how many equal eigenvalues would have it."""
        return float(np.exp(self.entropy))

    def __repr__(self) -> str:
        state = "" if self.certificate.passed else f", failed: {'; '.join(self.certificate.failures)}"
        return f"EigenvalueDensity(size={self.size:g}, bands={len(self.bands)}, atoms={len(self.atoms)}{state})"

    def _positive(self, x: ArrayLike) -> Array:
        at = real_array("x", x, "a number > 0", "eigenvalues are positive; the weight at zero is in `atoms`")
        if not ((at > 0) & np.isfinite(at)).all():
            raise BadArgument("x", x, "a number > 0", "eigenvalues are positive; the weight at zero is in `atoms`")
        return at

    def _counted(self, x: Array) -> tuple[Array, Array]:
        """Return N and −dN/dlnx."""
        if not self.certificate.passed:
            return np.full(x.shape, np.nan), np.full(x.shape, np.nan)
        edges = self._support.bands
        passed = [*self._support.atoms, *zip(edges.cut, edges.below - edges.above, strict=True)]
        above = sum((count * (x < place) for place, count in passed), start=np.zeros(x.shape))
        per_log = np.zeros(x.shape)
        kappa, band, found = self._curve.at(x)
        of = np.flatnonzero((band >= 0) & found)
        if of.size:
            count = self._levels.count(kappa[of], (-x[of]).astype(complex))
            above[of], per_log[of] = count.above, count.per_log
        above[~found], per_log[~found] = np.nan, np.nan
        for number in np.flatnonzero(edges.hard).tolist():
            of = np.flatnonzero(x < edges.cut[number])
            if of.size:
                last, power = self._hard_edge(number)
                missing = last * (x[of] / edges.cut[number]) ** power
                above[of], per_log[of] = edges.below[number] - missing, power * missing
        return above, per_log

    def _hard_edge(self, number: int) -> tuple[float, float]:
        """Return how many eigenvalues are below the cut, and the power of x by which they vanish."""
        edges, curve = self._support.bands, self._curve.curves[number]
        count = self._levels.count(curve.kappa[-1:], np.array([-edges.cut[number] + 0j]))
        order = max(self._levels.order, 2)
        return float(count.per_log[0]) * order, 1.0 / order

    def _rule(self, number: int) -> tuple[Array, Array]:
        """Return Gauss points x over a band and their shares of its eigenvalues."""
        curve = self._curve.curves[number]
        nodes, weights = np.polynomial.legendre.leggauss(GAUSS)
        low, high = curve.theta[:-1, None], curve.theta[1:, None]
        theta = (0.5 * (low + high) + 0.5 * (high - low) * nodes).ravel()
        x = self._curve.x_at(number, theta)
        _, per_log = self._counted(x)
        return x, (0.5 * (high - low) * weights).ravel() * per_log * self._curve.half[number] * np.sin(theta)

    def _inverse(self, above: NDArray[Any]) -> Array:
        """Return x where N has given values."""
        x = np.zeros(above.shape)
        if not self.certificate.passed:
            return np.full(above.shape, np.nan)
        edges = self._support.bands
        before = 0.0
        pieces = [(float(place), float(count), -1) for place, count in self._support.atoms]
        pieces += [(float(u), float(b - a), number)
                   for number, (u, a, b) in enumerate(zip(edges.upper, edges.above, edges.below, strict=True))]  # fmt: skip
        for place, count, number in sorted(pieces, reverse=True):
            inside = (above > before) & (above <= before + count)
            if inside.any():
                x[inside] = place if number < 0 else self._in_band(number, above[inside])
            before += count
        return x

    def _in_band(self, number: int, above: Array) -> Array:
        """Return x in a band where N has given values: Newton in θ between the points of the curve."""
        curve, edges = self._curve.curves[number], self._support.bands
        place = np.clip(np.searchsorted(curve.above, above) - 1, 0, curve.theta.size - 2)
        low, high = curve.theta[place].copy(), curve.theta[place + 1].copy()
        part = (above - curve.above[place]) / np.maximum(curve.above[place + 1] - curve.above[place], 1e-300)
        theta = low + np.clip(part, 0.0, 1.0) * (high - low)
        todo = np.arange(above.size)
        if edges.hard[number]:
            last, power = self._hard_edge(number)
            beyond = above > edges.below[number] - last
            todo = np.flatnonzero(~beyond)
        for _ in range(TURNS):
            found, per_log = self._counted(self._curve.x_at(number, theta[todo]))
            missed = above[todo] - found
            low[todo], high[todo] = np.where(missed > 0, theta[todo], low[todo]), np.where(missed > 0, high[todo], theta[todo])
            with np.errstate(all="ignore"):
                new = theta[todo] + missed / (per_log * self._curve.half[number] * np.sin(theta[todo]))
            new = np.where((new > low[todo]) & (new < high[todo]), new, 0.5 * (low[todo] + high[todo]))
            settled = (np.abs(missed) < 1e-12 * self.size) | (high[todo] - low[todo] < 1e-15)
            theta[todo] = np.where(settled, theta[todo], new)
            todo = todo[~settled]
            if not todo.size:
                break
        x: NDArray[Any] = self._curve.x_at(number, theta)
        if edges.hard[number] and beyond.any():
            x[beyond] = edges.cut[number] * ((edges.below[number] - above[beyond]) / last) ** (1.0 / power)
        return x
