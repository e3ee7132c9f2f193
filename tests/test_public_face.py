"""The public face: the lines of the architecture's contract that concern the parts built so far, run as written."""

from importlib.util import find_spec

import numpy as np
import sympy

import numerics as nm
import theory as th


def test_spectra():
    task = th.PowerLaw(capacity=1.5, source=0.4)
    assert np.isinf(task.size)
    th.Discrete([1.0, 0.5, 0.0], [1.0, 2.0, 3.0])
    th.Discrete([1.0, 0.5], [1.0, 2.0], multiplicity=[3, 40])
    iso = th.Isotropic(size=400, signal=1.0)
    np.testing.assert_array_equal(iso.explicit()[0], np.ones(400))
    np.testing.assert_allclose(iso.explicit()[1], 1 / 400)
    assert task.truncate(800).size == 800
    alpha, r = sympy.symbols("alpha r", positive=True)
    assert th.PowerLaw(alpha, r).capacity == alpha


def test_eigenvalues():
    task, model = th.PowerLaw(capacity=1.5, source=0.4), th.random_features()
    s = model.spectrum(task, n_samples=500, n_features=300, of="kernel")
    assert s.certificate.passed
    assert s.edges.shape == (2 * len(s.bands),)
    assert s.atoms == ((0.0, 0.4),)
    np.testing.assert_allclose(s.mean, float(task.total_variance) / 500)
    x = s.quantiles(500)[:300]
    assert (np.diff(x) < 0).all()
    assert (s.density(x) > 0).all()
    np.testing.assert_allclose(s.cdf(x), 1 - (np.arange(300) + 0.5) / 500, atol=1e-12)
    assert s.entropy < np.log(300)
    covariance = model.spectrum(task, n_samples=500, n_features=300, of="covariance")
    np.testing.assert_allclose(covariance.edges, s.edges)
    assert model.spectrum(task, n_features=300, of="features").atoms == ()


def test_models_and_formulas():
    model = th.Chain(th.Samples(), th.GaussianFeatures())
    assert model == th.random_features()
    assert th.linear_ridge() == th.Chain(th.Samples())
    named = th.Chain(th.Samples(), th.GaussianFeatures("features_2"), th.GaussianFeatures("features_1"))
    assert [s.keyword for s in th.deep_random_features(2).slots] == [s.keyword for s in named.slots]
    assert [s.keyword for s in th.deep_random_features(1).slots] == ["n_features", "n_samples"]
    assert isinstance(model.fixed_point, sympy.Eq)
    keys = {"test", "train", "excess", "bias", "samples", "features", ("samples", "features"), ("samples", "noise")}
    assert keys | {("samples", "features", "noise")} == set(model.formulas)
    for formula in model.formulas.values():
        assert isinstance(formula, sympy.Expr)
        assert formula.free_symbols <= set(model.symbols)
    assert model.latex() == model._repr_latex_()
    assert r"\kappa \left(1 - \frac{\mathrm{df}_{1}" in model.latex()
    noisy = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures(), th.FeatureNoise(), th.GaussianFeatures())
    keywords = ["n_features_1", "feature_noise_1", "n_features_2", "feature_noise_2", "n_samples"]
    assert [slot.keyword for slot in noisy.slots] == keywords


def test_evaluate():
    task, model = th.PowerLaw(capacity=1.5, source=0.4), th.random_features()
    out = model.evaluate(task, n_samples=np.logspace(2, 8, 50), n_features=1e5, ridge=1e-8, noise=0.1)
    for values in (out.kappa, out.test, out.train, out.bias, out.excess, out.variance["samples"], out.variance["features"],
                   out.variance["samples", "features"], out.variance["samples", "noise"],
                   out.variance["samples", "features", "noise"]):
        assert values.shape == (50,)
        assert np.isfinite(values).all()
    assert out.converged.dtype == bool
    assert set(out.reasons) == {"converged"}
    precise = model.evaluate(task, n_samples=1e3, n_features=1e5, ridge=1e-8, noise=0.1, precision=50)
    assert len(str(precise.test[()])) >= 15
    if find_spec("flint"):
        certified = model.evaluate(task, n_samples=1e3, n_features=1e5, ridge=1e-8, noise=0.1, certified=True, digits=30)
        assert certified.test.item().contains(certified.test.item().mid)
        assert abs(certified.test.item().mid - precise.test.item()) <= 2 * certified.test.item().radius
    five = model.evaluate(task, n_samples=1e3, n_features=1e5, ridge=1e-8, noise=0.1, ensemble=5)
    assert five.test < float(precise.test[()])


