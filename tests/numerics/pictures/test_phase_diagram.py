"""Phase diagrams and slopes: every region against the law's own rays, every line against what it is said to be."""

import math
import time
from fractions import Fraction

import numpy as np
import pytest

import theory as th
from numerics.pictures import figures
from numerics.pictures.phase_regions import area, phase_regions

MODEL = th.random_features()
LAW = MODEL.exponents()
SETTINGS = [
    (Fraction(3, 2), Fraction(2, 5), 0), (Fraction(3, 2), Fraction(2, 5), -math.inf),
    (Fraction(3, 2), Fraction(4, 5), Fraction(-1, 2)), (2, Fraction(3, 4), -math.inf),
    (Fraction(6, 5), Fraction(7, 5), -2), (3, Fraction(1, 4), Fraction(1, 3)),
]  # fmt: skip
WINDOW = (-1.0, 6.0, 0.0, 3.0)


def at(regions, ridge, width):
    return next(region for region in regions if region.contains(ridge, width))


def texts(figure):
    (axes,) = figure.axes
    return [text.get_text() for text in axes.texts] + figure.get_supxlabel().split("\n")


@pytest.mark.parametrize(("capacity", "source", "noise"), SETTINGS)
def test_regions_are_what_the_law_says_along_rays(capacity, source, noise):
    regions = phase_regions(LAW, capacity, source, window=WINDOW, noise=noise)
    rng = np.random.default_rng(5)
    seen = set()
    for _ in range(80):
        ell, q = Fraction(int(rng.integers(-999, 6000)), 1009), Fraction(int(rng.integers(1, 3000)), 1013)
        ray = LAW.along(capacity=capacity, source=source, n_samples=1, n_features=q, ridge=-ell, noise=noise)
        region = at(regions, float(ell), float(q))
        x, y, z = region.coefficients
        assert x * ell + y * q + z == ray["excess"]
        dominant = (ray.dominant,) if isinstance(ray.dominant, str) else ray.dominant
        kinds = {"bias": ("bias",), "feature variance": ("features",), "sample variance": ("samples",)}
        assert "noise" in dominant if region.kind == "label noise" else dominant == kinds[region.kind]
        kappa = {"ridge": -ell, "data": Fraction(-capacity), "width": -capacity * q}
        assert ray.kappa == kappa[region.limit] == max(kappa.values())
        seen.add(region.words)
    assert len(seen) >= 3


@pytest.mark.parametrize(("capacity", "source", "noise"), SETTINGS)
def test_regions_tile_the_window(capacity, source, noise):
    regions = phase_regions(LAW, capacity, source, window=WINDOW, noise=noise)
    assert sum(area(polygon) for region in regions for polygon in region.polygons) == pytest.approx(21.0)
    assert len({(region.words, region.coefficients) for region in regions}) == len(regions)


def test_words_and_formulas_at_known_points():
    regions = phase_regions(LAW, 1.5, 0.4, window=WINDOW, noise=0)
    known = {
        (0.3, 1.0): ("bias, ridge-limited", r"$P^{-4\ell/5}$", r"$\kappa\sim \lambda$"),
        (1.0, 1.2): ("label noise", r"$P^{2\ell/3 -1}$", r"$\kappa\sim \lambda$"),
        (2.0, 1.5): ("label noise", "$P^{0}$", r"$\kappa\sim P^{-3/2}$"),
        (2.0, 0.7): ("label noise", "$P^{q -1}$", r"$\kappa\sim N^{-3/2}$"),
        (1.5, 0.2): ("bias, width-limited", "$P^{-6q/5}$", r"$\kappa\sim N^{-3/2}$"),
        (-0.5, 1.0): ("nothing is learnt", "$P^{0}$", r"$\kappa\sim \lambda$"),
    }
    for point, expected in known.items():
        region = at(regions, *point)
        assert (region.words, region.formula, region.kappa) == expected
    quiet = phase_regions(LAW, 2, 0.75, window=WINDOW, noise=-math.inf)
    assert [(at(quiet, *p).words, at(quiet, *p).formula) for p in ((1.5, 1.2), (2.5, 1.5), (2.5, 2.5), (2.0, 0.5))] == [
        ("feature variance", r"$P^{-\ell/2 -q}$"), ("feature variance", "$P^{-q -1}$"), ("bias, data-limited", "$P^{-3}$"),
        ("feature variance", "$P^{-2q}$"),
    ]  # fmt: skip


