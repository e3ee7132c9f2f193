"""S-transforms without a closed expression: spectra, densities and moments, against closed forms and fifty digits."""

from fractions import Fraction

import numpy as np
import pytest
from mpmath import mp, mpc, mpf

import theory as th

S = th.s_transform
RNG = np.random.default_rng(11)
ANGLES = np.pi * (np.arange(2000) + 0.5) / 2000  # of a Toeplitz symbol: exponentially exact quadrature

LAWS = {
    "lognormal": RNG.lognormal(sigma=2.0, size=60),
    "plateau": np.repeat([1.0, 1e-10], 30),
    "forty decades": np.logspace(0, -40, 60),
    "zeros": np.append(RNG.random(40), np.zeros(20)),
    "power law": th.PowerLaw(3.0, 0.5, size=60),
    "long": th.PowerLaw(1.5, 0.5, size=10**5),
    "infinite": th.PowerLaw(1.2, 0.5),
}


def marchenko_pastur(q):
    """Density, ends and atom of W = ZᵀZ/P for D/P = q, precise enough for fifty digits."""
    with mp.workdps(60):
        ends = (1 - mp.sqrt(q)) ** 2, (1 + mp.sqrt(q)) ** 2

    def density(x):
        precise = isinstance(x, mpf)
        low, high = ends if precise else map(float, ends)
        inside = (high - x) * (x - low)
        root = mp.sqrt(max(inside, 0)) if precise else np.sqrt(np.maximum(inside, 0.0))
        return root / (2 * (mp.pi if precise else np.pi) * q * x)

    return density, ends, [(0.0, 1 - 1 / q)] if q > 1 else []


def close(number, exact, tolerance):
    return abs(mpc(complex(number)) / exact - 1) < tolerance


# structured Wishart matrices and diagonal ones


CASES = [
    pytest.param(law, kind, id=f"{kind}-{name}", marks=[pytest.mark.slow] if name == "long" else [])
    for name, law in LAWS.items() for kind in ("wishart", "diagonal") if (name, kind) != ("infinite", "diagonal")
]


@pytest.mark.parametrize(("law", "kind"), CASES)
def test_double_precision_against_fifty_digits(law, kind):
    transform = getattr(S, kind)(law=law)
    rank = 40 if law is LAWS["zeros"] else law.size
    points = [(0, 1e-200), (0, 1e-12), (0, 0.5), (0, 7.3), (29, 1e-13), (30, -1e-9), (30, 0.0), (30, 1e-9), (31, -1e-5)]
    if np.isfinite(rank):
        points += [(rank, -1e-3), (rank, -1e-12), (0, rank * (1 - 1e-7))]
    if rank <= 60:
        points += [(rank, -1e-100), (rank, -1e-200)]
    elif np.isfinite(rank):
        points = points[4:6] + points[-3:]  # mpmath needs seconds for each
    with mp.workdps(50):
        for base, offset in points:
            exact = transform(mpf(offset), base=mpf(base)), transform.slope(mpf(offset), base=mpf(base))
            assert close(transform(offset, base=base), exact[0], 3e-15), (base, offset)
            assert close(transform.slope(offset, base=base), exact[1], 2e-14), (base, offset)


def test_a_diagonal_matrix_inverts_its_own_trace():
    eigenvalues = LAWS["lognormal"]
    chi = np.array([0.03, 0.1, 1.0, 30.0])
    dof = np.array([np.sum(eigenvalues / (eigenvalues + c)) for c in chi])
    np.testing.assert_allclose(S.diagonal(eigenvalues)(dof), (1 - dof / 60) / (dof / 60 * chi), rtol=1e-12)
    np.testing.assert_allclose(S.wishart(law=eigenvalues)(dof), eigenvalues.sum() / (dof * chi), rtol=1e-12)


def test_the_inverse_matrix():
    """S of A⁻¹ at −1 − w is 1/S of A at w (Haagerup and Schultz 2007): at D − d for d."""
    eigenvalues = LAWS["lognormal"]
    at = np.array([0.5, 20.0, 45.0])
    np.testing.assert_allclose(S.diagonal(1 / eigenvalues)(-at, base=60) * S.diagonal(eigenvalues)(at), 1, rtol=1e-13)


