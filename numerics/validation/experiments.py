"""The experiments of the validation report: what is evaluated and what is simulated beside it.

An experiment returns panels; a panel holds curves; a curve is a line of theory and points of simulation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from numerics.check.agreement import Agreement
from numerics.check.crosscheck import crosscheck
from numerics.check.verdict import Verdict
from numerics.data.learning_curve import learning_curve
from numerics.data.sets import load
from numerics.montecarlo.threads import single_thread
from numerics.montecarlo.trials import Estimate
from numerics.pictures.panels import Array, Curve, Optimum, Panel, Points
from numerics.simulate.experiment import Simulation
from numerics.validation.bench import CHECK_STEPS, KERNELS, LINE_POINTS, REACH, Bench, Plan, Setting, settings
from numerics.validation.page import overall
from theory import PowerLaw, linear_ridge


def peaks(bench: Bench) -> tuple[Panel, ...]:
    """Test and training risk against P through the interpolation peak, a panel a model."""
    return tuple(_peak(bench, place, setting) for place, setting in enumerate(settings(bench.plan.size)))


def _peak(bench: Bench, place: int, setting: Setting) -> Panel:
    P, line, heavy = bench.plan.simulated(REACH), bench.plan.line(REACH), bench.plan.near(bench.plan.simulated(REACH))
    found = [bench.simulate(setting, at, 1, place, decompose=False) for at in P]
    theory = setting.theory(line)
    return Panel(setting.title, (
        Curve("test", line, theory.test, Points.of(P, [mc.test for mc in found], heavy)),
        Curve("training", line, theory.train, Points.of(P, [mc.train for mc in found], heavy)),
    ), bench.plan.threshold)  # fmt: skip


def decomposition(bench: Bench) -> Panel:
    """σ², bias and every variance of random features against P, as *cumulative* sums from below: to be stacked."""
    setting = replace(settings(bench.plan.size)[1], ridge=1e-3)
    P, line = bench.plan.simulated(REACH), bench.plan.line(REACH)
    theory, found = setting.theory(line), [bench.simulate(setting, at, 2) for at in P]
    names: dict[str, Any] = {"label noise": None, "bias": "bias"}
    names |= {" × ".join(key if isinstance(key, tuple) else (key,)): key for key in theory.variance}
    height, measured, curves = np.zeros_like(line), [np.zeros(bench.plan.trials) for _ in P], []
    for name, key in names.items():
        height = height + _part(theory, key, setting.noise)
        measured = [base + _part(mc, key, setting.noise) for base, mc in zip(measured, found, strict=True)]
        curves.append(Curve(name, line, height, Points.of(P, [Estimate(values) for values in measured])))
    return Panel(setting.title, tuple(curves), bench.plan.threshold)


def _part(risk: Any, key: Any, noise: float) -> Any:
    """Return one part of the test risk, of theory or (a value a trial) of simulation."""
    if key is None:
        return noise
    part = risk.bias if key == "bias" else risk.variance[key]
    return part.values if isinstance(part, Estimate) else part


def ensembles(bench: Bench) -> Panel:
    """Test risk of the mean of K predictors; K = ∞ is measured as what is left when the features are averaged."""
    setting = replace(settings(bench.plan.size)[1], ridge=1e-4)
    P, line, curves = bench.plan.simulated(REACH), bench.plan.line(REACH), []
    for K in (1, 2, 5):
        found = [bench.simulate(setting, at, 3, K, ensemble=K, decompose=False).test for at in P]
        points = Points.of(P, found, bench.plan.near(P))
        curves.append(Curve(f"$K = {K}$", line, setting.theory(line, ensemble=K).test, points))
    averaged = [_without_features(bench.simulate(setting, at, 3, 0), setting.noise) for at in P]
    points = Points.of(P, averaged, bench.plan.near(P))
    curves.append(Curve(r"$K = \infty$", line, setting.theory(line, ensemble=np.inf).test, points))
    return Panel(setting.title, tuple(curves), bench.plan.threshold)


def _without_features(mc: Simulation, noise: float) -> Estimate:
    """Return the test risk of the predictor averaged over features, without bias from the average being finite."""
    return Estimate(noise + mc.bias.values + mc.variance["samples"].values + mc.variance["samples", "noise"].values)


def ridge_path(bench: Bench) -> tuple[Panel, tuple[Optimum, ...]]:
    """Test risk against the ridge at the interpolation threshold, at three levels of label noise, with the optima.

    The last curve is the optimum's way as the noise varies, by theory.
    """
    setting, levels, P = settings(bench.plan.size)[1], np.array([0.05, 0.2, 0.8]), bench.plan.threshold
    ridge, line = np.geomspace(1e-4, 1.0, 21), np.geomspace(1e-4, 1.0, LINE_POINTS)
    trials, every = 4 * bench.plan.trials, levels[:, None]
    mc = bench.simulate(setting, P, 4, trials=trials, ridge=ridge, noise=every, decompose=False).test
    curves, optima = [], []
    for noise, values in zip(levels, np.moveaxis(mc.values, 1, 0), strict=True):
        points = Points.of(ridge, [Estimate(column) for column in values.T], ridge < 1e-3)
        curves.append(Curve(f"$\\sigma^2 = {noise:g}$", line, setting.theory(P, ridge=line, noise=noise).test, points))
        optima.append(Optimum(float(noise), *_best_ridge(setting, P, noise), *_least_point(ridge, values)))
    way = np.array([_best_ridge(setting, P, noise) for noise in np.geomspace(0.02, 2.0, 25)])
    return Panel(setting.title, (*curves, Curve("optimum", *way.T))), tuple(optima)


def _best_ridge(setting: Setting, n_samples: int, noise: float) -> tuple[float, float]:
    """Return the ridge of least test risk by theory, and that risk."""

    def risk(log_ridge: float) -> float:
        return float(setting.theory(n_samples, ridge=np.exp(log_ridge), noise=noise).test)

    best = minimize_scalar(risk, bounds=(np.log(1e-4), 0.0), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(best.x)), float(best.fun)


def _least_point(ridge: Array, values: Array) -> tuple[float, float, float]:
    """Return the same of simulated values of shape (n_trials, n_ridges), and the jackknife's factor of uncertainty."""
    n, total = len(values), values.sum(axis=0)
    place, least = _vertex(np.log(ridge), total / n)
    jackknife = np.array([_vertex(np.log(ridge), (total - row) / (n - 1))[0] for row in values])
    return float(np.exp(place)), least, float(np.exp(np.sqrt((n - 1) * jackknife.var())))


