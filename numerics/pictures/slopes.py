"""Pictures of power laws: evaluated curves and their local slopes against the exponents that the theory predicts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numerics.pictures.drawing import (
    AXES,
    DASHED,
    STYLE,
    axes_for,
    decomposition,
    floor,
    logarithmic,
    matplotlib,
    new_figure,
    positive,
)
from numerics.pictures.lines import curves, words
from theory.errors import BadArgument, real_array
from theory.model import Chain
from theory.solve.slopes import LocalExponents
from theory.spectra.power_law import PowerLaw
from theory.terms import Key, term_name

Array = NDArray[np.float64]

# Colour, marker and mark's inside of what is allocated; all differ in grey.
_MARKS = (("black", "o", "black"), ("#D55E00", "s", "white"), ("#0072B2", "^", "#0072B2"), ("0.55", "D", "white"))


def slopes(
    model: Chain, task: PowerLaw, n_samples: ArrayLike, *, amplitudes: Mapping[str, float] | None = None, title: str = "",
    **powers: Any,
) -> Any:
    """Return a picture of the excess risk and its terms against P, above, and of their local exponents, below.

    Parameters
    ----------
    model : Chain
        With samples.
    task : PowerLaw
        Infinite.
    n_samples : array_like of shape (n_points,)
        P, increasing, of at least two points.
    amplitudes : mapping, optional
        By argument: it is amplitude times P to its power. By default 1.
    title : str
        Above the picture; by default, the parameters.
    **powers : number
        By argument, the power of P that it is, as in `Law.along`: n_features=2, ridge=-1.5; -inf: zero.

    Returns
    -------
    matplotlib.figure.Figure
        Dashed below: the exponents as P → ∞; they are not drawn where a logarithm goes with them.

    Raises
    ------
    ValueError
        As `Law.along` and `Chain.evaluate`; for P that do not increase, and amplitudes of arguments without a power.
    """
    P = real_array("n_samples", n_samples, "increasing numbers > 0", "give for example np.geomspace(10, 1e9, 50)")
    if P.ndim != 1 or P.size < 2 or not ((np.diff(P) > 0).all() and P[0] > 0 and math.isfinite(P[-1])):
        raise BadArgument("n_samples", n_samples, "increasing numbers > 0", "give for example np.geomspace(10, 1e9, 50)")
    ray = model.exponents().along(capacity=task.capacity, source=task.source, n_samples=1, **powers)
    scales = dict(amplitudes or {})
    for name in scales.keys() - {name for name, power in powers.items() if math.isfinite(power)}:
        raise BadArgument("amplitudes", name, "of arguments that are a finite power of P", f"give {name}= its power as well")
    arguments: dict[str, Any] = {name: scales.get(name, 1.0) * P ** float(power) for name, power in powers.items()}
    risk = model.evaluate(task, n_samples=P, **arguments)
    local = model.local_exponents(task, n_samples=P, **arguments)
    direction = {"n_samples": 1.0, **{name: float(power) for name, power in powers.items() if math.isfinite(power)}}
    keys = [key for key in ray.terms if key not in ("test", "train") and ray[key] != -math.inf]
    with matplotlib().rc_context(STYLE):
        figure = new_figure(6.4, 5.0)
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        decomposition(above, P, {term_name(key): positive(risk.terms[key]) for key in keys})
        plot_slopes(local, below, x="n_samples", along=direction, terms=keys,
                    predicted={key: float(ray[key]) for key in keys if key not in ray.logarithms})  # fmt: skip
        above.plot([], [], color="0.3", linewidth=0.9, linestyle=DASHED, label=r"as $P \to \infty$")
        logarithmic(above, "xy")
        floor(above, risk.excess)
        above.set_ylabel("risk")
        below.set_ylabel("local exponent\n" + r"$\mathrm{d}\ln(\cdot)/\mathrm{d}\ln P$")
        above.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), borderaxespad=0.3)
        above.set_title(title or _described(task, powers, scales), loc="left")
        figure.align_ylabels((above, below))
    return figure


def plot_slopes(
    local: LocalExponents, ax: Any = None, *, x: str | None = None, along: Mapping[str, float] | None = None,
    terms: Sequence[Key] | None = None, predicted: Mapping[Key, float] | None = None, **style: Any,
) -> Any:  # fmt: skip
    """Draw the local exponents of every term along one argument.

    Parameters
    ----------
    local : LocalExponents
        Along one axis: of a grid take a part, as local[:, 0].
    ax : matplotlib axes, optional
        Where to draw; a new figure if left out.
    x : str, optional
        The argument of the abscissa; by default the one with the longest axis.
    along : mapping, optional
        The power of each argument by which slopes are taken together; by default that of x alone is 1.
    terms : sequence, optional
        What to draw; by default every term but test and train.
    predicted : mapping, optional
        Exponents by term, such as `law.along(…).terms`: dashed lines.
    **style
        Matplotlib's keywords for lines.

    Returns
    -------
    matplotlib axes
        Those given, or new ones.

    Raises
    ------
    ValueError
        For a result without an axis or with several curves, and an argument that does not vary.
    """
    found = curves(local, x, 1)
    direction = {found.across: 1.0} if along is None else dict(along)
    keys = [key for key in local.terms if key not in ("test", "train")] if terms is None else list(terms)
    order = np.argsort(np.asarray(local.inputs[found.across]).ravel(), kind="stable")[: found.x.shape[1]]
    with axes_for(ax, 6.4, 3.4) as axes:
        lines = {term_name(key): np.asarray(local.along(key, **direction)).ravel()[order] for key in keys}
        drawn = decomposition(axes, found.x[0], lines, **style)
        known = {key: float(value) for key, value in (predicted or {}).items() if math.isfinite(value)}
        _predicted(axes, {known[key]: drawn[term_name(key)].get_color() for key in keys
                          if key in known and term_name(key) in drawn})  # fmt: skip
        logarithmic(axes, "x")
        axes.set_xlabel(AXES.get(found.across, words(found.across)))
        axes.set_ylabel("local exponent")
    return axes


def _predicted(axes: Any, exponents: Mapping[float, str]) -> None:
    """Draw horizontal lines at exponents, in colours, with their values at the right, kept apart."""
    for exponent, colour in exponents.items():
        axes.axhline(exponent, color=colour, linewidth=0.9, linestyle=DASHED, alpha=0.8, zorder=1)
    low, high = axes.get_ylim()
    place = -math.inf
    for exponent in sorted(exponents):
        place = max(exponent, place + 0.075 * (high - low))
        style = {"va": "center", "fontsize": 7.0, "color": exponents[exponent], "annotation_clip": False}
        axes.annotate(f"{exponent:.3g}".replace("-", "−"), (1.01, place), xycoords=("axes fraction", "data"), **style)


def _described(task: PowerLaw, powers: Mapping[str, Any], scales: Mapping[str, float]) -> str:
    letters = {"n_features": "N", "ridge": r"\lambda", "noise": r"\sigma^2", "feature_noise": r"\mu^2"}
    parts = [rf"$\alpha = {float(task.capacity):g}$", rf"$r = {float(task.source):g}$"]
    for name, power in powers.items():
        letter = letters.get(name, rf"N_{{{name.rpartition('_')[2]}}}" if name.startswith("n_") else name)
        scale = scales.get(name, 1.0)
        if math.isinf(power):
            size = "0" if power < 0 else r"\infty"
        else:
            size = f"{scale:g}" if scale != 1.0 or not power else ""
            size += rf"\,P^{{{float(power):g}}}" if power else ""
        parts.append(f"${letter} = {size}$")
    return ",  ".join(parts)


def allocation_figure(
    budget: ArrayLike, arguments: Mapping[str, ArrayLike], risk: ArrayLike, exponents: Mapping[str, tuple[float, float]],
    cost: str, title: str = "",
) -> Any:
    """Return a picture of the best sizes, and ridge, at given costs, and of the risk there.

    Parameters
    ----------
    budget : array_like of shape (n_points,)
        C, at least two.
    arguments : mapping of str to array_like of shape (n_points,)
        The best value of each argument that is drawn: sizes, and the ridge if it is there.
    risk : array_like of shape (n_points,)
        The risk at the optimum of each budget.
    exponents : mapping
        Predicted powers of C by argument, and of "risk", the least and the largest that are optimal: dashed lines through the
        last point. What is infinite gets no line.
    cost : str
        What C is; it labels the axis.
    title : str
        Above the picture.

    Returns
    -------
    matplotlib.figure.Figure
    """
    C = np.asarray(budget, dtype=np.float64)
    if C.ndim != 1 or C.size < 2 or not (np.isfinite(C) & (C > 0)).all():
        raise BadArgument("budget", budget, "at least two numbers > 0", "give a range of costs")
    sizes = [name for name in arguments if name.startswith("n_")]
    panels = [sizes, [name for name in arguments if name not in sizes], ["risk"]]
    values = {**{name: np.asarray(value, dtype=np.float64) for name, value in arguments.items()}, "risk": np.asarray(risk)}
    with matplotlib().rc_context(STYLE):
        shown = [names for names in panels if names]
        figure = new_figure(2.6 * len(shown) + 0.2, 2.9)
        for axes, names in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
            for name, look in zip(names, _MARKS, strict=False):
                _power_law(axes, C, values[name], exponents[name], _symbol(name) if name in sizes else "", look)
            logarithmic(axes, "xy")
            axes.set_xlabel(f"cost $C$ = {cost}")
            axes.set_ylabel("best sizes" if names is sizes else "excess risk" if names == ["risk"] else AXES[names[0]])
            axes.legend(loc="best")
        figure.suptitle(title, fontsize=9.0, x=0.02, ha="left")
    return figure


def _symbol(name: str) -> str:
    return AXES.get(name, name.removeprefix("n_").replace("_", " "))


def _power_law(
    axes: Any, at: Array, values: Array, exponents: tuple[float, float], label: str, look: Sequence[str]
) -> None:
    """Draw points, and through the last of them dashed lines of the slopes predicted."""
    colour, marker, inside = look
    style = {"color": colour, "markerfacecolor": inside, "markersize": 4.5, "markeredgewidth": 1.0}
    axes.plot(at, values, linestyle="none", marker=marker, label=label or "numerical", **style)
    last, low_to_high = int(np.argmax(at)), np.sort(at)
    for exponent, sign in zip(exponents, (r"\gtrsim ", r"\lesssim "), strict=True):
        if math.isfinite(exponent) and not (exponents[0] == exponents[1] and sign == r"\gtrsim "):
            line = values[last] * (low_to_high / at[last]) ** exponent
            relation = sign if exponents[0] < exponents[1] else r"\sim "
            slope = {"color": colour, "linewidth": 1.0, "linestyle": DASHED, "label": f"${relation}C^{{{exponent:.4g}}}$"}
            axes.plot(low_to_high, line, **slope)
