"""What one step towards κ computes, point by point: of numbers in compiled loops, of arrays in NumPy.

The balance of the sizes, ∏ ((gap_j + x)/n_j)^{m_j} = λ/κ; the step S of E = (d − n_min) + x and the bounds that it implies;
and the next iterate inside a bracket that only ever shrinks (`bracket` says why).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from theory.compiled import chosen, elementwise, raised

EPSILON = float(np.finfo(np.float64).eps)
TINY = 5e-324
QUADRATIC = 5e-9  # a bounding step this small leaves an error of its square
SMALLEST = 1e-307  # complement; a smaller one has no double with full accuracy
FARTHEST = 1e300  # defect of the balance that one step makes up for
CLOSE = 1e-9  # a step of the balance that is the last


@elementwise
def lone(floor: Any, ridge: Any, kappa: Any) -> Any:
    """Return x of one size."""
    return floor * (ridge / kappa)


@elementwise
def paired(powers: Any, sizes: Any, gaps: Any, floor: Any, ridge: Any, kappa: Any) -> Any:
    """Return the root of x(x + gap) = P N λ/κ, as 2g√ρ/(δ + √(δ²+4)), g = √(PN), δ = gap/(g√ρ)."""
    root = np.sqrt(ridge) / np.sqrt(kappa)
    scale = np.sqrt(sizes[0]) * np.sqrt(sizes[1]) * root
    delta = chosen(scale > 0, (gaps[0] + gaps[1]) / scale, np.inf)
    both = 2.0 * scale / (delta + chosen(delta < 1e9, np.sqrt(delta * delta + 4.0), delta))
    return chosen(powers[0] * powers[1] == 0, lone(floor, ridge, kappa), both)


@elementwise
def balance_start(powers: Any, floor: Any, ridge: Any, kappa: Any) -> Any:
    """Return an upper bound of x: t_min = (λ/κ)^{1/Σm} over the positive exponents."""
    positive = 0.0 * floor
    for j in range(len(powers)):
        positive = positive + np.maximum(powers[j], 0.0)
    return floor * np.exp((np.log(ridge) - np.log(kappa)) / positive)


@elementwise
def balance_step(
    x: Any, powers: Any, sizes: Any, gaps: Any, negative_gap: Any, floor: Any, ridge: Any, kappa: Any
) -> tuple[Any, Any]:
    """Return the next x of the balance, 0 where it leaves the range, and whether it is the last: Newton in ln v.

    1/v = 1/x + 1/gap₋, gap₋ that of the size with a negative exponent. ln ∏ t_j^{m_j} is convex and increasing in ln v, so
    the iteration falls monotonically from the upper bound, or from where one step from anywhere else ends. The product is
    formed as λ/∏ t_j^{m_j}, from the outside in, so that no partial result leaves the range of doubles.
    """
    quotient, slope = ridge, 0.0 * x
    for j in range(len(powers) - 1, -1, -1):
        rest = gaps[j] + x
        quotient = quotient / raised(rest / sizes[j], powers[j])
        slope = slope + powers[j] * (x / rest)
    defect = (kappa - quotient) / quotient
    excess = np.log1p(np.minimum(np.maximum(defect, -0.9), FARTHEST))
    stretch = 1.0 + x / negative_gap
    step = excess / (slope * stretch)
    # v → v e^{−step} means 1/x → (1/x + 1/gap₋) e^{step} − 1/gap₋
    following = x / (1.0 + stretch * np.expm1(step))
    last = (np.abs(step) * stretch <= CLOSE) | (np.abs(excess) <= 8.0 * EPSILON)
    vanished = following <= SMALLEST * floor
    return chosen(vanished & ~last, 0.0, following), last | vanished


@elementwise
def conditioning(powers: Any, gaps: Any, x: Any) -> Any:
    """Return dln(λ/κ)/dln x = Σ m_j x/(gap_j + x)."""
    total = 0.0 * x
    for j in range(len(powers)):
        total = total + powers[j] * (x / chosen(x > 0, gaps[j] + x, 1.0))
    return chosen(x > 0, total, 1.0)


@elementwise
def bent(powers: Any, gaps: Any, x: Any) -> tuple[Any, Any]:
    """Return Σ m_j x/(gap_j + x) for x > 0, and its slope by ln x, Σ m_j gap_j x/(gap_j + x)²."""
    total, slope = 0.0 * x, 0.0 * x
    for j in range(len(powers)):
        share = x / (gaps[j] + x)
        total = total + powers[j] * share
        slope = slope + powers[j] * share * (1.0 - share)
    return total, slope


@elementwise
def ends(
    ridge: Any, floor: Any, upper: Any, rank: Any, smallest: Any
) -> tuple[Any, Any, Any]:
    """Return a lower and an upper bound of κ, and where to start between them."""
    reach = chosen(rank > floor, smallest * ((rank - floor) / floor) * (1.0 - 1e-10), 0.0)
    low = np.fmax(np.fmax(ridge, reach), TINY)
    high = np.fmax(upper * (1.0 + 1e-10), low)
    middle = np.sqrt(low) * np.sqrt(high)
    return low, high, chosen(np.isinf(rank), np.fmax(middle, high / (1.0 + floor)), middle)  # low says nothing there


@elementwise
def stepped(
    kappa: Any, floor: Any, x: Any, dx: Any, anchor: Any, surplus: Any, fall: Any, slope_error: Any
) -> tuple[Any, Any, Any, Any]:
    """Return S = E/(−dE/dlnκ), its rounding, and the bounds of the root that it implies.

    `surplus` and `fall` are d − anchor and −dd/dlnκ, `dx` is −dx/dlnκ.
    """
    total = fall + dx
    size = (surplus + (anchor - floor + x)) / total
    rounding = 4.0 * EPSILON * (1.0 + (np.abs(surplus) + x) / total)
    rounding = rounding + slope_error * np.abs(size)
    room = 1.0 - size - rounding
    return size, rounding, kappa * (1.0 + size - rounding), chosen(room > 0, kappa / room, np.inf)


@elementwise
def sharpened(size: Any, total: Any, curvature: Any) -> Any:
    """Return the step in ln κ to third order: E + E′δ + E″δ²/2 = 0 with S = −E/E′, `total` = −E′ and `curvature` = −E″."""
    return size - 0.5 * (curvature / total) * size * size


@elementwise
def narrowed(
    kappa: Any, size: Any, low: Any, high: Any, below: Any, above: Any, tolerance: Any
) -> tuple[Any, Any, Any, Any]:
    """Return the bracket with the bounds of a step, κ moved by the step inside it, and whether that is the root."""
    lower, upper = np.fmax(low, np.fmin(below, high)), np.fmin(high, np.fmax(above, low))
    moved = np.minimum(np.maximum(kappa * (1.0 + size), lower), upper)
    narrow = upper - lower <= 2.0 * EPSILON * upper + TINY
    done = (np.abs(size) <= tolerance) | (narrow & (np.abs(moved - kappa) <= QUADRATIC * moved + TINY))
    return lower, upper, moved, done


@elementwise
def continued(kappa: Any, size: Any, low: Any, high: Any, last: Any, width: Any) -> tuple[Any, Any, Any]:
    """Return the next κ, the size of step that it is held to, and the bracket's width in ln κ.

    The step lies between the tangents in κ and in 1/κ; where it is large it is the shorter one. The bracket is bisected where
    neither the step nor the bracket was halved.
    """
    middle = kappa * np.sqrt((1.0 + size) / (1.0 - size))
    safe = chosen(size > 0, kappa * (1.0 + size), kappa / (1.0 - size))
    target = chosen(np.abs(size) < 0.5, middle, safe)
    now = log_width(low, high)
    halved = (np.abs(size) <= 0.5 * np.abs(last)) | (now <= 0.5 * width)
    inside = (target >= low) & (target <= high)
    following = chosen(inside & halved, target, np.sqrt(low) * np.sqrt(high))
    return following, chosen(halved, np.abs(size), np.inf), now


@elementwise
def log_width(low: Any, high: Any) -> Any:
    """Return ln(high/low)."""
    return np.log(high) - np.log(low)


@elementwise
def settled(floor: Any, base: Any, offset: Any, slack: Any, conditioned: Any) -> tuple[Any, Any]:
    """Return d − base and n_min − d at κ: of what the balance of the sizes says and d itself, the one that is better known."""
    slack = chosen(conditioned >= 0.5, slack, (floor - base) - offset)
    return chosen(base > 0, -slack, offset), slack