@pytest.mark.parametrize("u", [1e-9, 0.1, 0.5, 0.9, 1 - 1e-12])
def test_exponential_memory(u):
    beta, size = 1 / np.tanh(1 / 3.0), 2000.0
    symbol = np.sinh(1 / 3.0) / (np.cosh(1 / 3.0) - np.cos(ANGLES))
    structured = S.wishart("P", law=symbol)
    closed = S("(sqrt(1 + (beta**2 - 1)*d**2/P**2) + beta*d/P)/(1 - d**2/P**2)")
    at = {"d": u * size} if u < 0.95 else {"d": -1e-12 * size, "base": size}
    np.testing.assert_allclose(structured(**at, P=size), closed(**at, P=size, beta=beta), rtol=1e-13)
    np.testing.assert_allclose(structured.slope(**at, P=size), closed.slope(**at, P=size, beta=beta), rtol=1e-13)


def test_exponential_memory_at_complex_d():
    size, z = 2000.0, np.array([400 + 300j, 1500 + 900j, -200 + 100j, 2300 - 400j])
    beta, symbol = 1 / np.tanh(1 / 3.0), np.sinh(1 / 3.0) / (np.cosh(1 / 3.0) - np.cos(ANGLES))
    closed = S("(sqrt(1 + (beta**2 - 1)*d**2/P**2) + beta*d/P)/(1 - d**2/P**2)")
    structured = S.wishart("P", law=symbol)
    np.testing.assert_allclose(structured(z, P=size), closed(z, P=size, beta=beta), rtol=1e-12)
    first, second = structured.two_points(z, z[::-1], P=size), closed.two_points(z, z[::-1], P=size, beta=beta)
    np.testing.assert_allclose(first.delta, second.delta, rtol=1e-11)


@pytest.mark.parametrize("u", [0.01, 0.3, 0.9])
def test_moving_average(u):
    """K = 1 + β cos θ: 1 − u = χ/√((1+χ)² − β²)."""
    structured = S.wishart("P", law=1 + 0.8 * np.cos(ANGLES))
    chi = 1 / (u * float(structured(u * 2000.0, P=2000)))
    assert chi / np.sqrt((1 + chi) ** 2 - 0.8**2) == pytest.approx(1 - u, rel=1e-12)


def test_a_spectrum_is_truncated_where_the_size_says_so():
    law = th.PowerLaw(1.5, 0.4)
    structured = S.wishart("N", law=law)
    assert structured.letters == ("N",)
    sizes = np.array([100.0, 200.0, 100.0])
    apart = [float(S.wishart(law=law.truncate(int(n)))(30.0)) for n in sizes]
    np.testing.assert_allclose(structured(30.0, N=sizes), apart, rtol=1e-14)
    limit = S.wishart(law=law)
    assert limit.letters == ()
    np.testing.assert_allclose(structured(3.0, N=10**9), limit(3.0), rtol=1e-3)
    assert structured(3.0, N=np.inf) == limit(3.0)
    scaled = th.PowerLaw(1.5, 0.4, scale=7.0)
    np.testing.assert_allclose(S.wishart("N", law=scaled)(30.0, N=100), apart[0], rtol=1e-14)


def test_complex_values_against_forty_digits():
    transform = S.wishart("N", law=LAWS["lognormal"]) * S.diagonal(LAWS["zeros"]) ** 2
    with mp.workdps(40):
        for z in (1e-8 + 1e-9j, 20 + 15j, 39.9 - 0.5j, -5 + 3j, 45 + 30j):
            exact = transform(mpc(z), N=60)
            assert close(transform(z, N=60), exact, 1e-12)
            assert close(transform(np.conj(z), N=60), exact.conjugate(), 1e-12)
        exact = transform(mpc(-1e-9, 1e-10), base=mpf(40), N=60)
        assert close(transform(-1e-9 + 1e-10j, base=40, N=60), exact, 1e-12)


@pytest.mark.parametrize("kind", ["wishart", "diagonal"])
@pytest.mark.parametrize("place", [(5.0, 21.5), (5.0 + 3j, 21.5 - 4j), (33.0, 33.0), (33.0 + 1j, 33.0 + 1j)])
def test_two_points(kind, place):
    transform = getattr(S, kind)(law=LAWS["zeros"])
    found = transform.two_points(*place)
    with mp.workdps(40):
        first, second = (mpc(z) if isinstance(z, complex) else mpf(z) for z in place)
        near = second + mpf(10) ** -18 if first == second else second
        exact = (transform(first) - transform(near)) / (first - near)
        assert close(found.delta, exact, 1e-12)
        assert abs(transform.two_points(first, second).delta / exact - 1) < 1e-16


