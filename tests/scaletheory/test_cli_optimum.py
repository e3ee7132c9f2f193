"""`scaletheory optimum`: exponents and numerical optima as the library has them, costs as they are written, bad input."""

import csv
import functools
import math
from fractions import Fraction

import numpy as np
import pytest
import sympy

import theory as th
from scaletheory.options.directions import cost_of
from scaletheory.options.letters import Letters
from tests.scaletheory import invoke
from theory.notation import CAPACITY, SOURCE

run = functools.partial(invoke.run, "optimum")
parsed = functools.cache(functools.partial(invoke.parsed, "optimum"))

LAW = ["--capacity", "1.5", "--source", "0.4"]
COST = ["--cost", "samples*features"]
MODEL = th.random_features()
EXPONENTS = MODEL.exponents()
PN = {"n_samples": 1, "n_features": 1}


# --- costs ---


@pytest.mark.parametrize(
    ("text", "powers"),
    [
        ("samples*features", {"n_samples": 1, "n_features": 1}),
        ("samples^2*features", {"n_samples": 2, "n_features": 1}),
        ("samples**2 * features", {"n_samples": 2, "n_features": 1}),
        ("features/ridge", {"n_features": 1, "ridge": -1}),
        ("features*time", {"n_features": 1, "ridge": -1}),
        ("features*time^2", {"n_features": 1, "ridge": -2}),
        ("features*ridge^-1", {"n_features": 1, "ridge": -1}),
        ("1/ridge*n_samples", {"n_samples": 1, "ridge": -1}),
        ("P^1.5*N^(2/3)", {"n_samples": Fraction(3, 2), "n_features": Fraction(2, 3)}),
        ("P·N/λ", {"n_samples": 1, "n_features": 1, "ridge": -1}),
        ("samples*samples*features", {"n_samples": 2, "n_features": 1}),
        ("samples*time*ridge", {"n_samples": 1}),
    ],
)
def test_costs_as_they_are_written(text, powers):
    found = cost_of(text, Letters.of(EXPONENTS.system, None, ()))
    assert found == powers
    assert all(isinstance(power, Fraction) for power in found.values())


def test_costs_in_a_paper_s_letters():
    letters = Letters.of(EXPONENTS.system, "lin2024", ())
    assert cost_of("N*M^2", letters) == {"n_samples": 1, "n_features": 2}
    deep = Letters.of(th.deep_random_features(2).exponents().system, "lin2024", ())
    assert cost_of("N*M_1*features_2", deep) == {"n_samples": 1, "n_features_1": 1, "n_features_2": 1}


# --- exponents ---


@pytest.mark.parametrize(
    ("options", "cost", "fixed"),
    [
        (COST, PN, {}),
        ([*COST, "--noise", "1"], PN, {"noise": 0}),
        ([*COST, "--noise", "C^-1/2", "--ridge", "-inf"], PN, {"noise": Fraction(-1, 2), "ridge": -math.inf}),
        (["--cost", "features*time", "--samples", "inf"], {"n_features": 1, "ridge": -1}, {"n_samples": math.inf}),
        (["--cost", "samples", "--features", "1/4"], {"n_samples": 1}, {"n_features": Fraction(1, 4)}),
    ],
)
def test_the_numbers_are_those_of_the_library(options, cost, fixed):
    found = parsed("random-features", *options, *LAW)
    optimum = EXPONENTS.compute_optimal(cost, capacity=Fraction(3, 2), source=Fraction(2, 5), **fixed)
    assert found["argument"] == ["n_samples", "n_features", "ridge", "noise", "excess"]
    assert found["cost"] == cost
    for low, high, value in zip(found["low"], found["high"], [*optimum.exponents.values(), optimum.risk], strict=True):
        ends = (value.start, value.end) if isinstance(value, sympy.Interval) else (value, value)
        assert [float(low), float(high)] == [float(end) for end in ends]


def test_the_table_of_numbers():
    lines = run("random-features", *COST, *LAW, "--noise", "1").stdout.splitlines()
    assert lines[0] == "# The optimum of random-features at cost C = P·N (capacity 3/2, source 2/5), σ² ~ C^0"
    rows = {line.split("\t")[0]: line.split()[1:] for line in lines if line}
    assert rows["P"] == ["11/16", "0.6875"]
    assert rows["λ"] == ["any", "power", "≤", "-15/32"]
    assert rows["excess risk"] == ["risk", "-3/8", "-0.375"]


