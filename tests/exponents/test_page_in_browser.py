"""The page in a real browser, from disk: nothing fails, nothing is asked for, hands and keys move it, a phone shows it."""

import json
import time
from fractions import Fraction

import pytest

import theory as th
from tests import browser
from tests.exponents.shown import check_exponents, check_numbers, written

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(browser.MISSING), reason=browser.MISSING)]
LAWS = {"random-features": th.random_features(), "flow": th.GradientFlow(th.random_features()), "sgd": th.OnePassSGD()}
WIDE = "return [document.documentElement.scrollWidth, innerWidth]"


@pytest.fixture(scope="module")
def window():
    with browser.Browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The address of each law's page."""
    folder, found = tmp_path_factory.mktemp("pages"), {}
    for name, model in LAWS.items():
        file = folder / f"{name}.html"
        file.write_text(model.exponents().html(title=name), encoding="utf-8")
        found[name] = file.as_uri()
    return found


@pytest.fixture
def opened(window, pages):
    """The page of random features, rested."""
    window.resize(1200, 900)
    window.requests(), window.log("browser")
    window.open(pages["random-features"])
    window.wait("return document.querySelector('#terms tr') !== null")
    return window


def excess(page):
    return page.run("return document.getElementById('answer').textContent")


def settled(page, key, value):
    """Wait for what the address says of a control."""
    page.wait(f"return new URLSearchParams(location.hash.slice(1)).get({json.dumps(key)}) === {json.dumps(value)}")


@pytest.mark.parametrize("name", LAWS)
def test_displayed_exponents_are_those_of_the_law(window, pages, name):
    window.open(pages[name])
    check_exponents(window, LAWS[name].exponents())


def test_displayed_numbers_are_those_of_evaluate(opened):
    model = LAWS["random-features"]
    check_numbers(opened, model, model.exponents())


@pytest.mark.skipif(bool(browser.NO_AXE), reason=browser.NO_AXE)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", LAWS)
def test_accessible(window, pages, name, scheme):
    window.resize(1200, 900)
    window.appear(scheme)
    window.open(pages[name])
    window.wait("return document.querySelector('#terms tr') !== null")
    assert window.violations() == []


@pytest.mark.skipif(bool(browser.NO_AXE), reason=browser.NO_AXE)
def test_what_is_not_accessible_is_found(opened):
    opened.run("document.body.style.color = '#999'; document.querySelector('#powers label').remove()")
    opened.run("document.querySelector('#powers input').removeAttribute('aria-label')")
    found = " ".join(opened.violations())
    assert "color-contrast" in found
    assert "label" in found


def test_nothing_fails_and_nothing_is_asked_for(opened, pages):
    opened.run("document.getElementById('x').value = 'n_features'; document.getElementById('x').onchange()")
    settled(opened, "x", "n_features")
    assert opened.log("browser") == []
    assert {address.partition("#")[0] for address in opened.requests()} == {pages["random-features"]}


def test_a_slider_moves_the_law(opened):
    before = excess(opened)
    opened.run("document.getElementById('c-n_samples').focus()")
    opened.press(*["ArrowRight"] * 30)
    settled(opened, "n_samples", "2.5")
    ray = th.random_features().exponents().along(
        capacity=Fraction(3, 2), source=Fraction(2, 5), n_samples=Fraction(5, 2), n_features=1, ridge=Fraction(-3, 2), noise=0
    )
    assert before != excess(opened)
    assert excess(opened) == f"Excess risk ~ {written(ray['excess'])}, where bias dominates."


def test_a_fraction_is_typed(opened):
    opened.run("const box = document.querySelectorAll('#powers input[type=text]')[3]; box.focus(); box.select()")
    opened.press(*"-7/3")
    settled(opened, "noise", "-7/3")
    assert excess(opened) == "Excess risk ~ Λ^(−6/5), where bias dominates."
    opened.press("/")  # no number: the last one stands, and the box says so
    opened.run("draw(20)")
    assert excess(opened) == "Excess risk ~ Λ^(−6/5), where bias dominates."
    assert opened.run("return document.activeElement.getAttribute('aria-invalid')") == "true"


def test_keys_and_the_mouse_move_the_point(opened):
    opened.run("document.getElementById('phases').focus()")
    opened.press("ArrowRight", "ArrowRight", "ArrowUp")
    settled(opened, "n_samples", "1.1")
    settled(opened, "ridge", "-1.45")
    opened.run("document.getElementById('phases').scrollIntoView({block: 'center'})")
    box = opened.run("return document.getElementById('phases').getBoundingClientRect().toJSON()")
    place = box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.4
    opened.move(*place)
    opened.wait("return document.getElementById('hover').textContent.includes('dominates')")
    opened.move(*place, click=True)
    opened.wait("return Number(state.n_samples) > 2")


def test_the_address_brings_the_state_back(opened, pages):
    opened.open("about:blank")
    opened.open(pages["random-features"] + "#n_samples=7%2F3&noise=-inf&x=n_features&at.ridge=1e-3&at.n_samples=inf&y=nonsense")
    assert opened.run("return [state.n_samples, state.noise, state.x, state['at.ridge'], state.y]") == [
        "7/3", "-inf", "n_features", "1e-3", "ridge",
    ]  # fmt: skip
    kappa = opened.run("return document.getElementById('values').textContent").partition("κ = ")[2].partition(";")[0]
    risk = th.random_features().evaluate(th.PowerLaw(1.5, 0.4), n_samples=float("inf"), n_features=300, ridge=1e-3, noise=0.1)
    assert float(kappa) == pytest.approx(float(risk.kappa), rel=1e-6)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", LAWS)
def test_a_phone_shows_it_without_overflow(window, pages, name, scheme):
    window.resize(400, 800)
    window.appear(scheme)
    window.open(pages[name])
    window.wait("return document.querySelector('#terms tr') !== null")
    wide, inside = window.run(WIDE)
    assert wide <= inside == 400
    ground = window.run("return getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")


def test_one_redraw_a_frame(opened):
    opened.run("window.drawn = 0; const whole = draw; draw = n => { window.drawn++; whole(n); }")
    opened.run("for (let i = 0; i < 50; i++) changed()")
    time.sleep(0.8)
    assert 1 <= opened.run("return window.drawn") <= 3
