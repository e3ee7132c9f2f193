"""Where which term dominates the excess risk: regions of the plane of ridge and width in powers of P.

With λ = P^-l and N = P^q the risk is P to a power that is linear on polygons, the law's regimes cut by this plane.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.chain.naming import LABEL_NOISE
from theory.errors import BadArgument
from theory.exponents.law import Law
from theory.exponents.regimes import Regime

Array = NDArray[np.float64]
Window = tuple[float, float, float, float]

FAR = -1e4  # stands for a power of -inf


@dataclass(frozen=True)
class Region:
    """Where one term dominates with one exponent.

    Attributes
    ----------
    kind : str
        "bias", "feature variance", "sample variance" or "label noise".
    limit : str
        What sets κ: "ridge" (or "time"), "data", "width" or "feature-noise".
    kappa : str
        κ as a formula.
    coefficients : tuple of Fraction
        (x, y, z): the excess risk is P^(x l + y q + z).
    polygons : tuple of ndarray of shape (n_corners, 2)
        Corners (l, q), within the window.
    """

    kind: str
    limit: str
    kappa: str
    coefficients: tuple[Fraction, Fraction, Fraction]
    polygons: tuple[Array, ...]

    @property
    def words(self) -> str:
        """What dominates, in words."""
        if self.kind == "bias" and not any(self.coefficients):
            return "nothing is learnt"
        return f"{self.kind}, {self.limit}-limited" if self.kind == "bias" else self.kind

    @property
    def formula(self) -> str:
        """The risk as P to a power, in mathtext."""
        parts = [in_mathtext(c, letter) for c, letter in zip(self.coefficients, (r"\ell", "q", ""), strict=True) if c]
        return f"$P^{{{' '.join(parts).removeprefix('+') or '0'}}}$"

    def exponent(self, ridge: Any, width: Any) -> Any:
        """Return the exponent of P at (l, q)."""
        x, y, z = map(float, self.coefficients)
        return x * ridge + y * width + z

    def contains(self, ridge: float, width: float) -> bool:
        """Return whether (l, q) lies in the region, border included."""
        rows = (halfplanes(polygon) for polygon in self.polygons)
        return any((row @ [ridge, width, 1.0] >= -1e-9).all() for row in rows)


def phase_regions(law: Law, capacity: Any, source: Any, *, window: Window, **directions: Any) -> tuple[Region, ...]:
    """Return the regions of the plane (l, q), which cover the window.

    Parameters
    ----------
    law : Law
        Of a chain with samples and one layer of features.
    capacity, source : number
        α > 1 and r > 0.
    window : tuple of float
        Least and largest l, least and largest q.
    **directions : number
        Noise (and feature noise), as powers of P; -inf: none.

    Raises
    ------
    ValueError
        For another chain, and as `Law.along`.
    """
    width = width_of(law)
    clock, sign = clock_of(law)
    law.along(capacity=capacity, source=source, n_samples=1, **{clock: sign, width: 1}, **directions)  # checks them
    fixed = {name: Fraction(FAR if value == -math.inf else value) for name, value in directions.items()}
    found: dict[tuple[str, str, str, Any], list[Array]] = {}
    for regime in law.regimes(capacity, source):
        rows = [_on_plane(law, form.coefficients, width, fixed) for form in regime.constraints]
        polygon = _cut(_rectangle(window), np.array(rows, dtype=np.float64))
        if len(polygon):
            kind, limit = _words(regime, width)
            plane = _on_plane(law, tuple(regime.exponents.values()), width, fixed)
            found.setdefault((kind, limit, _kappa(regime, width), plane), []).append(polygon)
    return tuple(Region(*key, tuple(polygons)) for key, polygons in found.items())


def whole_window(
    law: Law, capacity: Any, source: Any, powers: Mapping[str, Any], mark: tuple[float, float] | None = None
) -> Window:
    """Return a window that shows every region, where they meet, and a point (l, q)."""
    far = 20.0 * float(capacity)
    regions = phase_regions(law, capacity, source, window=(0.0, far, 0.0, 20.0), **powers)
    corners = np.concatenate([polygon for region in regions for polygon in region.polygons])
    ridges, widths = (column[column < limit - 1e-6] for column, limit in zip(corners.T, (far, 20.0), strict=True))
    ridge, width = (0.0, 0.0) if mark is None else map(float, mark)
    right, high = 1.45 * float(ridges.max()), max(1.45, 1.3 * float(widths.max()))
    return min(0.0, 1.1 * ridge), max(right, 1.1 * ridge), 0.0, max(high, 1.1 * width)


def width_of(law: Law) -> str:
    """Return the keyword of the only feature layer."""
    sizes = [argument.keyword for argument in law.system.arguments if argument.is_size]
    widths = [keyword for keyword in sizes if keyword != "n_samples"]
    if len(widths) != 1 or len(sizes) != 2 or not {"ridge", "time"} & set(law.system.keywords):
        raise BadArgument(
            "law", ", ".join(law.system.keywords), "of samples and one feature layer", "draw regimes of such a chain"
        )
    return widths[0]


def clock_of(law: Law) -> tuple[str, int]:
    """Return what runs along the axis of l, and its sign: training time where there is one, else one over the ridge."""
    return ("time", 1) if "time" in law.system.keywords else ("ridge", -1)


def _on_plane(
    law: Law, coefficients: Sequence[Fraction], width: str, fixed: Mapping[str, Fraction]
) -> tuple[Fraction, Fraction, Fraction]:
    """Return a form at P, N = P^q, λ = P^-l (or t = P^l) as (x, y, z): x l + y q + z."""
    by_name = dict(zip(law.system.keywords, coefficients, strict=True))
    rest = sum((by_name[name] * power for name, power in fixed.items() if name in by_name), Fraction(0))
    clock, sign = clock_of(law)
    return sign * by_name[clock], by_name[width], by_name["n_samples"] + rest


def _words(regime: Regime, width: str) -> tuple[str, str]:
    """Return the kind of the dominant term, and what limits it."""
    key = (regime.dominant,) if isinstance(regime.dominant, str) else regime.dominant
    kind = "label noise" if LABEL_NOISE in key else "bias" if key == ("bias",) else (
        "feature variance" if width.removeprefix("n_") in key else "sample variance")  # fmt: skip
    depends = [name for name, power in regime.kappa.items() if power]
    names = {"ridge": "ridge", "time": "time", "n_samples": "data", width: "width"}
    return kind, names.get(depends[0], "feature-noise") if len(depends) == 1 else "feature-noise"


def _kappa(regime: Regime, width: str) -> str:
    letters = {"ridge": r"\lambda", "time": "t", "n_samples": "P", width: "N", "feature_noise": r"\mu^2"}
    powers = {letters[name]: power for name, power in regime.kappa.items() if power}
    parts = [letter if power == 1 else f"{letter}^{{{in_mathtext(power, '').removeprefix('+')}}}"
             for letter, power in powers.items() if power != -1]  # fmt: skip
    below = "".join(f"/{letter}" for letter, power in powers.items() if power == -1)
    return rf"$\kappa\sim {' '.join(parts) or '1'}{below}$"


def in_mathtext(number: Fraction, letter: str) -> str:
    """Return ± number × letter in mathtext, as a fraction on one line if it is a simple one."""
    size = abs(number)
    sign = "-" if number < 0 else "+"
    if size.denominator > 20:
        return f"{sign}{float(size):.4g}{letter}"
    top = letter if letter and size.numerator == 1 else f"{size.numerator}{letter}"
    return f"{sign}{top}" + ("" if size.denominator == 1 else f"/{size.denominator}")


def _rectangle(window: Window) -> Array:
    left, right, low, high = window
    if not (left < right and low < high and low >= 0):
        raise BadArgument("window", window, "(least l, largest l, least q ≥ 0, largest q)", "give an area")
    return np.array([(left, low), (right, low), (right, high), (left, high)])


def _cut(polygon: Array, rows: Array) -> Array:
    """Return the part of a convex polygon where x l + y q + z ≥ 0 for all rows; empty if it has no area."""
    corners = list(polygon)
    for row in rows:
        heights = [float(row[:2] @ corner + row[2]) for corner in corners]
        kept: list[Array] = []
        for i, (corner, height) in enumerate(zip(corners, heights, strict=True)):
            before, other = corners[i - 1], heights[i - 1]
            if (height >= 0) != (other >= 0):
                kept.append(before + (corner - before) * (other / (other - height)))
            if height >= 0:
                kept.append(corner)
        corners = kept
    made = np.array([c for i, c in enumerate(corners) if np.abs(c - corners[i - 1]).max() > 1e-9]).reshape(-1, 2)
    return made if len(made) > 2 and area(made) > 1e-9 else made[:0]


def area(polygon: Array) -> float:
    """Return the area of a polygon (counter-clockwise)."""
    x, y = polygon.T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2


def halfplanes(polygon: Array) -> Array:
    """Return rows (x, y, z), of unit normal, with x l + y q + z ≥ 0 inside a polygon (counter-clockwise)."""
    step = np.roll(polygon, -1, axis=0) - polygon
    normal = np.column_stack([-step[:, 1], step[:, 0]]) / np.linalg.norm(step, axis=1, keepdims=True)
    return np.column_stack([normal, -np.sum(normal * polygon, axis=1)])
