"""The papers' exponents at λ ~ P^-l, N ~ P^q against the law that is derived, and against slopes of evaluated risks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from numerics.check.extrapolation import Array
from numerics.papers.atanasov2024.experiment import COLUMNS, NOTHING
from numerics.papers.atanasov2024.published import feature_variance, label_noise, signal
from numerics.papers.claims import Claim
from numerics.papers.parts import Part
from numerics.pictures.panels import Curve, Panel, Points
from theory import Chain, GaussianFeatures, PowerLaw, Samples
from theory.conventions import convention
from theory.exponents.law import ChainLaw
from theory.terms import Key

PAPER = convention("atanasov2024")
EXPONENTS = ((1.5, 0.8), (1.8, 0.4), (2.5, 0.6), (2.5, 1.2))  # (α, r) of the grids
POINTS, WIDEST = 500, 6.0      # of a grid, and its largest q
SAME, CLOSE = 1e-9, 0.02      # of exact exponents, of measured slopes
LOW, HIGH, MOST = 1e6, 1e8, 9e14  # P of a slope; N at most
TERMS: tuple[Key, ...] = ("bias", "features", "samples", ("samples", "features"))
LABELS: tuple[Key, ...] = (("samples", "noise"), ("samples", "features", "noise"))
RAYS = {0.3: (1.5, 0.8, 1.2), 0.7: (2.5, 1.2, 1.5), 1.5: (1.5, 0.8, 1.5)}  # α_F: α, r, q of the figure


def chain(columns: float) -> Chain:
    """Return random features whose columns have the spectrum k^-α_F."""
    return Chain(Samples(), GaussianFeatures(columns=columns) if columns else GaussianFeatures())


@lru_cache(maxsize=8)
def law(columns: float) -> ChainLaw:
    """Return its scaling law."""
    return chain(columns).exponents()


@dataclass(frozen=True, eq=False)
class Grid:
    """Exponents (of 1/P) on random points of the plane of l and q.

    Attributes
    ----------
    alpha, r, columns : float
        The task and α_F, in the papers' letters.
    ell, q : ndarray
        The points.
    """

    alpha: float
    r: float
    columns: float
    ell: Array
    q: Array

    def derived(self, *terms: Key) -> Array:
        """Return the exponent of the sum of some terms."""
        ours = {name: float(value) for name, value in PAPER.ours(alpha=self.alpha, r=self.r).items()}
        plane = {PAPER.keyword("P"): 1.0, PAPER.keyword("N"): self.q, "ridge": -self.ell, "noise": 0.0}
        found, _ = law(self.columns).on_grid(**ours, **plane)
        exponents: Array = -np.max([found[term] for term in terms], axis=0)
        return exponents

    @property
    def loose(self) -> Any:
        """Where the width does not limit."""
        steep = self.alpha + max(self.columns - 1.0, 0.0)
        return np.minimum(1.0, self.ell / steep) < self.q

    @property
    def fails(self) -> Any:
        """Where the published rule of structured weights is expected to fail, in two ranges of α_F."""
        if self.columns > 1.0:
            return self.ell < self.alpha + self.columns - 1.0
        if self.columns > 0.5:
            return np.minimum(1.0, self.ell / self.alpha) < self.q * (1.0 - self.columns)
        return np.zeros(self.ell.shape, dtype=bool)


def grids(columns: float, seed: int) -> list[Grid]:
    """Return a grid for each (α, r)."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(99, int(1000 * columns))))
    return [
        Grid(alpha, r, columns, rng.uniform(0.0, 4.0, POINTS), rng.uniform(0.02, WIDEST, POINTS)) for alpha, r in EXPONENTS
    ]


def _counted(where: str, words: str, rule: str, wrong: Any, evidence: str) -> Claim:
    """Return the claim that a rule holds at all of some points."""
    told = f"{int(wrong.size - wrong.sum())} of {wrong.size} points agree"
    verdict = "undecided" if not wrong.size else "refuted" if wrong.any() else "confirmed"
    return Claim(where, words, rule, told, verdict, evidence)


def phases(seed: int) -> list[Claim]:
    """Return the claims of the phase diagrams: white weights."""
    found = grids(0.0, seed)
    wrong = np.concatenate([np.abs(g.derived(*TERMS) - signal(g.alpha, g.r, 0.0, g.ell, g.q)) > SAME for g in found])
    noisy = np.concatenate([np.abs(g.derived(*LABELS) - label_noise(g.alpha, g.ell, g.q)) > SAME for g in found])
    evidence = f"derived law, {len(found)} pairs (α, r), l to 4, q to {WIDEST:g}"
    return [
        _counted("phases", "exponent of the excess risk without label noise",
                 "min of 2α min{1, r, l/α, lr/α}, 2αq min{1/2, r}, (α-1) min{1, l/α} + q", wrong, evidence),
        _counted("phases", "exponent of what label noise adds", "1 - min{1, l/α, q}", noisy, evidence),
    ]  # fmt: skip


