r"""The kernel ZZᵀ/P of a chain's rows as the population that SGD samples from: eigenvalues, labels along them, train-test gaps.

Everything is read off the chain at s = −x + i0, one point at a time. With d and κ of the level just inside the rows,

    Tr Σ̂(Σ̂+s)⁻¹ = d        (1/P) yᵀ(K+s)⁻¹y = L(s)/s        Tr ΣΣ̂(Σ̂+s)⁻¹ = Tr Σ − κd,        κ = s/(1 − d/P),

and jumps across the axis are densities: of the eigenvalues, −Im d/πx; of the labels, −Im(L/s)/π; of u·Σu over the eigenvectors
u, x/|1 − d/P|² times the first. So a fluctuation f of a weight shows by xf in the training risk, by |κ/s|² as much on new data.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from theory.density.asked import matrix_levels
from theory.density.rule import rule
from theory.dynamics.sgd.modes import Array, Modes
from theory.errors import BadArgument
from theory.model import Chain
from theory.spectra.base import Spectrum
from theory.spectra.smooth_law import SmoothLaw

MOST = 200_000  # eigenvalues of a kernel, over a law in k


@dataclass(frozen=True)
class KernelModes:
    """Weighted modes of the kernel; what depends on the labels is linear in σ².

    Attributes
    ----------
    eigenvalues, counts : ndarray of shape (n_nodes,)
        x > 0, and how many eigenvalues each node stands for.
    signal, noise : ndarray of shape (n_nodes,)
        (1/P) Σ (v·y)² over their eigenvectors v: of the target, and of label noise of unit variance.
    gain : ndarray of shape (n_nodes,)
        |κ/s|²: test over training risk of what fluctuates along them.
    unexplained_signal, unexplained_noise : float
        The same of the labels at x = 0: what no training takes away.
    certificate : float
        By how much the nodes miss the number of eigenvalues, their sum, and the sums over the labels, relatively; inf where κ
        was not found.
    """

    eigenvalues: Array
    counts: Array
    signal: Array
    noise: Array
    gain: Array
    unexplained_signal: float
    unexplained_noise: float
    certificate: float

    def labels(self, noise: float) -> Array:
        """Return (1/P) Σ (v·y)² of every node."""
        return self.signal + noise * self.noise

    def unexplained(self, noise: float) -> float:
        """Return the same at x = 0, the least training risk."""
        return self.unexplained_signal + noise * self.unexplained_noise

    def modes(self, noise: float) -> Modes:
        """Return the population of one pass over independent samples of the rows: the start holds the labels."""
        return Modes(self.eigenvalues, self.counts, self.labels(noise))


def kernel_modes(chain: Chain, task: Spectrum, sizes: Mapping[str, Any]) -> KernelModes:
    """Return the modes of the kernel of a chain with independent rows.

    Parameters
    ----------
    chain : Chain
        The model.
    task : Spectrum
        The population.
    sizes : mapping
        A number for each layer's keyword; finitely many rows.

    Raises
    ------
    ValueError
        As `Chain.spectrum`; for more rows and features than eigenvalues of a law in k can be told apart.
    """
    smallest = min(float(sizes[slot.keyword]) for slot in chain.slots if slot.is_size)
    if isinstance(task, SmoothLaw) and min(smallest, float(task.rank)) > MOST:
        rows = chain.slots[-1].keyword
        remedy = "the kernel's eigenvalues are found among as many of the population's: lower a size, or truncate(n)"
        raise BadArgument(rows, sizes[rows], f"at most {MOST}, or of another size below that", remedy)
    return _modes(chain, task, tuple(sizes.items()))


@functools.lru_cache(maxsize=64)
def _modes(chain: Chain, task: Spectrum, given: tuple[tuple[str, float], ...]) -> KernelModes:
    """Return the modes, found once for every size; they do not depend on the steps or on σ²."""
    sizes: dict[str, Any] = dict(given)
    levels, _ = matrix_levels(chain.slots, task, sizes, "kernel")
    nodes = rule(levels)
    x, n = nodes.eigenvalues, nodes.counts
    per_mode = n * x / levels.walk(nodes.kappa)[-2].dof.value.imag
    target, labels = (levels.walk(nodes.kappa, noise)[-1].loss.value.imag for noise in (0.0, 1.0))
    signal = -per_mode * target / x
    noise = -per_mode * labels / x - signal
    gain = np.abs(levels.walk(nodes.kappa)[-2].ridge.value / x) ** 2
    start, alone = (float(chain.evaluate(task, ridge=0.0, noise=sigma2, **sizes).train) for sigma2 in (0.0, 1.0))
    labelled = (signal.sum() + noise.sum() + alone) / (task.signal + 1.0)
    sums = n.sum() / levels.rank, n @ x / levels.total, labelled, noise.sum() + (alone - start)
    missed = float(np.abs(np.array(sums) - 1.0).max()) if nodes.found else np.inf
    return KernelModes(x, n, signal, noise, gain, start, alone - start, missed)
