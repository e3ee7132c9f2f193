"""One point alone: the same κ and complements as in arrays, to the last digits, or left to them."""

import numpy as np
import pytest

import theory as th
from tests.solve.hard_points import RIDGES, Sampler, spectra
from theory.chain.layers import FeatureNoise, GaussianFeatures, HaarProjection, PoolSamples, Samples
from theory.solve.kappa.alone import Alone, alone
from theory.solve.kappa.fixed_point import FixedPoint
from theory.solve.status import Status

S, G = Samples(), GaussianFeatures()
INFINITE = {"infinite": th.PowerLaw(1.5, 0.4), "barely": th.PowerLaw(1.01, 0.4), "steep": th.PowerLaw(7, 2, scale=1e9)}
SPECTRA = spectra() | INFINITE


def in_arrays(spectrum, layers, parameters, ridge):
    """Solve at a point that stands beside itself."""
    twice = [np.full(2, value) for value in parameters]
    return FixedPoint(spectrum, layers, twice, np.full(2, ridge)).solve(np.arange(2))


def numbers(solution):
    """All numbers of a solution at its first point."""
    parts = (part for pair in solution.pairs for part in pair)
    return np.array([value[0] for value in (solution.kappa, solution.dof, solution.vacancy, *parts)])


@pytest.mark.parametrize("name", SPECTRA)
def test_it_agrees_with_arrays(name):
    spectrum, rng, settled = SPECTRA[name], np.random.default_rng(7), 0
    for layers in ([S], [G, S], [G, G, S]):
        finite = spectrum if np.isfinite(spectrum.size) else th.Isotropic(300)
        drawn = Sampler(finite, rng, 40).draw(layers)
        for point in range(40):
            sizes, ridge = [float(value[point]) for value in drawn], float(rng.choice(RIDGES[1:]))
            found = alone(spectrum, layers, sizes, ridge)
            if found is not None:
                settled += 1
                expected = in_arrays(spectrum, layers, sizes, ridge)
                assert found.code[0] == expected.code[0] == Status.CONVERGED
                np.testing.assert_allclose(numbers(found), numbers(expected), rtol=4e-15, atol=0)
    assert settled > 25


@pytest.mark.parametrize(
    ("layers", "sizes", "ridge"),
    [([S], [10.0], 0.0), ([S], [10.0], -1e-9), ([S], [np.inf], 0.1), ([S], [10.0], 5e-324), ([PoolSamples()], [10.0], 0.1),
     ([HaarProjection(), S], [9.0, 10.0], 0.1), ([FeatureNoise(), S], [0.1, 10.0], 0.1), ([G, G, S], [9.0, 8.0, 10.0], 0.1),
     ([GaussianFeatures(columns=0.5), S], [9.0, 10.0], 0.1)],
)  # fmt: skip
def test_the_rest_is_left_to_arrays(layers, sizes, ridge):
    assert alone(th.Isotropic(24), layers, sizes, ridge) is None


def test_what_does_not_settle_is_left_to_arrays(monkeypatch):
    usual = th.linear_ridge().evaluate(th.Isotropic(24), n_samples=10.0, ridge=0.1)
    monkeypatch.setattr(Alone, "_excess", lambda self, kappa, n: (float("nan"), float("nan")))
    assert alone(th.Isotropic(24), [S], [10.0], 0.1) is None
    again = th.linear_ridge().evaluate(th.Isotropic(24), n_samples=10.0, ridge=0.1)
    assert again.converged
    np.testing.assert_allclose(again.test, usual.test, rtol=1e-14)


def test_a_grid_and_its_points_agree():
    model, task = th.random_features(), th.PowerLaw(1.5, 0.4)
    sizes = {"n_samples": np.geomspace(3, 1e5, 9), "n_features": 300.0, "noise": 0.1, "ridge": 1e-4}
    grid = model.evaluate(task, **sizes)
    for point, value in enumerate(sizes["n_samples"]):
        one = model.evaluate(task, **{**sizes, "n_samples": value})
        for key, term in grid.terms.items():
            assert one.terms[key] == pytest.approx(term[point], rel=1e-13)
