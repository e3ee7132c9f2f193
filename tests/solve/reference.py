"""The fixed point by brute force: plain sums over the modes, plain differences 1 − d/n, hundreds of digits.

Independent of the solver: it runs each layer's own formula outwards from κ (κ·t, κ·t/vacancy, κ_in − μ²), solves
λ(κ) = λ by Newton's method in logarithms, and accepts a root only if it reproduces λ to 40 digits with every
complement positive.
"""

from __future__ import annotations

from dataclasses import dataclass

import mpmath
import numpy as np

from theory.spectra.base import Spectrum

GAUSSIAN, HAAR, NOISE = "gaussian", "haar", "noise"
ZERO = mpmath.mpf(10) ** -1200  # stands for λ → 0⁺


class Explicit(Spectrum):
    """Distinct eigenvalues with multiplicities, summed as the interface asks: a stand-in for any finite spectrum."""

    def __init__(self, eigenvalues, counts, zeros=0):
        order = np.argsort(-np.asarray(eigenvalues, float))
        self.eigenvalues = np.asarray(eigenvalues, float)[order]
        self.counts = np.asarray(counts, float)[order]
        self.rank = float(self.counts.sum())
        self.size = self.rank + zeros
        self.smallest = float(self.eigenvalues[-1])
        self.total_variance = float(self.eigenvalues @ self.counts)
        self.signal = 1.0
        self.calls = 0

    def _moments(self, kappa, orders):
        x = self.eigenvalues / (self.eigenvalues + kappa[..., None])
        y = kappa[..., None] / (self.eigenvalues + kappa[..., None])
        return tuple((self.counts * x**i * y**j).sum(-1) for i, j, _ in orders)

    def excess(self, kappa, n):
        self.calls += kappa.size
        total = self.eigenvalues + kappa[:, None]
        x, y = self.eigenvalues / total, kappa[:, None] / total
        learnt = self.eigenvalues > kappa[:, None]
        whole = (self.counts * learnt).sum(1) - n
        return whole + (self.counts * np.where(learnt, -y, x)).sum(1), (self.counts * x * y).sum(1)

    _moments_precise = truncate = nodes = None  # not needed by the solver in doubles

    def explicit(self):
        listed = np.repeat(self.eigenvalues, self.counts.astype(int))
        return np.concatenate((listed, np.zeros(int(self.size - self.rank)))), np.ones(int(self.size))


@dataclass(frozen=True)
class Exact:
    """κ, d, 1 − d/D and the pairs, as mpf."""

    kappa: object
    dof: object
    vacancy: object
    pairs: tuple


class Precise:
    """λ(κ) of one chain in mpmath, with its logarithmic derivative."""

    def __init__(self, spectrum, kinds, parameters):
        self.modes = [(mpmath.mpf(float(e)), mpmath.mpf(float(c)))
                      for e, c in zip(spectrum.eigenvalues, spectrum.counts, strict=True)]
        self.size = mpmath.mpf(float(spectrum.size))
        self.scale = mpmath.mpf(spectrum.total_variance)
        self.kinds = kinds
        self.parameters = [mpmath.mpf(float(p)) for p in parameters]

    def outward(self, kappa):
        """Return λ, dlnλ/dlnκ, d, 1 − d/D, the pairs, and the largest logarithmic slope of a complement."""
        d = q = mpmath.mpf(0)
        for eigenvalue, count in self.modes:
            x = eigenvalue / (eigenvalue + kappa)
            d += count * x
            q += count * x * (1 - x)
        ridge, gain, n, one = kappa, mpmath.mpf(1), self.size, mpmath.mpf(1)
        first, population = d, 1 - d / n
        if population == 0:
            return mpmath.mpf(0), one, first, population, [(one, population)], one
        vacancy, vacancy_gain, pairs, steepest = population, q / (n - d), [], mpmath.mpf(0)
        for kind, parameter in zip(self.kinds, self.parameters, strict=True):
            if kind == NOISE and parameter == 0:
                pairs.append((parameter, one))
                continue
            if kind == NOISE:
                outer = ridge - parameter
                share, rest = parameter / ridge, outer / ridge
                rest_gain = gain * share / rest if outer else one
                vacancy_gain += rest_gain
                vacancy *= rest
                d, q = n * share + rest * d, n * vacancy * vacancy_gain
                pairs.append((share, rest))
                ridge, gain = outer, gain + rest_gain
                steepest = max(steepest, rest_gain)
                continue
            t = 1 - d / parameter
            pairs.append((1 - t, t))
            if t == 0 or vacancy == 0:
                return mpmath.mpf(0), one, first, population, pairs, one
            t_gain = q / (parameter * t)
            ridge *= t
            gain += t_gain
            if kind == HAAR:
                ridge /= vacancy
                gain -= vacancy_gain
            n, vacancy, vacancy_gain = parameter, t, t_gain
            steepest = max(steepest, t_gain)
        return ridge, gain, first, population, pairs, steepest

    def admissible(self, result):
        ridge, gain, _, _, pairs, _ = result
        return ridge > 0 and gain > 0 and all(t > 0 for _, t in pairs)

    def solve(self, ridge, start):
        """Return the exact solution at λ ≥ 0, looking near `start` first, else everywhere."""
        target = mpmath.mpf(float(ridge)) if ridge else ZERO
        depth = mpmath.log10(max(self.scale, target) / target)  # digits that 1 − d/n may lose
        digits = 80 + (2 if ridge else 1) * int(depth)
        with mpmath.workdps(digits):
            kappa = mpmath.mpf(float(start)) * (1 + mpmath.mpf(10) ** -12)
            if not (start > 0 and self.admissible(self.outward(kappa))):
                kappa = self._bisect(target)
            kappa = self._newton(target, kappa)
            result = self.outward(kappa)
            if not self.admissible(result) or abs(result[0] / target - 1) > mpmath.mpf(10) ** -40:
                raise AssertionError("the reference did not converge")
            return Exact(kappa, result[2], result[3], tuple(result[4]))

    def _newton(self, target, kappa):
        """Newton for ln λ against ln(κ − κ_b), κ_b the (estimated) end of the admissible interval."""
        result = self.outward(kappa)
        for _ in range(400):
            ratio = target / result[0]
            if abs(ratio - 1) < mpmath.mpf(10) ** -42:
                break
            gain, steepest = result[1], max(result[5], 1)
            aim = mpmath.log(ratio) * steepest / gain
            while True:
                trial = kappa * (1 + mpmath.expm1(aim) / steepest)
                there = self.outward(trial) if trial > 0 else None
                if there and self.admissible(there):
                    kappa, result = trial, there
                    break
                aim /= 2
        return kappa

    def _bisect(self, target):
        """Return an admissible κ within a few per cent above the root."""
        low, high = mpmath.mpf(10) ** -720, mpmath.mpf(10) ** 330
        while high > low * (1 + mpmath.mpf(1) / 64):
            middle = mpmath.sqrt(low * high)
            result = self.outward(middle)
            if not self.admissible(result) or result[0] < target:
                low = middle
            else:
                high = middle
        return high
