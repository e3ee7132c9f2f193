"""From S-transforms back to degrees of freedom, and the renormalised ridge behind a random matrix."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpc, mpf

import theory as th

S = th.s_transform
RNG = np.random.default_rng(5)
EIGENVALUES = np.sort(RNG.lognormal(sigma=1.5, size=40))
FEW = EIGENVALUES[::3]
TASK = th.PowerLaw(1.5, 0.4)


def direct(eigenvalues, ridge):
    return np.array([np.sum(eigenvalues / (eigenvalues + z)) for z in ridge])


def test_a_matrix_gives_back_its_degrees_of_freedom():
    matrix = S.diagonal(EIGENVALUES)
    ridge = np.logspace(-250, 250, 61)
    np.testing.assert_allclose(matrix.degrees_of_freedom(ridge, 40), direct(EIGENVALUES, ridge), rtol=5e-14)
    np.testing.assert_allclose(matrix.ridge(matrix.degrees_of_freedom([1e-3, 1.0, 1e3], 40), 40), [1e-3, 1.0, 1e3], rtol=1e-11)


def test_complex_ridges_down_to_the_negative_axis():
    """Between any two eigenvalues and next to them, on the right one of the fourteen sheets of S."""
    beside = -np.concatenate([FEW * 1.001, np.sqrt(FEW[1:] * FEW[:-1])])
    ridge = (beside[:, None] * (1 - 1j * 10.0 ** np.array([-8.0, -3.0, 0.0]))).ravel()
    ridge = np.append(ridge, np.conj(ridge[:5]))
    found = S.diagonal(FEW).degrees_of_freedom(ridge, 14)
    np.testing.assert_allclose(found, direct(FEW, ridge), rtol=1e-11)


def test_wishart_times_matrix_solves_its_equation():
    """tr A(A+κ)⁻¹ = d, κ (1 − d/P) = ζ, and d is a Stieltjes transform."""
    transform, rows = S.diagonal(EIGENVALUES) * S.wishart("P"), 25.0
    ridge = np.concatenate([np.geomspace(1e-4, 1e9, 30), np.geomspace(1e-4, 1e3, 30) * np.exp(3.1j)])
    dof = transform.degrees_of_freedom(ridge, 40, P=rows)
    kappa = ridge / (1 - dof / rows)
    np.testing.assert_allclose(direct(EIGENVALUES, kappa), dof, rtol=1e-9)
    upper = ridge.imag > 0
    assert (dof.imag[upper] < 0).all()
    assert (((1 - dof / 40) / ridge).imag[upper] < 0).all()


def test_the_right_one_of_many_roots():
    """ζ d = (D − d)(1 − d/N)³: the only root in (0, N), then the one next to it, along the arc in a thousand steps."""
    product = np.poly1d([-1.0, 10.0]) * np.poly1d([-1 / 4, 1.0]) ** 3
    for radius in (0.01, 0.3, 6.0):
        roots = (product - np.poly1d([radius, 0.0])).roots
        (followed,) = roots[(abs(roots.imag) < 1e-9) & (roots.real > 0) & (roots.real < 4)]
        for angle in np.linspace(0, 3.12, 1000):
            roots = (product - np.poly1d([radius * np.exp(1j * angle), 0.0])).roots
            followed = roots[np.argmin(np.abs(roots - followed))]
        found = (S.wishart("N") ** 3).degrees_of_freedom(radius * np.exp(3.12j), "D", N=4, D=10)
        assert abs(found / followed - 1) < 1e-9


def test_densities_beyond_a_branch_point_of_the_expression():
    """exp and √ are followed along the arc; the closed AR(1) form and its eigenvalues agree everywhere."""
    angles = np.pi * (np.arange(1500) + 0.5) / 1500
    beta, symbol = 1 / np.tanh(0.25), np.sinh(0.25) / (np.cosh(0.25) - np.cos(angles))
    closed = S("(sqrt(1 + (beta**2 - 1)*d**2/P**2) + beta*d/P)/(1 - d**2/P**2)")
    ridge = np.geomspace(1e-2, 30, 25) * np.exp(3.0j)
    first = (closed**2).degrees_of_freedom(ridge, "D", D=5000, P=1500, beta=beta)
    second = (S.wishart("P", law=symbol) ** 2).degrees_of_freedom(ridge, "D", D=5000, P=1500)
    np.testing.assert_allclose(first, second, rtol=1e-10)


@pytest.mark.parametrize("ridge", [1e-250, 1e-30, 1e-5, 0.3, 10.0, 1e10, 1e250])
def test_double_precision_against_thirty_digits(ridge):
    transform = S.diagonal(EIGENVALUES) * S.wishart("P")
    population = th.Discrete(EIGENVALUES, np.zeros(40))
    with mp.workdps(30):
        exact = transform.degrees_of_freedom(mpf(ridge), 40, P=25)
        assert abs(mpf(float(transform.degrees_of_freedom(ridge, 40, P=25))) / exact - 1) < 1e-13
        kappa = S.wishart("P").subordination(mpf(ridge), population, P=25)
        assert abs(mpf(float(S.wishart("P").subordination(ridge, population, P=25))) / kappa - 1) < 2e-13
        residual = kappa * (1 - mp.fsum(mpf(v) / (mpf(v) + kappa) for v in EIGENVALUES) / 25) / mpf(ridge) - 1
        assert abs(residual) < mpf(10) ** -26 * max(1, kappa / mpf(ridge))


def test_complex_ridges_against_thirty_digits():
    transform = S.diagonal(EIGENVALUES) * S.wishart("P")
    for ridge in (-0.5 + 0.05j, -2 - 1e-5j, 3 + 1j):
        with mp.workdps(30):
            exact = transform.degrees_of_freedom(mpc(ridge), 40, P=25)
            assert abs(mpc(complex(transform.degrees_of_freedom(ridge, 40, P=25))) / exact - 1) < 1e-12
            kappa = mpc(ridge) / (1 - exact / 25)
            assert abs(mp.fsum(mpf(v) / (mpf(v) + kappa) for v in EIGENVALUES) / exact - 1) < 1e-26


@pytest.mark.parametrize("n_features", [30.0, 100.0, 1e4])
def test_subordination_is_the_renormalised_ridge_of_the_chain(n_features):
    """Behind samples and features a population sees κ: another solver, of the layers' own ridge map."""
    ridge = np.array([1e-280, 1e-30, 1e-9, 1e-3, 1.0, 1e6])
    chain = th.random_features().evaluate(TASK, n_samples=100, n_features=n_features, ridge=ridge)
    transform = S.wishart("P") * S.wishart("N")
    np.testing.assert_allclose(transform.subordination(ridge, TASK, P=100, N=n_features), chain.kappa, rtol=1e-13)
    haar = S.wishart("P") * S.projection("N", "D")
    small = TASK.truncate(20_000)
    kappa = th.Chain(th.Samples(), th.HaarProjection()).evaluate(small, n_samples=100, n_features=n_features, ridge=ridge).kappa
    np.testing.assert_allclose(haar.subordination(ridge, small, P=100, N=n_features, D=20_000), kappa, rtol=1e-13)


