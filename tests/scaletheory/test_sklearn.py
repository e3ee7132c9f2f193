"""The estimator of scikit-learn: its conventions, the numbers of `learning_curve`; own kernels, lists of ridges."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import numerics as nm
import scaletheory as st
from numerics.data.sets import DataWarning

pytest.importorskip("sklearn")
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

X = np.random.default_rng(0).normal(size=(120, 3))
y = np.sin(X[:, 0]) + 0.3 * X[:, 1]
ASKED = {"n_samples": [20, 60], "trials": 4, "seed": 1}
Predictor = st.sklearn.LearningCurvePredictor


def test_it_passes_the_checks_of_scikit_learn():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_estimator(Predictor())
        check_estimator(Predictor(kernel="linear", alpha=1.0))


def test_its_numbers_are_those_of_the_learning_curve():
    curve = nm.learning_curve(X, y, **ASKED)
    fitted = Predictor().fit(X, y)
    np.testing.assert_allclose(fitted.predict_error([20, 60]), curve.predicted)
    assert fitted.predict_error(20).shape == ()
    assert fitted.ridge_ == pytest.approx(curve.ridge)
    with_alpha = Predictor(alpha=0.6).fit(X, y)
    np.testing.assert_allclose(with_alpha.predict_error(60), nm.learning_curve(X, y, ridge=0.01, **ASKED).predicted[1])
    piped = make_pipeline(StandardScaler(), Predictor(scaling="none", bandwidth=1.5, pool=100, random_state=0)).fit(X, y)
    assert piped[-1].predict_error([50]).shape == (1,)


def test_kernels_of_one_s_own():
    named = nm.learning_curve(X, y, bandwidth=2.0, scaling="none", ridge=0.02, **ASKED)
    gamma = 1 / (2 * 2.0**2)
    function = nm.learning_curve(X, y, lambda A, B: rbf_kernel(A, B, gamma), scaling="none", ridge=0.02, **ASKED)
    matrix = nm.learning_curve(rbf_kernel(X, gamma=gamma), y, "precomputed", ridge=0.02, **ASKED)
    for other in (function, matrix):
        np.testing.assert_allclose(other.predicted, named.predicted)
        np.testing.assert_allclose(other.measured, named.measured)
    drawn = nm.learning_curve(rbf_kernel(X), y, "precomputed", pool=50, n_samples=[20], trials=2)
    assert drawn.pool_size == 50
    np.testing.assert_allclose(Predictor("precomputed", ridge=0.02).fit(rbf_kernel(X, gamma=gamma), y).predict_error([20, 60]),
                               named.predicted)  # fmt: skip


def test_several_ridges_and_threads():
    with ThreadPoolExecutor(2) as executor:
        several = nm.learning_curve(X, y, ridge=[0.02, 0.5], executor=executor, **ASKED)
        default = nm.learning_curve(X, y, ridge=0.5, n_samples=[20, 60], executor=executor)
    assert [curve.ridge for curve in several] == [0.02, 0.5]
    for curve in several:
        alone = nm.learning_curve(X, y, ridge=curve.ridge, **ASKED)
        np.testing.assert_allclose(curve.measured, alone.measured, rtol=1e-12)
        np.testing.assert_allclose(curve.stderr, alone.stderr, rtol=1e-10)
    alone = nm.learning_curve(X, y, ridge=0.5, n_samples=[20, 60])
    np.testing.assert_allclose(default.measured, alone.measured, rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel": lambda A, B: A}, "a function of two matrices"), ({"kernel": 3}, "kernel = 3"),
        ({"kernel": rbf_kernel, "bandwidth": 1.0}, "leave bandwidth out"), ({"kernel": "precomputed"}, "kernel = "),
        ({"ridge": [0.1, -1.0]}, "ridge = -1.0"), ({"ridge": [[0.1]]}, "a list of them"), ({"executor": 3}, "executor = 3"),
        ({"alpha": 0.1}, "did you mean ridge"), ({"gamma": 0.1}, "bandwidth"),
    ],
)  # fmt: skip
def test_what_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        nm.learning_curve(X, y, **ASKED, **arguments)


def test_labels_are_said_and_two_names_of_one_thing_refused():
    labels = np.where(y > 0, "up", "down")
    assert Predictor().fit(X, labels).predict_error(60) > 0
    with pytest.warns(DataWarning):
        Predictor().fit(X, (y > 0).astype(int))
    with pytest.raises(ValueError, match="give one of them"):
        Predictor(ridge=1.0, alpha=1.0).fit(X, y)
