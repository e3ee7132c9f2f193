"""`scaletheory risk`: the numbers of the library, in every format, and one line for every kind of bad input."""

import csv
import json

import numpy as np
import pytest

import theory as th
from scaletheory.command_line import COMMANDS
from scaletheory.options.models import MODELS
from tests.scaletheory.invoke import parsed, run

LAW = ["--capacity", "1.5", "--source", "0.4"]
SIZES = {
    "linear-ridge": [],
    "random-features": ["--features", "30"],
    "deep-random-features": ["--features", "30,40"],
    "haar-projection": ["--features", "30"],
    "noisy-features": ["--features", "30", "--feature-noise", "0.01"],
    "nonlinear-random-features": ["--features", "30", "--activation", "relu"],
}


def test_the_numbers_are_those_of_the_library():
    found = parsed("risk", "random-features", *LAW, "--samples", "1e2:1e8:25", "--features", "1e5", "--ridge", "1e-8",
                   "--noise", "0.1")  # fmt: skip
    P = np.geomspace(1e2, 1e8, 25)
    direct = th.random_features().evaluate(
        th.PowerLaw(capacity=1.5, source=0.4), n_samples=P, n_features=1e5, ridge=1e-8, noise=0.1
    )
    assert found["n_samples"] == P.tolist()
    assert found["kappa"] == direct.kappa.tolist()
    assert found["test"] == direct.test.tolist()
    assert found["excess"] == direct.excess.tolist()
    assert found["variance[samples*features*noise]"] == direct.variance["samples", "features", "noise"].tolist()
    assert found["converged"] == [True] * 25
    assert found["size"] == "inf"
    assert found["warnings"] == []


def test_every_size_has_its_own_layer():
    found = parsed("risk", "deep-random-features", *LAW, "--size", "300", "--samples", "100", "--features", "20",
                   "--features", "50", "--ridge", "1e-3")  # fmt: skip
    direct = th.deep_random_features(2).evaluate(
        th.PowerLaw(1.5, 0.4, size=300), n_samples=100, n_features_1=20, n_features_2=50, ridge=1e-3
    )
    assert (found["n_features_1"], found["n_features_2"]) == ([20.0], [50.0])
    assert found["test"] == [float(direct.test)]
    assert found["size"] == 300.0


@pytest.mark.parametrize("model", list(MODELS))
def test_every_model_runs(model):
    found = parsed("risk", model, "--isotropic", "60", "--samples", "10,100", *SIZES[model], "--ridge", "1e-3",
                   "--noise", "0.1", "--ensemble", "1,2")  # fmt: skip
    assert len(found["test"]) == 4
    parts = sum(np.array(values) for name, values in found.items() if name == "bias" or name.startswith("variance["))
    np.testing.assert_allclose(parts, found["excess"], rtol=1e-9)


def test_several_ranges_make_the_product_grid():
    found = parsed("risk", "random-features", *LAW, "--samples", "10,20", "--features", "5:50:3", "--ridge", "0.1,0.2")
    assert found["n_samples"] == [10.0, 20.0] * 6
    assert found["ridge"] == [0.1] * 6 + [0.2] * 6


def test_the_table_can_be_read():
    result = run("risk", "random-features", *LAW, "--samples", "100", "--features", "30,inf", "--ridge", "1e-3")
    assert result.exit_code == 0
    title, *table = result.stdout.splitlines()
    assert title == "# random-features on a power law (capacity 1.5, source 0.4), ridge 0.001, noise 0"
    heading = " ".join(table[:3])
    for word in ("samples", "features", "kappa", "test", "train", "bias", "var samples", "×noise", "status"):
        assert word in heading
    rows = [line.split() for line in table if "converged" in line]
    assert [row[:2] for row in rows] == [["100", "30"], ["100", "inf"]]
    test = th.linear_ridge().evaluate(th.PowerLaw(1.5, 0.4), n_samples=100, ridge=1e-3).test
    assert float(rows[1][3]) == pytest.approx(float(test), rel=1e-4)


def test_precision_gives_digits_as_strings():
    arguments = ["risk", "linear-ridge", *LAW, "--samples", "100", "--ridge", "1e-3", "--precision", "30"]
    found = parsed(*arguments)
    direct = th.linear_ridge().evaluate(th.PowerLaw(1.5, 0.4), n_samples=100, ridge=1e-3)
    assert isinstance(found["test"][0], str)
    assert len(found["test"][0].strip("0.")) >= 28
    assert float(found["test"][0]) == pytest.approx(float(direct.test), rel=1e-10)
    assert found["test"][0] in run(*arguments).stdout


