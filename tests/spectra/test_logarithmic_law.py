"""The logarithmic power law: sums against direct ones with an independent tail, the law of approximation and of SGD's bias."""

import itertools
import math
import pickle

import numpy as np
import pytest
from mpmath import mp, mpf
from scipy.integrate import quad

import theory as th
from theory.dynamics.sgd.sketches.bins import bins
from theory.spectra.logarithmic_law import LogarithmicLaw

K = np.arange(1.0, 1e6)
TASK = LogarithmicLaw(2.0)


def tail(function):
    """∫ of a function of u = log k over k ≥ 10^6 − 1/2, by adaptive quadrature: midpoints of the modes from 10^6 on."""
    edges = [math.log(1e6 - 0.5), 20, 40, 80, 160, 320, 640]
    pieces = [quad(function, a, b, epsabs=0, epsrel=1e-12, limit=400)[0] for a, b in itertools.pairwise(edges)]
    return math.fsum(pieces)


@pytest.mark.parametrize(("power", "target"), [(2.0, 2.0), (1.3, 1.3), (3.0, 1.5), (1.5, 4.0)])
@pytest.mark.parametrize("kappa", [1e-9, 1e-3, 0.7, 40.0])
def test_sums_against_direct_ones(power, target, kappa):
    law, orders = LogarithmicLaw(power, target), ((1, 0, 0), (1, 1, 0), (2, 0, 0), (0, 2, 1), (1, 1, 1))
    eigenvalues, weights = 1 / (K * np.log1p(K) ** power), 1 / (K * np.log1p(K) ** target)
    for (i, j, q), found in zip(orders, law.moments(np.array(kappa), orders), strict=True):
        x = eigenvalues / (eigenvalues + kappa)
        head = math.fsum(x**i * (1 - x) ** j * (weights if q else 1.0))

        def smooth(u, i=i, j=j, q=q):
            logarithm = math.log1p(math.exp(u))
            eigenvalue = math.exp(-u) * logarithm**-power
            share = eigenvalue / (eigenvalue + kappa)
            return share**i * (1 - share) ** j * (logarithm**-target if q else math.exp(u))

        beyond = 640 ** (1 - power) / (power - 1) / kappa if (i, q) == (1, 0) else (
            640 ** (1 - target) / (target - 1) if (i, q) == (0, 1) else 0.0)  # fmt: skip
        assert float(found) == pytest.approx(head + tail(smooth) + beyond, rel=1e-10)


def test_all_of_the_variance_is_there():
    """A truncation at 10^6 modes would miss 7 % of tr Σ."""
    head = math.fsum(1 / (K * np.log1p(K) ** 2))
    whole = head + tail(lambda u: math.log1p(math.exp(u)) ** -2) + 1 / 640
    assert TASK.total_variance == pytest.approx(whole, rel=1e-10)
    assert TASK.signal == pytest.approx(TASK.total_variance, rel=1e-15)
    assert head / whole == pytest.approx(1 - 1 / math.log(1e6) / whole, rel=1e-3)
    edges = np.array([1.0, 2, 5, 100, 1999, 2500, 1e5, 1.01e5, 1e9, math.inf])
    trace, signal = LogarithmicLaw(2.0, 1.5).binned(edges)
    assert trace.sum() == pytest.approx(TASK.total_variance, rel=1e-12)
    assert signal.sum() == pytest.approx(LogarithmicLaw(1.5).total_variance, rel=1e-12)
    for place in range(1, 7):
        k = np.arange(edges[place], edges[place + 1])
        assert trace[place] == pytest.approx(math.fsum(1 / (k * np.log1p(k) ** 2)), rel=1e-12)


def test_digits_agree():
    with mp.workdps(40):
        orders = ((1, 0, 0), (1, 1, 0), (0, 2, 1))
        precise = TASK.moments(mpf("1e-6"), orders)
        for value, fast in zip(precise, TASK.moments(np.array(1e-6), orders), strict=True):
            assert float(fast) == pytest.approx(float(value), rel=3e-15)


@pytest.mark.parametrize("kappa", [1e-300, 1e-262, 1e-255, 1e-40, 1e-3, 2.0, 1e3, 1e200])
def test_any_ridge(kappa):
    """Down to where doubles end, in the table and below it."""
    orders = ((1, 0, 0), (1, 1, 0), (0, 2, 1), (1, 1, 1))
    found = TASK.moments(np.array([kappa, 1.0]), orders)
    precise = TASK.moments(mpf(kappa), orders)
    for value, right in zip(found, precise, strict=True):
        assert float(value[0]) == pytest.approx(float(right), rel=2e-14)
    excess, slope = TASK.excess(np.array([kappa]), np.array([3.0]))
    assert excess[0] == pytest.approx(float(precise[0] - 3), rel=1e-14, abs=3e-14)
    assert slope[0] == pytest.approx(float(precise[1]), rel=2e-14)