def _vertex(x: Array, y: Array) -> tuple[float, float]:
    """Return the lowest point of the parabola through the least point of an evenly spaced curve and its neighbours."""
    k = int(np.clip(np.argmin(y), 1, len(y) - 2))
    slope, bend = (y[k + 1] - y[k - 1]) / 2, y[k + 1] - 2 * y[k] + y[k - 1]
    step = np.clip(-slope / bend, -1.0, 1.0) if bend > 0 else -np.sign(slope)
    return float(x[k] + step * (x[k + 1] - x[k])), float(y[k] + step * slope + step**2 * bend / 2)


def truncation(bench: Bench) -> tuple[Panel, Panel]:
    """Return test risk and κ_D/κ_∞ against P, on the infinite power law and cut off after D modes; no noise."""
    whole = PowerLaw(capacity=1.2, source=0.4)
    setting, line = Setting("", linear_ridge(), whole, ridge=1e-4, noise=0.0), np.geomspace(10.0, 1e5, LINE_POINTS)
    modes = bench.plan.size
    P = np.unique(np.round(np.geomspace(10.0, 20.0 * modes, bench.plan.points))).astype(np.int64)
    infinite = setting.theory(line)
    risks = [Curve(r"$D = \infty$", line, infinite.test)]
    ratios = [Curve(r"$D = \infty$", line, np.ones_like(line))]
    for size, label in ((100_000, r"$D = 10^5$"), (1000, "$D = 1000$"), (modes, f"$D = {modes}$")):
        cut, points = replace(setting, task=whole.truncate(size)), None
        if size == modes:
            points = Points.of(P, [bench.simulate(cut, at, 5, decompose=False).test for at in P])
        theory = cut.theory(line)
        risks.append(Curve(label, line, theory.test, points))
        ratios.append(Curve(label, line, theory.kappa / infinite.kappa))
    return Panel("test risk", tuple(risks)), Panel(r"$\kappa_D/\kappa_\infty$", tuple(ratios))


