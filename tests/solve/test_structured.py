"""χ, κ and every term of chains with columns and rows: against mpmath, closed forms, published settings and white limits."""

from __future__ import annotations

import itertools
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scipy.linalg

import theory as th
from theory.solve.kappa import shaped

S, G, H, N = th.Samples, th.GaussianFeatures, th.HaarProjection, th.FeatureNoise
RNG = np.random.default_rng(0)
LAWS = {"gentle": 0.3, "middle": 0.7, "one": 1.0, "steep": 1.6, "random": RNG.uniform(0, 1, 50).tolist(),
        "plateau": [1.0] * 10 + [1e-12] * 40, "zeros": [1.0] * 10 + [1e-12] * 30 + [0.0] * 10,
        "decades": (10.0 ** -np.linspace(0, 40, 50)).tolist()}  # fmt: skip
SIZES = ((50, 50), (20, 50), (50, 20), (50, 500), (500, 50))
TASK = th.PowerLaw(1.5, 0.4)


def deviation(chain, sizes, ridge, digits=25):
    """Return the worst relative deviation of a term of doubles from mpmath."""
    arguments = {"ridge": ridge, "noise": 0.1, **sizes}
    rough, fine = chain.evaluate(TASK, **arguments), chain.evaluate(TASK, precision=digits, **arguments)
    worst = 0.0
    for key, value in rough.terms.items():
        x, y = float(value), float(fine.terms[key].item())
        if x != y:
            assert np.isfinite(x), (chain, sizes, ridge, key)
            worst = max(worst, abs(x - y) / abs(y) if y else abs(x))
    return worst


def hard_cases(law):
    """Yield chains and sizes for a law of columns or of rows."""
    for rows in (False, True):
        chain = th.Chain(S(rows=law, noise="white"), G()) if rows else th.Chain(S(), G(columns=law))
        for n_samples, n_features in SIZES:
            if isinstance(law, float) or (n_samples if rows else n_features) == 50:
                yield chain, {"n_samples": n_samples, "n_features": n_features}


@pytest.mark.parametrize(("name", "ridge"), [("random", 1e-300), ("zeros", 1e-3), ("zeros", 0.0)])
def test_doubles_have_all_digits(name, ridge):
    cases = [case for case in hard_cases(LAWS[name]) if case[1]["n_samples"] != 500]
    assert max(deviation(chain, sizes, ridge, 17) for chain, sizes in cases[::3]) < 1e-13


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_doubles_have_all_digits_at_every_hard_point(name):
    ridges = (0.0, 1e-300, 1e-10, 1e-3, 1e4)
    points = itertools.product(hard_cases(LAWS[name]), ridges)
    assert max(deviation(chain, sizes, ridge, 17) for (chain, sizes), ridge in points) < 1e-13


def test_chi_at_d_next_to_the_rank_on_a_plateau_and_of_a_million_columns():
    law = G(columns=[3.0, 1.0, 0.5]).law
    x = np.array([1e-300, 1e-100, 1e-20])
    found = shaped.at_dof(law, np.full(3, 3.0), np.full(3, 3.0), -x).chi
    assert found == pytest.approx(x / (1 / 3 + 1 + 2), rel=1e-14)
    law = G(columns=[1.0] * 3 + [1e-30] * 3).law
    found = shaped.at_dof(law, np.full(2, 6.0), np.full(2, 3.0), np.array([1e-12, -1e-12])).chi
    for chi, offset in zip(found, (1e-12, -1e-12), strict=True):  # 3 small/χ − 3 χ = offset
        assert 3e-30 / chi - 3 * chi == pytest.approx(offset, rel=1e-12)
    law, n = G(columns=0.5).law, 10**6
    (chi,) = shaped.at_dof(law, np.array([float(n)]), np.array([1000.0]), np.zeros(1)).chi
    gamma = np.arange(1.0, n + 1) ** -0.5
    assert np.sum(gamma / (gamma + chi)) == pytest.approx(1000.0, rel=1e-12)


@pytest.mark.parametrize("u", [1e-8, 0.3, 0.99])
def test_closed_forms_of_autoregression_and_moving_average(u):
    """Szegő limits, structured.md's S5: AR(1) and MA(1)."""
    n = 2000
    xi = 3.0
    chain = S(rows=th.exponential_memory(xi))
    beta = 1 / np.tanh(1 / xi)
    shape = shaped.at_dof(chain.law, np.array([float(n)]), np.zeros(1), np.array([u * n]))
    chi = np.sqrt(beta**2 - 1 + 1 / u**2) - beta
    f = (1 - u**2) / (np.sqrt(1 + (beta**2 - 1) * u**2) + beta * u)
    assert shape.chi[0] == pytest.approx(chi, rel=20 / n)
    assert shape.factor[0] == pytest.approx(f, rel=20 / n)
    assert shape.rest[0] == pytest.approx(chi * (beta + chi) * u**2, rel=20 / n)
    law = S(rows=th.moving_average([0.5])).law
    beta = 2 * 0.5 / (1 + 0.5**2)
    chi = shaped.at_dof(law, np.array([float(n)]), np.zeros(1), np.array([u * n])).chi[0]
    assert 1 - u == pytest.approx(chi / np.sqrt((1 + chi) ** 2 - beta**2), rel=20 / n / (1 - u))


