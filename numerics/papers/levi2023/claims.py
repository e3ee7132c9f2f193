"""What the abstract observes, held against data that ship: a verdict for every observation, with its evidence.

The paper's own values and data sets are not at hand: no number of it is printed.
"""

from __future__ import annotations

import numpy as np

import theory as th
from numerics.data.arrays import Array
from numerics.eigenvalues.fit import CapacityFit, fit_capacity
from numerics.eigenvalues.statistics import RATIO
from numerics.eigenvalues.surrogates import toeplitz_population
from numerics.papers.claims import Claim
from numerics.papers.levi2023.experiment import DIGITS, KINDS, MNIST, PHOTOS, RATIO_SIZES, SOURCES, Bench, P
from numerics.papers.levi2023.sources import WORDS, Data, Kind, drawn, entropy, predicted, rank_slope

FIRST, LAST = 10, P // 2   # ranks of a slope
APART = 2.0                # by what factor slopes are "vastly different"
LIKE = 0.05                # relative difference of entropies, and of slopes, up to which a surrogate models the data
RANKS = 0.25               # of ln x at ranks, likewise: the largest
TOEPLITZ = 0.25
PART = 0.95                # of an entropy that counts as reached


def _row(where: str, words: str, found: str, verdict: str, evidence: str) -> Claim:
    return Claim(where, words, "not quoted", found, verdict, evidence)


def _slopes(bench: Bench, place: int, data: Data | None, kind: Kind = "white") -> Array:
    """Return the rank slopes of subsets, or of draws of a surrogate of MNIST-5k."""
    seed = bench.seed(5, place)
    lists = data.subsets(P, bench.plan.subsets, seed) if data else drawn(MNIST.populations[kind], P, bench.plan.subsets, seed)
    return np.array([rank_slope(values, FIRST, LAST) for values in lists])


def _scaling(bench: Bench) -> list[Claim]:
    real, white = _slopes(bench, 0, MNIST), _slopes(bench, 1, None)
    factor = float(real.mean() / white.mean())
    return [_row("(i)", "the bulk's power is vastly different for uncorrelated data", f"{real.mean():.2f} ± {_error(real):.2f} "
                 f"(MNIST-5k), {white.mean():.2f} ± {_error(white):.2f} (white)", "confirmed" if factor > APART else "refuted",
                 f"slope over ranks {FIRST}-{LAST} at P = {P}; 'vastly': a factor above {APART:g}")]  # fmt: skip


def _error(values: Array) -> float:
    return float(values.std(ddof=1) / np.sqrt(values.size))


