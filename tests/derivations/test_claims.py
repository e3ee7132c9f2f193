"""Each kind of step holds where it should, and where it should not it fails with both sides at a witness."""

import numpy as np
import pytest
import sympy
from mpmath import mp

import theory as th
from derivations import Derivation, DerivationError, Setting, the
from derivations.meaning.quantities import Point
from derivations.settings.power_laws import PowerLaws
from derivations.settings.wishart import Wishart, cycles, moment

MODEL = th.Chain(th.Samples())
AT = {"task": th.Isotropic(250), "P": 250, "λ": 1e-3, "σ²": 0.25}


def ridge():
    derivation = Derivation("Ridge.", setting=MODEL)
    derivation.bind(F="test risk of the package", value=the(MODEL).formulas["test"])
    derivation.let("λ = κ (1 - d/P)")
    derivation.let("E = (T - T2 + σ²)/(1 - d2/P)")
    return derivation


RIGHT = {
    "exact": lambda D: D.exact("E = F"),
    "chain of equalities": lambda D: D.exact("E - B/(1 - d2/P) = σ²/(1 - d2/P) = σ² F/(B + σ²)"),
    "numeric": lambda D: D.numeric("E < F + 1"),
    "simulate": lambda D: D.simulate("test ≈ E", sizes=(10, 30), resolution=0.06),
    "asymptotic": lambda D: D.asymptotic("F ~ σ²/(1 - d2/P)", limit="κ → 0"),
    "reference": lambda D: D.reference("F = 4.09514", source="authors' code", at=AT),
    "reference formula": lambda D: D.reference("F = (B + σ²)/(1 - d2/P)", source="section 3"),
    "refutes": lambda D: D.refutes("E = F (1 + d/P)"),
    "refutes by simulation": lambda D: D.refutes("test ≈ T + σ²", instead="E", sizes=(10, 30), resolution=0.06),
    "where": lambda D: D.exact("E = B + σ²", where="P = ∞"),
    "where a letter is put in": lambda D: D.exact("λ = κ (1 - d/d2)", where="P = d2"),
    "sum over modes": lambda D: D.exact("Σ_k c_k λ_k^2/(λ_k + κ)^2 = T2/κ"),
    "two points": lambda D: D.exact("(T - T')/(κ - κ') = Σ_k c_k λ_k^2/((λ_k + κ) (λ_k + κ'))"),
}
WRONG = {
    "exact": (lambda D: D.exact("E = F (1 + d/P)"), r"differ; left = \S+ but right = \S+ at κ = "),
    "no identity": (lambda D: D.exact("E = E"), "both sides are the same before"),
    "definition again": (lambda D: D.exact("E = (T - T2 + σ²)/(1 - d2/P)"), "it is the definition of E over again"),
    "definition turned": (lambda D: D.exact("(σ² - T2 + T)/(1 - d2/P) = E"), "it is the definition of E over again"),
    "whatever the package": (lambda D: D.exact("F T = F (T2 + B)"), "it holds whatever F is"),
    "minimum": (lambda D: D.exact("E = min(F, T)"), "use D.numeric"),
    "numeric": (lambda D: D.numeric("E > 10"), "fails at point"),
    "domain": (lambda D: D.let("Y = λ - κ", domain="positive"), "Y = -"),
    "simulate": (
        lambda D: D.simulate("test ≈ 1.03 E", sizes=(20, 60), resolution=0.025), "standard errors; measured .* formula"),
    "unresolved": (lambda D: D.simulate("test ≈ E", sizes=(4, 8), resolution=1e-7), "undecided after"),
    "branch": (lambda D: D.simulate("test ≈ min(E, 9 κ)", sizes=(10, 20), resolution=0.1), "no case is on the branch"),
    "asymptotic": (lambda D: D.asymptotic("E ~ 2 F", limit="κ → 0"), "stays away from 1 by 0.693"),
    "value": (lambda D: D.reference("F = 4.0952", source="typed", at=AT), "left = 4.0951"),
    "formula": (lambda D: D.reference("F = E + 1", source="typed"), "published formula differs"),
    "refutes": (lambda D: D.refutes("E = F"), "both sides agree"),
    "refutes the truth": (
        lambda D: D.refutes("test ≈ E", instead="E", sizes=(10, 20), resolution=0.1), "the claim passes the test"),
    "blunt": (lambda D: D.refutes("test ≈ 2 E", instead="3 E", sizes=(10, 20), resolution=0.1), "not sharp"),
    "blunt identity": (lambda D: D.refutes("E = 2 F", instead="3 F"), "not sharp"),
}  # fmt: skip


@pytest.mark.parametrize("kind", RIGHT)
def test_right_claims_hold(kind):
    derivation = ridge()
    RIGHT[kind](derivation)
    assert derivation.check().passed


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_claims_fail_and_say_why(kind):
    derivation = ridge()
    claim, said = WRONG[kind]
    claim(derivation)
    with pytest.raises(DerivationError, match=said):
        derivation.check()
    assert not derivation.verify().passed


