r"""Modes of the features' covariance, and what one step of SGD does to them.

With y_i = Σ h C over the modes of a node (eigenvalue h, n modes, C = E(v−v*)²), Gaussian data, batch B and step γ,

    y ← (1 − δ) y + g (Σ y + s²),     risk = s² + Σ y,

where loss δ and kick g are those that `theory.dynamics.sgd.moments` derives from the update rule.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from theory.dynamics.sgd.moments import coefficients
from theory.errors import BadArgument

Array = NDArray[np.float64]
LARGEST = 1e140  # factor by which a mode may grow in one step
SMALLEST = 1e-280  # what a mode makes of a unit of noise in one step, if anything


@dataclass(frozen=True)
class Modes:
    """Weighted modes of the features' covariance.

    Attributes
    ----------
    eigenvalues : ndarray of shape (n_nodes,)
        h ≥ 0.
    counts : ndarray of shape (n_nodes,)
        n > 0 modes each.
    signal : ndarray of shape (n_nodes,)
        Σ h v*² of them: y at the start, from v = 0.
    tail_trace : float
        Σ h of modes too small to be learnt: they only make noise.
    tail_signal : float
        Their signal, which stays.
    """

    eigenvalues: Array
    counts: Array
    signal: Array
    tail_trace: float = 0.0
    tail_signal: float = 0.0


@functools.cache
def _derived() -> Any:
    one = coefficients()
    return one.compiled(one.loss, one.kick, one.forget, one.spread)


@dataclass(frozen=True)
class Pole:
    """A point z₀ right of what a contour is to enclose.

    Attributes
    ----------
    rate : float
        1 − z₀; negative where something grows.
    at : float
        z₀.
    gaps : ndarray of shape (n_nodes,)
        z₀ − d.
    """

    rate: float
    at: float
    gaps: Array

    @property
    def logarithm(self) -> float:
        """Ln z₀."""
        return float(np.log1p(-self.rate)) if self.rate < 0.5 else math.log(self.at)


@dataclass(frozen=True)
class OneStep:
    """One step at γ for every node: y ← (1 − loss) y + kick (Σ y + s²), and E(v−v*) ← (1 − forget) E(v−v*).

    Attributes
    ----------
    loss, kick, forget : ndarray of shape (n_nodes,)
        δ, g and 1 − a.
    spread : ndarray of shape (n_nodes,)
        1 − δ − a² ≥ 0: what a mode keeps beyond its mean.
    """

    loss: Array
    kick: Array
    forget: Array
    spread: Array

    @functools.cached_property
    def keep(self) -> Array:
        """D = 1 − δ ≥ 0, without cancellation."""
        return np.where(self.loss < 0.5, 1.0 - self.loss, (1.0 - self.forget) ** 2 + self.spread)

    @functools.cached_property
    def log_keep(self) -> Array:
        """Ln d."""
        near = np.abs(self.loss) < 0.5
        with np.errstate(divide="ignore"):
            found: Array = np.where(near, np.log1p(-np.where(near, self.loss, 0.0)), np.log(np.where(near, 1.0, self.keep)))
        return found

    @functools.cached_property
    def slowest(self) -> Pole:
        """The slowest decay (or fastest growth) z* of all modes together, G(z*) = Σ g/(z*−d) = 1.

        End corrections of quadratures have negative weights: those left of it count.
        """
        used = self.kick > 0
        place = int(np.flatnonzero(used)[self.loss[used].argmin()])
        least = float(self.loss[place])
        others, weight = self.loss - least, self.kick[used]

        def excess(log_distance: float) -> float:
            return math.log(float((weight / (others[used] + math.exp(log_distance))).sum()))

        low, high = math.log(weight[others[used] == 0].sum()) - 1.0, math.log(weight.sum()) + 1.0
        distance = math.exp(brentq(excess, low, high, xtol=1e-15, rtol=4 * np.finfo(float).eps))
        kick = np.where(used | (others > -0.5 * distance), self.kick, 0.0)
        for _ in range(4):  # Newton on 1/G, nearly linear in the distance
            terms = kick / np.where(kick, others + distance, 1.0)
            total = terms.sum()
            distance += float((total - 1.0) * total / (terms / np.where(kick, others + distance, 1.0)).sum())
        return Pole(least - distance, float(self.keep[place]) + distance, others + distance)

    def rightmost(self, state: Array, fixed: bool) -> Pole:
        """Return the rightmost of z*, all d that occur in a state or in G, and 1 if it is `fixed`."""
        occurs = (state != 0) | (self.kick != 0)
        place = int(np.where(occurs, self.loss, np.inf).argmin())
        found = Pole(float(self.loss[place]), float(self.keep[place]), self.loss - self.loss[place])
        if self.slowest.rate <= found.rate:
            found = self.slowest
        if fixed and found.rate > 0:
            found = Pole(0.0, 1.0, self.loss)
        return replace(found, gaps=np.where(occurs, found.gaps, 1.0))

    @functools.cached_property
    def _pulls(self) -> tuple[Array, Array]:
        """g/(z*−d) of the nodes that count for z*, and g of the others."""
        counted = (self.kick > 0) | ((self.kick < 0) & (self.slowest.gaps > 0))
        return np.where(counted, self.kick / np.where(counted, self.slowest.gaps, 1.0), 0.0), np.where(counted, 0.0, self.kick)

    def escaping(self, inverse: Any, turn: Any, around: Pole) -> Any:
        """Return 1 − G(z) at z = z₀ + turn from 1/(z−d): as (z − z*) Σ g/((z−d)(z*−d)), which does not cancel."""
        pulls, corrections = self._pulls
        return (turn[:, 0] + (self.slowest.rate - around.rate)) * (inverse @ pulls) - inverse @ corrections


def one_step(modes: Modes, step: float, batch: float) -> OneStep:
    """Return what a step does to every node.

    Raises
    ------
    ValueError
        For steps so large, or so small, that what one of them does leaves the range of doubles.
    """
    top = float(modes.eigenvalues.max())
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        loss, kick, forget, spread = _derived()(modes.eigenvalues, step, batch)
        kick = modes.counts * np.where(kick > SMALLEST, kick, 0.0)
        within = all(np.all(np.abs(each) < LARGEST) for each in (loss, kick, forget**2, spread))
    if not within:
        limit = f"such that no mode grows by {LARGEST:g} in one step (the largest eigenvalue is {top:g})"
        raise BadArgument("step", step, limit, "lower it")
    if not kick.any():
        limit = f"such that one step makes noise: (γh)²/B is below {SMALLEST:g} (the largest eigenvalue h is {top:g})"
        raise BadArgument("step", step, limit, "raise it, or lower the batch")
    return OneStep(loss, kick, forget, spread)
