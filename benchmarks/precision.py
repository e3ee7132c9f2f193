"""Speed of 50 digits: ball arithmetic with a few nodes for many listed modes, beside the same sums through mpmath.

Run it by `python benchmarks/precision.py`; python-flint (extra `certify`) is needed. One thread; medians of CPU time. The rival
is κ alone, by mpmath's secant method on κ(1 − df₁(κ)/P) = λ over all modes; ours has κ and every term.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import mpmath
import numpy as np
from clock import alternate
from table import show

import theory as th

RIDGE, NOISE, DIGITS, REPEATS = 1e-6, 0.1, 50, 3


def secant(eigenvalues, n_samples, start):
    """Return κ to 50 digits, by sums over all modes."""
    with mpmath.workdps(DIGITS + 10):
        modes, ridge = [mpmath.mpf(float(x)) for x in eigenvalues], mpmath.mpf(repr(RIDGE))
        first = mpmath.mpf(start)

        def excess(k):
            return k * (1 - mpmath.fsum(x / (x + k) for x in modes) / n_samples) - ridge

        return mpmath.findroot(excess, (first, first * (1 + mpmath.mpf(10) ** -8)), tol=mpmath.mpf(10) ** -100)


def rows():
    """Yield the rows of the table."""
    model = th.linear_ridge()
    for size in (100, 1_000, 10_000):
        k = np.arange(1.0, size + 1)
        task, n_samples = th.Discrete.from_signal(k**-1.5, k**-2.2), size // 4
        given = {"n_samples": n_samples, "ridge": RIDGE, "noise": NOISE}
        start = float(model.evaluate(task, **given).kappa)

        def ours(task=task, given=given):
            return model.evaluate(task, precision=DIGITS, **given).kappa

        def theirs(eigenvalues=k**-1.5, n_samples=n_samples, start=start):
            return secant(eigenvalues, n_samples, start)

        with mpmath.workdps(DIGITS):
            assert abs(ours().item() / theirs() - 1) < mpmath.mpf(10) ** (2 - DIGITS)
        mine, slow = alternate(ours, theirs, repeats=REPEATS)
        yield f"{DIGITS} digits of κ and every term, D = {size}", mine, "κ alone, secant through mpmath", slow
    for name, task in (("power law", th.PowerLaw(1.5, 0.4)), ("logarithmic law", th.LogarithmicLaw(2.0))):

        def enclosed(task=task):
            return model.evaluate(task, n_samples=1000, ridge=RIDGE, noise=NOISE, certified=True)

        def doubles(task=task):
            return model.evaluate(task, n_samples=1000, ridge=RIDGE, noise=NOISE)

        mine, plain = alternate(enclosed, doubles, repeats=REPEATS)
        yield f"30 certified digits, infinite {name}", mine, "doubles", plain


if __name__ == "__main__":
    show(rows())