def test_the_grid_of_the_law_agrees_with_the_polygons():
    ridge, width = np.meshgrid(np.linspace(0, 3, 40) + 1e-4, np.linspace(0, 2, 40) + 1e-4)
    values, _ = LAW.on_grid(capacity=1.5, source=0.8, n_samples=1.0, n_features=width, ridge=-ridge, noise=-0.5)
    regions = phase_regions(LAW, 1.5, 0.8, window=(0, 4, 0, 3), noise=-0.5)
    found = [at(regions, *point).exponent(*point) for point in zip(ridge.ravel(), width.ravel(), strict=True)]
    np.testing.assert_allclose(found, values["excess"].ravel(), atol=1e-9)


def test_the_picture_names_every_region_and_is_quick(tmp_path):
    start = time.perf_counter()
    figure = figures.phase_diagram(LAW, 1.5, 0.8, noise=-0.5, mark=(0.5, 0.25))
    figures.save(figure, tmp_path / "phases.png")
    assert time.perf_counter() - start < 10
    (axes,) = figure.axes
    shown = "\n".join(texts(figure)).replace("\n", " ").replace("  ", " ")
    regions = phase_regions(LAW, 1.5, 0.8, window=(*axes.get_xlim(), *axes.get_ylim()), noise=-0.5)
    for region in regions:
        assert region.formula in shown
        assert region.words in shown
    assert len({region.words for region in regions}) == 3
    assert len(axes.patches) == len(regions)
    assert [line.get_xydata().tolist() for line in axes.lines if line.get_marker() == "X"] == [[[0.5, 0.25]]]
    assert axes.get_title(loc="left") == r"$\alpha = 1.5$,  $r = 0.8$,  $\sigma^2 \sim P^{-1/2}$"


def test_labels_lie_in_their_regions():
    figure = figures.phase_diagram(LAW, 1.5, 0.4)
    (axes,) = figure.axes
    regions = phase_regions(LAW, 1.5, 0.4, window=(*axes.get_xlim(), *axes.get_ylim()), noise=0)
    for text in axes.texts:
        if text.get_text().startswith("$P"):
            assert at(regions, *text.xy).formula == text.get_text()


def test_borders_are_solid_where_kappa_changes_and_dashed_where_it_does_not():
    (axes,) = figures.phase_diagram(LAW, 1.5, 0.4, noise=0).axes
    for line in axes.lines:
        (l0, q0), (l1, q1) = line.get_xydata()
        lines = [(q0, 1.0, q1, 1.0), (l0, 1.5, l1, 1.5), (l0, 1.5 * q0, l1, 1.5 * q1)]
        kappa_changes = any(np.allclose([a, c], [b, d]) for a, b, c, d in lines)
        assert (line.get_linestyle() == "-") == kappa_changes
    assert {line.get_linestyle() for line in axes.lines} == {"-", "--"}


def test_feature_noise_is_a_direction_like_others():
    law = th.Chain(th.Samples(), th.FeatureNoise(), th.GaussianFeatures()).exponents()
    regions = phase_regions(law, 1.5, 0.4, window=(0, 3, 0, 3), noise=-math.inf, feature_noise=-1)
    region = at(regions, 2.0, 0.8)
    assert (region.words, region.formula, region.kappa) == ("bias, feature-noise-limited", "$P^{-4/5}$", r"$\kappa\sim \mu^2$")
    assert at(regions, 2.0, 1.5).kappa == r"$\kappa\sim \mu^2 N/P$"
    assert at(regions, 2.0, 2.5).words == "nothing is learnt"


@pytest.mark.parametrize("model", [th.linear_ridge(), th.deep_random_features(2), th.Chain(th.GaussianFeatures())])
def test_other_chains_are_refused(model):
    with pytest.raises(ValueError, match="law = .*samples and one feature layer"):
        figures.phase_diagram(model.exponents(), 1.5, 0.4, noise=-math.inf)


BAD = [({"capacity": 0.5}, "capacity = 0.5"), ({"source": 0}, "source = 0"), ({"noise": math.inf}, "noise = inf"),
       ({"window": (1, 0, 0, 1)}, "window"), ({"window": (0, 1, -1, 1)}, "window"), ({"n_dims": 1}, "n_dims")]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), BAD)
def test_bad_input(change, words):
    with pytest.raises(ValueError, match=words):
        figures.phase_diagram(LAW, **{"capacity": 1.5, "source": 0.4, **change})


# --- slopes ---

P = np.geomspace(10, 1e14, 40)
TASK = th.PowerLaw(1.5, 0.4)
POWERS = {"n_features": 1.5, "ridge": -1.2, "noise": 0}


