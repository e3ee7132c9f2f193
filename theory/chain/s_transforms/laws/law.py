r"""Laws of eigenvalues that have no closed S-transform: listed ones and spectra, a density, a list of moments.

A law is reduced to weighted eigenvalues: exactly (a spectrum), by quadrature (a density), or as the Gauss and Gauss-Radau
rules of its moments, which bound d(χ) from above and below because 1/(γ+χ) has derivatives of alternating sign. The last
two come in levels; a result is handed out when two successive levels agree.
"""

from __future__ import annotations

import abc
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from mpmath import mp

from theory.chain.s_transforms.laws.measures import Measure, PreciseMeasure, invert
from theory.chain.s_transforms.laws.series import stieltjes_fraction
from theory.errors import BadArgument
from theory.exact import exact
from theory.results.declared import Declared
from theory.spectra.base import Spectrum

SWEEP = 256   # sizes kept: a solver asks for all those of a sweep in turn, at every step
MASS = 1e-10  # by which the total mass of a density may miss one


@dataclass(frozen=True)
class Law(Declared, abc.ABC):
    """A law of eigenvalues ≥ 0; the methods give its weighted positive eigenvalues, Σ n = size without the zeros."""

    levels: ClassVar[int] = 1
    definition: ClassVar[str]  # of χ, as LaTeX with {chi}, {matrix} and {size}
    scaling: ClassVar[str] = r"\int x\, d\mu(x) = 1"  # to mean one, likewise

    @abc.abstractmethod
    def measure(self, size: float, level: int) -> Measure:
        """Return the law in double precision."""

    @abc.abstractmethod
    def precise(self, size: Any, level: int) -> PreciseMeasure:
        """Return the law through mpmath, at the ambient precision."""

    @abc.abstractmethod
    def power_sums(self, size: Any, count: int) -> list[Any]:
        """Return Σ nγ, …, Σ nγ^count as mpf."""

    def rank(self, size: float) -> float:
        """Return the number of positive eigenvalues, which bounds d."""
        return self.measure(size, self.levels - 1).rank

    def agreement(self, bits: int) -> Any:
        """Return the relative difference of χ between two levels that is allowed, in a precision of `bits`."""
        return 0

    def refusal(self, dof: Any) -> BadArgument:
        """Return the error for a d at which two levels never agree."""
        raise NotImplementedError


@dataclass(frozen=True)
class EigenvalueLaw(Law):
    """The eigenvalues of a matrix of each size, as a spectrum whose target plays no role."""

    definition: ClassVar[str] = r"\operatorname{{tr}} {matrix} \left({matrix} + {chi}\right)^{{-1}} = d"
    scaling: ClassVar[str] = r"\operatorname{{tr}} {matrix} = {size}"

    @property
    def power(self) -> Any:
        """α, where the eigenvalues at large sizes go as k^-α; None where they tend to no power."""
        return None

    @property
    @abc.abstractmethod
    def summable(self) -> bool:
        """Whether infinitely many eigenvalues have a finite sum."""

    @abc.abstractmethod
    def positive(self, size: float) -> Spectrum:
        """Return the spectrum of the matrix of a size, zeros left out.

        Raises
        ------
        BadArgument
            If there is none of that size.
        """

    def measure(self, size: float, level: int) -> Measure:
        """Return the eigenvalues above zero."""
        return _spectral(Measure.of_spectrum, self, float(size), 0)

    def precise(self, size: Any, level: int) -> PreciseMeasure:
        """Return the eigenvalues above zero."""
        return _spectral(PreciseMeasure.of_spectrum, self, float(size), mp.prec)

    def power_sums(self, size: Any, count: int) -> list[Any]:
        """Return the sums over its nodes."""
        nodes = self.positive(float(size)).nodes
        gamma, weights = ([mp.mpf(v) for v in column.tolist()] for column in (nodes.eigenvalues, nodes.counts))
        return [mp.fdot(weights, [g**k for g in gamma]) for k in range(1, count + 1)]


