"""Pictures of risks, of a user's own model and axis: terms as lines, components stacked, the gap along training.

Each takes a result and axes to draw on, and returns the axes; without axes it makes a figure of its own, which is `axes.figure`
(no pyplot, no global state).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numerics.pictures.drawing import (
    AXES,
    DASHED,
    DECADES,
    OUTSIDE,
    axes_for,
    bars,
    decomposition,
    logarithmic,
    matplotlib,
    run_off,
    term_words,
    titled,
)
from numerics.pictures.lines import STDERR, Curves, curves, terms_of, words
from numerics.pictures.training import early_stopping, gap, stacked
from theory.errors import BadArgument
from theory.results.tabular import Tabular

FEW = 2.0  # decades below the least risk where several curves are drawn
LINEAR = ("", "x", "y", "xy")
NOISE: dict[str, Any] = {"color": "0.55", "linewidth": 0.9, "linestyle": (0, (1, 2)), "zorder": 1}


def plot_risk(
    result: Tabular, ax: Any = None, *, x: str | None = None, terms: Sequence[str] | None = None, excess: bool = False,
    linear: str = "", **style: Any,
) -> Any:
    """Draw a risk and its terms against one argument: of one curve all terms, of several the test and the training risk.

    Parameters
    ----------
    result : Risk, TrainingRisk, SGDRisk, Simulation or another with arguments and terms
        Along one axis or more; estimates are drawn as points with error bars.
    ax : matplotlib axes, optional
        Where to draw; a new figure if left out.
    x : str, optional
        The argument on the abscissa; by default the one with the longest axis.
    terms : sequence of str, optional
        What to draw, as `to_frame` names it: "test", "bias", "variance[samples*noise]", …
    excess : bool
        Draw the excess risk in place of the test risk, and no label noise.
    linear : {"", "x", "y", "xy"}
        Which axes are not logarithmic.
    **style
        Matplotlib's keywords for lines: color, linewidth, alpha, …

    Returns
    -------
    matplotlib axes
        Zeros and infinities run off it.

    Raises
    ------
    ValueError
        For a result without an axis or with too many curves, an argument that does not vary, and unknown terms.
    """
    found = curves(result, x)
    names = _chosen(found, terms, excess)
    straight = _linear(linear)
    with axes_for(ax, 6.2, 3.8) as axes:
        before = len(axes.lines)
        for place in range(len(found)):
            if len(found) == 1:
                _single(axes, found, names, style)
            else:
                _one_of(axes, found, place, names, style)
        if not excess and set(names) & {"test", "train"}:
            _label_noise(axes, found)
        if len(found) > 1 and len(names) > 1 and ax is None:
            for name, dash in zip(names, _dashes(names), strict=True):
                axes.plot([], [], color="0.3", linestyle=dash, label=term_words(name))
        _scales(axes, found, straight)
        reference = found.columns["excess" if excess else names[0]]
        run_off(axes, axes.lines[before:], reference, "y" not in straight, DECADES if len(found) == 1 else FEW)
        axes.set_xlabel(axis_label(result, found.across))
        axes.set_ylabel("excess risk" if excess else "risk")
    return axes


def plot_decomposition(
    result: Tabular, ax: Any = None, *, x: str | None = None, excess: bool = False, linear: str = "", **style: Any
) -> Any:
    """Draw the test risk as the sum of its components, stacked: label noise, bias, every variance.

    Parameters
    ----------
    result : Risk, TrainingRisk, SGDRisk or Simulation
        Along one axis: of a grid take a part, as result[:, 0].
    ax, x
        As `plot_risk`.
    excess : bool
        Leave the label noise out.
    linear : {"", "x"}
        Whether the abscissa is linear; the ordinate is.
    **style
        Matplotlib's keywords for the areas: colors, alpha, …

    Returns
    -------
    matplotlib axes
        Those given, or new ones.

    Raises
    ------
    ValueError
        As `plot_risk`, for more than one curve, and for a result that is not decomposed.
    """
    found = curves(result, x, 1)
    parts = [name for name in terms_of(found) if name in ("approximation", "bias", "variance") or name.startswith("variance[")]
    if len(parts) < 2:
        raise BadArgument("result", type(result).__name__, "decomposed into bias and variances", "draw it with plot_risk")
    lines = {name: found.columns[name][0] for name in ("excess" if excess else "test", *parts) if name in found.columns}
    total = lines.pop("excess", None)
    lines = lines if total is None else {"test": total, **lines}
    with axes_for(ax, 6.2, 3.8) as axes:
        stacked(axes, found.x[0], lines, 0.0 if excess else found.noise[0], total="excess" if excess else "test", **style)
        if "x" in _linear(linear):
            axes.set_xscale("linear")
        axes.set_xlabel(axis_label(result, found.across))
    return axes


def plot_flow(result: Tabular, ax: Any = None, *, x: str | None = None, **style: Any) -> Any:
    """Draw training: test risk, training risk (dashed), the gap between them shaded, and where to stop.

    Parameters
    ----------
    result : TrainingRisk or TrainingSimulation
        Along time; of several curves each is drawn.
    ax : matplotlib axes, optional
        As `plot_risk`.
    x : str, optional
        By default time, or the number of steps.
    **style
        Matplotlib's keywords for lines.

    Returns
    -------
    matplotlib axes
        Those given, or new ones.

    Raises
    ------
    ValueError
        As `plot_risk`.
    """
    clock = next((name for name in ("time", "n_steps") if name in result.inputs), None)
    found = curves(result, clock if x is None else x)
    with axes_for(ax, 6.4, 3.6) as axes:
        for place, label in enumerate(found.labels):
            shade = style.get("color", _shade(place, len(found)))
            look = {key: value for key, value in style.items() if key != "color"}
            test = found.columns["test"][place]
            gap(axes, found.x[place], test, found.columns["train"][place], label, shade, **look)
            early_stopping(axes, found.x[place], test, shade)
        axes.set_xlabel(axis_label(result, found.across))
    return axes


def risk_figure(
    result: Tabular, x: str | None = None, title: str = "", terms: Sequence[str] | None = None, excess: bool = False,
    linear: str = "",
) -> Any:
    """Return `plot_risk` as a figure with a title.

    Parameters
    ----------
    result, x, terms, excess, linear
        As `plot_risk`.
    title : str
        Above the picture; none if empty.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return titled(plot_risk(result, x=x, terms=terms, excess=excess, linear=linear), title)


