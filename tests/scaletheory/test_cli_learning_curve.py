"""`scaletheory learning-curve`: the library's curve in every format, warnings in one line, bad input refused."""

import functools
import itertools
import json
import warnings

import numpy as np
import pytest

from numerics.data.learning_curve import learning_curve
from tests.scaletheory import invoke

run = functools.partial(invoke.run, "learning-curve")

RNG = np.random.default_rng(3)
X = RNG.standard_normal((150, 4))
Y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2]


@pytest.fixture
def files(tmp_path):
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", Y)
    return [tmp_path / "X.npy", tmp_path / "y.npy"]


def test_json_is_the_librarys_curve(files):
    result = run(*files, "--kernel", "laplace", "--samples", "20,50,100", "--trials", "5", "--seed", "7", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout, parse_constant=pytest.fail)
    curve = learning_curve(X, Y, "laplace", n_samples=[20, 50, 100], trials=5, seed=7)
    assert found["n_samples"] == [20, 50, 100]
    np.testing.assert_allclose(found["predicted"], curve.predicted, rtol=1e-9)
    np.testing.assert_allclose(found["measured"], curve.measured, rtol=1e-9)
    np.testing.assert_allclose(found["relative_error"], curve.relative_error, rtol=1e-6)
    assert found["median_relative_error"] == pytest.approx(curve.median_relative_error, rel=1e-6)
    assert found["trials"] == [5, 5, 5]


def test_the_table_can_be_read_and_a_picture_drawn(files, tmp_path):
    result = run(*files, "--samples", "10:120:4", "--trials", "3", "--csv", tmp_path / "c.csv",
                 "--plot", tmp_path / "c.png")  # fmt: skip
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("# X: rbf kernel, ridge 0.01, pool of 150\n")
    assert result.stdout.count("±") == 4 + 1
    assert "median relative error" in result.stdout.splitlines()[-1]
    assert len((tmp_path / "c.csv").read_text().splitlines()) == 5
    assert (tmp_path / "c.png").read_bytes()[:4] == b"\x89PNG"


def test_limits_are_warned_of_in_one_line_and_in_json(files):
    result = run(*files, "--ridge", "1e-5", "--samples", "20", "--trials", "2", "--json")
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: λ = 1e-05 is below")
    assert result.stderr.count("\n") == 1
    assert result.stderr == f"Warning: {json.loads(result.stdout)['warnings'][0]}\n"


def test_what_was_left_out_of_the_data_is_said_once(tmp_path):
    np.save(tmp_path / "X.npy", np.column_stack([X, np.ones(150)]))
    np.save(tmp_path / "y.npy", Y)
    result = run(tmp_path / "X.npy", tmp_path / "y.npy", "--samples", "20", "--trials", "2")
    assert result.stderr == "Warning: X: 1 of 5 features are constant and were left out\n"


def test_what_the_targets_are_is_printed_and_stored(files, tmp_path):
    np.save(tmp_path / "counts.npy", np.arange(150) % 3)
    base = [files[0], tmp_path / "counts.npy", "--samples", "20", "--trials", "2"]
    guessed = run(*base)
    assert guessed.stderr == (
        "Warning: X: targets of 3 whole values are taken for class labels; kind 'numbers' leaves them numbers\n"
    )
    assert "targets: one output for each of 3 classes, their mean fitted on each training set\n" in guessed.stdout
    numbers = run(*base, "--numbers")
    assert numbers.stderr == ""
    assert "targets: numbers, their mean fitted on each training set\n" in numbers.stdout
    found = [json.loads(run(*base, "--json", *option).stdout) for option in ((), ("--classes",), ("--numbers",))]
    assert [one["kind"] for one in found] == ["classes", "classes", "numbers"]
    assert all(one["intercept"] for one in found)
    assert found[0]["measured"] == found[1]["measured"] != found[2]["measured"]


def test_header_lines_and_labels_in_csv(tmp_path):
    (tmp_path / "X.csv").write_text("a,b,c,d\n" + "\n".join(",".join(map(repr, map(float, row))) for row in X))
    (tmp_path / "y.csv").write_text("sign\n" + "\n".join(np.where(Y > 0, "up", "down")))
    base = [tmp_path / "X.csv", tmp_path / "y.csv", "--samples", "20", "--trials", "2", "--json"]
    assert "TARGETS = 151" in run(*base).stderr
    found = run(*base, "--header")
    assert (found.exit_code, found.stderr) == (0, "")
    assert json.loads(found.stdout)["kind"] == "classes"
    assert "column 1: 'a' is not a number" in run(*base, "--no-header").stderr


