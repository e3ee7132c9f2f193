"""Any number of digits: arguments taken exactly, nothing in doubles on the way, and doubles right to their last digits."""

from __future__ import annotations

import itertools
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from mpmath import mpf

import theory as th
from tests.zoo import admissible_chains, label

S, G, H, N = th.Samples(), th.GaussianFeatures(), th.HaarProjection(), th.FeatureNoise()
LAW = th.PowerLaw(1.5, 0.4)
K = np.arange(1.0, 25.0)


def agree(found, expected, digits=28):
    """Assert that all values are equal to so many digits."""
    for value, other in zip(np.ravel(found), np.ravel(expected), strict=True):
        with mpmath.workdps(digits + 10):
            assert abs(value - other) <= abs(other) * mpf(10) ** -digits, (value, other)


@pytest.mark.parametrize("precision", [0, 3.5, "30", True, 10**9, [30]])
def test_the_precision_is_checked_before_anything_else(precision):
    with pytest.raises(ValueError, match="^precision = "):
        th.linear_ridge().evaluate(None, n_samples="none", precision=precision)


@pytest.mark.parametrize("ridge", [mpf("1e-4"), Fraction(1, 10**4), 1e-4, np.float64(1e-4)])
def test_a_ridge_is_taken_as_it_is_written(ridge):
    kappa = th.linear_ridge().evaluate(LAW, n_samples=np.inf, ridge=ridge, precision=40).kappa[()]
    with mpmath.workdps(40):
        agree(kappa, mpf(1) / 10**4, 14 if isinstance(ridge, mpf) else 39)  # an mpf of 53 bits is 0.0001 to 16 digits


def test_a_ridge_beyond_doubles_is_a_ridge():
    kappa = th.linear_ridge().evaluate(th.Isotropic(10), n_samples=10, ridge=Fraction(1, 10**400), precision=20).kappa[()]
    with mpmath.workdps(40):
        agree(kappa * kappa / (1 + kappa), mpf(10) ** -400, 19)  # λ = κ (1 − d/P), d = 10/(1 + κ)


def test_finite_and_infinite_sizes_mix():
    sizes = {"n_samples": [100, np.inf, np.inf], "n_features": [np.inf, 50, np.inf]}
    mixed = th.random_features().evaluate(LAW, ridge=1e-3, noise=0.1, precision=30, **sizes)
    doubles = th.random_features().evaluate(LAW, ridge=1e-3, noise=0.1, **sizes)
    for key, values in mixed.terms.items():
        agree(values, doubles.terms[key], 13)
    alone = th.linear_ridge().evaluate(LAW, ridge=1e-3, noise=0.1, precision=30, n_samples=100)
    agree(mixed.test[0], alone.test)


@pytest.mark.parametrize("layers", [(S, H), (S, H, G), (S, G, H), (S, G, G), (S, N, G), (S, N)])
@pytest.mark.parametrize("precision", [None, 25])
def test_infinite_layers_change_nothing(layers, precision):
    chain = th.Chain(*layers)
    sizes = {slot.keyword: np.inf if slot.is_features else 100 if slot.is_size else 0 for slot in chain.slots}
    for ridge in (0.0, 0.1):
        found = chain.evaluate(LAW, ridge=ridge, noise=0.1, precision=precision, **sizes)
        plain = th.linear_ridge().evaluate(LAW, ridge=ridge, noise=0.1, precision=precision, n_samples=100)
        assert found.converged
        for key, values in found.terms.items():
            if key in plain.terms:
                agree(values, plain.terms[key], 13 if precision is None else 23)
            else:
                assert values == 0


def test_noise_of_variance_zero_is_no_noise():
    """Between points with noise, too; and to the last digit, where the noisy chain's own formulas lose some."""
    noisy, plain = th.Chain(S, N), th.linear_ridge()
    found = noisy.evaluate(th.Isotropic(100), n_samples=99.9999, feature_noise=[0.0, 0.3, 0.0], noise=0.1, ridge=[0, 0, 1e-3])
    clean = plain.evaluate(th.Isotropic(100), n_samples=99.9999, noise=0.1, ridge=[0, 0, 1e-3])
    np.testing.assert_array_equal(found.test[[0, 2]], clean.test[[0, 2]])
    assert found.test[1] != found.test[0]
    sizes = {"n_samples": Fraction(99.9999), "ridge": [0, 0, Fraction(1e-3)]}
    exact = plain.evaluate(th.Isotropic(100), noise=0.1, precision=30, **sizes)
    np.testing.assert_allclose(found.test[[0, 2]], exact.test[[0, 2]].astype(float), rtol=2e-15)


