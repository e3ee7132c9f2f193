"""The headline exponents of the papers, out of ours by translation of letters alone (provenance: see each test)."""

import numpy as np
import pytest

import theory as th
from theory.conventions import convention

FEATURES, RIDGE = th.random_features().exponents(), th.linear_ridge().exponents()
SKETCH = th.Chain(th.GaussianFeatures()).exponents()
INF = np.inf


@pytest.mark.parametrize(("a", "b"), [(1.5, 1.2), (2.0, 2.0), (2.0, 2.7), (1.5, None), (2.5, 3.6)])
def test_lin2024(a, b):
    """arXiv:2406.08466: approximation M^(1-b) (1 < b < a+1; it saturates at M^-a), bias (γN)^((1-b)/a), variance
    min(M, (γN)^(1/a))/N, with the time of one pass as an inverse ridge."""
    ours = convention("lin2024").ours(**({"a": a} if b is None else {"a": a, "b": b}))
    b = a if b is None else b
    assert SKETCH.along(**ours, n_features=1)["test"] == pytest.approx(-min(b - 1, a))
    bias = RIDGE.along(**ours, n_samples=9, ridge=-1)["bias"]
    assert bias == pytest.approx(-min((b - 1) / a, 2))
    for sketch in (0.3, 2.0):
        ray = FEATURES.along(**ours, n_samples=1, n_features=sketch, ridge=-1, noise=0)
        assert ray["samples", "noise"] == pytest.approx(min(sketch, 1 / a) - 1)


@pytest.mark.parametrize(("a", "b"), [(1.5, 1.25), (2.0, 1.5), (2.0, 2.0), (4.0, 1.5), (5.5, 2.0)])
def test_bordelon2024(a, b):
    """arXiv:2402.01092: t^-(a-1)/b, P^-min(a-1,2b) and the *bias* N^-min(a-1,2b); the published loss N^-min(a-1,2b) does
    not survive: it is N^-min(a-1,b). Compute C = N t: C^-(a-1)/(1+b) for a-1 ≤ b, C^-(a-1)/a beyond."""
    ours = convention("bordelon2024").ours(a=a, b=b)
    assert RIDGE.along(**ours, n_samples=1)["test"] == pytest.approx(-min(a - 1, 2 * b))
    time = FEATURES.along(**ours, n_samples=INF, n_features=INF, ridge=-1)["test"]
    assert time == pytest.approx(-min((a - 1) / b, 2))
    width = FEATURES.along(**ours, n_samples=INF, n_features=1)
    assert width["bias"] == pytest.approx(-min(a - 1, 2 * b))
    assert width["test"] == pytest.approx(-min(a - 1, b))
    if a - 1 <= 2 * b:
        optimum = FEATURES.compute_optimal({"n_features": 1, "ridge": -1}, n_samples=INF, **ours)
        assert optimum.risk == pytest.approx(-(a - 1) / (1 + b) if a - 1 <= b else -(a - 1) / a)


def test_bordelon_figure_4():
    """Fig. 4: (a, b) = (2, 1), (2, 1.5), (2, 2) give C^-0.5, C^-0.40, C^-0.33."""
    for b, power in ((1.000000001, 0.5), (1.5, 0.40), (2, 1 / 3)):
        ours = convention("bordelon2024").ours(a=2, b=b)
        optimum = FEATURES.compute_optimal({"n_features": 1, "ridge": -1}, n_samples=INF, **ours)
        assert float(optimum.risk) == pytest.approx(-power, abs=1e-6)


@pytest.mark.parametrize("alpha_k", [0.3, 1.0, 2.5])
def test_bahri2021(alpha_k):
    """arXiv:2102.06701: α_D = α_P = α_K, and exponent 1 in the other size of the variance-limited corrections."""
    ours = convention("bahri2021").ours(alpha_K=alpha_k)
    data = FEATURES.along(**ours, n_samples=1, n_features=2)
    width = FEATURES.along(**ours, n_samples=2, n_features=1)
    assert data["test"] == width["test"] == pytest.approx(-alpha_k)
    assert data["features"] - FEATURES.along(**ours, n_samples=1, n_features=3)["features"] == pytest.approx(1)


