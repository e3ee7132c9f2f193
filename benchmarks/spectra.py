"""Speed of sums over infinite spectra: a law by quadrature beside the power law's closed forms, complex and two-point sums.

Run it by `python benchmarks/spectra.py`. One thread; medians of CPU time over alternated repetitions; read the ratios, not the
seconds.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import numpy as np
from clock import alternate

import theory as th

ORDERS = ((1, 0, 0), (1, 1, 0), (0, 1, 1), (1, 1, 1))
PAIRS = ((2, 0, 0), (1, 1, 0), (2, 0, 1), (0, 2, 1))
REPEATS = 7


def main():
    """Print the table."""
    power, law = th.PowerLaw(1.5, 0.4), th.LogarithmicLaw(2.0)
    kappa, sizes = np.geomspace(1e-8, 1e-1, 20_000), np.geomspace(10, 1e6, 2000)
    contour = 1e-6 * np.geomspace(1, 1e4, 32) * np.exp(1j * np.linspace(0.1, 2.9, 32))
    model, given = th.random_features(), {"n_features": 1e5, "ridge": 1e-6, "noise": 0.1}
    print(f"{'real κ: logarithmic over power law':48s}{'power':>10s}{'log':>10s}{'ratio':>8s}")
    for name, run in (
        ("four moments at 20,000 κ", lambda task: task.moments(kappa, ORDERS)),
        ("d − n at 20,000 κ", lambda task: task.excess(kappa, np.ones(kappa.size))),
        ("random features at 2,000 points", lambda task: model.evaluate(task, n_samples=sizes, **given)),
    ):
        one, other = alternate(lambda run=run: run(power), lambda run=run: run(law), repeats=REPEATS)
        print(f"  {name:46s}{one * 1e3:7.2f} ms{other * 1e3:7.2f} ms{other / one:7.2f}x")
    print(f"\n{'32 complex κ':48s}{'moments':>10s}{'32 × 32 pairs':>16s}")
    for task in (power, law, power.truncate(10**12), power.truncate(800), th.Discrete(*power.truncate(800).explicit())):
        one, pairs = alternate(
            lambda task=task: task.moments(contour, ORDERS),
            lambda task=task: task.moments(contour[:, None], PAIRS, contour.conj()),
            repeats=REPEATS,
        )
        print(f"  {repr(task)[:46]:46s}{one * 1e3:7.2f} ms{pairs * 1e3:13.2f} ms")


if __name__ == "__main__":
    main()