@dataclass(frozen=True)
class SpectralLaw(EigenvalueLaw):
    """The eigenvalues of a spectrum: all of them, or the largest ones where a size says how many.

    Attributes
    ----------
    spectrum : Spectrum
        Its target plays no role.
    whole : bool
        Whether the size must be the spectrum's (listed eigenvalues are not truncated).
    """

    spectrum: Spectrum
    whole: bool

    @property
    def power(self) -> Fraction | None:
        """α of an infinite spectrum that states its order."""
        try:
            found = exact(getattr(self.spectrum, "order", {}).get("capacity")) if self.summable else None
        except BadArgument:
            return None
        return found if isinstance(found, Fraction) else None

    @property
    def summable(self) -> bool:
        """Whether infinitely many have a finite sum, which those of a spectrum do where there are so many."""
        return math.isinf(self.spectrum.size)

    def positive(self, size: float) -> Spectrum:
        """Return the spectrum of that many of the largest eigenvalues, zeros left out.

        Raises
        ------
        BadArgument
            If the law has not exactly (listed eigenvalues) or at least (a spectrum) so many.
        """
        spectrum = self.spectrum
        if size != spectrum.size:
            most = f"{'exactly' if self.whole else 'a whole number up to'} {spectrum.size}, the size of its law"
            if self.whole or not (math.isfinite(size) and 1 <= size == int(size) <= spectrum.size):
                raise BadArgument("size", size, most, "give the law as many eigenvalues as the matrix has")
            spectrum = spectrum.truncate(int(size))
        return spectrum if spectrum.rank == spectrum.size else spectrum.truncate(int(spectrum.rank))


@functools.lru_cache(maxsize=SWEEP)
def _spectral(make: Callable[[Spectrum], Any], law: EigenvalueLaw, size: float, bits: int) -> Any:
    """Return the measure of a law of eigenvalues; `bits` says for which precision."""
    return make(law.positive(size))


@dataclass(frozen=True)
class DensityLaw(Law):
    """A density on an interval (or several, back to back), and atoms.

    Attributes
    ----------
    density : callable
        ρ(x), on arrays of float64 and, for mpmath, on mpf.
    support : tuple of float or mpf
        Ascending points ≥ 0 between which ρ is smooth; at them it may vanish by a power, and at zero diverge.
    atoms : tuple of (float, float)
        (location ≥ 0, weight) pairs.
    """

    density: Callable[[Any], Any]
    support: tuple[Any, ...]
    atoms: tuple[tuple[float, float], ...]

    levels: ClassVar[int] = 9
    definition: ClassVar[str] = r"{size} \int \frac{{x}}{{x + {chi}}}\, d\mu(x) = d"

    def __post_init__(self) -> None:
        nodes, weights = _quadrature(self, 4, 0)
        if not (np.isfinite(weights).all() and (weights >= 0).all()):
            worst = float(nodes[np.argmin(np.where(np.isfinite(weights), weights, -np.inf))])
            allowed = "finite and non-negative on its support, elementwise on arrays"
            raise BadArgument("density", self.density, allowed, f"it is not at x = {worst:.6g}")
        mass = weights.sum() + sum(weight for _, weight in self.atoms)
        if not abs(mass - 1) < MASS:
            remedy = f"with its atoms it integrates to {mass:.12g}: scale it, add the atoms, or put its kinks into the support"
            raise BadArgument("density", self.density, "of total mass 1", remedy)

    def measure(self, size: float, level: int) -> Measure:
        """Return the nodes of tanh-sinh quadrature, twice as many at each level."""
        return _density_measure(self, float(size), level)

    def precise(self, size: Any, level: int) -> PreciseMeasure:
        """Return the nodes of tanh-sinh quadrature, twice as many at each level."""
        nodes, weights = _quadrature(self, level, mp.prec)
        atoms = [(mp.mpf(x), mp.mpf(weight)) for x, weight in self.atoms if x > 0]
        scale = (1 - mp.fsum(weight for _, weight in self.atoms)) / mp.fsum(weights)
        return PreciseMeasure.of_nodes(
            [*nodes, *(x for x, _ in atoms)],
            [*(size * scale * weight for weight in weights), *(size * weight for _, weight in atoms)],
            size * (1 - mp.fsum(weight for x, weight in self.atoms if x == 0)),
        )

    def power_sums(self, size: Any, count: int) -> list[Any]:
        """Return the moments by quadrature, in double precision where that is the ambient one."""
        columns = _quadrature(self, self.levels - 2, 0 if mp.prec <= 53 else mp.prec)
        rows = [(mp.mpf(x), mp.mpf(weight)) for x, weight in (*zip(*columns, strict=True), *self.atoms)]
        return [size * mp.fsum(weight * x**k for x, weight in rows) for k in range(1, count + 1)]

    def agreement(self, bits: int) -> Any:
        """Return a thousand units in the last place."""
        return mp.ldexp(1, 10 - bits)

    def refusal(self, dof: Any) -> BadArgument:
        """Return the error of a quadrature that did not converge."""
        allowed = "such that the quadrature of the density converges"
        return BadArgument("d", dof, allowed, "put kinks of the density into its support; next to a hard edge use mpmath")


