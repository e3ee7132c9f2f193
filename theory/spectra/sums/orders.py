"""The orders (i, j, q) by which every sum over modes is named: Σ weight x^i y^j, q telling the weight."""

from __future__ import annotations

from typing import Any, TypeAlias

import mpmath
import numpy as np
from numpy.typing import NDArray

from theory.errors import BadArgument

Order: TypeAlias = tuple[int, int, int]
Array: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[Any]  # float64 or complex128

PRECISE = (mpmath.mpf, mpmath.mpc)


def is_precise(*values: Any) -> bool:
    """Return whether one of the values is a number of mpmath."""
    return any(isinstance(value, PRECISE) for value in values)


def check_pair_orders(orders: tuple[Order, ...]) -> None:
    """Refuse orders that do not name a product of two fractions, one at each κ.

    Raises
    ------
    ValueError
        Unless i, j ≥ 0 and i + j = 2 in all of them.
    """
    for i, j, q in orders:
        if min(i, j) < 0 or i + j != 2:
            raise BadArgument("orders", (i, j, q), "(i, j, q) with i, j >= 0 and i + j = 2 at two ridges",
                              "one fraction is taken at each of the two")  # fmt: skip


def check_convergent(orders: tuple[Order, ...]) -> None:
    """Refuse orders whose sum over infinitely many modes diverges.

    Raises
    ------
    ValueError
        If i = 0 where modes are counted.
    """
    for i, j, q in orders:
        if i == 0 and q == 0:
            raise BadArgument("orders", (i, j, q), "(i, j, q) with i >= 1 where q = 0",
                              "the sum over infinitely many modes diverges; use a finite size")  # fmt: skip