def test_infinity_is_a_word_in_json():
    found = parsed("risk", "linear-ridge", "--isotropic", "50", "--samples", "50", "--noise", "1")
    assert found["test"] == ["inf"]
    assert found["status"][0].startswith("interpolation threshold: ")
    assert "status: interpolation threshold: " in run(
        "risk", "linear-ridge", "--isotropic", "50", "--samples", "50", "--noise", "1"
    ).stdout  # fmt: skip


def test_csv_and_picture(tmp_path):
    table, picture = tmp_path / "risk.csv", tmp_path / "risk.png"
    result = run("risk", "random-features", *LAW, "--samples", "10:1e4:5", "--features", "100,200", "--ridge", "1e-3",
                 "--csv", table, "--plot", picture)  # fmt: skip
    assert result.exit_code == 0
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 10
    assert float(rows[7]["n_samples"]) == pytest.approx(np.geomspace(10, 1e4, 5)[2])
    assert rows[7]["n_features"] == "200.0"
    direct = th.random_features().evaluate(
        th.PowerLaw(1.5, 0.4), n_samples=np.geomspace(10, 1e4, 5), n_features=[[100.0], [200.0]], ridge=1e-3
    )
    assert [float(row["test"]) for row in rows] == list(direct.test.flat)
    assert picture.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize("suffix", ["csv", "npy"])
def test_a_spectrum_from_a_file(tmp_path, suffix):
    modes = np.column_stack([np.arange(1.0, 41.0) ** -1.5, np.linspace(1.0, 0.1, 40)])
    path = tmp_path / f"modes.{suffix}"
    if suffix == "csv":
        np.savetxt(path, modes, delimiter=",", fmt="%.17g")
    else:
        np.save(path, modes)
    found = parsed("risk", "linear-ridge", "--spectrum", path, "--samples", "20", "--ridge", "0.01")
    direct = th.linear_ridge().evaluate(th.Discrete(modes[:, 0], modes[:, 1]), n_samples=20, ridge=0.01)
    assert found["test"] == [float(direct.test)]


BAD = {
    "no count": (["random-features", *LAW, "--samples", "1:2", "--features", "9"], "--samples = '1:2'"),
    "from zero": (["random-features", *LAW, "--samples", "0:10:5", "--features", "9"], "--samples = '0:10:5'"),
    "a letter": (["random-features", *LAW, "--samples", "a", "--features", "9"], "--samples = 'a'"),
    "a model": (["random-featurs", *LAW, "--samples", "10"], "MODEL = 'random-featurs'"),
    "no features": (["random-features", *LAW, "--samples", "10"], "--features is missing"),
    "no samples": (["linear-ridge", *LAW], "--samples is missing"),
    "features": (["linear-ridge", *LAW, "--samples", "9", "--features", "5"], "--features = '5'"),
    "feature noise": (["linear-ridge", *LAW, "--samples", "9", "--feature-noise", "5"], "--feature-noise = '5'"),
    "depth": (["linear-ridge", *LAW, "--samples", "9", "--depth", "2"], "--depth = 2"),
    "widths": (["deep-random-features", *LAW, "--samples", "9", "--depth", "2", "--features", "5"], "2 layers"),
    "no widths": (["deep-random-features", *LAW, "--samples", "9"], "--features is missing"),
    "activation": (["random-features", *LAW, "--samples", "9", "--activation", "relu"], "--activation = 'relu'"),
    "no activation": (["nonlinear-random-features", "--isotropic", "9", "--samples", "9"], "--activation is missing"),
    "which activation": (["nonlinear-random-features", "--activation", "gelu"], "'gelu'"),
    "infinite": (["nonlinear-random-features", *LAW, "--samples", "9", "--features", "9", "--activation", "tanh"],
                 "--preactivation"),
    "no population": (["linear-ridge", "--samples", "9"], "--capacity is missing"),
    "no source": (["linear-ridge", "--capacity", "2", "--samples", "9"], "--source is missing"),
    "two": (["linear-ridge", *LAW, "--isotropic", "9", "--samples", "9"], "leave out --capacity, --source"),
    "capacity": (["linear-ridge", "--capacity", "0.5", "--source", "1", "--samples", "9"], "--capacity = 0.5"),
    "size": (["linear-ridge", *LAW, "--size", "2.5", "--samples", "9"], "--size = 2.5"),
    "isotropic": (["linear-ridge", "--isotropic", "0", "--samples", "9"], "--isotropic"),
    "negative": (["linear-ridge", *LAW, "--samples", "-5"], "--samples = -5"),
    "ridge": (["linear-ridge", *LAW, "--samples", "9", "--ridge", "-3"], "--ridge = -3.0"),
    "infinite ridge": (["linear-ridge", *LAW, "--samples", "9", "--ridge", "inf"], "--ridge = inf"),
    "noise": (["linear-ridge", *LAW, "--samples", "9", "--noise", "-1"], "--noise = -1"),
    "ensemble": (["linear-ridge", *LAW, "--samples", "9", "--ensemble", "0"], "--ensemble"),
    "precision": (["linear-ridge", *LAW, "--samples", "9", "--precision", "0"], "--precision = 0"),
    "wide": (["haar-projection", "--isotropic", "9", "--samples", "9", "--features", "10"], "--features = 10"),
    "csv": (["linear-ridge", *LAW, "--samples", "9", "--csv", "nowhere/a.csv"], "--csv = 'nowhere/a.csv'"),
    "plot": (["linear-ridge", *LAW, "--samples", "9,10", "--plot", "nowhere/a.png"], "make the folder 'nowhere'"),
    "plot suffix": (["linear-ridge", *LAW, "--samples", "9,10", "--plot", "a.gif"], "--plot = 'a.gif'"),
    "spectrum": (["linear-ridge", "--spectrum", "nowhere.csv", "--samples", "9"], "--spectrum = 'nowhere.csv'"),
    "no model": ([], "Missing argument 'MODEL'"),
    "option": (["linear-ridge", "--sampels", "9"], "--sampels"),
    "value": (["linear-ridge", "--capacity", "x"], "--capacity"),
    "rows": (["random-features", *LAW, "--samples", "1:9:9999", "--features", "1:9:9999"], "999"),
}  # fmt: skip


