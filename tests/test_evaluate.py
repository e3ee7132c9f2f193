"""Evaluation: doubles against fifty digits on every chain, easy and hard points; limits; shapes; properties."""

import itertools

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import theory as th
from tests.zoo import admissible_chains, label, sizes

K = np.arange(1, 61)
TASK = th.Discrete(K**-1.3, 1 / (1 + (K - 5.0) ** 2))


def agree(chain, task, tolerance=1e-12, digits=30, **arguments):
    """Hold every term in doubles against mpmath; points that are exactly 0 or inf must be so in both."""
    fast = chain.evaluate(task, **arguments)
    slow = chain.evaluate(task, precision=digits, **arguments)
    assert fast.converged.all()
    for key, values in {"kappa": fast.kappa, **fast.terms}.items():
        exact = slow.kappa if key == "kappa" else slow.terms[key]
        for found, expected in zip(np.ravel(values), np.ravel(exact), strict=True):
            if abs(expected) < 1e-307:  # below the doubles
                assert 0 <= found < 1e-300, (key, found, expected)
            elif mpmath.isinf(expected):
                assert found == float(expected), (key, found, expected)
            else:
                assert abs(mpmath.mpf(float(found)) / expected - 1) < tolerance, (key, found, expected)


@pytest.mark.parametrize("chain", admissible_chains(), ids=label)
def test_doubles_agree_with_thirty_digits(chain):
    noise = 0.3 if not chain.slots.pooled else 0.0
    agree(chain, TASK, ridge=[0.0, 1e-300, 1e-30, 1e-8, 1e-2, 30.0], noise=noise, **sizes(chain))


def equal_sizes(chain, size):
    return {slot.keyword: float(size) if slot.is_size else 0.02 for slot in chain.slots}


EQUAL = [th.linear_ridge(), th.random_features(), th.deep_random_features(2), th.Chain(th.Samples(), th.HaarProjection()),
         th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())]


@pytest.mark.parametrize("chain", EQUAL, ids=label)
@pytest.mark.parametrize("size", [20, 60, 90])
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_equal_sizes_below_at_and_above_the_rank(chain, size, noise):
    if chain.slots[0].ratio and size > 60:
        size = 60
    agree(chain, TASK, ridge=[0.0, 1e-20, 1e-3], noise=noise, digits=20, **equal_sizes(chain, size))


@pytest.mark.parametrize("chain", [th.linear_ridge(), th.random_features(), th.deep_random_features(3)], ids=label)
def test_infinite_spectrum_agrees_with_thirty_digits(chain):
    parameters = {slot.keyword: 50.0 * 7**i for i, slot in enumerate(chain.slots)}
    agree(chain, th.PowerLaw(1.5, 0.4), ridge=[0.0, 1e-12, 1e-3], noise=0.1, **parameters)


def test_negative_ridge_agrees_with_thirty_digits():
    agree(th.linear_ridge(), TASK, ridge=[-1e-30, -1e-5], n_samples=24, noise=0.3)
    agree(th.linear_ridge(), TASK, ridge=[-1e-30, -1e-4], n_samples=200, noise=0.3)
    agree(th.random_features(), TASK, ridge=[-1e-30, -1e-6], n_samples=24, n_features=45, noise=0.3)


def test_ridgeless_limits():
    """Mathematics, section 6: N < P does not see the law of F; P < N; the peak."""
    model, haar = th.random_features(), th.Chain(th.Samples(), th.HaarProjection())
    few = model.evaluate(TASK, n_samples=40, n_features=25, noise=0.3)
    assert float(few.test) == pytest.approx(float(haar.evaluate(TASK, n_samples=40, n_features=25, noise=0.3).test), rel=1e-12)
    (potential,), (dof,) = TASK.moments(np.array([few.kappa]), ((0, 1, 1), (1, 0, 0)))
    assert dof == pytest.approx(25, rel=1e-12)
    assert float(few.test) == pytest.approx((potential + 0.3) / (1 - 25 / 40), rel=1e-12)
    assert float(few.train) == pytest.approx((1 - 25 / 40) ** 2 * float(few.test), rel=1e-12)
    many = model.evaluate(TASK, n_samples=25, n_features=40, noise=0.3)
    df2 = TASK.moments(np.array([many.kappa]), ((2, 0, 0),))[0][0]
    expected = (float(many.bias) + 0.3) / (1 - df2 / 25) + 25 / 15 * (potential + 0.3)
    assert float(many.test) == pytest.approx(expected, rel=1e-12)
    peak = model.evaluate(TASK, n_samples=40, n_features=40, noise=0.3)
    assert np.isinf(peak.test)
    assert peak.train == 0
    assert peak.converged


