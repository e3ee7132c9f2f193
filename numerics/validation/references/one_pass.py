"""One-pass SGD as a linear map, step by step, in extended precision: the reference of the contours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import matrix, mp, mpf

DIGITS = 60


@dataclass(frozen=True)
class Run:
    """A population of few modes, and how it is trained; floats are taken as they are."""

    eigenvalues: tuple
    counts: tuple
    signal: tuple
    step: float
    batch: int
    phases: tuple = ()  # (steps, factor)
    still: float = 0.0  # signal that is not learnt

    def one_step(self, factor: Any) -> Any:
        """Return the matrix of y ← (1 − 2γh + γ²(1+1/B)h²) y + n γ²h²/B (Σy + s²), with s² as the last coordinate."""
        n, gamma = len(self.eigenvalues), mpf(self.step * factor)
        made = mp.eye(n + 1)
        for i, (h, count) in enumerate(zip(map(mpf, self.eigenvalues), map(mpf, self.counts), strict=True)):
            made[i, i] -= 2 * gamma * h - gamma**2 * (1 + mpf(1) / self.batch) * h**2
            for j in range(n + 1):
                made[i, j] += count * gamma**2 * h**2 / self.batch
        return made

    def start(self, noise: Any) -> Any:
        """Return y and s²: the bias begins with the signal and the variance with nothing."""
        return matrix([*map(mpf, self.signal if noise is None else [0.0] * len(self.signal)), mpf(noise or self.still)])

    def last(self, noise: Any = None) -> Any:
        """Return Σ y after all phases: of the bias, or of the variance at a noise."""
        with mp.workdps(DIGITS):
            state = self.start(noise)
            for steps, factor in self.phases:
                state = self.one_step(factor) ** steps * state
            return sum(state[:-1])

    def mean(self, steps: Any, burn: Any = 0, noise: Any = None) -> Any:
        """Return Σ ȳ of the mean of T iterates after `burn` steps: y, Σ_{s<t} a^{t−s} y_s, Σ_t (y_t + 2 of that), together."""
        n = len(self.eigenvalues)
        with mp.workdps(DIGITS):
            one = self.one_step(1.0)
            state = one**burn * self.start(noise)
            whole = mp.zeros(3 * n + 1)
            for i, h in enumerate(map(mpf, self.eigenvalues)):
                a = 1 - mpf(self.step) * h
                for j in range(n + 1):
                    whole[i, j if j < n else 3 * n] = one[i, j]
                whole[n + i, i] = whole[n + i, n + i] = a
                whole[2 * n + i, i] = whole[2 * n + i, 2 * n + i] = 1
                whole[2 * n + i, n + i] = 2
            whole[3 * n, 3 * n] = 1
            state = whole**steps * matrix([*state[:n], *[0] * (2 * n), state[n]])
            return sum(state[2 * n : 3 * n]) / mpf(steps) ** 2


def stepwise(run: Any, noise: Any = None) -> Any:
    """Return the same as `last`, as a loop over plain arrays."""
    with mp.workdps(DIGITS):
        *_, last = iterates(run, noise)
        return last.sum()


def mean_stepwise(run: Any, noise: Any = None) -> Any:
    """Return the same as `mean` without a burn-in, over all steps of the phases."""
    with mp.workdps(DIGITS):
        *before, _ = iterates(run, noise)
        memory = total = 0 * before[0]
        for y in before:
            total = total + y + 2 * memory
            memory = (1 - mpf(run.step) * np.array([mpf(h) for h in run.eigenvalues])) * (memory + y)
        return total.sum() / mpf(len(before)) ** 2


def iterates(run: Any, noise: Any) -> Any:
    """Yield y from the start to the end of all phases, at the ambient precision."""
    h, n, y = (np.array([mpf(x) for x in xs]) for xs in (run.eigenvalues, run.counts, run.signal))
    y, source = (y, mpf(run.still)) if noise is None else (0 * y, mpf(noise))
    yield y
    for steps, factor in run.phases:
        gamma = mpf(run.step * factor)
        keep, kick = (1 - gamma * h) ** 2 + gamma**2 * h**2 / run.batch, n * gamma**2 / run.batch * h**2
        for _ in range(steps):
            y = keep * y + kick * (y.sum() + source)
            yield y


def two_times(run: Any, steps: Any, burn: Any = 0, noise: Any = None) -> Any:
    """Return the same as `mean`, by its definition: T⁻² Σ_{s,t} a^{|t−s|} y_min(s,t)."""
    with mp.workdps(DIGITS):
        one = run.one_step(1.0)
        state, total = one**burn * run.start(noise), mpf(0)
        for s in range(steps):
            for i, h in enumerate(map(mpf, run.eigenvalues)):
                a = 1 - mpf(run.step) * h
                total += state[i] * (1 + 2 * sum(a**t for t in range(1, steps - s)))
            state = one * state
        return total / mpf(steps) ** 2
