"""A ladder of sizes: one setting at several sizes in proportion, which the theory cannot tell apart.

Every size times s, every mode of the population s times over with its power shared among the copies,

    P → sP,   N → sN,   (λ_k, c_k) → s × (λ_k, c_k/s),

leaves d/P, d/N, κ and every risk as they are: what changes with s is the finite-size remainder alone. Downward, by 1/m,
neighbouring modes merge m to one, of their mean eigenvalue and their whole signal; the theory is then that of the merged
modes. Kernel eigenvalues of nonlinear features go like λ/tr Σ, and so does their ridge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from numerics.simulate.declared import Model
from theory.errors import BadArgument
from theory.spectra.base import Spectrum
from theory.spectra.discrete import Discrete

COPIES = ((40, (1.0, 3.0)), (96, (1.0, 2.0)))  # the ladder up to a largest size; beyond, (1/2, 1)


def default_scales(largest: float) -> tuple[float, ...]:
    """Return two sizes for a setting whose largest size is given: small settings are drawn larger, large ones smaller."""
    for limit, scales in COPIES:
        if largest <= limit:
            return scales
    return (0.5, 1.0)


def check_scales(scales: Any) -> tuple[float, ...]:
    """Return the scales in ascending order.

    Raises
    ------
    ValueError
        If they are not two or more different integers or inverses of integers.
    """
    try:
        values = sorted(float(scale) for scale in scales)
    except (TypeError, ValueError):
        values = []
    if len(values) < 2 or len(set(values)) < len(values) or not all(_whole(scale) for scale in values):
        raise BadArgument("scales", scales, "two or more different integers or inverses of integers", "give for example (1, 2)")
    return tuple(values)


def _whole(scale: float) -> bool:
    if not 0 < scale < np.inf:
        return False
    factor = max(scale, 1 / scale)
    return abs(factor - round(factor)) < 1e-9


def population(task: Spectrum, scale: float) -> Spectrum:
    """Return the population at `scale` times its size: an integer, or the inverse of one.

    Raises
    ------
    ValueError
        If the spectrum is infinite.
    """
    if not isinstance(task, Spectrum):
        raise BadArgument("task", task, "a spectrum", "give Discrete(...), PowerLaw(...).truncate(n) or another Spectrum")
    if not np.isfinite(task.size):
        raise BadArgument(
            "task", task, "a finite spectrum, for a simulation draws its modes", "truncate it: task.truncate(800)"
        )
    if scale == 1:
        return task
    eigenvalues, power = task.explicit()
    if scale > 1:
        copies = round(scale)
        return Discrete(np.repeat(eigenvalues, copies), np.repeat(power, copies) / copies)
    order = np.argsort(-eigenvalues, kind="stable")
    starts = np.arange(0, len(order), round(1 / scale))
    count = np.diff(starts, append=len(order))
    means = np.add.reduceat(eigenvalues[order], starts) / count
    signals, powers = (np.add.reduceat(values[order], starts) for values in (eigenvalues * power, power))
    return Discrete(means, np.divide(signals, means, out=powers, where=means > 0))


def sizes_at(model: Model, setting: Mapping[str, Any], scale: float) -> dict[str, int]:
    """Return the finite sizes of a setting at `scale`, by keyword."""
    keywords = [slot.keyword for slot in model.slots.sizes]
    return {keyword: max(1, round(setting[keyword] * scale)) for keyword in keywords}


def ridge_unit(model: Model, task: Spectrum, scaled: Spectrum) -> float:
    """Return the ridge at the scaled population that stands for 1 at the original one."""
    return task.total_variance / scaled.total_variance if model.nonlinear is not None else 1.0


def settings_of(grid: Any) -> list[dict[str, Any]]:
    """Return the settings of a grid, one dict of scalars each: a sequence of dicts, or one dict of arrays (broadcast).

    Raises
    ------
    ValueError
        If there is none, or the arrays do not broadcast.
    """
    admissible, remedy = "a sequence of dicts, or one dict of arrays", "give for example [{'n_samples': 30, 'ridge': 0.1}]"
    if isinstance(grid, Mapping):
        try:
            arrays = np.broadcast_arrays(*(np.asarray(value) for value in grid.values()))
        except ValueError:
            raise BadArgument("grid", grid, "of arrays that broadcast", "reshape them as NumPy arrays") from None
        found = [dict(zip(grid, values, strict=True)) for values in zip(*(array.ravel() for array in arrays), strict=True)]
    elif isinstance(grid, Sequence) and all(isinstance(setting, Mapping) for setting in grid):
        found = [dict(setting) for setting in grid]
    else:
        raise BadArgument("grid", grid, admissible, remedy)
    if not found or not all(found):
        raise BadArgument("grid", grid, "of one setting at least", remedy)
    return [{name: _plain(name, value) for name, value in setting.items()} for setting in found]


def _plain(name: str, value: Any) -> Any:
    """Return a number as Python's own, sizes and K as integers where they are."""
    if np.ndim(value):
        raise BadArgument(name, value, "one number in each setting", "give one dict of arrays to broadcast them")
    plain = value.item() if isinstance(value, np.generic | np.ndarray) else value
    counts = name == "ensemble" or name.startswith("n_")
    return int(plain) if counts and isinstance(plain, float) and plain.is_integer() else plain
