"""Thousands of hard fixed points: every chain, tiny and zero ridges, sizes next to each other, steep and flat spectra."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.solve.reference import GAUSSIAN, HAAR, NOISE, Explicit
from theory.chain.layers import FeatureNoise, GaussianFeatures, HaarProjection, PoolSamples, Samples

RIDGES = (0.0, 1e-300, 1e-150, 1e-30, 1e-12, 1e-6, 1e-3, 1.0, 1e6)
KINDS = {GaussianFeatures: GAUSSIAN, Samples: GAUSSIAN, HaarProjection: HAAR, PoolSamples: HAAR, FeatureNoise: NOISE}


def spectra():
    """Return name → spectrum: steep, nearly summable, flat, two levels, subnormal, rank deficient, huge."""
    k = np.arange(1.0, 25.0)
    found = {f"power {alpha}": Explicit(k**-alpha, np.ones(24)) for alpha in (1.01, 1.5, 3.0, 10.0)}
    found["isotropic"] = Explicit([1.0], [400])
    found["two levels"] = Explicit([1.0, 1e-12], [200, 200])
    found["split level"] = Explicit([1.0, 1.0 - 1e-12], [30, 20])
    found["subnormal"] = Explicit([1.0, 1e-5, 1e-100, 1e-300, 1e-310], [10, 10, 10, 10, 10])
    found["rank deficient"] = Explicit(np.arange(1.0, 13.0) ** -1.5, np.full(12, 5.0), zeros=40)
    found["huge"] = Explicit([1e300, 1e280, 1e250, 1.0], [3, 5, 20, 12])
    return found


@dataclass(frozen=True)
class Family:
    """Points of one chain (layers innermost first) on one spectrum."""

    name: str
    spectrum: Explicit
    layers: tuple
    parameters: tuple
    ridge: np.ndarray

    @property
    def kinds(self):
        return tuple(KINDS[type(layer)] for layer in self.layers)


def sizes_near(spectrum, rng, count):
    """Return sizes next to D, to the rank and to integers, equal to them, tiny, huge and infinite."""
    D, rank = spectrum.size, spectrum.rank
    near = [D * (1 + s * e) for e in (1e-6, 1e-9, 1e-12) for s in (1, -1)]
    near += [rank * (1 + s * e) for e in (1e-6, 1e-12) for s in (1, -1)]
    half = float(round(D / 2))
    menu = [D, rank, half, half * (1 + 1e-12), half * (1 - 1e-9), D / 3.7, 1.0, 0.3, 3.0 * D, 1e4, 1e15, np.inf, *near]
    return np.array(menu)[rng.integers(len(menu), size=count)]


def next_to(sizes, rng):
    """Return sizes equal to the given ones, or off by 1e-6 … 1e-14, or unrelated multiples."""
    factor = np.array([1.0, 1.0, 1 + 1e-6, 1 - 1e-6, 1 + 1e-12, 1 - 1e-12, 2.0, 0.4, 30.0])
    return sizes * factor[rng.integers(factor.size, size=sizes.size)]


def variances(spectrum, rng, count):
    menu = np.array([1e-300, 1e-200, 1e-30, 1e-12, 1e-6, 1e-2, 1.0, 1e6, 0.0])
    return menu[rng.integers(menu.size, size=count)]


def families(seed=0, repeat=1):
    """Return the families; `repeat` multiplies the number of points (about 4,700 for 1)."""
    rng = np.random.default_rng(seed)
    made = []
    for name, spectrum in spectra().items():

        def add(chain, layers, make, many, name=name, spectrum=spectrum):
            count = many * repeat
            ridge = np.array(RIDGES)[rng.integers(len(RIDGES), size=count)]
            made.append(Family(f"{chain} / {name}", spectrum, layers, tuple(make(spectrum, count)), ridge))

        def gaussian(depth):
            def make(spectrum, count):
                sizes = [sizes_near(spectrum, rng, count)]
                for _ in range(depth - 1):
                    chained = next_to(np.where(np.isinf(sizes[-1]), spectrum.size, sizes[-1]), rng)
                    sizes.append(np.where(rng.random(count) < 0.7, chained, sizes_near(spectrum, rng, count)))
                return sizes
            return make

        def nested(depth, top=0):
            def make(spectrum, count):
                sizes, inner = [], np.full(count, spectrum.size)
                for _ in range(depth):
                    factor = np.array([1.0, 1 - 1e-6, 1 - 1e-12, 1 - 1e-9, 0.5, 0.1, 0.9])[rng.integers(7, size=count)]
                    inner = inner * factor
                    sizes.append(inner)
                for _ in range(top):
                    sizes.append(np.where(rng.random(count) < 0.6, next_to(inner, rng), sizes_near(spectrum, rng, count)))
                return sizes
            return make

        def noisy(pattern):
            def make(spectrum, count):
                sizes, out = gaussian(sum(c == "g" for c in pattern))(spectrum, count), []
                for letter in pattern:
                    if letter == "g":
                        out.append(sizes.pop(0))
                        continue
                    mu2 = variances(spectrum, rng, count)
                    if out:
                        mu2 = np.where(np.isinf(out[-1]), 0.0, mu2)
                    out.append(mu2)
                return out
            return make

        G, H, S, Z = GaussianFeatures(), HaarProjection(), Samples(), FeatureNoise()
        add("ridge", (S,), gaussian(1), 60)
        add("random features", (G, S), gaussian(2), 90)
        add("pool", (PoolSamples(),), nested(1), 20)
        add("haar", (H, S), nested(1, 1), 60)
        add("haar alone", (H,), nested(1), 15)
        add("haar haar", (H, H, S), nested(2, 1), 25)
        add("gaussian haar", (G, H, S), lambda s, c: _nested_in(gaussian(1)(s, c)[0], s, rng), 25)
        add("deep 2", (G, G, S), gaussian(3), 50)
        add("deep 3", (G, G, G, S), gaussian(4), 30)
        add("deep 5", (G,) * 5 + (S,), gaussian(6), 20)
        add("noisy", (G, Z, S), noisy("gzg"), 70)
        add("noisy deep", (G, Z, G, Z, S), noisy("gzgzg"), 40)
        add("noisy input", (Z, S), noisy("zg"), 35)
        add("noisy input and features", (Z, G, Z, S), noisy("zgzg"), 25)
    return made


def _nested_in(width, spectrum, rng):
    width = np.where(np.isinf(width), 2.0 * spectrum.size, width)
    inner = width * np.array([1.0, 1 - 1e-6, 1 - 1e-12, 0.5])[rng.integers(4, size=width.size)]
    return [width, inner, next_to(inner, rng)]
