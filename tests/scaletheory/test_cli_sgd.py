"""`scaletheory sgd`: the library's numbers, stability told, bad input in one line."""

import functools
import json

import pytest

import theory as th
from tests.scaletheory import invoke

LAW = ["--capacity", "1.5", "--source", "0.2"]
run, parsed = (functools.partial(function, "sgd") for function in (invoke.run, invoke.parsed))


def test_json_is_the_library():
    found = run(*LAW, "--samples", "1e3:1e5:3", "--features", "64,128", "--step", "0.1", "--noise", "1", "--json")
    assert found.exit_code == 0
    answer = json.loads(found.output)
    assert answer["n_samples"] == [1e3, 1e4, 1e5] * 2
    out = th.OnePassSGD().evaluate(
        th.PowerLaw(1.5, 0.2), n_samples=[[1e3, 1e4, 1e5]], n_features=[[64], [128]], step=0.1, noise=1.0
    )  # fmt: skip
    for name in ("test", "approximation", "bias", "variance", "effective_samples", "stability", "max_step"):
        assert answer[name] == pytest.approx(list(getattr(out, name).ravel()), rel=1e-12)


def test_settings_reach_the_pass():
    options = ["--samples", "1600", "--step", "0.1", "--batch", "16", "--schedule", "constant", "--averaging", "tail", "--json"]
    answer = json.loads(run(*LAW, *options).output)
    sgd = th.OnePassSGD(batch=16, schedule="constant", averaging="tail")
    assert answer["test"][0] == pytest.approx(float(sgd.evaluate(th.PowerLaw(1.5, 0.2), n_samples=1600, step=0.1).test))
    assert "n_features" not in answer


def test_table_and_picture(tmp_path):
    path = tmp_path / "sgd.png"
    found = run(*LAW, "--samples", "1e3:1e5:5", "--features", "64", "--step", "0.1", "--plot", str(path))
    assert found.exit_code == 0
    assert "approximation" in found.output
    assert path.stat().st_size > 10_000


def test_stability_is_told():
    found = run(*LAW, "--samples", "1000", "--step", "0.4")
    assert found.exit_code == 0
    assert "half of γ_max" in found.output
    refused = run(*LAW, "--samples", "1000", "--step", "3")
    assert refused.exit_code == 2
    assert "γ_max = 0.5223" in refused.output
    allowed = run(*LAW, "--samples", "1000", "--step", "0.6", "--allow-unstable", "--json")
    assert allowed.exit_code == 0


@pytest.mark.parametrize("options", [
    ["--samples", "0", "--step", "0.1"], ["--samples", "10", "--step", "0"], ["--step", "0.1"],
    ["--samples", "10", "--step", "0.1", "--batch", "20"], ["--samples", "10", "--step", "0.1", "--averaging", "tail"],
    ["--samples", "10", "--step", "0.1", "--noise", "-1"],
])  # fmt: skip
def test_bad_input(options):
    found = run(*LAW, *options)
    assert found.exit_code == 2
    assert found.output.startswith("Error: ")
    assert found.output.count("\n") == 1


def test_logarithmic_population():
    answer = parsed("--logarithmic", "2", "--samples", "1e4", "--step", "0.05", "--noise", "1")
    found = th.OnePassSGD().evaluate(th.LogarithmicLaw(2.0), n_samples=1e4, step=0.05, noise=1.0)
    assert answer["test"] == [float(found.test)]
    refused = run("--logarithmic", "1", "--samples", "1e4", "--step", "0.05")
    assert refused.exit_code == 2
    assert "above 1" in refused.stderr


@pytest.mark.parametrize(("text", "schedule"), [
    ("linear", th.linear()), (" polynomial( 3 ) ", th.polynomial(3)), ("exponential()", th.exponential()),
    ("warmup(0.1,stable_decay(1/5, cosine))", th.warmup(0.1, th.stable_decay(0.2, th.cosine()))),
    ("warmup(.25, constant)", th.warmup(0.25)), ("exponential(1e-2)", th.exponential(0.01)),
])  # fmt: skip
def test_schedules_as_they_are_written(text, schedule):
    options = ["--samples", "2000", "--step", "0.1", "--noise", "1", "--json"]
    answer = json.loads(run(*LAW, *options, "--schedule", text).output)
    out = th.OnePassSGD(schedule=schedule).evaluate(th.PowerLaw(1.5, 0.2), n_samples=2000, step=0.1, noise=1.0)
    assert answer["test"][0] == pytest.approx(float(out.test), rel=1e-12)


@pytest.mark.parametrize("text", [
    "", "bogus", "polynomial", "polynomial(x)", "polynomial(3", "polynomial(3))", "polynomial(3,4)", "warmup(2)", "linear(1)",
    "warmup(0.1, geometric", "warmup(0.1 linear)", "3", "(", "exponential(,)", "stable_decay(0.1, " * 50, "linear;",
    "constant(1)",
])  # fmt: skip
def test_no_schedules(text):
    found = run(*LAW, "--samples", "2000", "--step", "0.1", "--schedule", text)
    assert found.exit_code == 2
    assert found.stderr.count("\n") == 1
    assert "is not admissible" in found.stderr


def test_schedules_compared_at_equal_data(tmp_path):
    """A row for each schedule and size, in the order given, and one picture of all."""
    path = tmp_path / "schedules.png"
    options = ["--samples", "1e3,1e4", "--step", "0.05", "--noise", "1", "--schedule", "constant", "--schedule", "geometric"]
    answer = json.loads(run(*LAW, *options, "--json").output)
    assert answer["schedule"] == ["constant"] * 2 + ["geometric"] * 2
    assert answer["n_samples"] == [1e3, 1e4] * 2
    for place, schedule in enumerate(("constant", "geometric")):
        out = th.OnePassSGD(schedule=schedule).evaluate(th.PowerLaw(1.5, 0.2), n_samples=[1e3, 1e4], step=0.05, noise=1.0)
        assert answer["test"][2 * place : 2 * place + 2] == pytest.approx(list(out.test), rel=1e-12)
    found = run(*LAW, *options, "--plot", str(path))
    assert found.exit_code == 0
    assert "constant" in found.output
    assert path.stat().st_size > 10_000