@pytest.mark.parametrize("case", list(BAD))
def test_bad_input_is_one_line_and_exit_status_two(case):
    arguments, words = BAD[case]
    result = run("risk", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert words in result.stderr


@pytest.mark.parametrize("text", ["1,2\n3\n", "1,2,3\n", "1,2\n-1,2\n", "eigenvalue,power\n1,2\n", ""])
def test_a_bad_spectrum_file_is_one_line(tmp_path, text):
    path = tmp_path / "modes.csv"
    path.write_text(text)
    result = run("risk", "linear-ridge", "--spectrum", path, "--samples", "9")
    assert result.exit_code == 2
    assert "--spectrum = " in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_picture_needs_something_that_varies(tmp_path):
    result = run("risk", "linear-ridge", *LAW, "--samples", "9", "--plot", tmp_path / "a.png")
    assert result.exit_code == 2
    assert "--plot needs something that varies" in result.stderr


def test_without_matplotlib_the_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    result = run("risk", "linear-ridge", *LAW, "--samples", "9,10", "--plot", tmp_path / "a.png")
    assert result.exit_code == 2
    assert "pip install 'scaletheory[plot]'" in result.stderr


def test_rows_without_a_solution_give_exit_status_one(monkeypatch):
    evaluate = th.Chain.evaluate

    def failing(self, task, **arguments):
        risk = evaluate(self, task, **arguments)
        risk.converged[0] = False
        risk.terms["test"][0] = np.nan
        return risk

    monkeypatch.setattr(th.Chain, "evaluate", failing)
    result = run("risk", "linear-ridge", *LAW, "--samples", "9,10", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout, parse_constant=pytest.fail)["test"][0] is None
    assert "1 of 2 rows are not solved (nan)" in run("risk", "linear-ridge", *LAW, "--samples", "9,10").stdout


@pytest.mark.parametrize("command", list(COMMANDS))
def test_help_teaches(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"scaletheory {command} " in result.stdout
    for option in ("--json", "--csv", "--plot"):
        assert option in result.stdout


def test_without_arguments_there_is_help():
    result = run()
    assert result.exit_code == 0
    for word in ("Exit status", *COMMANDS):
        assert word in result.stdout
    assert run("nothing").exit_code == 2
    assert run("--version").stdout.startswith("scaletheory")


def test_digits_are_those_that_were_written():
    """κ is the ridge where nothing binds: 1/10000, not the double next to it; finite and infinite sizes in one list."""
    found = parsed("risk", "random-features", *LAW, "--samples", "inf", "--features", "100,inf", "--ridge", "1e-4",
                   "--precision", "30")  # fmt: skip
    assert found["kappa"][1] == "0.0001"
    assert found["n_features"] == [100.0, "inf"]
    assert [len(value) > 25 for value in found["test"]] == [True, True]


@pytest.mark.parametrize("ridge", ["1e-400", "1e400", "1e1000000000", "1e-1000000000", "0x10", "1/0", "nan"])
def test_numbers_without_a_double_near_them_are_refused(ridge):
    result = run("risk", "linear-ridge", *LAW, "--samples", "100", "--ridge", ridge)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: --ridge = '{ridge}' is not admissible")
