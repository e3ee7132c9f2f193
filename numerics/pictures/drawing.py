"""What all pictures share: matplotlib when it is asked for, one style, axes, and points that bear error bars.

Pictures are drawn with matplotlib's objects (no pyplot, no global state), which comes with the extra `plot`. Whatever
is told apart by colour is told apart by dash, grey or marker too.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.errors import BadArgument

SUFFIXES = (".png", ".pdf", ".svg")
STYLE: dict[str, Any] = {
    "font.size": 9.0, "axes.titlesize": 9.0, "legend.fontsize": 8.0, "xtick.labelsize": 8.0, "ytick.labelsize": 8.0,
    "axes.linewidth": 0.7, "lines.linewidth": 1.4, "axes.spines.top": False, "axes.spines.right": False,
    "legend.frameon": False, "legend.handlelength": 2.6, "legend.title_fontsize": 9.0, "hatch.linewidth": 0.5,
}  # fmt: skip
SOLID: Any = "-"
DASHED: Any = (0, (4, 2))
AXES = {
    "n_samples": "samples $P$", "n_features": "features $N$", "ridge": r"ridge $\lambda$", "kappa": r"$\kappa$",
    "noise": r"label noise $\sigma^2$", "ensemble": "predictors $K$", "feature_noise": r"feature noise $\mu^2$",
    "time": "time $t$", "n_steps": "steps $n$", "step": r"step $\eta$",
}  # fmt: skip
DECADES = 8.0
# The Okabe-Ito colours, dark to light, each with its dash.
TERMS: tuple[tuple[str, Any], ...] = (
    ("#0072B2", (0, (5, 1.5))), ("#D55E00", (0, (1, 1))), ("#009E73", (0, (5, 1.5, 1, 1.5))), ("#CC79A7", SOLID),
    ("#E69F00", (0, (2.5, 1))), ("#56B4E9", (0, (5, 1, 1, 1, 1, 1))), ("#7F7F7F", (0, (8, 2))),
)  # fmt: skip


def matplotlib() -> ModuleType:
    """Return matplotlib, or raise `ValueError` that says how to install it."""
    try:
        return importlib.import_module("matplotlib")
    except ImportError as missing:
        raise ValueError("matplotlib is needed for pictures: pip install 'scaletheory[plot]'") from missing


def new_figure(width: float, height: float) -> Any:
    """Return an empty figure, in inches; to be called and drawn on within `rc_context(STYLE)`."""
    return importlib.import_module("matplotlib.figure").Figure(figsize=(width, height), layout="constrained")


def save(figure: Any, path: str | Path) -> None:
    """Write a figure to a .png (300 dots per inch), .pdf or .svg file.

    Raises
    ------
    ValueError
        For another suffix.
    OSError
        If the file cannot be written.
    """
    if Path(path).suffix.lower() not in SUFFIXES:
        raise BadArgument("path", str(path), f"a file name ending in {', '.join(SUFFIXES)}", "rename it")
    with matplotlib().rc_context(STYLE):
        figure.savefig(path, dpi=300)


def positive(values: ArrayLike) -> NDArray[np.float64]:
    """Return the values that a logarithmic axis can show, NaN for the rest."""
    array = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(array) & (array > 0), array, np.nan)


def bars(axes: Any, x: ArrayLike, y: ArrayLike, error: ArrayLike, marker: str, **style: Any) -> None:
    """Draw points with error bars, white inside unless `markerfacecolor` says otherwise.

    Parameters
    ----------
    x, y : array_like of shape (n_points,)
        The points.
    error : array_like of shape (n_points,) or (2, n_points)
        Lengths of the bars, or of their parts below and above.
    """
    look = {"markerfacecolor": "white", "markeredgewidth": 1.0, "elinewidth": 1.0, "capsize": 2.0, **style}
    axes.errorbar(x, y, yerr=error, linestyle="none", marker=marker, **look)


def logarithmic(axes: Any, which: str) -> None:
    """Make axes logarithmic, with labels between the decades where there are few decades."""
    ticker = importlib.import_module("matplotlib.ticker")
    for letter in which:
        getattr(axes, f"set_{letter}scale")("log")
        axis = getattr(axes, f"{letter}axis")
        low, high = getattr(axes, f"get_{letter}lim")()
        decades = np.log10(high / low)
        if decades < 2.5:
            axis.set_major_locator(ticker.LogLocator(subs=(1.0, 2.0, 5.0) if decades > 0.7 else tuple(range(1, 10))))
            axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:.6g}"))
            axis.set_minor_formatter(ticker.NullFormatter())


def decomposition(axes: Any, at: NDArray[np.float64], lines: Mapping[str, NDArray[np.float64]]) -> None:
    """Draw a risk and its training risk in black, its terms in colours, with labels.

    Parameters
    ----------
    axes : matplotlib axes
        Where to draw.
    at : ndarray of shape (n_points,)
        The abscissa: values of the argument that varies.
    lines : mapping of str to ndarray of shape (n_points,)
        "test" or "excess", "train", "bias" and variances "variance[samples]", …
    """
    styles = iter(TERMS * 4)
    for name, values in lines.items():
        if not np.isfinite(values).any():
            continue
        if name in ("test", "train", "excess"):
            width, dash = (1.2, DASHED) if name == "train" else (2.0, SOLID)
            axes.plot(at, values, color="black", linewidth=width, linestyle=dash, label=name, zorder=3)
        else:
            colour, dash = next(styles)
            axes.plot(at, values, color=colour, linestyle=dash, label=term_words(name))


def term_words(name: str) -> str:
    """Return a term's name as a legend says it: `variance[a*b]` as var. a × b."""
    if not name.startswith("variance["):
        return name
    sources = name.removeprefix("variance[").removesuffix("]").replace("_", " ").split("*")
    return "var. " + " × ".join(sources)


def floor(axes: Any, risk: ArrayLike) -> None:
    """Cut the axis off eight decades below the least risk: what is smaller plays no part."""
    seen = positive(risk)
    if np.isfinite(seen).any():
        low, high = axes.get_ylim()
        axes.set_ylim(max(low, float(np.nanmin(seen)) * 10.0**-DECADES), high)
