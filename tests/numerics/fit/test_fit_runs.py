"""`fit_runs`: forecasts with backtested bands, allocations, warnings, and what it refuses."""

import copy
import pickle
import time
import warnings

import numpy as np
import pytest

import numerics as nm
from numerics.fit.backtest import Backtest, Cut
from numerics.fit.table import read_runs
from tests.numerics.fit.tables import PUBLIC, made, own, public


@pytest.fixture(scope="module")
def fit():
    return nm.fit_runs(*made("additive", 0.003), form="additive")


def test_exponents_come_with_intervals_and_spread(fit):
    for number, truth in ((fit.size_exponent, 0.34), (fit.data_exponent, 0.28), (fit.irreducible, 1.7)):
        assert number.interval.low < number.value < number.interval.high
        assert number.spread.low <= number.value <= number.spread.high
        assert number.value == pytest.approx(truth, rel=0.05)
        assert set(number.by_form) == {"additive", "tied", "coupled", "kaplan"}
    text = str(fit)
    assert text.count("over forms") == 3
    assert "100% of the starts" in text
    assert text in repr(fit)
    assert fit.weights.shape == fit.residuals.shape == (49,)


def test_the_largest_budgets_are_left_out_one_by_one(fit):
    rows = fit.leave_largest_out
    assert [row["factor"] for row in rows] == sorted(row["factor"] for row in rows)
    assert rows[-1]["factor"] >= 10 > rows[-2]["factor"]
    assert fit.tested_factor == rows[-1]["factor"]
    for row, cut in zip(rows, fit.backtest.cuts, strict=True):
        kept = fit.runs.compute <= row["compute"]
        assert (row["n_runs"], len(cut.errors)) == (kept.sum(), (~kept).sum())
        left = fit.runs.take(~kept)
        np.testing.assert_allclose(cut.errors, np.log(left.loss / cut.fit.predict(left.sizes, left.data)))


def test_a_band_widens_with_the_factor_and_ends_where_it_was_tried(fit):
    N = np.array([1e10, 2e10, 3e10])
    forecast = fit.forecast(N, 1e12)
    assert (forecast.low < forecast.loss).all()
    assert (np.diff(np.log(forecast.high / forecast.low)) > 0).all()
    np.testing.assert_allclose(forecast.factor, N / 1e10)
    np.testing.assert_allclose(forecast.loss, fit.fit.predict(N, 1e12))
    with pytest.warns(nm.FitWarning, match="1e\\+03 times the largest compute"):
        far = fit.forecast(1e12, [1e12, 1e13])
    assert np.isnan(far.low).all()
    assert np.isfinite(far.loss).all()


def test_the_band_is_a_quantile_of_what_the_refits_missed():
    cut = Cut(1.0, 10.0, 9, None, np.exp(np.arange(1.0, 11.0)), 0.01 * np.arange(1.0, 11.0) * np.array([1.0] * 8 + [2.0, 3.0]))
    test = Backtest((cut,), 0.0)
    np.testing.assert_allclose(test.rate(0.8), 0.01)
    np.testing.assert_allclose(test.rate(0.9), 0.02)
    np.testing.assert_allclose(test.half_width(np.exp([0.0, 1.0, 2.0]), 0.9), [0.0, 0.02, 0.04])
    np.testing.assert_allclose(Backtest((cut,), 0.01).half_width(np.array([0.5]), 0.9), 0.01 * 1.6448536, rtol=1e-6)


def test_allocation_is_the_closed_form_of_the_additive_form(fit):
    split = fit.allocation(6e22)
    a, b = fit.fit.exponents
    A, B = fit.fit.amplitudes
    closed = (a * A / (b * B)) ** (1 / (a + b)) * 1e22 ** (b / (a + b))  # Hoffmann et al., eq. 4
    assert split.sizes == pytest.approx(closed, rel=1e-3)
    assert split.sizes * split.data == pytest.approx(1e22)
    assert split.size_interval.low < split.sizes < split.size_interval.high
    assert split.data_interval.low < split.data < split.data_interval.high
    assert 0 < split.regret < 0.01
    assert split.inside
    assert {"additive", "coupled"} <= set(split.by_form) < set(fit.fits)
    with pytest.warns(nm.FitWarning, match="beyond what was backtested"):
        fit.allocation(6e25)


def test_bias_of_form_is_said_where_residuals_are_small():
    N, P, risk = own(1.3, 0.3, 0.01)
    small = N * P < 1e7
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = nm.fit_runs(N[small], P[small], risk[small], form="additive")
    assert any("the form is biased" in str(warning.message) for warning in caught)
    assert found.warnings == tuple(str(warning.message) for warning in caught)
    top = N * P > 2e7
    forecast = found.forecast(N[top], P[top])
    missed = np.abs(np.log(risk[top] / forecast.loss))
    assert np.mean(missed < 1.645 * found.backtest.residual) < 0.5  # what residuals promise
    assert np.log(forecast.high / forecast.loss).min() > 2 * 1.645 * found.backtest.residual


