"""Kernels as functions of one number: of the distance r/ℓ, or of the angle θ between the points.

    rbf  exp(−r²/2ℓ²)     laplace  exp(−r/ℓ)     matern  2^{1−ν} z^ν K_ν(z)/Γ(ν), z = √(2ν) r/ℓ
    arccos  J_q(θ)/J_q(0)     ntk  Θ_L(θ)

J_q is that of Cho and Saul (2009), E 2 [w·x]₊^q [w·y]₊^q = ‖x‖^q‖y‖^q J_q(θ)/π. The tangent kernel of L hidden layers, Jacot,
Gabriel and Hongler (2018), is Θ_l = Θ_{l−1} (π − θ_l)/π + cos θ_{l+1}, Θ_0 = cos θ_1, with cos θ_{l+1} = J_1(θ_l)/π.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.special
from numpy.polynomial import polynomial

from numerics.data.arrays import Array
from numerics.data.kernels.parameters import Parameters


def rbf(s: Array, of: Parameters) -> Array:
    """Return exp(−s²/2)."""
    return np.asarray(np.exp(-(s**2) / 2.0))


def laplace(s: Array, of: Parameters) -> Array:
    """Return exp(−s)."""
    return np.asarray(np.exp(-s))


def matern(s: Array, of: Parameters) -> Array:
    """Return the Matérn function of s = r/ℓ: a polynomial times an exponential for ν = ½, 3/2, …, else a Bessel function."""
    nu = of.smoothness
    z = np.sqrt(2.0 * nu) * s
    if (nu - 0.5).is_integer():
        p = int(nu - 0.5)
        ratio = [scipy.special.poch(p + 1, p) ** -1 * scipy.special.comb(p, k, exact=True) * scipy.special.poch(p + 1, p - k)
                 for k in range(p + 1)]  # of (2z)^k  # fmt: skip
        return np.asarray(polynomial.polyval(2.0 * z, ratio) * np.exp(-z))
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        bessel = scipy.special.k1(z) if nu == 1.0 else scipy.special.kv(nu, z)
        value = z**nu * bessel / (scipy.special.gamma(nu) * 2.0 ** (nu - 1.0))
    return np.where(np.isinf(bessel), 1.0, value)  # it overflows where the function is 1 to rounding


def arccos(theta: Array, of: Parameters) -> Array:
    """Return J_q(θ)/J_q(0) = sin θ A(cos θ) + (π − θ) B(cos θ), from (1 − c²) d/dc J_q = J_{q+1} − (2q + 1) c J_q."""
    a: Array = np.zeros(1)
    b: Array = np.ones(1)
    c, square = np.array([0.0, 1.0]), np.array([1.0, 0.0, -1.0])  # c and 1 − c², by powers of c
    for q in range(of.order):
        a = _sum(polynomial.polymul(square, polynomial.polyder(a)), 2.0 * q * polynomial.polymul(c, a), b)
        b = _sum(polynomial.polymul(square, polynomial.polyder(b)), (2.0 * q + 1.0) * polynomial.polymul(c, b))
    cosine = np.cos(theta)
    value = np.sin(theta) * polynomial.polyval(cosine, a) + (np.pi - theta) * polynomial.polyval(cosine, b)
    return np.asarray(value / (np.pi * polynomial.polyval(1.0, b)))


def _sum(*parts: Array) -> Array:
    total: Array = np.zeros(1)
    for part in parts:
        total = np.asarray(polynomial.polyadd(total, part))
    return total


def ntk(theta: Array, of: Parameters) -> Array:
    """Return Θ_L(θ), L + 1 at θ = 0; the angle between layers keeps all digits of small ones."""
    tangent = np.cos(theta)
    for _ in range(of.depth):
        derivative = (np.pi - theta) / np.pi
        # (1 − J₁/π)/2 = sin²(θ/2) − (sin θ − θ cos θ)/2π, the bracket being θ² j₁(θ)
        half = np.sin(theta / 2.0) ** 2 - theta**2 * scipy.special.spherical_jn(1, theta) / (2.0 * np.pi)
        theta = 2.0 * np.arcsin(np.sqrt(half))
        tangent = tangent * derivative + np.cos(theta)
    return np.asarray(tangent)


RADIAL: dict[str, Callable[[Array, Parameters], Array]] = {"rbf": rbf, "laplace": laplace, "matern": matern}
ANGULAR: dict[str, Callable[[Array, Parameters], Array]] = {"arccos": arccos, "ntk": ntk}


def homogeneity(kernel: str, of: Parameters) -> int:
    """Return the degree in each input of a function of the angle."""
    return of.order if kernel == "arccos" else 1
