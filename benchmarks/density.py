"""Speed of eigenvalue densities, beside continuation from above at each x, the way that needs no bands, in one run.

Run it by `python benchmarks/density.py`. One thread; medians of CPU time. "bands" finds gaps and follows all bands, "densities"
evaluates 1,000 points of the bulk then; "from above" continues κ from high above the axis to η = 1e-6 at 50 of the points,
counted twenty times. Asserted: bands and densities together take under half a second at 1,000 modes.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import numpy as np
from clock import alternate

import theory as th
from theory.density.bands import from_above

CASES = [
    ("ridge, capacity 1.5, D = 1000, P = 500", th.linear_ridge(), th.PowerLaw(1.5, 0.3, size=1000), {"n_samples": 500}),
    ("ridge, capacity 1.2, D = P = 1000", th.linear_ridge(), th.PowerLaw(1.2, 0.3, size=1000), {"n_samples": 1000}),
    ("features, capacity 1.5, infinite", th.random_features(), th.PowerLaw(1.5, 0.3), {"n_samples": 500, "n_features": 300}),
    ("ridge, capacity 1.5, D = 100000, P = 500", th.linear_ridge(), th.PowerLaw(1.5, 0.3, size=100_000), {"n_samples": 500}),
]
POINTS, FEW, REPEATS, LIMIT = 1000, 50, 5, 0.5


def main():
    """Print the table; fail above the limit."""
    print(f"{'':44s}{'bands':>8s}{'densities':>11s}{'from above':>12s}{'ratio':>8s}   |ΔN|")
    for name, model, task, sizes in CASES:
        held = []

        def bands(model=model, task=task, sizes=sizes, held=held):
            held[:] = [model.spectrum(task, **sizes)]
            assert held[0].certificate.passed

        bands()
        top, bottom = held[0].edges[[0, -1]]
        x = np.exp(np.linspace(np.log(max(bottom, 1e-6 * top)), np.log(top), POINTS + 2))[1:-1]
        inside = x[:: POINTS // FEW]
        levels = held[0]._levels

        def above(levels=levels, inside=inside):
            return from_above(levels, inside * (-1.0 + 1e-6j))[0]

        following, at, slow = alternate(bands, lambda x=x, held=held: held[0].density(x), above, repeats=REPEATS)
        counted = levels.count(above(), inside * (-1.0 + 1e-6j)).above
        missed = np.abs(counted - (1.0 - held[0].cdf(inside)) * held[0].size).max()
        slow *= POINTS / FEW
        print(f"{name:44s}{following:7.3f}s{at:10.3f}s{slow:11.2f}s{slow / (following + at):7.0f}x   {missed:.0e}", flush=True)
        assert following + at < LIMIT or task.size > 1000, f"{name}: above {LIMIT} s"


if __name__ == "__main__":
    main()