def _modelled(bench: Bench) -> list[Claim]:
    """Return the claims on surrogates: slopes, ranks and entropies of Gaussian data instead."""
    real, full = _slopes(bench, 0, MNIST), _slopes(bench, 2, None, "full")
    off = float(abs(full.mean() / real.mean() - 1.0))
    claims = [_row("(ii)", "Gaussian data with correlations have the scaling of the data", f"{real.mean():.2f} (MNIST-5k), "
                   f"{full.mean():.2f} (Gaussian, full covariance)", "confirmed" if off < LIKE else "refuted",
                   f"slopes as in (i); within {LIKE:.0%}")]  # fmt: skip
    for data in (MNIST, PHOTOS):
        fit = _fitted(data)
        found, verdict = f"capacity {fit.capacity:.2f}, rms {fit.rms:.2f}", "confirmed" if fit.single_power else "refuted"
        claims.append(_row("(ii)", f"one power models the spectrum of {data.name}", found, verdict,
                           "all rows; an rms of ln x up to 0.1 over ranks from 10 to half the dimensions"))
    slopes = [rank_slope(toeplitz_population(d, 1.0, TOEPLITZ).eigenvalues, FIRST, d // 10) for d in (400, 1600)]
    near = abs(slopes[1] - 1.0 - TOEPLITZ) < abs(slopes[0] - 1.0 - TOEPLITZ)
    claims.append(_row("(ii)", f"|T| with T_ij = δ_ij + |i − j|^α has eigenvalues k^-(1+α), α = {TOEPLITZ:g}",
                       f"slopes {slopes[0]:.2f} (d = 400), {slopes[1]:.2f} (1600)", "approached" if near else "refuted",
                       f"ranks 10 to d/10; 1 + α = {1 + TOEPLITZ:g}; T has eigenvalues of both signs, so |T| is meant"))
    for data, n_samples in ((MNIST, P), (PHOTOS, P), (PHOTOS, 4 * PHOTOS.dims)):
        for kind in KINDS[:3]:
            claims.append(_surrogate(bench, data, n_samples, kind))
    return claims


def _fitted(data: Data) -> CapacityFit:
    return fit_capacity(data.whole.eigenvalues, data.whole.n_samples, data.dims)


def _surrogate(bench: Bench, data: Data, n_samples: int, kind: Kind) -> Claim:
    """Return whether theory of a surrogate predicts entropy and eigenvalues of subsets."""
    lists = data.subsets(n_samples, bench.plan.subsets, bench.seed(6, n_samples))
    population = data.populations[kind]
    seen = float(np.mean([entropy(values) for values in lists]))
    entropies = float(th.sample_entropy(population, n_samples)) / seen - 1.0
    last = min(n_samples, data.dims) // 2
    ranks = np.arange(9, last)
    mean = np.mean([np.log(values[ranks]) for values in lists], axis=0)
    missed = float(np.abs(np.log(predicted(population, n_samples).quantiles()[ranks]) - mean).max())
    good = abs(entropies) < LIKE and missed < RANKS
    return _row(
        "(ii)", f"{data.name}, P = {n_samples}: Gaussian, {WORDS[kind]}",
        f"entropy {entropies:+.1%}, ln x off by {missed:.2f} at worst", "confirmed" if good else "refuted",
        f"theory against {len(lists)} subsets; entropy within {LIKE:.0%}, ranks 10-{last} within {RANKS:g} in ln x",
    )  # fmt: skip


def _class(bench: Bench) -> list[Claim]:
    claims = []
    for place, (label, data, kind) in enumerate(SOURCES):
        found = bench.statistics(data, 100, place, kind)
        verdict = {"GOE": "confirmed", "Poisson": "refuted"}.get(found.verdict, "undecided")
        if found.verdict == "undecided" and found.n_ratios >= 700:
            verdict = "refuted"  # of neither class
        away, form = found.distances, found.chi_squared
        claims.append(_row(
            "(iii)", f"{label}: of the GOE class", f"⟨r⟩ = {found.ratio:.4f} ± {found.stderr:.4f}", verdict,
            f"P = 100, {found.n_ratios} ratios; GOE {RATIO['GOE']}, Poisson {RATIO['Poisson']}; spacings {away['GOE']:.3f} "
            f"from GOE and {away['Poisson']:.3f} from Poisson (Kolmogorov); form factor: χ² a point {form['GOE']:.1f} and "
            f"{form['Poisson']:.0f}",
        ))  # fmt: skip
    white = claims[-1].verdict == "confirmed"
    claims.append(_row("(iii)", "the class tells data from noise", "white data are of it too" if white else claims[-1].found,
                       "refuted" if white else "undecided", "the row above: any sample covariance has it"))
    return claims


def _few_samples(bench: Bench) -> list[Claim]:
    """Return from how many rows on ratios are those of the class, beside how many the spectrum needs."""
    claims = []
    for place, data in ((0, MNIST), (1, PHOTOS), (2, DIGITS)):
        sizes = [n for n in RATIO_SIZES if 8 * n <= len(data.rows)]
        goe = [n for n in sizes if bench.statistics(data, n, place).verdict == "GOE"]
        needed = th.critical_samples(data.populations["full"], ranks=None if data is DIGITS else 0.1)
        ranks = f", by ranks (10 %) {needed.ranks:.0f}" if np.isfinite(needed.ranks) else ""
        verdict = "undecided" if not goe else "confirmed" if goe[0] < needed.entropy or goe[0] < needed.ranks else "refuted"
        claims.append(_row("(iv)", f"{data.name}: the class shows at fewer rows than the spectrum needs",
                           f"GOE at P = {', '.join(map(str, goe)) or 'none'} of {', '.join(map(str, sizes))}", verdict,
                           f"{data.dims} dimensions; rows needed by entropy (5 %) {needed.entropy:.0f}{ranks}"))
    return claims


def _entropy(bench: Bench) -> list[Claim]:
    """Return the claims on entropies: lower for correlated data, and sooner reached."""
    claims = []
    for data in (MNIST, PHOTOS):
        full, white = data.populations["full"], data.populations["white"]
        ends = [float(th.sample_entropy(one, np.inf)) for one in (full, white)]
        claims.append(_row("(v)", f"{data.name}: entropy far below that of white data",
                           f"{ends[0]:.2f} against {ends[1]:.2f} nats",
                           "confirmed" if ends[0] < 0.8 * ends[1] else "refuted", "of the population; far: below 80 %"))
        needed = [th.critical_samples(one, entropy=1.0 - PART, ranks=None).entropy for one in (full, white)]
        seen = [entropy(one) for one in data.subsets(P, bench.plan.subsets, bench.seed(7, data.dims))]
        claims.append(_row("(v)", f"{data.name}: its entropy is reached with fewer samples",
                           f"{needed[0]:.0f} rows against {needed[1]:.0f} (white)",
                           "confirmed" if needed[0] < needed[1] else "refuted",
                           f"{PART:.0%} of the entropy, by theory; subsets of {P} rows have {np.mean(seen) / ends[0]:.1%}"))
    return claims


OBSERVATIONS = (_scaling, _modelled, _class, _few_samples, _entropy)  # of the abstract, (i) to (v)
