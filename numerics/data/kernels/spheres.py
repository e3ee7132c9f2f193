"""Spectra of zonal kernels on spheres, by quadrature against Gegenbauer polynomials (Funk and Hecke).

On S^d with the uniform measure, for K(x, y) = k(θ),

    λ_ℓ = ∫₀^π k(θ) P_ℓ(cos θ) sin^{d−1}θ dθ / ∫₀^π sin^{d−1}θ dθ        n_ℓ = (2ℓ+d−1) (ℓ+d−2)!/(ℓ! (d−1)!)

with P_ℓ the Gegenbauer polynomial of order (d−1)/2 and P_ℓ(1) = 1. Panels shrink towards θ = 0 and π, where kernels are
singular.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from numerics.data.arrays import Array
from numerics.data.kernels.matrix import KERNELS
from numerics.data.kernels.parameters import Parameters
from numerics.data.kernels.profiles import ANGULAR, RADIAL, homogeneity
from numerics.data.kernels.tail import KernelSpectrum
from theory.errors import BadArgument, whole_number
from theory.results.inputs import Inputs

MOST_DIMENSIONS, MOST_DEGREES = 200, 20_000
FLOOR = 256.0 * float(np.finfo(np.float64).eps)  # of the largest |k|: what quadrature leaves of an eigenvalue that is zero
POINTS, SHRINKING = 20, 45  # nodes a panel; panels towards either end, each half the last


def sphere_spectrum(
    kernel: str | Callable[[Array], Array] = "laplace", dimension: int = 2, *, bandwidth: float = 1.0, degree: int = 3,
    smoothness: float = 1.5, order: int = 1, depth: int = 1, n_degrees: int = 2000,
) -> KernelSpectrum:  # fmt: skip
    """Return the spectrum of a kernel on the unit sphere S^d in d + 1 dimensions.

    Parameters
    ----------
    kernel : str or callable
        A name of `kernel_matrix`, of whose matrices on uniform points it is the limit; or k(θ), of an array of angles.
    dimension : int
        d ≥ 1, of the sphere.
    bandwidth, degree, smoothness, order, depth
        As those of `kernel_matrix`.
    n_degrees : int
        Degrees computed, 0 to `n_degrees` − 1; those after the last above rounding belong to the tail.

    Returns
    -------
    KernelSpectrum
        Its `population` is a spectrum of the theory.

    Raises
    ------
    ValueError
        If an argument is out of range, or the kernel is not positive semidefinite on the sphere.
    """
    d = whole_number("dimension", dimension, 1, MOST_DIMENSIONS, "give the dimension of the sphere")
    L = whole_number("n_degrees", n_degrees, 4, MOST_DEGREES, "give how many degrees to compute")
    of = Parameters.checked(bandwidth, smoothness, degree, order, depth)
    theta, weight = _nodes(L)
    weight = weight * np.sin(theta) ** (d - 1)
    values = np.asarray(_profile(kernel, np.append(theta, 0.0), d, of), dtype=np.float64)
    if values.shape != (theta.size + 1,) or not np.isfinite(values).all():
        raise BadArgument("kernel", kernel, "finite numbers, one for each angle", "return an array of the shape of θ")
    eigenvalues = _projections(np.cos(theta), weight * values[:-1] / weight.sum(), d, L)
    largest = float(np.abs(values).max())
    if eigenvalues.min() < -FLOOR * largest or eigenvalues.max() <= FLOOR * largest:
        bad = int(np.argmin(eigenvalues))
        raise BadArgument("kernel", kernel, "positive semidefinite on the sphere", f"degree {bad} has {eigenvalues[bad]:.3g}")
    kept = np.flatnonzero(eigenvalues > FLOOR * largest)
    counts = [harmonics(d, int(ell)) for ell in kept]
    found = KernelSpectrum.completed(eigenvalues[kept], counts, float(values[-1]))
    given = {"kernel": kernel if isinstance(kernel, str) else repr(kernel), "dimension": d, **vars(of), "n_degrees": L}
    return replace(found, inputs=Inputs(found.eigenvalues.shape, given))


def harmonics(dimension: int, ell: int) -> int:
    """Return the number of spherical harmonics of degree ℓ on S^d, exactly."""
    d = dimension
    return math.comb(ell + d, d) - (math.comb(ell + d - 2, d) if ell >= 2 else 0)


def _profile(kernel: str | Callable[[Array], Array], theta: Array, d: int, of: Parameters) -> Array:
    """Return the kernel between unit vectors of d + 1 coordinates at an angle."""
    if callable(kernel):
        return kernel(theta)
    if not (isinstance(kernel, str) and kernel in KERNELS):
        raise BadArgument("kernel", kernel, f"one of {', '.join(KERNELS)}, or a function of the angle", "choose a kernel")
    if kernel in RADIAL:
        return RADIAL[kernel](2.0 * np.sin(theta / 2.0) / (of.bandwidth or 1.0), of)
    if kernel in ANGULAR:
        return ANGULAR[kernel](theta, of) / float(d + 1) ** homogeneity(kernel, of)
    linear = np.cos(theta) / (d + 1)
    return linear if kernel == "linear" else (1.0 + linear) ** of.degree


def _projections(cosine: Array, weighted: Array, d: int, n_degrees: int) -> Array:
    """Return Σ weighted P_ℓ(cosine) for ℓ = 0, …, n_degrees − 1, by the three-term recurrence."""
    before, now = np.ones_like(cosine), cosine
    found = [float(weighted.sum()), float(weighted @ now)]
    for ell in range(1, n_degrees - 1):
        before, now = now, ((2 * ell + d - 1) * cosine * now - ell * before) / (ell + d - 1)
        found.append(float(weighted @ now))
    return np.array(found)


@lru_cache(maxsize=8)
def _nodes(n_degrees: int) -> tuple[Array, NDArray[np.float64]]:
    """Return nodes and weights in θ on (0, π) that resolve polynomials of that degree and singular ends."""
    inner = np.linspace(0.0, np.pi, 2 * max(4, n_degrees // 8) + 1)
    shrink = inner[1] * 2.0 ** -np.arange(SHRINKING, 0, -1.0)
    edges = np.unique(np.concatenate([inner, shrink, np.pi - shrink]))
    x, w = np.polynomial.legendre.leggauss(POINTS)
    half = np.diff(edges)[:, None] / 2.0
    theta, weight = edges[:-1, None] + half * (1.0 + x), half * w
    return theta.ravel(), weight.ravel()
