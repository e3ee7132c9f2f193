"""`scaletheory exponents`: the law as the library has it, in our letters and in the papers', and one line for bad input."""

import functools
import json
import math
import re
from fractions import Fraction

import pytest
import sympy

import theory as th
from numerics.pictures import figures
from scaletheory.options.letters import papers
from tests.scaletheory import invoke
from theory.conventions import convention
from theory.notation import CAPACITY, SOURCE
from theory.terms import term_name

run = functools.partial(invoke.run, "exponents")
parsed = functools.partial(invoke.parsed, "exponents")

LAW = ["--capacity", "1.5", "--source", "0.4"]
MODELS = {
    ("linear-ridge",): th.linear_ridge(),
    ("random-features",): th.random_features(),
    ("deep-random-features", "--depth", "2"): th.deep_random_features(2),
    ("haar-projection",): th.Chain(th.Samples(), th.HaarProjection()),
}
EXPONENTS = th.random_features().exponents()


# --- the symbolic law ---


@pytest.mark.parametrize("model", list(MODELS))
def test_the_symbolic_law_is_the_printed_one(model):
    law, found = MODELS[model].exponents(), parsed(*model)
    names = {"kappa": "κ"} | {term_name(key): f"V[{' × '.join([key] if isinstance(key, str) else key)}]" for key in law.terms}
    names |= {key: key for key in ("test", "train", "excess", "bias")}
    lines, last = [], None
    for term, text, where in zip(found["term"], found["law"], found["where"], strict=True):
        if not where:
            lines.append(f"{names[term]} ~ {text}")
            continue
        if term != last:
            lines.append(f"{names[term]} ~")
        lines.append(f"    {text}    where {where}")
        last = term
    assert "\n".join(lines) == str(law)


def test_the_table_can_be_read():
    lines = run("random-features").stdout.splitlines()
    assert lines[0] == "# The law of random-features"
    cells = {line.split("\t")[0]: line.split() for line in lines}
    assert cells["κ"] == ["κ", "max(λ,", "P^(-α),", "N^(-α))"]
    assert cells["bias"] == ["bias", "κ^(2·min(1,", "r))"]
    assert "V[samples × noise]" in cells
    assert sum("(samples full)" in line for line in lines) == 1


def test_latex_is_that_of_the_law():
    assert run("random-features", "--latex").stdout.strip() == EXPONENTS.latex()
    assert parsed("random-features", "--latex")["latex"] == EXPONENTS.latex()


def evaluated(text, values):
    """Return ln of the largest monomial in the text of a sum."""
    plain = text.replace("σ²", "sigma2").replace("·", "*").replace("^", "**").replace("min(", "Min(")
    for greek, name in (("α_K", "alpha_K"), ("α", "alpha"), ("β", "beta"), ("κ", "kappa"), ("λ", "lambda_")):
        plain = plain.replace(greek, name)
    symbols = {name: sympy.Symbol(name, positive=True) for name in values}
    terms = sympy.Add.make_args(sympy.sympify(plain, locals=symbols))
    return max(float(sympy.log(term.subs({symbols[name]: value for name, value in values.items()})).evalf()) for term in terms)


@pytest.mark.parametrize("paper", papers())
def test_papers_say_the_same_in_their_letters(paper):
    row = convention(paper)
    alpha, r = (2, Fraction(1, 4)) if len(row.letters) == 1 else (2, Fraction(2, 5))
    letters = row.theirs(alpha, r)
    ours = {"P": 1e9, "N": 1e5, "lambda": 1e-7, "sigma2": 1e-3}
    kappa = 1e-7
    sizes = {row.sizes["n_features"]: ours["N"]}
    sizes |= {"batch": 1e3, "steps": 1e6} if "*" in row.sizes["n_samples"] else {row.sizes["n_samples"]: ours["P"]}
    values = {name: sympy.nsimplify(value) for name, value in letters.items()} | sizes
    values |= {"kappa": kappa, "lambda_": ours["lambda"], "sigma2": ours["sigma2"]}
    found, checked = parsed("random-features", "--convention", paper), 0
    by_name = {term_name(key): key for key in EXPONENTS.terms}
    for term, text, where in zip(found["term"], found["law"], found["where"], strict=True):
        if term == "kappa" or where:
            continue
        expected = EXPONENTS[by_name[term]].subs({CAPACITY.symbol: alpha, SOURCE.symbol: r})
        expected = expected.subs({symbol: ours[str(symbol)] for symbol in expected.free_symbols})
        assert evaluated(text, values) == pytest.approx(float(expected.evalf()), rel=1e-9)
        checked += 1
    assert checked == 8
    sizes_named = " ".join(found["law"])
    assert all(size in sizes_named for size in sizes)


