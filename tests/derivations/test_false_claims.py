"""What is false somewhere on its domain is refused, wherever that is: on a branch, far out, by a little, along one path."""

import numpy as np
import pytest
import sympy

import theory as th
from derivations import Derivation, DerivationError, Setting, the
from derivations.settings.power_laws import PowerLaws
from derivations.settings.sums import Sums

MODEL = th.random_features()


def free():
    return Derivation("Free letters.", setting=Setting(
        x="real", y="real", p="positive", q="positive", P="positive", N="positive", n="integer", s=(0, 1), w="nonnegative",
    ))  # fmt: skip


def chain():
    derivation = Derivation("Chain.", setting=th.Chain(th.Samples()))
    derivation.bind(F="test risk of the package", value=the(th.Chain(th.Samples())).formulas["test"])
    derivation.let("E = (T - T2 + σ²)/(1 - d2/P)")
    return derivation


def laws(**domains):
    return Derivation("Power laws.", setting=PowerLaws(MODEL, **domains))


def sums():
    derivation = Derivation("Sums.", setting=Sums(α=(0.3, 2), D="positive"))
    derivation.let("L = tail(1 + α, D)")
    return derivation


N_ONLY = {"N": 1, "P": np.inf}
CASES = [{"α": 1.5, "r": 0.3}, {"α": 2, "r": 0.2}]