def test_complex_subordination_follows_vertical_continuation():
    """Newton's method on κ(1 − d(κ)/P) = s, the imaginary part lowered step by step from a large one."""
    population = th.Discrete(EIGENVALUES, np.zeros(40))
    for ridge in (-0.5 + 1e-3j, -0.05 + 1e-4j, -3 + 1j):
        kappa = complex(ridge.real, 1e6)
        for height in np.geomspace(1e6, ridge.imag, 400):
            s = complex(ridge.real, height)
            for _ in range(30):
                x = EIGENVALUES / (EIGENVALUES + kappa)
                kappa -= (kappa * (1 - x.sum() / 25) - s) / (1 - (x * x).sum() / 25)
        found = S.wishart("P").subordination(ridge, population, P=25)
        assert abs(found / kappa - 1) < 1e-10


@settings(max_examples=40, deadline=None)
@given(
    law=st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=12),
    rows=st.floats(0.5, 50.0),
    ridge=st.floats(-12.0, 12.0).map(lambda power: 10.0**power),
)
def test_any_law_behind_any_number_of_rows(law, rows, ridge):
    transform = S.diagonal(law).normalised() * S.wishart("P")
    dof = float(transform.degrees_of_freedom(ridge, len(law), P=rows))
    assert 0 < dof <= min(rows, len(law))
    if dof < 0.999 * min(rows, len(law)):
        assert float(transform.ridge(dof, len(law), P=rows)) == pytest.approx(ridge, rel=1e-9)
        assert float(transform(dof, P=rows)) >= 1.0 - 1e-14
        assert float(transform.slope(dof, P=rows)) > 0


def test_shapes_and_infinite_sizes():
    white = S.wishart("P")
    assert white.degrees_of_freedom(1.0, P=3, D=4).shape == ()
    assert white.degrees_of_freedom([[1.0], [2.0]], "D", P=3, D=[4, 5]).shape == (2, 2)
    np.testing.assert_allclose(white.degrees_of_freedom(2.0, D=6, P=np.inf), 6 / 3, rtol=1e-14)
    np.testing.assert_allclose(white.subordination(2.0, TASK, P=np.inf), 2.0, rtol=1e-14)
    assert white.subordination([1.0, 2.0], TASK, P=[5.0, 10.0]).shape == (2,)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: S.wishart("P").degrees_of_freedom(0.0, P=3, D=4), r"ridge = 0\.0 .*positive"),
    (lambda: S.wishart("P").degrees_of_freedom([1.0, -2.0], P=3, D=4), r"ridge = -2\.0 .*positive"),
    (lambda: S.wishart("P").degrees_of_freedom(mpf(-1), P=3, D=4), "ridge = .*positive"),
    (lambda: S.wishart("P").degrees_of_freedom(np.array([1j, -1.0]), P=3, D=4), "ridge = .*off the negative axis"),
    (lambda: S.wishart("P").degrees_of_freedom(1.0, P=3), "D = None"),
    (lambda: S.wishart("P").degrees_of_freedom(np.inf, P=3, D=4), "ridge = inf"),
    (lambda: S.wishart("P").subordination(1.0, TASK), "P = None"),
])
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