@functools.lru_cache(maxsize=SWEEP)
def _density_measure(law: DensityLaw, size: float, level: int) -> Measure:
    nodes, weights = _quadrature(law, level, 0)
    atoms = np.array([atom for atom in law.atoms if atom[0] > 0]).reshape(-1, 2)
    rank = size * (1 - sum(weight for x, weight in law.atoms if x == 0))
    kept = weights > 0
    masses = weights[kept] * ((1 - sum(weight for _, weight in law.atoms)) / weights.sum())
    return Measure.of_nodes(np.append(nodes[kept], atoms[:, 0]), size * np.append(masses, atoms[:, 1]), rank)


@functools.lru_cache(maxsize=32)
def _quadrature(law: DensityLaw, level: int, bits: int) -> tuple[Any, Any]:
    """Return tanh-sinh nodes and weights (with the density in them): float64 arrays, or lists of mpf at `bits` bits.

    On [a, b] with x = a + (b−a) sin²(θ/2) and θ = π/(1 + e^(−v)), v = π sinh t: edges of any power become analytic, and x − a
    and b − x are never differences.
    """
    precise = bits > 0
    reach = mp.asinh((mp.dps + 10) * mp.log(10) / mp.pi) if precise else 5.2
    steps = 2 ** (level + 2)
    count = int(reach * steps)
    points, weights = [], []
    whole = range(-count, count + 1)
    grid: list[Any] = [mp.mpf(j) / steps for j in whole] if precise else [np.array(whole) / steps]
    sinh, cosh, exp, sin = (mp.sinh, mp.cosh, mp.exp, mp.sin) if precise else (np.sinh, np.cosh, np.exp, np.sin)
    pi = mp.pi if precise else np.pi
    ends = [mp.mpf(end) if precise else float(end) for end in law.support]
    for low, high in pairwise(ends):
        for at in grid:
            v = pi * sinh(abs(at))
            shrunk = exp(-v)
            near = pi * shrunk / (1 + shrunk)  # θ or π − θ, from the nearer end
            part = (high - low) * sin(near / 2) ** 2
            x = np.where(at < 0, low + part, high - part) if not precise else low + part if at < 0 else high - part
            jacobian = (high - low) / 2 * sin(near) * pi * shrunk / (1 + shrunk) ** 2 * pi * cosh(at) / steps
            points.append(x)
            weights.append(_density_at(law, x) * jacobian)
    if precise:
        return points, weights
    nodes, masses = np.concatenate(points), np.concatenate(weights)
    inside = nodes > 0
    return nodes[inside], masses[inside]


def _density_at(law: DensityLaw, x: Any) -> Any:
    """Return ρ(x), zero where x is rounded onto an end of the support."""
    ends = law.support
    if isinstance(x, np.ndarray):
        onto = np.isin(x, [float(end) for end in ends])
        with np.errstate(all="ignore"):
            value = np.asarray(law.density(np.where(onto, float(ends[0] + ends[1]) / 2, x)), dtype=np.float64)
        if value.shape != x.shape:
            raise BadArgument("density", law.density, "elementwise on arrays", "write it with NumPy functions")
        return np.where(onto, 0.0, value)
    if x in ends:
        return mp.zero
    try:
        number = law.density(x)
    except (TypeError, AttributeError):
        number = None
    if not isinstance(number, (mp.mpf, int)):
        raise BadArgument("density", law.density, "an mpf at an mpf where S is wanted through mpmath", "write it with mpmath")
    return mp.mpf(number)


