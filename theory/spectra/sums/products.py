"""Sums over weighted modes of products of their fractions at one κ or at two, in real or complex numbers of any precision.

    one κ:   Σ weight x^i y^j                     two:   (2,0): Σ weight x x′     (1,1): Σ weight x y′     (0,2): Σ weight y y′

with x = λ/(λ+κ), y = κ/(λ+κ) and x′, y′ at κ′. Products of fractions, never differences of sums divided by κ − κ′: what
κ = κ′, or nearly so, does to a divided difference does not happen here.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp

from theory.chunks import chunks
from theory.spectra.sums.orders import Numbers, Order

ROWS, COLUMNS = 64, 2048  # of one (kappa × modes) temporary


class Resolved(NamedTuple):
    """Weighted modes that stand for all of a spectrum at certain κ.

    Attributes
    ----------
    eigenvalues, counts, signals : ndarray, or sequences of mpf
        λ > 0 (in units of 1/`unit`), how many modes each stands for, and their Σ c_k λ_k.
    null : tuple of two numbers
        The number and the signal of the modes with λ = 0: x = 0 and y = 1.
    tail : tuple of two numbers
        Σ λ_k (in units of 1/`unit`) and Σ c_k λ_k of modes with λ ≪ κ: x = λ/κ and y = 1.
    unit : float
        A power of two that keeps doubles in range.
    variances : ndarray, optional
        Σ λ_k of each, in the same units, where numbers of modes leave the range of doubles: Σ n x is then Σ nλ/(λ+κ).
    """

    eigenvalues: Any
    counts: Any
    signals: Any
    null: tuple[Any, Any] = (0, 0)
    tail: tuple[Any, Any] = (0, 0)
    unit: float = 1.0
    variances: Any = None

    @property
    def carried(self) -> Any:
        """Σ λ_k of the modes that each stands for."""
        return self.counts * self.eigenvalues if self.variances is None else self.variances

    def rest(self, order: Order, kappa: Any) -> Any:
        """Return what `null` and `tail` add to a sum, `kappa` being the κ of its first fraction."""
        i, _, q = order
        if i == 0:
            return self.null[q] + (self.tail[1] if q else 0)
        return self.tail[0] / kappa if (i, q) == (1, 0) and self.tail[0] else 0

    def weights(self, q: int) -> Any:
        """Return what the sum of an order weighs by."""
        return self.signals if q else self.counts


def point_sums(modes: Resolved, kappa: Numbers, orders: tuple[Order, ...]) -> tuple[Numbers, ...]:
    """Return Σ weight x^i y^j for each order, arrays of the shape and type of `kappa`."""
    flat = np.ravel(kappa) * modes.unit
    sums = np.zeros((len(orders), flat.size), flat.dtype)
    for rows in chunks(flat.size, ROWS):
        for columns in chunks(len(modes.eigenvalues), COLUMNS):
            x, y, g = _fractions(modes, columns, flat[rows, None])
            for row, (i, j, q) in enumerate(orders):
                rest = [x] * (i - 1) + [y] * (j if i else j - 1)
                leading = _leading(modes, columns, (x, y, g), i, j, q)
                sums[row, rows] += functools.reduce(np.multiply, rest, leading).sum(axis=1)
    return _finished(modes, [row.reshape(kappa.shape) for row in sums], orders, kappa * modes.unit)


def pair_sums(modes: Resolved, kappa: Numbers, other: Numbers, orders: tuple[Order, ...]) -> tuple[Numbers, ...]:
    """Return the sums of products at two κ for each order, arrays of the shape to which `kappa` and `other` broadcast.

    Where one of the two has length 1 along every axis (all pairs of two lists), the sums are matrix products.
    """
    shape = np.broadcast_shapes(kappa.shape, other.shape)
    kind = np.result_type(kappa, other)
    first, second = (array.reshape((1,) * (len(shape) - array.ndim) + array.shape).astype(kind) for array in (kappa, other))
    outer = all(1 in lengths for lengths in zip(first.shape, second.shape, strict=True))
    if not outer:
        first, second = np.broadcast_arrays(first, second)
    left, right = np.ravel(first) * modes.unit, np.ravel(second) * modes.unit
    sums = np.zeros((len(orders), left.size, *([right.size] if outer else [])), kind)
    for rows in chunks(left.size, ROWS):
        for columns in chunks(len(modes.eigenvalues), COLUMNS):
            x, y, g = _fractions(modes, columns, left[rows, None])
            learnt, missed, _ = _fractions(modes, columns, right[:, None] if outer else right[rows, None])
            for row, (i, j, q) in enumerate(orders):
                one, two = _leading(modes, columns, (x, y, g), i, j, q), missed if j else learnt
                sums[row, rows] += one @ two.T if outer else np.einsum("rk,rk->r", one, two)
    if outer:
        axes = np.argsort([*np.flatnonzero(np.array(first.shape) > 1), *np.flatnonzero(np.array(second.shape) > 1)])
        lengths = [n for n in (*first.shape, *second.shape) if n > 1]
        sums = sums.reshape(len(orders), *lengths).transpose(0, *(axes + 1))
    return _finished(modes, [row.reshape(shape) for row in sums], orders, first * modes.unit)


def precise_sums(
    modes: Resolved, kappa: Any, orders: tuple[Order, ...], other: Any = None
) -> tuple[Any, ...]:
    """Return the sums at one κ or at two through mpmath, `mpf` or `mpc`, to the ambient precision."""
    with mp.workprec(mp.prec + 20):
        fractions = _precise_fractions(modes.eigenvalues, kappa)
        if other is None:
            products = {(i, j): _precise_product(*fractions, i, j) for i, j, _ in orders}
        else:
            (x, y), (learnt, missed) = fractions, _precise_fractions(modes.eigenvalues, other)
            pairs = {(2, 0): (x, learnt), (1, 1): (x, missed), (0, 2): (y, missed)}
            products = {(i, j): [a * b for a, b in zip(*pairs[i, j], strict=True)] for i, j, _ in orders}
        sums = [mp.fdot(zip(modes.weights(q), products[i, j], strict=True)) for i, j, q in orders]
        sums = [value + modes.rest(order, kappa) for value, order in zip(sums, orders, strict=True)]
    return tuple(+value for value in sums)


def _finished(modes: Resolved, sums: list[Numbers], orders: tuple[Order, ...], kappa: Numbers) -> tuple[Numbers, ...]:
    """Add the modes that are not listed."""
    return tuple(value + modes.rest(order, kappa) for value, order in zip(sums, orders, strict=True))


def _fractions(modes: Resolved, columns: slice, kappa: Numbers) -> tuple[Numbers, Numbers, Numbers | None]:
    """Return x, y and, where it is wanted, 1/(λ+κ), each of shape (n_kappa, n_modes)."""
    eigenvalues = modes.eigenvalues[columns]
    total = eigenvalues + kappa
    if modes.variances is None:
        return eigenvalues / total, kappa / total, None
    g = 1 / total
    return eigenvalues * g, kappa * g, g


def _leading(modes: Resolved, columns: slice, fractions: tuple[Any, Any, Any], i: int, j: int, q: int) -> Numbers:
    """Return the first factor of a product, weighed."""
    x, y, g = fractions
    if i and not q and g is not None:
        return np.asarray(g * modes.variances[columns])
    return np.asarray((x if i else y if j else np.ones_like(x)) * modes.weights(q)[columns])


def _precise_fractions(eigenvalues: Sequence[Any], kappa: Any) -> tuple[list[Any], list[Any]]:
    inverse = [1 / (eigenvalue + kappa) for eigenvalue in eigenvalues]
    return [eigenvalue * g for eigenvalue, g in zip(eigenvalues, inverse, strict=True)], [kappa * g for g in inverse]


def _precise_product(x: list[Any], y: list[Any], i: int, j: int) -> list[Any]:
    return [a**i * b**j for a, b in zip(x, y, strict=True)]