def test_a_logarithm_has_a_row_of_its_own():
    """2r = 1 ties: P^-1/2 carries one, and nothing beside it where none is."""
    given = ["random-features", "--capacity", "2", "--noise", "1", *COST]
    assert "ln C beside it\t1/2" in run(*given, "--source", "0.5").stdout
    assert "ln C" not in run(*given, "--source", "0.4").stdout


@pytest.mark.parametrize(("options", "fixed"), [([], {}), (["--noise", "1"], {"noise": 0})])
def test_symbolic_optima_are_those_of_the_library(options, fixed):
    found = parsed("random-features", *COST, *options)
    optima = EXPONENTS.compute_optimal(PN, **fixed)
    names = {"alpha": CAPACITY.symbol, "r": SOURCE.symbol}
    assert len(found["excess"]) == len(optima) > 1
    for place, optimum in enumerate(optima):
        assert sympy.sympify(found["excess"][place], locals=names) == optimum.risk
        assert sympy.sympify(found["n_samples"][place], locals=names) == optimum.n_samples
        condition = sympy.sympify(found["condition"][place], locals=names)
        values = {CAPACITY.symbol: sympy.Rational(8, 5), SOURCE.symbol: sympy.Rational(7, 10)}
        assert bool(condition.subs(values)) == bool(optimum.condition.subs(values))


@pytest.mark.parametrize("capacity", [Fraction(8, 5), Fraction(5, 2)])
@pytest.mark.parametrize("source", [Fraction(1, 5), Fraction(7, 10), Fraction(3, 2)])
def test_optima_in_a_paper_s_letters_at_numbers(capacity, source):
    found = parsed("random-features", "--cost", "N*M", "--convention", "lin2024")
    values = {"a": sympy.Rational(capacity), "b": 1 + 2 * sympy.Rational(capacity) * sympy.Rational(source)}
    holds = [all(bool(sympy.sympify(part).subs(values)) for part in text.split(" & ")) for text in found["condition"]]
    assert sum(holds) == 1
    place = holds.index(True)
    optimum = EXPONENTS.compute_optimal(PN, capacity=capacity, source=source)
    for keyword, value in (("n_samples", optimum.n_samples), ("n_features", optimum.n_features), ("excess", optimum.risk)):
        assert sympy.sympify(found[keyword][place].replace("min", "Min")).subs(values) == value
    assert sympy.sympify(found["ridge"][place].removeprefix("<=")).subs(values) == optimum.ridge.end


def test_impossible_cases_are_left_out_in_a_paper_s_letters():
    found = parsed("random-features", "--cost", "samples*features", "--convention", "bahri2021")
    assert (found["n_samples"], found["excess"], found["condition"]) == (["1/2"], ["-alpha_K/2"], [""])


def test_latex():
    page = run("random-features", *COST, "--latex").stdout.strip()
    assert page.startswith(r"\begin{array}{llll|l}P & N & \lambda & \text{excess risk} &  \\ \hline ")
    assert r"\lesssim C^{- \frac{\alpha}{2}} & C^{- \alpha r} & \text{if }r \leq \frac{1}{2} \\ " in page
    numbers = run("random-features", "--cost", "N*M", "--convention", "lin2024", "--a", "1.5", "--b", "2.2", "--noise", "1",
                  "--latex").stdout  # fmt: skip
    optimum = EXPONENTS.compute_optimal(PN, capacity=Fraction(3, 2), source=Fraction(2, 5), noise=0)
    assert rf"C^{{{sympy.latex(optimum.n_samples)}}} & C^{{{sympy.latex(optimum.n_features)}}}" in numbers
    assert numbers.count("{") == numbers.count("}")


# --- the real risk ---


