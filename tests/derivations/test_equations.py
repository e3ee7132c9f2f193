"""Equations as text: what they mean, how they print, what is refused."""

import pytest
import sympy

from derivations import Derivation, Setting
from derivations.language.grammar import parse
from derivations.language.typeset import latex

PRINTED = {
    "λ = κ (1 - d/P)": r"\lambda = \kappa \left(1 - \frac{d}{P}\right)",
    "2 d/P = d2": r"\frac{2 d}{P} = d_{2}",
    "E_train = L - λ dL/dλ": r"E_{\mathrm{train}} = L - \lambda \frac{\mathrm{d}L}{\mathrm{d}\lambda}",
    "x^-2 ≈ x⁻²": r"x^{-2} \approx x^{-2}",
    "x ~ N^-min(a-1, 2 b)": r"x \sim N^{-\min\left(a - 1, 2 b\right)}",
    "d = Σ_k λ_k/(λ_k + κ)": r"d = \sum_{k} \frac{\lambda_{k}}{\lambda_{k} + \kappa}",
    "N_1 = N₁": r"N_{1} = N_{1}",
    "√(x + 1) = ln x": r"\sqrt{x + 1} = \ln\left(x\right)",
    "d/dlnκ (κ T) = κ'": r"\frac{\mathrm{d}}{\mathrm{d}\ln \kappa}\left(\kappa T\right) = \kappa'",
    "ā = κ̂ 3": r"\bar{a} = \hat{\kappa} \cdot 3",
    "1e-3 = ∞": r"1 \cdot 10^{-3} = \infty",
}


@pytest.mark.parametrize("text", PRINTED)
def test_prints_as_written(text):
    assert latex(parse(text)) == PRINTED[text]


def value(text, **letters):
    derivation = Derivation("Meaning.", setting=Setting(**dict.fromkeys("abcxyN", "positive"), **letters))
    return derivation.scope.value(parse(text, derivation._functions, ()).right)


a, b, c, x, y = sympy.symbols("a b c x y", positive=True)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("2 a/b c", 2 * a / b * c),
        ("a/b/c", a / (b * c)),
        ("-a^2", -(a**2)),
        ("a^b^c", a ** (b**c)),
        ("a^-b c", a ** (-b) * c),
        ("a(b + c)", a * (b + c)),
        ("a/b(c + 1)", a / b * (c + 1)),
        ("ln a b", sympy.log(a) * b),
        ("min(a, b)^2", sympy.Min(a, b) ** 2),
        ("0.1 a", a / 10),
        ("a - -b", a + b),
        ("2³ √4", 16),
        ("d/dx (x^2 y)", 2 * x * y),
        ("d/dlnx (x^2 y)", 2 * x**2 * y),
        ("da/da", 1),
        ("Γ(3) ζ(2)", sympy.pi**2 / 3),
    ],
)
def test_means(text, meaning):
    assert sympy.simplify(value(text) - meaning) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = (b", "a '\\)' is missing"), ("a = $", "what is this"), ("a b)", "cannot go on"), ("a = ", "something is missing"),
        ("", "write an equation"), ("a + = b", "a quantity is missing"),
    ],
)  # fmt: skip
def test_refuses_what_it_cannot_read(text, said):
    with pytest.raises(ValueError, match=said):
        parse(text)


def test_unknown_names_are_refused_when_they_are_written():
    derivation = Derivation("Names.", setting=Setting(a="positive", r="positive"))
    with pytest.raises(ValueError, match="write 'a r'"):
        derivation.let("x = 2 ar")
    with pytest.raises(ValueError, match="one of .*a, r; define it first"):
        derivation.exact("a = q")
    with pytest.raises(ValueError, match="has a meaning already"):
        derivation.let("a = r")
    with pytest.raises(ValueError, match="of the form"):
        derivation.let("2 x = r")
    with pytest.raises(ValueError, match="both sides"):
        derivation.exact("a r")
    with pytest.raises(ValueError, match="observable"):
        derivation.simulate("test ≈ a", sizes=(10, 20), resolution=0.01)


def test_definitions_are_unfolded_in_any_depth_and_functions_applied():
    derivation = Derivation("Depth.", setting=Setting(x="positive"))
    derivation.let("f(y) = y^2 + x")
    derivation.let("g = f(2 x)")
    derivation.exact("dg/dx = 8 x + 1")
    derivation.exact("f(f(x)) = x (1 + x^2 (x + 1)^2/x + 0 x)")
    assert derivation.check().passed