@pytest.mark.parametrize("alpha", [0.4, 1.0, 2.0])
def test_maloney2022(alpha):
    """arXiv:2210.16859: the ridgeless test loss falls as T^-α for T ≪ N and N^-α for N ≪ T."""
    ours = convention("maloney2022").ours(alpha=alpha)
    assert FEATURES.along(**ours, n_samples=1, n_features=2)["test"] == pytest.approx(-alpha)
    assert FEATURES.along(**ours, n_samples=2, n_features=1)["test"] == pytest.approx(-alpha)


@pytest.mark.parametrize(("alpha", "beta"), [(0.8, 0.2), (0.8, 0.6), (1.2, 0.3), (1.5, 1.1)])
def test_paquette2024(alpha, beta):
    """arXiv:2405.15074: capacity term d^-(2α+2β-1) (for 2β < 1), F_pp ~ t^-(2α+2β-1)/2α, F_ac ~ t^-(1-1/2α)/d (for 2β > 1)."""
    ours = convention("paquette2024").ours(alpha=alpha, beta=beta)
    limit = FEATURES.along(**ours, n_samples=INF, n_features=1)["test"]
    assert limit == pytest.approx(-min(2 * alpha + 2 * beta - 1, 2 * alpha))
    ray = FEATURES.along(**ours, n_samples=INF, n_features=3, ridge=-1)
    assert ray["bias"] == pytest.approx(-min((2 * alpha + 2 * beta - 1) / (2 * alpha), 2))
    if 2 * beta > 1:
        assert ray["features"] == pytest.approx(-(1 - 1 / (2 * alpha)) - 3)


@pytest.mark.parametrize(("alpha", "beta"), [(1.3, 1.2), (1.8, 2.4), (1.5, 3.0)])
def test_simon2023(alpha, beta):
    """arXiv:2311.14646: without noise the infinite-width risk falls as n^-min(β-1, 2α)."""
    ours = convention("simon2023").ours(alpha=alpha, beta=beta)
    assert FEATURES.along(**ours, n_samples=1, n_features=INF)["test"] == pytest.approx(-min(beta - 1, 2 * alpha))


def test_atanasov2024():
    """arXiv:2405.00592, its phase formulas (authors' code) at λ ~ P^-l, N ~ P^q, c = 1: the smallest of
    2α min{1, r, l/α, lr/α}, 2αq min{1/2, r}, (α-1) min{1, l/α} + q, and with label noise 1 - min{1, l/α, q}."""
    rng = np.random.default_rng(4)
    ells, qs = rng.uniform(0, 4, 500), rng.uniform(0, 3, 500)
    for alpha, r in [(1.2, 0.3), (1.5, 0.4), (1.5, 0.8), (2.0, 1.4), (3.0, 0.6)]:
        grid, _ = FEATURES.on_grid(capacity=alpha, source=r, n_samples=1.0, n_features=qs, ridge=-ells, noise=0.0)
        bias = 2 * alpha * np.minimum.reduce([np.ones_like(ells), np.full_like(ells, r), ells / alpha, ells * r / alpha])
        width = 2 * alpha * qs * min(0.5, r)
        variance = (alpha - 1) * np.minimum(1, ells / alpha) + qs
        noise = 1 - np.minimum.reduce([np.ones_like(ells), ells / alpha, qs])
        signal = np.max([grid[key] for key in (("bias",), ("features",), ("samples",), ("samples", "features"))], axis=0)
        assert np.allclose(-signal, np.minimum.reduce([bias, width, variance]), atol=1e-12)
        labels = np.maximum(grid["samples", "noise"], grid["samples", "features", "noise"])
        assert np.allclose(-labels, noise, atol=1e-12)
