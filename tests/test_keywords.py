"""Wrong keywords name the argument that is meant; other people's regularisation converts into ours."""

import numpy as np
import pytest

import numerics as nm
import theory as th
from tests.scaletheory.invoke import run
from theory.arguments import ARGUMENTS
from theory.keywords import UnknownArgument, meant

TASK, MODEL = th.PowerLaw(1.5, 0.4), th.random_features()
SIZES = {"n_samples": 100, "n_features": 50}


@pytest.mark.parametrize(
    ("keyword", "hint"),
    [
        ("lam", "ridge"), ("lambda_", "ridge"), ("regularization", "ridge"), ("sigma2", "noise"), ("r", "source= of the popul"),
        ("sigma", r"noise \(the variance sigma²\)"), ("noise_std", r"noise \(its square\)"), ("a", "capacity= of the"),
        ("alpha", "ridge .* or capacity= of the population"), ("gamma", "step= of OnePassSGD .* or bandwidth"),
        ("P", "n_samples"), ("N", "n_features or n_samples"), ("n_sample", "n_samples"), ("feature_noise", "feature_noise= of"),
        ("t", "n_samples or time= of GradientFlow"), ("n_estimators", "ensemble"), ("rigde", "ridge"),
    ],
)  # fmt: skip
def test_an_evaluation_names_what_is_meant(keyword, hint):
    with pytest.raises(ValueError, match=rf"^{keyword} = 0.1 is not admissible: .*did you mean {hint}"):
        MODEL.evaluate(TASK, **SIZES, **{keyword: 0.1})


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (lambda: th.PowerLaw(alpha=1.5, source=0.4), "capacity"),
        (lambda: th.OnePassSGD().evaluate(TASK, n_samples=100, gamma=0.1), "step"),
        (lambda: th.OnePassSGD().evaluate(TASK, P=100, step=0.1), "n_samples"),
        (lambda: th.GradientFlow(MODEL).evaluate(TASK, t=3, **SIZES), "time"),
        (lambda: th.GradientDescent(MODEL).evaluate(TASK, epochs=3, step=0.1, **SIZES), "n_steps"),
        (lambda: MODEL.optimum(TASK, {"n_samples": 1, "P": 1}, 100), "n_samples"),
        (lambda: MODEL.exponents().along(capacity=1.5, source=0.4, n_samples=1, n_features=1, alpha=1), "ridge"),
        (lambda: nm.simulate(MODEL, TASK.truncate(50), **SIZES, lam=0.1, trials=2, seed=0), "ridge"),
        (lambda: nm.simulate_sgd(th.OnePassSGD(), TASK.truncate(9), n_samples=9, lr=0.1, trials=2, seed=0), "step"),
        (lambda: nm.corrected_gcv(np.eye(3), np.ones(3), alpha=1), "ridge"),
    ],
)  # fmt: skip
def test_other_functions_do_too(call, hint):
    with pytest.raises(ValueError, match=f"did you mean {hint}"):
        call()


def test_an_unknown_keyword_is_a_type_error_too():
    with pytest.raises(TypeError):
        th.PowerLaw(alpha=1.5, source=0.4)
    with pytest.raises(UnknownArgument):
        MODEL.evaluate(TASK, **SIZES, lam=1)
    with pytest.raises(TypeError, match="required"):
        th.OnePassSGD().evaluate(TASK, n_samples=100)


def test_every_alias_leads_to_its_argument():
    for argument in ARGUMENTS.values():
        for alias in argument.aliases:
            assert argument.keyword in meant(alias, [*ARGUMENTS])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["risk", "random-features", "--alpha", "1"], "option --alpha: did you mean --capacity or --ridge (scikit"),
        (["risk", "random-features", "--n_samples", "1"], "no option --n_samples: did you mean --samples?"),
        (["risk", "random-features", "--P", "1"], "no option --P: did you mean --samples?"),
        (["risk", "random-features", "--sigma2", "1"], "no option --sigma2: did you mean --noise?"),
        (["sgd", "--lr", "1"], "no option --lr: did you mean --step?"),
        (["sgd", "--capacity", "1.5", "--source", "0.4", "--samples", "100", "--step", "3"], "or --allow-unstable: beyond"),
        (["learning-curve", "digits", "--lam", "1"], "no option --lam: did you mean --ridge?"),
    ],
)
def test_options_name_options(arguments, message):
    found = run(*arguments)
    assert found.exit_code == 2
    assert message in found.stderr


def test_warnings_name_options():
    found = run("sgd", "--capacity", "1.5", "--source", "0.4", "--samples", "100", "--step", "0.3")
    assert "Warning: --step = 0.3 is above half of" in found.stderr


@pytest.mark.parametrize("command", ["risk", "learning-curve"])
def test_help_converts_the_ridge_of_others(command):
    assert "alpha, or " in " ".join(run(command, "--help").stdout.split())


def test_the_ridge_of_scikit_learn_fits_the_same():
    linear_model, kernel_ridge = pytest.importorskip("sklearn.linear_model"), pytest.importorskip("sklearn.kernel_ridge")
    generator = np.random.default_rng(0)
    P, D, N, alpha = 30, 12, 20, 0.7
    X, y = generator.normal(size=(P, D)), generator.normal(size=P)
    F = generator.normal(size=(D, N))
    for variance in (1 / N, 1 / D, 1.0):
        raw = X @ F * variance**0.5
        theirs = linear_model.Ridge(alpha=alpha, fit_intercept=False).fit(raw, y).predict(raw)
        lam = th.ridge_from(alpha=alpha, n_samples=P, n_features=N, feature_variance=variance)
        Z = X @ F / N**0.5
        np.testing.assert_allclose(Z @ np.linalg.solve(Z.T @ Z / P + lam * np.eye(N), Z.T @ y / P), theirs)
    K = X @ X.T
    theirs = kernel_ridge.KernelRidge(alpha=alpha, kernel="precomputed").fit(K, y).predict(K)
    lam = th.ridge_from(alpha=alpha, n_samples=P)
    np.testing.assert_allclose(K / P @ np.linalg.solve(K / P + lam * np.eye(P), y), theirs)
    assert th.ridge_from(alpha=[1.0, 2.0], n_samples=[[10], [20]]).shape == (2, 2)


@pytest.mark.parametrize("wrong", [{"n_samples": 0}, {"n_features": 3}, {"n_features": 3, "feature_variance": -1.0},
                                   {"alpha": "x"}, {"alpha": [1, 2], "n_samples": [1, 2, 3]}])  # fmt: skip
def test_conversions_that_are_refused(wrong):
    with pytest.raises(ValueError, match="is not admissible"):
        th.ridge_from(**({"alpha": 1.0, "n_samples": 10} | wrong))
