"""A course of training by brute force: Cauchy's formula for φ on a wide curve around the spectrum, plain two-point terms.

Independent of the package's contours: the residual is evaluated as a function of x (e^{−xt}, the recursion of descent, …) along
an ellipse, so that it needs ηx_max t of order ten at most in doubles.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numerics.validation.references.two_points import Listed, kappa_at, ridge, terms


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
