"""S-transforms as objects: expressions, algebra, moments, numbers of closed forms, bad input."""

import copy
import math
import pickle

import numpy as np
import pytest
import sympy
from mpmath import mp, mpc, mpf

import theory as th
from theory.notation import DOF, VOICULESCU, size_letter

S = th.s_transform
d, w = DOF.symbol, VOICULESCU.symbol
D, N, P = (size_letter(name, "").symbol for name in "DNP")
RNG = np.random.default_rng(7)

CLOSED = {
    "white": S.wishart("N"),
    "deep": S.wishart("N") * S.wishart("P") ** 2,
    "projection": S.projection("N", "D") * S.wishart("P"),
    "ar1": S("(sqrt(1 + (beta**2 - 1)*d**2/N**2) + beta*d/N)/(1 - d**2/N**2)"),
    "free lognormal": S("exp(t*d/D)"),
    "a zero alone": S("(1 - d/D)*exp(3*d/N)"),
    "fractional": S("(1 - d/N)**(-3/2)*(1 - log(1 - d/P))"),
}
VALUES = {"N": 70.0, "P": 90.0, "D": 100.0, "beta": 1.25, "t": 0.5}


def values(transform):
    return {name: VALUES[name] for name in transform.letters}


# on paper


def test_expressions_of_the_table():
    assert S.wishart("N").expression == 1 / (1 - d / N)
    assert (S.wishart("N") * S.wishart("P")).expression == 1 / ((1 - d / N) * (1 - d / P))
    assert S.projection("N", "D").expression == (1 - d / D) / (1 - d / N)
    assert S("1/(1 - d/N)") == S(1 / (1 - sympy.Symbol("d") / sympy.Symbol("N"))) == S.wishart("N")


def test_voiculescu_s_form():
    assert sympy.cancel(S.wishart("P").voiculescu("D") - 1 / (1 + D / P * w)) == 0
    assert sympy.cancel(S.projection("N", "D").of_multiple("q").voiculescu("D") * size_letter("q", "").symbol
                        - (1 + w) / (1 + D / N * w)) == 0
    assert sympy.cancel(S.wishart("P").voiculescu(50).subs(P, 25) - 1 / (1 + 2 * w)) == 0


def test_latex():
    assert S.wishart("N_1").latex() == r"$$S(d) = \frac{1}{1 - \frac{d}{N_{1}}}$$"
    structured = S.wishart("N", law=[1.0, 2.0])
    assert structured.latex() == structured._repr_latex_()
    assert r"\frac{N}{d \chi{\left(d \right)}}" in structured.latex()
    assert r"\operatorname{tr} C \left(C + \chi{\left(d \right)}\right)^{-1} = d" in structured.latex()
    assert r"C_{2}" in (structured * S.diagonal([3.0, 1.0])).latex()


def test_products_quotients_and_powers():
    white, other = S.wishart("N"), S.wishart("P")
    assert white * other == other * white
    assert (white * other) / other == white
    assert white**3 == white * white * white
    assert white**0 == S(1)
    law = S.wishart("N", law=[1.0, 2.0, 5.0])
    assert (law * white) / law == white
    assert law * law == law**2
    assert law != S.wishart("N", law=[1.0, 2.0, 4.0])
    assert law != white
    assert white != "1/(1 - d/N)"
    with pytest.raises(TypeError):
        white * 2
    with pytest.raises(ValueError, match="exponent"):
        white**0.5


def test_like_forms_are_equal():
    assert S("N/(N - d)") == S.wishart("N")
    assert hash(S("N/(N - d)")) == hash(S.wishart("N"))
    assert S.wishart("N", law=th.Isotropic(40)) == S.wishart("N")
    assert S.wishart(law=[2.0, 2.0, 0.0]) == S.wishart(2)
    assert S.diagonal(np.full(5, 4.0)) == S("1/4")
    assert S.diagonal([3.0, 3.0, 0.0, 0.0]) == S.projection(2, 4).of_multiple(1.5)
    listed = [1.0, 2.0, 5.0]
    assert S.diagonal(listed).normalised() * S.wishart(3) == S.wishart(law=listed)


@pytest.mark.parametrize("made", [*CLOSED.values(), S.diagonal([1.0, 3.0]) * S.wishart("N", law=th.PowerLaw(1.5, 0.4)),
                                  S.from_density(np.sqrt, (0.0, 1.5 ** (2 / 3))), S.from_moments([1, 2, 5, 14])])
def test_kept_by_value(made):
    for twin in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made), copy.copy(made)):
        assert twin == made
        assert hash(twin) == hash(made)
        assert repr(twin) == repr(made)
    if not made.is_closed or made.letters == ("N",):
        return
    before = made(1.0, **values(made))
    assert pickle.loads(pickle.dumps(made))(1.0, **values(made)) == before


