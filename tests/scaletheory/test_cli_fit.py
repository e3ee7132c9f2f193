"""`scaletheory fit`: the library's fit in every format, never an exponent without its spread, bad tables refused."""

import functools
import json

import pytest

import numerics as nm
from tests.numerics.fit.tables import PUBLIC, own, public
from tests.scaletheory import invoke

run = functools.partial(invoke.run, "fit")


def test_json_is_the_librarys_fit():
    result = run(PUBLIC, "--budget", "1e22", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout, parse_constant=pytest.fail)
    fit = nm.fit_runs(**public())
    assert found["chosen"] == fit.form
    assert found["size_exponent"] == pytest.approx(fit.size_exponent.value)
    assert found["size_spread"] == pytest.approx(list(fit.size_exponent.spread))
    assert found["leave_largest_out"][-1]["factor"] == pytest.approx(fit.tested_factor)
    assert found["allocations"][0]["sizes"] == pytest.approx(fit.allocation(1e22).sizes)
    assert found["form"] == [*fit.fits, f"{fit.form}, larger half"]
    assert (found["fitted_runs"], found["runs"]) == (len(fit.chosen.runs), 41)
    assert found["residual"][-1] == pytest.approx(fit.fit.rms)


def test_the_table_shows_spread_backtest_and_allocation_and_draws(tmp_path):
    result = run(PUBLIC, "--columns", "params, tokens,loss", "--holdout", "10", "--csv", tmp_path / "f.csv",
                 "--plot", tmp_path / "f.png")  # fmt: skip
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.count("over forms") == 3
    assert result.stdout.count("misses what was left out by") == 3
    assert result.stdout.count("if wrong it costs") == 2
    assert len((tmp_path / "f.csv").read_text().splitlines()) == 6
    assert (tmp_path / "f.png").read_bytes()[:4] == b"\x89PNG"


def test_beyond_what_was_backtested_there_is_a_warning_and_no_band():
    result = run(PUBLIC, "--budget", "1e25")
    assert result.exit_code == 0
    assert "beyond what was backtested" in result.stderr
    assert "no band" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((PUBLIC, "--columns", "params,token,loss"), "--columns = 'token' is not admissible"),
        (("none.csv",), "RUNS.csv = 'none.csv' is not admissible"),
        ((PUBLIC, "--holdout", "0.5"), "--holdout = 0.5"),
        ((PUBLIC, "--irreducible", "5"), "--irreducible = 5.0"),
        ((PUBLIC, "--columns", "params,params,loss"), "different names"),
    ],
)
def test_bad_input_is_one_line(arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_librarys_own_model(tmp_path):
    lines = ["N,P,risk", *(",".join(map(str, row)) for row in zip(*own(1.5, 0.4, 0.02, budgets=4), strict=True))]
    (tmp_path / "own.csv").write_text("\n".join(lines))
    arguments = (tmp_path / "own.csv", "--columns", "N,P,risk", "--form", "random-features", "--plot", tmp_path / "m.png")
    result = run(*arguments, "--json")
    found = json.loads(result.stdout, parse_constant=pytest.fail)
    assert dict(zip(found["parameter"], found["value"], strict=True)) == pytest.approx(
        {"capacity": 1.5, "source": 0.4}, rel=1e-3
    )
    assert found["rejected"] is False
