"""The two-point functions by brute force: plain sums and differences, divided differences of traces, any number.

Independent of the package's evaluation: κ by Newton's iteration along a fine vertical path, on plain complements 1 − d/n; terms
by triples through the layers' declarations, sub-chains and Möbius inversion, as the derivation has it, with its cancellations.
"""

from __future__ import annotations

import itertools
from typing import Any

import mpmath
import numpy as np

from theory.chain.algebras.own import Own
from theory.chain.algebras.polarise import Triple, training_correlation
from theory.chain.layers import Level
from theory.chain.places import seen, walk


def stack(layers: Any, parameters: Any, population: Any, noise: Any) -> Any:
    """Return the levels for parameters given in plain arithmetic, one for each layer.

    Parameters
    ----------
    layers, parameters : sequence
        Innermost first.
    population, noise : Level, number
        The innermost level, and σ².
    """
    return walk(layers, lambda place, _: Own(parameters[place], layers[place].sized), population, noise)


class Listed:
    """Modes in arrays (complex), or in lists of mpf (`number=mpmath.mpf`)."""

    def __init__(self, task: Any, number: Any = float) -> None:
        self.eigenvalues, self.target_power = (np.array([number(v) for v in part.tolist()]) for part in task.explicit())
        self.size = number(float(task.size))

    def population(self, kappa: Any, primed: Any) -> Any:
        """Return the innermost level at two points, single ones or arrays that broadcast."""
        axes = (-1, *(1,) * max(np.ndim(kappa), np.ndim(primed)))
        eigenvalues, power = self.eigenvalues.reshape(axes), self.target_power.reshape(axes)
        g, g_, signal = 1 / (eigenvalues + kappa), 1 / (eigenvalues + primed), eigenvalues * power
        dof = Triple((eigenvalues * g).sum(0), (eigenvalues * g_).sum(0), -(eigenvalues * g * g_).sum(0))
        loss = Triple(kappa * (signal * g).sum(0), primed * (signal * g_).sum(0), (signal * eigenvalues * g * g_).sum(0))
        size = Triple.constant(self.size)
        return Level(Triple(kappa, primed, 1), dof, 1 - dof / size, loss, size)


def ridge(model: Any, modes: Any, parameters: Any, kappa: Any) -> Any:
    """Return s(κ) and its derivative."""
    level = modes.population(kappa, kappa)
    outside = stack(model.slots.layers, [Triple.constant(p) for p in parameters], level, Triple.constant(0 * kappa))[-1]
    return outside.ridge.value, outside.ridge.delta


def kappa_at(model: Any, modes: Any, parameters: Any, s: Any, step: Any = 0.8) -> Any:
    """Return κ(s) at an array of complex s off the axis, along vertical paths from far above in fine steps."""
    above = np.where(s.imag < 0, s.conj(), s)
    total = float(modes.eigenvalues.sum())
    height = 1e3 * (np.abs(s) + total + sum(total / float(p) + float(p) for p in parameters if float(p) != np.inf))
    count = int(np.ceil(np.log(height / above.imag).max() / -np.log(step)))
    kappa = above.real + 1j * height
    for part in np.linspace(0, 1, count + 1):
        target = above.real + 1j * np.exp((1 - part) * np.log(height) + part * np.log(above.imag))
        for _ in range(12):
            value, slope = ridge(model, modes, parameters, kappa)
            kappa = kappa - (value - target) / slope
            if (np.abs(value - target) < 1e-9 * np.abs(target)).all() and part < 1:
                break
    return np.where(s.imag < 0, kappa.conj(), kappa)


def polished(model: Any, modes: Any, parameters: Any, s: Any, kappa: Any) -> Any:
    """Return κ(s) to the ambient precision of mpmath, from a guess."""
    kappa = mpmath.mpmathify(kappa)
    for _ in range(60):
        value, slope = ridge(model, modes, parameters, kappa)
        change = (value - s) / slope
        kappa = kappa - change
        if abs(change) < abs(kappa) * mpmath.mpf(10) ** (5 - mpmath.mp.dps):
            return kappa
    raise ArithmeticError(f"no κ at {s}: {change}")


def terms(model: Any, modes: Any, parameters: Any, kappa: Any, primed: Any, noise: Any, ensemble: Any = 1) -> Any:
    """Return every term at two points, by Möbius inversion over the sources."""
    slots = model.slots
    parameters = [Triple.constant(p) for p in parameters]
    sigma2 = Triple.constant(noise)
    rows = slots.data
    inner = slots.layers if rows is None else slots.layers[:-1]
    levels = stack(inner, parameters[: len(inner)], modes.population(kappa, primed), sigma2)

    def kept(prefix: Any, samples: Any, labels: Any) -> Any:
        level = levels[slots.prefixes[prefix]]
        if not samples:
            return training_correlation(level.loss, level.ridge)
        own, label = Own(parameters[-1]), sigma2 if labels else sigma2 * 0
        outside = rows.layer.outside(level, own, label)
        return training_correlation(outside.loss, outside.ridge) * rows.layer.gain(level, outside, own) - label.value

    if rows is None:
        train = training_correlation(levels[-1].loss, levels[-1].ridge) + noise
        test = train
    else:
        outside = rows.layer.outside(seen(rows.layer, levels[-1], levels[0]), Own(parameters[-1]), sigma2)
        train = training_correlation(outside.loss, outside.ridge)
        test = train * rows.layer.gain(levels[-1], outside, Own(parameters[-1]))
    if slots.pooled:
        return {"test": test, "train": train, "gap": test - train, "excess": test}
    names = [slot.name for slot in slots.features]
    made: dict[Any, Any] = {"bias": kept(0, False, False)}
    for p in range(len(names) + 1):
        for samples, labels in ((False, False), (True, False), (True, True)):
            if (samples and rows is None) or not (p or samples):
                continue
            sources = [*range(p), *(["samples"] if samples else []), *(["labels"] if labels else [])]
            total = 0
            for n in range(len(sources) + 1):
                for subset in itertools.combinations(sources, n):
                    reach = next((q for q in range(p) if q not in subset), p)
                    with_rows = "samples" in subset
                    value = kept(reach, with_rows, with_rows and "labels" in subset)
                    total = total + (-1) ** (len(sources) - n) * value
            key = (*([rows.name] if samples else []), *names[:p], *(["noise"] if labels else []))
            made[key] = total / (ensemble if p else 1)
    excess = sum(made.values())
    test, share = excess + noise, train / test
    return {"test": test, "train": test * share, "gap": test * (1 - share), "excess": excess, **made}
