"""What a short script waits for: the import, the first risk, one point at a time; and the memory of a long grid.

Run it by `python benchmarks/startup.py [AXIS]`. The first rows are the CPU seconds of whole processes, Python's own included,
with a cache folder of formulas made for this run; the others those of one call. The rival of a call is SciPy's `brentq` on
κ(1 − df₁(κ)/P) = λ and the closed-form risk, of ridge regression on listed modes. Memory is the most that a process has held
while it evaluated a grid of AXIS × AXIS points (1000 by default; 3163 makes ten million).
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import resource
import subprocess
import sys
import tempfile

import numpy as np
from clock import alternate
from scipy.optimize import brentq
from table import show

import theory as th

RIDGE, NOISE, P, N, MODES, PROCESSES, CALLS = 1e-3, 0.1, 100.0, 200.0, 1000, 3, 100
FIRST = "import theory as th; th.linear_ridge().evaluate(th.PowerLaw(1.5, 0.4), n_samples=100, ridge=1e-3, noise=0.1)"
GRID = """
import resource, sys, numpy as np, theory as th
axis = int(sys.argv[1])
risk = th.linear_ridge().evaluate(
    th.PowerLaw(1.5, 0.4), n_samples=np.logspace(1, 6, axis)[:, None], ridge=np.logspace(-9, 0, axis), noise=0.1)
own = sum(term.nbytes for term in risk.terms.values()) + risk.kappa.nbytes + risk.status.nbytes
print(own, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


def children():
    """Return the CPU seconds of all processes that have been run."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def process(code, **environment):
    """Return what runs a script in a process of its own."""
    return lambda: subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | environment)


def by_hand(eigenvalues, signal):
    """Return the test risk of ridge regression at one point, as a paper script does."""
    upper = RIDGE + eigenvalues.sum() / P
    kappa = brentq(lambda k: k * (1 - np.sum(eigenvalues / (eigenvalues + k)) / P) - RIDGE, 1e-15, upper, xtol=1e-16)
    gamma = np.sum((eigenvalues / (eigenvalues + kappa)) ** 2) / P
    return (np.sum(signal * kappa**2 / (eigenvalues + kappa) ** 2) + NOISE) / (1 - gamma)


def repeated(function):
    """Return what calls a function often enough to be timed."""

    def calls():
        for _ in range(CALLS):
            function()

    return calls


def rows():
    """Yield the rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        usual = process("import numpy, scipy.special")
        mine, theirs = alternate(process("import theory"), usual, repeats=PROCESSES, timer=children)
        yield "a process: import theory", mine, "import numpy, scipy.special", theirs
        kept, derived = process(FIRST, SCALETHEORY_CACHE=folder), process(FIRST, SCALETHEORY_CACHE="off")
        mine, theirs = alternate(kept, derived, repeats=PROCESSES, timer=children)
        yield "a process: import and the first risk, formulas recalled", mine, "derived", theirs
    k = np.arange(1.0, MODES + 1)
    eigenvalues, signal = k**-1.5, k**-2.2
    law, listed = th.PowerLaw(1.5, 0.4), th.Discrete.from_signal(eigenvalues, signal)
    at = {"ridge": RIDGE, "noise": NOISE, "n_samples": P}
    ridge, features = th.linear_ridge(), th.random_features()
    np.testing.assert_allclose(ridge.evaluate(listed, **at).test, by_hand(eigenvalues, signal), rtol=1e-8)
    again = th.Discrete.from_signal
    calls = {
        f"one point, ridge regression, {MODES} modes": lambda: ridge.evaluate(listed, **at),
        f"one point, random features, {MODES} modes": lambda: features.evaluate(listed, **at, n_features=N),
        "one point, ridge regression, infinite law": lambda: ridge.evaluate(law, **at),
        "one point, random features, infinite law": lambda: features.evaluate(law, **at, n_features=N),
        f"one point, equal {MODES} modes made again": lambda: ridge.evaluate(again(eigenvalues, signal), **at),
        "one point, an equal law made again": lambda: ridge.evaluate(th.PowerLaw(1.5, 0.4), **at),
        "one point, an equal model made again": lambda: th.linear_ridge().evaluate(law, **at),
    }
    loop = repeated(lambda: by_hand(eigenvalues, signal))
    for work, call in calls.items():
        mine, theirs = alternate(repeated(call), loop, repeats=PROCESSES)
        yield work, mine / CALLS, f"brentq, {MODES} modes", theirs / CALLS


def memory(axis):
    """Return the bytes of the results on a grid, and the most that its process has held."""
    found = subprocess.run([sys.executable, "-c", GRID, str(axis)], check=True, capture_output=True, text=True)
    return map(int, found.stdout.split())


def main():
    """Print the table, and the memory of a grid."""
    show(rows())
    axis = int(sys.argv[1]) if sys.argv[1:] else 1000
    own, peak = memory(axis)
    print(f"  {axis**2} points: {own / 1e9:.3g} GB of results, {peak / 1e9:.3g} GB held at most")


if __name__ == "__main__":
    main()
