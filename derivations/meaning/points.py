"""Where claims are tried: points that cover a domain, its middle, its far ends and its simplest numbers.

"positive" reaches from 1e-30 to 1e30, "real" to both signs of that and to zero, an interval to within 1e-30 of its width at
either end. Letters vary independently: of any two letters every pair of places occurs (an orthogonal array of strength two).
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TypeAlias

from mpmath import mp

Domain: TypeAlias = str | tuple[float, float]
DOMAINS = {"positive": {"positive": True}, "real": {"real": True}, "nonnegative": {"nonnegative": True},
           "integer": {"integer": True, "positive": True}}  # fmt: skip
PLACES = ("middle", "low", "high", "simple", "whole")
FAR = 30  # decades
COVER = 2 * len(PLACES) ** 2  # points that bring every pair of places of two letters together
_WHOLE = 9


def middle() -> Iterator[str]:
    """Yield the place of letter after letter at an ordinary point."""
    return itertools.repeat("middle")


def places(index: int) -> Iterator[str]:
    """Yield the place of letter after letter at the `index`-th point of a cover; at the first all are in the middle.

    Letter j is at place a + m b of the row (a, b); m is j in the first half, where letters five apart go together, and in the
    second, where they do not, it is j // 5.
    """
    base = len(PLACES)
    half, (row, step) = index // base**2, divmod(index % base**2, base)
    rng, letter = random.Random(f"places {index}"), 0
    while True:
        if half < 2 and letter < base**2:
            slope = letter % base if half == 0 else letter // base
            yield PLACES[(row + slope * step) % base]
        else:
            yield rng.choice(PLACES)
        letter += 1


def number(value: Any) -> Any:
    """Return a number to the ambient precision: a float as its shortest decimal says."""
    if isinstance(value, int) or (isinstance(value, float) and math.isinf(value)):
        return mp.mpf(value)
    return mp.mpf(str(value))


def draw(rng: random.Random, domain: Domain, place: str = "middle") -> Any:
    """Return a random number of a domain, at a place, with as many digits as the ambient precision."""
    share, whole, sign = mp.mpf(rng.getrandbits(256)) / 2**256, mp.mpf(rng.randint(1, _WHOLE)), rng.choice((-1, 1))
    far = mp.mpf(10) ** (FAR * (1 - share**2 / 2))  # from 1e15 to 1e30, mostly far out
    if place == "simple":
        return mp.mpf(simplest(domain).numerator) / simplest(domain).denominator
    if isinstance(domain, tuple):
        low, high = map(number, domain)
        return {"low": low + (high - low) / far, "high": high - (high - low) / far,
                "whole": _few(low, high, share)}.get(place, low + (high - low) * share)  # fmt: skip
    if domain == "integer":
        return {"middle": mp.floor(1 + 9 * share), "low": mp.floor(1 + 2 * share), "high": mp.floor(far)}.get(place, whole)
    if domain == "real":
        return {"middle": 6 * share - 3, "low": -far, "high": far}.get(place, sign * (whole if share > 0.5 else 1 / far))
    return {"middle": mp.mpf(10) ** (2 * share - 1), "low": 1 / far, "high": far}.get(place, whole)


def _few(low: Any, high: Any, share: Any) -> Any:
    """Return a number with a denominator of 4 at most strictly between two, one of the lowest; else any."""
    found = (mp.mpf(n) / below for below in (1, 2, 3, 4) for n in range(int(low * below), int(high * below) + 2))
    inside = list(itertools.islice((value for value in found if low < value < high), 4 * _WHOLE))
    return inside[int(share * len(inside))] if inside else low + (high - low) * share


def simplest(domain: Domain) -> Fraction:
    """Return the number of least denominator in a domain, and of those the least in size: where letters meet one another."""
    if not isinstance(domain, tuple):
        return Fraction(0 if domain in ("real", "nonnegative") else 1)
    low, high = (Fraction(str(end)) if abs(end) < math.inf else end for end in domain)
    for below in range(1, 10**6):
        found = [Fraction(n, below) for n in _whole_between(low * below, high * below)]
        if found:
            return min(found, key=abs)
    raise ValueError(f"{domain} is too narrow for a simple number")


def _whole_between(low: Any, high: Any) -> list[int]:
    """Return the whole numbers strictly between two that are nearest to zero."""
    if low < 0 < high:
        return [0]
    if low >= 0:
        first = math.floor(low) + 1
        return [first] if first < high else []
    last = math.ceil(high) - 1
    return [last] if last > low else []


def within(domain: Domain, value: Any, slack: Any = 0) -> bool:
    """Return whether a number is in the closure of a domain, to within `slack` of its size."""
    if mp.im(value) or mp.isnan(value):
        return False
    real = mp.re(value)
    if domain == "integer":
        return bool(real >= 1 and abs(real - mp.nint(real)) <= slack * real)
    low, high = domain if isinstance(domain, tuple) else (-mp.inf if domain == "real" else 0, mp.inf)
    return bool(real >= number(low) - slack * abs(real) and real <= number(high) + slack * abs(real))
