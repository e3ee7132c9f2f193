"""Speed of eigenvalue densities, beside continuation from above at each x, the way that needs no bands, in one run.

Run it by `python benchmarks/density.py`. One thread; medians of CPU time. Ours finds gaps, follows all bands and evaluates
1,000 points of the bulk then; "from above" continues κ from high above the axis to η = 1e-6 at 50 of the points, counted
twenty times. Asserted: both count the same eigenvalues, and ours takes under half a second at 1,000 modes.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import numpy as np
from clock import alternate
from table import show

import theory as th
from theory.density.bands import from_above

CASES = [
    ("ridge, capacity 1.5, D = 1000, P = 500", th.linear_ridge(), th.PowerLaw(1.5, 0.3, size=1000), {"n_samples": 500}),
    ("ridge, capacity 1.2, D = P = 1000", th.linear_ridge(), th.PowerLaw(1.2, 0.3, size=1000), {"n_samples": 1000}),
    ("features, capacity 1.5, infinite", th.random_features(), th.PowerLaw(1.5, 0.3), {"n_samples": 500, "n_features": 300}),
    ("ridge, capacity 1.5, D = 100000, P = 500", th.linear_ridge(), th.PowerLaw(1.5, 0.3, size=100_000), {"n_samples": 500}),
]
POINTS, FEW, REPEATS, LIMIT, MISSED = 1000, 50, 5, 0.5, 1e-2


def rows():
    """Yield the rows of the table; fail above the limit."""
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

        def ours(bands=bands, x=x, held=held):
            bands()
            held[0].density(x)

        def above(levels=levels, inside=inside):
            return from_above(levels, inside * (-1.0 + 1e-6j))[0]

        mine, slow = alternate(ours, above, repeats=REPEATS)
        counted = levels.count(above(), inside * (-1.0 + 1e-6j)).above
        missed = np.abs(counted - (1.0 - held[0].cdf(inside)) * held[0].size).max()
        assert missed < MISSED, f"{name}: {missed} eigenvalues apart"
        assert mine < LIMIT or task.size > 1000, f"{name}: above {LIMIT} s"
        yield f"{POINTS} densities, {name}", mine, "from above", slow * POINTS / FEW


if __name__ == "__main__":
    show(rows())