def test_latex_in_the_letters_of_a_paper():
    page = run("random-features", "--convention", "lin2024", "--latex").stdout.strip()
    assert page.startswith(r"\begin{array}{l|ll}\kappa & \max(\lambda, N^{- a}, M^{- a}) & ")
    assert r"\text{bias} & \kappa^{\min\left(2, \frac{b - 1}{a}\right)} & " in page
    assert r"\text{V[samples $\times$ noise]} & \frac{\kappa^{- \frac{1}{a}} \sigma^2}{N} & " in page
    assert r"\kappa\sim M^{- a}\ \text{(features full)}" in page
    assert page.count("{") == page.count("}")
    deep = run("deep-random-features", "--depth", "2", "--convention", "lin2024", "--latex").stdout
    assert r"\text{V[features\_1]} & " in deep
    assert r"\text{(features\_2 full)}" in deep


# --- rays ---


def test_a_ray_is_that_of_the_library():
    found = parsed("random-features", *LAW, "--samples", "1", "--features", "2", "--ridge", "-1.5", "--noise", "-0.25")
    ray = EXPONENTS.along(capacity=1.5, source=0.4, n_samples=1, n_features=2, ridge=-1.5, noise=-0.25)
    assert found["term"] == ["kappa", *(term_name(key) for key in ray.terms)]
    assert found["exponent"] == pytest.approx([ray.kappa, *ray.terms.values()])
    assert [float(Fraction(text)) for text in found["exact"]] == pytest.approx(found["exponent"])
    assert [term for term, flag in zip(found["term"], found["dominant"], strict=True) if flag] == [term_name(ray.dominant)]
    assert (found["capacity"], found["source"], found["n_features"], found["ridge"]) == (1.5, 0.4, 2.0, -1.5)
    assert found["walls"] == len(ray.walls) == 1


def test_infinite_powers_fractions_and_logarithms():
    found = parsed("random-features", "--capacity", "3/2", "--source", "1/2", "--samples", "1", "--features", "inf",
                   "--ridge", "-1/3", "--noise", "-inf")  # fmt: skip
    half = Fraction(1, 2)
    ray = EXPONENTS.along(capacity=3 * half, source=half, n_samples=1, n_features=math.inf, ridge=Fraction(-1, 3))
    assert found["exact"] == [str(value) for value in (ray.kappa, *ray.terms.values())]
    assert found["exponent"][found["term"].index("variance[features]")] == "-inf"
    finite = parsed("random-features", "--capacity", "3/2", "--source", "1/2", "--samples", "2", "--features", "3",
                    "--ridge", "-1", "--noise", "0")  # fmt: skip
    assert dict(zip(finite["term"], finite["logarithm"], strict=True))["variance[features]"] == 1
    assert (found["n_features"], found["noise"]) == ("inf", "-inf")


def test_the_table_of_a_ray_marks_what_dominates():
    result = run("random-features", *LAW, "--samples", "1", "--features", "2", "--ridge", "-1")
    title, *lines = result.stdout.splitlines()
    assert title.endswith("(capacity 3/2, source 2/5), P ~ Λ, N ~ Λ^2, λ ~ Λ^(-1), σ² = 0")
    marked = [line.split() for line in lines if line.rstrip().endswith("dominant")]
    assert marked == [["bias", "-0.8", "-4/5", "dominant"]]
    assert "a power of -inf: the term vanishes" in result.stdout