def structured(seed: int) -> list[Claim]:
    """Return the claims of the column of structured weights: where the rule holds, and where it does not, with slopes."""
    claims = []
    for columns in COLUMNS:
        found = grids(columns, seed)
        words = f"variance of features, α_F = {columns:g}"
        rule = "(αr̃ - c) min{1, l/α} + qc, c = " + ("1" if columns <= 0.5 else "(1-α_F)/α_F" if columns < 1 else "0")
        wrong = [np.abs(g.derived("features") - feature_variance(g.alpha, g.r, columns, g.ell, g.q)) > SAME for g in found]
        outside = np.concatenate([bad[g.loose & ~g.fails] for g, bad in zip(found, wrong, strict=True)])
        claims.append(_counted("structured weights", f"{words}{PLACES[columns][0]}", rule, outside,
                               "derived law; the width does not limit"))  # fmt: skip
        if columns > 0.5:
            inside = np.concatenate([bad[g.loose & g.fails] for g, bad in zip(found, wrong, strict=True)])
            claims.append(_counted("structured weights", f"{words}{PLACES[columns][1]}", rule, inside, PLACES[columns][2]))
            claims.append(_slope(columns, f"{words}: slope where the rule fails"))
        claims += _totals(columns, found)
    return claims


# α_F: where the rule holds; where it fails; what holds there.
PLACES = {
    0.3: ("", "", ""),
    0.7: (", min{1, l/α} > q(1-α_F)", ", min{1, l/α} < q(1-α_F)",
          "derived there: (αr̃ - 1) min{1, l/α} + 2(1-α_F)q: even the largest column lies below χ"),
    1.5: (", samples limit", ", the ridge limits", "derived there: l/(α+α_F-1) in place of l/α, for every term"),
}  # fmt: skip


def _totals(columns: float, found: list[Grid]) -> list[Claim]:
    """Return whether the excess risk, and label noise, follow the rules."""
    evidence = "derived law" + ("; fails where the variance of features is the largest term" if 0.5 < columns < 1.0 else "")
    wrong = np.concatenate([np.abs(g.derived(*TERMS) - signal(g.alpha, g.r, columns, g.ell, g.q)) > SAME for g in found])
    claims = [_counted("structured weights", f"excess risk without label noise, α_F = {columns:g}",
                       "min as in the phases, (α-c) min{1, l/α} + qc for the last", wrong, evidence)]  # fmt: skip
    noisy = np.concatenate([np.abs(g.derived(*LABELS) - label_noise(g.alpha, g.ell, g.q)) > SAME for g in found])
    claims.append(_counted("structured weights", f"what label noise adds, α_F = {columns:g}", "1 - min{1, l/α, q}", noisy,
                           "derived law" if columns < 1 else PLACES[columns][2]))  # fmt: skip
    return claims


def _slope(columns: float, words: str) -> Claim:
    """Return what a slope measured says of the published exponent and of the derived one."""
    alpha, r, q = RAYS[columns]
    ell = 0.3 * alpha
    rule, ours = _exponents(columns, np.array([ell]))
    measured = slope(columns, ell)
    verdict = "refuted" if abs(measured - ours[0]) < CLOSE < abs(measured - rule[0]) else "undecided"
    evidence = f"α = {alpha:g}, r = {r:g}, l = {ell:g}, q = {q:g}; P = {LOW:.0e} … {HIGH:.0e}; derived {ours[0]:.4f}"
    return Claim("structured weights", words, f"{rule[0]:.4f}", f"{measured:.4f}", verdict, evidence)


def _exponents(columns: float, ell: Array) -> tuple[Array, Array]:
    """Return the published and the derived exponents of the variance of features on a ray of the figure."""
    alpha, r, q = RAYS[columns]
    grid = Grid(alpha, r, columns, ell, np.full(ell.shape, q))
    return feature_variance(alpha, r, columns, ell, q), grid.derived("features")


def slope(columns: float, ell: float) -> float:
    """Return the exponent of the variance of features as evaluated between two P far out."""
    alpha, r, q = RAYS[columns]
    ours = {name: float(value) for name, value in PAPER.ours(alpha=alpha, r=r).items()}
    P = np.array([LOW, min(HIGH, MOST ** (1.0 / q))])
    risk = chain(columns).evaluate(PowerLaw(**ours), n_samples=P, n_features=np.round(P**q), ridge=P**-ell)
    low, high = np.log(np.asarray(risk.variance["features"]))
    return float(-(high - low) / np.log(P[1] / P[0]))


def rays(count: int) -> Part:
    """Return the exponents of the variance of features along l: measured slopes, the derived law, and the published rule."""
    panels = []
    for columns, (alpha, r, q) in RAYS.items():
        fine, at = np.linspace(0.05, 3.0, 60) * alpha / 1.5, np.linspace(0.15, 2.85, count) * alpha / 1.5
        published, derived = _exponents(columns, fine)
        found, none = np.array([slope(columns, float(ell)) for ell in at]), np.zeros(at.size)
        curves = (Curve("derived", fine, derived), Curve("guide, published", fine, published),
                  Curve("slopes", NOTHING, NOTHING, Points(at, found, none, none, none.astype(bool))))  # fmt: skip
        panels.append(Panel(f"$\\alpha_F = {columns:g}$: $\\alpha = {alpha:g}$, $r = {r:g}$, $q = {q:g}$", curves))
    words = (
        f"exponent of the variance of features against l, N ~ P^q, structured weights of spectrum k^-α_F; slopes of evaluated "
        f"variances from P = {LOW:.0e} to {HIGH:.0e} (N up to {MOST:.0e}) of infinite populations. Dashed: the published rule"
    )
    return Part("rays", words, tuple(panels), None, r"ridge, $\ell$", "", "exponent")


def largest_miss(part: Part) -> Mapping[str, float]:
    """Return by panel by how much measured slopes miss the derived exponents, at worst."""
    found = {}
    for panel in part.panels:
        derived, points = panel.curves[0], panel.curves[-1].points
        assert points is not None
        found[panel.title] = float(np.abs(points.y - np.interp(points.x, derived.x, derived.y)).max())
    return found
