"""The κ solver: limits and identities, the infinite power law, statuses, negative ridges, bad input.

Accuracy over thousands of hard points is in `test_hard_points`.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.solve.hard_points import KINDS
from tests.solve.reference import Explicit, Precise
from theory.chain.layers import FeatureNoise, GaussianFeatures, HaarProjection, Layer, PoolSamples, Samples
from theory.solve.kappa.fixed_point import CHUNK, solve
from theory.solve.status import Status
from theory.spectra.discrete import Discrete
from theory.spectra.isotropic import Isotropic
from theory.spectra.power_law import PowerLaw

G, H, S, Z, POOL = GaussianFeatures(), HaarProjection(), Samples(), FeatureNoise(), PoolSamples()
STEEP = Explicit(np.arange(1.0, 25.0) ** -1.5, np.ones(24))
DEFICIENT = Explicit(np.arange(1.0, 13.0) ** -1.5, np.full(12, 5.0), zeros=40)


def at(spectrum, layers, parameters, ridge):
    """Solve at one point."""
    return solve(spectrum, layers, [np.array([float(value)]) for value in parameters], np.array([float(ridge)]))


def same(ours, theirs):
    """Return whether two solutions agree to the last bit."""
    assert np.array_equal(ours.kappa, theirs.kappa)
    assert np.array_equal(ours.dof, theirs.dof)
    assert np.array_equal(ours.vacancy, theirs.vacancy)


class TestClosedForms:
    def test_isotropic_ridge(self):
        # λ = κ(1 − (D/P)/(1+κ)): κ² + κ(1 − D/P − λ) − λ = 0
        ridge, sizes = np.array([1e-3, 0.1, 5.0, 1e-6]), np.array([100.0, 900.0, 400.0, 399.0])
        b = 1.0 - 400.0 / sizes - ridge
        exact = (-b + np.sqrt(b**2 + 4 * ridge)) / 2
        assert solve(Isotropic(400), [S], [sizes], ridge).kappa == pytest.approx(exact, rel=1e-12)

    def test_ridgeless_ridge_regression_interpolates(self):
        out = at(STEEP, [S], [10], 0.0)
        assert out.dof[0] == 10.0
        assert out.pairs[0][1][0] == 0.0
        assert out.reasons[0] == "ridgeless"
        assert STEEP.excess(out.kappa, np.array([10.0]))[0] == pytest.approx(0.0, abs=1e-14)

    def test_equal_sizes_share_the_ridge(self):
        out = at(STEEP, [G, S], [10, 10], 1e-20)
        assert out.pairs[0][1] == pytest.approx(np.sqrt(1e-20 / out.kappa), rel=1e-14)
        assert np.array_equal(*(pair[1] for pair in out.pairs))

    def test_more_of_everything_than_the_rank(self):
        out = at(DEFICIENT, [G, S], [80, 300], 0.0)
        assert out.kappa[0] == 0.0
        assert out.dof[0] == DEFICIENT.rank
        assert [pair[1][0] for pair in out.pairs] == [0.25, 0.8]
        assert out.vacancy[0] == 0.4


class TestIdentities:
    sizes = np.array([5.0, 23.0, 24.0, 24.000001, 60.0, 1e9])
    ridge = np.array([1e-3, 0.0, 1e-9, 1e-30, 1.0, 1e-300])

    @pytest.mark.parametrize("outside", [(S,), (G, S), (G, Z, S)])
    def test_zero_noise_is_no_noise(self, outside):
        rest = [self.sizes[::-1], np.full(6, 1e-3), self.sizes * 0.9][3 - len(outside):]
        with_noise = solve(STEEP, [G, Z, *outside], [self.sizes, np.zeros(6), *rest], self.ridge)
        without = solve(STEEP, [G, *outside], [self.sizes, *rest], self.ridge)
        same(with_noise, without)
        assert np.array_equal(with_noise.pairs[1], (np.zeros(6), np.ones(6)))
        for ours, theirs in zip((with_noise.pairs[0], *with_noise.pairs[2:]), without.pairs, strict=True):
            assert np.array_equal(ours, theirs)

    def test_zero_noise_next_to_positive_noise(self):
        mixed = np.array([0.0, 1e-3, 0.0, 1.0, 1e-12, 0.0])
        out = solve(STEEP, [G, Z, S], [self.sizes, mixed, self.sizes], self.ridge)
        for i in range(6):
            one = at(STEEP, [G, Z, S], [self.sizes[i], mixed[i], self.sizes[i]], self.ridge[i])
            assert out.kappa[i] == pytest.approx(one.kappa[0], rel=1e-13, abs=0)

    def test_full_projection_is_the_identity(self):
        projected = solve(STEEP, [H, S], [np.full(6, 24.0), self.sizes], self.ridge)
        same(projected, solve(STEEP, [S], [self.sizes], self.ridge))
        assert np.array_equal(projected.pairs[0][1], projected.vacancy)

    def test_a_whole_pool_renormalises_nothing(self):
        out = solve(STEEP, [POOL], [np.full(6, 24.0)], self.ridge)
        assert np.array_equal(out.kappa, self.ridge)

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_infinite_sizes_drop_out(self, place):
        values = [self.sizes, self.sizes[::-1], self.sizes * 1.5]
        values.insert(place, np.full(6, np.inf))
        wide = solve(STEEP, [G, G, G, S], values, self.ridge)
        del values[place]
        narrow = solve(STEEP, [G, G, S], values, self.ridge)
        assert wide.kappa == pytest.approx(narrow.kappa, rel=1e-14, abs=0)
        assert np.array_equal(wide.pairs[place], (np.zeros(6), np.ones(6)))

    def test_layers_commute(self):
        values = [self.sizes, self.sizes[::-1], self.sizes * 1.5]
        one = solve(STEEP, [G, G, S], values, self.ridge)
        other = solve(STEEP, [G, G, S], values[::-1], self.ridge)
        assert one.kappa == pytest.approx(other.kappa, rel=1e-14, abs=0)

    def test_all_infinite_leaves_the_ridge_and_takes_the_noise(self):
        out = at(STEEP, [Z, S], [0.25, np.inf], 0.5)
        assert out.kappa[0] == 0.75
        assert out.pairs[0] == (pytest.approx(1 / 3), pytest.approx(2 / 3))

    def test_a_new_layer_needs_only_its_declaration(self):
        @dataclass(frozen=True)
        class Twice(Layer):
            """Two Gaussian layers of one size: λ = κ t²."""

            letter: ClassVar[str] = "N"
            default_name: ClassVar[str] = "features"
            words: ClassVar[str] = "features"

            def outer(self, level, own, noise):
                return level.through(ridge=level.ridge * own.factor(level.dof) ** 2, size=own.size)

        twice = solve(STEEP, [Twice(), S], [self.sizes, self.sizes * 1.1], self.ridge)
        pair = solve(STEEP, [G, G, S], [self.sizes, self.sizes, self.sizes * 1.1], self.ridge)
        assert twice.kappa == pytest.approx(pair.kappa, rel=1e-14, abs=0)
        assert twice.pairs[0][1] == pytest.approx(pair.pairs[0][1], rel=1e-14, abs=0)

    def test_many_points_at_once_are_the_same_as_one_by_one(self):
        rng = np.random.default_rng(1)
        count = CHUNK + 100  # two chunks, with first guesses from a table
        sizes, ridge = 10 ** rng.uniform(0, 4, (2, count)), 10 ** rng.uniform(-15, 2, count)
        together = solve(STEEP, [G, S], list(sizes), ridge)
        for i in range(0, count, 100):
            alone = at(STEEP, [G, S], sizes[:, i], ridge[i])
            for ours, theirs in zip(together.pairs, alone.pairs, strict=True):
                assert ours[1][i] == pytest.approx(theirs[1][0], rel=1e-14, abs=0)


class TestSpectra:
    def test_compressed_modes(self):
        eigenvalues = np.arange(1.0, 3001.0) ** -1.2
        sizes, ridge = np.array([100.0, 2999.999, 3000.0, 5000.0]), np.array([0.0, 1e-12, 1e-9, 1e-3])
        ours = solve(Discrete(eigenvalues, np.ones(3000)), [G, S], [sizes, sizes], ridge)
        plain = solve(Explicit(eigenvalues, np.ones(3000)), [G, S], [sizes, sizes], ridge)
        assert ours.kappa == pytest.approx(plain.kappa, rel=3e-13, abs=0)
        assert ours.pairs[0][1] == pytest.approx(plain.pairs[0][1], rel=3e-13, abs=0)

    @pytest.mark.parametrize("capacity", [1.01, 1.5, 4.0])
    @pytest.mark.parametrize(("sizes", "ridge"), [
        ((100.0, 37.5), 1e-9), ((1e8, 1e8), 1e-30), ((3.0, 1e15), 1e-2), ((1e15, 1e12), 0.0), ((0.3, 7.0), 0.0),
    ])
    def test_infinite_power_law(self, capacity, sizes, ridge):
        spectrum = PowerLaw(capacity, 0.4)
        out = at(spectrum, [G, S], sizes, ridge)
        with mpmath.workdps(40):
            kappa = mpmath.mpf(out.kappa[0])
            (d,) = spectrum.moments(kappa, ((1, 0, 0),))
            t = [mpmath.mpf(pair[1][0]) for pair in out.pairs]
            assert abs(kappa * t[0] * t[1] - ridge) <= 1e-14 * ridge
            for size, complement in zip(sizes, t, strict=True):
                assert abs(d / size + complement - 1) < 1e-13
        assert out.converged[0]

    def test_table_reaches_infinite_spectra(self):
        count = 100
        sizes = np.logspace(1, 14, count)
        out = solve(PowerLaw(1.5, 0.4), [S], [sizes], np.zeros(count))
        alone = at(PowerLaw(1.5, 0.4), [S], [sizes[50]], 0.0)
        assert out.converged.all()
        assert out.kappa[50] == pytest.approx(alone.kappa[0], rel=1e-14)


class TestStatus:
    @pytest.mark.parametrize(("layers", "parameters", "ridge", "words"), [
        ([S], [10], 1e-3, "converged"),
        ([S], [10], 0.0, "ridgeless"),
        ([S], [24], 0.0, "interpolation threshold"),
        ([G, S], [10, 10], 0.0, "interpolation threshold"),
        ([G, S], [10, 10], 1e-300, "converged"),
        ([G, G, S], [10, 10, 20], 0.0, "ridgeless"),
        ([G, Z, S], [10, 0.1, 10], 0.0, "interpolation threshold"),
        ([G, Z, S], [10, 0.1, 12], 0.0, "ridgeless"),
        ([S], [10], -1e-5, "negative ridge"),
    ])
    def test_words(self, layers, parameters, ridge, words):
        out = at(STEEP, layers, parameters, ridge)
        assert out.converged[0]
        assert out.reasons[0].startswith(words)
        assert out.reasons[0] in {status.reason for status in Status}

    def test_noise_is_all_that_is_left_without_ridge(self):
        out = at(STEEP, [G, Z, S], [10, 0.1, 12], 0.0)
        assert (out.pairs[1][0][0], out.pairs[1][1][0]) == (1.0, 0.0)
        assert out.pairs[2][1][0] == pytest.approx(1 - 10 / 12)

    def test_complement_out_of_range_is_said(self):
        huge = Explicit([1e300, 1e290], [20, 20])
        out = at(huge, [S], [25], 1e-300)
        assert out.pairs[0][1][0] == 0.0
        assert "below 1e-307" in out.reasons[0]


def followed(spectrum, layers, parameters, ridge, start):
    """Return the root of λ(κ) = ridge near `start` with 100 digits."""
    kinds = tuple(KINDS[type(layer)] for layer in layers)
    precise = Precise(spectrum, kinds, parameters)
    with mpmath.workdps(450):
        kappa = mpmath.mpf(float(start))
        for _ in range(10):
            result = precise.outward(kappa)
            kappa *= 1 + (mpmath.mpf(ridge) / result[0] - 1) / result[1]
        result = precise.outward(kappa)
        assert abs(result[0] / mpmath.mpf(ridge) - 1) < 1e-100
        assert result[0] / kappa * result[1] > 0  # dλ/dκ > 0: before the edge
        return kappa, result


class TestNegativeRidge:
    points: ClassVar = [
        (STEEP, [S], [10.0], -7.8e-3),
        (STEEP, [S], [40.0], -9e-4),
        (STEEP, [S], [24 * (1 + 1e-9)], -5e-21),
        (STEEP, [S], [24 * (1 - 1e-9)], -5e-21),
        (DEFICIENT, [S], [100.0], -2.4e-3),
        (DEFICIENT, [S], [1e15], -2.4e-2),
        (STEEP, [G, S], [10.0, 15.0], -1e-3),
        (STEEP, [G, S], [10.0, 10 * (1 + 1e-6)], -1e-14),
        (STEEP, [G, S], [50.0, 50.0], -5e-4),
        (STEEP, [H, S], [10.0, 15.0], -2e-3),
        (STEEP, [H, S], [24 * (1 - 1e-6), 15.0], -1e-3),
        (STEEP, [H, S], [24.0, 35.0], -5e-4),
        (DEFICIENT, [H, S], [80.0, 95.0], -8e-4),
        (STEEP, [G, Z, S], [10.0, 1e-3, 7.0], -1e-3),
        (STEEP, [G, Z, S], [10.0, 1e-3, 15.0], -3e-4),
        (STEEP, [G, Z, G, Z, S], [20.0, 1e-3, 15.0, 1e-2, 22.0], -7e-4),
    ]

    @pytest.mark.parametrize(("spectrum", "layers", "parameters", "nearly_edge"), points)
    @pytest.mark.parametrize("share", [1.0, 1e-2, 1e-9, 1e-200])
    def test_against_high_precision(self, spectrum, layers, parameters, nearly_edge, share):
        ridge = nearly_edge * share
        out = at(spectrum, layers, parameters, ridge)
        kappa, exact = followed(spectrum, layers, parameters, ridge, out.kappa[0])
        compared = [(out.kappa, kappa), (out.dof, exact[2]), (out.vacancy, exact[3])]
        for ours, theirs in zip(out.pairs, exact[4], strict=True):
            compared += zip(ours, theirs, strict=True)
        # κ is a square root of the distance to the edge, so that rounding weighs more there
        tolerance = 1e-12 if share == 1.0 else 2e-14
        assert max(abs(a[0] / b - 1) for a, b in compared) < tolerance
        assert out.converged[0]

    def test_continues_from_the_ridgeless_root(self):
        ridges = np.array([-1e-3, -1e-6, -1e-9, 0.0, 1e-9, 1e-6, 1e-3])
        for size in (10.0, 40.0):
            kappa = solve(STEEP, [S], [np.full(7, size)], 0.1 * ridges).kappa
            assert (np.diff(kappa) > 0).all()

    @pytest.mark.parametrize(("layers", "parameters", "edge"), [
        ([S], [10], -0.00781142820807352), ([S], [40], -0.000901982990093976),
    ])
    def test_edge_is_stated(self, layers, parameters, edge):
        with pytest.raises(ValueError, match=r"ridge = .*edge") as caught:
            at(STEEP, layers, parameters, 1.001 * edge)
        stated = re.search(r"at least (\S+)", str(caught.value))
        assert float(stated[1]) == pytest.approx(edge, rel=1e-13)
        assert at(STEEP, layers, parameters, 0.999 * edge).converged[0]
        # independent of the solver: the least λ(κ) on a fine grid
        precise = Precise(STEEP, ["gaussian"], parameters)
        lowest, highest = (1e-3, 0.0451) if parameters[0] < 24 else (-0.0084, -1e-6)
        scan = min(precise.outward(mpmath.mpf(k))[0] for k in np.linspace(lowest, highest, 400))
        assert float(scan) == pytest.approx(edge, rel=1e-3)
        assert float(scan) >= edge * (1 + 1e-9)

    @pytest.mark.parametrize(("layers", "parameters"), [([S], [24]), ([G, S], [10, 10])])
    def test_refused_at_the_threshold(self, layers, parameters):
        with pytest.raises(ValueError, match=r"ridge = .*equal"):
            at(STEEP, layers, parameters, -1e-300)

    def test_infinite_spectra(self):
        assert at(PowerLaw(1.5, 0.4), [S], [10], -1e-6).reasons[0] == "negative ridge"
        with pytest.raises(ValueError, match="infinite rank"):
            at(PowerLaw(1.5, 0.4), [S], [np.inf], -1e-6)

    def test_no_size_binds(self):
        out = at(STEEP, [S], [np.inf], -1e-3)
        assert out.kappa[0] == pytest.approx(-1e-3, rel=1e-15)
        with pytest.raises(ValueError, match="edge"):
            at(STEEP, [S], [np.inf], -1e-2)


class TestBadInput:
    def test_projection_larger_than_its_input(self):
        with pytest.raises(ValueError, match=r"n_features = 25.0"):
            at(STEEP, [H, S], [25, 10], 1e-3)
        with pytest.raises(ValueError, match=r"n_features = 25.0"):
            at(STEEP, [G, H, S], [20, 25, 10], 1e-3)

    def test_noise_on_infinitely_many_coordinates(self):
        with pytest.raises(ValueError, match=r"feature_noise = 0.1"):
            at(PowerLaw(1.5, 0.4), [Z, S], [0.1, 10], 1e-3)
        with pytest.raises(ValueError, match=r"feature_noise = 0.1"):
            at(STEEP, [G, Z, S], [np.inf, 0.1, 10], 1e-3)
        assert at(STEEP, [G, Z, S], [np.inf, 0.0, 10], 1e-3).converged[0]


positive = st.floats(-12, 3).map(lambda exponent: 10.0**exponent)
size = st.floats(-1, 6).map(lambda exponent: 10.0**exponent)


@given(sizes=st.tuples(size, size, size), noise=positive, ridge=positive)
def test_everywhere_on_the_admissible_branch(sizes, noise, ridge):
    out = at(STEEP, [G, Z, G, S], [sizes[0], noise, *sizes[1:]], ridge)
    assert out.converged[0]
    assert out.kappa[0] > ridge
    assert 0 < out.dof[0] < min(sizes[0], STEEP.rank)
    for u, t in out.pairs:
        assert 0 < u[0] <= 1
        assert 0 < t[0] <= 1
        assert u[0] + t[0] == pytest.approx(1.0, abs=1e-14)
    more = at(STEEP, [G, Z, G, S], [sizes[0], noise, *sizes[1:]], 1.01 * ridge)
    assert more.kappa[0] >= out.kappa[0] * (1 - 1e-14)
