"""Spectra of kernels on spheres and tori: against each other, closed forms, sampled kernel matrices and the whole trace."""

import numpy as np
import pytest
import scipy.special

import numerics as nm
import theory as th
from numerics.data.kernels.spheres import harmonics

KERNELS = [{"kernel": "laplace"}, {"kernel": "matern", "smoothness": 1.0}, {"kernel": "matern", "smoothness": 2.5},
           {"kernel": "ntk"}, {"kernel": "ntk", "depth": 3}, {"kernel": "arccos"}, {"kernel": "rbf"}]  # fmt: skip


def sphere(rng, n, d):
    points = rng.standard_normal((n, d + 1))
    return points / np.linalg.norm(points, axis=1)[:, None]


def torus(rng, n, d):
    angles = 2 * np.pi * rng.random((n, d))
    return np.concatenate([np.cos(angles), np.sin(angles)], axis=1)


@pytest.mark.parametrize("d", [1, 2, 3, 6])
def test_harmonics_are_counted(d):
    """Σ over degrees up to L is the dimension of polynomials of degree L and L − 1 in d variables."""
    assert [harmonics(2, ell) for ell in range(4)] == [1, 3, 5, 7]
    assert sum(harmonics(d, ell) for ell in range(11)) == scipy.special.comb(10 + d, d) + scipy.special.comb(9 + d, d)


def test_polynomials_on_the_sphere_in_closed_form():
    found = nm.sphere_spectrum(lambda theta: np.cos(theta) ** 2, 2, n_degrees=40)
    np.testing.assert_allclose(found.eigenvalues, [1 / 3, 2 / 15], rtol=1e-13)
    assert found.multiplicity.tolist() == [1, 5]
    assert (found.tail, found.trace) == (0.0, 1.0)
    linear = nm.sphere_spectrum("linear", 4)
    assert (linear.eigenvalues[0], linear.multiplicity[0]) == (pytest.approx(1 / 25), 5)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_gaussian_on_the_sphere_in_closed_form(d):
    """e^{−s} Γ(h) (2/s)^{h−1} I_{ℓ+h−1}(s), s = 1/ℓ², h = (d + 1)/2."""
    found, s, h = nm.sphere_spectrum("rbf", d, bandwidth=0.7), 1 / 0.49, (d + 1) / 2
    ell = np.arange(len(found.eigenvalues))
    expected = scipy.special.gamma(h) * (2 / s) ** (h - 1) * scipy.special.ive(ell + h - 1, s)
    np.testing.assert_allclose(found.eigenvalues[:8], expected[:8], rtol=1e-10)


@pytest.mark.parametrize("d", [1, 2, 3, 5])
@pytest.mark.parametrize(("smoothness", "kernel"), [(0.5, "laplace"), (1.0, "matern"), (2.5, "matern")])
def test_matern_on_the_sphere_is_a_mixture_of_gaussians(smoothness, kernel, d):
    """An independent route, of positive terms: quadrature is right until rounding."""
    found, h = nm.sphere_spectrum(kernel, d, smoothness=smoothness), (d + 1) / 2
    log_u = np.arange(-60.0 / min(smoothness, 1.0), 5.0, 0.05)
    weight = 0.05 * np.exp(smoothness * log_u - np.exp(log_u) - scipy.special.gammaln(smoothness))
    s = smoothness * np.exp(-log_u)
    for ell in (0, 1, 2, 5, 20):
        scaled = np.where(s < 1e8, scipy.special.ive(ell + h - 1, np.minimum(s, 1e8)), 1 / np.sqrt(2 * np.pi * s))
        expected = float(weight @ (scipy.special.gamma(h) * (2 / s) ** (h - 1) * scaled))
        assert found.eigenvalues[ell] == pytest.approx(expected, rel=1e-4 if expected < 1e-10 else 1e-7)


@pytest.mark.parametrize("smoothness", [0.8, 1.5])
def test_a_circle_is_a_sphere_and_a_torus(smoothness):
    one = nm.sphere_spectrum("matern", 1, bandwidth=1.3, smoothness=smoothness)
    other = nm.torus_spectrum("matern", 1, bandwidth=1.3, smoothness=smoothness)
    np.testing.assert_allclose(one.eigenvalues[:300], other.eigenvalues[:300], rtol=1e-4)
    np.testing.assert_allclose(one.eigenvalues[:40], other.eigenvalues[:40], rtol=1e-8)
    assert one.multiplicity[:3].tolist() == other.multiplicity[:3].tolist() == [1, 2, 2]


