"""A course of training by brute force: Cauchy's formula for φ on a wide curve around the spectrum, plain two-point terms.

Independent of the package's contours: the residual is evaluated as a function of x (e^{−xt}, the recursion of descent, …) along
an ellipse, so that it needs ηx_max t of order ten at most in doubles.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from numerics.validation.references.two_points import Listed, kappa_at, polished, ridge, terms


def top(model: Any, modes: Any, parameters: Any) -> Any:
    """Return an upper bound of the kernel's spectrum, by a scan of s(κ) below the eigenvalues."""
    kappa = -float(modes.eigenvalues.max()) * (1 + np.logspace(-6, 4, 400))
    return min(-ridge(model, modes, parameters, k)[0] for k in kappa)


def curve(largest: Any, count: Any, width: Any) -> Any:
    """Return the upper nodes of an ellipse around [−largest, 0] and ds/(2πi) there."""
    angle = np.pi * (np.arange(count) + 0.5) / count
    reach = largest * 1.05
    a, b = reach / 2 + width, width
    s = -largest / 2 + a * np.cos(angle) + 1j * b * np.sin(angle)
    return s, (-a * np.sin(angle) + 1j * b * np.cos(angle)) * (np.pi / count) / (2j * np.pi)


def course(
    model: Any, task: Any, parameters: Any, phi: Any, noise: Any = 0.0, ensemble: Any = 1, decay: Any = 0.0, count: Any = 80,
    other: Any = None, width: Any = 0.25,
) -> Any:
    """Return every term of the risk for residuals φ(x) (and φ′ of a second predictor)."""
    modes = Listed(task)
    parameters = [np.float64(p) for p in parameters]
    largest = float(top(model, modes, parameters)) + decay
    s, measure = curve(largest, count, width * largest)
    kappa = kappa_at(model, modes, parameters, s)
    s, kappa, measure = (np.concatenate((part, part.conj())) for part in (s, kappa, measure))
    first, second = ((f(-s) / s) * measure for f in (phi, other or phi))
    found = terms(model, modes, parameters, kappa[:count, None], kappa[None, :], noise, ensemble)
    return {key: 2.0 * float((first[:count] @ value @ second).real) for key, value in found.items()}


def descent(n_steps: Any, step: Any, momentum: Any = 0.0) -> Any:
    """Return φ_n of heavy ball from rest."""

    def phi(x: Any) -> Any:
        before, now = np.ones_like(x), 1 - step * x
        for _ in range(n_steps - 1):
            before, now = now, (1 + momentum - step * x) * now - momentum * before
        return now

    return phi


def precise_course(model: Any, task: Any, parameters: Any, phi: Any, noise: Any, count: int, digits: int) -> Any:
    """Return the same of one predictor in many digits, for a φ of mpmath's numbers.

    Parameters
    ----------
    model, task : Chain, Spectrum
        The chain, and a population of few modes.
    parameters : sequence of float
        Of the layers, innermost first.
    phi : callable
        φ(x).
    noise : float
        σ².
    count, digits : int
        Nodes on half the ellipse, and the working precision.
    """
    rough = Listed(task)
    largest = float(top(model, rough, [np.float64(p) for p in parameters]))
    with mpmath.workdps(digits):
        modes, sizes = Listed(task, mpmath.mpf), [mpmath.mpf(p) for p in parameters]
        a, b = mpmath.mpf(largest) * 0.775, mpmath.mpf(largest) * 0.25
        angles = [mpmath.pi * (k + mpmath.mpf(1) / 2) / count for k in range(count)]
        s = [-mpmath.mpf(largest) / 2 + a * mpmath.cos(t) + 1j * b * mpmath.sin(t) for t in angles]
        measure = [(-a * mpmath.sin(t) + 1j * b * mpmath.cos(t)) / (2j * count) for t in angles]
        guesses = kappa_at(model, rough, [np.float64(p) for p in parameters], np.array([complex(each) for each in s]))
        upper = [polished(model, modes, sizes, each, guess) for each, guess in zip(s, guesses, strict=True)]
        kappa, weights = np.array(upper, dtype=object), np.array([phi(-x) / x * w for x, w in zip(s, measure, strict=True)])
        both = [np.concatenate((each, [mpmath.conj(value) for value in each])) for each in (kappa, weights)]
        found = terms(model, modes, sizes, kappa[:, None], both[0][None, :], mpmath.mpf(noise))
        return {key: 2 * mpmath.re(weights @ value @ both[1]) for key, value in found.items()}