@pytest.mark.slow
def test_digits_of_a_risk_agree():
    model, given = th.random_features(), {"n_samples": 1000, "n_features": 10**4, "ridge": 1e-6, "noise": 0.1}
    fast, precise = model.evaluate(TASK, **given), model.evaluate(TASK, **given, precision=30)
    for key, value in precise.terms.items():
        assert float(fast.terms[key]) == pytest.approx(float(value), rel=1e-12)


def test_approximation_falls_as_a_power_of_the_logarithm():
    """T(κ₀) → ∫_{log M}^∞ u^-b du = log^{1−b} M/(b−1): arXiv:2406.08466, with the constant, over 150 decades."""
    for power in (1.5, 2.0, 3.0):
        widths = np.array([1e10, 1e40, 1e160])
        error = th.Chain(th.GaussianFeatures()).evaluate(LogarithmicLaw(power), n_features=widths).test
        ratio = error * (power - 1) * np.log(widths) ** (power - 1)
        assert (np.abs(ratio - 1) * np.log(widths) < 2.5 * power**2).all()
        assert (np.diff(np.abs(ratio - 1)) < 0).all()


def test_bias_of_sgd_falls_as_a_power_of_the_logarithm():
    """log^{1−a}(γN_eff)/(a−1) without a sketch."""
    out = th.OnePassSGD().evaluate(TASK, n_samples=[1e6, 1e12, 1e24], step=0.05, noise=1.0)
    scale = np.log(0.05 * out.effective_samples)
    ratio = out.bias * scale
    assert (np.diff(np.abs(ratio - 1)) < 0).all()
    assert abs(ratio[-1] - 1) < 0.15


def test_far_modes_make_noise():
    """Φ → γ tr Σ/2 for small steps, the modes beyond the nodes included."""
    law = LogarithmicLaw(1.2)
    assert law.tail[0] > 0.19 * law.total_variance
    out = th.OnePassSGD().evaluate(law, n_samples=100, step=1e-6)
    assert float(out.stability) == pytest.approx(1e-6 * law.total_variance / 2, rel=1e-5)


def test_sketched_sgd_against_simulation():
    """The population's far tail is noise and signal that no sketch learns."""
    import numerics as nm

    sgd, given = th.OnePassSGD(), {"n_samples": 2000, "n_features": 64, "step": 0.05, "noise": 0.5}
    theory = sgd.evaluate(TASK, **given)
    mc = nm.simulate_sgd(sgd, TASK, **given, sketches=12, trials=60, seed=3, progress=False)
    for name in ("test", "approximation"):
        estimate = getattr(mc, name)
        assert abs(float(getattr(theory, name)) - estimate.mean) < 4 * estimate.stderr + 0.01 * estimate.mean


def test_bins_cover_the_spectrum():
    made = bins(TASK, 256.0)
    assert made.counts @ made.eigenvalues + made.tail_trace == pytest.approx(TASK.total_variance, rel=1e-12)
    assert made.tail_trace > 0.01 * TASK.total_variance


def test_refusals_and_values():
    assert pickle.loads(pickle.dumps(TASK)) == TASK == LogarithmicLaw(2, 2.0)
    assert len({TASK, LogarithmicLaw(2), LogarithmicLaw(2, 3)}) == 2
    assert repr(LogarithmicLaw(2, 1.5)) == "LogarithmicLaw(power=2.0, target=1.5)"
    listed = LogarithmicLaw(2.0, 3.0).truncate(5)
    np.testing.assert_allclose(listed.eigenvalues * listed.target_power, 1 / (K[:5] * np.log1p(K[:5]) ** 3), rtol=1e-14)
    assert np.isinf(TASK.moments(np.array(0.0), ((1, 0, 0),))[0])
    assert TASK.moments(np.array(0.0), ((0, 1, 1), (1, 0, 1))) == (0.0, TASK.signal)
    for bad in (1.0, 0.5, True, "2", math.nan, 1e3):
        with pytest.raises(ValueError, match="power = .*above 1"):
            LogarithmicLaw(bad)
    with pytest.raises(ValueError, match=r"target = 1.0 .*above 1"):
        LogarithmicLaw(2.0, 1.0)
    for use in (lambda: TASK.moments(np.array(-1.0), ((1, 0, 0),)), lambda: TASK.excess(np.array([0.0]), np.array([1.0])),
                lambda: TASK.moments(np.array(np.inf), ((1, 0, 0),)), lambda: TASK.moments(mpf(-1), ((1, 0, 0),))):  # fmt: skip
        with pytest.raises(ValueError, match="kappa"):
            use()
    with pytest.raises(ValueError, match="truncate"):
        TASK.explicit()
    for bad in (0, 2.5, 10**8):
        with pytest.raises(ValueError, match="n_modes"):
            TASK.truncate(bad)