def test_the_public_table_is_forecast_over_a_decade():
    table = public()
    compute = 6 * table["sizes"] * table["data"]
    known = compute < 1e21
    found = nm.fit_runs(**{name: values[known] for name, values in table.items()})
    held = {name: values[~known] for name, values in table.items()}
    forecast = found.forecast(held["sizes"], held["data"])
    assert ((forecast.low < held["loss"]) & (held["loss"] < forecast.high)).all()
    assert np.abs(np.log(held["loss"] / forecast.loss)).max() < 0.025
    additive = np.log(held["loss"] / found.fits["additive"].predict(held["sizes"], held["data"]))
    assert np.sqrt(np.mean(additive**2)) > np.sqrt(np.mean(np.log(held["loss"] / forecast.loss) ** 2))


def test_a_fit_takes_less_than_a_second():
    table = public()
    started = time.process_time()
    nm.fit_runs(**table)
    assert time.process_time() - started < 1.0


def test_few_budgets_leave_nothing_to_backtest():
    N, D, loss = made("additive", 0.003)
    few = 6 * N * D < 1e18
    with pytest.warns(nm.FitWarning) as caught:
        found = nm.fit_runs(np.tile(N[few], 4), np.tile(D[few], 4), np.repeat(1.0, 4 * few.sum()) * np.tile(loss[few], 4))
    assert any("fewer than 4" in str(warning.message) for warning in caught)
    assert found.backtest.cuts == ()
    with pytest.warns(nm.FitWarning, match="backtested factor none"):
        forecast = found.forecast(2 * N[few].max(), D[few].max())
    assert np.isnan(forecast.low)


def test_a_parameter_on_a_bound_is_said():
    N, D, loss = made("additive", E=0.0)
    with pytest.warns(nm.FitWarning, match="on a bound"):
        found = nm.fit_runs(N, D, loss * np.exp(-0.3 * np.log(N * D) / 20), form="tied")
    assert found.fit.at_bound


def test_pickles(fit):
    for again in (pickle.loads(pickle.dumps(fit)), copy.deepcopy(fit)):
        assert str(again) == str(fit)
        assert again.allocation(6e21) == fit.allocation(6e21)


GOOD = made("additive", 0.003)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sizes": np.r_[-1.0, GOOD[0][1:]]}, "sizes = -1.0 is not admissible"),
        ({"loss": np.r_[np.nan, GOOD[2][1:]]}, "loss = "),
        ({"data": np.r_[GOOD[1][:-1], np.inf]}, "data = inf"),
        ({"loss": np.r_[0.0, GOOD[2][1:]]}, "loss = 0.0"),
        ({"loss": GOOD[2][:-1]}, "as long as sizes and data"),
        ({"sizes": np.full(49, 1e8)}, "of at least two values"),
        ({"compute": np.full(49, 1e20)}, "of two budgets"),
        ({"compute": np.full(48, 1e20)}, "as long as"),
        ({"irreducible": 3.0}, "below every loss"),
        ({"irreducible": -1.0}, "irreducible = -1.0"),
        ({"form": "power"}, "one of 'auto', 'additive'"),
        ({"holdout": 1.0}, "holdout = 1.0"),
        ({"level": 1.0}, "level = 1.0"),
        ({"sizes": GOOD[0].reshape(7, 7)}, "one-dimensional"),
        ({"sizes": ["a"] * 49}, "sizes = "),
    ],
)  # fmt: skip
def test_bad_tables_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        nm.fit_runs(**{**dict(zip(("sizes", "data", "loss"), GOOD, strict=True)), **change})


@pytest.mark.parametrize(("form", "needed"), [("auto", 7), ("tied", 7), ("additive", 8), ("coupled", 9), ("kaplan", 8)])
def test_a_form_needs_three_runs_more_than_parameters(form, needed):
    some = np.random.default_rng(0).permutation(49)[: needed - 1]
    with pytest.raises(ValueError, match=f"at least {needed} runs for {form}"):
        nm.fit_runs(*(column[some] for column in GOOD), form=form)


def test_files(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text("# a comment\nN,tokens,loss,C\n1,2,3,4\n\n5,6,7,8\n")
    assert read_runs(path, ("N", "tokens", "loss"))["loss"].tolist() == [3, 7]
    assert list(read_runs(path, ("N", "tokens", "loss", "C"))) == ["sizes", "data", "loss", "compute"]
    wrong = {("N", "D", "loss"): "columns = 'D' .* N, tokens, loss, C", ("N", "N", "loss"): "different", ("N",): "three or"}
    for columns, message in wrong.items():
        with pytest.raises(ValueError, match=message):
            read_runs(path, columns)
    path.write_text("N,D,loss\n1,2,3\n5,,7\n")
    with pytest.raises(ValueError, match="line 3, column D is missing"):
        read_runs(path, ("N", "D", "loss"))
    path.write_text("N,D,loss\n1,2,x\n")
    with pytest.raises(ValueError, match="column loss is 'x'"):
        read_runs(path, ("N", "D", "loss"))
    path.write_text("N,D,loss\n")
    with pytest.raises(ValueError, match="no runs"):
        read_runs(path, ("N", "D", "loss"))
    with pytest.raises(ValueError, match="readable"):
        read_runs(tmp_path / "none.csv", ("N", "D", "loss"))
    assert len(read_runs(PUBLIC, ("params", "tokens", "loss"))["loss"]) == 41


def test_no_allocation_where_compute_is_no_product():
    N, D, loss = made("additive", 0.003)
    found = nm.fit_runs(N, D, loss, compute=N**1.2 * D)
    with pytest.raises(ValueError, match="multiple of sizes × data"):
        found.allocation(1e22)
