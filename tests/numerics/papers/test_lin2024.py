"""Figure 1 of Lin et al. made again: the fit and its uncertainty, the theory's exponents, and the experiment as a whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import theory as th
from numerics.check.verdict import Rule
from numerics.papers import PAPERS, lin2024, reproduce
from numerics.papers.fits import Protocol, bootstrap, fit_risk, slope
from numerics.papers.lin2024 import FULL, QUICK
from numerics.papers.lin2024.experiment import CAPACITIES, Case, asymptotic, evaluate, measure
from numerics.papers.lin2024.phases import FAR, NEAR, POINTS, derived, phase, slopes
from numerics.papers.lin2024.printed import FIGURES, Printed, remake
from numerics.papers.lin2024.report import report

M, N = np.array([8.0, 16.0, 32.0, 64.0, 128.0, 200.0])[:, None], np.geomspace(15.0, 750.0, 9)
TINY = replace(QUICK, widths=(4, 8, 16), n_samples=(20, 40, 80, 160), sketches=20, trials=10, resamples=10,
               rule=Rule(resolution=0.5, entry_resolution=0.9))  # fmt: skip
SKETCHED = tuple((Fraction(alpha), Fraction(beta)) for alpha, beta in (
    ("1", "7/10"), ("2/5", "3/10"), ("2/5", "4/5"), ("9/20", "6/5"), ("27/100", "7/10"),
))  # fmt: skip


@pytest.fixture(scope="module")
def cases() -> tuple[Case, ...]:
    """Return the experiment in small."""
    return tuple(measure(TINY, place, None, lambda steps: None) for place in (0, 1))


# -- fits -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scale", "huber"), [("log risk", 1e-3), ("log risk", None), ("risk", None), ("log reducible", None)])
@pytest.mark.parametrize("truth", [(0.7, 0.6, 1.3, 0.4), (4.0, 1.1, 1.5, 0.5), (0.2, 0.3, 0.5, 1.4)])
def test_exact_laws_are_recovered(scale: Any, huber: float | None, truth: tuple[float, ...]) -> None:
    first, p, second, q = truth
    found = fit_risk(M, N, 1 + first * M**-p + second * N**-q, 1.0, Protocol(scale, huber))
    np.testing.assert_allclose([*found.amplitudes, *found.exponents], [first, second, p, q], rtol=1e-6)
    np.testing.assert_allclose(sum(found.reducible(M, N)), first * M**-p + second * N**-q, rtol=1e-6)


def test_huber_shrugs_off_an_outlier_that_moves_least_squares() -> None:
    risk = 1 + 0.7 * M**-0.6 + 1.3 * N**-0.4
    risk[0, 0] *= 1.2
    robust, least = (fit_risk(M, N, risk, 1.0, Protocol(huber=huber)).exponents for huber in (1e-3, None))
    assert abs(robust[0] - 0.6) < 0.01
    assert abs(least[0] - 0.6) > 0.05


def test_every_start_finds_the_same_minimum_on_noisy_data() -> None:
    rng = np.random.default_rng(0)
    risk = (1 + 0.7 * M**-0.6 + 1.3 * N**-0.4) * (1 + 0.005 * rng.standard_normal((6, 9)))
    found = fit_risk(M, N, risk, 1.0)
    again = fit_risk(M, N, risk, 1.0, start=fit_risk(M, N, 1 + M**-1.0 + N**-0.5, 1.0))
    np.testing.assert_allclose(again.exponents, found.exponents, atol=1e-5)
    assert again.loss == pytest.approx(found.loss, rel=1e-9)


def test_limits_drop_points() -> None:
    risk = 1 + 0.7 * M**-0.6 + 1.3 * N**-0.4
    risk[0], risk[:, 0] = 5.0, 5.0
    found = fit_risk(M, N, risk, 1.0, Protocol(huber=None, least_width=16, least_samples=16))
    np.testing.assert_allclose(found.exponents, (0.6, 0.4), rtol=1e-6)


def test_straight_lines() -> None:
    assert slope(N, 3 * N**-0.7) == pytest.approx(-0.7)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": [0.0, 1.0, 2.0, 3.0]}, "width = .*above 0"), ({"risk": [2.0, 1.0, 1.5, 1.2]}, "risk = .*above 1"),
        ({"samples": [1.0, np.inf, 2.0, 3.0]}, "samples = "), ({"samples": [1.0, np.nan, 2.0, 3.0]}, "samples = "),
        ({"protocol": Protocol(least_width=2.0)}, "protocol = .*four points"),
    ],
)  # fmt: skip
def test_bad_data_are_refused(change: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"width": [1.0, 2.0, 3.0, 4.0], "samples": [4.0, 1.0, 3.0, 2.0], "risk": [2.0, 1.9, 1.5, 1.4]}
    with pytest.raises(ValueError, match=message):
        fit_risk(**{**given, **change}, noise=1.0)


# -- uncertainty ------------------------------------------------------------------------------------------------------


def test_bootstrap_errors_are_those_of_repeated_experiments() -> None:
    """A mean's is σ/√n; a fitted exponent's is the scatter over experiments made again."""
    rng, truth = np.random.default_rng(1), 1 + 0.7 * M**-0.6 + 1.3 * N**-0.4
    start = fit_risk(M, N, truth, 1.0)

    def experiment() -> list[Any]:
        common = rng.standard_normal((6, 30, 1))  # a sketch is common to all N
        return list(truth[:, None] * (1 + 0.02 * common + 0.02 * rng.standard_normal((6, 30, 9))))

    def exponents(means: Any) -> tuple[float, float]:
        return fit_risk(M, N, means, 1.0, start=start).exponents

    groups = experiment()
    of_mean = bootstrap(groups, lambda means: means[0, 0], 1000, 0).std()
    assert of_mean == pytest.approx(groups[0][:, 0].std() / np.sqrt(30), rel=0.1)
    real = np.array([exponents(np.array([g.mean(axis=0) for g in experiment()])) for _ in range(60)]).std(axis=0)
    ratio = bootstrap(groups, exponents, 60, 0).std(axis=0) / real
    assert (np.abs(np.log(ratio)) < 0.6).all()


def test_bootstrap_depends_on_the_seed_alone_and_refuses_single_resamples() -> None:
    groups = [np.arange(12.0).reshape(6, 2)]
    first, again, other = (bootstrap(groups, np.sum, 5, seed) for seed in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).any()
    with pytest.raises(ValueError, match="resamples = 1"):
        bootstrap(groups, np.sum, 1, 0)


# -- the theory -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("capacity", "expected", "within"), [(2.0, (1.063, 0.493), 0.008), (1.5, (0.64, 0.30), 0.01)])
def test_the_sharp_theory_is_fitted_by_the_exponents_of_the_design_notes(
    capacity: float, expected: tuple[float, float], within: float
) -> None:
    """They are this project's own (mathematics.md, section 12), with an older quadrature at a = 2."""
    found = evaluate(capacity, np.array(FULL.widths), np.array(FULL.n_samples))
    fit = fit_risk(M, found["effective"], 1 + found["reducible"], 1.0)
    np.testing.assert_allclose(fit.exponents, expected, atol=within)


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_slopes_tend_to_the_asymptotic_exponents(capacity: float) -> None:
    """Each where the other size limits nothing, far beyond the figure."""
    p, q = asymptotic(capacity)
    wide = np.array([1e3, 1e4])
    assert slope(wide, evaluate(capacity, wide, np.array([1e16]))["reducible"][:, 0]) == pytest.approx(-p, rel=3e-3)
    many = evaluate(capacity, np.array([3e5]), np.array([1e5, 3e5]) if capacity == 1.5 else np.array([1e7, 3e7]))
    assert slope(many["effective"][0], many["reducible"][0]) == pytest.approx(-q, rel=0.04)


