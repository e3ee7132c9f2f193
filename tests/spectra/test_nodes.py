"""Nodes and compression, held against mpmath over the modes themselves."""

import mpmath
import numpy as np
import pytest
from mpmath import mp

from theory.spectra.sums.compression import compress, merge
from theory.spectra.sums.nodes import CHUNK, Nodes

ORDERS = tuple((i, j, q) for q in (0, 1) for i in range(4) for j in range(4) if 0 < i + j <= 3)
K = np.arange(1.0, 601.0)
ONE = np.ones(600)


def exact(eigenvalues, counts, signals, kappa, orders):
    """Return the moments by mpmath over the modes themselves."""
    with mp.workdps(40):
        k = mp.mpf(float(kappa))
        x = [mp.mpf(float(v)) / (float(v) + k) for v in eigenvalues]
        y = [k / (float(v) + k) for v in eigenvalues]
        weights = [[mp.mpf(float(w)) for w in column] for column in (counts, signals)]
        return [mp.fdot((w, a**i * b**j) for w, a, b in zip(weights[q], x, y, strict=True)) for i, j, q in orders]


def worst_error(nodes, eigenvalues, counts, signals, kappas, orders=ORDERS):
    """Return the largest relative error of the moments of `nodes` against the modes."""
    found = np.transpose(nodes.moments(np.asarray(kappas), orders))
    return max(
        abs(float(value / right - 1))
        for values, kappa in zip(found, kappas, strict=True)
        for value, right in zip(values, exact(eigenvalues, counts, signals, kappa, orders), strict=True)
    )


@pytest.mark.parametrize("value", [5e-324, 1.5e-323, 2.3e-308, 1e-200, 1.0, 7e150, 1e300])
@pytest.mark.parametrize("kappa", [5e-324, 1e-323, 3e-308, 1e-160, 0.7, 1e100, 1e300])
def test_fractions_are_right_at_every_magnitude(value, kappa):
    nodes = Nodes(np.array([value]), np.ones(1), np.array([3.0]))
    expected = exact([value], [1.0], [3.0], kappa, ORDERS)
    for right, got in zip(expected, nodes.moments(np.array([kappa]), ORDERS), strict=True):
        assert abs(got[0] - right) <= 2e-15 * right + 1e-322
    difference, slope = nodes.excess(np.array([kappa]), np.array([1.0 if value > kappa else 0.0]))
    learnt, missed, both = exact([value], [1.0], [1.0], kappa, ((1, 0, 0), (0, 1, 0), (1, 1, 0)))
    right = -missed if value > kappa else learnt
    assert abs(difference[0] - right) <= 1e-15 * abs(right) + 1e-322
    assert abs(slope[0] - both) <= 1e-15 * both + 1e-322


