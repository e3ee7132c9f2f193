"""Values, grids, wording and numbers as text: the small parts of the command line."""

import json
from fractions import Fraction

import click
import mpmath
import numpy as np
import pytest

import theory as th
from scaletheory.options.grid import grid
from scaletheory.options.values import Numbers, OutputFile
from scaletheory.output.formats import json_text, plain, short, write_csv
from scaletheory.wording import spoken
from theory.errors import BadArgument

SAMPLES = click.Option(["--samples", "n_samples"])
FEATURES = click.Option(["--features", "n_features"])
DATA = click.Argument(["source"], metavar="DATA")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("300", [300.0]),
        ("-1e-3", [-1e-3]),
        ("inf", [np.inf]),
        ("1,20,inf", [1.0, 20.0, np.inf]),
        ("1e2:1e8:25", np.geomspace(1e2, 1e8, 25)),
        ("100:1:3", [100.0, 10.0, 1.0]),
        ("5,1:100:3", [5.0, 1.0, 10.0, 100.0]),
    ],
)
def test_values_are_read(text, expected):
    np.testing.assert_array_equal(Numbers().convert(text, SAMPLES, None).flat, expected)


def test_an_item_of_a_list_may_be_a_range():
    assert [len(item) for item in Numbers().convert("5,1:100:3", SAMPLES, None).items] == [1, 3]


def test_whole_ranges_are_rounded_without_repeats_but_numbers_are_left_to_the_library():
    assert Numbers(whole=True).convert("1:4:10", SAMPLES, None).flat.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert Numbers(whole=True).convert("2.5", SAMPLES, None).flat.tolist() == [2.5]


@pytest.mark.parametrize(
    "text",
    ["", "a", "1:2", "0:10:5", "-1:10:5", "1:inf:5", "1:10:1", "1:10:2.5", "1:10:1000000000", "1:2:3:4", "nan", "1,,2"],
)
def test_wrong_values_name_the_option_and_the_remedy(text):
    with pytest.raises(ValueError, match=r"--samples = .* is not admissible: .*START:STOP:COUNT.*; write for example"):
        Numbers().convert(text, SAMPLES, None)


def test_output_files_are_refused_before_anything_is_computed(tmp_path):
    kind = OutputFile(".png")
    assert kind.convert(str(tmp_path / "a.PNG"), FEATURES, None) == tmp_path / "a.PNG"
    (tmp_path / "folder.png").mkdir()
    for name in ("a.gif", "none/a.png", "folder.png"):
        with pytest.raises(ValueError, match=r"--features = .* is not admissible"):
            kind.convert(str(tmp_path / name), FEATURES, None)


def test_the_grid_has_every_combination_once_the_first_axis_fastest():
    rows = grid({"a": np.array([1.0, 2.0, 3.0]), "b": np.array([0.0]), "c": np.array([5.0, 6.0])})
    assert list(zip(rows["a"], rows["b"], rows["c"], strict=True)) == [
        (1, 0, 5), (2, 0, 5), (3, 0, 5), (1, 0, 6), (2, 0, 6), (3, 0, 6),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="at most 1000000"):
        grid({"a": np.ones(2000), "b": np.ones(2000)})


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            BadArgument("n_samples", np.float64(-5.0), "a number > 0", "add n_samples=..."),
            "--samples = -5.0 is not admissible: --samples must be a number > 0; add --samples=...",
        ),
        (
            BadArgument("n_features_2", np.array([-5.0]), "at most 3", "lower n_features_2"),
            "--features = -5.0 is not admissible: --features must be at most 3; lower --features",
        ),
        (
            BadArgument("source", "source = x", "a file", "the source is missing"),
            "DATA = 'source = x' is not admissible: DATA must be a file; the source is missing",
        ),
        (
            BadArgument("task", th.PowerLaw(1.5, 1), "finite", "truncate it"),
            "population = PowerLaw(capacity=1.5, source=1.0) is not admissible: population must be finite; truncate it",
        ),
        (BadArgument("step", Fraction(3, 2), "a power ≤ 0", "lower it"),
         "step = 3/2 is not admissible: step must be a power ≤ 0; lower it"),
        (ValueError("something else = 3"), "something else = 3"),
    ],
)
def test_errors_speak_of_options(error, expected):
    assert spoken(error, [SAMPLES, FEATURES, DATA]) == expected


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (1e5, 6, "100000"),
        (1e6, 6, "1e6"),
        (1e-8, 5, "1e-8"),
        (1.5e-300, 5, "1.5e-300"),
        (1e10, 5, "1e10"),
        (0.0, 5, "0"),
        (np.float64("inf"), 5, "inf"),
        (7, 5, "7"),
        (mpmath.mpf("nan"), 9, "nan"),
        (mpmath.mpf("-inf"), 9, "-inf"),
    ],
)
def test_numbers_are_short(value, digits, expected):
    assert short(value, digits) == expected


def test_json_has_no_nan_and_keeps_every_digit(tmp_path):
    with mpmath.workdps(40):
        third = mpmath.mpf(1) / 3
    columns = {
        "x": [0.1 + 0.2, np.inf, -np.inf, np.nan],
        "flag": [np.bool_(True)] * 4,
        "fine": [third, mpmath.mpf("nan"), mpmath.mpf("inf"), third],
    }
    found = json.loads(json_text({"size": np.inf, "name": "é"}, columns, 30), parse_constant=pytest.fail)
    assert found["x"] == [0.1 + 0.2, "inf", "-inf", None]
    assert found["flag"] == [True] * 4
    assert found["fine"] == ["0." + "3" * 30, None, "inf", "0." + "3" * 30]
    assert found["size"] == "inf"
    assert plain(np.int64(3), 5) == 3
    write_csv(tmp_path / "a.csv", {"x": columns["x"]}, 30)
    table = np.loadtxt(tmp_path / "a.csv", skiprows=1)
    np.testing.assert_array_equal(table, columns["x"])