def test_immutable_and_shown():
    white = S.wishart("N")
    with pytest.raises(AttributeError, match="immutable"):
        white.letters = ()
    assert repr(white) == "STransform(1/(1 - d/N))"
    assert repr(S.diagonal([3.0, 1.0])).startswith("STransform(2*(1 - d/2)/(d*chi(d)), chi of SpectralLaw(")
    assert isinstance(white, th.STransform)
    assert (white * S.projection("M", "D")).letters == ("D", "M", "N")


# moments


def test_moments_of_marchenko_and_pastur_are_narayana_polynomials():
    c = D / P
    for k, moment in enumerate(S.wishart("P").moments(8, "D"), start=1):
        narayana = sum(sympy.binomial(k, j) * sympy.binomial(k, j - 1) / k * c ** (j - 1) for j in range(1, k + 1))
        assert sympy.expand(moment - narayana) == 0
    assert S.wishart("P").moments(10, 7, P=7) == tuple(sympy.catalan(k) for k in range(1, 11))


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_moments_of_products_are_fuss_catalan_numbers(depth):
    fuss = [sympy.binomial((depth + 1) * k, k) / (depth * k + 1) for k in range(1, 9)]
    assert list((S.wishart("N") ** depth).moments(8, "D", N=5, D=5)) == fuss


def test_moments_of_the_free_lognormal():
    t = size_letter("t", "").symbol
    for n, moment in enumerate(S("exp(t*d/D)").moments(6, "D"), start=1):  # Biane 1997, mean scaled to one
        biane = sum(n ** sympy.Integer(k - 1) * t**k / sympy.factorial(k) * sympy.binomial(n, k + 1) for k in range(n))
        assert sympy.expand(moment - biane) == 0


def test_moments_of_functions():
    """Only the first coefficients of S count: those of its Taylor polynomial give the same moments."""
    for function, polynomial in (("1 - log(1 - d/N)", "1 + d/N + d**2/N**2/2 + d**3/N**3/3 + d**4/N**4/4"),
                                 ("(1 + 2*d/N)**(3/2)", "1 + 3*d/N + 3*d**2/N**2/2 - d**3/N**3/2 + 3*d**4/N**4/8"),
                                 ("exp(d/N)*(1 - d/P)", "(1 + d/N + d**2/N**2/2 + d**3/N**3/6 + d**4/N**4/24)*(1 - d/P)")):
        for first, second in zip(S(function).moments(5), S(polynomial).moments(5), strict=True):
            assert sympy.expand(first - second) == 0


def test_moments_of_a_projection_and_of_a_matrix():
    q = size_letter("q", "").symbol
    assert S.projection("N", "D").of_multiple("q").moments(5) == tuple(q**k * (D / N) ** (k - 1) for k in range(1, 6))
    eigenvalues = RNG.lognormal(size=9)
    found = S.diagonal(eigenvalues).moments(6, 9)
    np.testing.assert_allclose(np.array(found, float), [np.mean(eigenvalues**k) for k in range(1, 7)], rtol=1e-13)


def test_moments_there_and_back():
    moments = S.wishart("P").moments(9, 1, P=2)
    found = S.from_moments(moments, dimension=1).moments(9, 1)
    assert [sympy.nsimplify(float(moment), rational=True) for moment in found] == list(moments)


# numbers


@pytest.mark.parametrize("transform", CLOSED.values(), ids=CLOSED)
def test_double_precision_against_fifty_digits(transform):
    given = values(transform)
    bound = min([given.get("N", np.inf), given.get("P", np.inf), given.get("D", np.inf)])
    points = [(0.0, offset) for offset in (0.0, 1e-280, 1e-9, 3.3, 55.0)] + [(bound, -1e-5), (bound, -1e-12 * bound)]
    with mp.workdps(50):
        for base, offset in points:
            close = transform(offset, base=base, **given)
            exact = transform(mpf(offset), base=mpf(base), **given)
            assert abs(mpf(float(close)) / exact - 1) < 1e-14, (base, offset)
            if base + offset > 1e-100:
                assert abs(mpf(float(transform.slope(offset, base=base, **given)))
                           / transform.slope(mpf(offset), base=mpf(base), **given) - 1) < 2e-14


def test_the_complement_is_kept():
    deep = S.wishart("N") * S.wishart("P")
    x = np.array([1e-12, 1e-100, 1e-290])
    np.testing.assert_allclose(deep(-x, base=100, N=100, P=150), 100 / x * (150 / (50 + x)), rtol=4e-16)
    assert float(S.wishart("P")(100 * (1 - 1e-12), P=100)) != pytest.approx(1e12, rel=1e-6)  # what the base is for
    np.testing.assert_allclose(S.projection("N")(-x, base=100, N=100, D=101), (1 + x) / 101 * (100 / x), rtol=4e-16)