def test_deep_layers_from_the_population_outward():
    law = MODELS["deep-random-features", "--depth", "2"].exponents()
    ray = law.along(capacity=1.5, source=0.4, n_samples=2, n_features_1=1, n_features_2=3, ridge=-1)
    for widths in (["--features", "1,3"], ["--features", "1", "--features", "3"]):
        found = parsed("deep-random-features", *LAW, "--samples", "2", *widths, "--ridge", "-1")
        assert (found["n_features_1"], found["n_features_2"]) == (1.0, 3.0)
        numbers = [-math.inf if value == "-inf" else value for value in found["exponent"][1:]]
        assert numbers == pytest.approx(list(ray.terms.values()))


def test_the_feature_noise_of_nonlinear_features_follows_from_the_width():
    found = parsed("nonlinear-random-features", "--activation", "relu", *LAW, "--samples", "1", "--features", "0.5")
    noisy = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures()).exponents()
    ray = noisy.along(capacity=1.5, source=0.4, n_samples=1, n_features=0.5, feature_noise=-0.5)
    assert "feature_noise" not in found
    assert found["exponent"][1] == pytest.approx(ray["test"])


def test_a_paper_s_letters_give_the_same_numbers():
    plain = ["--samples", "1", "--features", "2", "--ridge", "-1"]
    ours = parsed("random-features", "--capacity", "3/2", "--source", "1/3", *plain)
    rays = [["--direction", "N=1", "--direction", "M=2", "--ridge", "-1"], plain,
            ["--direction", "samples=1", "--direction", "n_features=2", "--direction", "ridge=-1"]]  # fmt: skip
    letters = [["--a", "1.5", "--b", "2"], ["--letter", "a=1.5", "--letter", "b=2"], ["--a=3/2", "--b=2"]]
    for ray, values in zip(rays, letters, strict=True):
        theirs = parsed("random-features", "--convention", "lin2024", *values, *ray)
        assert (theirs["exact"], theirs["convention"]) == (ours["exact"], "lin2024")
        assert (theirs["capacity"], theirs["source"]) == (1.5, 1 / 3)
    first = run("--convention=lin2024", "--a", "1.5", "--b", "2", "random-features", *rays[0])
    assert first.stdout.splitlines()[0].endswith("N ~ Λ, M ~ Λ^2, λ ~ Λ^(-1), σ² = 0")
    isotropic = parsed("random-features", "--convention", "lin2024", "--a", "2", *rays[0])  # b = a
    assert isotropic["source"] == 0.25


# --- regimes ---


def test_the_regimes_are_those_of_the_library():
    found, regimes = parsed("random-features", *LAW), EXPONENTS.regimes(1.5, 0.4)
    assert found["excess"] == [regime.risk for regime in regimes]
    assert found["where"] == [", ".join(regime.borders) for regime in regimes]
    assert found["dominant"] == [term_name(regime.dominant) for regime in regimes]
    for keyword in ("n_samples", "n_features", "ridge", "noise"):
        assert found[f"power_{keyword}"] == [float(regime.exponents[keyword]) for regime in regimes]


def test_regimes_in_the_letters_of_a_paper():
    found = parsed("random-features", "--convention", "lin2024", "--a", "1.5", "--b", "2")
    assert "N^(-1)" not in found["excess"]
    assert found["excess"][2] == "1/N"
    assert found["kappa"][2] == "N^(-3/2)"
    assert found["where"][2] == "N ≥ 1, N ≤ M, λ ≤ N^(-3/2), N ≤ 1/σ²"


def test_pictures(tmp_path):
    diagram, marked = tmp_path / "phases.png", tmp_path / "marked.pdf"
    assert run("random-features", *LAW, "--noise", "0", "--plot", diagram).exit_code == 0
    assert diagram.read_bytes()[:4] == b"\x89PNG"
    ray = ["--samples", "2", "--features", "1", "--ridge", "-1", "--noise", "0"]
    assert run("random-features", *LAW, *ray, "--plot", marked).exit_code == 0
    assert marked.read_bytes()[:4] == b"%PDF"


