"""Does a sequence of gaps go to zero? What is known of a limit from equally spaced powers of ten towards it.

Corrections fall as a power of the size, geometrically from rung to rung, or as one over its logarithm; either is taken out, by
Aitken's extrapolation or by Richardson's, and what is left must be below the resolution. A prefactor that is off by 1e-3
leaves that much, whatever the corrections are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SURE = 10  # errors of the extrapolation, and resolutions, beyond which a limit is not zero


def judged(places: Sequence[float], gaps: Sequence[Any], resolution: float) -> bool | None:
    """Return whether gaps go to zero; None where neither that nor the contrary is clear.

    Parameters
    ----------
    places : sequence of float
        Logarithms of the sizes, equally spaced, three at least.
    gaps : sequence of real numbers
        What should vanish, size by size.
    resolution : float
        What counts as zero.
    """
    last, before = abs(gaps[-1]), abs(gaps[-2])
    if last <= resolution and last <= max(abs(gaps[0]), resolution / SURE):
        return True
    if last >= before * (1 + places[-2] / places[-1]) / 2:
        return False  # it shrinks by less than half of what one over a logarithm does: it is there to stay
    limits = [(geometric(gaps[-3:]), geometric(gaps[:3]) if len(gaps) > 3 else gaps[-1]),
              (logarithmic(places, gaps), logarithmic(places[1:], gaps[1:]))]  # fmt: skip
    best, rougher = min(limits, key=lambda pair: abs(pair[0] - pair[1]))
    error = abs(best - rougher)
    if abs(best) <= resolution and error <= SURE * resolution:
        return True
    return False if abs(best) > SURE * (error + resolution) else None


def geometric(gaps: Sequence[Any]) -> Any:
    """Return the limit of three gaps g + c q^n (Aitken)."""
    one, two, three = gaps
    bend = (three - two) - (two - one)
    return three - (three - two) ** 2 / bend if bend else three


def logarithmic(places: Sequence[float], gaps: Sequence[Any]) -> Any:
    """Return the limit of gaps that are a polynomial in one over the place (Richardson)."""
    total: Any = 0
    for place, gap in zip(places, gaps, strict=True):
        for other in places:
            if other != place:
                gap = gap * place / (place - other)
        total += gap
    return total
