"""Speed of sums over infinite spectra: a law by quadrature beside the power law's closed forms, complex and two-point sums.

Run it by `python benchmarks/spectra.py`. One thread; medians of CPU time over alternated repetitions; read the ratios, not the
seconds.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import numpy as np
from clock import alternate
from compiled import loops

import theory as th
from theory.compiled import VARIABLE

ORDERS = ((1, 0, 0), (1, 1, 0), (0, 1, 1), (1, 1, 1))
PAIRS = ((2, 0, 0), (1, 1, 0), (2, 0, 1), (0, 2, 1))
REPEATS = 7


def rows():
    """Yield (work, seconds by the logarithmic law or of moments, what it is beside, its seconds)."""
    power, law = th.PowerLaw(1.5, 0.4), th.LogarithmicLaw(2.0)
    kappa, sizes = np.geomspace(1e-8, 1e-1, 20_000), np.geomspace(10, 1e6, 20_000)
    contour = 1e-6 * np.geomspace(1, 1e4, 32) * np.exp(1j * np.linspace(0.1, 2.9, 32))
    model, given = th.random_features(), {"n_features": 1e5, "ridge": 1e-6, "noise": 0.1}
    for points in ("0", "1") if loops() else ("0",):
        way = "compiled" if points == "1" else "NumPy"
        for name, run in (
            ("four moments at 20,000 κ", lambda task: task.moments(kappa, ORDERS)),
            ("d − n at 20,000 κ", lambda task: task.excess(kappa, np.ones(kappa.size))),
            ("random features at 20,000 points", lambda task: model.evaluate(task, n_samples=sizes, **given)),
            ("random features at 200 points", lambda task: model.evaluate(task, n_samples=sizes[::100], **given)),
        ):
            os.environ[VARIABLE] = points
            theirs, ours = alternate(lambda run=run: run(power), lambda run=run: run(law), repeats=REPEATS)
            yield f"{name}, logarithmic law, {way}", ours, "power law", theirs
    modes = th.Discrete(*power.truncate(800).explicit())
    named = {
        "power law": power, "logarithmic law": law, "10^12 modes": power.truncate(10**12), "800 modes": power.truncate(800),
        "800 listed modes": modes,
    }  # fmt: skip
    for name, task in named.items():
        one, pairs = alternate(
            lambda task=task: task.moments(contour, ORDERS),
            lambda task=task: task.moments(contour[:, None], PAIRS, contour.conj()),
            repeats=REPEATS,
        )
        yield f"moments at 32 complex κ, {name}", one, "32 × 32 pairs", pairs


def main():
    """Print the table."""
    for work, ours, rival, theirs in rows():
        print(f"{work:72s}{ours * 1e3:8.2f} ms{rival:>16s}{theirs * 1e3:8.2f} ms{ours / theirs:8.2f}", flush=True)


if __name__ == "__main__":
    main()
