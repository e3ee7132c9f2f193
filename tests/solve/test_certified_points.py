"""Hard points certified to 30 digits, and the true error of doubles there: all of one draw are `slow`, some run always.

As a script, with a seed and a number, it counts others and prints where doubles are worst.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import mpmath
import numpy as np
import pytest

pytest.importorskip("flint", reason="python-flint is not installed")

from tests.solve.certified_points import TOTAL, Point, points

NEEDED = 1_608  # of 1,632
DIGITS = 30
LEAST, MOST = 1e-290, 1e290  # where doubles have all their digits, and results of them
WORST = 1e-14


@dataclass
class Count:
    """How many points were certified, and how far doubles are off there."""

    points: int = 0
    certified: int = 0
    compared: int = 0
    wrong: list[str] = field(default_factory=list)
    errors: list[tuple[float, str]] = field(default_factory=list)


def is_certified(value: Any) -> bool:
    """Whether the relative radius is at most 10^-30."""
    return bool(value.relative <= mpmath.mpf(10) ** -DIGITS)


def true_error(double: float, value: Any) -> float:
    """Return the relative distance of a double from what is certified; inf where only one of them is zero or infinite."""
    if value.mid == 0 or mpmath.isinf(value.mid) or not np.isfinite(double):
        return 0.0 if double == float(value.mid) else np.inf
    if not LEAST < abs(value.mid) < MOST:
        return 0.0
    with mpmath.workdps(40):
        return float(abs(mpmath.mpf(double) / value.mid - 1))


def counted(chosen: Iterable[Point]) -> Count:
    """Return what became of some points."""
    found = Count()
    for point in chosen:
        found.points += 1
        certified = point.chain.evaluate(point.task, certified=True, digits=DIGITS, **point.given)
        values = {key: value.item() for key, value in certified.terms.items()}
        if not (certified.converged and all(map(is_certified, values.values())) and is_certified(certified.kappa.item())):
            continue
        found.certified += 1
        doubles = point.chain.evaluate(point.task, **point.given)
        if not doubles.converged:
            continue
        found.compared += 1
        errors = {key: true_error(float(doubles.terms[key]), value) for key, value in values.items()}
        worst = max(errors, key=lambda key: errors[key])
        shown = f"{point.name}: {worst} at { {key: float(value) for key, value in point.given.items()} }"
        found.errors.append((errors[worst], shown))
        if errors[worst] > WORST:
            found.wrong.append(shown)
    return found


def check(found: Count) -> None:
    assert found.certified >= found.points * NEEDED / TOTAL
    assert found.compared >= 0.95 * found.points
    assert found.wrong == []
    assert np.median([error for error, _ in found.errors]) < 1e-15


def test_some_points() -> None:
    check(counted(points(seed=2, total=100, names=("ridge", "random features", "haar", "noisy input"))))


@pytest.mark.slow
def test_all_points() -> None:
    check(counted(points(seed=1)))


if __name__ == "__main__":
    seed, many = int(sys.argv[1]), int(sys.argv[2])
    total = counted(points(seed, many))
    errors = sorted(total.errors, reverse=True)
    print(f"{total.points} points, {total.certified} certified to {DIGITS} digits, {total.compared} compared with doubles")
    values = np.array([error for error, _ in errors])
    print(f"error of doubles: median {np.median(values):.2g}, 99 % {np.quantile(values, 0.99):.2g}, worst {values[0]:.2g}")
    print("\n".join(f"{error:.2g}  {shown}" for error, shown in errors[:12]))
