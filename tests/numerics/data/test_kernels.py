"""Kernels against mpmath, against random networks, and against what no kernel may be."""

import mpmath
import numpy as np
import pytest
import scipy.sparse

from numerics.data.kernels import KERNELS, default_bandwidth, kernel_matrix, standardise

RNG = np.random.default_rng(3)
X = RNG.standard_normal((30, 5)) * [1.0, 2.0, 0.3, 5.0, 1.0] + 0.5


def precise(x, y, kernel, scale, degree, smoothness=1.5):
    """One kernel entry through mpmath at 40 digits."""
    with mpmath.workdps(40):
        x, y = [mpmath.mpf(float(v)) for v in x], [mpmath.mpf(float(v)) for v in y]
        dot = mpmath.fsum(a * b for a, b in zip(x, y, strict=True))
        r = mpmath.sqrt(mpmath.fsum((a - b) ** 2 for a, b in zip(x, y, strict=True)))
        norms = mpmath.sqrt(mpmath.fsum(a * a for a in x) * mpmath.fsum(b * b for b in y))
        theta, n = mpmath.acos(dot / norms), len(x)
        first = norms / n * (mpmath.sin(theta) + (mpmath.pi - theta) * mpmath.cos(theta)) / mpmath.pi
        zeroth = dot / n * (mpmath.pi - theta) / mpmath.pi
        z = mpmath.sqrt(2 * smoothness) * r / scale
        values = {
            "matern": z**smoothness * mpmath.besselk(smoothness, z) / (2 ** (smoothness - 1) * mpmath.gamma(smoothness)),
            "rbf": mpmath.exp(-((r / scale) ** 2) / 2),
            "laplace": mpmath.exp(-r / scale),
            "linear": dot / n,
            "polynomial": (1 + dot / n) ** degree,
            "arccos": first,
            "ntk": first + zeroth,
        }
        return float(values[kernel])


@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_entries_agree_with_mpmath(kernel):
    K = kernel_matrix(X, kernel, bandwidth=2.3, degree=4)
    expected = np.array([[precise(x, y, kernel, mpmath.mpf(2.3), 4) for y in X[:7]] for x in X[10:17]])
    np.testing.assert_allclose(K[10:17, :7], expected, rtol=1e-12, atol=1e-13 * np.abs(K).max())


@pytest.mark.parametrize("smoothness", [0.3, 0.5, 1.0, 1.7, 2.5, 6.5, 8.0, 20.0])
def test_matern_of_any_smoothness(smoothness):
    table = np.vstack([X[:6], X[0] + 1e-9, X[1] + 1e-40])
    K = kernel_matrix(table, "matern", bandwidth=2.3, smoothness=smoothness)
    pairs = [(i, j) for i in range(len(table)) for j in range(i) if (table[i] != table[j]).any()]
    expected = [precise(table[i], table[j], "matern", mpmath.mpf(2.3), 1, mpmath.mpf(smoothness)) for i, j in pairs]
    np.testing.assert_allclose([K[pair] for pair in pairs], expected, rtol=3e-12)
    assert (np.diag(K) == 1.0).all()
    if smoothness == 0.5:
        np.testing.assert_allclose(K, kernel_matrix(table, "laplace", bandwidth=2.3), rtol=1e-14)


@pytest.mark.parametrize("order", [0, 2, 3, 5, 60])
def test_arc_cosine_of_any_order_is_that_of_cho_and_saul(order):
    """J_q/J_q(0), J_q = (−1)^q sin^{2q+1} ((1/sin) d/dθ)^q (π − θ)/sin, by their integral, which is positive."""
    K = kernel_matrix(X[:5], "arccos", order=order)
    with mpmath.workdps(30):
        for i, j in [(0, 1), (2, 4), (1, 3)]:
            x, y = [mpmath.mpf(float(v)) for v in X[i]], [mpmath.mpf(float(v)) for v in X[j]]
            norms = mpmath.sqrt(mpmath.fsum(v * v for v in x) * mpmath.fsum(v * v for v in y))
            cosine = mpmath.fsum(v * w for v, w in zip(x, y, strict=True)) / norms
            theta = mpmath.acos(cosine)
            top = mpmath.quad(
                lambda u, c=cosine: mpmath.cos(u) ** order / (1 - c * mpmath.cos(u)) ** (order + 1), [0, mpmath.pi / 2]
            )
            J = mpmath.factorial(order) * mpmath.sin(theta) ** (2 * order + 1) * top
            expected = (norms / 5) ** order * J / (mpmath.pi * mpmath.fac2(2 * order - 1))
            assert K[i, j] == pytest.approx(float(expected), rel=1e-10, abs=1e-14 * np.abs(K).max())