def test_two_points_next_to_the_rank():
    transform = S.diagonal(LAWS["lognormal"])
    x = 1e-12
    found = transform.two_points(-x, -2 * x, base=60, base_primed=60)
    with mp.workdps(60):
        a, b = (transform(-mpf(step), base=mpf(60)) for step in (x, 2 * x))
        assert close(found.delta, (a - b) / mpf(x), 1e-13)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: S.wishart("N", law=[1.0, 2.0])(0.5, N=3), r"size = 3.* exactly 2"),
    (lambda: S.wishart("N", law=th.PowerLaw(2.0, 1.0, size=5))(0.5, N=6), r"size = 6.* up to 5"),
    (lambda: S.wishart("N", law=th.PowerLaw(2.0, 1.0))(0.5, N=2.5), r"size = 2\.5.* whole number"),
    (lambda: S.wishart(3, law=[1.0, 2.0]), "size = 3"),
    (lambda: S.wishart(law=[1.0, -2.0]), "eigenvalues"),
    (lambda: S.wishart(law="flat"), "law = 'flat'"),
    (lambda: S.diagonal(th.PowerLaw(2.0, 1.0)), "law = .*finite"),
    (lambda: S.diagonal([1.0, 2.0, 0.0])(2.0), r"d = 2\.0 .*below 2\.0"),
    (lambda: S.wishart(law=th.PowerLaw(2.0, 1.0))(-1.0 + 1e-3j), "d = .*positive real part"),
    (lambda: S.diagonal([1.0, 2.0])(2.5 + 1e-9j) and S.diagonal([1.0, 2.0])(np.array([1j, 2.5])), "d = .*branch point"),
    (lambda: S.wishart(law=th.PowerLaw(2.0, 1.0, size=5))(mpc(1, 1)), "law = .*listed"),
    (lambda: S.wishart(law=LAWS["plateau"])(-1e-295, base=60), "d = 60.0 .*use mpmath"),
])
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# densities


@pytest.mark.parametrize("q", [0.5, 1.0, 2.0])
def test_density_of_marchenko_and_pastur(q):
    density, ends, atoms = marchenko_pastur(q)
    transform, closed, size = S.from_density(density, ends, atoms), S.wishart("P"), 100.0
    given, rows = {"D": size}, {"P": size / q}
    rank = min(size, size / q)
    for base, offset in ((0.0, 0.0), (0.0, 1e-9), (0.0, 30.0), (rank, -1e-3), (rank, -1e-12), (rank, -1e-30)):
        np.testing.assert_allclose(transform(offset, base=base, **given), closed(offset, base=base, **rows), rtol=5e-15)
        slopes = transform.slope(offset, base=base, **given), closed.slope(offset, base=base, **rows)
        np.testing.assert_allclose(*slopes, rtol=1e-13)
    z = np.array([30 + 10j, -5 + 10j, 20 - 60j])
    np.testing.assert_allclose(transform(z, **given), closed(z, **rows), rtol=1e-13)
    with mp.workdps(25):
        assert abs(transform(mpf(30), D=100) / closed(mpf(30), P=mpf(100) / mpf(q)) - 1) < 1e-23
    moments = transform.moments(5, D=1), closed.moments(5, 1, P=1 / q)
    np.testing.assert_allclose(*(np.array(found, float) for found in moments), rtol=1e-13)


