"""Speed of exponents: a symbolic law, a ray, a phase diagram, beside the simplest alternative that people have.

Run it by `python benchmarks/exponents.py`. One thread; CPU seconds, medians of repetitions. The alternative for a ray: slopes
of the evaluator between two enormous sizes, which also needs regimes free of ties. The best allocation has none.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import time

import numpy as np
from clock import alternate

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


def fresh(model):
    """Return the law of a model, derived anew."""
    return Law(ChainSystem(model.derivation))


def rays():
    """Yield (work, seconds, rival, its seconds) for one ray of every model."""
    for name, model in MODELS.items():
        law, task = fresh(model), th.PowerLaw(1.5, 0.4)
        sizes = {slot.keyword: 1 + 0.1 * i if slot.is_size else -0.5 for i, slot in enumerate(model.slots)}
        ray = {**sizes, "ridge": -0.7, "noise": -0.2}
        two = {key: np.array([1e30, 1e40]) ** value for key, value in ray.items()}

        def along(law=law, ray=ray):
            for _ in range(10):
                law.along(capacity=1.5, source=0.4, **ray)

        def slope(model=model, task=task, two=two):
            for _ in range(10):
                np.diff(np.log(model.evaluate(task, **two).test))

        ours, theirs = alternate(along, slope, repeats=REPEATS)
        yield f"exponents on a ray, {name}", ours / 10, "two evaluations", theirs / 10


def allocations():
    """Yield (work, seconds, None, None) for the best allocation of deep networks, symbolic in α and r, once each."""
    for layers in (1, 2, 3, 5):
        model = th.deep_random_features(layers) if layers > 1 else th.random_features()
        law = fresh(model)
        start = time.process_time()
        law.compute_optimal({slot.keyword: 1 for slot in model.slots})
        yield f"best allocation, {layers} layers", time.process_time() - start, None, None


def rows():
    """Yield (work, our seconds, rival, its seconds)."""
    yield from rays()
    yield from allocations()


def main():
    """Print the table."""
    for work, ours, rival, theirs in rows():
        beside = "" if rival is None else f"   {rival} {1e3 * theirs:10.3f} ms"
        print(f"{work:40s} {1e3 * ours:10.3f} ms{beside}")
    for name, model in MODELS.items():
        start = time.process_time()
        str(fresh(model))
        print(f"symbolic law, {name:26s} {1e3 * (time.process_time() - start):10.0f} ms")
    law = MODELS["random features"].exponents()
    ell, q = np.meshgrid(np.linspace(0, 4, 200), np.linspace(0, 3, 200))

    def diagram():
        law.on_grid(capacity=1.5, source=0.4, n_samples=1.0, n_features=q, ridge=-ell, noise=0.0)

    (ours,) = alternate(diagram, repeats=REPEATS)
    print(f"exponents on a 200 x 200 phase diagram: {1e3 * ours:.1f} ms")


if __name__ == "__main__":
    main()