def test_shapes_and_broadcasting():
    white = S.wishart("N")
    assert white(3.0, N=9).shape == ()
    assert white(np.ones((4, 1)), N=[3, 5, 7]).shape == (4, 3)
    assert white(np.ones(3) * 1j, N=5).dtype == complex
    assert white.slope([1.0, 2.0], N=5).shape == (2,)
    assert white.mean(N=[1, 2]).tolist() == [1.0, 1.0]
    pair = white.two_points([[1.0], [2.0]], [1.0, 2.0, 3.0], N=5)
    assert pair.value.shape == pair.delta.shape == (2, 3)


def test_infinite_sizes_are_limits():
    deep = S.wishart("N") * S.wishart("P")
    assert deep(10.0, N=np.inf, P=40) == S.wishart("P")(10.0, P=40)
    assert deep.slope(10.0, N=np.inf, P=40) == S.wishart("P").slope(10.0, P=40)
    assert S.projection("N")(10.0, N=40, D=np.inf) == S.wishart("N")(10.0, N=40)
    with pytest.raises(ValueError, match="N = .*infinite everywhere or nowhere"):
        deep(10.0, N=[20, np.inf], P=40)


def test_slopes_of_the_table():
    at, white = {"N": 80.0, "D": 100.0}, S.wishart("N")
    u = 30.0 / 80
    assert white.slope(30.0, N=80) == pytest.approx(u / (1 - u), rel=1e-15)
    assert S.projection("N").slope(30.0, **at) == pytest.approx(u / (1 - u) - 0.3 / 0.7, rel=1e-14)
    # sizes that differ by one in a million: no digits are lost
    narrow = S.projection("N").slope(3.0, N=1e6 - 1, D=1e6)
    assert narrow == pytest.approx(3.0 / ((1e6 - 4) * (1e6 - 3)), rel=1e-13)


@pytest.mark.parametrize("transform", CLOSED.values(), ids=CLOSED)
@pytest.mark.parametrize("place", [(20.0, 41.5), (20.0 + 5j, 41.5 - 7j), (33.0, 33.0)])
def test_two_points(transform, place):
    given = values(transform)
    found = transform.two_points(*place, **given)
    with mp.workdps(40):
        first, second = (mpc(z) if isinstance(z, complex) else mpf(z) for z in place)
        if first == second:
            exact = transform.slope(first, **given) * transform(first, **given) / first
        else:
            exact = (transform(first, **given) - transform(second, **given)) / (first - second)
        assert abs(mpc(complex(found.delta)) / exact - 1) < 1e-14
        assert abs(transform.two_points(first, second, **given).delta / exact - 1) < 1e-35


def test_zeros_and_poles_that_nearly_cancel():
    """A projection onto all but one of a million dimensions, and sizes that tie where d reaches them."""
    narrow, at = S.projection("N"), {"N": 1e6 - 1, "D": 1e6}
    found = narrow.two_points(3.0, 5.0, **at)
    assert found.delta == pytest.approx(1 / (1e6 * (1e6 - 1)) / ((1 - 3 / (1e6 - 1)) * (1 - 5 / (1e6 - 1))), rel=1e-13)
    tied = S.projection("N") * S.wishart("P")
    x = 1e-100
    assert tied.slope(-x, base=100, N=100, P=100, D=2000) == pytest.approx(200 / x, rel=1e-14)
    assert tied.two_points(-x, -x, base=100, base_primed=100, N=100, P=100, D=2000).delta == pytest.approx(
        2 * 0.95 * 100**2 / x**3, rel=1e-14)


def test_two_points_of_which_one_is_complex():
    transform, law = S.wishart("N"), S.diagonal([1.0, 2.0, 7.0, 9.0])
    found = transform.two_points([1.0, 2.0], [1.0 + 1j, 2.0], N=5)
    np.testing.assert_allclose(found.delta, 1 / 5 / ((1 - np.array([0.2, 0.4])) * (1 - np.array([1 + 1j, 2]) / 5)), rtol=1e-14)
    pair = law.two_points(1.0, 2.0 + 1j)
    np.testing.assert_allclose(pair.delta, (law(1.0) - law(2.0 + 1j)) / (-1 - 1j), rtol=1e-12)


def test_complex_values_of_rational_transforms_are_those_of_the_formula():
    z = RNG.normal(size=20) * 60 + 1j * RNG.normal(size=20) * 60
    np.testing.assert_allclose((S.wishart("N") * S.projection("P"))(z, N=70, P=90, D=100),
                               (1 - z / 100) / ((1 - z / 70) * (1 - z / 90)), rtol=1e-13)


