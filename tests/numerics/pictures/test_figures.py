"""Pictures: what they show, what they leave out, and that they can be written."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from numerics.data.learning_curve import LearningCurve
from numerics.pictures import figures

P = np.array([10, 30, 100, 300])
CURVE = LearningCurve(
    n_samples=P, predicted=1.0 / P, measured=1.1 / P, stderr=0.05 / P, relative_error=np.full(4, 1.0 / 1.1 - 1.0),
    predicted_train=0.5 / P, measured_train=0.45 / P, train_stderr=0.02 / P, kappa=0.1 / P, trials=np.full(4, 5),
    ridge=0.01, pool_size=400, null_error=1.0, warnings=(),
)  # fmt: skip
X = np.geomspace(10, 1e4, 30)
TERMS = {"test": 1 / X, "train": 0.2 / X, "bias": 0.5 / X, "variance[samples*features]": 0.3 / X}


def curves(axes):
    return {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}


def test_a_learning_curve_shows_what_it_is_given():
    above, below = figures.learning_curve_figure(CURVE, "title").axes
    np.testing.assert_array_equal(curves(above)["held out, predicted"].get_ydata(), CURVE.predicted)
    assert {bars.get_label() for bars in above.containers} == {"held out, measured", "training, measured"}
    assert (above.get_xscale(), above.get_yscale(), below.get_yscale()) == ("log", "log", "linear")
    shown = below.containers[0].lines[0].get_ydata()
    np.testing.assert_allclose(shown, 100.0 * CURVE.relative_error)
    low, high = below.get_ylim()
    assert low == -high < -9.0
    assert above.get_ylabel()
    assert below.get_xlabel()


def test_a_training_error_of_zero_is_left_out():
    above, _ = figures.learning_curve_figure(
        replace(CURVE, predicted_train=np.zeros(4), measured_train=np.zeros(4), train_stderr=np.zeros(4))
    ).axes
    assert [bars.get_label() for bars in above.containers] == ["held out, measured"]


def test_a_decomposition_names_every_term():
    (axes,) = figures.risk_figure(X, {**TERMS, "variance[noise]": np.zeros(30)}, "n_samples").axes
    assert set(curves(axes)) == {"test", "train", "bias", "var. samples × features"}
    np.testing.assert_array_equal(curves(axes)["test"].get_ydata(), TERMS["test"])
    assert axes.get_xlabel() == "samples $P$"
    dashes = {str(line.get_linestyle()) + str(line.get_color()) for line in curves(axes).values()}
    assert len(dashes) == 4


def test_groups_are_curves_of_their_own_in_order_of_x():
    order = np.random.default_rng(0).permutation(30)
    labels = [f"features {int(i % 2)}" for i in range(30)]
    (axes,) = figures.risk_figure(X[order], {k: v[order] for k, v in TERMS.items()}, "n_samples", labels).axes
    assert set(curves(axes)) == {"features 0", "features 1", "test", "train"}
    assert (np.diff(curves(axes)["features 0"].get_xdata()) > 0).all()


def test_infinite_and_non_positive_points_leave_gaps():
    test = np.array([1.0, np.inf, 0.5, np.nan])
    (axes,) = figures.risk_figure([0.0, 1.0, 2.0, np.inf], {"test": test, "train": test}, "ridge").axes
    assert axes.get_xscale() == "linear"
    line = curves(axes)["test"]
    assert line.get_xdata().tolist() == [0.0, 1.0, 2.0]
    np.testing.assert_array_equal(line.get_ydata(), [1.0, np.nan, 0.5])


def test_what_is_far_below_the_test_risk_does_not_squeeze_the_picture():
    (axes,) = figures.risk_figure(X, {**TERMS, "bias": 1e-40 / X}, "n_samples").axes
    assert axes.get_ylim()[0] > 1e-13


@pytest.mark.parametrize(("suffix", "head"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_pictures_are_written(tmp_path, suffix, head):
    path = tmp_path / f"picture.{suffix}"
    figures.save(figures.risk_figure(X, TERMS, "n_samples", title="a title " * 12), path)
    assert path.read_bytes().startswith(head)
    figures.save(figures.learning_curve_figure(CURVE), path)


def test_refusals(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"path = .*\.gif"):
        figures.save(None, tmp_path / "a.gif")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ValueError, match=r"pip install 'scaletheory\[plot\]'"):
        figures.risk_figure(X, TERMS, "n_samples")


def test_matplotlib_is_imported_only_for_a_picture():
    import subprocess

    code = "import sys, numerics.pictures.figures; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
