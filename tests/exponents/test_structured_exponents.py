"""Exponents of chains with columns and rows: slopes of the evaluated terms, the published column and where it fails."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy

import theory as th

S, G, N, F = th.Samples, th.GaussianFeatures, th.FeatureNoise, Fraction
RAYS = [{"n_samples": F(1), "n_features": F(8, 5), "ridge": F(-6), "noise": F(-1, 2)},
        {"n_samples": F(17, 10), "n_features": F(9, 10), "ridge": F(-7, 2), "noise": F(-1)},
        {"n_samples": F(6, 5), "n_features": F(3, 2), "ridge": F(-7, 10), "noise": F(-3, 10)}]  # fmt: skip


def slopes(chain, capacity, source, ray, decades=13.5, spread=1.03):
    """Return, by term, the measured slope between two points far out on a ray."""
    base = decades / max(float(power) for name, power in ray.items() if name.startswith("n_"))
    found = []
    for far in (base, base * spread):
        given = {name: 10 ** (far * float(power)) for name, power in ray.items()}
        given = {name: float(round(value)) if name.startswith("n_") else value for name, value in given.items()}
        found.append(chain.evaluate(th.PowerLaw(capacity, source), **given))
    width = base * (spread - 1) * np.log(10)
    return {key: np.log(found[1].terms[key] / value) / width for key, value in found[0].terms.items()}


@pytest.mark.parametrize("alpha", [F(3, 10), F(7, 10), F(9, 10), F(3, 2)])
@pytest.mark.parametrize("make", [lambda a: th.Chain(S(), G(columns=a)), lambda a: th.Chain(S(rows=a, noise="white"), G()),
                                  lambda a: th.Chain(S(rows=a), G(columns=F(2, 5)))])  # fmt: skip
def test_slopes_far_out_are_the_exponents(make, alpha):
    chain = make(alpha)
    law = chain.exponents()
    for capacity, source in ((F(3, 2), F(2, 5)), (F(2), F(1, 5))):
        for ray in RAYS:
            found = law.along(capacity=capacity, source=source, **ray)
            errors = {key: abs(slope - float(found.terms[key])) for key, slope in slopes(chain, capacity, source, ray).items()}
            assert max(errors.values()) < 0.1, errors  # ties are met slowly
            assert np.median(list(errors.values())) < 0.02


def published(alpha_f, capacity, source, ridge, features):
    """The published exponent of V_F at κ ~ λ (arXiv:2405.00592): (α−c) min{1, l/α} + q c, α r̃ for α where r < ½."""
    c = max((1 - alpha_f) / alpha_f, F(0))
    effective = min(F(1), 2 * source) * capacity
    return (effective - c) * min(F(1), ridge / capacity) + features * c


def test_the_published_column_where_it_holds():
    """Relative to P: κ = λ with λ ~ P^-l, N ~ P^q, d ≫ N^(1−α_F)."""
    alpha_f, capacity, source, ridge, features = F(7, 10), F(3, 2), F(2, 5), F(6, 5), F(2)
    law = th.Chain(S(), G(columns=alpha_f)).exponents()
    found = law.along(capacity=capacity, source=source, n_samples=1, n_features=features, ridge=-ridge)
    assert -found.terms["features"] == published(alpha_f, capacity, source, ridge, features)


@pytest.mark.parametrize(("alpha_f", "capacity", "source", "ridge", "features"), [
    (F(8, 5), F(3, 2), F(2, 5), F(9, 8), F(2)),  # steep columns at a finite ridge: 9/14 by l/(α + α_F − 1), published 9/10
    (F(7, 10), F(2), F(2, 5), F(14, 15), F(2)),  # few degrees of freedom, d ≪ N^(1−α_F): 1.48, published 1.40
])  # fmt: skip
def test_the_two_places_where_the_published_rule_fails(alpha_f, capacity, source, ridge, features):
    chain = th.Chain(S(), G(columns=alpha_f))
    ray = {"n_samples": F(1), "n_features": features, "ridge": -ridge, "noise": F(0)}
    found = -chain.exponents().along(capacity=capacity, source=source, **ray).terms["features"]
    measured = -slopes(chain, capacity, source, ray)["features"]
    assert measured == pytest.approx(float(found), abs=0.025)
    assert abs(measured - float(published(alpha_f, capacity, source, ridge, features))) > 0.05


def test_logarithms_at_one_half_and_at_one():
    for alpha, sign in ((F(1, 2), 1), (F(1), -1)):
        law = th.Chain(S(), G(columns=alpha)).exponents()
        ray = law.along(capacity=F(3, 2), source=F(2, 5), n_samples=1, n_features=2, ridge=F(-1))
        assert ray.logarithms["features"] == sign


def test_memories_have_their_powers():
    rays = {"n_samples": 1, "n_features": 2, "ridge": F(-1), "capacity": F(3, 2), "source": F(2, 5)}

    def terms(rows):
        return dict(th.Chain(S(rows=rows), G()).exponents().along(**rays).terms)

    assert terms(th.exponential_memory(5.0)) == terms(th.moving_average([0.5]))
    assert terms(th.power_memory(0.3)) == terms(F(7, 10))


@pytest.mark.parametrize(("chain", "words"), [
    (th.Chain(S(), G(columns=[2.0, 1.0])), "tends to a power"), (th.Chain(S(rows=lambda t: 0.5**t)), "tends to a power"),
    (th.Chain(S(rows=0.5, noise=[1.0, 2.0])), "list"),
])  # fmt: skip
def test_laws_without_a_power_are_refused(chain, words):
    with pytest.raises(ValueError, match=words):
        chain.exponents().along(capacity=F(3, 2), source=F(2, 5), n_samples=1)


@pytest.mark.parametrize(("bounds", "alpha"), [((0, 0.5), F(3, 10)), ((0.5, 1), F(7, 10)), ((1,), F(8, 5))])
def test_symbolic_powers_are_those_of_every_number_in_their_range(bounds, alpha):
    letters = {sympy.Symbol("alpha_F", positive=True): sympy.Rational(alpha.numerator, alpha.denominator)}
    symbolic, numeric = (th.Chain(S(), G(columns=columns)).exponents() for columns in (th.PowerRange(*bounds), alpha))
    point = {"alpha": 1.5, "r": 0.4, "P": 1e6, "N": 3e7, "lambda": 1e-4, "sigma2": 0.1}
    for key in ("features", "bias", ("samples", "features"), ("samples", "features", "noise")):
        found, expected = symbolic[key].subs(letters), numeric[key]
        values = [float(e.subs({s: point[s.name] for s in e.free_symbols})) for e in (found, expected)]
        assert values[0] == pytest.approx(values[1], rel=1e-12), key
    assert f"for {symbolic.system.conditions[0]}" in str(symbolic)
    if alpha > F(1, 2):  # below, no exponent depends on it
        with pytest.raises(ValueError, match="a number where numbers are wanted"):
            symbolic.along(capacity=F(3, 2), source=F(2, 5), n_samples=1, n_features=2, ridge=-1)
    with pytest.raises(ValueError, match="columns = PowerRange.*a number where the model is evaluated"):
        th.Chain(S(), G(columns=th.PowerRange(*bounds))).evaluate(th.PowerLaw(1.5, 0.4), n_samples=10, n_features=10)


@pytest.mark.parametrize("bounds", [(0.4, 0.6), (-1, 0.5), (0.5, 0.5), (0.9, 2), ("a", 1), (float("nan"), 1), (None, 1)])
def test_ranges_that_no_one_rule_covers_are_refused(bounds):
    with pytest.raises(ValueError, match="low, high"):
        th.PowerRange(*bounds)


def test_two_letters_are_refused():
    with pytest.raises(ValueError, match="one power that is a letter"):
        th.Chain(S(rows=th.PowerRange(1)), G(columns=th.PowerRange(0.5, 1))).exponents()


def test_equal_sizes_and_amplitudes_are_refused_and_all_else_pickles():
    chain = th.Chain(S(), G(columns=F(7, 10)))
    with pytest.raises(ValueError, match="without columns or rows"):
        chain.exponents(equal=("n_samples", "n_features")).along(capacity=2, source=1, n_samples=1)
    law = chain.exponents()
    with pytest.raises(ValueError, match="amplitudes"):
        law.asymptote(th.PowerLaw(1.5, 0.4), n_samples=1e6, n_features=1e8, ridge=1e-3)
    again = pickle.loads(pickle.dumps(law))
    ray = {"capacity": F(3, 2), "source": F(2, 5), "n_samples": 1, "n_features": 2}
    assert again.along(**ray).terms["features"] == law.along(**ray).terms["features"]
    assert "N^(3/10)" in str(law)
    assert law.regimes(F(3, 2), F(2, 5))


@pytest.mark.slow
@pytest.mark.parametrize(("chain", "ray"), [
    (th.Chain(S(), N(), G(columns=F(3, 5))),
     {"n_samples": F(1), "n_features": F(3, 2), "ridge": F(-4), "feature_noise": F(-2), "noise": F(-1, 2)}),
    (th.Chain(S(rows=F(7, 10), noise="white"), N(), G()),  # d outside the noise is not that of the population
     {"n_samples": F(3, 2), "n_features": F(1), "ridge": F(-1), "feature_noise": F(-1, 2), "noise": F(-1, 2)}),
], ids=str)  # fmt: skip
def test_feature_noise_beside_laws(chain, ray):
    found = chain.exponents().along(capacity=F(3, 2), source=F(2, 5), **ray)
    for key, slope in slopes(chain, F(3, 2), F(2, 5), ray).items():
        assert slope == pytest.approx(float(found.terms[key]), abs=0.1), key