@pytest.mark.parametrize(("layers", "sizes"), [((S, N), {}), ((S, N, G), {"n_features": np.inf})])
def test_zero_noise_on_infinitely_many_coordinates_is_none_everywhere(layers, sizes):
    """In best ridges, slopes and training, too: each is that of ridge regression, and nothing warns."""
    chain, plain, sizes = th.Chain(*layers), th.linear_ridge(), {"n_samples": [50, 100], "noise": 0.1, **sizes}
    clean = {key: sizes[key] for key in ("n_samples", "noise")}
    best = chain.optimal_ridge(LAW, feature_noise=0, **sizes)
    np.testing.assert_allclose(best, plain.optimal_ridge(LAW, **clean), rtol=1e-6)
    assert best.converged.all()
    slopes, expected = (model.local_exponents(LAW, ridge=1e-3, **given)["test"]
                        for model, given in ((chain, {**sizes, "feature_noise": 0}), (plain, clean)))  # fmt: skip
    assert np.isnan(slopes["feature_noise"]).all()
    for argument, slope in expected.items():
        np.testing.assert_allclose(slopes[argument], slope, rtol=1e-12)
    flow = th.GradientFlow(chain).evaluate(LAW, time=30.0, feature_noise=0, **sizes)
    np.testing.assert_allclose(flow.test, th.GradientFlow(plain).evaluate(LAW, time=30.0, **clean).test, rtol=1e-9)


def test_next_to_the_rank_at_ridge_zero():
    """d = 10/(1 + κ) = P: κ = (10 − P)/P, with as many digits as are asked for."""
    for P in ("9.9999", "9.9999999999999999999999999999999999"):
        out = th.linear_ridge().evaluate(th.Isotropic(10), n_samples=Fraction(P), noise=1, precision=30)
        with mpmath.workdps(80):
            agree(out.kappa[()], (10 - mpf(P)) / mpf(P))


def test_a_size_next_to_the_number_of_modes():
    out = th.linear_ridge().evaluate(th.PowerLaw(0.5, 1, size=1000), n_samples=1001, ridge=1e-12, precision=50)
    assert mpmath.nstr(out.test[()], 20) == "7.5073154350401949987e-15"


@pytest.mark.parametrize("size", [10, 10.0, Fraction(10)])
def test_at_a_tie_with_the_rank_the_noise_diverges(size):
    width = {"n_features": 10}
    for chain, sizes in ((th.linear_ridge(), {}), (th.random_features(), width), (th.Chain(S, H), width)):
        out = chain.evaluate(th.Isotropic(10), n_samples=size, noise=0.1, precision=30, **sizes)
        assert out.test == mpmath.inf
        assert "threshold" in str(out.reasons)
        assert chain.evaluate(th.Isotropic(10), n_samples=size, noise=0.1, **sizes).status == out.status


def test_a_limit_far_below_the_smallest_eigenvalue():
    """Probes at 1e-130 of an eigenvalue of 1e-190 are no normal doubles: nearer ones are, and where none are it is said."""
    task, sizes = th.Discrete([1, 1e-190], [1, 1]), {"n_samples": 2.000002, "n_features": 2}
    exact = th.Chain(S, H).evaluate(task, noise=1e-20, precision=30, n_samples=Fraction(2.000002), n_features=2)
    doubles = th.Chain(S, H).evaluate(task, noise=1e-20, **sizes)
    for key, value in exact.terms.items():
        np.testing.assert_allclose(doubles.terms[key], float(value), rtol=2e-15)
    assert th.linear_ridge().evaluate(task, n_samples=2, noise=0.1).test == np.inf
    deep = th.Chain(S, G, G).evaluate(task, n_samples=4, n_features_1=2, n_features_2=2, noise=0.1)
    assert not deep.converged
    assert th.Chain(S, G, G).evaluate(task, n_samples=4, n_features_1=2, n_features_2=2, noise=0.1, precision=20).converged


def test_a_pool_that_is_learnt_whole():
    """At P = M the errors of what is left out tend to a limit while bias and complement leave the range of doubles."""
    task, sizes = th.PowerLaw(0.5, 1, size=1000), {"n_samples": 1000}
    found = th.Chain(th.PoolSamples()).evaluate(task, ridge=[1e-300, 0.0, 1e-12], **sizes).test
    exact = th.Chain(th.PoolSamples()).evaluate(task, ridge=Fraction(1, 10**100), precision=20, **sizes).test
    np.testing.assert_allclose(found, float(exact[()]), rtol=1e-9)


