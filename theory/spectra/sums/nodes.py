"""A weighted set of modes, and the sums over it that every finite spectrum is reduced to.

A node (λ_i, n_i, w_i) stands for n_i modes of total signal w_i = Σ c_k λ_k. With x = λ/(λ+κ) and y = κ/(λ+κ)

    moment (i, j, 0) = Σ n x^i y^j,   moment (i, j, 1) = Σ w x^i y^j,
    d − n = (Σ_{λ>κ} n_i − n) + Σ_{λ≤κ} n_i x_i − Σ_{λ>κ} n_i y_i        (the counted form).

Here x and y are quotients of λ, κ and λ+κ. Sums of floats never underflow, so both are right to the last place anywhere
between 5e-324 and 1e300 without any scaling.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mpmath import mp

from theory import compiled
from theory.chunks import chunks
from theory.compiled import Loop, elementwise, summing
from theory.errors import BadArgument
from theory.spectra.sums.orders import Array, Order

CHUNK = 32768  # entries of one (kappa × nodes) temporary: 256 KB, so that every pass over it stays in the L2 cache
HIGHEST = 3  # power that compiled loops take


class Nodes:
    """Weighted modes in descending order.

    Parameters
    ----------
    eigenvalues : ndarray, shape (n_nodes,)
        λ_i > 0, descending, at most 1e300.
    counts : ndarray, shape (n_nodes,)
        n_i, the number of modes that the node stands for; for Chebyshev nodes neither integer nor positive.
    signals : ndarray, shape (n_nodes,)
        w_i, the signal Σ c_k λ_k of those modes.
    cumulative : ndarray, shape (n_nodes + 1,), optional
        n_1 + … + n_i, i = 0 … n_nodes, for weights whose partial sums are known better than by adding them up (they are
        exact integers wherever a bin of modes ends). By default every node is a group of equal modes, and this is the
        running sum, exact for integer counts; only then is a negative κ admissible.
    """

    def __init__(self, eigenvalues: Array, counts: Array, signals: Array, cumulative: Array | None = None) -> None:
        self.eigenvalues = eigenvalues
        self.counts = counts
        self.signals = signals
        self.cumulative = np.concatenate(([0.0], np.cumsum(counts))) if cumulative is None else cumulative
        self.listed = cumulative is None
        self.lowest = -float(eigenvalues[-1]) if self.listed else -float(np.finfo(float).smallest_subnormal)
        self._ascending = -eigenvalues

    def __len__(self) -> int:
        return self.eigenvalues.size

    def moments(self, kappa: Array, orders: tuple[Order, ...]) -> tuple[Array, ...]:
        """Return Σ_k weight_k x_k^i y_k^j for each order (i, j, q); see `Spectrum.moments`.

        Parameters
        ----------
        kappa : ndarray of float64, any shape
            κ ≥ 0 (x = 1, y = 0 at zero); κ > −λ_min where every node is a group of equal modes.
        orders : tuple of (i, j, q)
            The weight is n for q = 0 and w for q = 1.

        Returns
        -------
        tuple of ndarray
            One array of the shape of `kappa` for each order.

        Raises
        ------
        ValueError
            If a κ is NaN, infinite or too negative.
        """
        flat = self._admissible(np.ravel(kappa))
        sums = np.empty((len(orders), flat.size))
        if 0 < np.max(orders, initial=0) <= HIGHEST and compiled.wanted(flat.size):
            _moments(*self.columns[:2], self.signals, flat, np.array(orders), *np.empty((2, len(self))), sums)
            return tuple(row.reshape(np.shape(kappa)) for row in sums)
        wanted: dict[tuple[int, int], list[tuple[int, Array]]] = {}
        for row, (i, j, q) in enumerate(orders):
            wanted.setdefault((i, j), []).append((row, self.signals if q else self.counts))
        highest_i, highest_j = (max((order[axis] for order in orders), default=0) for axis in (0, 1))
        for rows in chunks(flat.size, CHUNK // len(self)):
            k = flat[rows, None]
            total = self.eigenvalues + k
            x = _powers(self.eigenvalues / total, highest_i)
            y = _powers(np.divide(k, total, out=total), highest_j)
            for (i, j), columns in wanted.items():
                product = x[i] * y[j] if i and j else x[i] if i else y[j]
                for row, weights in columns:
                    sums[row, rows] = product @ weights
        return tuple(row.reshape(np.shape(kappa)) for row in sums)

    def excess(self, kappa: Array, n: Array) -> tuple[Array, Array]:
        """Return d(κ) − n in the counted form and Σ n_i x_i y_i, elementwise; see `Spectrum.excess`.

        Parameters
        ----------
        kappa, n : ndarray, shape (points,)
            κ as in `moments`, n finite.

        Raises
        ------
        ValueError
            If a κ is NaN, infinite or too negative.
        """
        self._admissible(kappa)
        order = np.argsort(kappa)  # neighbours in κ have nearly all nodes on the same side: only the others need a mask
        sorted_kappa = kappa[order]
        above = np.searchsorted(self._ascending, -sorted_kappa, side="left")
        signed, product = np.empty((2, kappa.size))
        for rows in chunks(kappa.size, CHUNK // len(self)):
            k = sorted_kappa[rows, None]
            high, low = above[rows][-1], above[rows][0]
            fraction = np.minimum(self.eigenvalues, k)  # x below κ, y above: at most 1/2 for κ ≥ 0
            fraction /= self.eigenvalues + k
            mixed = np.where(self.eigenvalues[high:low] > k, fraction[:, high:low], 0.0)
            missed = fraction[:, :high] @ self.counts[:high] + mixed @ self.counts[high:low]
            total = fraction @ self.counts
            signed[rows] = total - 2.0 * missed
            fraction *= fraction
            product[rows] = total - fraction @ self.counts
        difference, slope = np.empty((2, kappa.size))
        difference[order] = (self.cumulative[above] - n[order]) + signed
        slope[order] = product
        return difference, slope

    @property
    def columns(self) -> tuple[Array, Array, Array]:
        """What `node_sums` takes."""
        return self.eigenvalues, self.counts, self.cumulative

    def _admissible(self, kappa: Array) -> Array:
        if not ((kappa > self.lowest) & (kappa < np.inf)).all():
            least = f"above {self.lowest!r}" if self.listed else ">= 0 where nodes stand for several eigenvalues"
            remedy = "a negative ridge must stay below the smallest eigenvalue in size, of modes that are listed"
            raise BadArgument("kappa", kappa, f"finite and {least}", remedy)
        return kappa


@summing
def _signed(eigenvalues: Any, counts: Any, kappa: float) -> tuple[float, float, float, int]:
    """Return Σ_{λ≤κ} n x − Σ_{λ>κ} n y, Σ n x y, Σ n x y (x − y), and how many nodes have λ > κ."""
    signed = slope = curvature = 0.0
    above = 0
    for k in range(eigenvalues.size):
        value = eigenvalues[k]
        fraction = min(value, kappa) / (value + kappa)  # of x and y the smaller one
        weighed = counts[k] * fraction
        product = weighed * (1.0 - fraction)
        bent = product * (1.0 - 2.0 * fraction)
        slope += product
        signed += -weighed if value > kappa else weighed
        curvature += bent if value > kappa else -bent
        above += 1 if value > kappa else 0
    return signed, slope, curvature, above


@elementwise
def node_sums(columns: Any, kappa: float, n: float) -> tuple[float, float, float]:
    """Return d − n, −dd/dlnκ and the slope of that at one κ ≥ 0, as `Nodes.excess` has the first two of many."""
    eigenvalues, counts, cumulative = columns
    signed, slope, curvature, above = _signed(eigenvalues, counts, kappa)
    return (cumulative[above] - n) + signed, slope, curvature


@summing
def _product_sum(x: Any, y: Any, i: int, j: int, weights: Any) -> float:
    """Return Σ weight x^i y^j for i, j up to 3."""
    total = 0.0
    for k in range(x.size):
        product = x[k] if i > 0 else 1.0
        product *= x[k] if i > 1 else 1.0
        product *= x[k] if i > 2 else 1.0
        product *= y[k] if j > 0 else 1.0
        product *= y[k] if j > 1 else 1.0
        product *= y[k] if j > 2 else 1.0
        total += product * weights[k]
    return total


@elementwise
def _fractions(eigenvalues: Any, kappa: float, x: Any, y: Any) -> None:
    for k in range(eigenvalues.size):
        total = eigenvalues[k] + kappa
        x[k], y[k] = eigenvalues[k] / total, kappa / total


@Loop
def _moments(
    eigenvalues: Any, counts: Any, signals: Any, kappa: Any, orders: Any, x: Any, y: Any, sums: Any
) -> None:
    """Fill `sums`, shape (orders, κ), as `Nodes.moments` has them; `x` and `y` are room."""
    for p in range(kappa.size):
        _fractions(eigenvalues, kappa[p], x, y)
        for row in range(len(orders)):
            weights = signals if orders[row, 2] else counts
            sums[row, p] = _product_sum(x, y, orders[row, 0], orders[row, 1], weights)


def _powers(fraction: Array, highest: int) -> list[Array]:
    """Return fraction^0 … fraction^highest."""
    powers = [np.ones_like(fraction)]
    for _ in range(highest):
        powers.append(powers[-1] * fraction)
    return powers


def precise_moments(
    eigenvalues: Sequence[Any], counts: Sequence[Any], signals: Sequence[Any], kappa: Any, orders: tuple[Order, ...]
) -> tuple[Any, ...]:
    """Return Σ_i weight_i x_i^i y_i^j for each order (i, j, q) through mpmath, to the ambient precision.

    Parameters
    ----------
    eigenvalues, counts, signals : sequences of mpf
        λ_i > 0, and the weights n_i (q = 0) and w_i (q = 1).
    kappa : mpf
        κ ≥ 0, or negative with λ_i + κ > 0 for all i.
    orders : tuple of (i, j, q)
        As in `Nodes.moments`.
    """
    with mp.workprec(mp.prec + 20):
        inverse = [1 / (eigenvalue + kappa) for eigenvalue in eigenvalues]
        x = [eigenvalue * factor for eigenvalue, factor in zip(eigenvalues, inverse, strict=True)]
        y = [kappa * factor for factor in inverse]
        products = {(0, 0): [mp.one] * len(x), (1, 0): x, (0, 1): y}

        def product(i: int, j: int) -> list[Any]:
            if (i, j) not in products:
                before, factor = (product(i - 1, j), x) if i else (product(i, j - 1), y)
                products[i, j] = [a * b for a, b in zip(before, factor, strict=True)]
            return products[i, j]

        sums = [mp.fdot(zip(signals if q else counts, product(i, j), strict=True)) for i, j, q in orders]
    return tuple(+value for value in sums)
