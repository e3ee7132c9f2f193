"""The paper's discretised mean-field equations, iterated plainly, and their loss with one factor λ_k or one sign wrong.

Responses and correlations are matrices over pairs of times. A mode responds by H = (1 + λ Θ R3 R1)⁻¹, Θ the sum over earlier
steps; R1 and R3 are the responses of samples and features, C0 … C3 the correlations; no function is assumed to depend on the
difference of times. The cost grows as the cube of the number of steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory import Spectrum

ROUNDS = 500  # of an iteration that does not settle
FACTORS = ("H", "R1", "R3", "C0", "C0 of samples", "C2 of samples", "C2")
SIGNS = ("H", "R1", "R3", "noise", "C0 of samples", "C0 of features", "C2 of samples", "C2")


@dataclass(frozen=True)
class Slip:
    """One thing wrong in the equations.

    Attributes
    ----------
    kind : str
        "factor", a λ_k is missing, or "sign", a term enters with the other sign; "" is none.
    place : str
        Which: of `FACTORS` or `SIGNS`.
    """

    kind: str = ""
    place: str = ""


SLIPS = (*(Slip("factor", place) for place in FACTORS), *(Slip("sign", place) for place in SIGNS))


def mean_field(
    task: Spectrum, step: float, n_steps: int, n_samples: float, n_features: float, noise: float, slip: Slip = Slip(),
    tolerance: float = 1e-12,
) -> NDArray[np.float64]:  # fmt: skip
    """Return the excess after 0 … n steps of descent, shape (n_steps + 1,).

    Parameters
    ----------
    task : Spectrum
        The population, finite.
    step, n_steps
        Of descent.
    n_samples, n_features, noise
        P, N and σ².
    slip : Slip
        What is wrong in the equations, if anything.
    tolerance : float
        Relative change at which the iteration stops.

    Raises
    ------
    ArithmeticError
        If the iteration does not settle, as wrong equations may not.
    """
    eigenvalues, power = (value[:, None, None] for value in task.explicit())
    T = n_steps + 1
    theta, one, ones = step * np.tril(np.ones((T, T)), -1), np.eye(T), np.ones((T, T))

    def factor(place: str) -> Any:
        return np.ones_like(eigenvalues) if slip == Slip("factor", place) else eigenvalues

    def sign(place: str) -> float:
        return -1.0 if slip == Slip("sign", place) else 1.0

    def respond(R1: Any, R3: Any) -> Any:
        H = np.linalg.inv(one + sign("H") * factor("H") * (theta @ R3 @ R1))
        rows, width = ((factor(place) * H).sum(axis=0) for place in ("R1", "R3"))
        return (np.linalg.inv(one + sign("R1") * rows @ theta @ R3 / n_samples),
                np.linalg.inv(one + sign("R3") * R1 @ width @ theta / n_features))  # fmt: skip

    def correlate(C0: Any, C2: Any) -> Any:
        C1, C3 = R1 @ (C0 + sign("noise") * noise * ones) @ R1.T, R3 @ C2 @ R3.T
        driven = power * ones + sign("C0 of features") * (theta @ C3 @ theta.T) / n_features
        scattered = sign("C0 of samples") * factor("C0 of samples") / n_samples * (K @ C1 @ K.T)
        seen = sign("C2 of samples") * factor("C2 of samples") / n_samples * (H @ C1 @ transposed)
        learnt = sign("C2") * eigenvalues * factor("C2") * (R1 @ H @ driven @ transposed @ R1.T)
        return (factor("C0") * (H @ (driven + scattered) @ transposed)).sum(axis=0), (seen + learnt).sum(axis=0)

    R1, R3 = _settled(respond, one, one, tolerance)
    H = np.linalg.inv(one + sign("H") * factor("H") * (theta @ R3 @ R1))
    K, transposed = theta @ R3, H.transpose(0, 2, 1)
    return np.diag(_settled(correlate, ones, ones, tolerance)[0])


def _settled(update: Any, first: Any, second: Any, tolerance: float) -> tuple[Any, Any]:
    """Return the fixed point of an iteration on two matrices."""
    for _ in range(ROUNDS):
        new = update(first, second)
        change = max(abs(value - old).max() / abs(value).max() for value, old in zip(new, (first, second), strict=True))
        first, second = new
        if change <= tolerance:
            return first, second
    raise ArithmeticError(f"the mean-field iteration has not settled in {ROUNDS} rounds")