@pytest.mark.parametrize("given", KERNELS, ids=str)
@pytest.mark.parametrize("d", [1, 2, 4])
def test_matrices_of_points_on_a_sphere_tend_to_it(given, d):
    """tr K/M exactly; ‖K‖² off the diagonal is M² Σ n λ² on average."""
    M = 400
    spectrum = nm.sphere_spectrum(dimension=d, **given)
    K = [nm.kernel_matrix(sphere(np.random.default_rng(seed), M, d), bandwidth=1.0, **given) for seed in range(6)]
    assert np.trace(K[0]) / M == pytest.approx(spectrum.trace, rel=1e-12)
    assert spectrum.population.total_variance == pytest.approx(spectrum.trace, rel=1e-12)
    squares = np.array([(np.sum(k**2) - np.sum(np.diag(k) ** 2)) / (M * (M - 1)) for k in K])
    expected = float(np.sum(spectrum.eigenvalues**2 * spectrum.multiplicity.astype(float)))
    assert abs(squares.mean() - expected) < 4.5 * squares.std(ddof=1) / np.sqrt(6) + 1e-6 * expected


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("kernel", ["laplace", "rbf"])
def test_matrices_of_points_on_a_torus_tend_to_it(kernel, d):
    M, spectrum = 400, nm.torus_spectrum(kernel, d)
    squares = []
    for seed in range(6):
        K = nm.kernel_matrix(torus(np.random.default_rng(seed), M, d), kernel, bandwidth=np.sqrt(d))
        squares.append((np.sum(K**2) - M) / (M * (M - 1)))
    expected = float(np.sum(spectrum.eigenvalues**2 * spectrum.multiplicity.astype(float)))
    assert abs(np.mean(squares) - expected) < 4.5 * np.std(squares, ddof=1) / np.sqrt(6)
    assert spectrum.population.total_variance == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("d", [1, 2, 3, 5])
@pytest.mark.parametrize(("given", "t"), [(KERNELS[0], 1), (KERNELS[1], 2), (KERNELS[2], 5), (KERNELS[3], 1), (KERNELS[5], 3)])
def test_the_missing_trace_tells_the_exponent_of_the_tail(given, t, d):
    """λ ~ n^-(1 + t/d), without a fit."""
    found = nm.sphere_spectrum(dimension=d, **given)
    assert found.tail_exponent == pytest.approx(t / d, rel=0.04)
    cut = nm.sphere_spectrum(dimension=d, **given, n_degrees=25)
    a, b = (th.linear_ridge().evaluate(one.population, n_samples=50, ridge=0.0).test for one in (found, cut))
    assert float(b) == pytest.approx(float(a), rel=0.03)
    assert "folded" in str(found)


def test_a_torus_has_the_exponent_of_its_dimension():
    for d in (1, 2, 3):
        assert nm.torus_spectrum("matern", d, smoothness=1.5).tail_exponent == pytest.approx(3 / d, rel=0.02)


@pytest.mark.parametrize(
    "call",
    [
        lambda: nm.sphere_spectrum("gaussian"),
        lambda: nm.sphere_spectrum("laplace", 0),
        lambda: nm.sphere_spectrum("laplace", 2, bandwidth=0.0),
        lambda: nm.sphere_spectrum("laplace", 2, n_degrees=2),
        lambda: nm.sphere_spectrum(lambda theta: theta, 2),
        lambda: nm.sphere_spectrum(lambda theta: 0.0 * theta, 2),
        lambda: nm.sphere_spectrum(lambda theta: theta[:3], 2),
        lambda: nm.torus_spectrum("ntk"),
        lambda: nm.torus_spectrum("laplace", 9),
        lambda: nm.torus_spectrum("matern", 2, smoothness=-1.0),
        lambda: nm.torus_spectrum("matern", 2, largest=0),
    ],
)
def test_bad_input_is_named(call):
    with pytest.raises(ValueError, match="^(kernel|dimension|bandwidth|n_degrees|smoothness|largest) = "):
        call()
