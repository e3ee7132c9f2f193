"""The symbolic law: the hand-made table of the literature, single expressions, regimes, text and LaTeX."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import sympy

import theory as th
from theory.exponents.algebra.tropical import Tropical
from theory.exponents.words import in_logarithms
from theory.notation import CAPACITY, NOISE, RIDGE, SOURCE

A, R, LAMBDA, SIGMA2 = CAPACITY.symbol, SOURCE.symbol, RIDGE.symbol, NOISE.symbol
P, N = (slot.letter.symbol for slot in th.random_features().slots[::-1])
HAT, TILDE = sympy.Min(1, R), sympy.Min(1, 2 * R)
TABLE = {  # by term: κ = λ, κ ~ P^-α, κ ~ N^-α; derived by hand, checked on 1166 local slopes before
    "bias": (LAMBDA ** (2 * HAT), P ** (-2 * A * HAT), N ** (-2 * A * HAT)),
    "features": (LAMBDA ** (-1 / A) / N * LAMBDA**TILDE, P / N * P ** (-A * TILDE), N ** (-A * TILDE)),
    "samples": (LAMBDA ** (-1 / A) / P * LAMBDA ** (2 * HAT), P ** (-2 * A * HAT), N / P * N ** (-2 * A * HAT)),
    ("samples", "features"): (
        LAMBDA ** (-2 / A) / (P * N) * LAMBDA**TILDE, P / N * P ** (-A * TILDE), N / P * N ** (-A * TILDE),
    ),
    ("samples", "noise"): (SIGMA2 * LAMBDA ** (-1 / A) / P, SIGMA2, SIGMA2 * N / P),
    ("samples", "features", "noise"): (SIGMA2 * LAMBDA ** (-2 / A) / (P * N), SIGMA2 * P / N, SIGMA2 * N / P),
}


@pytest.fixture(scope="module")
def law():
    return th.random_features().exponents()


def in_column(law, tight):
    (found,) = (terms for cell, terms in law.by_cell if cell.small and tuple(slot.name for slot in cell.tight) == tight)
    return found


@pytest.mark.parametrize("key", TABLE)
def test_the_table_made_by_hand(law, key):
    for expected, tight in zip(TABLE[key], ((), ("samples",), ("features",)), strict=True):
        (form,) = in_column(law, tight)[key].above
        logs = sympy.expand_log(sympy.log(expected), force=True)
        assert sympy.expand(in_logarithms(form, law.system.variables) - logs) == 0


def test_one_expression_a_term(law):
    kappa = sympy.Max(sympy.log(LAMBDA), -A * sympy.log(P), -A * sympy.log(N))
    assert sympy.expand(law.kappa - kappa) == 0
    assert sympy.expand(law["bias"] - 2 * HAT * kappa) == 0
    assert isinstance(law["train"], sympy.Piecewise)
    for key, expression in law.terms.items():
        assert expression.free_symbols <= {A, R, LAMBDA, SIGMA2, P, N}, key


@pytest.mark.parametrize("model", [th.linear_ridge(), th.random_features(), th.deep_random_features(2)], ids=str)
def test_expressions_are_the_rays(model):
    """The symbolic law at numbers is the exact exponent of the ray, term by term."""
    law, rng = model.exponents(), np.random.default_rng(5)
    logs = {sympy.log(letter): sympy.Symbol(key) for key, letter in zip(law.system.keywords, law.system.variables, strict=True)}
    for capacity, source in [(1.5, 0.4), (2.5, 0.7), (1.2, 1.3)]:
        powers = {key: rng.uniform(*((0.2, 2) if key[:2] == "n_" else (-5, -0.01)), 40) for key in law.system.keywords}
        grid, which = law.on_grid(capacity=capacity, source=source, **powers)
        below_one = np.array([cell.small for cell, _ in law.by_cell])[which]
        for key, expression in law.terms.items():
            value = sympy.lambdify([A, R, *logs.values()], expression.xreplace(logs), "numpy")
            found = value(capacity, source, *powers.values())
            assert np.allclose(found[below_one], grid[key][below_one], atol=1e-12), key


def test_formulas_do_not_depend_on_the_form(law):
    """Max-plus of the whole equals max-plus of the sum of its parts: exact, because nothing cancels."""
    for cell, terms in law.by_cell:
        parts = sum((terms[key] for key in law.system.components[1:]), terms["bias"])
        assert set(parts.above) == set(terms["excess"].above)
        nothing = [law.system.nothing]
        noise = Tropical(cell.cone, [law.system.form(SIGMA2)], nothing)
        assert set((parts + noise).above) == set(terms["test"].above)


@pytest.mark.parametrize("model", [
    th.random_features(), th.deep_random_features(3), th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures()),
], ids=["one layer", "three layers", "noisy"])  # fmt: skip
def test_cells_cover_everything_once(model):
    law, rng = model.exponents(), np.random.default_rng(2)
    numbers = law.at(Fraction(3, 2), Fraction(2, 5))
    forms = [[numbers.at(form) for form in cell.cone.constraints] for cell in law.system.cells]
    for _ in range(200):
        point = [rng.uniform(0.1, 2) if key[:2] == "n_" else rng.uniform(-4, 1) for key in law.system.keywords]
        inside = [all(sum(float(c) * x for c, x in zip(f, point, strict=True)) > 0 for f in cone) for cone in forms]
        assert sum(inside) == 1


def test_regimes(law):
    found = law.regimes(capacity=1.5, source=0.8)
    assert ("features", "(1/N)·P^(-1/2)") in {(regime.dominant, regime.risk) for regime in found}
    for regime in found:
        assert regime.contains(regime.point)
        ray = law.along(capacity=1.5, source=0.8, **regime.point)
        power = sum(regime.exponents[key] * value for key, value in regime.point.items())
        assert ray["excess"] == pytest.approx(float(power), abs=1e-15)
        assert regime.dominant in regime.tied
        kappa = sum(regime.kappa[key] * value for key, value in regime.point.items())
        assert ray.kappa == pytest.approx(float(kappa), abs=1e-15)
    rng = np.random.default_rng(0)
    for _ in range(200):
        point = {key: float(rng.uniform(0.1, 2) if key[:2] == "n_" else rng.uniform(-4, 1)) for key in law.system.keywords}
        inside = [regime for regime in found if regime.contains(point)]
        assert len(inside) == 1
        ray = law.along(capacity=1.5, source=0.8, **point)
        assert ray["excess"] == pytest.approx(float(sum(inside[0].exponents[key] * x for key, x in point.items())), abs=1e-12)


def test_borders_are_crossovers(law):
    """P_c ~ N^(1/(1+α)) is where the variance of features overtakes the bias at r ≥ 1, α < 2."""
    text = " ".join(border for regime in law.regimes(capacity=Fraction(3, 2), source=1.2) for border in regime.borders)
    assert "P ≤ N^(2/5)" in text
    assert "P ≥ N^(2/5)" in text


def test_regimes_of_one_term_and_bad_ones(law):
    (first, *_) = law.regimes(1.5, 0.4, of="bias")
    assert first.dominant
    with pytest.raises(ValueError, match="of = 'variance'"):
        law.regimes(1.5, 0.4, of="variance")
    for capacity, source, words in ((1, 0.4, "capacity"), (1.5, 0, "source"), (math.inf, 1, "capacity")):
        with pytest.raises(ValueError, match=words):
            law.regimes(capacity, source)


def test_text_and_latex(law):
    text = str(law)
    assert "κ ~ max(λ, P^(-α), N^(-α))" in text
    assert "V[samples × noise] ~ (σ²/P)·κ^(-1/α)" in text
    assert "V[features] ~ (1/N)·κ^(min(1, 2·r) - 1/α)" in text
    latex = law.latex()
    assert latex.count(r"\\") == len(law.system.keys)
    assert r"\begin{array}{l|lll}" in latex
    depth = list(itertools.accumulate((c == "{") - (c == "}") for c in latex.replace(r"\{", "").replace(r"\}", "")))
    assert depth[-1] == 0
    assert min(depth) >= 0
    noisy = str(th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures()).exponents())
    assert "κ ~ max(λ, μ²·N/P, P^(-α), μ², N^(-α))" in noisy


def test_regimes_tell_their_logarithms(law):
    """At r = 1/2 the variance of features carries ln(1/κ) and beats the bias of equal power; at r = 1 the bias does."""
    half = {regime.risk: regime for regime in law.regimes(Fraction(3, 2), Fraction(1, 2))}
    assert half["N^(-3/2)·ln(1/κ)"].dominant == "features"
    assert half["N^(-3/2)·ln(1/κ)"].tied == ("features",)
    whole = [regime for regime in law.regimes(Fraction(3, 2), 1) if regime.dominant == "bias" and regime.logarithms]
    assert "(1/P^3)·ln(1/κ)" in {regime.risk for regime in whole}
    assert all(regime.logarithms == 0 for regime in law.regimes(Fraction(3, 2), Fraction(2, 5)))
