"""Bad input: always a ValueError that names the argument, its value, what is admissible and what to do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import theory as th

TASK = th.Isotropic(50)
RF = th.random_features()
GOOD = {"n_samples": 20.0, "n_features": 30.0, "ridge": 1e-3, "noise": 0.1}
NOISY = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures())

WRONG = [
    ("n_samples", [0, -1, np.nan, "many", [], None, [[1, 2], [3]], 1j, -np.inf, True]),
    ("n_features", [0.0, -3, np.nan, "wide", []]),
    ("ridge", [np.nan, np.inf, "small", [], -10.0]),
    ("noise", [-0.1, np.nan, np.inf, "loud"]),
    ("ensemble", [0, 0.5, -2, np.nan, "two"]),
    ("precision", [0, -5, 2.5, "all", True]),
]


@pytest.mark.parametrize(("argument", "value"), [(name, value) for name, values in WRONG for value in values])
def test_evaluate_names_the_argument(argument, value):
    with pytest.raises(ValueError, match=f"^{argument} = .*must be .*; "):
        RF.evaluate(TASK, **{**GOOD, argument: value})


def test_missing_and_unknown_sizes_are_named():
    with pytest.raises(ValueError, match="n_features = None .* add n_features"):
        RF.evaluate(TASK, n_samples=10)
    with pytest.raises(ValueError, match="n_neurons = 3 .* n_features, n_samples"):
        RF.evaluate(TASK, n_samples=10, n_features=3, n_neurons=3)


def test_arrays_that_do_not_broadcast():
    with pytest.raises(ValueError, match="shapes = .*broadcastable"):
        RF.evaluate(TASK, n_samples=[1, 2, 3], n_features=[1, 2])


def test_the_task_must_be_a_numeric_spectrum():
    with pytest.raises(ValueError, match="task = .*spectrum"):
        RF.evaluate(np.ones(5), **GOOD)
    import sympy

    with pytest.raises(ValueError, match="capacity|symbol"):
        RF.evaluate(th.PowerLaw(sympy.Symbol("alpha"), 0.4), **GOOD)


def test_a_ridge_below_the_edge_states_the_edge():
    with pytest.raises(ValueError, match=r"ridge = -1\.0 .* at least -0\.\d+ \(the edge"):
        th.linear_ridge().evaluate(TASK, n_samples=20, ridge=-1.0)
    exact = -((1 - np.sqrt(50 / 20)) ** 2)  # the lower Marchenko-Pastur edge of XᵀX/P beside its zeros
    th.linear_ridge().evaluate(TASK, n_samples=20, ridge=exact * 0.999)
    with pytest.raises(ValueError, match="edge"):
        th.linear_ridge().evaluate(TASK, n_samples=20, ridge=exact * 1.001)


def test_projections_cannot_widen():
    haar = th.Chain(th.Samples(), th.HaarProjection())
    with pytest.raises(ValueError, match="n_features = 51.* at most 50"):
        haar.evaluate(TASK, n_samples=10, n_features=51)


def test_a_pool_has_its_noise_in_its_targets():
    with pytest.raises(ValueError, match=r"noise = 0\.1 .*add σ²/M"):
        th.Chain(th.PoolSamples()).evaluate(TASK, n_samples=10, noise=0.1)


def test_noise_needs_a_finite_width():
    with pytest.raises(ValueError, match=r"feature_noise = 0\.1 .*infinite"):
        NOISY.evaluate(TASK, n_samples=10, n_features=np.inf, feature_noise=0.1)
    with pytest.raises(ValueError, match="feature_noise"):
        th.Chain(th.Samples(), th.FeatureNoise()).evaluate(th.PowerLaw(1.5, 0.4), n_samples=10, feature_noise=0.1)


@pytest.mark.parametrize(
    "layers",
    [
        (),
        (th.Samples,),
        (th.GaussianFeatures(), th.Samples()),
        (th.Samples(), th.Samples()),
        (th.PoolSamples(), th.FeatureNoise(), th.GaussianFeatures()), (th.PoolSamples(), th.HaarProjection()),
        (th.PoolSamples(), th.GaussianFeatures(columns=0.5)), (th.GaussianFeatures(), th.PoolSamples()),
        (th.Samples(), th.HaarProjection(), th.FeatureNoise()),
        (th.Samples(), th.FeatureNoise(), th.FeatureNoise()),
        (th.Samples(), "features"),
    ],
)
def test_stacks_that_make_no_sense_are_refused(layers):
    with pytest.raises(ValueError, match="layers = .*must be"):
        th.Chain(*layers)


@pytest.mark.parametrize("name", ["two words", "noise", "", 3])
def test_names_must_be_identifiers_of_their_own(name):
    with pytest.raises(ValueError, match="name = "):
        th.Chain(th.Samples(), th.GaussianFeatures(name))
    with pytest.raises(ValueError, match="used by one layer only"):
        th.Chain(th.Samples(), th.GaussianFeatures("width"), th.GaussianFeatures("width"))


@pytest.mark.parametrize("depth", [0, -1, 1.5, "two", True])
def test_depth(depth):
    with pytest.raises(ValueError, match="depth = "):
        th.deep_random_features(depth)


@pytest.mark.parametrize("activation", ["gelu!", 3, None])
def test_activation_by_name(activation):
    with pytest.raises(ValueError, match="activation = "):
        th.nonlinear_random_features(activation)


def test_activations_without_linear_part_or_finite_values():
    even, broken = th.nonlinear_random_features(np.square), th.nonlinear_random_features(lambda h: h[:3])
    for model in (even, broken):
        with pytest.raises(ValueError, match="activation = "):
            model.evaluate(TASK, n_samples=10, n_features=20)
    with pytest.raises(ValueError, match="task = .*finite"):
        th.nonlinear_random_features("relu").evaluate(th.PowerLaw(1.5, 0.4), n_samples=10, n_features=20)
    with pytest.raises(ValueError, match="feature_noise"):
        th.nonlinear_random_features("relu").evaluate(TASK, n_samples=10, n_features=20, feature_noise=0.1)


numbers = st.one_of(st.floats(), st.integers(-5, 5), st.none(), st.text(max_size=3))


@settings(max_examples=200, deadline=None)
@given(numbers, numbers, numbers, numbers)
def test_anything_is_a_result_or_a_value_error(p, n, ridge, noise):
    try:
        out = RF.evaluate(TASK, n_samples=p, n_features=n, ridge=ridge, noise=noise)
    except ValueError:
        return
    assert out.converged or np.isnan(out.test)
    assert not out.converged or not np.isnan(out.test)
