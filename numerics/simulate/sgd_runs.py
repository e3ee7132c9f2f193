r"""Runs of one-pass SGD: on features whose spectrum is known, exact in law at O(M) a step, and as the textbook writes it.

Given a sketch S, features f = Sx have covariance A = SΛSᵀ with eigenvalues h, and labels are y = f·v* + ξ with ξ ~ N(0, s²)
independent of f, s² the label noise and what the sketch misses. In the eigenbasis of A, with u = h^½ (v − v*) and g ~ N(0, 1),

    u ← u − γ mean over the batch of h∘g (g·u − ξ),      risk = s² + |u|².

u is linear in its start −h^½ v* and in ξ: the two parts run on the same g, and their squares are bias and variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from numerics.simulate.samplers import Normals, draw_matrix
from theory.chain.layers import GaussianFeatures
from theory.dynamics.sgd.schedules.phases import Phase, n_steps, phases
from theory.errors import BadArgument

Array = NDArray[np.float64]
SKETCH = GaussianFeatures()
BLOCK = 2**15  # normal numbers drawn at once: few calls, and they stay in the cache
ILL_CONDITIONED = 1e-10  # h_min/h_max below which the squares in A have lost too many digits


class OnePass(Protocol):
    """What is read of an algorithm, `theory.OnePassSGD`: its declaration."""

    @property
    def batch(self) -> int:
        """B, samples a step."""

    @property
    def schedule(self) -> Any:
        """Of the step size, as `theory.dynamics.sgd.schedule.phases` takes it."""

    @property
    def log_base(self) -> float:
        """Of the schedule's logarithm."""

    @property
    def averaging(self) -> str | None:
        """None, "iterate" or "tail"."""


@dataclass(frozen=True)
class Pass:
    """One pass over the data, step by step.

    Attributes
    ----------
    batch : int
        B.
    phases : tuple of Phase
        The steps, at constant step size each.
    first_averaged : int or None
        The first of the iterates v_0 … v_{T−1} whose mean is taken; None for the last iterate v_T alone.
    """

    batch: int
    phases: tuple[Phase, ...]
    first_averaged: int | None

    @property
    def largest(self) -> float:
        """The largest step size over that of the first phase."""
        return max(phase.factor for phase in self.phases)