@pytest.mark.parametrize("order", [0, 2])
def test_arc_cosine_is_what_powers_of_rectifiers_do(order):
    W = np.random.default_rng(0).standard_normal((200_000, X.shape[1]))
    hidden = X[:4] @ W.T
    phi = np.where(hidden > 0, np.maximum(hidden, 0.0) ** order, 0.0)
    scale = 2.0 / (5.0**order * [1.0, 1.0, 3.0][order])
    terms = scale * phi[:, None] * phi[None]
    z = (terms.mean(-1) - kernel_matrix(X, "arccos", order=order)[:4, :4]) / (terms.std(-1) / np.sqrt(terms.shape[-1]) + 1e-12)
    assert np.abs(z).max() < 4.0


@pytest.mark.parametrize("depth", [2, 3, 10])
def test_tangent_kernel_of_any_depth(depth):
    """The recursion of Jacot et al. at 40 digits, small angles included."""
    table = np.vstack([X[:4], X[0] * (1 + 1e-9) + 1e-10, -X[1]])
    K = kernel_matrix(table, "ntk", depth=depth)
    with mpmath.workdps(40):
        for i in range(len(table)):
            for j in range(i):
                x, y = [mpmath.mpf(float(v)) for v in table[i]], [mpmath.mpf(float(v)) for v in table[j]]
                norms = mpmath.sqrt(mpmath.fsum(v * v for v in x) * mpmath.fsum(v * v for v in y))
                rho = mpmath.fsum(v * w for v, w in zip(x, y, strict=True)) / norms
                tangent = rho
                for _ in range(depth):
                    theta = mpmath.acos(max(min(rho, mpmath.mpf(1)), mpmath.mpf(-1)))
                    rho = (mpmath.sin(theta) + (mpmath.pi - theta) * mpmath.cos(theta)) / mpmath.pi
                    tangent = tangent * (mpmath.pi - theta) / mpmath.pi + rho
                assert K[i, j] == pytest.approx(float(norms / 5 * tangent), rel=1e-12, abs=1e-14 * np.abs(K).max())
    np.testing.assert_allclose(np.diag(K), (depth + 1) * np.sum(table**2, axis=1) / 5, rtol=1e-14)


def test_a_deep_tangent_kernel_is_what_a_wide_network_does():
    """Σ over weights of the products of gradients of a net with two hidden layers, at initialisation."""
    rng, width = np.random.default_rng(1), 1500
    rows = X[:4]
    trials = []
    for _ in range(6):
        W1, W2, v = rng.standard_normal((width, 5)), rng.standard_normal((width, width)), rng.standard_normal(width)
        h1 = rows @ W1.T / np.sqrt(5)
        a1 = np.sqrt(2) * np.maximum(h1, 0)
        h2 = a1 @ W2.T / np.sqrt(width)
        a2 = np.sqrt(2) * np.maximum(h2, 0)
        back2 = np.sqrt(2) * (h2 > 0) * v / np.sqrt(width)
        back1 = np.sqrt(2) * (h1 > 0) * (back2 @ W2) / np.sqrt(width)
        trials.append(a2 @ a2.T / width + (back2 @ back2.T) * (a1 @ a1.T) / width + (back1 @ back1.T) * (rows @ rows.T) / 5)
    found, error = np.mean(trials, axis=0), np.std(trials, axis=0, ddof=1) / np.sqrt(6)
    K = kernel_matrix(rows, "ntk", depth=2)
    assert (np.abs(found - K) < 5 * error + 0.01 * np.abs(K).max()).all()


@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_is_symmetric_and_positive(kernel):
    K = kernel_matrix(X, kernel)
    assert (K == K.T).all()
    values = np.linalg.eigvalsh(K)
    assert values[0] > -1e-13 * values[-1]