def notebook(alpha=None, r=None):
    """Return the population of the published notebooks: 100 modes, Σ c_k = 1."""
    k = np.arange(1.0, 101.0)
    eigenvalues = np.ones(100) if alpha is None else k**-alpha
    power = np.ones(100) if alpha is None else k ** -(1 + 2 * alpha * r) / eigenvalues
    return th.Discrete(eigenvalues, power / power.sum())


@pytest.mark.parametrize(("rows", "noise", "task", "ridge", "sigma", "kappa", "test"), [
    (th.exponential_memory(100), "matched", (1.1, 0.8), 1e-4, 0.05, 0.01456292633, 0.005333526371),
    (th.exponential_memory(100), "white", (1.1, 0.8), 1e-4, 0.05, 0.01456292633, 0.07114076671),
    (th.exponential_memory(100), "matched", (), 1e-4, 0.5, 0.00200296362, 0.5047741183),
    (th.power_memory(1.5), "matched", (), 1e-3, 0.0, 0.001672944189, 4.429271635e-06),
])  # fmt: skip
def test_published_settings_to_ten_digits(rows, noise, task, ridge, sigma, kappa, test):
    """Settings of the authors' notebooks of arXiv:2408.04607, computed independently (structured.md, S5)."""
    n = {0.05: 100, 0.5: 1000, 0.0: 300}[sigma]
    out = th.Chain(S(rows=rows, noise=noise)).evaluate(notebook(*task), ridge=ridge, noise=sigma**2, n_samples=n)
    assert float(out.kappa) == pytest.approx(kappa, rel=3e-10)
    assert float(out.test) == pytest.approx(test, rel=3e-10)


@pytest.mark.parametrize("make", [lambda law: th.Chain(S(), G(columns=law)), lambda law: th.Chain(S(rows=law), G()),
                                  lambda law: th.Chain(S(rows=law, noise="white"), N(), G(columns=law)),
                                  lambda law: th.Chain(S(), H(), G(columns=law))])  # fmt: skip
def test_equal_columns_are_the_white_layer(make):
    chain, white = make(0.0), make(None)
    values = {"n_samples": 40, "feature_noise": 0.02, "n_features": 30, "n_features_1": 45, "n_features_2": 25}
    sizes = {slot.keyword: values[slot.keyword] for slot in chain.slots}
    ridge = [0.0, 1e-300, 1e-6, 0.1]
    one, two = (model.evaluate(TASK, ridge=ridge, noise=0.2, ensemble=[[1], [3]], **sizes) for model in (chain, white))
    for key, value in one.terms.items():
        assert value == pytest.approx(two.terms[key], rel=2e-13), key


@pytest.mark.parametrize("ridge", [0.0, 1e-300, 1e-3])
def test_a_projection_onto_all_of_its_input_is_none(ridge):
    chain, plain = th.Chain(S(), H(), G(columns=0.2)), th.Chain(S(), G(columns=0.2))
    one = chain.evaluate(TASK, ridge=ridge, noise=0.3, n_samples=56, n_features_1=49, n_features_2=49)
    two = plain.evaluate(TASK, ridge=ridge, noise=0.3, n_samples=56, n_features=49)
    assert float(one.test) == pytest.approx(float(two.test), rel=1e-13)
    assert float(one.train) == pytest.approx(float(two.train), rel=1e-13)


def test_infinite_sizes():
    """Summable columns keep their law, others are gone; so at large finite sizes, to the digits that are left."""
    arguments = {"ridge": 1e-3, "noise": 0.1, "n_samples": 60}
    for alpha, tolerance in ((1.7, 1e-5), (0.8, 2e-2)):
        chain = th.Chain(S(), G(columns=alpha))
        far, near = (chain.evaluate(TASK, n_features=n, **arguments) for n in (np.inf, 1e12))
        assert float(far.test) == pytest.approx(float(near.test), rel=tolerance)
    assert float(far.test) == pytest.approx(float(th.linear_ridge().evaluate(TASK, **arguments).test), rel=1e-14)
    precise = th.Chain(S(), G(columns=1.7)).evaluate(TASK, n_features=np.inf, precision=20, **arguments)
    doubles = th.Chain(S(), G(columns=1.7)).evaluate(TASK, n_features=np.inf, **arguments)
    assert float(precise.test.item()) == pytest.approx(float(doubles.test), rel=1e-13)


def test_heteroscedastic_noise_on_independent_rows_weighs_as_its_mean():
    noise = RNG.exponential(size=30)
    own = th.Chain(S(noise=noise)).evaluate(TASK, ridge=0.01, noise=0.3, n_samples=30)
    plain = th.linear_ridge().evaluate(TASK, ridge=0.01, noise=0.3 * noise.mean(), n_samples=30)
    assert float(own.excess) == pytest.approx(float(plain.excess), rel=1e-13)
    assert float(own.train) == pytest.approx(float(plain.train), rel=1e-13)