def test_asymptotic_exponents_are_those_of_the_theorem() -> None:
    np.testing.assert_allclose([asymptotic(a) for a in (1.5, 2.0)], [(0.5, 1 / 3), (1.0, 0.5)])


# -- the experiment ---------------------------------------------------------------------------------------------------


def test_a_small_experiment_agrees_and_says_all(cases: tuple[Case, ...]) -> None:
    found = report(TINY, cases)
    assert found.verdict in ("agree", "undecided")
    text = found.markdown(1.0)
    for words in ("sharp theory", "asymptotic", "range", "z, simulation − theory", "--paper lin2024 --quick --seed 0"):
        assert words in text
    assert "published" not in text  # nothing recalled is
    for case in cases:
        z = (case.estimates["simulation"] - case.estimates["theory"]) / case.estimates["error"]
        assert (np.abs(z[:2]) < 5).all()
        assert found.facts[case.title]["p"]["simulation"] == case.estimates["simulation"][0]
        assert case.excluded == 0


def test_a_wrong_theory_disagrees(cases: tuple[Case, ...]) -> None:
    wrong = {name: values * (3.0 if name == "reducible" else 1.0) for name, values in cases[1].theory.items()}
    assert replace(cases[1], theory=wrong).agreement.verdict == "disagree"
    assert cases[1].agreement.scaled("reducible", 3.0).verdict == "disagree"


def test_numbers_do_not_depend_on_the_workers(cases: tuple[Case, ...]) -> None:
    narrow = replace(TINY, widths=TINY.widths[:1])
    with ThreadPoolExecutor(2) as executor:
        again = measure(narrow, 0, executor, lambda steps: None)
    for name, groups in cases[0].simulated.items():
        np.testing.assert_array_equal(groups[0], again.simulated[name][0])
    other = measure(replace(narrow, seed=1), 0, None, lambda steps: None)
    assert (other.simulated["reducible"][0] != cases[0].simulated["reducible"][0]).all()