@pytest.mark.parametrize(("kernel", "both"), [("arccos", False), ("ntk", True)])
def test_is_what_a_wide_network_does(kernel, both):
    """K = E 2 φ(w·x) φ(w·y)/n, and for the tangent kernel also (x·y/n) E 2 φ'(w·x) φ'(w·y), φ = ReLU, w ~ N(0, I)."""
    W = np.random.default_rng(0).standard_normal((40_000, X.shape[1]))
    hidden = X[:6] @ W.T
    relu, step = np.maximum(hidden, 0.0), (hidden > 0.0).astype(float)
    terms = 2.0 * relu[:, None] * relu[None] / X.shape[1]
    if both:
        terms = terms + 2.0 * step[:, None] * step[None] * (X[:6] @ X[:6].T / X.shape[1])[..., None]
    z = (terms.mean(-1) - kernel_matrix(X, kernel)[:6, :6]) / (terms.std(-1) / np.sqrt(terms.shape[-1]))
    assert np.abs(z).max() < 4.0


def test_diagonal_of_the_relu_kernels_is_exact():
    norms = np.sum(X**2, axis=1) / X.shape[1]
    np.testing.assert_allclose(np.diag(kernel_matrix(X, "arccos")), norms, rtol=1e-15)
    np.testing.assert_allclose(np.diag(kernel_matrix(X, "ntk")), 2.0 * norms, rtol=1e-15)


def test_zero_rows_have_a_vanishing_relu_kernel():
    K = kernel_matrix(np.vstack([X, np.zeros(5)]), "ntk")
    assert (K[-1] == 0.0).all()


OFFSET = np.random.default_rng(0).standard_normal((12, 4)) + 1e7
CLOSE = X[:12] * np.where(np.arange(12) < 6, 1.0, -1.0)[:, None]
CLOSE[1], CLOSE[2], CLOSE[7] = CLOSE[0] * (1.0 + 1e-9), CLOSE[0] + 1e-12, -CLOSE[0] * (1.0 - 1e-9)
HARD = {"far from the origin": OFFSET, "nearly equal or opposite": CLOSE, "both": np.repeat(OFFSET[:6], 2, axis=0)}
HARD["both"][::2] = np.nextafter(HARD["both"][::2], 0.0)


@pytest.mark.parametrize("case", list(HARD))
@pytest.mark.parametrize("kernel", ["rbf", "laplace", "arccos", "ntk"])
def test_entries_keep_their_digits(kernel, case):
    """Relative error 1e-12, and of 1 − K where K is the exponential of a distance."""
    table, degree = HARD[case], 1
    K = kernel_matrix(table, kernel, bandwidth=1e-6 if case == "both" and kernel in ("rbf", "laplace") else 1.5)
    scale = mpmath.mpf(1e-6 if case == "both" else 1.5)
    expected = np.array([[precise(x, y, kernel, scale, degree) for y in table] for x in table])
    np.testing.assert_allclose(K, expected, rtol=1e-12, atol=1e-15 * np.abs(expected).max())
    assert np.linalg.eigvalsh(K)[0] > -1e-13 * np.linalg.eigvalsh(K)[-1]


def test_distances_of_almost_equal_points_are_not_rounded_away():
    for offset in (1e-3, 1e-9, 1e-13):
        x = np.array([[0.1, 0.7], [0.1 + offset, 0.7], [0.1, 0.7 + offset], [0.3, 0.2]])
        distances = -np.log(kernel_matrix(x, "laplace", bandwidth=offset)[0, 1:3]) * offset
        np.testing.assert_allclose(distances, [(0.1 + offset) - 0.1, (0.7 + offset) - 0.7], rtol=1e-14)


@pytest.mark.parametrize("scale", [1e160, 1e300, 1e-160, 1e-300, 2.0**-1000])
def test_units_make_no_difference(scale):
    for how in ("global", "each"):
        np.testing.assert_allclose(standardise(scale * X, how), standardise(X, how), rtol=1e-13, atol=1e-15)
    assert default_bandwidth(scale * X) == pytest.approx(scale * default_bandwidth(X), rel=1e-13)
    for kernel in ("rbf", "laplace"):
        np.testing.assert_allclose(kernel_matrix(scale * X, kernel), kernel_matrix(X, kernel), rtol=1e-12)
    if scale == 1e160:
        with pytest.raises(ValueError, match="overflow"):
            kernel_matrix(scale * X, "ntk")


