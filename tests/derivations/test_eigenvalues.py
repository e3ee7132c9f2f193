"""What the setting of eigenvalues adds: logarithms over modes, the integral of d², the cut, numbers of the package."""

import copy

import numpy as np
import pytest
from mpmath import mp

import theory as th
from derivations import Derivation, the
from derivations.language.grammar import parse
from derivations.settings.eigenvalues import Eigenvalues
from derivations.system.mutants import mutants

MODEL = th.Chain(th.Samples())


def value(D, text, point):
    return D.setting.evaluate(D.scope.value(parse(text, D._functions, ()).right), point)


@pytest.fixture
def D():
    return Derivation("Eigenvalues.", setting=Eigenvalues(MODEL))


def test_logarithms_over_modes_and_the_integral_of_d_squared(D):
    with mp.workdps(20):
        point = D.setting.point(3)
        kappa = point.values[D.setting.symbol("κ")]
        d = point.population.dof
        direct = point.population.sum(lambda e, c: c * e * mp.log(1 + kappa / e) + e**2)
        assert abs(value(D, "Σ_k (c_k λ_k ln(1 + κ/λ_k) + λ_k^2)", point) / direct - 1) < 1e-15
        integral = mp.quad(lambda y: mp.exp(y) * d(kappa + mp.exp(y)) ** 2, np.linspace(-60, 60, 25).tolist())
        assert abs(value(D, "I(κ)", point) / integral - 1) < 1e-12
        eigenvalues = [e for e in point.population.eigenvalues for _ in range(2)]
        twice = type(point)(point.values, type(point.population)(eigenvalues, [mp.one] * len(eigenvalues)))
        assert abs(value(D, "I(κ)", twice) / (4 * integral) - 1) < 1e-12, "equal eigenvalues"


@pytest.mark.parametrize("x", [0.05, 0.3, 1.0, 2.2, 2.5])
def test_the_cut_is_the_law_of_marchenko_and_pastur(D, x):
    with mp.workdps(20):
        point = D.setting.drawn(np.ones(100), np.ones(100), {"P": 4, "x": x}, None).point
        density = 100 * 4 * np.sqrt(max((2.25 - x) * (x - 0.25), 0.0)) / (2 * np.pi)  # x times it
        assert float(value(D, "cut(d, x)", point)) == pytest.approx(density, rel=1e-12, abs=1e-12)
        D.let("W = Σ_k ln(1 + λ_k/κ) - P ln(1 - d/P) - d")
        above = 400 * (1 - th.linear_ridge().spectrum(th.Isotropic(100), n_samples=400).cdf(x))
        assert float(value(D, "cut(W, x)", point)) == pytest.approx(float(above), rel=1e-10, abs=1e-10)


def test_functions_and_numbers_of_the_package_are_read_at_a_point_and_can_be_perturbed(D):
    D.bind(S="entropy of the package", value=the(th.sample_entropy))
    D.bind(F="its share up to x", value=the(th.EigenvalueDensity).cdf)
    D.bind(H_w="of white data", value=the(MODEL).spectrum(th.Isotropic(10), n_samples=20).entropy)
    D.let("W = Σ_k ln(1 + λ_k/κ) - P ln(1 - d/P) - d")
    D.numeric("(P (1 - F(x)) - cut(W, x))^2 < 1e-16 P^2", points=4)
    D.numeric("(H_w - ln 10 + 1/4)^2 < 1e-20", points=4)
    D.numeric("S(P)^2 < ln(7)^2", points=4)
    D.numeric("0 < S(P)", points=4)
    assert D.check().passed
    caught = {mutant.what: mutant.caught() for mutant in mutants(D) if "of the package" in mutant.what}
    assert len(caught) == 6
    assert all("fails at point" in found for what, found in caught.items() if "S of the package, times" not in what), caught
    assert copy.deepcopy(D).check().passed
