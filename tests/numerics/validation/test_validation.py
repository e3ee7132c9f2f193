"""The validation report: its points are what they claim to be, it is repeatable, and its figures show what they should."""

import itertools
import sys
from dataclasses import replace

import numpy as np
import pytest

from numerics.check.verdict import Rule
from numerics.montecarlo.trials import Estimate
from numerics.pictures.drawing import save
from numerics.pictures.panels import Points, median_and_bars
from numerics.simulate import simulate
from numerics.validation import figures
from numerics.validation.bench import Bench, Plan, settings
from numerics.validation.experiments import (
    _best_ridge,
    _least_point,
    _vertex,
    _without_features,
    decomposition,
    peaks,
    real_data,
    validate,
    verdict_grid,
    verdict_settings,
)
from numerics.validation.report import markdown, sections, write_report

TINY = Plan("quick", seed=0, size=12, trials=6, points=3, pool=60, check_size=8, check_samples=(2.0,), check_trials=10,
            rule=Rule(resolution=0.5, entry_resolution=0.9))  # fmt: skip


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def found(told):
    return validate(Bench(TINY, progress=lambda done, total: told.append((done, total))))


def test_progress_ends_where_it_says(found, told):
    assert told[-1][0] == told[-1][1]
    assert len({total for _, total in told}) == 1


def test_bars_of_a_median_cover_it_in_two_cases_of_three():
    draws = np.exp(2.0 * np.random.default_rng(0).standard_normal((2000, 40)))
    inside = [m - below <= 1.0 <= m + above for m, below, above in map(median_and_bars, map(Estimate, draws))]
    assert 0.66 < np.mean(inside) < 0.78


def test_points_are_means_or_medians():
    heavy = Estimate(np.array([1.0, 2.0, 3.0, 4.0, 1000.0]))
    points = Points.of([1, 2], [heavy, heavy], [False, True])
    assert points.y.tolist() == [202.0, 3.0]
    assert points.above[0] == points.below[0] == pytest.approx(heavy.stderr)
    assert points.below[1] > 0
    assert points.above[1] < 1000.0


def test_points_near_interpolation_are_medians(found):
    for panel in found.peaks:
        points = panel.curves[0].points
        assert points.is_median[points.x == panel.mark].all()
        assert not points.is_median[[0, -1]].any()


def test_each_point_is_repeatable_and_has_a_seed_of_its_own(found):
    again = peaks(Bench(TINY))[1].curves[0].points
    np.testing.assert_array_equal(again.y, found.peaks[1].curves[0].points.y)
    other = peaks(Bench(replace(TINY, seed=1)))[1].curves[0].points
    assert (other.y != again.y).all()
    setting = settings(TINY.size)[1]
    first = Bench(TINY).simulate(setting, 6, 1, 0, decompose=False)
    assert (first.test.values != Bench(TINY).simulate(setting, 6, 1, 1, decompose=False).test.values).all()


def test_lines_are_theory(found):
    setting, curve = settings(TINY.size)[1], found.peaks[1].curves[0]
    expected = setting.model.evaluate(setting.task, n_samples=curve.x, n_features=6, ridge=1e-5, noise=0.2)
    np.testing.assert_allclose(curve.y, expected.test, rtol=1e-12)


def test_the_stack_adds_up_to_the_test_risk(found):
    setting, top = replace(settings(TINY.size)[1], ridge=1e-3), found.decomposition.curves[-1]
    np.testing.assert_allclose(top.y, setting.theory(top.x).test, rtol=1e-10)
    drawn = [Bench(TINY).simulate(setting, int(P), 2) for P in top.points.x]
    whole = [mc.test.mean - sum(part.mean for part in mc.absent.values()) for mc in drawn]
    np.testing.assert_allclose(top.points.y, whole, rtol=1e-10)
    heights = np.array([curve.y for curve in decomposition(Bench(TINY)).curves])
    assert (np.diff(heights, axis=0) > 0).all()


def test_an_infinite_ensemble_is_the_limit_of_large_ones():
    setting, K = replace(settings(24)[1], ridge=1e-2), 30
    one = Bench(replace(TINY, size=24, trials=150)).simulate(setting, 20, 0)
    limit = _without_features(one, setting.noise)
    arguments = setting.arguments(20) | {"ensemble": K, "decompose": False}
    many = simulate(setting.model, setting.task, trials=150, seed=5, progress=False, **arguments).test
    expected = limit.mean + (one.test.mean - limit.mean) / K
    error = np.hypot(limit.stderr, many.stderr)
    assert abs(many.mean - expected) < 4 * error
    assert error < 0.03 * many.mean
    assert one.test.mean > 1.2 * many.mean


def test_the_least_point_of_a_path():
    x = np.linspace(-3.0, 2.0, 9)
    place, least = _vertex(x, 1.5 + 0.3 * (x - 0.37) ** 2)
    assert (place, least) == (pytest.approx(0.37), pytest.approx(1.5))
    assert _vertex(x, x)[0] == x[0]
    ridge = np.exp(x)
    rows = 1.5 + 0.3 * (x - 0.37 - np.array([[-0.2], [0.0], [0.2], [0.0]])) ** 2
    at, _, factor = _least_point(ridge, rows)
    assert np.log(at) == pytest.approx(0.37)
    assert np.log(factor) == pytest.approx(np.std([-0.2, 0.0, 0.2, 0.0], ddof=1) / 2, rel=1e-6)


