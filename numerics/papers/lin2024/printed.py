"""Figures 1 to 4 of Lin et al. (arXiv:2406.08466) in their own normalisation, by the sharp theory.

H has eigenvalues in proportion to i^-a with tr H = 1 over d modes, σ = 1, γ = 0.1, E w*w*ᵀ = I: the signal is divided by
Σ i^-a as well. Figures 1 and 3 are fitted by σ² + c₁ M^-a₁ + c₂ N^-a₂, with the last iterate of halving steps and N_eff, or
with the mean of all iterates at a constant step and N. Which M and N, and how wide Huber's loss is, the paper does not print:
the fits are made on every grid of `GRIDS`, and what is shown is their spread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from numerics.papers.claims import Claim
from numerics.papers.fits import STATED, Array, fit_risk, slope
from theory import OnePassSGD, PowerLaw

NOISE, STEP = 1.0, 0.1
LAST, MEAN = OnePassSGD(), OnePassSGD(schedule="constant", averaging="iterate")
GRIDS: Mapping[str, tuple[tuple[float, float], tuple[float, float]]] = {  # least and largest M and N
    "all": ((0, np.inf), (0, np.inf)), "wide sketches": ((16, np.inf), (0, np.inf)), "narrow sketches": ((0, 64), (0, np.inf)),
    "many samples": ((0, np.inf), (300, np.inf)), "few samples": ((0, np.inf), (0, 3000)),
    "the middle": ((16, 128), (300, np.inf)),
}  # fmt: skip
ROUNDING, NARROW = 0.015, 0.15  # of the numbers printed and of a grid's choice; a spread that settles a claim


@dataclass(frozen=True)
class Printed:
    """One spectrum of one figure.

    Attributes
    ----------
    number : int
        Of the figure.
    capacity : float
        a.
    dims : int
        d.
    exponents : tuple of float or None
        a₁ and a₂ as printed.
    """

    number: int
    capacity: float
    dims: int
    exponents: tuple[float, float] | None

    @property
    def sgd(self) -> OnePassSGD:
        """The algorithm: Figures 3 and 4 take the mean of the iterates."""
        return LAST if self.number < 3 else MEAN

    @property
    def words(self) -> str:
        """The figure and its spectrum."""
        return f"Figure {self.number}, a = {self.capacity:g}, d = {self.dims}"


FIGURES = (
    Printed(1, 1.5, 20_000, (0.54, 0.34)), Printed(1, 2.0, 2_000, (1.07, 0.49)), Printed(2, 1.5, 10_000, None),
    Printed(2, 2.0, 1_000, None), Printed(3, 1.5, 20_000, (0.59, 0.33)), Printed(3, 2.0, 2_000, (1.09, 0.49)),
    Printed(4, 1.5, 10_000, None), Printed(4, 2.0, 1_000, None),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Remade:
    """A figure made again.

    Attributes
    ----------
    printed : Printed
        Which.
    widths, n_samples : ndarray of shape (n_widths,), (n_samples,)
        M and N.
    effective : ndarray of shape (n_samples,)
        N_eff, or N for the mean.
    reducible : ndarray of shape (n_widths, n_samples)
        R − σ².
    """

    printed: Printed
    widths: Array
    n_samples: Array
    effective: Array
    reducible: Array

    @cached_property
    def fits(self) -> dict[str, tuple[float, float]]:
        """Exponents fitted on every grid."""
        found = {}
        for name, ((least, most), (fewest, largest)) in GRIDS.items():
            rows = (self.widths >= least) & (self.widths <= most)
            columns = (self.n_samples >= fewest) & (self.n_samples <= largest)
            part = self.reducible[np.ix_(rows, columns)]
            found[name] = fit_risk(self.widths[rows, None], self.effective[columns], NOISE + part, NOISE, STATED).exponents
        return found

    @cached_property
    def spread(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The least and the largest of each exponent."""
        first, second = np.array(list(self.fits.values())).T
        return (float(first.min()), float(first.max())), (float(second.min()), float(second.max()))

    @property
    def slopes(self) -> tuple[float, float]:
        """Slopes of straight lines in M at the largest N, and in N at the largest M."""
        return -slope(self.widths, self.reducible[:, -1]), -slope(self.effective, self.reducible[-1])


def remake(printed: Printed, widths: Sequence[float], n_samples: Sequence[float]) -> Remade:
    """Evaluate a figure.

    Parameters
    ----------
    printed : Printed
        Which.
    widths, n_samples : sequence of float
        M and N.
    """
    M, N = np.array(widths, dtype=np.float64), np.array(n_samples, dtype=np.float64)
    total = float((np.arange(1.0, printed.dims + 1.0) ** -printed.capacity).sum())
    source = (printed.capacity - 1) / (2 * printed.capacity)
    task = PowerLaw(printed.capacity, source, size=printed.dims, scale=1 / total)  # its signal is k^-a: divided below
    risk = printed.sgd.evaluate(task, n_samples=N, n_features=M[:, None], step=STEP, noise=NOISE * total)
    reducible = (risk.approximation + risk.bias + risk.variance) / total
    return Remade(printed, M, N, risk.effective_samples[0], reducible)


def claims(remade: Sequence[Remade]) -> list[Claim]:
    """Return what became of the exponents of all figures, a row each."""
    found = []
    for figure in remade:
        for place, letter in enumerate(("a₁, of M", "a₂, of N" if figure.printed.number > 2 else "a₂, of N_eff")):
            if figure.printed.exponents is None:
                words, told = f"slope in {letter[7:]}", f"{figure.slopes[place]:.3f}"
                drawn = "sharp theory, a straight line at the largest other size; the paper draws it and prints no number"
                found.append(Claim(figure.printed.words, words, "not published", told, "not published", drawn))
                continue
            published, (low, high) = figure.printed.exponents[place], figure.spread[place]
            inside, narrow = low - ROUNDING <= published <= high + ROUNDING, high - low <= NARROW
            verdict = "confirmed" if inside and narrow else "undecided"  # without the sizes nothing can be refuted
            grids = f"fits of the sharp theory on {len(figure.fits)} grids; the paper prints neither M nor N nor Huber's scale"
            told = f"{low:.2f} … {high:.2f}"
            found.append(Claim(figure.printed.words, f"fitted {letter}", f"{published:.2f}", told, verdict, grids))
    return found
