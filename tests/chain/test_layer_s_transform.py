"""Layers and S-transforms, both ways: what a layer declares, and what declares a layer."""

import copy
import pickle

import numpy as np
import pytest
import sympy

import numerics as nm
import theory as th
from tests.zoo import SIZED
from theory.notation import DOF

TASK = th.PowerLaw(1.3, 0.4).truncate(60)
d, D, N, P = DOF.symbol, *sympy.symbols("D N P", positive=True)


def product_of_two(generator, n_inputs, n):
    return generator.standard_normal((n_inputs, n)) @ generator.standard_normal((n, n)) / n


TWICE = th.Layer.from_s_transform(th.s_transform("1/(1 - d/N)**2"), draw=product_of_two)


@pytest.mark.parametrize("kind", SIZED)
def test_every_sized_layer_has_the_s_transform_of_the_papers(kind):
    published = {
        th.Samples: 1 / (1 - d / P), th.GaussianFeatures: 1 / (1 - d / N), th.HaarProjection: (1 - d / D) / (1 - d / N),
        th.PoolSamples: (1 - d / D) / (1 - d / P),
    }  # fmt: skip
    assert sympy.simplify(kind().s_transform.expression - published[kind]) == 0


def test_a_chain_s_is_the_product_and_writes_the_fixed_point():
    model = th.random_features()
    assert model.s_transform == th.s_transform.wishart("N") * th.s_transform.wishart("P")
    kappa, ridge = (next(iter(side.free_symbols)) for side in (model.fixed_point_s.lhs, model.fixed_point.lhs))
    assert sympy.simplify(model.fixed_point_s.rhs / ridge * model.fixed_point.rhs - kappa) == 0
    haar = th.Chain(th.Samples(), th.HaarProjection(), th.GaussianFeatures()).s_transform
    n_2 = sympy.Symbol("N_2", positive=True)
    assert sympy.simplify(haar.expression * (1 - d / n_2) * (1 - d / P) - 1) == 0
    given = {"n_samples": 24.0, "n_features": 37.0}
    kappa = model.evaluate(TASK, ridge=1e-2, **given).kappa
    assert model.s_transform.subordination(1e-2, TASK, N=37.0, P=24.0) == pytest.approx(float(kappa), rel=1e-12)


def test_noise_has_none():
    for noisy in (th.FeatureNoise(), th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())):
        with pytest.raises(ValueError, match="noise adds to the ridge"):
            _ = noisy.s_transform


def test_a_layer_of_one_line_is_that_of_its_class():
    """S = 1/(1 − d/N)² in every answer, and drawn as the product of two matrices."""
    own, pair = th.Chain(th.Samples(), TWICE), th.deep_random_features(2)
    given = {"n_samples": [30.0, 50.0], "ridge": [1e-2, 0.0], "noise": 0.1}
    one, two = own.evaluate(TASK, n_features=40, **given), pair.evaluate(TASK, n_features_1=40, n_features_2=40, **given)
    for name in ("kappa", "test", "train", "bias"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-13)
    assert own.exponents().along(capacity=1.5, source=0.4, n_samples=1, n_features=2, ridge=-4)["test"] == -1.2
    mc = nm.simulate(own, TASK, n_samples=30, n_features=40, ridge=1e-2, noise=0.1, trials=40, seed=1, complex=True)
    assert abs(mc.test.mean - one.test[0]) < 4 * mc.test.stderr + 0.02 * one.test[0]


def test_maps_that_are_no_monomials_keep_their_digits():
    """S = (1 + u)/(1 − u)² and the inverse Wishart 1 + 2u against thirty digits, at ridge 0 and 1e-300 too."""
    for text in ("(1 + d/N)/(1 - d/N)**2", "1 + 2*d/N", "(1 + d/N/3)**2/(1 - d/N)"):
        chain = th.Chain(th.Samples(), th.Layer.from_s_transform(th.s_transform(text)))
        for ridge in (1e-2, 1e-300, 0.0):
            arguments = {"n_samples": 30, "n_features": 40, "ridge": ridge, "noise": 0.1}
            out, exact = chain.evaluate(TASK, **arguments), chain.evaluate(TASK, precision=30, **arguments)
            assert float(out.test) == pytest.approx(float(exact.test[()]), rel=1e-13)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("1 - d/(2*N)", "non-decreasing"), ("1 + d/N + 3*d**2/N**2", "S"), ("(1 - d/M)/(1 - d/N)", "one size"),
        ("1/(1 - 2*d/N)", "S|zero or pole"), ("exp(d/N)", "rational"), ("1 + d", "letter|one size"),
    ],
)  # fmt: skip
def test_what_belongs_to_no_matrix_makes_no_layer(text, match):
    with pytest.raises(ValueError, match=match):
        th.Layer.from_s_transform(th.s_transform(text))


def test_laws_without_an_expression_are_refused_with_the_reason():
    with pytest.raises(ValueError, match="an expression in d and one size"):
        th.Layer.from_s_transform(th.s_transform.wishart("N", law=[1.0, 2.0]))
    with pytest.raises(ValueError, match="make one"):
        th.Layer.from_s_transform("1/(1 - d/N)")


def test_they_pickle_and_compare():
    plain = th.Layer.from_s_transform(th.s_transform("1/(1 - d/N)**2"))
    th.Chain(th.Samples(), plain).evaluate(TASK, n_samples=10, n_features=20)
    again = th.Layer.from_s_transform(th.s_transform("1/(1-d/N)^2"))
    for made in (pickle.loads(pickle.dumps(plain)), copy.deepcopy(plain), again):
        assert made == plain
        assert hash(made) == hash(plain)
    assert pickle.loads(pickle.dumps(TWICE)) == TWICE != plain