def test_the_ray_is_marked_in_powers_of_samples(monkeypatch, tmp_path):
    from scaletheory.commands import exponents

    called = {}
    original = exponents.figures.phase_diagram
    monkeypatch.setattr(exponents.figures, "phase_diagram",
                        lambda *given, **named: called.update(named) or original(*given, **named))  # fmt: skip
    ray = ["--samples", "2", "--features", "1", "--ridge", "-1", "--noise", "-1"]
    run("random-features", *LAW, *ray, "--plot", tmp_path / "a.png")
    assert called == {"mark": (0.5, 0.5), "noise": Fraction(-1, 2), "title": ""}


# --- bad input ---

BAD = {
    "a model": (["random-featurs"], "MODEL = 'random-featurs'"),
    "depth": (["deep-random-features"], "--depth is missing"),
    "no features": (["random-features", *LAW, "--samples", "1"], "--features is missing"),
    "features": (["linear-ridge", *LAW, "--samples", "1", "--features", "1"], "--features = '1'"),
    "too many": (["random-features", *LAW, "--samples", "1", "--features", "1,2"], "1 layers"),
    "a word": (["random-features", *LAW, "--samples", "one", "--features", "2"], "--samples = 'one'"),
    "zero": (["random-features", *LAW, "--samples", "1/0", "--features", "2"], "--samples = '1/0'"),
    "shrinking": (["random-features", *LAW, "--samples", "-1", "--features", "2"], "--samples = -1 is"),
    "infinite ridge": (["linear-ridge", *LAW, "--samples", "1", "--ridge", "inf"], "--ridge = inf"),
    "capacity": (["linear-ridge", "--capacity", "1", "--source", "0.4"], "--capacity = 1 is"),
    "source": (["linear-ridge", "--capacity", "2", "--source", "0"], "--source = "),
    "no source": (["linear-ridge", "--capacity", "2"], "--source is missing"),
    "no capacity": (["random-features", "--samples", "1", "--features", "2"], "--capacity is missing"),
    "direction": (["random-features", *LAW, "--direction", "width=1"], "without 'width'"),
    "no power": (["random-features", *LAW, "--direction", "samples"], "NAME=POWER"),
    "twice": (["random-features", *LAW, "--samples", "1", "--direction", "samples=1"], "the only power of P"),
    "paper": (["random-features", "--convention", "jin2024"], "--convention"),
    "no size": (["random-features", "--convention", "levi2023"], "--convention"),
    "letter": (["random-features", "--convention", "lin2024", "--letter", "c=1"], "--letter = 'c=1'"),
    "missing letter": (["random-features", "--convention", "lin2024", "--b", "2"], "--a is missing"),
    "no number": (["random-features", "--convention", "lin2024", "--a"], "--a = ''"),
    "both": (["random-features", "--convention", "lin2024", "--a", "2", *LAW], "--convention = 'lin2024'"),
    "below one": (["random-features", "--convention", "lin2024", "--a", "0.5", "--b", "2"], "--capacity = 1/2"),
    "letter alone": (["random-features", "--letter", "a=2"], "--letter = 'a=2'"),
    "unknown": (["random-features", "--a", "2"], "no option --"),
    "latex of numbers": (["random-features", *LAW, "--latex"], "--latex"),
    "picture of symbols": (["random-features", "--plot", "a.png"], "--plot needs --capacity and --source"),
    "huge power": (["flow", *LAW, "--samples", "1", "--features", "1", "--time", "1e400"], "--time = 1000"),
    "depths": (["deep-random-features", *LAW, "--depth", "40", "--samples", "1", "--features", "1,1"], "each of the 40 layers"),
    "standing samples": (["random-features", *LAW, "--samples", "0", "--features", "1", "--plot", "a.png"], "--samples = 0"),
    "picture of a line": (["linear-ridge", *LAW, "--plot", "a.png"], "MODEL = 'linear-ridge'"),
    "derived": (["nonlinear-random-features", "--activation", "relu", *LAW, "--direction", "feature_noise=1"], "feature_noise"),
}


@pytest.mark.parametrize("case", list(BAD))
def test_bad_input_is_one_clear_line(case):
    arguments, words = BAD[case]
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


# --- one-pass SGD ---