def real_data(bench: Bench) -> tuple[Panel, ...]:
    """Learning curves of kernel ridge on images of digits, predicted and measured; empty without scikit-learn.

    The prediction is made at the measured P only, so lines connect these.
    """
    try:
        digits = load("digits")
    except ValueError:
        return ()
    panels, pool, seed = [], bench.plan.pool, bench.plan.seed
    for kernel in KERNELS:
        with single_thread():  # as in an executor's workers: the same numbers for any of them
            curve = learning_curve(digits, kernel=kernel, pool=pool, seed=seed, executor=bench.executor)
        P, not_median = curve.n_samples.astype(np.float64), np.zeros(len(curve.n_samples), dtype=np.bool_)
        pairs = (
            ("held out", curve.predicted, curve.measured, curve.stderr),
            ("training", curve.predicted_train, curve.measured_train, curve.train_stderr),
        )
        panels.append(Panel(f"digits, {kernel} kernel", tuple(
            Curve(name, P, line, Points(P, y, error, error, not_median)) for name, line, y, error in pairs
        )))  # fmt: skip
        bench.tick()
    return tuple(panels)


def verdicts(bench: Bench) -> tuple[tuple[str, Agreement], ...]:
    """Every term of every model against simulation at two sizes, over a grid of P and ridge."""
    plan, found = bench.plan, []
    for setting in verdict_settings(plan):
        options = verdict_options(plan) | {"executor": bench.executor, "progress": False}
        agreement = crosscheck(setting.model, setting.task, verdict_grid(plan, setting), **options)
        found.append((setting.title, agreement))
        bench.tick(CHECK_STEPS)
    return tuple(found)


def verdict_settings(plan: Plan) -> tuple[Setting, ...]:
    """Return the models to be judged; nonlinear features, which have no complex kin, are real and so drawn larger."""
    *linear, _ = settings(plan.check_size)
    return (*linear, settings(2 * plan.check_size)[-1])


def verdict_options(plan: Plan) -> dict[str, Any]:
    """Return how sharply models are judged."""
    most = plan.check_trials
    return {"seed": plan.seed, "rule": plan.rule, "trials": min(50, most), "max_trials": most, "n_test": 400}


def verdict_grid(plan: Plan, setting: Setting) -> list[dict[str, Any]]:
    """Return the settings at which a model is judged."""
    sizes = [round(share * setting.threshold) for share in plan.check_samples]
    return [setting.arguments(P, ridge=ridge) for P in sizes for ridge in (0.02, 0.2)]


@dataclass(frozen=True, eq=False)
class Validation:
    """All that a report shows: one entry an experiment, each as its function returns it."""

    plan: Plan
    peaks: tuple[Panel, ...]
    decomposition: Panel
    ensembles: Panel
    ridge_path: Panel
    optima: tuple[Optimum, ...]
    truncation: tuple[Panel, Panel]
    real_data: tuple[Panel, ...]
    verdicts: tuple[tuple[str, Agreement], ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of all models."""
        return overall(self.verdicts)


def validate(bench: Bench) -> Validation:
    """Run every experiment of a plan."""
    path, optima = ridge_path(bench)
    return Validation(
        bench.plan, peaks(bench), decomposition(bench), ensembles(bench), path, optima, truncation(bench),
        real_data(bench), verdicts(bench),
    )  # fmt: skip