def test_repeated_rows_are_mentioned_where_they_are_missed(tmp_path):
    np.save(tmp_path / "X.npy", np.vstack([X, X[:50]]))
    np.save(tmp_path / "y.npy", np.append(Y, Y[:50]))
    for option in (["--samples", "170", "--ridge", "1e-9"], ["--pool", "170"]):
        result = run(tmp_path / "X.npy", tmp_path / "y.npy", *option, "--trials", "2")
        assert result.exit_code == 2
        assert "50 of 200 rows repeat an earlier one" in result.stderr


def test_built_in_digits():
    result = run("digits", "--pool", "200", "--samples", "50", "--trials", "2", "--json")
    found = json.loads(result.stdout)
    assert found["null_error"] == pytest.approx(0.9, abs=0.02)
    assert found["pool_size"] == 200


def test_options_reach_the_library(files):
    base = ["--samples", "40", "--trials", "3", "--json"]
    plain = json.loads(run(*files, *base).stdout)
    for options in (["--bandwidth", "0.5"], ["--scaling", "each"], ["--loo-correction"], ["--kernel", "ntk"],
                    ["--ridge", "0.1"], ["--kernel", "polynomial", "--degree", "2"]):  # fmt: skip
        assert json.loads(run(*files, *base, *options).stdout)["predicted"] != plain["predicted"]
    other = json.loads(run(*files, *base, "--seed", "1").stdout)
    assert other["measured"] != plain["measured"]
    assert other["predicted"] == plain["predicted"]


def test_progress_is_told():
    told = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        learning_curve(X, Y, n_samples=[10, 40], trials=3, progress=lambda done, total: told.append((done, total)))
    assert len(told) == 6
    assert told[-1][0] == pytest.approx(told[-1][1])
    assert all(first[0] < second[0] for first, second in itertools.pairwise(told))


BAD = {
    "no data": ([], "DATA"),
    "no file": (["nowhere.npy", "y.npy"], "DATA = 'nowhere.npy'"),
    "a name": (["didgits"], "DATA = 'didgits'"),
    "targets too many": (["digits", "y.npy"], "TARGETS = 'y.npy'"),
    "kernel": (["digits", "--kernel", "cosine"], "'--kernel'"),
    "bandwidth": (["digits", "--kernel", "ntk", "--bandwidth", "1"], "--bandwidth = 1.0"),
    "degree": (["digits", "--degree", "2"], "--degree = 2"),
    "samples": (["digits", "--samples", "1:5"], "--samples = '1:5'"),
    "too many": (["digits", "--pool", "100", "--samples", "300", "--ridge", "1e-6"], "--samples = 300"),
    "half": (["digits", "--pool", "100", "--samples", "10.5"], "--samples = 10.5"),
    "pool": (["digits", "--pool", "2"], "--pool = 2"),
    "trials": (["digits", "--pool", "50", "--trials", "1"], "--trials = 1"),
    "trials without bound": (["digits", "--pool", "50", "--trials", "1000000000"], "--trials = 1000000000"),
    "header": (["digits", "--header"], "--header = True"),
    "ridge": (["digits", "--pool", "50", "--ridge", "-1"], "--ridge = -1.0"),
    "seed": (["digits", "--seed", "-1"], "--seed"),
    "plot": (["digits", "--plot", "nowhere/c.png"], "--plot = 'nowhere/c.png'"),
}


@pytest.mark.parametrize("case", list(BAD))
def test_bad_input_is_one_line_and_exit_status_two(case):
    arguments, words = BAD[case]
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert words in result.stderr


@pytest.mark.parametrize("text", ["1,2\n3\n", "a,b\n1,2\n", ""])
def test_ragged_tables_are_one_line(tmp_path, files, text):
    (tmp_path / "X.csv").write_text(text)
    result = run(tmp_path / "X.csv", files[1])
    assert result.exit_code == 2
    assert "DATA = " in result.stderr
    assert result.stderr.count("\n") == 1


def test_different_numbers_of_rows(files, tmp_path):
    np.save(tmp_path / "short.npy", Y[:100])
    result = run(files[0], tmp_path / "short.npy")
    assert result.exit_code == 2
    assert "TARGETS = 100 is not admissible" in result.stderr
