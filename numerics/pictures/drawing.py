"""What all pictures share: matplotlib when it is asked for, one style, axes, and points that bear error bars.

Pictures are drawn with matplotlib's objects (no pyplot, no global state), which comes with the extra `plot`. Whatever
is told apart by colour is told apart by dash, grey or marker too.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.errors import BadArgument
from theory.optional import optional

SUFFIXES = (".png", ".pdf", ".svg")
STYLE: dict[str, Any] = {
    "font.size": 9.0, "axes.titlesize": 9.0, "legend.fontsize": 8.0, "xtick.labelsize": 8.0, "ytick.labelsize": 8.0,
    "axes.linewidth": 0.7, "lines.linewidth": 1.4, "axes.spines.top": False, "axes.spines.right": False,
    "legend.frameon": False, "legend.handlelength": 2.6, "legend.title_fontsize": 9.0, "hatch.linewidth": 0.5,
    "pdf.fonttype": 42, "ps.fonttype": 42,  # TrueType: publishers refuse Type 3
}  # fmt: skip
SOLID: Any = "-"
DASHED: Any = (0, (4, 2))
AXES = {
    "n_samples": "samples $P$", "n_features": "features $N$", "ridge": r"ridge $\lambda$", "kappa": r"$\kappa$",
    "noise": r"label noise $\sigma^2$", "ensemble": "predictors $K$", "feature_noise": r"feature noise $\mu^2$",
    "time": "time $t$", "n_steps": "steps $n$", "step": r"step $\eta$",
}  # fmt: skip
DECADES = 5.0  # below the least risk
DIVERGING = 100.0  # times the median risk: where lines that go to infinity are cut
LONG = 88  # letters of a title on one line
OUTSIDE: dict[str, Any] = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5), "borderaxespad": 0.3}
# The Okabe-Ito colours, dark to light, each with its dash.
TERMS: tuple[tuple[str, Any], ...] = (
    ("#0072B2", (0, (5, 1.5))), ("#D55E00", (0, (1, 1))), ("#009E73", (0, (5, 1.5, 1, 1.5))), ("#CC79A7", SOLID),
    ("#E69F00", (0, (2.5, 1))), ("#56B4E9", (0, (5, 1, 1, 1, 1, 1))), ("#7F7F7F", (0, (8, 2))),
)  # fmt: skip


def matplotlib() -> ModuleType:
    """Return matplotlib, or raise `ValueError` that says how to install it."""
    return optional("matplotlib", "plot", "pictures")


def new_figure(width: float, height: float) -> Any:
    """Return an empty figure, in inches; to be called and drawn on within `rc_context(STYLE)`."""
    return importlib.import_module("matplotlib.figure").Figure(figsize=(width, height), layout="constrained")


def save(figure: Any, path: str | Path) -> None:
    """Write a figure to a .png (300 dots per inch), .pdf or .svg file; letters are TrueType.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Such as `axes.figure`.
    path : str or path-like
        The name of the file says which kind.

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


@contextmanager
def axes_for(ax: Any, width: float, height: float, rows: int = 1) -> Iterator[Any]:
    """Yield the axes to draw on: those given, or those of a new figure in our style, with a legend beside in the end.

    Parameters
    ----------
    ax : matplotlib axes or None
        Given ones are left in their own style, without a legend.
    width, height : float
        Of a new figure, in inches.
    rows : int
        How many axes a new figure has; more than one have no legend yet.
    """
    if ax is not None:
        if not hasattr(ax, "plot"):
            raise BadArgument("ax", ax, "axes of matplotlib", "give for example plt.subplots()[1], or leave it out")
        yield ax
        return
    with matplotlib().rc_context(STYLE):
        axes = new_figure(width, height).subplots(rows, 1, sharex=True)
        yield axes
        if rows == 1 and axes.get_legend() is None and axes.get_legend_handles_labels()[1]:
            axes.legend(**OUTSIDE)


def run_off(axes: Any, lines: Sequence[Any], reference: ArrayLike, log: bool, decades: float = DECADES) -> None:
    """Set the range by what is finite, and let lines that are zero or infinite somewhere leave the axes there.

    Parameters
    ----------
    axes : matplotlib axes
        What was drawn on them before stays in sight.
    lines : sequence of lines
        Just drawn.
    reference : array_like
        The risk: some decades below its least value nothing plays a part.
    log : bool
        Whether the ordinate is logarithmic.
    decades : float
        How many below the least risk are shown at most.
    """
    data = [np.asarray(line.get_ydata(), dtype=np.float64) for line in lines]
    seen = np.concatenate([np.zeros(0), *data])
    seen = seen[np.isfinite(seen) & ((seen > 0) | (not log))]
    if not seen.size:
        return
    low, high = float(seen.min()), float(seen.max())
    if any(np.isposinf(y).any() for y in data):
        high = min(high, DIVERGING * float(np.nanmedian(positive(reference))))
    if log:
        risk = positive(reference)
        low = max(low, float(np.nanmin(risk)) * 10.0**-decades) if np.isfinite(risk).any() else low
        margin = max(high / low, 1.5) ** 0.05
        low, high = low / margin, high * margin
        below, above = low * 1e-6, high * 1e6
    else:
        low, high = min(low, 0.0), high + 0.05 * (high - min(low, 0.0))
        below, above = low - 1e3 * (high - low), high + 1e3 * (high - low)
    if not axes.get_autoscaley_on():
        low, high = min(low, axes.get_ylim()[0]), max(high, axes.get_ylim()[1])
    for line, y in zip(lines, data, strict=True):
        line.set_ydata(np.where(np.isposinf(y), above, np.where((y <= 0) & log, below, y)))
    axes.set_ylim(low, high)


def titled(axes: Any, title: str) -> Any:
    """Put a title on axes, a long one on two lines, and return their figure.

    Parameters
    ----------
    axes : matplotlib axes
        Of a figure of ours.
    title : str
        None if empty.
    """
    cut = title.rfind(", ", 0, LONG) if len(title) > LONG else -1
    lines = title if cut < 0 else f"{title[: cut + 1]}\n{title[cut + 2 :]}"
    axes.set_title(lines, loc="left", fontsize=STYLE["axes.titlesize"])
    return axes.figure


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


def decomposition(
    axes: Any, at: NDArray[np.float64], lines: Mapping[str, NDArray[np.float64]], **style: Any
) -> dict[str, Any]:
    """Draw a risk and its training risk in black, its terms in colours, with labels, and return the lines by name.

    Parameters
    ----------
    axes : matplotlib axes
        Where to draw.
    at : ndarray of shape (n_points,)
        The abscissa: values of the argument that varies.
    lines : mapping of str to ndarray of shape (n_points,)
        "test" or "excess", "train", "bias" and variances "variance[samples]", …
    **style
        Matplotlib's keywords for lines, before ours.
    """
    drawn: dict[str, Any] = {}
    styles = iter(TERMS * 4)
    for name, values in lines.items():
        if not np.isfinite(values).any():
            continue
        if name in ("test", "train", "excess"):
            width, dash = (1.2, DASHED) if name == "train" else (2.0, SOLID)
            look: dict[str, Any] = {"color": "black", "linewidth": width, "linestyle": dash, "label": name, "zorder": 3}
        else:
            colour, dash = next(styles)
            look = {"color": colour, "linestyle": dash, "label": term_words(name)}
        (drawn[name],) = axes.plot(at, values, **{**look, **style})
    return drawn


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
