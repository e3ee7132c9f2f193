"""What compiled code needs on the same nodes: one sum a point, with one division a node, and a Newton loop as one writes it."""

import numpy as np


def loops():
    """Return `one_sum(λ, n, κ, out)` and `newton(λ, n, sizes, ridge, out)`, compiled; None without Numba."""
    try:
        import numba
    except ImportError:
        return None

    @numba.njit(error_model="numpy", fastmath={"reassoc"})
    def sums(eigenvalues, counts, kappa):
        d = slope = 0.0
        for k in range(eigenvalues.size):
            x = eigenvalues[k] / (eigenvalues[k] + kappa)
            d += counts[k] * x
            slope += counts[k] * x * (1.0 - x)
        return d, slope

    @numba.njit(error_model="numpy")
    def one_sum(eigenvalues, counts, kappa, out):
        for p in range(kappa.size):
            out[p], _ = sums(eigenvalues, counts, kappa[p])

    @numba.njit(error_model="numpy")
    def newton(eigenvalues, counts, sizes, ridge, out):
        total = np.sum(eigenvalues * counts)
        for p in range(sizes.size):
            low, high = ridge, ridge + total / sizes[p]
            kappa = np.sqrt(low * high)
            for _ in range(100):
                d, slope = sums(eigenvalues, counts, kappa)
                x = sizes[p] * ridge / kappa
                step = (d - sizes[p] + x) / (slope + x)
                if step > 0.0:
                    low = max(low, kappa)
                else:
                    high = min(high, kappa)
                moved = kappa * np.exp(step)
                kappa = moved if low <= moved <= high else np.sqrt(low * high)
                if np.abs(step) < 1e-10:
                    break
            out[p] = kappa

    return one_sum, newton
