"""A law as data and as a page: its own script under Node gives the exponents of `Law.along` and the numbers of `evaluate`."""

import html
import json
import math
import random
import re
import shutil
import subprocess
from fractions import Fraction

import numpy as np
import pytest
import sympy

import theory as th
from scaletheory.options.models import LAWS
from tests.exponents.random_rays import drawn, sizes_near
from theory.conventions import CONVENTIONS
from theory.errors import BadArgument
from theory.exponents.page import data as page_data
from theory.exponents.page.programme import Programme
from theory.exponents.page.write import page
from theory.exponents.system import System

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="no node: apt-get install nodejs")
MODELS = {
    "linear-ridge": th.linear_ridge(),
    "random-features": th.random_features(),
    "haar-projection": th.Chain(th.Samples(), th.HaarProjection()),
    "flow": th.GradientFlow(th.random_features()),
    "sgd": th.OnePassSGD(),
    "several passes": th.MultiPassSGD(th.linear_ridge(), schedule=th.linear()),
}
SLOW = {
    "sgd stable-decay": th.OnePassSGD(schedule=th.stable_decay(0.2, th.exponential())),
    "deep-random-features": th.deep_random_features(2),
    "noisy-features": th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures()),
    "nonlinear-random-features": th.nonlinear_random_features("relu"),
    "haar on features": th.Chain(th.Samples(), th.HaarProjection("second"), th.GaussianFeatures("first")),
    "columns": th.Chain(th.Samples(), th.GaussianFeatures(columns=0.5)),
    "sgd linear": th.OnePassSGD(schedule=th.linear()),
    "sgd tail average": th.OnePassSGD(schedule="constant", averaging="tail"),
}
RUN = """
const read = text => text === "inf" ? Infinity : text === "-inf" ? -Infinity : parse(text);
const told = x => typeof x === "number" ? (x > 0 ? "inf" : "-inf") : `${x.n}/${x.d}`;
const { law, rays, risks } = JSON.parse(require("fs").readFileSync(0));
const out = { rays: rays.map(([letters, point]) => { try {
  const at = atNumbers(law, letters.map(parse)), ray = along(at, point.map(read));
  const fast = roughly(at, point.map(read).map(x => x.n === undefined ? x : toNumber(x)));
  return { kappa: told(ray.kappa.exponent), terms: ray.terms.map(term => [told(term.exponent), told(term.logarithm)]),
           dominant: ray.dominant, fast: [fast.dominant, fast.terms.map(String)] };
} catch (error) { return String(error.message); } }) };
const numbers = values => values.map(x => x === "inf" ? Infinity : x);
if (risks.length) { const risk = riskOf(law); out.risks = risks.map(values => risk(numbers(values))); }
console.log(JSON.stringify(out));
"""


def scripts(text):
    """The data and the first script of a page."""
    blocks = re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL)
    assert [kind for kind, _ in blocks] == [' type="application/json" id="law"', "", ""]
    return json.loads(blocks[0][1]), blocks[1][1]


