"""Pictures: what they show, what they leave out, and that they can be written."""

import sys
from dataclasses import replace

import numpy as np
import pytest

import numerics as nm
import theory as th
from numerics.data.learning_curve import LearningCurve
from numerics.pictures import figures
from numerics.pictures.drawing import new_figure

P = np.array([10, 30, 100, 300])
CURVE = LearningCurve(
    n_samples=P, predicted=1.0 / P, measured=1.1 / P, stderr=0.05 / P, relative_error=np.full(4, 1.0 / 1.1 - 1.0),
    predicted_train=0.5 / P, measured_train=0.45 / P, train_stderr=0.02 / P, kappa=0.1 / P, trials=np.full(4, 5),
    reach=np.full(4, 2.0), ridge=0.01, pool_size=400, null_error=1.0, warnings=(),
)  # fmt: skip
TASK, MODEL = th.PowerLaw(1.5, 0.4), th.random_features()
X = np.geomspace(10, 1e4, 30)
ONE = MODEL.evaluate(TASK, n_samples=X, n_features=300, ridge=1e-3, noise=0.1)
SEVERAL = MODEL.evaluate(TASK, n_samples=X[:, None], n_features=[30, 300], ridge=1e-3, noise=0.1)


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


def test_all_terms_of_one_curve_are_named():
    axes = nm.plot_risk(ONE)
    terms = {"test", "train", "bias", "var. samples", "var. features", "var. samples × noise", "var. samples × features"}
    assert set(curves(axes)) == terms | {"var. samples × features × noise", r"label noise $\sigma^2$"}
    np.testing.assert_array_equal(curves(axes)["test"].get_ydata(), ONE.test)
    np.testing.assert_array_equal(curves(axes)[r"label noise $\sigma^2$"].get_ydata(), np.full(30, 0.1))
    assert axes.get_xlabel() == "samples $P$"
    dashes = {str(line.get_linestyle()) + str(line.get_color()) for line in curves(axes).values()}
    assert len(dashes) == len(curves(axes))
    assert axes.get_legend() is not None


def test_several_curves_in_order_of_x():
    order = np.random.default_rng(0).permutation(30)
    axes = nm.plot_risk(SEVERAL[order])
    assert set(curves(axes)) == {"features 30", "features 300", "test", "train", r"label noise $\sigma^2$"}
    assert (np.diff(curves(axes)["features 30"].get_xdata()) > 0).all()
    np.testing.assert_array_equal(curves(axes)["features 300"].get_ydata(), SEVERAL.test[:, 1])
    across = nm.plot_risk(SEVERAL[:4], x="n_features")
    np.testing.assert_array_equal(curves(across)["samples 10"].get_ydata(), SEVERAL.test[0])


def test_lines_that_leave_the_axes_run_off_them():
    axes = nm.plot_risk(MODEL.evaluate(TASK, n_samples=[10, 20, 30, 40, 50], n_features=30, noise=0.1))
    low, high = axes.get_ylim()
    test, train = (curves(axes)[name].get_ydata() for name in ("test", "train"))
    assert test[2] > high
    assert (train[:3] < low).all()
    assert np.isfinite(test).all()
    assert low < test[[0, 1, 3, 4]].min()
    assert test[[0, 1, 3, 4]].max() < high


def test_what_is_far_below_the_test_risk_does_not_squeeze_the_picture():
    axes = nm.plot_risk(MODEL.evaluate(TASK, n_samples=X, n_features=3e9, ridge=1e-3, noise=0.1))
    assert axes.get_ylim()[0] > 1e-7


def test_the_users_axes_and_keywords_are_taken_and_nothing_else_is_touched():
    matplotlib = pytest.importorskip("matplotlib")
    before = dict(matplotlib.rcParams)
    axes = new_figure(3, 3).subplots()
    assert nm.plot_risk(ONE, axes, terms=["test"], color="red", linewidth=3.0, label="mine") is axes
    assert nm.plot_risk(ONE[::3], ax=axes, terms=["train"], linear="x", marker="o") is axes
    line = curves(axes)["mine"]
    assert (line.get_color(), line.get_linewidth()) == ("red", 3.0)
    assert axes.get_legend() is None
    assert dict(matplotlib.rcParams) == before
    assert axes.get_ylim()[0] < ONE.train.min()


def test_excess_linear_and_terms():
    axes = nm.plot_risk(ONE, excess=True, linear="xy")
    assert (axes.get_xscale(), axes.get_yscale(), axes.get_ylabel()) == ("linear", "linear", "excess risk")
    assert not {"test", r"label noise $\sigma^2$"} & set(curves(axes))
    assert set(curves(nm.plot_risk(ONE, terms=["bias", "variance[samples*noise]"]))) == {"bias", "var. samples × noise"}


