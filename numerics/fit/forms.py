"""Forms that a loss is fitted by: what is left of it when a model and its data grow.

    additive   E + A N^-a + B D^-b
    tied       E + A N^-a + B D^-a
    coupled    E + ((A N^-a)^(1/q) + (B D^-b)^(1/q))^q       q = 1: additive; q -> 0: the larger of the two
    kaplan     E + ((A N^-a)^(1/b) + (B D^-b)^(1/b))^b       Kaplan et al. (arXiv:2001.08361, eq. 1.5), with E

In all of them a is the exponent in N where data are plenty, b that in D where the model is large. E and the amplitudes enter
linearly, at most with one ratio left over (s, of B to A at the middle of the table): for given exponents they follow by
non-negative least squares, and the fit is one in two to four well-conditioned parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from numerics.fit.table import Array

LEAST, MOST = 0.01, 4.0  # of exponents
SHARPEST, SOFTEST = 0.05, 4.0  # of q
RATIO = 12.0  # of |s|

Columns = tuple[Array, Array]  # (n_runs, n_columns), and derivatives by the parameters (n_runs, n_columns, n_parameters)


@dataclass(frozen=True)
class Form:
    """A form of the loss.

    Attributes
    ----------
    name, words : str
        Its name and its formula.
    parameters : tuple of str
        What it is not linear in: "a", "b", "q", "s".
    n_linear : int
        The number of its linear coefficients, E included.
    starts : tuple of tuple of float
        Where searches begin.
    columns : callable
        `columns(theta, n, d)`: what the amplitudes multiply, at ln N and ln D counted from the middle of the table.
    limits : tuple of tuple of float
        Of the parameters; by default those of their names.
    values : callable, optional
        What `columns` gives without derivatives, where these are dear.
    """

    name: str
    words: str
    parameters: tuple[str, ...]
    n_linear: int
    starts: tuple[tuple[float, ...], ...]
    columns: Callable[[Array, Array, Array], Columns]
    limits: tuple[tuple[float, float], ...] = ()
    values: Callable[[Array, Array, Array], Array] | None = None

    @property
    def n_parameters(self) -> int:
        """All of them."""
        return len(self.parameters) + self.n_linear

    @property
    def bounds(self) -> tuple[Array, Array]:
        """Of its parameters."""
        of = {"a": (LEAST, MOST), "b": (LEAST, MOST), "q": (SHARPEST, SOFTEST), "s": (-RATIO, RATIO)}
        lower, upper = zip(*(self.limits or [of[name] for name in self.parameters]), strict=True)
        return np.array(lower), np.array(upper)

    def exponents(self, theta: Array) -> tuple[float, float]:
        """Return a and b."""
        by = dict(zip(self.parameters, theta, strict=True))
        return float(by["a"]), float(by.get("b", by["a"]))


def _additive(theta: Array, n: Array, d: Array) -> Columns:
    a, b = theta
    first, second = np.exp(-a * n), np.exp(-b * d)
    zero = np.zeros_like(n)
    slopes = np.stack([np.stack([-n * first, zero], 1), np.stack([zero, -d * second], 1)], 2)
    return np.stack([first, second], 1), slopes


def _tied(theta: Array, n: Array, d: Array) -> Columns:
    columns, slopes = _additive(np.array([theta[0], theta[0]]), n, d)
    return columns, slopes.sum(axis=2, keepdims=True)


def _coupled(theta: Array, n: Array, d: Array) -> Columns:
    a, b, q, s = theta
    x, y = -a * n, s - b * d
    log = np.logaddexp(x / q, y / q)
    share = np.exp(x / q - log)
    value = np.exp(q * log)
    along_q = log - (share * x + (1.0 - share) * y) / q
    slopes = np.stack([-n * share, -d * (1.0 - share), along_q, 1.0 - share], 1) * value[:, None]
    return value[:, None], slopes[:, None, :]


def _kaplan(theta: Array, n: Array, d: Array) -> Columns:
    a, b, s = theta
    columns, slopes = _coupled(np.array([a, b, b, s]), n, d)
    return columns, np.stack([slopes[..., 0], slopes[..., 1] + slopes[..., 2], slopes[..., 3]], -1)


_PAIRS = ((0.3, 0.3), (0.15, 0.5), (0.5, 0.15), (0.8, 0.8), (0.1, 0.1))

FORMS = {
    form.name: form
    for form in (
        Form("additive", "E + A N^-a + B D^-b", ("a", "b"), 3, _PAIRS, _additive),
        Form("tied", "E + A N^-a + B D^-a", ("a",), 3, ((0.3,), (0.1,), (0.5,), (0.8,), (1.2,)), _tied),
        Form("coupled", "E + ((A N^-a)^(1/q) + (B D^-b)^(1/q))^q", ("a", "b", "q", "s"), 2,
             tuple((a, b, q, 0.0) for (a, b), q in zip(_PAIRS, (1.0, 0.5, 0.5, 1.0, 0.3), strict=True)), _coupled),
        Form("kaplan", "E + ((A N^-a)^(1/b) + (B D^-b)^(1/b))^b", ("a", "b", "s"), 2,
             tuple((*pair, 0.0) for pair in _PAIRS), _kaplan),
    )
}  # fmt: skip