def asked(data, rays=(), risks=()):
    """What the page's own script says of rays (letters, point) and of risks at numbers."""
    script = scripts(page(data))[1]
    given = json.dumps({"law": data, "rays": rays, "risks": risks})
    done = subprocess.run([NODE, "-e", script + RUN], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def told(value):
    return str(value) if value in (math.inf, -math.inf) else "{0.numerator}/{0.denominator}".format(Fraction(value))


def check_rays(law, n_rays=40):
    """Every exponent, logarithm and dominant term at random rays, and what is refused; return how often each was met."""
    generator = random.Random(5)
    rays = [drawn(law, generator) for _ in range(n_rays)]
    found = asked(law.data(), [([str(a), str(r)], [str(p) for p in powers.values()]) for a, r, powers in rays])["rays"]
    met = {"refused": 0, "logarithms": 0}
    for (capacity, source, powers), seen in zip(rays, found, strict=True):
        try:
            ray = law.along(capacity=capacity, source=source, **powers)
        except BadArgument:
            met["refused"] += 1
            assert isinstance(seen, str), (capacity, source, powers)
            continue
        assert seen["kappa"] == told(ray.kappa)
        terms = [[told(value), told(ray.logarithms.get(key, 0))] for key, value in ray.terms.items()]
        assert seen["terms"] == terms, (capacity, source, powers)
        assert law.system.keys[seen["dominant"]] == ray.dominant
        assert law.system.keys[seen["fast"][0]] == ray.dominant
        np.testing.assert_allclose([float(x) for x in seen["fast"][1]], [float(x) for x in ray.terms.values()], atol=1e-9)
        met["logarithms"] += bool(ray.logarithms)
    return met


@needs_node
@pytest.mark.parametrize("name", MODELS)
def test_exponents_are_those_of_the_law(name):
    met = check_rays(MODELS[name].exponents())
    assert met["logarithms"] >= 3
    assert (met["refused"] > 0) == (name == "several passes")


@needs_node
@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_exponents_of_larger_models_are_those_of_the_law(name):
    met = check_rays(SLOW[name].exponents())
    assert met["logarithms"] >= 3
    assert (met["refused"] > 0) == (name in ("noisy-features", "haar on features"))


@needs_node
@pytest.mark.slow
@pytest.mark.parametrize("modes", [{"n_dims": "free"}, {"n_dims": "n_features", "largest_step": True}], ids=str)
def test_exponents_of_finitely_many_modes_are_those_of_the_law(modes):
    law = th.OnePassSGD().exponents(**modes)
    assert check_rays(law, 60)["logarithms"] >= 3
    start = {each["key"]: Fraction(each["start"]) for each in law.data()["arguments"]}
    law.along(capacity=0.6, source=0.4, **start)


def test_every_ready_made_model_is_tried():
    assert set(LAWS) <= {*MODELS, *SLOW}


@needs_node
def test_a_coefficient_that_is_wrong_is_seen():
    law = th.random_features().exponents()
    data = law.data()
    point = [([str(Fraction(3, 2)), str(Fraction(2, 5))], ["1", "2", "-3/2", "0"])]
    right = asked(data, point)["rays"]
    places = [place for place, each in enumerate(data["coefficients"]) if each["num"] and each["num"][0][0] != "0"][:6]
    changed = 0
    for place in places:
        wrong = json.loads(json.dumps(data))
        wrong["coefficients"][place]["num"][0][0] = "7/5"
        changed += asked(wrong, point)["rays"] != right
    assert changed >= len(places) // 2


# --- numbers ---


def check_numbers(model, capacity, source, n_points=40):
    generator, law = random.Random(3), model.exponents()
    points = [sizes_near(generator, law) for _ in range(n_points)]
    data = law.data(capacity=capacity, source=source)
    listed = [["inf" if value == math.inf else value for value in point.values()] for point in points]
    found, task = asked(data, risks=listed)["risks"], th.PowerLaw(capacity, source)
    for point, seen in zip(points, found, strict=True):
        risk = model.evaluate(task, **point)
        np.testing.assert_allclose(seen["kappa"], float(risk.kappa), rtol=1e-6)
        for key, value in zip(law.system.keys, seen["terms"], strict=True):
            np.testing.assert_allclose(value, float(risk.terms[key]), rtol=1e-6, err_msg=f"{key} at {point}")


@needs_node
@pytest.mark.parametrize(("name", "capacity", "source"), [
    ("linear-ridge", 1.1, 0.6), ("random-features", 1.5, 0.4), ("random-features", 6, 0.1),
    ("haar-projection", 2, 1.5),
])  # fmt: skip
def test_numbers_are_those_of_evaluate(name, capacity, source):
    check_numbers(MODELS[name], capacity, source)


@needs_node
@pytest.mark.slow
@pytest.mark.parametrize(("name", "capacity", "source"), [
    ("deep-random-features", 1.5, 0.5), ("noisy-features", 1.5, 0.4), ("noisy-features", 1.05, 0.1),
    ("haar on features", 2, 0.3),
])  # fmt: skip
def test_numbers_of_larger_models_are_those_of_evaluate(name, capacity, source):
    check_numbers(SLOW[name], capacity, source)


@needs_node
def test_the_peak_is_there():
    law, sizes = th.random_features().exponents(), [290, 299.999, 300, 300.001, 310]
    found = asked(law.data(), risks=[[size, 300, 1e-9, 0.1] for size in sizes])["risks"]
    task = th.PowerLaw(1.5, 0.4)
    theory = th.random_features().evaluate(task, n_samples=sizes, n_features=300, ridge=1e-9, noise=0.1).test
    np.testing.assert_allclose([each["terms"][0] for each in found], theory, rtol=1e-6)
    assert theory[2] > 10 * theory[0]


@needs_node
def test_where_there_are_none_nothing_is_made_up():
    """Off the table, and at ridge 0 where two sizes are equal, or as good as that."""
    assert asked(th.linear_ridge().exponents().data(), risks=[[1e30, 0.0, 0.1], [10, 1e30, 0.1]])["risks"] == [None, None]
    law, near = th.random_features().exponents(), 300 * (1 + 1e-11)
    assert asked(law.data(), risks=[[300, 300, 0, 0.1], [300, near, 0, 0.1]])["risks"] == [None, None]


@needs_node
@pytest.mark.slow
def test_numbers_where_two_sizes_are_one():
    model = th.random_features()
    law = model.exponents(equal=("n_samples", "n_features"))
    points = [(size, ridge, 0.1) for size in (2, 300, 1e6) for ridge in (1e-12, 1e-6, 1.0)]
    found = asked(law.data(), risks=points)["risks"]
    sizes, ridges = np.array([point[0] for point in points]), np.array([point[1] for point in points])
    risk = model.evaluate(th.PowerLaw(1.5, 0.4), n_samples=sizes, n_features=sizes, ridge=ridges, noise=0.1)
    for place, key in enumerate(law.system.keys):
        np.testing.assert_allclose([each["terms"][place] for each in found], risk.terms[key], rtol=1e-6, err_msg=str(key))


@pytest.mark.parametrize(("name", "reason"), [
    ("sgd", "given by `scaletheory flow` and `scaletheory sgd`"),
    pytest.param("nonlinear-random-features", "depend on φ", marks=pytest.mark.slow),
    pytest.param("columns", "a law of their own", marks=pytest.mark.slow),
])  # fmt: skip
def test_a_law_without_numbers_says_why(name, reason):
    assert reason in (MODELS | SLOW)[name].exponents().data()["numbers"]


def test_a_steep_law_has_exponents_alone():
    assert "capacities up to 6" in th.linear_ridge().exponents().data(capacity=Fraction(13, 2))["numbers"]


def test_a_page_begins_where_a_regime_holds(monkeypatch):
    monkeypatch.setitem(page_data.STARTS, "n_steps", Fraction(1))  # fewer steps than time
    law = MODELS["several passes"].exponents()
    start = {each["key"]: Fraction(each["start"]) for each in law.data()["arguments"]}
    assert start["time"] < start["n_steps"]
    law.along(capacity=1.5, source=0.4, **start)
    kept = {each["key"]: each["start"] for each in law.data(n_samples=3)["arguments"]}
    assert kept["n_samples"] == "3"


# --- letters ---


@needs_node
@pytest.mark.parametrize("paper", ["lin2024", "bahri2021", "paquette2024"])
def test_letters_of_a_paper(paper):
    law, convention = th.random_features().exponents(), CONVENTIONS[paper]
    data = law.data(convention=paper)
    assert [each["key"] for each in data["parameters"]] == list(convention.letters)
    letters = {each["key"]: Fraction(each["start"]) + Fraction(1, 7) for each in data["parameters"]}
    ours = {name: Fraction(int(value.p), int(value.q)) for name, value in convention.ours(**letters).items()}
    powers = dict(zip(law.system.keywords, (1, Fraction(3, 2), Fraction(-3, 2), 0), strict=True))
    (found,) = asked(data, [([str(x) for x in letters.values()], [str(p) for p in powers.values()])])["rays"]
    ray = law.along(**ours, **powers)
    assert [exponent for exponent, _ in found["terms"]] == [told(value) for value in ray.terms.values()]
    if paper == "lin2024":
        assert [each["symbol"] for each in data["arguments"]] == ["N", "M", "λ", "σ²"]
        assert data["numbers"]["capacity"] == "3/2"


def test_the_law_in_symbols_is_in_the_letters_of_the_paper():
    law, paper = th.random_features().exponents(), CONVENTIONS["bordelon2024"]
    given = law.data(convention="bordelon2024")
    assert given["text"] == law.text(paper) != str(law)
    assert given == law.data(convention=paper)
    text = html.unescape(law.html(convention="bordelon2024"))
    assert "bias ~ κ^(min(2, (a - 1)/b))" in text
    assert f"The law in symbols, in the letters of {paper.reference}" in text
    assert law.data()["text"] == str(law)


@pytest.mark.parametrize("paper", ["levi2023", "jin2024", "nobody1900"])
def test_a_paper_without_letters_is_refused(paper):
    with pytest.raises(BadArgument):
        th.random_features().exponents().data(convention=paper)


def test_the_source_that_a_paper_implies():
    law = th.linear_ridge().exponents()
    assert law.data(convention="bahri2021", capacity=2)["numbers"]["source"] == "1/4"
    with pytest.raises(BadArgument, match="only source"):
        law.data(convention="bahri2021", capacity=2, source=1)


# --- refusals ---


@pytest.mark.parametrize("wrong", [
    {"capacity": 1}, {"source": 0}, {"n_features": 1}, {"n_samples": -1}, {"noise": math.nan}, {"title": 5},
])  # fmt: skip
def test_bad_input(wrong):
    with pytest.raises(BadArgument):
        th.linear_ridge().exponents().data(**wrong)


def test_a_range_of_powers_is_refused():
    law = th.Chain(th.Samples(), th.GaussianFeatures(columns=th.PowerRange(0.5, 1))).exponents()
    with pytest.raises(BadArgument, match="number"):
        law.data()


def test_a_formula_must_be_sums_products_and_whole_powers():
    x = sympy.Symbol("x", positive=True)
    assert Programme([x**2 + x / 2], [x]).data()["lines"][-1][0] == "+"
    with pytest.raises(BadArgument, match="whole powers"):
        Programme([sympy.sqrt(x)], [x])


@needs_node
def test_what_contradicts_itself_is_refused_in_words():
    data = th.linear_ridge().exponents().data()
    rays = [(["3/2", "2/5"], ["-1", "0", "0"]), (["1", "2/5"], ["1", "0", "0"]), (["3/2", "0"], ["1", "0", "0"]),
            (["3/2", "2/5"], ["-inf", "0", "0"]), (["3/2", "2/5"], ["1", "inf", "0"])]  # fmt: skip
    found = asked(data, rays)["rays"]
    wanted = ["the power of P is at least 0", "the capacity must be a number > 1, at most 10^6",
              "the source must be a number > 0, at most 10^6", "P cannot be zero", "λ cannot be infinite"]  # fmt: skip
    assert found == wanted


# --- the file ---


def test_one_file_that_loads_nothing():
    text = th.random_features().exponents().html(title="A <b> law", n_samples=1, n_features=Fraction(3, 2))
    data, _ = scripts(text)
    assert data["schema"] == "scaletheory/law/1"
    assert "<title>A &lt;b&gt; law</title>" in text
    assert [each["start"] for each in data["arguments"]] == ["1", "3/2", "-3/2", "0"]
    assert re.findall(r"""(?:src|href)=["'](?!data:)|@import|url\(|fetch\(|XMLHttp|WebSocket""", text) == []
    assert "default-src 'none'" in text
    assert not re.search(r"\{\{[a-z]", text)
    assert len(text) < 65_000


def test_powers_of_logarithms_are_declared_not_computed():
    """What a page counts is what `along` counts: no law has a rule of its own."""

    def below(kind):
        return {kind}.union(*map(below, kind.__subclasses__()))

    assert {kind.logarithm for kind in below(System)} == {System.logarithm}
