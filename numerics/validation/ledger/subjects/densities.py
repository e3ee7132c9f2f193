"""Eigenvalue densities: the density, what it counts, its edges and its entropy, of kernels that chains make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from numerics.check.formula import crosscheck_formula
from numerics.check.ladder import population
from numerics.simulate.eigenvalues import simulate_spectrum
from numerics.validation.ledger import fingerprints
from numerics.validation.ledger.entries import Witness
from numerics.validation.ledger.inquiry import NOWHERE, RULE, Inquiry, gathered
from numerics.validation.references.two_points import Listed, kappa_at, polished, ridge
from theory import Chain, EigenvalueDensity, Isotropic, PowerLaw, Spectrum, linear_ridge, random_features
from theory.density import entropy as entropies

PLACES = (0.15, 0.4, 0.7, 0.9)  # shares of the largest band at which it is asked
DIGITS, TOLERANCE, INTEGRATED, SLOPE = 30, 1e-10, 1e-7, 1e-7
NODES, GAUSS = 400, 60
LADDER = (1, 2)


@dataclass(frozen=True)
class DensitySubject:
    """The kernel of a chain.

    Attributes
    ----------
    key, title : str
        As in `Subject`.
    model : Chain
        The chain.
    task : Spectrum
        The population.
    sizes : mapping
        Of the layers.
    """

    key: str
    title: str
    model: Chain
    task: Spectrum
    sizes: Mapping[str, float]
    group = "eigenvalue densities"

    @property
    def setting(self) -> str:
        """Of what matrix."""
        return f"{self.model}; {self.task}; {', '.join(f'{name} {value:g}' for name, value in self.sizes.items())}"

    def density(self, copies: int = 1) -> EigenvalueDensity:
        """Return the density at sizes in proportion.

        Parameters
        ----------
        copies : int
            Of every mode, row and column.
        """
        sizes: dict[str, Any] = {name: size * copies for name, size in self.sizes.items()}
        return self.model.spectrum(population(self.task, copies), **sizes)

    def places(self) -> list[float]:
        """Return eigenvalues inside the largest band."""
        band = self.density().bands[0]
        return [float(band.lower + share * (band.upper - band.lower)) for share in PLACES]

    def fingerprints(self) -> dict[str, str]:
        """Return those of the fixed point, and of what is read off it."""
        kappa = fingerprints.of_chain(self.model)["kappa"]
        read = {"density": EigenvalueDensity.density, "cdf": EigenvalueDensity.cdf, "edges": None, "mean": None,
                "entropy": entropies._integrand}  # fmt: skip
        return {name: fingerprints.joined(name, kappa, *([fingerprints.of_source(each)] if each else []))
                for name, each in read.items()}  # fmt: skip

    def probe(self) -> dict[str, float]:
        """Return them at one place."""
        found, x = self.density(), self.places()[1]
        return {"density": float(found.density(x)), "cdf": float(found.cdf(x)), "edges": float(found.edges[0]),
                "mean": float(found.mean), "entropy": float(found.entropy)}  # fmt: skip

    def witnesses(self, inquiry: Inquiry) -> dict[str, dict[str, Witness]]:
        """Return what every witness says."""
        names = list(self.fingerprints())
        kinds = {
            "identity": self._identities(inquiry),
            "digits": self._digits(inquiry),
            "simulation": self._simulation(inquiry),
            "published": {**dict.fromkeys(names, NOWHERE), **self._published(inquiry)},
            "route": self._routes(inquiry),
        }
        return gathered(kinds, names)

    def _identities(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return what the density adds up to, and what N does at the edges."""
        found = self.density()
        mass, _ = found.sums()
        ends = [(1.0 - float(found.cdf(edge)), sum(band.mass for band in found.bands[:place]) / found.size)
                for place, edge in enumerate([band.lower for band in found.bands if band.lower > 0], 1)]  # fmt: skip
        beyond = float(found.edges[0]) * (1 + 1e-9)
        scale = float(self.task.total_variance) / self.sizes["n_samples"]
        said = {
            "density": inquiry.equal([(mass, 1.0)], INTEGRATED, "its mass, atoms included, is 1"),
            "mean": inquiry.equal([(found.mean, scale)], TOLERANCE, "tr Σ/P"),
            "edges": inquiry.equal([(1.0 + float(found.density(beyond)), 1.0), (float(found.cdf(beyond)), 1.0)], TOLERANCE,
                                   "no density beyond, and all is counted"),
            "entropy": inquiry.equal([(found.entropy, self._by_density(found))], 1e-5, "−Σ p ln p over the density"),
        }
        return said | ({"cdf": inquiry.equal(ends, INTEGRATED, "a band's mass at its end")} if ends else {})

    def _stationary(self) -> Any:
        """Return the largest −s at which ds/dκ = 0: the outer edge, by a root of plain sums in many digits."""
        modes, parameters = Listed(self.task), [np.float64(self.sizes[slot.keyword]) for slot in self.model.slots]
        grid = -float(modes.eigenvalues.max()) * np.exp(np.linspace(1e-3, 8.0, 400))
        values = [float(ridge(self.model, modes, parameters, kappa)[1]) for kappa in grid]
        cross = next(place for place in range(len(grid) - 1) if values[place] * values[place + 1] < 0)
        with mpmath.workdps(DIGITS):
            precise, sizes = Listed(self.task, mpmath.mpf), [mpmath.mpf(float(each)) for each in parameters]

            def slope(kappa: Any) -> Any:
                return ridge(self.model, precise, sizes, kappa)[1]

            ends = tuple(mpmath.mpf(float(end)) for end in grid[cross : cross + 2])
            root = mpmath.findroot(slope, ends, solver="anderson", tol=1e-40)
            return -ridge(self.model, precise, sizes, root)[0]

    def _by_density(self, found: EigenvalueDensity) -> float:
        """Return −Σ p ln p with p = x/Σx, integrated band by band."""
        total, entropy = float(found.mean) * found.size, 0.0
        for x, weight in self._rules(found):
            share = x / total
            entropy -= float(weight @ (share * np.log(share)))
        return entropy - sum(found.size * weight * (x / total) * np.log(x / total) for x, weight in found.atoms if x > 0)

    def _rules(self, found: EigenvalueDensity) -> list[tuple[Any, Any]]:
        """Return nodes in every band and how many eigenvalues each stands for, by a trapezoid in the angle."""
        rules = []
        angle = (np.arange(NODES) + 0.5) * np.pi / NODES
        for band in found.bands:
            half = (band.upper - band.lower) / 2
            x = (band.upper + band.lower) / 2 - half * np.cos(angle)
            rules.append((x, found.size * found.density(x) * half * np.sin(angle) * np.pi / NODES))
        return rules

    def _digits(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return what plain sums say in many digits."""
        found = self.density()
        pairs = [(float(found.density(x)), self._precise(x, found)) for x in self.places()]
        low, high = self.places()[0], self.places()[-1]
        between = float(found.cdf(high) - found.cdf(low)), self._integral(low, high, found)
        return {
            "density": inquiry.equal(pairs, TOLERANCE, f"doubles against −Im d/πx, {DIGITS} digits"),
            "cdf": inquiry.equal([between], TOLERANCE, f"doubles against the integral of −Im d/πx, {DIGITS} digits"),
            "edges": inquiry.equal([(found.edges[0], self._stationary())], TOLERANCE, f"ds/dκ = 0, {DIGITS} digits"),
        }

    def _integral(self, low: float, high: float, found: EigenvalueDensity) -> Any:
        """Return ∫ of the density in many digits, by Gauss's rule."""
        nodes, weights = np.polynomial.legendre.leggauss(GAUSS)
        x = low + (high - low) * (nodes + 1) / 2
        return mpmath.fsum(w * self._precise(float(each), found) for each, w in zip(x, weights, strict=True)) * (high - low) / 2

    def _precise(self, x: float, found: EigenvalueDensity) -> Any:
        """Return −Im d/πx at κ(−x), by Newton's iteration on plain sums."""
        rough, sizes = Listed(self.task), [self.sizes[slot.keyword] for slot in self.model.slots]
        start = complex(kappa_at(self.model, rough, [np.float64(size) for size in sizes], np.array([-x + 1e-7j]))[0])
        with mpmath.workdps(DIGITS):
            modes = Listed(self.task, mpmath.mpf)
            kappa = polished(self.model, modes, [mpmath.mpf(size) for size in sizes], mpmath.mpf(-x), start)
            d = mpmath.fsum(each / (each + kappa) for each in modes.eigenvalues)
            return -mpmath.im(d) / (mpmath.pi * mpmath.mpf(x) * found.size)

    def _simulation(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return what drawn kernels say: shares of eigenvalues below some places, between them, their mean and entropy."""
        low, x, high = self.places()[0], self.places()[1], self.places()[2]

        def theory(copies: int, n_samples: int) -> dict[str, float]:
            found = self.density(copies)
            below, upto = (float(found.cdf(place)) for place in (low, high))
            return {"cdf": float(found.cdf(x)), "density": upto - below, "mean": float(found.mean),
                    "entropy": float(found.entropy - np.log(copies))}  # fmt: skip

        def draw(rng: np.random.Generator, copies: int, n_samples: int) -> dict[str, float]:
            sizes: dict[str, Any] = {name: size * copies for name, size in self.sizes.items()}
            seed, task = int(rng.integers(2**62)), population(self.task, copies)
            values = simulate_spectrum(self.model, task, trials=1, seed=seed, complex=True, **sizes)[0]
            share = values[values > 0] / values.sum()
            entropy = float(-(share * np.log(share)).sum() - np.log(copies))
            return {"cdf": float(np.mean(values <= x)), "density": float(np.mean((values > low) & (values <= high))),
                    "mean": float(values.mean()), "entropy": entropy}

        def scaled(_: Any, scale: float) -> dict[str, Any]:
            return {"copies": round(scale), "n_samples": round(scale * self.sizes["n_samples"])}

        agreement = crosscheck_formula(theory, draw, [scaled(None, 1.0)], sizes=scaled, scales=LADDER, order=2, trials=100,
                                       max_trials=1500, seed=inquiry.seed, rule=RULE)  # fmt: skip
        return inquiry.judged(agreement, str)

    def _published(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return the law of Marchenko and Pastur, of equal eigenvalues."""
        if not isinstance(self.task, Isotropic) or self.model != linear_ridge():
            return {}
        found, D, P = self.density(), float(self.task.size), float(self.sizes["n_samples"])
        low, high = (1 - np.sqrt(D / P)) ** 2, (1 + np.sqrt(D / P)) ** 2
        printed = [(float(found.density(x)), float(np.sqrt((high - x) * (x - low)) / (2 * np.pi * x))) for x in self.places()]
        words = "Marchenko and Pastur (1967)"
        return {"density": inquiry.equal(printed, TOLERANCE, words),
                "edges": inquiry.equal([(found.edges[0], high), (found.edges[-1], low)], TOLERANCE, words)}  # fmt: skip

    def _routes(self, inquiry: Inquiry) -> dict[str, Witness]:
        """Return integrals of the density and slopes of what it counts."""
        found = self.density()
        band, (_, weight) = found.bands[0], self._rules(found)[0]
        above = 1.0 - float(found.cdf(band.lower)) if band.lower > 0 else band.mass / found.size
        counted = [(above, float(weight.sum()) / found.size)]
        slopes = []
        for x in self.places():
            step = 1e-3 * (found.bands[0].upper - found.bands[0].lower)
            one, two = ((float(found.cdf(x + h)) - float(found.cdf(x - h))) / (2 * h) for h in (step, step / 2))
            slopes.append((float(found.density(x)), (4 * two - one) / 3))
        mean = sum(float(x @ weight) for x, weight in self._rules(found)) / found.size
        mean += sum(x * weight for x, weight in found.atoms)
        edge, near = float(found.edges[0]), 1e-5 * (found.bands[0].upper - found.bands[0].lower)
        inside = edge - near * np.array([1.0, 2.0, 3.0])
        squares = found.density(inside) ** 2
        vanishing = float(np.polyval(np.polyfit(squares, inside, 2), 0.0))
        quantiles = found.quantiles(4000)
        share = quantiles[quantiles > 0] * found.size / 4000 / (found.mean * found.size)
        entropy = float(-(share * np.log(share * 4000 / found.size)).sum())
        return {
            "density": inquiry.equal(slopes, SLOPE, "slopes of what it counts"),
            "cdf": inquiry.equal(counted, 1e-6, "the density's integral over a band"),
            "mean": inquiry.equal([(float(found.mean), mean)], 1e-6, "the density's integral"),
            "edges": inquiry.equal([(edge, vanishing)], 1e-8, "where the square of the density vanishes, extrapolated"),
            "entropy": inquiry.equal([(found.entropy, entropy)], 1e-3, "that of 4000 predicted eigenvalues"),
        }


def subjects() -> list[DensitySubject]:
    """Return kernels of linear regression and of random features."""
    return [
        DensitySubject("density_white", "kernel of white rows", linear_ridge(), Isotropic(40), {"n_samples": 100}),
        DensitySubject("density_linear", "kernel of rows", linear_ridge(), PowerLaw(0.5, 0.4, size=30), {"n_samples": 20}),
        DensitySubject("density_features", "kernel of random features", random_features(), PowerLaw(0.5, 0.4, size=30),
                       {"n_samples": 24, "n_features": 20}),
    ]  # fmt: skip
