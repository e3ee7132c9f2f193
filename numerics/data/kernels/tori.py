"""Spectra of Matérn kernels on tori in flat space: d circles of radius 1 in 2d dimensions.

There r² = Σ 2 (1 − cos θ_i), and a Matérn kernel is a mixture of Gaussians, each a product over circles:

    2^{1−ν} z^ν K_ν(z)/Γ(ν) = Γ(ν)⁻¹ ∫ u^{ν−1} e^{−u − z²/4u} du        λ_k = Γ(ν)⁻¹ ∫ u^{ν−1} e^{−u} Π_i e^{−s} I_{k_i}(s) du

with s = ν/(uℓ²) and I_k the modified Bessel functions. All terms are positive: no digits are lost, however small λ_k is.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import replace

import numpy as np
import scipy.special

from numerics.data.arrays import Array
from numerics.data.kernels.parameters import KERNELS_OF, Parameters
from numerics.data.kernels.tail import KernelSpectrum
from theory.errors import BadArgument, whole_number
from theory.results.inputs import Inputs

MOST_DIMENSIONS = 8
LARGEST = (2000, 140, 36, 16, 10, 8, 6, 5)  # frequencies on 1, 2, … circles by default: thousands of different modes
FAR = 1e8  # of s, where corrections to the limit are below rounding
STEP, REACH = 0.1, 40.0  # of ln u, by the trapezoidal rule, which converges geometrically here; and of e^{-u}


def torus_spectrum(
    kernel: str = "laplace", dimension: int = 2, *, bandwidth: float | None = None, smoothness: float = 1.5,
    largest: int | None = None,
) -> KernelSpectrum:  # fmt: skip
    """Return the spectrum of a kernel on the torus of points (cos θ_1, sin θ_1, …, cos θ_d, sin θ_d), uniform in all angles.

    Parameters
    ----------
    kernel : {"laplace", "matern", "rbf"}
        As those of `kernel_matrix`, of whose matrices on uniform points it is the limit.
    dimension : int
        1 ≤ d ≤ 8.
    bandwidth : float, optional
        ℓ; by default √d, which is `default_bandwidth` of uniform points.
    smoothness : float
        ν of "matern".
    largest : int, optional
        |k| of the frequencies computed; those beyond it belong to the tail.

    Returns
    -------
    KernelSpectrum
        Its `population` is a spectrum of the theory.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    known = KERNELS_OF["bandwidth"]
    if not (isinstance(kernel, str) and kernel in known):
        raise BadArgument("kernel", kernel, f"one of {', '.join(known)}", "others are no functions of the distance")
    d = whole_number("dimension", dimension, 1, MOST_DIMENSIONS, "give the number of circles")
    cut = LARGEST[d - 1] if largest is None else largest
    cut = whole_number("largest", cut, 1, 4000 if d == 1 else 400, "give the largest frequency")
    of = Parameters.checked(math.sqrt(d) if bandwidth is None else bandwidth, smoothness, 1, 1, 1)
    table, weight = _circles(kernel, cut, of)
    eigenvalues, counts = [], []
    for modes in itertools.combinations_with_replacement(range(cut + 1), d):
        if sum(k * k for k in modes) <= cut * cut:
            eigenvalues.append(float(weight @ np.prod(table[list(modes)], axis=0)))
            counts.append(_orders(modes))
    found = KernelSpectrum.completed(np.array(eigenvalues), counts, 1.0)
    given = {"kernel": kernel, "dimension": d, "bandwidth": of.bandwidth, "smoothness": of.smoothness, "largest": cut}
    return replace(found, inputs=Inputs(found.eigenvalues.shape, given))


def _circles(kernel: str, cut: int, of: Parameters) -> tuple[Array, Array]:
    """Return e^{−s} I_k(s), shape (cut + 1, n_nodes), and weights of the mixture."""
    nu = 0.5 if kernel == "laplace" else of.smoothness
    inverse = (of.bandwidth or 1.0) ** -2.0
    frequency = np.arange(cut + 1.0)[:, None]
    if kernel == "rbf":
        return _scaled_bessel(frequency, np.array([inverse])), np.ones(1)
    lowest = math.log(nu * inverse / (1.0 + cut) ** 2) - REACH / min(nu, 2.0)
    log_u = np.arange(min(lowest, -REACH / nu), math.log(REACH + 10.0 * nu), STEP)
    log_weight = nu * log_u - np.exp(log_u) - scipy.special.gammaln(nu)
    return _scaled_bessel(frequency, nu * inverse * np.exp(-log_u)), STEP * np.exp(log_weight)


def _scaled_bessel(k: Array, s: Array) -> Array:
    """Return e^{−s} I_k(s), beyond the reach of the library's function by its Gaussian limit, to rounding."""
    far = np.maximum(s, FAR)
    limit = np.exp(-(k**2) / (2.0 * far)) * (1.0 + 1.0 / (8.0 * far)) / np.sqrt(2.0 * np.pi * far)
    return np.where(s > FAR, limit, scipy.special.ive(k, np.minimum(s, FAR)))


def _orders(modes: tuple[int, ...]) -> int:
    """Return how many frequencies have these absolute values in some order."""
    orders = math.factorial(len(modes))
    for times in Counter(modes).values():
        orders //= math.factorial(times)
    return orders * 2 ** sum(k > 0 for k in modes)