@pytest.mark.slow
def test_budgets_give_the_numerical_optimum(tmp_path):
    table, picture = tmp_path / "optimum.csv", tmp_path / "optimum.png"
    outputs = ["--csv", table, "--plot", picture]
    found = parsed("random-features", *COST, *LAW, "--noise", "0.1", "--budget", "1e8:1e12:2", *outputs)
    task = th.PowerLaw(1.5, 0.4)
    for place, budget in enumerate((1e8, 1e12)):
        direct = MODEL.optimum(task, PN, found["budget"][place], of="excess", noise=0.1)
        assert found["budget"][place] == pytest.approx(budget)
        assert found["excess"][place] == direct.risk
        assert (found["n_samples"][place], found["ridge"][place]) == (direct.n_samples, direct.ridge)
    exponents = EXPONENTS.compute_optimal(PN, capacity=1.5, source=0.4, noise=0)
    assert found["exponents"]["n_samples"] == [exponents.n_samples] * 2
    assert found["exponents"]["excess"] == [exponents.risk] * 2
    for keyword in ("n_samples", "n_features", "excess"):
        slope = np.diff(np.log(found[keyword]))[0] / math.log(1e4)
        assert slope == pytest.approx(found["exponents"][keyword][0], abs=0.02)
    with table.open(newline="") as file:
        assert float(list(csv.DictReader(file))[1]["n_features"]) == found["n_features"][1]
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_constants_are_powers_of_zero_beside_budgets():
    options = ["linear-ridge", "--cost", "samples", "--capacity", "2", "--source", "0.3"]
    found = parsed(*options, "--budget", "1e6", "--ridge", "0")
    direct = th.linear_ridge().evaluate(th.PowerLaw(2, 0.3), n_samples=1e6)
    assert found["excess"] == [pytest.approx(float(direct.excess))]
    optimum = th.linear_ridge().exponents().compute_optimal({"n_samples": 1}, capacity=2, source=0.3, ridge=-math.inf)
    assert found["exponents"]["excess"] == [optimum.risk] * 2
    assert found["exponents"]["ridge"] == ["-inf", "-inf"]
    text = run(*options, "--budget", "1e6,1e7", "--noise", "1").stdout
    assert "as C → ∞: P ~ C^(1), λ ~ C^(-10/11), excess risk ~ C^(-6/11)" in text
    assert "between the last two: P ~ C^(1), λ ~ C^(-0.909), excess risk ~ C^(-0.54" in text


def test_no_noise_means_none_with_and_without_a_budget():
    options = ["linear-ridge", "--cost", "samples", "--capacity", "2", "--source", "0.3"]
    for noise, power in (("0", None), ("0.1", 0), ("7", 0), ("C^-1", -1)):
        fixed = {} if power is None else {"noise": power}
        optimum = th.linear_ridge().exponents().compute_optimal({"n_samples": 1}, capacity=2, source=0.3, **fixed)
        plain = parsed(*options, "--noise", noise)
        assert plain["low"][-1] == pytest.approx(optimum.risk)
        if "C" not in noise:
            assert parsed(*options, "--noise", noise, "--budget", "1e6")["exponents"]["excess"][0] == plain["low"][-1]
    for wrong, message in (("-1", "a finite variance"), ("inf", "a finite variance"), ("C^x", "a number")):
        found = run(*options, "--noise", wrong)
        assert (found.exit_code, message in found.stderr) == (2, True)
    assert "with --budget" in run(*options, "--noise", "C^-1", "--budget", "1e6").stderr


def test_training_time_is_an_inverse_ridge_on_the_real_risk():
    found = parsed("random-features", "--cost", "features*time", "--samples", "inf", *LAW, "--budget", "1e8,1e12")
    cost = {"n_features": 1, "ridge": -1}
    direct = MODEL.optimum(th.PowerLaw(1.5, 0.4), cost, 1e12, of="excess", n_samples=math.inf)
    assert (found["n_samples"], found["warnings"]) == (["inf", "inf"], [])
    assert (found["n_features"][1], found["ridge"][1]) == (direct.n_features, direct.ridge)
    np.testing.assert_allclose(np.divide(found["n_features"], found["ridge"]), [1e8, 1e12])
    optimum = EXPONENTS.compute_optimal(cost, capacity=1.5, source=0.4, n_samples=math.inf)
    assert np.diff(np.log(found["excess"]))[0] / math.log(1e4) == pytest.approx(optimum.risk, abs=0.02)


def test_ridges_below_zero_are_found_and_drawn_around(tmp_path):
    options = ["linear-ridge", "--cost", "samples", "--capacity", "1.5", "--source", "1.5", "--budget", "1e2,1e3"]
    found = parsed(*options, "--plot", tmp_path / "a.png")
    best = th.linear_ridge().optimal_ridge(th.PowerLaw(1.5, 1.5), of="excess", n_samples=[1e2, 1e3])
    np.testing.assert_allclose(found["ridge"], best, rtol=1e-5)
    np.testing.assert_allclose(found["excess"], best.risk, rtol=1e-12)
    assert max(found["ridge"]) < 0
    assert (tmp_path / "a.png").exists()
    assert "λ ~ C^(-1.5)" in run(*options).stdout