def training_figure(result: Tabular, x: str | None = None, title: str = "") -> Any:
    """Return a picture of training: of one curve its components above its gap, of several the gaps.

    Parameters
    ----------
    result, x
        As `plot_flow`.
    title : str
        Above the picture; none if empty.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if len(curves(result, x)) > 1:
        return titled(plot_flow(result, x=x), title)
    with axes_for(None, 6.4, 5.6, rows=2) as (above, below):
        plot_decomposition(result, above, x=x)
        plot_flow(result, below, x=x)
        above.set_xlabel("")
        below.sharex(above)
        for axes in (above, below):
            axes.legend(**OUTSIDE)
    return titled(above, title)


def axis_label(result: Any, name: str) -> str:
    """Return what stands at an axis: an argument, in the letters of the model.

    Parameters
    ----------
    result : Tabular
        Of SGD, whose papers call samples N and sketched features M, or of a chain.
    name : str
        The argument.
    """
    of_sgd = "approximation" in result.answers
    return {"n_samples": "samples $N$", "n_features": "features $M$", "step": r"step $\gamma$"}.get(
        name, AXES.get(name, words(name))) if of_sgd else AXES.get(name, words(name))  # fmt: skip


def _chosen(found: Curves, terms: Sequence[str] | None, excess: bool) -> list[str]:
    known = terms_of(found)
    if terms is not None:
        for name in terms:
            if name not in known:
                raise BadArgument("terms", name, f"among {', '.join(known)}", "name terms as to_frame() does")
        return list(terms)
    first = "excess" if excess and "excess" in known else "test"
    if excess and first == "test":
        raise BadArgument("excess", excess, "False for a result that has no excess risk", "draw the test risk")
    shown = [first] if excess else ["test", "train"]
    if len(found) == 1:
        shown += [name for name in known if name not in ("test", "train", "excess", "gap")]
    return [name for name in shown if name in known]


def _linear(linear: str) -> str:
    if linear not in LINEAR:
        raise BadArgument("linear", linear, 'one of "", "x", "y", "xy"', "name the axes that are linear")
    return linear


def _single(axes: Any, found: Curves, names: Sequence[str], style: dict[str, Any]) -> None:
    lines = {name: found.columns[name][0] for name in names if found.columns[name].any()}
    measured = names[0] + STDERR in found.columns
    drawn = decomposition(axes, found.x[0], lines, **({**style, "linestyle": "none"} if measured else style))
    for name, line in drawn.items() if measured else ():
        error = found.columns[name + STDERR][0]
        bars(axes, found.x[0], lines[name], error, "o", color=line.get_color(), markersize=4.0, label=line.get_label())
        line.set_label("_" + name)


def _one_of(axes: Any, found: Curves, place: int, names: Sequence[str], style: dict[str, Any]) -> None:
    """Draw the terms of one curve in one shade, each with its dash."""
    for rank, (name, dash) in enumerate(zip(names, _dashes(names), strict=True)):
        look = {"color": _shade(place, len(found)), "linestyle": dash, "linewidth": 0.9 if rank else 1.4, **style}
        label = "_" + name if rank else found.labels[place]
        stderr = found.columns.get(name + STDERR)
        y = found.columns[name][place]
        if stderr is None:
            axes.plot(found.x[place], y, **{"label": label, **look})
        else:
            bars(axes, found.x[place], y, stderr[place], "os"[rank % 2], color=look["color"], markersize=4.0, label=label)


def _dashes(names: Sequence[str]) -> list[Any]:
    patterns = ["-", DASHED, (0, (1, 1)), (0, (5, 1.5, 1, 1.5)), (0, (2.5, 1)), (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2))]
    return [patterns[place % len(patterns)] for place in range(len(names))]


def _shade(place: int, count: int) -> Any:
    return "black" if count == 1 else matplotlib().colormaps["viridis"](0.85 * place / (count - 1))


def _label_noise(axes: Any, found: Curves) -> None:
    """Draw σ², once where all curves share it."""
    drawn: set[tuple[float, ...]] = set()
    for at, noise in zip(found.x, found.noise, strict=True):
        if noise.any() and tuple(noise) not in drawn:
            axes.plot(at, noise, label="_" if drawn else r"label noise $\sigma^2$", **NOISE)
            drawn.add(tuple(noise))


def _scales(axes: Any, found: Curves, straight: str) -> None:
    letters = ("x" if "x" not in straight and (found.x > 0).all() else "") + ("y" if "y" not in straight else "")
    logarithmic(axes, letters)