def test_sgd_in_the_letters_of_its_paper():
    found = parsed("sgd", "--convention", "lin2024", "--a", "2", "--b", "1.6", "--direction", "N_eff=3", "--direction", "M=1",
                   "--noise", "0")  # fmt: skip
    ray = th.OnePassSGD().exponents().along(capacity=2, source=Fraction(3, 20), n_samples=3, n_features=1, noise=0)
    exponents = dict(zip(found["term"], found["exponent"], strict=True))
    for key in ("test", "excess", "approximation", "variance"):
        assert exponents[key] == float(ray[key])
    assert "bias" in exponents
    shown = run("sgd", "--convention", "lin2024").stdout
    assert "M^(-min(a, b - 1))" in shown
    assert "N_eff^(-(b - 1)/a)·γ^(-(b - 1)/a)" in shown


def test_sgd_refusals():
    for arguments, message in (
        (["--ridge", "1"], "--ridge = 1 is not admissible.*sgd takes"),
        (["--samples", "1", "--features", "1", "--step", "1"], "--step = 1 is not admissible.*≤ 0"),
    ):
        result = run("sgd", "--capacity", "2", "--source", "0.3", *arguments)
        assert result.exit_code == 2
        assert re.search(message, result.stderr)


# --- gradient flow ---


def test_flow_in_the_letters_of_its_paper():
    """Published (arXiv:2402.01092): t^{-(a-1)/b}, P^{-min(a-1,2b)}; the width's is N^{-min(a-1,b)}, not as printed there."""
    found = parsed("flow", "--convention", "bordelon2024")
    laws = dict(zip(zip(found["term"], found["where"], strict=True), found["law"], strict=True))
    assert "t^(-(a - 1)/b)" in laws["bias", "κ ~ 1/t"]
    assert laws["bias", "κ ~ P^(-b) (samples full)"] == "P^(-min(2·b, a - 1))"
    assert laws["excess", "κ ~ N^(-b) (features full)"] == "N·σ²/P + N^(-min(b, a - 1))"


def test_flow_along_a_ray_is_that_of_the_library():
    found = parsed("flow", *LAW, "--samples", "2", "--features", "1", "--time", "3/2", "--noise", "0")
    law = th.GradientFlow(th.random_features()).exponents()
    ray = law.along(capacity=1.5, source=0.4, n_samples=2, n_features=1, time=Fraction(3, 2), noise=0)
    assert found["exponent"] == [float(ray.kappa), *(float(value) for value in ray.terms.values())]


def test_the_phase_diagram_of_flow_has_time_on_its_axis(tmp_path):
    target = tmp_path / "flow.png"
    run("flow", *LAW, "--noise", "0", "--plot", str(target))
    assert target.stat().st_size > 10_000
    figure = figures.phase_diagram(th.GradientFlow(th.random_features()).exponents(), 1.5, 0.4, noise=0)
    assert "log t" in figure.axes[0].get_xlabel()
    assert any("time" in text.get_text() for text in figure.axes[0].texts)


def test_time_belongs_to_flow_alone():
    assert "--time" in run("sgd", *LAW, "--samples", "1", "--features", "1", "--time", "1").stderr


# --- the page ---


def test_the_page_begins_at_what_is_given(tmp_path):
    file = tmp_path / "page.html"
    letters = ["--convention", "lin2024", "--a", "1.5", "--b", "2", "--direction", "N=1", "--direction", "M=3/2"]
    assert run("random-features", *letters, "--html", file).exit_code == 0
    text = file.read_text(encoding="utf-8")
    data = json.loads(text.partition('id="law">')[2].partition("</script>")[0])
    assert "<title>The law of random-features, in the letters of Lin" in text
    assert [each["start"] for each in data["parameters"]] == ["3/2", "2"]
    assert [each["start"] for each in data["arguments"]] == ["1", "3/2", "-3/2", "0"]
    assert data["numbers"]["source"] == "1/3"


def test_a_page_is_written_only_where_the_command_succeeds(tmp_path):
    for arguments in (["--html", tmp_path / "page.txt"], ["--html", tmp_path / "page.html", "--samples", "1"]):
        refused = run("linear-ridge", *arguments)
        assert refused.exit_code == 2
        assert "--html" in refused.stderr or "--capacity" in refused.stderr
    assert list(tmp_path.iterdir()) == []