def test_infinite_sizes_remove_their_layer():
    ridge = th.linear_ridge().evaluate(TASK, n_samples=30, ridge=1e-3, noise=0.1)
    wide = th.random_features().evaluate(TASK, n_samples=30, n_features=np.inf, ridge=1e-3, noise=0.1)
    assert float(wide.test) == pytest.approx(float(ridge.test), rel=1e-14)
    assert wide.variance["features"] == 0
    population = th.linear_ridge().evaluate(TASK, n_samples=np.inf, ridge=1e-3, noise=0.1)
    assert float(population.kappa) == pytest.approx(1e-3, rel=1e-15)
    assert float(population.test) == pytest.approx(float(population.train), rel=1e-14)


def test_noise_of_no_variance_and_square_projection_are_no_layer():
    plain = th.random_features().evaluate(TASK, n_samples=30, n_features=40, ridge=1e-3, noise=0.1)
    noisy = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())
    quiet = noisy.evaluate(TASK, n_samples=30, n_features=40, ridge=1e-3, noise=0.1, feature_noise=0.0)
    assert float(quiet.test) == pytest.approx(float(plain.test), rel=1e-13)
    square = th.Chain(th.Samples(), th.HaarProjection()).evaluate(TASK, n_samples=30, n_features=60, ridge=1e-3, noise=0.1)
    ridge = th.linear_ridge().evaluate(TASK, n_samples=30, ridge=1e-3, noise=0.1)
    assert float(square.test) == pytest.approx(float(ridge.test), rel=1e-13)


def test_ensembles_interpolate_between_one_and_infinitely_many():
    model = th.random_features()
    copies = np.array([1, 2, 5, np.inf])
    out = model.evaluate(TASK, n_samples=30, n_features=40, ridge=1e-3, noise=0.1, ensemble=copies)
    one = model.evaluate(TASK, n_samples=30, n_features=40, ridge=1e-3, noise=0.1)
    limit = 0.1 + one.bias + one.variance["samples"] + one.variance["samples", "noise"]
    np.testing.assert_allclose(out.test, limit + (one.test - limit) / copies, rtol=1e-13)
    np.testing.assert_allclose(out.train / out.test, one.train / one.test, rtol=1e-13)
    np.testing.assert_allclose(out.excess, out.bias + sum(out.variance.values()), rtol=1e-13)


def test_nonlinear_features_are_a_noisy_chain():
    task, relu = th.Isotropic(100), th.nonlinear_random_features("relu")
    weight, rest = relu.nonlinear.equivalent(task)
    assert weight == pytest.approx(0.25 / 100, rel=1e-14)  # c₁ = s/2 at s = 1
    assert rest == pytest.approx(0.5 - 1 / (2 * np.pi) - 0.25, rel=1e-13)
    noisy = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())
    found = relu.evaluate(task, n_samples=50, n_features=80, ridge=1e-3, noise=0.1)
    expected = noisy.evaluate(
        task, n_samples=50, n_features=80, ridge=1e-3 / weight, noise=0.1, feature_noise=rest / (80 * weight)
    )
    assert found.test == expected.test
    linear = th.nonlinear_random_features(lambda h: h).evaluate(task, n_samples=50, n_features=80, ridge=1e-3, noise=0.1)
    scaled = th.random_features().evaluate(task, n_samples=50, n_features=80, ridge=1e-3 * 100, noise=0.1)
    assert float(linear.test) == pytest.approx(float(scaled.test), rel=1e-8)
    erf = th.NonlinearFeatures("erf").equivalent(task)
    assert erf[0] * 100 == pytest.approx(4 / (3 * np.pi), rel=1e-13)  # c₁² of erf at s = 1


def test_shapes_follow_broadcasting():
    model = th.random_features()
    out = model.evaluate(TASK, n_samples=np.array([[10], [30]]), n_features=[20, 40, 80], ridge=1e-3, noise=0.1)
    assert out.test.shape == out.variance["features", "samples"].shape == out.status.shape == (2, 3)
    scalar = model.evaluate(TASK, n_samples=10, n_features=20)
    assert isinstance(scalar.test, np.ndarray)
    assert scalar.test.shape == ()
    single = model.evaluate(TASK, n_samples=30, n_features=40, ridge=1e-3, noise=0.1)
    assert float(single.test) == pytest.approx(float(out.test[1, 1]), rel=1e-14)


