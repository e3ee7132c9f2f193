"""What sums by Euler's and Maclaurin's formula share: coefficients, series of a fixed length, one-sided bounds."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from flint import arb, arb_series, ctx

from theory.solve.certified.ball import Uncertified


@contextmanager
def capped(length: int) -> Iterator[None]:
    """Cut power series at a length.

    Parameters
    ----------
    length : int
        How many coefficients.
    """
    before, ctx.cap = ctx.cap, length
    try:
        yield
    finally:
        ctx.cap = before


def coefficients(factors: list[arb_series], length: int) -> list[arb]:
    """Return the first coefficients of a product of power series.

    Parameters
    ----------
    factors : list of arb_series
        At least one.
    length : int
        How many.
    """
    with capped(length):
        product = functools.reduce(arb_series.__mul__, factors)
    if product.prec < length:
        raise Uncertified("power series cut by another thread")
    found: list[arb] = product.coeffs()
    return found + [arb(0)] * (length - len(found))


def between(bound: arb) -> arb:
    """Return a ball that holds what lies between zero and a bound.

    Parameters
    ----------
    bound : arb
        Not negative.
    """
    half = bound.upper() / 2
    return half + arb(0, half.upper())


@functools.lru_cache(maxsize=32)
def end_weights(count: int, k: int, bits: int) -> list[arb]:
    """Return −B_2t/2t k^(1−2t) for t = 1 … count: what c_(2t−1) of f(k(1+h)) = Σ c_n h^n counts, as f^(n) = c_n n!/k^n.

    Parameters
    ----------
    count, k : int
        T and k.
    bits : int
        The ambient precision.
    """
    return [-arb.bernoulli(2 * t) / (2 * t) / arb(k) ** (2 * t - 1) for t in range(1, count + 1)]