# --- bad input ---

BAD = {
    "no cost": (["random-features"], "--cost"),
    "a model": (["random-featurs", *COST], "MODEL = 'random-featurs'"),
    "a sum": (["random-features", "--cost", "samples+features"], "--cost = 'samples+features'"),
    "nothing": (["random-features", "--cost", ""], "--cost = ''"),
    "a power": (["random-features", "--cost", "samples^a*features"], "--cost = "),
    "a fraction": (["random-features", "--cost", "samples^(1/0)*features"], "--cost = "),
    "two dots": (["random-features", "--cost", "samples^1.2.3*features"], "--cost = "),
    "unknown": (["random-features", "--cost", "samples*width"], "without 'width'"),
    "free": (["random-features", "--cost", "samples"], "give --features=inf"),
    "falling": (["random-features", "--cost", "samples/features"], "positive power"),
    "constant": (["random-features", "--cost", "samples/samples*features"], "--cost = "),
    "noise": (["random-features", "--cost", "samples*features*noise"], "--cost = "),
    "fixed twice": (["random-features", *COST, "--samples", "1"], "--cost = "),
    "derived": (["nonlinear-random-features", "--activation", "relu", *COST, "--feature-noise", "1"], "feature-noise"),
    "capacity": (["linear-ridge", "--cost", "samples", "--capacity", "1", "--source", "1"], "--capacity = 1 is"),
    "no source": (["linear-ridge", "--cost", "samples", "--capacity", "2"], "--source is missing"),
    "symbolic budget": (["linear-ridge", "--cost", "samples", "--budget", "100"], "--budget = '100'"),
    "latex budget": (["linear-ridge", "--cost", "samples", *LAW, "--budget", "100", "--latex"], "--budget = '100'"),
    "budget": (["random-features", *COST, *LAW, "--budget", "-5"], "--budget = -5"),
    "small budget": (["random-features", *COST, *LAW, "--budget", "0.5"], "--budget = 0.5"),
    "huge noise": (["linear-ridge", "--cost", "samples", *LAW, "--budget", "100", "--noise", "1e400"], "--noise = 1000"),
    "picture": (["random-features", *COST, *LAW, "--plot", "a.png"], "--plot draws"),
    "one point": (["linear-ridge", "--cost", "samples", *LAW, "--budget", "100", "--plot", "a.png"], "--budget"),
    "paper": (["random-features", *COST, "--convention", "nobody2024"], "--convention"),
}


@pytest.mark.parametrize("case", list(BAD))
def test_bad_input_is_one_clear_line(case):
    arguments, words = BAD[case]
    result = run(*arguments)
    assert result.exit_code == 2, result.stdout
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_sgd_face_of_steps_in_the_letters_of_its_paper():
    found = parsed("sgd", "--cost", "samples*features", "--noise", "1", "--convention", "lin2024")
    row = found["condition"].index("(a - b + 1 >= 0) & (a - b <= 0)")
    assert (found["n_samples"][row], found["n_features"][row]) == ("b/(b + 1)", "1/(b + 1)")
    assert found["step"][row] == "[(a - b)/(b + 1), 0]"
    assert found["excess"][row] == "-(b - 1)/(b + 1)"
    assert "N_eff ~ C^" in run("sgd", "--cost", "N_eff*M", "--noise", "1", "--step", "0", "--convention", "lin2024").stdout
    refused = run("sgd", "--cost", "samples*features", *LAW, "--budget", "1e4")
    assert refused.exit_code == 2
    assert "--budget" in refused.stderr


@pytest.mark.parametrize(("a", "b", "risk"), [("2", "1.5", "-2/5"), ("2", "2", "-1/3"), ("3", "1.5", "-2/3")])
def test_flow_at_features_times_time(a, b, risk):
    """Published for a − 1 < b (arXiv:2402.01092, Figure 4): C^{-(a-1)/(1+b)}; beyond, C^{-(a-1)/a}."""
    found = parsed("flow", "--cost", "features*time", "--convention", "bordelon2024", "--a", a, "--b", b)
    assert dict(zip(found["argument"], found["exact"], strict=True))["excess"] == risk


def test_flow_with_sizes_that_cost_nothing_has_them_infinite():
    assert "P = ∞" in run("flow", "--cost", "features*time", "--noise", "1").stdout