def one_pass(sgd: OnePass, n_samples: Any) -> Pass:
    """Return the steps of an algorithm on N samples.

    Raises
    ------
    ValueError
        If it declares no batch, schedule, log_base and averaging, N is not a finite number ≥ B, or the phases of the
        schedule do not fit.
    """
    if not all(hasattr(sgd, name) for name in ("batch", "schedule", "log_base", "averaging")):
        raise BadArgument("sgd", sgd, "a declaration of one-pass SGD", "give theory.OnePassSGD(...)")
    steps = n_steps(n_samples, sgd.batch)
    first = {None: None, "iterate": 0, "tail": steps // 2}[sgd.averaging]
    return Pass(sgd.batch, tuple(phases(steps, sgd.schedule, sgd.log_base)), first)


@dataclass(frozen=True, eq=False)
class Population:
    """Explicit modes, and sums over those that are left out.

    Attributes
    ----------
    eigenvalues, signal : ndarray of shape (n_modes,)
        λ > 0 and c λ.
    tail_trace, tail_signal : float
        Σ λ and Σ c λ of the others.
    """

    eigenvalues: Array
    signal: Array
    tail_trace: float = 0.0
    tail_signal: float = 0.0


@dataclass(frozen=True, eq=False)
class Features:
    """The features of a run, in the eigenbasis of their covariance.

    Attributes
    ----------
    eigenvalues, signal : ndarray of shape (n_features,)
        h, and h v*².
    approximation : float
        The variance of the noiseless target outside their span.
    tail_trace, tail_signal : float
        Σ h and signal of features too small to be learnt in time: their signal stays in the bias.
    """

    eigenvalues: Array
    signal: Array
    approximation: float = 0.0
    tail_trace: float = 0.0
    tail_signal: float = 0.0


def draw_features(population: Population, width: int | None, rng: np.random.Generator) -> Features:
    """Return the features Sx of a new sketch S, M × D with entries iid N(0, 1/M), or the population's own for M = None.

    Notes
    -----
    The target is averaged over the signs of w* in the eigenbasis of Λ, given A, which does not depend on them:
    h_i v*_i² = Σ_k c_k λ_k P_ki², P the left singular vectors of Λ^½Sᵀ. Expected risks are linear in these. Modes left
    out add (τ/M)·1 to A, right to O(M/D), and their signal to the approximation error.
    """
    if width is None:
        return Features(population.eigenvalues, population.signal, 0.0, population.tail_trace, population.tail_signal)
    n_modes, lift = len(population.eigenvalues), population.tail_trace / width
    rows = np.sqrt(population.eigenvalues)[:, None] * draw_matrix(SKETCH, Normals(rng), n_modes, width)
    eigenvalues, share = _spectrum(rows, population.signal)
    learnable = share * eigenvalues / (eigenvalues + lift)
    missed = 0.0 if width >= n_modes else population.signal.sum() + population.tail_signal - learnable.sum()
    return Features(eigenvalues + lift, learnable, max(float(missed), 0.0))


def _spectrum(rows: Array, signal: Array) -> tuple[Array, Array]:
    """Return squared singular values of `rows`, and the signal in the direction of each left singular vector."""
    n_modes, width = rows.shape
    if width < n_modes:  # by the smaller Gram matrix, several times faster
        eigenvalues, vectors = np.linalg.eigh(rows.T @ rows)
        if eigenvalues[0] > ILL_CONDITIONED * eigenvalues[-1]:
            return eigenvalues, signal @ (rows @ vectors) ** 2 / eigenvalues
    left, singular, _ = np.linalg.svd(rows, full_matrices=False)
    return singular**2, signal @ left**2


def stability(features: Features, step: float, batch: int) -> float:
    """Return Φ = (γ/B) Σ h/(2 − (1 + 1/B)γh), inf where a denominator is not positive: unstable from 1 on."""
    rest = 2.0 - (1.0 + 1.0 / batch) * step * features.eigenvalues
    if (rest <= 0).any():
        return float("inf")
    return float(step / batch * ((features.eigenvalues / rest).sum() + features.tail_trace / 2.0))


class Risks(NamedTuple):
    """What is left of the error in each run, for noise of variance s²: bias + 2 s mixed + s² variance.

    Attributes
    ----------
    bias, variance, mixed : ndarray of shape (trials,)
        Of the noiseless run; of unit noise alone; of the two together.
    """

    bias: Array
    variance: Array
    mixed: Array


def run(features: Features, schedule: Pass, step: float, trials: int, rng: np.random.Generator) -> Risks:
    """Return the risks of independent runs on the same features; numbers that overflow are inf or nan."""
    h, stays = features.eigenvalues, features.tail_signal
    error = np.zeros((2, trials, len(h)))  # u of the start and of unit noise
    error[0] = -np.sqrt(features.signal)
    total, place, first = np.zeros_like(error), 0, schedule.first_averaged
    with np.errstate(over="ignore", invalid="ignore"):
        for phase in schedule.phases:
            rate = step * phase.factor / schedule.batch * h
            for block in _blocks(phase.steps, trials * schedule.batch * len(h)):
                draws = rng.standard_normal((block, trials, schedule.batch, len(h)))
                noise = rng.standard_normal((block, 2 if stays else 1, trials, schedule.batch))
                for g, xi in zip(draws, noise, strict=True):
                    if first is not None and place >= first:
                        total += error
                    place += 1
                    residual = np.einsum("ptm,tbm->ptb", error, g)
                    residual[1] -= xi[0]
                    if stays:
                        residual[0] -= np.sqrt(stays) * xi[1]
                    change = np.einsum("ptb,tbm->ptm", residual, g)
                    change *= rate
                    error -= change
        if first is not None:
            error = total / (place - first)
        start, label = error
        return Risks((start**2).sum(axis=1) + stays, (label**2).sum(axis=1), (start * label).sum(axis=1))


def _blocks(steps: int, size: int) -> list[int]:
    """Return numbers of steps that add up to `steps`, with draws of one cache's size each."""
    length = max(1, BLOCK // size)
    whole, rest = divmod(steps, length)
    return [length] * whole + [rest] * (rest > 0)


def naive_sgd(
    sgd: OnePass, eigenvalues: Array, target: Array, sketch: Array | None, *, n_samples: float, step: float,
    noise: float, rng: np.random.Generator,
) -> float:
    """Return the test risk of one run of the textbook's loop, drawing every x: what `run` is held against.

    Parameters
    ----------
    sgd : OnePass
        Batch, schedule and averaging.
    eigenvalues, target : ndarray of shape (n_dims,)
        λ, and w* in the eigenbasis of Λ.
    sketch : ndarray of shape (n_dims, n_features) or None
        Sᵀ; None: no sketch.
    n_samples, step, noise : float
        N, γ of the first phase, σ².
    rng : Generator
        What is drawn from.
    """
    schedule, root = one_pass(sgd, n_samples), np.sqrt(eigenvalues)
    v = np.zeros(len(eigenvalues) if sketch is None else sketch.shape[1])
    total, place, first = np.zeros_like(v), 0, schedule.first_averaged
    for phase in schedule.phases:
        for _ in range(phase.steps):
            if first is not None and place >= first:
                total += v
            place += 1
            x = root * rng.standard_normal((schedule.batch, len(root)))
            y = x @ target + np.sqrt(noise) * rng.standard_normal(schedule.batch)
            f = x if sketch is None else x @ sketch
            v = v - step * phase.factor / schedule.batch * (f @ v - y) @ f
    if first is not None:
        v = total / (place - first)
    error = target - (v if sketch is None else sketch @ v)
    return float(noise + eigenvalues @ error**2)
