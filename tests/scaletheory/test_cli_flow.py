"""`scaletheory flow`: the library's numbers, flow and descent, stability told, pictures, bad input in one line."""

import functools
import json

import numpy as np
import pytest

import theory as th
from tests.scaletheory import invoke

LAW = ["--capacity", "1.5", "--source", "0.4"]
SIZES = ["--samples", "1000", "--features", "100,300", "--noise", "0.1"]
run, parsed = (functools.partial(function, "flow") for function in (invoke.run, invoke.parsed))


def test_json_is_the_library():
    answer = parsed("random-features", *LAW, "--time", "0,1,1e3,inf", *SIZES)
    assert answer["time"] == [0.0, 1.0, 1e3, "inf"] * 2
    out = th.GradientFlow(th.random_features()).evaluate(
        th.PowerLaw(1.5, 0.4), time=[[0, 1.0, 1e3, np.inf]], n_samples=1000, n_features=[[100], [300]], noise=0.1
    )
    for name in ("test", "train", "gap", "bias", "excess"):
        assert answer[name] == pytest.approx(list(getattr(out, name).ravel()), rel=1e-12)
    assert answer["variance[samples*features]"] == pytest.approx(list(out.variance["samples", "features"].ravel()), rel=1e-12)
    assert answer["status"] == ["converged", "converged", "converged", "ridgeless"] * 2


def test_descent_is_the_library():
    options = ["--steps", "10,1000", "--step", "0.3", "--momentum", "0.5", "--weight-decay", "0.01", "--ensemble", "3"]
    answer = parsed("linear-ridge", *LAW, *options, "--samples", "300")
    out = th.GradientDescent(th.linear_ridge(), momentum=0.5).evaluate(
        th.PowerLaw(1.5, 0.4), n_steps=[10, 1000], step=0.3, n_samples=300, weight_decay=0.01, ensemble=3
    )
    assert answer["test"] == pytest.approx(list(out.test), rel=1e-12)
    assert answer["max_step"] == pytest.approx(list(out.max_step), rel=1e-12)
    assert answer["momentum"] == 0.5


def test_every_model_trains():
    for model, sizes in (
        ("deep-random-features", ["--features", "40,30"]), ("haar-projection", ["--features", "20"]),
        ("noisy-features", ["--features", "30", "--feature-noise", "0.1"]),
        ("nonlinear-random-features", ["--features", "30", "--activation", "relu"]),
    ):  # fmt: skip
        answer = parsed(model, "--isotropic", "50", "--samples", "60", "--time", "2", *sizes)
        assert 0 < answer["train"][0] < answer["test"][0] < 1


def test_table_and_pictures(tmp_path):
    for number, widths in enumerate(("100", "30,100")):
        path = tmp_path / f"{number}.png"
        options = ["--time", "1:1e4:9", "--samples", "300", "--features", widths, "--noise", "0.3", "--plot", str(path)]
        found = run("random-features", *LAW, *options)
        assert found.exit_code == 0
        assert "gap" in found.output
        assert "var gap" not in found.output
        assert path.stat().st_size > 10_000


def test_unstable_steps_are_told_and_refused():
    options = ["linear-ridge", *LAW, "--samples", "300", "--steps", "10"]
    near = run(*options, "--step", "1.5")
    assert near.exit_code == 0
    assert "largest stable one" in near.stderr
    beyond = run(*options, "--step", "3")
    assert beyond.exit_code == 2
    assert "--step = 3.0 is not admissible" in beyond.stderr
    assert run(*options, "--step", "3", "--allow-unstable").exit_code == 0


def test_ranges_of_steps_are_whole():
    answer = json.loads(run("linear-ridge", *LAW, "--samples", "300", "--steps", "10:1e5:4", "--step", "0.3", "--json").output)
    assert answer["n_steps"] == [10, 215, 4642, 100000]


@pytest.mark.parametrize(("options", "words"), [
    ([], "--time is missing"), (["--step", "0.1"], "--steps is missing"), (["--steps", "3"], "--step is missing"),
    (["--time", "1", "--steps", "3"], "--steps"), (["--time", "1", "--momentum", "0.5"], "--momentum"),
    (["--time", "-1"], "--time"), (["--steps", "2.5", "--step", "0.1"], "--steps"),
    (["--steps", "3", "--step", "0.1", "--momentum", "1"], "--momentum"),
    (["--time", "1", "--weight-decay", "-1"], "--weight-decay"),
])  # fmt: skip
def test_bad_input(options, words):
    found = run("linear-ridge", *LAW, "--samples", "100", *options)
    assert found.exit_code == 2
    assert words in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1
