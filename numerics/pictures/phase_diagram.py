"""The phase diagram of a scaling law as a picture: its regions filled, named in words, with the risk as a power of P."""

from __future__ import annotations

import importlib
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import linprog

from numerics.pictures.drawing import DASHED, SOLID, axes_for
from numerics.pictures.phase_regions import (
    FAR,
    Array,
    Region,
    Window,
    area,
    clock_of,
    halfplanes,
    in_mathtext,
    phase_regions,
    whole_window,
    width_of,
)
from theory.exponents.law import Law
from theory.frozen import Frozen

GRID = 200
_LINE, _LETTER = 1.45, 0.58  # height of a line of text, and mean width of a letter, in font sizes
_SIZES = (9.5, 8.5, 7.5, 6.5)
_INCHES = (5.4, 4.2)
# By kind of term: tints for what is limited by the ridge, the samples and the features; all differ in grey within a kind.
TINTS: dict[str, tuple[str, str, str]] = {
    "bias": ("#DCE9F5", "#BDD6ED", "#9AC0E2"),
    "feature variance": ("#FDEBD3", "#FAD7AA", "#F3BE7C"),
    "sample variance": ("#E2F2E4", "#C2E3C6", "#9CCFA4"),
    "label noise": ("#EFEFEF", "#DFDFDF", "#CCCCCC"),
}
LIMITS = {"ridge": 0, "time": 0, "data": 1, "width": 2}


def plot_phase_diagram(
    law: Law, capacity: Any, source: Any, ax: Any = None, *, noise: Any = 0, window: Window | None = None,
    mark: tuple[float, float] | None = None, title: str = "", style: Mapping[str, Any] = Frozen({}), **directions: Any,
) -> Any:
    """Draw the plane of l = -log λ/log P and q = log N/log P: which term dominates the excess risk, and how.

    For gradient flow l = log t/log P.

    Parameters
    ----------
    law : Law
        Of a chain with samples and one layer of features.
    capacity, source : number
        α > 1 and r > 0.
    ax : matplotlib axes, optional
        Where to draw; a new figure if left out. Words are set for its present size.
    noise : number
        The label noise is P to this power (0: constant); -inf: none.
    window : tuple of float, optional
        Least and largest l, least and largest q; by default what shows all regimes, and the mark.
    mark : (float, float), optional
        A point (l, q) to mark.
    title : str
        By default, the parameters.
    style : mapping
        Matplotlib's keywords for the contours.
    **directions : number
        The feature noise likewise, if there is such a layer.

    Returns
    -------
    matplotlib axes
        Regions with the term in words, the risk as a power of P, and what κ is; thin lines are contours of the exponent.
        Below it stands what the letters mean where a region has no room for words.

    Raises
    ------
    ValueError
        As `phase_regions`.
    """
    powers = {"noise": noise, **directions}
    box = whole_window(law, capacity, source, powers, mark) if window is None else window
    regions = phase_regions(law, capacity, source, window=box, **powers)
    with axes_for(ax, *_INCHES) as axes:
        axes.spines[["top", "right"]].set_visible(True)
        axes.set_xlim(box[0], box[1])
        axes.set_ylim(box[2], box[3])
        _fill(axes, regions)
        step = _contours(axes, law, capacity, source, box, powers, style)
        keys = _label(axes, regions, box, _INCHES if ax is None else _inches(axes))
        if mark is not None:
            look = {"marker": "X", "markersize": 8.0, "markerfacecolor": "black", "markeredgecolor": "white"}
            axes.plot(*mark, linestyle="none", clip_on=False, zorder=5, **look)
        clock, _ = clock_of(law)
        axes.set_xlabel(r"time,  $\ell = \log t\,/\log P$" if clock == "time" else r"ridge,  $\ell = -\log\lambda\,/\log P$")
        axes.set_ylabel(r"features,  $q = \log N\,/\log P$")
        axes.set_title(title or _title(capacity, source, powers), loc="left")
        legend = f"solid borders: κ changes; dashed: the largest term does; white lines: steps of {step:g} in the power of $P$"
        lines = "\n".join([*keys, legend])
        if ax is None:
            axes.figure.set_figheight(_INCHES[1] + 0.17 * len(keys))
            axes.figure.supxlabel(lines, fontsize=7.5, x=0.02, ha="left")
        else:
            beside = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "top", "annotation_clip": False}
            axes.annotate(lines, (0.0, 0.0), (-20.0, -36.0), fontsize=7.5, **beside)
    return axes


def phase_diagram(
    law: Law, capacity: Any, source: Any, *, noise: Any = 0, window: Window | None = None,
    mark: tuple[float, float] | None = None, title: str = "", **directions: Any,
) -> Any:
    """Return `plot_phase_diagram` as a figure.

    Parameters
    ----------
    law, capacity, source, noise, window, mark, title, **directions
        As `plot_phase_diagram`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        As `phase_regions`.
    """
    return plot_phase_diagram(law, capacity, source, noise=noise, window=window, mark=mark, title=title, **directions).figure


def _inches(axes: Any) -> tuple[float, float]:
    """Return width and height of a figure of which these axes would take what ours leave beside their labels."""
    extent = axes.get_window_extent()
    return extent.width / axes.figure.dpi + 0.7, extent.height / axes.figure.dpi + 0.9


def _title(capacity: Any, source: Any, powers: Mapping[str, Any]) -> str:
    shown = [rf"$\alpha = {float(capacity):g}$", rf"$r = {float(source):g}$"]
    for letter, power in zip((r"\sigma^2", r"\mu^2"), powers.values(), strict=False):
        size = "P^{" + in_mathtext(Fraction(power), "").removeprefix("+") + "}" if math.isfinite(power) and power else "1"
        shown.append(rf"${letter} = 0$" if power == -math.inf else rf"${letter} \sim {size}$")
    return ",  ".join(shown)


