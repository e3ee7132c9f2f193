"""The mean of a function of a Gaussian, for many variances at once, by adaptive quadrature.

    E φ(sg) = ∫ φ(h) exp(−h²/2s²)/(s √2π) dh,   g ~ N(0, 1).

φ is called on one set of h, whatever the number of scales s.
"""

from __future__ import annotations

import warnings

import numpy as np

from numerics.simulate.declared import Activation, Array

REACH = 10.0  # in standard deviations
POINTS = 13
ROUNDS = 56  # of bisection: enough to pin a jump to the rounding of h
MOST_PANELS = 2000  # at once
WANTED, DOUBTFUL = 1e-13, 1e-9  # errors relative to E |φ|

_LEGENDRE = np.polynomial.legendre.Legendre.basis(POINTS - 1)
_NODES = np.concatenate([[-1.0], np.sort(_LEGENDRE.deriv().roots().real), [1.0]])  # Lobatto's: no jump hides between panels
_WEIGHTS = 2.0 / (POINTS * (POINTS - 1) * _LEGENDRE(_NODES) ** 2)


def gaussian_mean(activation: Activation, scales: Array) -> Array:
    """Return E φ(s g), g ~ N(0, 1), for each scale s: panels are halved until the halves agree with the whole.

    Parameters
    ----------
    activation : callable
        φ, elementwise; jumps and bends are found.
    scales : ndarray of shape (n,)
        Positive.

    Warns
    -----
    RuntimeWarning
        If a mean is known to 10⁻⁹ E |φ| or worse: φ is too rough, or grows too fast.
    """
    left, right = _panels(float(scales.min()), float(scales.max()))
    whole, sizes = _integrals(activation, left, right, scales)
    size = sizes.sum(axis=0)
    error = sizes[np.maximum(left, -right) >= 0.9 * right.max()].sum(axis=0)  # the outermost: as large as what lies beyond
    share, mean = WANTED * size / len(left), np.zeros(len(scales))
    for round_ in range(ROUNDS):
        middle = left + (right - left) / 2.0
        halves = _integrals(activation, np.append(left, middle), np.append(middle, right), scales)[0].reshape(2, len(left), -1)
        difference = np.abs(halves.sum(axis=0) - whole)
        rough = (difference > share).any(axis=1)
        if round_ == ROUNDS - 1 or np.count_nonzero(rough) > MOST_PANELS:
            rough[:] = False
        mean += halves[:, ~rough].sum(axis=(0, 1))
        error += difference[~rough].sum(axis=0)
        left, right = np.append(left[rough], middle[rough]), np.append(middle[rough], right[rough])
        whole = np.concatenate(halves[:, rough])
        if not rough.any():
            break
    if (error > DOUBTFUL * size).any():
        doubt = f"the means of nonlinear features are known to {float(np.max(error / size)):.1g} of their size only"
        warnings.warn(f"{doubt}: the activation is rough, or grows fast", RuntimeWarning, stacklevel=2)
    return mean


def _panels(narrow: float, wide: float) -> tuple[Array, Array]:
    """Return left and right ends of panels that suit all scales from the narrow one to the wide one; 0 is an end."""
    grown = 1.15 ** np.arange(1.0, 2.0 + np.log(wide / narrow) / np.log(1.15))
    outward = REACH * np.minimum(narrow * np.append(np.linspace(0.0, 1.0, 21), grown), wide)
    edges = np.unique(np.append(outward, -outward))
    return edges[:-1], edges[1:]


def _integrals(activation: Activation, left: Array, right: Array, scales: Array) -> tuple[Array, Array]:
    """Return ∫φ and ∫|φ| over each panel under each Gaussian, of shape (n_panels, n_scales)."""
    h = (left + right)[:, None] / 2.0 + (right - left)[:, None] / 2.0 * _NODES
    h[:, 0], h[:, -1] = left, right
    values = np.asarray(activation(h.ravel()), dtype=np.float64).reshape(h.shape)
    density = np.exp(-((h[..., None] / scales) ** 2) / 2.0) / (np.sqrt(2.0 * np.pi) * scales)
    weighted = (right - left)[:, None] / 2.0 * _WEIGHTS * values
    found = np.stack([weighted, np.abs(weighted)], axis=1) @ density
    return found[:, 0], found[:, 1]