def test_units_of_columns_make_no_difference_each():
    units = np.array([1e200, 1e-200, 1.0, 1e-300, 1e7])
    np.testing.assert_allclose(standardise(units * X, "each"), standardise(X, "each"), rtol=1e-12, atol=1e-14)
    moved = standardise(np.array([0.0, 1e7, -1e7, 0.0, 1e3]) + X, "each")
    np.testing.assert_allclose(moved, standardise(X, "each"), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(moved.mean(axis=0), 0.0, atol=1e-14)


def test_features_are_left_as_they_are():
    for table in (X.copy(), X.astype(np.float32), np.asfortranarray(X)):
        before = table.copy()
        for kernel in KERNELS:
            kernel_matrix(table, kernel)
        standardise(table)
        standardise(table, "none")[0, 0] = 7.0
        assert (table == before).all()


def test_default_bandwidth_makes_the_kernel_blind_to_units_and_origin():
    np.testing.assert_allclose(kernel_matrix(7.0 * X + 3.0, "laplace"), kernel_matrix(X, "laplace"), rtol=1e-12)
    assert default_bandwidth(standardise(X)) == pytest.approx(np.sqrt(5.0), rel=1e-14)
    assert default_bandwidth(X) == pytest.approx(np.sqrt(X.var(axis=0).sum()), rel=1e-14)


def test_standardise():
    together, each = standardise(X), standardise(X, "each")
    np.testing.assert_allclose(together.mean(axis=0), 0.0, atol=1e-14)
    np.testing.assert_allclose(np.mean(together**2), 1.0, rtol=1e-14)
    np.testing.assert_allclose(together.std(axis=0) / together.std(axis=0)[0], X.std(axis=0) / X.std(axis=0)[0])
    np.testing.assert_allclose(each.std(axis=0), 1.0, rtol=1e-14)
    assert (standardise(X, "none") == X).all()


def test_a_constant_column_with_a_mean_that_rounds_is_still_constant():
    table = np.column_stack([X[:, 0], np.full(30, 0.1)])
    with pytest.raises(ValueError, match="^features = .*constant"):
        standardise(table, "each")
    with pytest.raises(ValueError, match="^how = 'all'"):
        standardise(table, "all")
    assert (standardise(table)[:, 1] == 0.0).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda: kernel_matrix(X, "gaussian"),
        lambda: kernel_matrix(X, bandwidth=0.0),
        lambda: kernel_matrix(X, bandwidth=np.nan),
        lambda: kernel_matrix(X, bandwidth="1"),
        lambda: kernel_matrix(X, bandwidth=[1.0]),
        lambda: kernel_matrix(X, bandwidth=True),
        lambda: kernel_matrix(X, ["rbf"]),
        lambda: kernel_matrix(X, "polynomial", degree=True),
        lambda: kernel_matrix(X, "polynomial", degree=10**400),
        lambda: kernel_matrix(np.zeros((50_001, 1))),
        lambda: kernel_matrix(np.zeros((1,) * 40)),
        lambda: kernel_matrix(np.ma.masked_greater(X, 1.0)),
        lambda: kernel_matrix(scipy.sparse.csr_matrix(X)),
        lambda: kernel_matrix(X > 0),
        lambda: kernel_matrix(X[:, :0]),
        lambda: standardise(X, None),
        lambda: kernel_matrix(X, "polynomial", degree=0),
        lambda: kernel_matrix(X, "matern", smoothness=0.0),
        lambda: kernel_matrix(X, "matern", smoothness=21.0),
        lambda: kernel_matrix(X, "matern", smoothness=[1.5]),
        lambda: kernel_matrix(X, "arccos", order=-1),
        lambda: kernel_matrix(X, "arccos", order=61),
        lambda: kernel_matrix(X, "ntk", depth=0),
        lambda: kernel_matrix(X, "polynomial", degree=1.5),
        lambda: kernel_matrix(1e200 * X, "linear"),
        lambda: kernel_matrix([[1.0, 2.0], [3.0]]),
        lambda: kernel_matrix([["a"], ["b"]]),
        lambda: kernel_matrix(X[0]),
        lambda: kernel_matrix(X[:1]),
        lambda: kernel_matrix(np.where(X > 1, np.nan, X)),
        lambda: kernel_matrix(np.where(X > 1, np.inf, X)),
        lambda: kernel_matrix(np.ones((4, 3))),
        lambda: standardise(np.ones((4, 3))),
        lambda: standardise(X, "pixels"),
    ],
)
def test_bad_input_is_a_value_error(call):
    with pytest.raises(ValueError):
        call()