def test_all_samples_share_the_sketches(cases: tuple[Case, ...]) -> None:
    for values in cases[0].simulated["approximation"]:
        assert (values == values[:, :1]).all()


def test_papers_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from theory.conventions import CONVENTIONS

    assert set(PAPERS) <= set(CONVENTIONS)
    with pytest.raises(ValueError, match="paper = 'lin2025' .* one of lin2024"):
        reproduce("lin2025")
    monkeypatch.setattr(lin2024, "QUICK", replace(TINY, widths=(4,), n_samples=(10, 20), sketches=4, trials=2))
    monkeypatch.setattr(lin2024, "published", lambda: ((), ()))
    monkeypatch.setattr(lin2024, "report", lambda plan, cases, remade, claims: plan)
    seen: list[tuple[float, float]] = []
    plan: Any = reproduce("lin2024", quick=True, seed=5, progress=lambda done, total: seen.append((done, total)))
    assert (plan.name, plan.seed) == ("quick", 5)
    assert seen[-1] == (60.0, 60.0)


@pytest.mark.slow
def test_the_figure_at_a_third_of_its_reach() -> None:
    """The simulated fits are within three standard errors of the theory's, and no comparison disagrees."""
    plan = replace(FULL, widths=FULL.widths[:4], n_samples=FULL.n_samples[:7])
    cases = [measure(plan, place, None, lambda steps: None) for place in range(len(CAPACITIES))]
    for case in cases:
        assert case.agreement.verdict != "disagree"
        z = (case.estimates["simulation"] - case.estimates["theory"]) / case.estimates["error"]
        assert (np.abs(z[:2]) < 3).all()


# -- as printed -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_figures_and_theorems_as_printed(cases: tuple[Case, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures 1 to 4 with tr H = 1: the design notes' fits on the whole grid; no claim is refuted; the report shows all."""
    monkeypatch.setattr(lin2024, "phases", list)  # tested by themselves
    remade, claims = lin2024.published()
    whole = {figure.printed: figure.fits["all"] for figure in remade}
    np.testing.assert_allclose(whole[FIGURES[0]], (0.72, 0.31), atol=0.006)
    np.testing.assert_allclose(whole[FIGURES[1]], (1.05, 0.49), atol=0.01)
    assert {claim.verdict for claim in claims} == {"confirmed", "undecided", "not published"}
    assert [claim.verdict for claim in claims].count("not published") == 8
    found = report(TINY, cases, remade, claims)
    assert len(found.sections) == 6
    for words in ("Figure 3, a = 2, d = 2000", "Theorem 4.2", "1.09", "not published", "tr H = 1"):
        assert words in found.markdown(1.0)
    assert found.sections[-1].draw() is not None


@pytest.mark.slow
def test_phases_by_evaluation() -> None:
    """η at the largest step and the best one, f = 10¹⁷ to 10²¹, within .02 of the laws; on the sketch where it is reached."""
    found = lin2024.phases()
    assert [claim.verdict for claim in found] == ["confirmed"] * len(POINTS)
    assert not any("not yet asymptotic" in claim.evidence for claim in found)
    for alpha, beta in POINTS:
        law = derived(alpha, beta)
        exact = float(law.risk), float(law.best_risk)
        if 2 * alpha < 1:
            np.testing.assert_allclose(slopes(alpha, beta, law, FAR, False), exact, atol=0.02)
        if (alpha, beta) in SKETCHED:
            np.testing.assert_allclose(slopes(alpha, beta, law, NEAR, True), exact, atol=0.02)
    late = slopes(Fraction(7, 25), Fraction(6, 5), derived(Fraction(7, 25), Fraction(6, 5)), (1e9, 1e13), False)
    assert late[0] > float(phase(Fraction(7, 25), Fraction(6, 5)).risk) + 0.02  # the table is not reached there


def test_a_figure_in_its_own_normalisation() -> None:
    """Signal and eigenvalues divided by Σ i^-a, as two matrices would have it."""
    figure = Printed(1, 2.0, 50, None)
    found = remake(figure, (4, 8), (50, 500))
    eigenvalues = np.arange(1.0, 51.0) ** -2 / (np.arange(1.0, 51.0) ** -2).sum()
    out = figure.sgd.evaluate(
        th.Discrete(eigenvalues, np.ones(50)), n_samples=[[50, 500]], n_features=[[4], [8]], step=0.1, noise=1.0
    )  # fmt: skip
    np.testing.assert_allclose(found.reducible, out.test - 1, rtol=1e-9)
    assert Printed(4, 2.0, 50, None).sgd.averaging == "iterate"
