"""What is printed of a law: its keys index it, in our letters or in a paper's."""

import sympy

import theory as th
from theory.exponents.words import power_range
from theory.notation import CAPACITY

LAW = th.random_features().exponents()
PN = {"n_samples": 1, "n_features": 1}


def test_keys_that_are_printed_index_the_law():
    printed = [line.partition(" ~")[0] for line in str(LAW).splitlines() if not line.startswith(" ")]
    assert len(printed) == 1 + len(LAW.terms)
    ray = LAW.along(capacity=1.5, source=0.4, n_samples=1, n_features=2, ridge=-1)
    for key in printed:
        assert LAW[key] is not None
        assert ray[key] <= 0
    assert LAW["V[samples × features]"] == LAW["variance[features*samples]"] == LAW["samples", "features"]
    assert LAW["κ"] == LAW["kappa"] == LAW.kappa
    assert "V[samples]" in LAW.terms
    assert "V[rows]" not in LAW.terms


def test_a_law_in_a_paper_s_letters():
    text = LAW.text("lin2024")
    assert "κ ~ max(λ, N^(-a), M^(-a))" in text
    assert "bias ~ κ^(min(2, (b - 1)/a))" in text
    assert "N^(2·a - min(2·a, b - 1))·λ^2" in text
    assert LAW.text() == str(LAW)


def test_optima_print_ranges_in_words():
    optima = LAW.compute_optimal(PN)
    assert "n_samples ~ C^(1/2), n_features ~ C^(1/2), ridge ~ C to any power ≤ -α/2, noise = 0" in str(optima)
    assert "if r ≤ 1/2" in str(optima)
    last = "N ~ C^(1/2), M ~ C^(1/2), ridge ~ C to any power ≤ -a/2, noise = 0: risk ~ C^(-a/2)"
    assert optima[-1].text("lin2024") == f"{last}  if a - 2 ≥ 0 and a - b + 1 ≤ 0"
    at_numbers = LAW.compute_optimal(PN, capacity=sympy.Rational(3, 2), source=sympy.Rational(2, 5), noise=0)
    assert str(at_numbers).endswith("ridge ~ C to any power ≤ -15/32, noise ~ C^(0): risk ~ C^(-3/8)")


def test_ranges():
    half = sympy.Rational(1, 2)
    assert power_range(sympy.Interval(0, CAPACITY.symbol * half)) == "any power in [0, α/2]"
    assert power_range(sympy.Interval(half, sympy.oo)) == "any power ≥ 1/2"
    assert power_range(sympy.Interval(-sympy.oo, sympy.oo)) == "any power"
    assert power_range(half) == "1/2"
