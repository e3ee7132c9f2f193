"""Pictures of training: what is stacked adds up, the best time is marked where there is one."""

import numpy as np
import pytest

import theory as th
from numerics.pictures.drawing import new_figure
from numerics.pictures.risks import training_figure
from numerics.pictures.training import early_stopping, gap, stacked

pytest.importorskip("matplotlib")
TIME = np.concatenate(([0.0], np.logspace(-1, 5, 25), [np.inf]))
OUT = th.GradientFlow(th.random_features()).evaluate(th.PowerLaw(1.5, 0.4), time=TIME, n_samples=300, n_features=100, noise=0.4)
TERMS = {"test": OUT.test, "train": OUT.train, "gap": OUT.gap, "bias": OUT.bias} | {
    f"variance[{'*'.join((key,) if isinstance(key, str) else key)}]": value for key, value in OUT.variance.items()
}


def axes():
    return new_figure(3, 3).subplots()


def test_the_stack_is_the_test_risk():
    drawn = stacked(axes(), TIME, TERMS, 0.4)
    *_, top = drawn.collections
    at, height = np.asarray(top.get_paths()[0].vertices).T
    for time, risk in zip(TIME[1:-1], OUT.test[1:-1], strict=True):
        assert height[np.isclose(at, time)].max() == pytest.approx(risk, rel=1e-9)
    labels = drawn.get_legend_handles_labels()[1]
    assert labels[0] == "label noise"
    assert "var. gap" not in labels
    assert len(labels) == 2 + len(OUT.variance) + 1


def test_the_best_time_is_marked_within_the_curve_only():
    drawn = early_stopping(axes(), TIME, OUT.test)
    best = int(np.argmin(OUT.test))
    (mark,) = drawn.lines
    assert mark.get_xydata() == pytest.approx(np.array([[TIME[best], OUT.test[best]]]))
    assert not early_stopping(axes(), TIME, OUT.train).lines


def test_the_gap_lies_between_the_risks():
    drawn = gap(axes(), TIME, OUT.test, OUT.train)
    assert drawn.lines[0].get_label() == "test"
    assert len(drawn.collections) == 1


@pytest.mark.parametrize("widths", [100, [50, 100]])
def test_whole_pictures(widths, tmp_path):
    out = th.GradientFlow(th.random_features()).evaluate(
        th.PowerLaw(1.5, 0.4), time=TIME[::4] if widths == 100 else TIME[::4, None], n_samples=300, n_features=widths, noise=0.4
    )
    figure = training_figure(out, title="training")
    assert len(figure.axes) == (2 if widths == 100 else 1)
    figure.savefig(tmp_path / "picture.png")