@pytest.mark.parametrize(("chain", "sizes"), [
    (th.Chain(S(), G(columns=0.7)), {"n_samples": 60, "n_features": 80}),
    (th.Chain(S(rows=0.6), N(), G(columns=0.4)), {"n_samples": 60, "n_features": 80, "feature_noise": 0.05}),
    (th.Chain(S(rows=0.5), H(), G(columns=0.8)), {"n_samples": 60, "n_features_2": 40, "n_features_1": 70}),
    (th.Chain(S(rows=1.5), G(columns=1.8)), {"n_samples": np.inf, "n_features": np.inf}),
    (th.Chain(G(columns=0.8)), {"n_features": 50}),
], ids=str)  # fmt: skip
def test_two_points_meet_the_risk_on_the_diagonal_and_the_symbolic_form_off_it(chain, sizes):
    task, ridge = th.PowerLaw(1.3, 0.5, size=80), np.array([1e-6, 0.003, 0.1])
    risk = chain.evaluate(task, ridge=ridge, noise=0.3, **sizes)
    real = chain.two_point_at(task, ridge=ridge, noise=0.3, **sizes)
    near = chain.two_point_at(task, ridge=ridge * (1 + 1e-12j), noise=0.3, **sizes)
    for key, value in risk.terms.items():
        assert np.diag(real.terms[key]) == pytest.approx(value, rel=1e-12), key
        assert np.diag(near.terms[key]).real == pytest.approx(value, rel=1e-7), key
    assert real.test == pytest.approx(real.test.T, rel=1e-12)
    complexes = chain.two_point_at(task, ridge=[0.01 + 0.02j, 0.3j], noise=0.3, **sizes)
    assert complexes.test[0, 1] == pytest.approx(complexes.test[1, 0], rel=1e-11)


def test_two_points_of_correlated_rows_by_the_divided_difference_of_the_potential():
    """C₀ = C₁ Δ(dS)/Δd and C₁ = L − s ΔL/Δs, at two ridges far enough apart for subtraction."""
    task, n = th.PowerLaw(1.3, 0.5, size=80), 60
    chain = th.Chain(S(rows=0.6))
    s = np.array([0.01, 0.5])
    out = chain.two_point_at(task, ridge=s, noise=0.3, n_samples=n)
    law = chain.layers[0].law
    eigenvalues, power = task.explicit()
    d = np.array([np.sum(eigenvalues / (eigenvalues + k)) for k in out.kappa])
    f = shaped.at_dof(law, np.full(2, float(n)), np.zeros(2), d).factor
    T = np.array([k * np.sum(power * eigenvalues / (eigenvalues + k)) for k in out.kappa])
    L, dS = (T + 0.3) * f, d / f
    train = L[0] - s[0] * (L[1] - L[0]) / (s[1] - s[0])
    assert out.train[0, 1] == pytest.approx(train, rel=1e-11)
    assert out.test[0, 1] == pytest.approx(train * (dS[1] - dS[0]) / (d[1] - d[0]), rel=1e-11)


def test_through_mpmath_to_fifty_digits():
    chain = th.Chain(S(rows=[3.0, 1.0, 0.25, 0.0], noise="white"), G(columns=1.5))
    task = th.Discrete([1.0, 0.5, 0.125], [1.0, 1.0, 1.0])
    out = chain.evaluate(task, ridge=Fraction(1, 100), noise=Fraction(1, 10), n_samples=4, n_features=6, precision=50)
    with mpmath.workdps(60):
        rows = [mpmath.mpf(v) * 4 / mpmath.mpf("4.25") for v in ("3", "1", "0.25")]
        columns = [mpmath.mpf(k) ** mpmath.mpf("-1.5") for k in range(1, 7)]
        columns = [c * 6 / mpmath.fsum(columns) for c in columns]

        def chi(values, d):
            return mpmath.findroot(lambda v: mpmath.log(mpmath.fsum(g / (g + mpmath.exp(v)) for g in values) / d), 0)

        def ridge(log_kappa):
            kappa = mpmath.exp(log_kappa)
            d = mpmath.fsum(e / (e + kappa) for e in (mpmath.mpf(1), mpmath.mpf("0.5"), mpmath.mpf("0.125")))
            return log_kappa + chi(rows, d) + chi(columns, d) + mpmath.log(d * d * 100 / 24)

        kappa = mpmath.exp(mpmath.findroot(ridge, mpmath.log(mpmath.mpf("0.1"))))
        assert abs(out.kappa.item() / kappa - 1) < mpmath.mpf(10) ** -48


def test_a_toeplitz_matrix_by_hand():
    """The same rows by matrix, eigenvalues and autocovariance."""
    c = np.exp(-np.arange(40) / 7.0)
    matrix = scipy.linalg.toeplitz(c)
    arguments = {"ridge": 1e-3, "noise": 0.2, "n_samples": 40}
    ways = (matrix, np.linalg.eigvalsh(matrix), th.exponential_memory(7.0), lambda tau: np.exp(-tau / 7.0))
    found = [float(th.Chain(S(rows=rows, noise="white")).evaluate(TASK, **arguments).test) for rows in ways]
    assert found == pytest.approx([found[0]] * 4, rel=1e-12)