sizes_ = st.floats(0.5, 1e12)
ridges = st.one_of(st.just(0.0), st.floats(1e-300, 1e6))


@settings(max_examples=60, deadline=None)
@given(sizes_, sizes_, ridges, st.floats(0, 1e3), st.floats(1.05, 6), st.floats(0.05, 3))
def test_every_term_is_finite_nonnegative_and_adds_up(p, n, ridge, noise, capacity, source):
    out = th.random_features().evaluate(th.PowerLaw(capacity, source), n_samples=p, n_features=n, ridge=ridge, noise=noise)
    assert out.converged
    values = {key: float(value) for key, value in out.terms.items()}
    assert all(value >= 0 for value in values.values())
    assert all(np.isfinite(value) for value in values.values()) or (ridge == 0 and p == n)
    total = sum(value for key, value in values.items() if key not in ("test", "train", "excess"))
    assert total == pytest.approx(values["excess"], rel=1e-11)
    assert values["train"] <= values["test"] * (1 + 1e-12)


@settings(max_examples=25, deadline=None)
@given(st.floats(1, 1e9), st.floats(1e-12, 1.0), st.floats(1.05, 4), st.floats(0.1, 2))
def test_kappa_falls_with_data_and_rises_with_ridge(p, ridge, capacity, source):
    task, model = th.PowerLaw(capacity, source), th.linear_ridge()
    kappa = model.evaluate(task, n_samples=[p, 2 * p, p], ridge=[ridge, ridge, 2 * ridge]).kappa
    assert kappa[1] < kappa[0] < kappa[2]
    assert (kappa >= [ridge, ridge, 2 * ridge]).all()


def test_terms_are_looked_up_in_any_order_and_missing_ones_listed():
    out = th.random_features().evaluate(TASK, n_samples=10, n_features=20, noise=0.1)
    for names in itertools.permutations(("samples", "features", "noise")):
        assert out.variance[names] == out.variance["samples", "features", "noise"]
    with pytest.raises(KeyError, match="there are 'samples'"):
        out.variance["noise"]


def test_traces_are_the_unnormalised_sums():
    eigenvalues, power = TASK.explicit()
    for p, q, m in [(1, 0, 1), (2, 0, 2), (1, 0, 2), (1, 1, 1), (2, 1, 2), (1, 1, 2), (0, 0, 1)]:
        expected = np.sum(eigenvalues**p * power**q / (eigenvalues + 0.3) ** m)
        assert float(TASK.trace(p, q, m, 0.3)) == pytest.approx(expected, rel=1e-13)
        assert float(TASK.trace(p, q, m, mpmath.mpf("0.3"))) == pytest.approx(expected, rel=1e-13)
    for orders in [(1, 2, 1), (0, 1, 1), (3, 0, 2)]:
        with pytest.raises(ValueError, match=r"\(p, q, m\) = "):
            TASK.trace(*orders, 0.3)
    with pytest.raises(ValueError, match=r"kappa = .* > 0"):
        TASK.trace(1, 0, 1, 0.0)


def test_unlimited_data_and_width_leave_the_noise_only():
    out = th.random_features().evaluate(th.PowerLaw(1.5, 0.4), n_samples=np.inf, n_features=np.inf, noise=0.1)
    assert out.converged
    assert out.kappa == 0
    assert float(out.test) == pytest.approx(0.1, rel=1e-14)
    assert float(out.excess) == 0


def test_what_doubles_cannot_resolve_says_so():
    task = th.Discrete([1.0, 1e-310], [1.0, 1.0])
    out = th.linear_ridge().evaluate(task, n_samples=2, noise=0.0)
    assert bool(out.converged) != bool(np.isnan(out.test))
    assert out.converged or out.reasons[()].startswith("not converged")
    wide = th.Discrete([1.0, 1e-310], [1.0, 1.0], [10, 10])  # κ is as small as what it is compared with: it has few digits
    lost = th.random_features().evaluate(wide, n_samples=15, n_features=18)
    assert lost.reasons[()].startswith("not converged")
    assert 0 < th.random_features().evaluate(wide, n_samples=15, n_features=18, precision=20).bias < 1
