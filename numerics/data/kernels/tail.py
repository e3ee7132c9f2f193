"""Spectra of kernels with known eigenfunctions: eigenvalues up to a cut, and the rest of the trace in a power law beyond.

Σ n_k λ_k = E K(x, x) is known exactly, so what the modes beyond a cut carry is known too. It is folded in as

    λ(n) = λ_cut (n/n_cut)^-(1+τ),        ∫ λ dn over the modes beyond the cut = the missing trace,

n counting modes: the law joins the last level, and its exponent is what the missing trace says. For kernels of finite
smoothness τ tends to t/d.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from numerics.data.arrays import Array
from theory import Discrete
from theory.results.result import PerPoint, Result

ROUNDING = 1e-12  # of the trace: what is missing below it is rounding
OCTAVES, A_OCTAVE = 80, 4  # of the folded tail, the last of which takes the rest


@dataclass(frozen=True, eq=False, repr=False)
class KernelSpectrum(Result):
    """The eigenvalues of a kernel on a manifold, for the uniform measure.

    Attributes
    ----------
    eigenvalues : ndarray of shape (n_values,)
        Those computed, descending.
    multiplicity : ndarray of object, shape (n_values,)
        How many modes have each, Python integers.
    trace : float
        E K(x, x).
    tail : float
        The share of the trace beyond the modes computed, folded into the population as a power law; 0 if it is rounding.
    tail_exponent : float
        τ of λ ~ n^-(1+τ) there; infinite without a tail.
    inputs : Inputs
        The kernel, its parameters, the dimension.
    """

    eigenvalues: PerPoint
    multiplicity: PerPoint
    trace: float
    tail: float
    tail_exponent: float

    @classmethod
    def completed(cls, eigenvalues: Array, multiplicity: Sequence[int], trace: float) -> KernelSpectrum:
        """Return the spectrum of which some modes were computed.

        Parameters
        ----------
        eigenvalues : ndarray of shape (n_values,)
            Positive, in any order.
        multiplicity : sequence of int
            How many modes have each.
        trace : float
            Of all modes.
        """
        order = np.argsort(-eigenvalues, kind="stable")
        values, counts = eigenvalues[order], np.array(multiplicity, dtype=object)[order]
        missing = 1.0 - float(np.sum(values * counts.astype(np.float64))) / trace
        if missing <= ROUNDING:
            return cls(values, counts, trace, 0.0, np.inf)
        total, last = float(counts.sum()), float(counts[-1])
        inside, share = 1.0 - last / total / 2.0, float(values[-1]) * total / (trace * missing)
        exponent = brentq(lambda tau: share * inside ** (1.0 + tau) - tau, 0.0, share + 1.0)
        return cls(values, counts, trace, missing, float(exponent))

    @cached_property
    def population(self) -> Discrete:
        """The spectrum with an isotropic target, c_k = 1: functions drawn with the kernel as their covariance."""
        if not self.tail:
            return Discrete(self.eigenvalues, np.ones(len(self.eigenvalues)), self.multiplicity)
        values, counts = self._beyond()
        all_values = np.concatenate([self.eigenvalues, values])
        return Discrete(all_values, np.ones(len(all_values)), np.concatenate([self.multiplicity, counts]))

    def _beyond(self) -> tuple[Array, NDArray[np.object_]]:
        """Return levels and numbers of modes beyond the cut, of a trace that is exactly the missing one."""
        first = int(self.multiplicity.sum())
        edges = [int(first * 2.0 ** (step / A_OCTAVE)) for step in range(OCTAVES * A_OCTAVE + 1)]
        edges = sorted({max(edge, first) for edge in edges})
        counts = np.array([high - low for low, high in pairwise(edges)], dtype=object)
        ratio = np.array(edges, dtype=np.float64) / first
        parts = -np.diff(ratio**-self.tail_exponent)
        parts[-1] += ratio[-1] ** -self.tail_exponent
        return self.tail * self.trace * parts / counts.astype(np.float64), counts

    def __str__(self) -> str:
        tail = f"{self.tail:.2g} of it folded into λ ~ n^-{1 + self.tail_exponent:.4g}" if self.tail else "nothing beyond"
        return f"{self.multiplicity.sum()} modes of {len(self.eigenvalues)} values; trace {self.trace:.6g}, {tail}"
