"""Speed of exponents: a symbolic law, a ray, a phase diagram, beside the simplest alternative that people have.

Run it by `python benchmarks/exponents.py`. One thread; medians of repetitions. The alternative for a ray: slopes of the
evaluator between two enormous sizes, which also needs regimes free of ties.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import statistics
import time

import numpy as np

import theory as th
from theory.exponents.chain_system import ChainSystem
from theory.exponents.law import Law

MODELS = {
    "linear ridge": th.linear_ridge(),
    "random features": th.random_features(),
    "three layers": th.deep_random_features(3),
    "noisy features": th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures()),
}
REPEATS = 7


def median(function, repeats=REPEATS, inner=1):
    """Return the median seconds of one call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(inner):
            function()
        times.append((time.perf_counter() - start) / inner)
    return statistics.median(times)


def main():
    """Print the table."""
    for name, model in MODELS.items():
        start = time.perf_counter()
        law = Law(ChainSystem(model.derivation))
        str(law)
        first = time.perf_counter() - start
        sizes = {slot.keyword: 1 + 0.1 * i if slot.is_size else -0.5 for i, slot in enumerate(model.slots)}
        ray = {**sizes, "ridge": -0.7, "noise": -0.2}

        def along(law=law, ray=ray):
            law.along(capacity=1.5, source=0.4, **ray)

        def slope(model=model, ray=ray):
            task = th.PowerLaw(1.5, 0.4)
            two = {key: np.array([1e30, 1e40]) ** value for key, value in ray.items()}
            np.diff(np.log(model.evaluate(task, **two).test))

        slope()
        along()
        mine, theirs = median(along, inner=50), median(slope, inner=5)
        print(f"{name:18s} symbolic law {first:6.2f} s   ray {1e3 * mine:6.3f} ms   two evaluations {1e3 * theirs:6.2f} ms "
              f"({theirs / mine:.1f}x)")  # fmt: skip
    law = MODELS["random features"].exponents()
    ell, q = np.meshgrid(np.linspace(0, 4, 200), np.linspace(0, 3, 200))

    def diagram():
        law.on_grid(capacity=1.5, source=0.4, n_samples=1.0, n_features=q, ridge=-ell, noise=0.0)

    diagram()
    print(f"exponents on a 200 x 200 phase diagram: {1e3 * median(diagram):.1f} ms")


if __name__ == "__main__":
    main()