def test_density_with_kinks_atoms_and_a_hard_edge():
    flat = S.from_density(lambda x: 0.25 + 0.0 * x, (0.0, 2.0), atoms=[(0.0, 0.25), (3.0, 0.25)])
    assert float(flat.mean(D=8)) == pytest.approx(0.5 + 0.75, rel=1e-14)
    chi, size = 0.7, 8.0
    dof = size * (0.25 * (2 - chi * np.log1p(2 / chi)) + 0.25 * 3 / (3 + chi))
    assert float(flat(dof, D=size)) == pytest.approx((1 - dof / size) / (dof / size * chi), rel=1e-13)
    with pytest.raises(ValueError, match=r"d = 6\.0 .*below 6\.0"):
        flat(6.0, D=size)
    steep = S.from_density(lambda x: 0.25 * x**-0.75, (0.0, 1.0))
    assert float(steep.mean(D=1)) == pytest.approx(0.2, rel=1e-13)
    tent = S.from_density(lambda x: 1 - abs(x - 1), (0.0, 1.0, 2.0))
    assert float(tent.mean(D=1)) == pytest.approx(1.0, rel=1e-14)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: S.from_density(0.5, (0, 2)), "density = 0.5"),
    (lambda: S.from_density(lambda x: 0 * x + 1, (0, 2)), "total mass 1; .*integrates to 2"),
    (lambda: S.from_density(lambda x: 2 * x - 0.5, (0, 1.5)), "non-negative"),
    (lambda: S.from_density(lambda x: 0.5, (0, 2)), "elementwise"),
    (lambda: S.from_density(lambda x: 0 * x + 1, (0, 1, 1)), "support"),
    (lambda: S.from_density(lambda x: 0 * x + 1, (-1, 0)), "support"),
    (lambda: S.from_density(lambda x: 0 * x + 1, (0, 1), atoms=[(1.0, 2.0)]), "atoms"),
    (lambda: S.from_density(lambda x: np.interp(x, [0, 1], [1, 1]), (0, 1))(mpf("0.3"), D=1), "density = .*mpmath"),
    (lambda: S.from_density(lambda x: 0 * x + 1, (0, 1)).degrees_of_freedom(-0.3 + 1e-12j, D=1), "support"),
    (lambda: S.from_density(lambda x: 4 * (x > 0.3) * (x < 0.55), (0, 1))(0.5, D=1), "density"),
])
def test_bad_densities(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# moments


def test_moments_bound_what_they_determine():
    exact = S.wishart(1)
    for count in (2, 3, 6, 7, 12):
        transform = S.from_moments(exact.moments(count, 1), dimension=1, tolerance=1e-3)
        reach = transform.parts[1][0][0].law.reach()
        for at in (0.0, 0.1 * reach, 0.99 * reach):
            assert abs(transform(at) / exact(at) - 1) <= 1e-3
        for beyond in (1.02 * reach, 0.97):
            with pytest.raises(ValueError, match=rf"d = .* at most 0\.\d+ D, where {count} moments"):
                transform(beyond)
            with pytest.raises(ValueError, match=rf"d = .* at most 0\.\d+ D, where {count} moments"):
                transform(mpf(beyond))
    reaches = [S.from_moments(exact.moments(n, 1), 1).parts[1][0][0].law.reach() for n in (4, 8, 12, 16)]
    assert (np.diff(reaches) > 0.05).all()


def test_moments_of_few_atoms_determine_everything():
    atoms, weights = [Fraction(1, 2), Fraction(3)], [Fraction(1, 4), Fraction(3, 4)]
    moments = [sum(p * x**k for p, x in zip(weights, atoms, strict=True)) for k in range(1, 9)]
    transform = S.from_moments(moments)
    listed = S.diagonal([0.5, 3.0, 3.0, 3.0])
    for at in (0.01, 1.0, 3.9, 2 + 1j):
        np.testing.assert_allclose(transform(at, D=4), listed(at), rtol=1e-12)
    with mp.workdps(40):
        assert abs(transform(mpf(3), D=4) / listed(mpf(3)) - 1) < 1e-37


def test_moments_come_back():
    moments = tuple(S.wishart("P").moments(9, 1, P=2))
    found = S.from_moments(moments, dimension=1).moments(9, 1)
    np.testing.assert_allclose(np.array(found, float), np.array(moments, float), rtol=1e-13)
    with pytest.raises(ValueError, match="n = 10 .*at most 9"):
        S.from_moments(moments, dimension=1).moments(10, 1)


@pytest.mark.parametrize(("moments", "message"), [
    ([1, 0.5], r"det\(m_\{i\+l\}\), 0 <= i, l <= 1"),
    ([1, 2, 3], r"det\(m_\{i\+l\+1\}\), 0 <= i, l <= 1"),
    ([1, 1, 2], r"det\(m_\{i\+l\}\), 0 <= i, l <= 1"),
    ([1, 2, 5, 12], r"det\(m_\{i\+l\}\), 0 <= i, l <= 2"),
    ([-1, 2], r"det\(m_\{i\+l\+1\}\), 0 <= i, l <= 0"),
    ([0, 0], "positive"),
    ([1], "two or more"),
    (["a", "b"], "two or more"),
    ([1.0, np.nan], "two or more"),
])
def test_moments_of_no_law(moments, message):
    with pytest.raises(ValueError, match=message):
        S.from_moments(moments)