def test_the_optimal_ridge_is_a_minimum():
    setting = settings(TINY.size)[1]
    ridge, risk = _best_ridge(setting, 6, 0.2)
    around = setting.theory(6, ridge=ridge * np.array([0.9, 1.0, 1.1])).test
    assert around[1] == pytest.approx(risk)
    assert around[1] < around[[0, 2]].min()


def test_truncation_lowers_kappa_and_more_modes_come_closer(found):
    ratios = [curve.y for curve in found.truncation[1].curves]
    assert (ratios[0] == 1).all()
    for larger, smaller in itertools.pairwise(ratios):
        assert (smaller < larger).all()


def test_verdicts_are_the_worst_of_all(found):
    assert {title for title, _ in found.verdicts} == {setting.title for setting in settings(8)}
    title, agreement = found.verdicts[0]
    right = replace(found, verdicts=((title, agreement),))
    assert right.verdict == agreement.verdict != "disagree"
    wrong = replace(found, verdicts=((title, agreement), (title, agreement.scaled("test", 20.0)), (title, agreement)))
    assert wrong.verdict == "disagree"
    assert "Verdict: **disagree**" in markdown(wrong, 1.0)
    assert f"| {title} | **disagree** |" in markdown(wrong, 1.0)


def test_verdicts_lie_on_either_side_of_interpolation():
    plan = replace(TINY, check_samples=(0.5, 2.0))
    for one in verdict_settings(plan):
        assert [setting["n_samples"] for setting in verdict_grid(plan, one)] == [one.threshold // 2] * 2 + [
            2 * one.threshold
        ] * 2
    assert [one.threshold for one in verdict_settings(plan)] == [4, 4, 4, 4, 4, 8]


def test_small_multiples_show_both_risks_on_logarithmic_axes(found):
    figure = figures.small_multiples(found.peaks, ("test risk", "training risk"))
    assert len(figure.axes) == 12
    titled = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert [axes.get_title(loc="left") for axes in titled] == [panel.title for panel in found.peaks]
    for axes, panel in zip(titled, found.peaks, strict=True):
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        np.testing.assert_array_equal(axes.lines[0].get_ydata(), panel.curves[0].y)
        drawn = np.concatenate([bars.lines[0].get_ydata() for bars in axes.containers])
        np.testing.assert_array_equal(np.sort(drawn), np.sort(panel.curves[0].points.y))
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["test", "training", "mean", "median"]
    assert {axes.get_xlabel() for axes in figure.axes[-3:]} == {"samples $P$"}


def test_the_stack_has_an_area_for_each_part(found):
    (axes,) = figures.stacked(found.decomposition).axes
    assert len(axes.collections) >= len(found.decomposition.curves)
    assert axes.get_ylim()[0] == 0.0
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert words[-2:] == ["label noise", "simulated sums"]
    assert words[0] == "var. samples × features × noise"


def test_curves_and_areas_can_be_told_apart_in_grey():
    def grey(colour):
        from matplotlib.colors import to_rgb

        return float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114)))

    for styles in (figures.PAIR, figures.RANGE):
        assert len({marker for _, _, marker in styles}) == len({str(dash) for _, dash, _ in styles}) == len(styles)
    for one, other in itertools.pairwise(figures.AREAS):
        assert abs(grey(one[0]) - grey(other[0])) > 0.1
    assert {hatch for _, hatch in figures.AREAS} > {""}


def test_every_term_has_its_deviation(found):
    figure = figures.deviations(found.verdicts)
    for axes, (title, agreement) in zip(figure.axes, found.verdicts, strict=True):
        assert axes.get_title(loc="left") == title
        shown = [bars.lines[0].get_xdata()[0] for bars in axes.containers]
        np.testing.assert_allclose(shown, [100 * row.deviation for row in agreement.terms])


def test_the_report_is_complete_and_the_same_each_time(found, tmp_path):
    report = write_report(found, tmp_path, 12.3)
    text = report.read_text(encoding="utf-8")
    pictures = sorted(path.name for path in tmp_path.glob("*.png"))
    assert len(pictures) == 7
    for picture in pictures:
        assert f"]({picture})" in text
        assert (tmp_path / picture).read_bytes()[:4] == b"\x89PNG"
    for words in ("seed 0", "wall time: 12 s", "numpy ", "Python 3", "scaletheory validate --quick --seed 0", "medians"):
        assert words in text
    for title, _ in found.verdicts:
        assert f"\n### {title}\n" in text
    assert markdown(found, 45.6) == text.replace("wall time: 12 s", "wall time: 46 s")
    again = sections(found)[3]
    save(again.draw(), tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / again.file).read_bytes()


def test_the_lines_that_repeat_a_verdict_run(found):
    text = markdown(found, 1.0)
    code = text.split("```python\n")[1].split("```")[0].replace("QUICK as plan", "Plan").replace("print", "result = str")
    scope = {"plan": TINY}
    exec(code, scope)
    assert scope["result"] == str(found.verdicts[1][1])


def test_real_data_are_left_out_with_a_note_where_scikit_learn_is_missing(found, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    without = replace(found, real_data=real_data(Bench(TINY)))
    assert without.real_data == ()
    text = markdown(without, 1.0)
    assert "scikit-learn is not installed" in text
    assert "real-data.png" not in text
