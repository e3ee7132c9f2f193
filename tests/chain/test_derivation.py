"""The derived terms against routes that share nothing with the derivation but the layers' one-point declarations."""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

import theory as th
from numerics.validation.references import one_feature_layer
from tests.zoo import admissible_chains, label, sizes
from theory.chain import symbolic
from theory.chain.layers import GaussianFeatures, Samples
from theory.notation import KAPPA, KAPPA_PRIMED, NOISE, RIDGE
from theory.spectra.psi import PolarPsi, Psi

CHAINS = admissible_chains()
EIGENVALUES = [mpmath.mpf(1) / k ** mpmath.mpf("1.3") for k in range(1, 61)]
TARGET = [mpmath.mpf(1) / (1 + (k - 5) ** 2) for k in range(1, 61)]


def number(expression, values, kappa, primed=None):
    """Evaluate a SymPy expression over the 60 modes above by plain sums, at the ambient precision."""

    def trace(p, q, m, at):
        at = kappa if at == KAPPA.symbol else primed
        return mpmath.fsum(x ** int(p) * c ** int(q) / (x + at) ** int(m) for x, c in zip(EIGENVALUES, TARGET, strict=True))

    def polar(p, q, *_):
        pairs = zip(EIGENVALUES, TARGET, strict=True)
        return mpmath.fsum(x ** int(p) * c ** int(q) / ((x + kappa) * (x + primed)) for x, c in pairs)

    seen = {psi: sympy.Float(str(trace(*psi.args)), 60) for psi in expression.atoms(Psi)}
    seen |= {psi: sympy.Float(str(polar(*psi.args)), 60) for psi in expression.atoms(PolarPsi)}
    known = {**values, KAPPA.symbol: kappa, KAPPA_PRIMED.symbol: primed}
    numbers = {symbol: sympy.Float(str(value), 60) for symbol, value in known.items() if value is not None}
    return mpmath.mpf(str(expression.xreplace(seen).xreplace(numbers).evalf(55)))


def plain_values(chain):
    chosen = sizes(chain)
    values = {slot.letter.symbol: mpmath.mpf(chosen[slot.keyword]) for slot in chain.slots}
    return {**values, sympy.Symbol("D", positive=True): mpmath.mpf(60), NOISE.symbol: mpmath.mpf("0.3")}


@pytest.mark.parametrize("chain", CHAINS, ids=label)
def test_risk_is_the_envelope_of_the_potential_by_differentiation(chain):
    """E_train = L − λ dL/dλ with SymPy's own derivative of the one-point chain, against the subtraction-free form."""
    with mpmath.workdps(50):
        values, kappa = plain_values(chain), mpmath.mpf("0.4")
        outside = symbolic.levels(chain.slots)[-1]
        slope = sympy.diff(outside.loss, KAPPA.symbol) / sympy.diff(outside.ridge, KAPPA.symbol)
        train = number(outside.loss - outside.ridge * slope, values, kappa)
        data = chain.slots[-1].layer.trains
        expected = train if data else train + values[NOISE.symbol]
        found = number(_with_definitions(chain, "train"), values, kappa)
        assert abs(found / expected - 1) < 1e-40
        gain = 1 / number(outside.vacancy, values, kappa) if data else 1
        assert abs(number(_with_definitions(chain, "test"), values, kappa) / (expected * gain**2) - 1) < 1e-40


def _with_definitions(chain, key):
    meanings = symbolic.meanings(chain.slots)
    expression = chain.formulas[key]
    defined = [symbol for symbol in expression.free_symbols if meanings[symbol].definition is not None]
    return expression.xreplace({symbol: meanings[symbol].definition for symbol in defined})


@pytest.mark.parametrize("chain", CHAINS, ids=label)
def test_formulas_have_no_minus_sign_and_add_up(chain):
    for formula in chain.formulas.values():
        assert all(coefficient > 0 for coefficient in formula.atoms(sympy.Number) if coefficient != -1)
        numerator, denominator = sympy.fraction(formula)
        assert not any(term.could_extract_minus_sign() for part in (numerator, denominator) for term in part.atoms(sympy.Add))
    terms = chain.derivation.rational
    if "bias" in terms:
        rng, ring = np.random.default_rng(1), chain.derivation.odds.ring
        for _ in range(3):  # exactly, at random rational points: more than enough for a rational identity of this kind
            point = [Fraction(int(rng.integers(1, 10**6)), 10**3) for _ in ring.gens]
            parts = {key: _at(value, point) for key, value in terms.items()}
            assert sum(part for key, part in parts.items() if key not in ("test", "train", "excess")) == parts["excess"]


def _at(element, point):
    """Evaluate a field element exactly."""
    top, bottom = (
        sum(int(c) * math.prod(x**n for x, n in zip(point, powers, strict=True)) for powers, c in poly.items())
        for poly in (element.numer, element.denom)
    )
    return Fraction(top) / bottom


@pytest.mark.parametrize("chain", CHAINS, ids=label)
def test_two_point_function_has_the_risk_on_its_diagonal(chain):
    with mpmath.workdps(50):
        values, kappa = plain_values(chain), mpmath.mpf("0.4")
        for key in ("train", "test"):
            diagonal = chain.two_point[key].xreplace({KAPPA_PRIMED.symbol: KAPPA.symbol}).doit()
            assert abs(number(diagonal, values, kappa) / number(_with_definitions(chain, key), values, kappa) - 1) < 1e-40