def test_components_are_stacked_to_the_test_risk():
    top = nm.plot_decomposition(ONE)
    (*_, last) = top.collections
    at, height = np.asarray(last.get_paths()[0].vertices).T
    for x, risk in zip(X, ONE.test, strict=True):
        assert height[np.isclose(at, x)].max() == pytest.approx(risk, rel=1e-9)
    assert "label noise" not in nm.plot_decomposition(ONE, excess=True).get_legend_handles_labels()[1]
    sgd = th.OnePassSGD().evaluate(TASK, n_samples=[1e3, 1e4], n_features=64, step=0.1, noise=0.1)
    drawn = nm.plot_decomposition(sgd)
    assert drawn.get_legend_handles_labels()[1] == ["label noise", "approximation", "bias", "variance", "test"]
    assert drawn.get_xlabel() == "samples $N$"


def test_simulations_are_points():
    measured = nm.simulate(MODEL, TASK.truncate(30), n_samples=10, n_features=20, ridge=[0.1, 1.0], trials=4, seed=0)
    axes = nm.plot_risk(measured, terms=["test", "train"])
    assert [bars.get_label() for bars in axes.containers] == ["test", "train"]
    np.testing.assert_array_equal(axes.containers[0].lines[0].get_ydata(), measured.test.mean)


def test_slopes_densities_phases_and_checks_are_drawn():
    local = MODEL.local_exponents(TASK, n_samples=X, n_features=300, ridge=1e-3, noise=0.1)
    slopes = nm.plot_slopes(local, predicted={"bias": -1.2})
    np.testing.assert_array_equal(curves(slopes)["bias"].get_ydata(), local["bias"]["n_samples"])
    assert any(np.all(np.asarray(line.get_ydata()) == -1.2) for line in slopes.lines)
    population = th.Isotropic(60)
    density = th.linear_ridge().spectrum(population, n_samples=40)
    eigenvalues = nm.simulate_spectrum(th.linear_ridge(), population, n_samples=40, trials=2, seed=0)
    drawn = nm.plot_spectrum(density, measured=eigenvalues, color="blue")
    assert set(drawn.get_legend_handles_labels()[1]) == {"measured", "predicted"}
    assert curves(drawn)["predicted"].get_color() == "blue"
    axes = new_figure(4, 4).subplots()
    assert nm.plot_phase_diagram(MODEL.exponents(), 1.5, 0.4, axes) is axes
    assert any("bias" in text.get_text() for text in axes.texts)
    agreement = nm.crosscheck(th.linear_ridge(), TASK.truncate(30), [{"n_samples": 30, "ridge": 0.1}], trials=8, seed=0)
    checks = nm.plot_crosscheck(agreement)
    assert len(checks.containers) == len(agreement.terms)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: nm.plot_risk(MODEL.evaluate(TASK, n_samples=10, n_features=5)), "several points along an argument"),
        (lambda: nm.plot_risk(SEVERAL, x="ridge"), "x = 'ridge' is not admissible: x must be one of n_samples, n_features"),
        (lambda: nm.plot_risk(ONE, terms=["chaos"]), "terms = 'chaos'"),
        (lambda: nm.plot_risk(ONE, linear="z"), "linear = 'z'"),
        (lambda: nm.plot_risk(SEVERAL, x="n_features"), "a picture of at most 12"),
        (lambda: nm.plot_decomposition(SEVERAL), "a picture of at most 1"),
        (lambda: nm.plot_risk(ONE, "here"), "ax = 'here'"),
    ],
)
def test_what_cannot_be_drawn(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


@pytest.mark.parametrize(("suffix", "head"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_pictures_are_written(tmp_path, suffix, head):
    path = tmp_path / f"picture.{suffix}"
    figures.save(figures.risk_figure(ONE, title="a title, " * 12), path)
    assert path.read_bytes().startswith(head)
    assert b"/Type3" not in path.read_bytes()
    figures.save(figures.learning_curve_figure(CURVE), path)


def test_refusals(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"path = .*\.gif"):
        figures.save(None, tmp_path / "a.gif")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ValueError, match=r"pip install 'scaletheory\[plot\]'"):
        figures.risk_figure(ONE)


def test_matplotlib_is_imported_only_for_a_picture():
    import subprocess

    code = "import sys, numerics.pictures.figures; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
