"""Thousands of hard fixed points: every chain, tiny and zero ridges, sizes next to each other, odd spectra."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.solve.reference import GAUSSIAN, HAAR, NOISE, Explicit
from theory.chain.layers import FeatureNoise, GaussianFeatures, HaarProjection, PoolSamples, Samples

RIDGES = (0.0, 1e-300, 1e-150, 1e-30, 1e-12, 1e-6, 1e-3, 1.0, 1e6)
VARIANCES = (1e-300, 1e-200, 1e-30, 1e-12, 1e-6, 1e-2, 1.0, 1e6, 0.0)
KINDS = {GaussianFeatures: GAUSSIAN, Samples: GAUSSIAN, HaarProjection: HAAR, PoolSamples: HAAR, FeatureNoise: NOISE}


def spectra():
    """Return name → spectrum: steep, barely summable, flat, two levels, subnormal, rank deficient, huge."""
    k = np.arange(1.0, 25.0)
    found = {f"power {alpha}": Explicit(k**-alpha, np.ones(24)) for alpha in (1.01, 1.5, 3.0, 10.0)}
    found["isotropic"] = Explicit([1.0], [400])
    found["two levels"] = Explicit([1.0, 1e-12], [200, 200])
    found["split level"] = Explicit([1.0, 1.0 - 1e-12], [30, 20])
    found["subnormal"] = Explicit([1.0, 1e-5, 1e-100, 1e-300, 1e-310], [10, 10, 10, 10, 10])
    found["rank deficient"] = Explicit(k[:12] ** -1.5, np.full(12, 5.0), zeros=40)
    found["huge"] = Explicit([1e300, 1e280, 1e250, 1.0], [3, 5, 20, 12])
    return found


class Sampler:
    """Draws parameters of the layers of a chain on one spectrum."""

    def __init__(self, spectrum, rng, count):
        self.spectrum, self.rng, self.count = spectrum, rng, count

    def choose(self, menu):
        return np.array(menu, dtype=float)[self.rng.integers(len(menu), size=self.count)]

    def size(self):
        """Sizes next to D, to the rank and to integers, equal to them, tiny, huge and infinite."""
        D, rank = self.spectrum.size, self.spectrum.rank
        half = float(round(D / 2))
        near = [D * (1 + s * e) for e in (1e-6, 1e-9, 1e-12) for s in (1, -1)]
        near += [rank * (1 + s * e) for e in (1e-6, 1e-12) for s in (1, -1)]
        plain = [D, rank, half, half * (1 + 1e-12), half * (1 - 1e-9), D / 3.7, 1.0, 0.3, 3 * D, 1e4, 1e15, np.inf]
        return self.choose([*plain, *near])

    def next_to(self, sizes):
        """Sizes equal to the given ones, or off by 1e-6 or 1e-12, or multiples of them; some unrelated."""
        finite = np.where(np.isinf(sizes), self.spectrum.size, sizes)
        close = finite * self.choose([1, 1, 1 + 1e-6, 1 - 1e-6, 1 + 1e-12, 1 - 1e-12, 2, 0.4, 30])
        return np.where(self.rng.random(self.count) < 0.7, close, self.size())

    def part_of(self, sizes):
        """Sizes at most the given ones: equal, a little less, much less."""
        finite = np.where(np.isinf(sizes), 2 * self.spectrum.size, sizes)
        return finite * self.choose([1, 1 - 1e-6, 1 - 1e-9, 1 - 1e-12, 0.9, 0.5, 0.1])

    def draw(self, layers):
        drawn, inner = [], None
        for layer in layers:
            if not layer.sized:
                value = self.choose(VARIANCES)
                drawn.append(value if inner is None else np.where(np.isinf(inner), 0.0, value))
                continue
            if layer.nested:
                inner = self.part_of(np.full(self.count, self.spectrum.size) if inner is None else inner)
            else:
                inner = self.size() if inner is None else self.next_to(inner)
            drawn.append(inner)
        return tuple(drawn)


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


G, H, S, Z, POOL = GaussianFeatures(), HaarProjection(), Samples(), FeatureNoise(), PoolSamples()
CHAINS = {
    "ridge": ((S,), 60),
    "random features": ((G, S), 90),
    "pool": ((POOL,), 20),
    "haar": ((H, S), 60),
    "haar alone": ((H,), 15),
    "haar haar": ((H, H, S), 25),
    "gaussian haar": ((G, H, S), 25),
    "haar gaussian": ((H, G, S), 25),
    "deep 2": ((G, G, S), 50),
    "deep 3": ((G, G, G, S), 30),
    "deep 5": ((G, G, G, G, G, S), 20),
    "noisy": ((G, Z, S), 70),
    "noisy deep": ((G, Z, G, Z, S), 40),
    "noisy haar": ((H, Z, S), 25),
    "noisy input": ((Z, S), 35),
    "noisy input and features": ((Z, G, Z, S), 25),
}


def families(seed=0, repeat=1):
    """Return the families, `repeat` × 6,150 points in all."""
    rng = np.random.default_rng(seed)
    made = []
    for place, spectrum in spectra().items():
        for chain, (layers, many) in CHAINS.items():
            sampler = Sampler(spectrum, rng, many * repeat)
            made.append(Family(f"{chain} / {place}", spectrum, layers, sampler.draw(layers), sampler.choose(RIDGES)))
    return made