def test_branches_of_a_minimum_are_all_visited():
    derivation = Derivation("Branches.", setting=Setting(a=(1, 3), b=(0, 1)))
    derivation.numeric("min(a, b) = b")
    with pytest.raises(DerivationError, match="no point met the branch a of Min"):
        derivation.check()
    derivation = Derivation("Branches.", setting=Setting(a=(0, 1), b=(0, 1)))
    derivation.numeric("min(a, b) max(a, b) = a b")
    assert "4 branches" in derivation.check().outcomes[0].found


def bordelon(**cases):
    derivation = Derivation("Width.", setting=PowerLaws(th.random_features(), "bordelon2024", a=(1.2, 5), b=(1.1, 2)))
    options = {"ray": {"N": 1, "P": np.inf}, "cases": [{"a": 2.0, "b": 1.5}, {"a": 3.4, "b": 1.5}], **cases}
    return derivation, options


def test_slopes_are_those_of_the_theory():
    derivation, options = bordelon()
    derivation.slope("test ~ N^(-min(a - 1, b))", **options)
    derivation.refutes("bias ~ N^(-min(a - 1, b))", instead="N^(-min(a - 1, 2 b))",
                       ray=options["ray"], cases=[*options["cases"], {"a": 4.8, "b": 1.5}])
    assert derivation.check().passed
    derivation, options = bordelon(cases=[{"a": 2.0, "b": 1.5}])
    derivation.slope("test ~ N^(-min(a - 1, b))", where="a - 1 < b", **options)
    with pytest.raises(DerivationError, match="no case is on the branch b"):
        derivation.check()
    derivation, options = bordelon()
    derivation.slope("test ~ N^(1 - a)", **options)
    with pytest.raises(DerivationError, match=r"the slope is -1.5000 but the formula gives -2.4000 with a = 3.4"):
        derivation.check()


def test_an_own_ridge_map_places_kappa():
    derivation = Derivation("Own.", setting=MODEL)
    derivation.let("λ = 1.2 κ (1 - d/P)", "wrong")
    derivation.simulate("dof ≈ d", sizes=(10, 30), resolution=0.06)
    with pytest.raises(DerivationError, match="simulation and formula differ"):
        derivation.check()


def test_simulations_are_repeated_exactly():
    claims = []
    for _ in range(2):
        derivation = ridge()
        derivation.simulate("test ≈ E", sizes=(8, 16), resolution=0.1, seed=3)
        claims.append(derivation.check().outcomes[0].found)
    assert claims[0] == claims[1]


def test_series_are_decided_to_their_order():
    derivation = Derivation("Series.", setting=Wishart(order=4))
    derivation.exact("ψ_W(z) = z + (1 + c) z^2 + O(z^3)")
    assert derivation.check().passed
    derivation.exact("ψ_W(z) = z + (1 + c) z^2 + O(z^4)")
    with pytest.raises(DerivationError, match="step \\(2\\)"):
        derivation.check()


def test_moments_count_permutations():
    assert cycles([1, 2, 0, 3]) == [3, 1]
    assert str(moment(2)) == "c*s1**2 + s2"


def test_an_empty_derivation_is_no_success():
    derivation = Derivation("Nothing.", setting=Setting(x="positive"))
    with pytest.raises(DerivationError, match="nothing to check"):
        derivation.check()
    assert not derivation.verify().passed


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        (lambda D: D.simulate("test ≈ E", sizes=(20,), resolution=0.01), "two sizes or more"),
        (lambda D: D.simulate("test ≈ E", sizes=(20, 40), resolution=1), "resolution"),
        (lambda D: D.asymptotic("E ~ F", limit="κ to 0"), "limit"),
        (lambda D: D.refutes("test ≈ E", sizes=(20, 40), resolution=0.01), "instead"),
        (lambda D: D.bind(value=1), "bind"),
        (lambda D: D.letter("x", domain=(2, 1)), "low < high"),
        (lambda D: D.letter("x", domain="odd"), "one of positive"),
        (lambda D: Derivation("", setting=MODEL), "title"),
        (lambda D: Derivation("T", setting=3), "setting"),
    ],
)
def test_bad_input_is_refused_at_once(claim, said):
    with pytest.raises(ValueError, match=said):
        claim(ridge())


def test_a_mutant_that_survives_is_reported():
    derivation = Derivation("Symmetric.", setting=Setting(x="positive"))
    derivation.let("f(y) = 1/(1 + y)")
    derivation.exact("f(x) + f(1/x) = 1")
    assert derivation.survivors() == ["definition 'f(y) = 1/(1 + y)', term 2 of the other sign"]
    derivation = ridge()
    derivation.exact("E = F")
    assert [what for what in derivation.survivors() if "λ" not in what] == []
    assert any("λ" in what for what in derivation.survivors())  # nothing rests on the definition of λ


def test_where_no_case_holds_or_nothing_is_ordered_there_is_no_value():
    setting = Setting(a="positive", b="positive")
    one, two = (setting.quantities[name].value for name in "ab")
    point = Point({one: mp.mpf(2), two: mp.mpf(1) / 2})
    assert mp.isnan(setting.evaluate(sympy.Piecewise((one, one < 1)), point))
    assert setting.evaluate(sympy.Piecewise((one, one > 1)), point) == 2
    with pytest.raises(ZeroDivisionError, match="no order"):
        setting.evaluate(sympy.Max((-one) ** two, 1), point)