@pytest.mark.parametrize("precision", [20, 400])
def test_below_the_edge_is_refused_with_the_edge(precision):
    edge = -((1 - mpmath.sqrt(mpf(5) / 2)) ** 2)  # the lower Marchenko-Pastur edge of XᵀX/P, P = 20, D = 50
    model = th.linear_ridge()
    assert model.evaluate(th.Isotropic(50), n_samples=20, ridge=mpf(edge) * 0.999, precision=precision).converged
    for below in (1.001, 7, 1e9):
        with pytest.raises(ValueError, match=r"^ridge = -.* at least -0\.3377"):
            model.evaluate(th.Isotropic(50), n_samples=20, ridge=mpf(edge) * below, precision=precision)
    with pytest.raises(ValueError, match=r"^ridge = .* >= 0 where the two smallest sizes"):
        model.evaluate(th.Isotropic(50), n_samples=50, ridge=-1e-9, precision=precision)
    with pytest.raises(ValueError, match=r"^ridge = .* infinite rank"):
        model.evaluate(LAW, n_samples=np.inf, ridge=-1e-9, precision=precision)


POPULATIONS = {
    "law": LAW, "long law": th.PowerLaw(1.5, 1.5, size=300), "isotropic": th.Isotropic(100), "steep": th.Discrete(K**-10, K**2),
    "levels": th.Discrete([1, 1e-12], [1, 1], [20, 20]), "split": th.Discrete([1, 1 - 1e-12], [1, 0], [30, 20]),
    "two": th.Discrete([1, 1e-100], [1, 1]), "null modes": th.Discrete([*K[:12] ** -1.5, 0], [1] * 13, [1] * 12 + [8]),
    "unlearnable": th.Discrete.from_signal([1, 0.5, 0], [1, 0.2, 0.3], [5, 5, 2]),
}  # fmt: skip
RIDGES = [0.0, 0.0, 0.0, 1e-300, 1e-30, 1e-12, 1e-6, 1e-3, 1.0, 1e6]


def hard_point(rng, chains, populations):
    """Return a chain, the name of a population and arguments: sizes tied, next to one another and to the rank, infinite."""
    chain, name = chains[rng.integers(len(chains))], populations[rng.integers(len(populations))]
    task = POPULATIONS[name]
    inner, given = float(task.size), {}
    near = float(min(task.rank, 40))
    for slot in chain.slots:
        if not slot.is_size:
            given[slot.keyword] = 0.0 if np.isinf(inner) else float(rng.choice([0.0, 0.0, 1e-30, 1e-6, 0.01, 1.0, 1e6]))
            continue
        menu = [near, near, near * (1 + 1e-6), near * (1 - 1e-9), near * (1 - 1e-12), near / 2, 3 * near, 0.3, 1e15, np.inf]
        if np.isfinite(inner) and inner != task.size and rng.random() < 0.5:
            menu = [inner * factor for factor in (1, 1, 1 + 1e-6, 1 - 1e-6, 1 + 1e-12, 2, 0.4)]
        size = float(rng.choice(menu))
        given[slot.keyword] = inner = min(size, float(task.size) if slot.layer.pooled else inner) if slot.layer.nested else size
    given["ridge"] = float(rng.choice(RIDGES))
    pooled = chain.slots.pooled
    given["noise"] = 0.0 if pooled else float(rng.choice([0.0, 1e-20, 0.1]))
    given["ensemble"] = 1.0 if pooled else float(rng.choice([1.0, 1.0, 3.0, np.inf]))
    return chain, name, given


def exactly(value):
    return value if np.isinf(value) else Fraction(value)


def compare(seed, count, depth, populations):
    """Hold doubles against thirty digits at random hard points; return how many were compared."""
    rng, compared, chains = np.random.default_rng(seed), 0, admissible_chains(depth)
    for turn in itertools.count():
        if turn == count:
            return compared
        chain, name, given = hard_point(rng, chains, populations)
        story = f"seed {seed}, turn {turn}: {label(chain)} on {name}, {given}"
        if chain.slots.pooled and np.isinf(POPULATIONS[name].size):
            continue
        doubles = chain.evaluate(POPULATIONS[name], **given)
        precise = chain.evaluate(POPULATIONS[name], precision=30, **{key: exactly(value) for key, value in given.items()})
        assert precise.converged, story
        assert doubles.converged or "0/0" in str(doubles.reasons), story
        if not doubles.converged:
            continue
        compared += 1
        for key, value in precise.terms.items():
            expected = float(value)
            np.testing.assert_allclose(doubles.terms[key], expected, rtol=2e-14, atol=1e-290, err_msg=f"{story}: {key}")


def test_doubles_agree_with_thirty_digits():
    assert compare(0, 60, 1, [name for name in POPULATIONS if "law" not in name]) > 50  # whose sums take long


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_doubles_agree_with_thirty_digits_everywhere(seed):
    assert compare(seed, 250, 2, list(POPULATIONS)) > 200