def test_shapes_chunks_and_zero():
    nodes = Nodes(np.array([2.0, 1.0, 0.5]), np.array([1.0, 5.0, 2.0]), np.array([1.0, 0.0, 2.0]))
    kappa = np.linspace(0.0, 3.0, CHUNK // 3 + 18)
    d, missed = nodes.moments(kappa, ((1, 0, 0), (0, 1, 1)))
    direct = sum(n * v / (v + kappa) for v, n in ((2.0, 1), (1.0, 5), (0.5, 2)))
    np.testing.assert_allclose(d, direct, rtol=1e-15)
    assert (d[0], missed[0]) == (8.0, 0.0)
    assert nodes.moments(kappa.reshape(2, -1), ((1, 0, 0),))[0].shape == (2, kappa.size // 2)
    assert nodes.moments(np.array(1.0), ((1, 0, 0),))[0].shape == ()
    at_eigenvalues = np.array([0.5, 2.0, 1.0])
    found = nodes.excess(at_eigenvalues, np.zeros(3))[0]
    np.testing.assert_allclose(found, nodes.moments(at_eigenvalues, ((1, 0, 0),))[0], rtol=1e-15)
    shuffled = np.random.default_rng(0).permutation(kappa)
    difference, slope = nodes.excess(shuffled, np.full(kappa.size, 2.5))
    d, q = nodes.moments(shuffled, ((1, 0, 0), (1, 1, 0)))
    np.testing.assert_allclose(difference, d - 2.5, atol=4e-15)
    np.testing.assert_allclose(slope, q, rtol=1e-14)


SPECTRA = {
    "steep": K**-3.0,
    "flat": K**-0.3,
    "power": K**-1.5,
    "gap": np.concatenate((1 + K[:200] / 200, 1e-9 * (1 + K[:400] / 400))),
    "cluster": 1 + 1e-15 * K,
    "lognormal": np.exp(np.random.default_rng(1).normal(0, 3, 600)),
    "tiny": 1e-300 * K**-1.5,
}


@pytest.mark.parametrize("name", SPECTRA)
def test_compression_keeps_every_moment(name):
    eigenvalues = np.random.default_rng(3).permutation(SPECTRA[name])
    counts = np.random.default_rng(4).integers(1, 1_000_000_000_000, 600).astype(float)
    signals = eigenvalues**0.5 * np.random.default_rng(5).random(600)
    nodes = compress(eigenvalues, counts, signals)
    low, high = eigenvalues.min(), eigenvalues.max()
    kappas = low * 10 * (high / low) ** np.array([-0.2, 0.05, 0.45, 0.9])
    assert worst_error(nodes, eigenvalues, counts, signals, kappas) < 4e-15
    assert nodes.cumulative[-1] == counts.sum()
    assert (np.diff(nodes.eigenvalues) <= 0).all()


@pytest.mark.parametrize("carrier", [0, 40, 99, 310, 599])
def test_compression_serves_a_signal_on_one_mode(carrier):
    signals = np.zeros(K.size)
    signals[carrier] = 1e-30
    nodes = compress(K**-1.5, ONE, signals)
    orders = tuple(order for order in ORDERS if order[2])
    assert worst_error(nodes, K**-1.5, ONE, signals, [1e-9, 1e-4, 3e-3, 10.0], orders) < 2e-14


def test_compression_is_small():
    k = np.arange(1.0, 1e5 + 1)
    assert len(compress(k**-1.5, np.ones(k.size), k**-1.2)) < 250
    few = compress(np.array([1.0, 3.0, 1.0]), np.array([2.0, 1.0, 5.0]), np.array([0.0, 1.0, 2.0]))
    assert few.eigenvalues.tolist() == [3.0, 1.0]
    assert few.counts.tolist() == [1.0, 7.0]
    assert few.signals.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("shift", [0.0, 1e-6, -1e-6, 0.25])
@pytest.mark.parametrize("kappa", [1e-30, 1e-18, 1e-12, 1e-9, 1e-7])
def test_counted_form_near_the_rank(shift, kappa):
    n = 600.0 * (1 + shift)
    nodes = compress(K**-1.5, ONE, K**-2.0)
    with mp.workdps(40):
        expected = exact(K**-1.5, ONE, ONE, kappa, ((1, 0, 0),))[0] - mp.mpf(n)
    assert abs(nodes.excess(np.array([kappa]), np.array([n]))[0][0] / expected - 1) < 2e-14


@pytest.mark.parametrize("kappa", [3e-6, 1e-5, 3.1e-5, 1e-4])
def test_counted_form_at_a_gap(kappa):
    # d − 200 is of order κ + 1e-9/κ, some 1e-5 of the counts on either side of the gap
    nodes = compress(SPECTRA["gap"], ONE, ONE)
    with mp.workdps(40):
        expected = exact(SPECTRA["gap"], ONE, ONE, kappa, ((1, 0, 0),))[0] - 200
    assert abs(nodes.excess(np.array([kappa]), np.array([200.0]))[0][0] / expected - 1) < 1e-13


def test_counted_form_is_exact_in_the_number_of_modes():
    counts = np.array([3e14, 7e14 - 1.0])
    nodes = merge(np.array([1.0, 1e-8]), counts, np.ones(2))
    difference, slope = nodes.excess(np.array([1e-30, 1e-4]), np.array([1e15 - 1.0, 3e14]))
    assert difference[0] == pytest.approx(-(7e14 - 1) * 1e-22, rel=1e-14)
    assert slope[0] == pytest.approx((7e14 - 1) * 1e-22, rel=1e-14)
    assert difference[1] == pytest.approx(float(7e14 / mpmath.mpf(10001) - 3e14 / mpmath.mpf(10001)), rel=1e-13)


def test_negative_kappa_needs_the_modes_themselves():
    modes = merge(K**-1.5, ONE, K**-2.0)
    kappa = -(600.0**-1.5) * np.array([0.999999, 0.5, 1e-9])
    assert worst_error(modes, K**-1.5, ONE, K**-2.0, kappa) < 2e-14
    difference, slope = modes.excess(kappa, np.full(3, 600.0))
    for point in range(3):
        missed, q = exact(K**-1.5, ONE, ONE, kappa[point], ((0, 1, 0), (1, 1, 0)))
        assert difference[point] == pytest.approx(float(-missed), rel=1e-14)
        assert slope[point] == pytest.approx(float(q), rel=1e-14)
    compressed = compress(K**-1.5, ONE, K**-2.0)
    for nodes, bad_kappa in ((compressed, -1e-12), (modes, -1.0), (modes, np.nan), (modes, np.inf)):
        with pytest.raises(ValueError, match="kappa"):
            nodes.moments(np.array([bad_kappa]), ORDERS)
        with pytest.raises(ValueError, match="kappa"):
            nodes.excess(np.array([bad_kappa]), np.ones(1))