@dataclass(frozen=True)
class MomentLaw(Law):
    """The laws that have given moments, as far as they agree.

    Attributes
    ----------
    moments : tuple of Fraction
        m₁, m₂, …: at least two.
    tolerance : float
        The relative uncertainty of χ (and of S) that is allowed.
    """

    moments: tuple[Fraction, ...]
    tolerance: float

    levels: ClassVar[int] = 2
    definition: ClassVar[str] = r"{size} \int \frac{{x}}{{x + {chi}}}\, d\mu(x) = d"

    @functools.cached_property
    def fraction(self) -> tuple[Fraction, ...]:
        """Stieltjes' continued fraction; shorter than the moments are many where they are those of a few atoms."""
        return tuple(stieltjes_fraction(self.moments))

    @property
    def _known(self) -> bool:
        """Whether the moments are those of one law only."""
        return len(self.fraction) < len(self.moments)

    def _kept(self, level: int) -> tuple[Fraction, ...]:
        """Return the coefficients of a level: all but the last one, then all; all at once where the law is known."""
        return self.fraction if level or self._known else self.fraction[:-1]

    def rank(self, size: float) -> float:
        """Return the size where the rank is not known."""
        return super().rank(size) if self._known else size

    def measure(self, size: float, level: int) -> Measure:
        """Return the Gauss (or Gauss-Radau) rule of the moments."""
        diagonal, off, radau = _jacobi(self._kept(level))
        matrix = np.diag(np.array(diagonal, float)) + np.diag(np.sqrt(np.array(off, float)), 1)
        nodes, vectors = np.linalg.eigh(matrix, UPLO="U")
        masses = vectors[0] ** 2
        return Measure.of_nodes(nodes[radau:], size * masses[radau:], size * (1 - masses[0] if radau else 1.0))

    def precise(self, size: Any, level: int) -> PreciseMeasure:
        """Return the Gauss (or Gauss-Radau) rule of the moments."""
        diagonal, off, radau = _jacobi(self._kept(level))
        matrix = mp.diag([_mpf(value) for value in diagonal])
        for i, value in enumerate(off):
            matrix[i, i + 1] = matrix[i + 1, i] = mp.sqrt(_mpf(value))
        nodes, vectors = mp.eigsy(matrix)
        masses = [v**2 for v in vectors[0, :]]
        rank = size * (1 - masses[0] if radau else 1)
        return PreciseMeasure.of_nodes(list(nodes)[radau:], [size * mass for mass in masses[radau:]], rank)

    def power_sums(self, size: Any, count: int) -> list[Any]:
        """Return the moments."""
        if count > len(self.moments):
            remedy = "the others are not known: give more moments to the S-transform"
            raise BadArgument("n", count, f"at most {len(self.moments)} for a law given by its moments", remedy)
        return [size * _mpf(moment) for moment in self.moments[:count]]

    def agreement(self, bits: int) -> Any:
        """Return the tolerance."""
        return self.tolerance

    def refusal(self, dof: Any) -> BadArgument:
        """Return the error beyond what the moments determine."""
        allowed = f"at most {self.reach():.4g} D, where {len(self.moments)} moments determine S to within {self.tolerance:g}"
        return BadArgument("d", dof, allowed, "give more moments, or a larger tolerance")

    def reach(self) -> float:
        """Return the largest d/D at which the two levels agree."""
        rules = [self.measure(1.0, level) for level in range(self.levels)]
        low, high = 0.0, min(rule.rank for rule in rules)
        for _ in range(40):
            middle = np.array([(low + high) / 2])
            coarse, fine = (invert(rule, 0.0 * middle, middle) for rule in rules)
            inside = abs(coarse / fine - 1).item() <= self.tolerance
            low, high = (middle.item(), high) if inside else (low, middle.item())
        return low


def _jacobi(fraction: tuple[Fraction, ...]) -> tuple[list[Fraction], list[Fraction], int]:
    """Return the diagonal and the squared off-diagonal of the Jacobi matrix, and whether one of its nodes is zero."""
    c = (Fraction(0), *fraction, Fraction(0))
    rows = (len(fraction) + 2) // 2
    diagonal = [c[2 * k] + c[2 * k + 1] for k in range(rows)]
    return diagonal, [c[2 * k - 1] * c[2 * k] for k in range(1, rows)], 1 - len(fraction) % 2


def _mpf(value: Fraction) -> Any:
    return mp.mpf(value.numerator) / value.denominator