def test_two_point_function_is_that_of_gradient_flow():
    """C₀ against the dynamical mean-field form (arXiv:2402.01092 in mathematics' letters), symmetric in its points."""
    chain = th.random_features()
    with mpmath.workdps(50):
        values, kappa, primed = plain_values(chain), mpmath.mpf("0.4"), mpmath.mpf("0.07")
        n, p, s2 = (values[sympy.Symbol(x, positive=True)] for x in ("N", "P")) , None, values[NOISE.symbol]
        n, p = n
        modes = list(zip(EIGENVALUES, TARGET, strict=True))
        q = sum(x / ((x + kappa) * (x + primed)) for x, _ in modes)
        a2 = sum(x * c / ((x + kappa) * (x + primed)) for x, c in modes)
        a1 = sum(x * c / (x + kappa) for x, c in modes)
        d, d_ = (sum(x / (x + k) for x, _ in modes) for k in (kappa, primed))
        r1, r3, r3_ = 1 - d / p, 1 - d / n, 1 - d_ / n
        top = kappa * primed * (r3 * a2 + q * a1 / n) + s2 * (r3 + primed * q / n)
        expected = top / (r1 * r3_ + q * (kappa * r1 / n + primed * r3_ / p))
        assert abs(number(chain.two_point["test"], values, kappa, primed) / expected - 1) < 1e-40
        assert abs(number(chain.two_point["test"], values, primed, kappa) / expected - 1) < 1e-40


def test_variances_of_one_feature_layer_are_the_published_ones():
    chain, rng = th.random_features(), np.random.default_rng(0)
    symbols = {str(symbol): symbol for formula in chain.formulas.values() for symbol in formula.free_symbols}
    for _ in range(20):
        a, u, v, bias, learnt, noise = rng.uniform(0.05, 0.95, 6)
        numbers = {"a": a, "abar": 1 - a, "u_N": u, "t_N": 1 - u, "u_P": v, "t_P": 1 - v}
        numbers |= {"B": bias, "T2": learnt, "sigma2": noise}
        for key, expected in one_feature_layer.terms(a, u, v, bias, learnt, noise).items():
            found = chain.formulas[key].xreplace({symbols[name]: sympy.Float(x) for name, x in numbers.items()})
            assert float(found) == pytest.approx(expected, rel=1e-12), key


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_components_of_disconnected_sources_vanish(depth):
    """Möbius inversion over *all* sets of sources: only connected ones survive."""
    derivation = th.deep_random_features(depth).derivation
    sources = [*range(depth), "samples", "noise"]

    def kept(subset):
        reach = next((p for p in range(depth) if p not in subset), depth)
        return derivation.kept(reach, "samples" in subset, "samples" in subset and "noise" in subset)

    subsets = [set(s) for n in range(len(sources) + 1) for s in itertools.combinations(sources, n)]
    for whole in subsets[1:]:
        parts = [(-1) ** len(whole - part) * kept(part) for part in subsets if part <= whole]
        total = sum(parts[1:], parts[0])
        layers = sorted(s for s in whole if isinstance(s, int))
        connected = layers == list(range(len(layers))) and ("noise" not in whole or "samples" in whole)
        assert (total != 0) == connected, whole


def test_deep_variances_follow_connectedness_not_the_naive_rule():
    """Second layer alone: the part of the risk it keeps random equals the bias (mathematics, section 4)."""
    formulas = th.deep_random_features(2).formulas
    assert ("features_2",) not in [(key,) for key in formulas]
    assert ("features_1", "features_2") in formulas


def test_five_layer_anova_is_complete():
    formulas = th.deep_random_features(5).formulas
    assert len(formulas) == 4 + 5 + 2 * 6


def test_fixed_point_is_the_product_of_complements():
    kappa, ridge = KAPPA.symbol, RIDGE.symbol
    n, p = sympy.symbols("N P", positive=True)
    expected = sympy.Eq(ridge, kappa * (1 - th.df1(kappa) / p) * (1 - th.df1(kappa) / n))
    assert th.random_features().fixed_point == expected
    assert str(expected) == "Eq(lambda, kappa*(1 - df1(kappa)/N)*(1 - df1(kappa)/P))"


@pytest.mark.parametrize("power", [3, 2])
def test_a_wrong_layer_is_caught(power):
    """Mutation: another exponent in a layer's ridge map changes the derived risk away from the published one."""

    class Wrong(GaussianFeatures):
        def outer(self, level, own, noise):
            return level.through(ridge=level.ridge * own.factor(level.dof) ** power, size=own.size)

    chain = th.Chain(Samples(), Wrong())
    symbols = {str(s): s for s in chain.formulas["test"].free_symbols}
    numbers = {"a": 0.3, "abar": 0.7, "u_N": 0.4, "t_N": 0.6, "u_P": 0.2, "t_P": 0.8, "B": 1.1, "T2": 0.7, "sigma2": 0.5}
    found = chain.formulas["test"].xreplace({symbols[name]: x for name, x in numbers.items() if name in symbols})
    assert abs(float(found) / one_feature_layer.terms(0.3, 0.4, 0.2, 1.1, 0.7, 0.5)["test"] - 1) > 1e-3