def test_complex_roots_are_continued_not_cut():
    """√(1 + (β²−1)u²) has branch points at u = ±4i/3: a ray that passes beyond them keeps to its sheet, and √ does not."""
    ar1, u = CLOSED["ar1"], np.array([0.1 - 1.8j, -0.1 - 1.8j, -0.1 + 1.8j, -0.4 - 1.0j])
    square = 1 + (1.25**2 - 1) * (0.5 + np.linspace(0, 1, 2001)[:, None] * (u - 0.5)) ** 2
    root = np.exp(0.5 * (np.log(abs(square[-1])) + 1j * np.unwrap(np.angle(square), axis=0)[-1]))
    assert (np.abs(root / np.sqrt(square[-1]) - [1, -1, -1, 1]) < 1e-12).all()
    expected = (root + 1.25 * u) / (1 - u**2)
    np.testing.assert_allclose(ar1(u * 70, N=70, beta=1.25), expected, rtol=1e-12)
    with mp.workdps(30):
        for place, value in zip(u, expected, strict=True):
            assert abs(ar1(mpc(complex(place)) * 70, N=70, beta=1.25) / mpc(complex(value)) - 1) < 1e-12


def test_normalised_and_of_a_multiple():
    transform = S.diagonal([1.0, 2.0, 6.0]).of_multiple(5)
    assert float(transform.mean()) == pytest.approx(15.0, rel=1e-15)
    assert float(transform(0.0)) == pytest.approx(1 / 15, rel=1e-15)
    assert transform.normalised() == S.diagonal([1.0, 2.0, 6.0]).normalised()
    assert float(transform.normalised()(0.0)) == 1.0


# bad input

BAD_EXPRESSIONS = ["sin(d)", "d**d", "1/(1 - d/N", sympy.I * d, sympy.oo, "floor(d)", None, [1], "x = 3"]


@pytest.mark.parametrize("text", BAD_EXPRESSIONS)
def test_expressions_that_cannot_be_read(text):
    with pytest.raises(ValueError, match="expression = .*must be .*; write it"):
        S(text)


def test_text_is_not_run():
    with pytest.raises(ValueError, match="expression"):
        S("__import__('os').getcwd()")


@pytest.mark.parametrize(("call", "message"), [
    (lambda: S.wishart("N")(1.0), "N = None .*add N="),
    (lambda: S.wishart("N")(1.0, N=5, P=3), "P = 3 .*its letters are: N"),
    (lambda: S.wishart("N")(1.0, N=-5), "N = -5"),
    (lambda: S.wishart("N")(1.0, N="wide"), "N = 'wide'"),
    (lambda: S.wishart("N")("many", N=5), "d = 'many'"),
    (lambda: S.wishart("N")(np.nan, N=5), "d = nan"),
    (lambda: S.wishart("N")(5.0, N=5), r"d = 5\.0 .*below 5\.0"),
    (lambda: S.wishart("N")(-1e-9, N=5), r"d = -1e-09 .*>= 0"),
    (lambda: (S.wishart("N") * S.wishart("P"))(6.0, N=5, P=9), r"d = 6\.0 .*below 5\.0"),
    (lambda: S.wishart("N")(mpf(6), N=5), r"d = .*below 5\.0"),
    (lambda: S.wishart("N")(mpf(1), N=[5, 6]), "N = .*one number"),
    (lambda: S.wishart("N")([1.0, 2.0], N=[5, 6, 7]), "shapes"),
    (lambda: S.wishart("N").two_points([1.0, 2.0], [1.0, 2.0, 3.0], N=5), "shapes"),
    (lambda: S.wishart("N").two_points(0.0, 1.0, N=5), "d = 0 .*above zero"),
    (lambda: S.wishart("N").slope(1j, N=5), "d = .*real"),
    (lambda: S.wishart("N").two_points(mpf(1), 2.0, N=5), "d_primed = 2.0 .*kind of d"),
    (lambda: S("1 - 2*d/N + d**2/N**2 - d/9")(8.0, N=9), r"d = 8\.0 .*positive"),
    (lambda: S.wishart("N").moments(0), "count = 0"),
    (lambda: S.wishart("N").moments(3, "D", Q=2), "Q = 2"),
    (lambda: S.wishart(), "size = None"),
    (lambda: S.wishart(True), "size = True"),
    (lambda: S.wishart("d"), "size = 'd'"),
    (lambda: S.wishart(-3), "size = -3"),
    (lambda: S.wishart("N 1"), "size = 'N 1'"),
    (lambda: S.projection(5, 4), "size = 5"),
    (lambda: S("d/N").normalised(), "S = .*d = 0"),
])
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_docstring_numbers():
    assert float(S.wishart("N")(20.0, N=100)) == 1.25
    assert repr(S.wishart("N") * S.wishart("P")) == "STransform(1/((1 - d/N)*(1 - d/P)))"
    assert math.isclose(float(S.wishart("N").ridge(20.0, N=100, D=50)), (1 - 0.4) / (0.4 * 1.25))
