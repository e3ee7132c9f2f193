"""Many related regressions from data that packages ship: whether a prior estimated from some of them helps on the others.

Birth rates of countries (statsmodels, from the World Bank's): each a sum of cosines in time, seen in a few years. Photographs
(scikit-image): in each patch a pixel from its neighbours above and to the left, learnt from a few pixels. Coefficients are
counted from those of one regression for all known tasks, since a prior of mean zero is about what they do not share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from numerics.data.images import images
from numerics.data.sets import optional
from numerics.meta.estimate import estimate_coefficients
from numerics.meta.tasks import Array
from numerics.montecarlo.trials import Estimate, generator
from numerics.papers.parts import Part
from numerics.pictures.panels import Curve, Panel, Points

WAVES = 12                # of time, the constant among them
EDGE, REACH = 16, 2       # of a patch; of the neighbours
FLAT = 1e-3               # contrast below which a patch is not scaled up
FAINT = 0.02              # noise below which it is not
RIDGES = np.geomspace(1e-7, 100.0, 46)
PLAIN, COMMON, HAND = "plain ridge", "one for all", "ridge by hand"
ESTIMATES = {"squared loss": "squared", "likelihood": "likelihood"}  # repaired both; σ² is that of the likelihood


@dataclass(frozen=True, eq=False)
class Related:
    """Regressions of one kind.

    Attributes
    ----------
    name, words : str
        What they are.
    inputs, outputs : ndarray of shape (n_tasks, n_rows, p) and (n_tasks, n_rows)
        All rows.
    counts : tuple of int
        How many rows of a task are seen.
    penalty : ndarray of shape (p,), optional
        Weights that one would choose without other tasks.
    """

    name: str
    words: str
    inputs: Array
    outputs: Array
    counts: tuple[int, ...]
    penalty: Array | None = None


def births() -> Related:
    """Return the birth rates of 192 countries in 52 years."""
    table = optional("statsmodels.datasets").fertility.load_pandas().data
    rates = table[[str(year) for year in range(1960, 2012)]].to_numpy(dtype=np.float64)
    rates = rates[np.isfinite(rates).all(axis=1)]
    time = (np.arange(rates.shape[1]) + 0.5) / rates.shape[1]
    waves = np.sqrt(2.0) * np.cos(np.pi * np.outer(time, np.arange(WAVES)))
    waves[:, 0] = 1.0
    inputs = np.broadcast_to(waves, (len(rates), *waves.shape))
    words = f"birth rates of {len(rates)} countries in {time.size} years, {WAVES} cosines in time"
    return Related("birth rates", words, inputs, rates, (4, 8, 16), 1.0 + np.arange(WAVES, dtype=np.float64) ** 4)


def photographs(seed: int, most: int) -> Related:
    """Return pixels of patches of photographs, with the twelve neighbours from which a scan knows them."""
    patches = images("photos", EDGE).reshape(-1, EDGE, EDGE)
    patches = patches[generator(seed, 0).permutation(len(patches))[:most]]
    patches = patches - patches.mean(axis=(1, 2), keepdims=True)
    patches = patches / np.maximum(patches.std(axis=(1, 2), keepdims=True), FLAT)
    steps = [(down, along) for down in range(-REACH, 1) for along in range(-REACH, REACH + 1) if (down, along) < (0, 0)]
    inside = slice(REACH, EDGE - REACH)
    shifted = [np.roll(patches, (-down, -along), axis=(1, 2))[:, REACH:, inside].reshape(most, -1) for down, along in steps]
    words = f"pixels of {most} patches of photographs from their {len(steps)} neighbours above and to the left"
    return Related("photographs", words, np.stack(shifted, axis=2), patches[:, REACH:, inside].reshape(most, -1), (5, 10, 30))


def levelled(seed: int, most: int) -> Related:
    """Return the same, each patch divided by what regression on all its pixels leaves, which one would not know."""
    related = photographs(seed, most)
    left = []
    for X, y in zip(related.inputs, related.outputs, strict=True):
        left.append((y - X @ np.linalg.lstsq(X, y)[0]).std())
    scale = 1.0 / np.maximum(left, FAINT)[:, None]
    return Related("photographs of equal noise", f"{related.words}, divided by what regression on all of a patch leaves",
                   related.inputs * scale[:, :, None], related.outputs * scale, related.counts)  # fmt: skip


SOURCES: dict[str, tuple[tuple[str, ...], Callable[[int, int], Related]]] = {
    "birth rates": (("statsmodels",), lambda seed, most: births()),
    "photographs": (("skimage", "sklearn"), photographs),
    "photographs of equal noise": (("skimage", "sklearn"), levelled),
}


@dataclass(frozen=True, eq=False)
class Measured:
    """What became of one kind of them.

    Attributes
    ----------
    name, words : str
        As of `Related`.
    errors : mapping
        For each number of rows that are seen, the mean squared error of each method on each new task; shape (n_new,), the mean
        over splits. Empty where a package is missing.
    """

    name: str
    words: str
    errors: Mapping[int, Mapping[str, Array]]


def measure(seed: int, most: int, splits: int) -> list[Measured]:
    """Return the errors on all of them: half of the tasks known, half new, only some rows seen of either; on the other rows.

    Parameters
    ----------
    seed : int
        Of all draws.
    most : int
        Patches of photographs.
    splits : int
        Into known and new tasks.
    """
    found = []
    for name, (packages, make) in SOURCES.items():
        if lacking := [package for package in packages if find_spec(package) is None]:
            found.append(Measured(name, f"not installed: {', '.join(lacking)}", {}))
            continue
        found.append(learnt(make(seed, most), seed, splits))
    return found


def learnt(related: Related, seed: int, splits: int) -> Measured:
    """Return the errors on one kind of tasks; see `measure`."""
    errors = {}
    for n in related.counts:
        tables = [_split(related, n, generator(seed, 1 + split)) for split in range(splits)]
        new = np.isfinite([table[PLAIN] for table in tables]).any(axis=0)
        errors[n] = {key: np.nanmean([table[key][new] for table in tables], axis=0) for key in tables[0]}
    return Measured(related.name, related.words, errors)


def part(found: Sequence[Measured]) -> Part:
    """Return their errors against the rows that are seen, as panels."""
    panels = []
    for each in found:
        curves = []
        for method in next(iter(each.errors.values()), ()):
            points = Points.of(list(each.errors), [Estimate(errors[method]) for errors in each.errors.values()])
            curves.append(Curve(method, points.x, points.y, points))
        if curves:
            panels.append(Panel(each.name, tuple(curves)))
    return Part("real", "Real tasks, half of them known", tuple(panels), None, "rows of a task", up="error")


def _split(related: Related, n: int, rng: np.random.Generator) -> Mapping[str, Array]:
    """Return the errors of each method on the tasks that are new, NaN on the others."""
    count, rows, p = related.inputs.shape
    order, half = rng.permutation(count), count // 2
    places = np.array([rng.permutation(rows) for _ in range(count)])
    known, new = order[:half], order[half:]

    def of(tasks: NDArray[np.intp], part: slice) -> tuple[Array, Array]:
        at = places[tasks][:, part]
        return np.take_along_axis(related.inputs[tasks], at[..., None], 1), np.take_along_axis(related.outputs[tasks], at, 1)

    seen, rest = slice(n), slice(n, None)
    inputs, outputs = of(known, seen)
    common = np.linalg.lstsq(inputs.reshape(-1, p), outputs.ravel())[0]

    def less(pair: tuple[Array, Array]) -> tuple[Array, Array]:
        return pair[0], pair[1] - pair[0] @ common

    old, judged, fresh, hidden = less((inputs, outputs)), less(of(known, rest)), less(of(new, seen)), less(of(new, rest))
    errors = {COMMON: _errors(np.zeros((len(new), p)), hidden)}
    for name, penalty in ((PLAIN, np.ones(p)), (HAND, related.penalty)):
        if penalty is not None:
            tried = [_errors(_ridge(old, ridge * penalty), judged).mean() for ridge in RIDGES]
            errors[name] = _errors(_ridge(fresh, RIDGES[int(np.argmin(tried))] * penalty), hidden)
    noise = None
    for name, loss in reversed(ESTIMATES.items()):
        estimate = estimate_coefficients(*old, noise=noise, loss=loss)
        noise = estimate.noise
        errors[name] = _errors(estimate.predict(*fresh), hidden)
    found = {}
    for name, values in errors.items():
        found[name] = np.full(count, np.nan)
        found[name][new] = values
    return found


def _ridge(tasks: tuple[Array, Array], penalty: Array) -> Array:
    """Return coefficients of each task, shape (n_tasks, p)."""
    X, y = tasks
    turned = X.transpose(0, 2, 1)
    found: Array = np.linalg.solve(turned @ X + X.shape[1] * np.diag(penalty), turned @ y[..., None])[..., 0]
    return found


def _errors(coefficients: Array, tasks: tuple[Array, Array]) -> Array:
    """Return the mean squared error of each task."""
    X, y = tasks
    found: Array = ((y - np.einsum("lnp,lp->ln", X, coefficients)) ** 2).mean(axis=1)
    return found