FALSE = {
    # exact, on a part of the domain only
    "root of a product": (free, lambda D: D.exact("√(x y) = √x √y"), "differ on a part|differ; left"),
    "cube root of a product": (free, lambda D: D.exact("(x y)^(1/3) = x^(1/3) y^(1/3)"), "differ"),
    "root of a square": (free, lambda D: D.exact("√(x^2) = x"), "differ"),
    "logarithm of a product": (free, lambda D: D.exact("ln(x y) = ln x + ln y"), "differ"),
    "logarithm of a power": (free, lambda D: D.exact("ln(x^2) = 2 ln x"), "differ"),
    "power of a power": (free, lambda D: D.exact("(x^2)^(1/4) = x^(1/2)"), "differ"),
    "where leaves the domain": (
        free, lambda D: D.exact("√(p^2) + 20 = q", where="p = q - 20"), "p = .* leaves the domain of p, positive"),
    "where brings back a branch": (free, lambda D: D.exact("√(x^2) + 20 = p", where="x = p - 20"), "differ"),
    "where leaves an interval": (free, lambda D: D.exact("s + q = 1 + 2 q", where="s = 1 + q"), "leaves the domain of s"),
    "where is no integer": (free, lambda D: D.exact("2 n = 1 + p", where="n = (1 + p)/2"), "leaves the domain of n"),
    "where is not real": (free, lambda D: D.exact("x^2 = y", where="x = √y"), "leaves the domain of x"),
    "iterated limit": (free, lambda D: D.exact("P/(P + N) = 1", where="P = ∞, N = ∞"), "along all paths"),
    "iterated limit, other order": (free, lambda D: D.exact("P/(P + N) = 0", where="N = ∞, P = ∞"), "along all paths"),
    "no limit": (free, lambda D: D.exact("P + N = N", where="P = ∞"), "along all paths"),
    # numeric, false at far ends, at simple numbers, for large populations
    "bounded real": (free, lambda D: D.numeric("x < 100"), "fails at point"),
    "bounded below": (free, lambda D: D.numeric("-1000000 < x"), "fails at point"),
    "bounded integer": (free, lambda D: D.numeric("n < 10"), "fails at point"),
    "bounded positive": (free, lambda D: D.numeric("p < 1e9"), "fails at point"),
    "bounded away from zero": (free, lambda D: D.numeric("p > 1e-9"), "fails at point"),
    "bounded ratio": (free, lambda D: D.numeric("p/q < 1e35"), "fails at point"),
    "never zero": (free, lambda D: D.numeric("x^2 > 0"), "fails at point"),
    "never zero, not negative": (free, lambda D: D.numeric("w > 0"), "fails at point"),
    "never equal": (free, lambda D: D.numeric("(p - q)^2 > 0"), "fails at point"),
    "an inner bound": (free, lambda D: D.numeric("s < 0.999"), "fails at point"),
    "a sum that forgets a term": (free, lambda D: D.numeric("p + q = p + 1e-40"), "fails at point"),
    "equal up to a far term": (free, lambda D: D.numeric("(1 + p) = (1 + p + 1e-20 p^2)"), "fails at point"),
    "seven modes": (chain, lambda D: D.numeric("D = 7"), "fails at point"),
    "few modes": (chain, lambda D: D.numeric("D < 1e6"), "fails at point"),
    "few samples": (chain, lambda D: D.numeric("P < 1000"), "fails at point"),
    "few degrees of freedom": (chain, lambda D: D.numeric("d ≤ 7"), "fails at point"),
    "moderate κ": (chain, lambda D: D.numeric("κ < 100"), "fails at point"),
    "moderate noise": (chain, lambda D: D.numeric("σ² < 100"), "fails at point"),
    "modes of a sum": (chain, lambda D: D.numeric("Σ_k λ_k/λ_k = 7"), "fails at point"),
    "a domain": (free, lambda D: D.let("f = p/1000", domain=(0, 1)), "f = "),
    # limits: a little off, on one branch only, by words
    "a prefactor of a sum": (sums, lambda D: D.asymptotic("L ~ 1.0008 D^(-α)/α", limit="D → ∞"), "stays away from 1"),
    "a prefactor of a risk": (laws, lambda D: D.asymptotic("d2 ~ 1.0008 (1 - 1/α) d", limit="κ → 0"), "stays away from 1"),
    "an exponent of a trace": (laws, lambda D: D.asymptotic("dlnd/dlnκ ~ -1.0008/α", limit="κ → 0"), "stays away from 1"),
    "one branch of a trace": (
        laws, lambda D: D.asymptotic("dlnT/dlnκ ~ 2 r", limit="κ → 0", cases=CASES), "stays away from 1"),
    "another": (
        laws, lambda D: D.asymptotic("dlnB/dlnκ ~ 2", limit="κ → 0", cases=[{"α": 2, "r": 1.3}]), "stays away from 1"),
    "a prefactor of a slope": (
        laws, lambda D: D.slope("bias ~ 1.0008 N^(-α min(2, 2 r))", ray=N_ONLY, cases=[*CASES, {"α": 1.5, "r": 1.3}]),
        "without a prefactor"),
    "an exponent of a slope": (
        laws, lambda D: D.slope("bias ~ N^(-1.0008 α min(2, 2 r))", ray=N_ONLY, cases=[*CASES, {"α": 1.5, "r": 1.3}]),
        "the slope is"),
    "one branch of a slope": (laws, lambda D: D.slope("bias ~ N^(-2 α r)", ray=N_ONLY, cases=CASES), "the slope is"),
    "a case beyond the domain": (
        laws, lambda D: D.asymptotic("dlnT/dlnκ ~ min(1, 2 r)", limit="κ → 0", cases=[{"r": 2}]), "outside the domain of r"),
    "a case where nothing is claimed": (
        laws, lambda D: D.asymptotic("dlnT/dlnκ ~ 2 r", limit="κ → 0", cases=[{"r": 0.7}], where="r < 1/2"),
        "not where the claim is made"),
    # simulation: true where data are scarce, and the other way round
    "as many as samples": (
        chain, lambda D: D.simulate("dof ≈ P", sizes=(16, 32), resolution=0.05, cases=[{"P": 0.5, "λ": 1e-13}]),
        "differ by .* with P = 2"),
    # refutations of what is true, or undecided
    "refutes an identity": (chain, lambda D: D.refutes("E = F"), "it is not refuted"),
    "refutes on a part": (free, lambda D: D.refutes("√(x^2) = x", where="x = p"), "it is not refuted"),
    "refutes a bound by noise": (free, lambda D: D.refutes("(1 + p)^2 - 1 = p (2 + p)"), "it is not refuted"),
    "refutes a limit": (
        sums, lambda D: D.refutes("L ~ D^(-α)/α", instead="D^(-α)/α + 0 D", limit="D → ∞"), "the claim passes the test"),
    "refutes a limit that is sharp": (
        sums, lambda D: D.refutes("L ~ D^(-α)/α", instead="tail(1 + α, D) + 0", limit="D → ∞", resolution=1e-12),
        "it is not refuted"),
    "refutes what says nothing": (
        sums, lambda D: D.refutes("L ~ L", instead="D^(-α)/α", limit="D → ∞"), "it is not refuted, there is no witness"),
    "refutes what is undecided": (
        laws, lambda D: D.refutes("d ~ d (1 + 1/ln(1/κ))", instead="d + 0", limit="κ → 0"), "it is not refuted"),
    "instead is wrong elsewhere": (
        laws, lambda D: D.refutes("dlnT/dlnκ ~ 3 r", instead="2 r", limit="κ → 0", cases=CASES), "not sharp"),
    "a reference on a part": (free, lambda D: D.reference("√(x y) = √x √y", source="typed"), "published formula differs"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FALSE)
def test_is_refused(kind):
    make, claim, said = FALSE[kind]
    derivation = make()
    claim(derivation)
    with pytest.raises(DerivationError, match=said):
        derivation.check()


TRUE = {
    "roots of positive letters": (free, lambda D: D.exact("√(p q) = √p √q")),
    "a square's root": (free, lambda D: D.numeric("√(x^2) = max(x, -x)")),
    "where stays": (free, lambda D: D.exact("√(p^2) - 20 = q", where="p = q + 20")),
    "where at the border": (free, lambda D: D.exact("p + q = q", where="p = 0")),
    "any path": (free, lambda D: D.exact("(1 + 1/P) (1 + 1/N) = 1", where="P = ∞, N = ∞")),
    "a bound": (free, lambda D: D.exact("s + q = 1 + q", where="s = 1")),
    "ordered": (free, lambda D: D.numeric("0 ≤ x^2 ≤ x^2 + w")),
    "bounded where it is": (free, lambda D: D.numeric("√(x^2) < 4", where="-4 < x, x < 3")),
    "min of two in a condition": (free, lambda D: D.numeric("x ≤ y", where="x ≤ min(y, 1)")),
    "far cancellation": (free, lambda D: D.numeric("(1 + p)^2 - 1 = p (2 + p)")),
    "one branch, said so": (
        laws, lambda D: D.asymptotic("dlnT/dlnκ ~ 2 r", limit="κ → 0", cases=[{"r": 0.3}], where="r < 1/2")),
    "a slope on one branch": (laws, lambda D: D.slope("bias ~ N^(-2 α r)", ray=N_ONLY, cases=CASES, where="r < 1")),
    "slow, by a logarithm": (
        laws, lambda D: D.asymptotic("τ ~ ln(1/κ)/α + 1", limit="κ → 0", cases=[{"α": 1.5}], where="r = 1/2",
                                     resolution=1e-4)),
    "scarce data": (
        chain, lambda D: D.simulate("dof ≈ P", sizes=(16, 32), resolution=0.05, cases=[{"P": 0.5, "λ": 1e-13}], where="P < D")),
}  # fmt: skip


@pytest.mark.parametrize("kind", TRUE)
def test_stands(kind):
    make, claim = TRUE[kind]
    derivation = make()
    if "τ" in derivation.setting.quantities or kind.startswith("slow"):
        derivation.let("τ = T/κ")
    claim(derivation)
    assert derivation.check().passed


@pytest.mark.parametrize("resolution", [0.6, 1.0, 1e-3, 0, -1e-6, 1e-30, float("nan")])
def test_resolutions_are_bounded_and_printed(resolution):
    derivation = laws()
    with pytest.raises(ValueError, match="resolution"):
        derivation.asymptotic("d2 ~ (1 - 1/α) d", limit="κ → 0", resolution=resolution)
    with pytest.raises(ValueError, match="resolution"):
        derivation.slope("kappa ~ N^(-α)", ray=N_ONLY, cases=CASES, resolution=3 * resolution)
    derivation.asymptotic("d2 ~ (1 - 1/α) d", limit="κ → 0", resolution=1e-5)
    derivation.slope("kappa ~ N^(-α)", ray=N_ONLY, cases=CASES)
    assert "to 1e-05" in derivation.markdown()
    assert "to 0.001" in derivation.markdown()


def test_a_numeric_step_says_what_it_covers():
    derivation = free()
    derivation.numeric("p < p + q")
    (outcome,) = derivation.check().outcomes
    low, high = (float(part) for part in outcome.found.split("p from ")[1].split(";")[0].split(" to "))
    assert low < 1e-20
    assert high > 1e20
    assert "from 1e-30 to 1e30" in derivation.markdown()


LOOSE = {
    "a multiple": lambda: 7 * MODEL.formulas["test"],
    "a formula": lambda: MODEL.formulas["test"],
    "a number": lambda: 3,
    "a symbol": lambda: sympy.Symbol("x"),
    "a multiple on the way": lambda: the(MODEL).formulas["test"].subs({}),
    "a foreign function": lambda: the(sympy.expand)(MODEL.formulas["test"]),
    "a loose argument": lambda: the(th.conventions.convention("bordelon2024")).rewrite(7 * MODEL.formulas["test"]),
    "an object": lambda: the(MODEL).formulas,
    "a number of a letter": lambda: the(MODEL).formulas["test"].at({MODEL.formulas["test"]: 7}),
}


@pytest.mark.parametrize("kind", LOOSE)
def test_only_what_the_package_holds_is_bound(kind):
    derivation = Derivation("Loose.", setting=MODEL)
    with pytest.raises(ValueError, match="of the package|the\\(|not Formulas|by name"):
        derivation.bind(F="test risk of the package", value=LOOSE[kind]())


def test_what_is_bound_says_where_it_stands():
    derivation = Derivation("Bound.", setting=MODEL)
    derivation.bind(F="test risk of the package", value=the(MODEL).formulas["test"])
    assert derivation.scope.bindings["F"] == derivation.setting.unfold(MODEL.formulas["test"])
    assert '`Chain.formulas["test"]`' in derivation.markdown()
    with pytest.raises(TypeError):
        7 * the(MODEL).formulas["test"]