def test_exponents():
    model = th.random_features()
    law = model.exponents()
    assert law["bias"].free_symbols
    assert law["test"].free_symbols
    assert law.regimes(capacity=1.5, source=0.4)
    law.along(capacity=1.5, source=0.4, n_samples=1, n_features=2, ridge=-1.5)
    symbolic = law.compute_optimal(cost={"n_samples": 1, "n_features": 1})
    assert symbolic.n_samples.free_symbols
    ray = law.along(capacity=1.5, source=0.4, n_samples=1, n_features=2, ridge=-1.5, noise=-np.inf)
    assert ray.terms["bias"] == ray["test"] == -1.2
    assert ray.dominant == "bias"
    assert len(ray.logarithms) == 0
    opt = law.compute_optimal(cost={"n_samples": 1, "n_features": 1}, capacity=1.5, source=0.4, noise=-np.inf)
    assert (opt.n_samples, opt.n_features, opt.risk) == (0.5, 0.5, -0.6)
    assert isinstance(opt.ridge, sympy.Interval)


def test_one_pass_sgd():
    task = th.PowerLaw(capacity=1.5, source=0.4)
    sgd = th.OnePassSGD(batch=1, schedule="geometric", log_base=2)
    out = sgd.evaluate(task, n_samples=1e6, n_features=512, step=0.1, noise=1.0)
    for value in (out.test, out.approximation, out.bias, out.variance, out.effective_samples, out.max_step, out.stability):
        assert value.shape == ()
    th.OnePassSGD(schedule="constant", averaging="tail").evaluate(task, n_samples=1e6, step=0.1, noise=1.0)


def test_several_passes():
    task = th.PowerLaw(capacity=1.5, source=0.4)
    sgd = th.MultiPassSGD(th.random_features(), batch=4, schedule=th.linear(), replacement=False)
    out = sgd.evaluate(task, n_steps=[1e3, 1e6], step=0.2, n_samples=100, n_features=60, noise=0.1)
    for value in (out.test, out.train, out.descent, out.fluctuation, out.passes, out.max_step, out.stability, out.certificate):
        assert value.shape == (2,)
    assert th.MultiPassSGD(th.linear_ridge()).exponents()["fluctuation"].free_symbols
    at = {"n_steps": 20, "step": 0.2, "n_samples": 30, "n_features": 20, "noise": 0.1}
    mc = nm.simulate_passes(sgd, task.truncate(50), trials=2, seed=0, **at)
    assert mc.fluctuation.mean > 0


def test_two_points():
    task, model = th.PowerLaw(capacity=1.5, source=0.4), th.random_features()
    s = np.array([1e-3, 0.1, 1e-2 + 1e-2j])
    two = model.two_point_at(task, ridge=s, n_samples=200, n_features=300, noise=0.1)
    assert two.kappa.shape == (3,)
    assert two.test.shape == two.train.shape == (3, 3)
    assert two.converged.all()


def test_training():
    task, model = th.PowerLaw(capacity=1.5, source=0.4), th.random_features()
    flow = th.GradientFlow(model)
    out = flow.evaluate(task, time=np.logspace(0, 8, 60), n_samples=1e4, n_features=1e3, noise=0.1, ensemble=1)
    for value in (out.test, out.train, out.gap, out.bias, out.variance["samples", "features"], out.converged, out.status,
                  out.certificate, out.reasons):  # fmt: skip
        assert value.shape == (60,)
    best = flow.optimum(task, n_samples=1e4, n_features=1e3, noise=0.1)
    assert best.risk <= out.test.min()
    ridges = model.optimal_ridge(task, n_samples=[100, 1000], n_features=50, noise=0.1)
    assert ridges.shape == (2,)
    law = flow.exponents()
    assert law["test"].free_symbols
    law.along(capacity=1.5, source=0.4, time=1, n_samples=2, n_features=1)
    assert law.regimes(capacity=1.5, source=0.4)
    law.asymptote(task, time=1e3, n_samples=1e9, n_features=1e8)
    assert law.compute_optimal({"n_features": 1, "time": 1}, noise=0).risk.free_symbols
    gd = th.GradientDescent(model, momentum=0.9)
    assert gd.evaluate(task, n_steps=[100, 1000], step=0.5, n_samples=1e4, n_features=1e3, noise=0.1).max_step.shape == (2,)
    third = th.SpectralFilter(model, lambda x: 1 / (1 + x) ** 3)
    assert third.evaluate(task, n_samples=1e4, n_features=1e3, noise=0.1).test.shape == ()
    mc = nm.simulate_flow(flow, task.truncate(100), time=[1.0, 30.0], n_samples=60, n_features=40, noise=0.1, trials=8, seed=0)
    assert mc.test.mean.shape == (2,)