def _fill(axes: Any, regions: Sequence[Region]) -> None:
    """Fill the regions and draw their borders: solid where κ changes, dashed where the dominant term alone does."""
    patches = importlib.import_module("matplotlib.patches")
    corners = np.concatenate([polygon for region in regions for polygon in region.polygons])
    drawn = set()
    for region in regions:
        tint = TINTS[region.kind][LIMITS.get(region.limit, 1)]
        for polygon in region.polygons:
            axes.add_patch(patches.Polygon(polygon, closed=True, facecolor=tint, edgecolor="none", zorder=0.5))
            for start, end in _pieces(polygon, corners):
                sides = [other for other in regions if other.contains(*((start + end) / 2))]
                piece = frozenset([tuple(np.round(start, 6)), tuple(np.round(end, 6))])
                if len(sides) > 1 and piece not in drawn:
                    dash = SOLID if len({other.kappa for other in sides}) > 1 else DASHED
                    axes.plot(*zip(start, end, strict=True), color="black", linewidth=1.0, linestyle=dash, zorder=2)
                    drawn.add(piece)


def _pieces(polygon: Array, corners: Array) -> Iterator[tuple[Array, Array]]:
    """Yield the edges of a polygon, cut at the corners of all the others."""
    for start, end in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        along = (corners - start) @ (end - start) / ((end - start) @ (end - start))
        beside = np.abs(start + along[:, None] * (end - start) - corners).max(axis=1)
        cuts = np.unique(np.round(along[(beside < 1e-9) & (along >= 0) & (along <= 1)], 9))
        points = start + cuts[:, None] * (end - start)
        yield from itertools.pairwise(points)


def _contours(
    axes: Any, law: Law, capacity: Any, source: Any, window: Window, powers: Mapping[str, Any], style: Mapping[str, Any]
) -> float:
    """Draw lines of equal exponent, from the law itself on a grid, and return their distance."""
    ridge, width = np.meshgrid(np.linspace(*window[:2], GRID), np.linspace(*window[2:], GRID))
    finite = {name: FAR if value == -math.inf else float(value) for name, value in powers.items()}
    clock, sign = clock_of(law)
    plane = {"n_samples": 1.0, clock: sign * ridge, width_of(law): width}
    terms, _ = law.on_grid(capacity=capacity, source=source, **plane, **finite)
    span = float(np.ptp(terms["excess"]))
    step = next((size for size in (0.05, 0.1, 0.2, 0.5, 1.0) if span / size <= 16), span / 10)
    levels = step * np.arange(math.floor(terms["excess"].min() / step), math.ceil(terms["excess"].max() / step) + 1)
    look = {"levels": levels, "colors": "white", "linewidths": 0.8, "linestyles": "solid", "zorder": 1, **style}
    axes.contour(ridge, width, terms["excess"], **look)
    return step


def _label(axes: Any, regions: Sequence[Region], window: Window, inches: tuple[float, float]) -> list[str]:
    """Write into every region what it is; where there is no room, a letter, and return what it stands for."""
    keys: list[str] = []
    scale = np.array([window[1] - window[0], window[3] - window[2]]) / (np.array(inches) - (0.7, 0.9))  # data units an inch
    for region in regions:
        polygon = max(region.polygons, key=area)
        whole, broken = [region.words], region.words.replace(", ", ",\n").replace(" ", "\n").split("\n")
        for size, words in itertools.product(_SIZES, (whole, broken)):
            lines = [*words, region.formula, region.kappa]
            place = _room(polygon, _extent(lines, size) * scale)
            if place is not None:
                _write(axes, place, lines, size)
                break
        else:
            letter = f"({'abcdefghijkl'[len(keys)]})"
            keys.append(f"{letter}  {region.words},  {region.formula},  {region.kappa}")
            _write(axes, polygon.mean(axis=0), [letter], 8.0)
    return keys


def _write(axes: Any, place: Array, lines: Sequence[str], size: float) -> None:
    """Write lines, words above formulas, the last formula small."""
    for i, line in enumerate(lines):
        above = ((len(lines) - 1) / 2 - i) * _LINE * size
        is_word, is_last = "$" not in line, i == len(lines) - 1 and i > 0
        style = {"fontsize": size if is_word else size - 1 if is_last else size + 1, "color": "0.25" if is_last else "black"}
        axes.annotate(line, place, (0.0, above), textcoords="offset points", ha="center", va="center", zorder=4,
                      fontweight="bold" if is_word else "normal", **style)  # fmt: skip


def _extent(lines: Sequence[str], size: float) -> Array:
    """Return about how wide and high lines of text are, in inches."""
    widest = max(_LETTER * len(line) if "$" not in line else 0.35 * len(line) for line in lines)
    return np.array([widest + 0.6, _LINE * len(lines) + 0.2]) * size / 72


def _room(polygon: Array, extent: Array) -> Array | None:
    """Return the centre of a rectangle of the given extent inside a polygon, near the polygon's own; None if none fits."""
    rows = halfplanes(polygon)
    needed = np.abs(rows[:, :2]) @ extent / 2
    middle = polygon.mean(axis=0)
    if (rows @ [*middle, 1.0] >= needed).all():
        return middle
    found = linprog(
        [0.0, 0.0, -1.0], A_ub=np.column_stack([-rows[:, :2], needed]), b_ub=rows[:, 2], bounds=[(None, None)] * 2 + [(0, None)]
    )  # fmt: skip
    return found.x[:2] if found.x is not None and found.status == 0 and found.x[2] >= 1.0 else None
