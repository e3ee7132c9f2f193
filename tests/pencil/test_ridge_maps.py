"""The independent route checks the declarations: each layer's ridge map against the equivalent of its own draw."""

import numpy as np
import pytest
from sympy import Identity, Trace, symbols

import theory as th
from tests.chain.test_layers import Doubled
from tests.zoo import SIZED
from theory.solve.kappa.fixed_point import solve

n, N, RIDGE, FAINT = symbols("n N ridge faint", positive=True)
ROOT = th.diagonal("S", n).sqrt
EIGENVALUES = np.arange(1.0, 31.0) ** -1.3
SMALL = 1e-9  # stands for the ridge of a pseudo-inverse, whose effect is as small


def gaussian():
    """F of iid N(0, 1/N) entries."""
    F = th.gaussian("F", n, N, variance=1 / N)
    return ROOT * F * F.T * ROOT


def rows():
    """XᵀX/P of independent rows."""
    Z = th.gaussian("Z", N, n)
    return ROOT * Z.T * Z * ROOT / N


def projection():
    """FFᵀ = (n/N) × the projector on N random directions, those of a Gaussian matrix."""
    H = th.gaussian("H", n, N, variance=1 / N)
    return n / N * ROOT * H * (H.T * H + FAINT * Identity(N)).inv() * H.T * ROOT


def doubled():
    """A Gaussian matrix after another of the same size."""
    F, G = th.gaussian("F", n, N, variance=1 / N), th.gaussian("G", N, N, variance=1 / N)
    return ROOT * F * G * G.T * F.T * ROOT


DRAWS = {
    th.GaussianFeatures: (gaussian, 1e-13), th.Samples: (rows, 1e-13), th.HaarProjection: (projection, 1e-6),
    th.PoolSamples: (projection, 1e-6), Doubled: (doubled, 1e-13),
}  # fmt: skip


@pytest.mark.parametrize("kind", [*SIZED, Doubled], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(("size", "ridge"), [(20, 1e-2), (9, 0.3), (28, 1e-4)])
def test_the_ridge_map_is_that_of_the_draw(kind, size, ridge):
    """d at the outer ridge, tr M(M + λ)⁻¹ of the drawn matrix M, against d(κ) with κ from the declared map."""
    draw, tolerance = DRAWS[kind]
    matrix = draw()
    equivalent = th.equivalent(Trace(matrix * (matrix + RIDGE * Identity(n)).inv()))
    faint = {"faint": SMALL} if draw is projection else {}
    found = float(equivalent.evaluate(n=30, N=size, ridge=ridge, S=EIGENVALUES, **faint))
    population = th.Discrete(EIGENVALUES, np.ones(30))
    expected = solve(population, [kind()], [np.array([float(size)])], np.array([ridge])).dof[0]
    assert abs(found / expected - 1) < tolerance
    wrong = solve(population, [th.GaussianFeatures()], [np.array([size * 1.01])], np.array([ridge])).dof[0]
    assert abs(found / wrong - 1) > 100 * tolerance