def test_slopes_show_the_evaluated_risk_its_slopes_and_the_exponents():
    above, below = figures.slopes(MODEL, TASK, P, amplitudes={"noise": 0.1}, **POWERS).axes
    arguments = {"n_samples": P, "n_features": P**1.5, "ridge": P**-1.2, "noise": 0.1}
    risk, local = MODEL.evaluate(TASK, **arguments), MODEL.local_exponents(TASK, **arguments)
    ray = LAW.along(capacity=1.5, source=0.4, n_samples=1, **POWERS)
    curves = {line.get_label(): line.get_ydata() for line in above.lines}
    np.testing.assert_array_equal(curves["excess"], risk.excess)
    np.testing.assert_array_equal(curves["bias"], risk.bias)
    np.testing.assert_array_equal(curves["var. samples × noise"], risk.variance["samples", "noise"])
    lower = {line.get_label(): line.get_ydata() for line in below.lines}
    np.testing.assert_allclose(lower["bias"], local.along("bias", n_samples=1, n_features=1.5, ridge=-1.2))
    assert lower["excess"][-1] == pytest.approx(ray["excess"], abs=0.01)
    flat = {float(np.unique(line.get_ydata())[0]) for line in below.lines if np.ptp(line.get_ydata()) == 0}
    keys = set(ray.terms) - {"test", "train"}
    assert sorted(flat) == pytest.approx(sorted({float(ray[key]) for key in keys}))
    assert "−0.96" in {text.get_text() for text in below.texts}
    assert above.get_title(loc="left").endswith(r"$N = \,P^{1.5}$,  $\lambda = \,P^{-1.2}$,  $\sigma^2 = 0.1$")


def test_slopes_leave_out_what_vanishes_and_lines_beside_logarithms():
    _, below = figures.slopes(MODEL, th.PowerLaw(1.5, 0.5), P, n_features=2, ridge=-1, noise=-math.inf).axes
    labels = [line.get_label() for line in below.lines if not line.get_label().startswith("_")]
    assert labels == ["excess", "bias", "var. samples", "var. features", "var. samples × features"]
    ray = LAW.along(capacity=1.5, source=0.5, n_samples=1, n_features=2, ridge=-1)
    assert set(ray.logarithms) == {"features", ("samples", "features")}
    flat = [line for line in below.lines if np.ptp(line.get_ydata()) == 0]
    assert sorted(float(line.get_ydata()[0]) for line in flat) == pytest.approx(
        sorted({float(ray[key]) for key in ("bias", "samples")})
    )


@pytest.mark.parametrize(
    ("n_samples", "change", "words"),
    [([10, 5], {}, "n_samples"), ([10], {}, "n_samples"), ([-1, 5], {}, "n_samples"), (P, {"n_features": -1}, "n_features"),
     (P, {"amplitudes": {"n_dims": 2}}, "amplitudes = 'n_dims'"), (P, {"ridge": math.inf}, "ridge")],
)  # fmt: skip
def test_bad_slopes(n_samples, change, words):
    with pytest.raises(ValueError, match=words):
        figures.slopes(MODEL, TASK, n_samples, **{**POWERS, **change})


def test_an_allocation_is_drawn_with_its_slopes():
    C = np.geomspace(1e4, 1e8, 5)
    figure = figures.allocation_figure(
        C, {"n_samples": C**0.7, "n_features": C**0.3, "ridge": C**-0.5}, C**-0.4,
        {"n_samples": (0.7, 0.7), "n_features": (0.3, 0.3), "ridge": (-math.inf, -0.5), "risk": (-0.4, -0.4)}, "P·N",
    )  # fmt: skip
    sizes, ridge, risk = figure.axes
    labels = [line.get_label() for line in sizes.lines]
    assert labels == ["samples $P$", r"$\sim C^{0.7}$", "features $N$", r"$\sim C^{0.3}$"]
    assert [line.get_label() for line in ridge.lines] == ["numerical", r"$\lesssim C^{-0.5}$"]
    for axes in figure.axes:
        for points, line in zip(axes.lines[::2], axes.lines[1::2], strict=True):
            np.testing.assert_allclose(points.get_ydata(), line.get_ydata(), rtol=1e-9)
    assert (risk.get_xlabel(), risk.get_ylabel()) == ("cost $C$ = P·N", "excess risk")
    with pytest.raises(ValueError, match="budget"):
        figures.allocation_figure([1.0], {}, [1.0], {"risk": (0, 0)}, "P")
