"""Hermite coefficients of functions whose coefficients are known, to the last digits, and an error bound that holds."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.special
from mpmath import mp, mpf

import theory as th

Moments = tuple[Any, Any, Any]  # Eφ, E gφ, Eφ²
PLACE = 0.3141


def density(x: Any) -> Any:
    return mp.exp(-(x**2) / 2) / mp.sqrt(2 * mp.pi)


def above(x: Any) -> Any:
    return mp.erfc(x / mp.sqrt(2)) / 2


def step(place: Any) -> Callable[[Any], Moments]:
    return lambda s: (above(place / s), density(place / s), above(place / s))


def bent(place: Any) -> Callable[[Any], Moments]:
    """max(h − b, 0); with a = b/s it is s(g − a)₊."""

    def moments(s: Any) -> Moments:
        a = place / s
        return s * (density(a) - a * above(a)), s * above(a), s * s * ((1 + a * a) * above(a) - a * density(a))

    return moments


def power(n: int) -> Callable[[Any], Moments]:
    def moment(k: int) -> Any:
        return mp.fac2(k - 1) if k % 2 == 0 else mpf(0)

    return lambda s: (s**n * moment(n), s**n * moment(n + 1), s ** (2 * n) * moment(2 * n))


def sine(w: Any) -> Callable[[Any], Moments]:
    return lambda s: (mpf(0), w * s * mp.exp(-((w * s) ** 2) / 2), (1 - mp.exp(-2 * (w * s) ** 2)) / 2)


def erf(s: Any) -> Moments:
    return mpf(0), 2 * s / mp.sqrt(mp.pi * (1 + 2 * s * s)), 2 / mp.pi * mp.asin(2 * s * s / (1 + 2 * s * s))


def needle(place: Any, width: Any) -> Callable[[Any], Moments]:
    """exp(−(h − m)²/2w²), whose square is a needle of width w/√2."""

    def mean(s: Any, w: Any) -> Any:
        return w / mp.sqrt(w * w + s * s) * mp.exp(-(place**2) / (2 * (w * w + s * s)))

    return lambda s: (mean(s, width), mean(s, width) * place * s / (width**2 + s * s), mean(s, width / mp.sqrt(2)))


def integrated(function: Callable[[Any], Any]) -> Callable[[Any], Moments]:
    """The same by mpmath's quadrature, for smooth functions."""

    def moments(s: Any) -> Moments:
        def mean(power: int, of: int) -> Any:
            pieces = [-30, -12, -6, -3, -1, 0, 1, 3, 6, 12, 30]
            return mp.quad(lambda g: g**power * function(s * g) ** of * density(g), pieces)

        return mean(0, 1), mean(1, 1), mean(0, 2)

    return moments


KNOWN: dict[str, tuple[Callable[..., Any], Callable[[Any], Moments]]] = {
    "step": (lambda h: 1.0 * (h > 0.3), step(mpf(0.3))),
    "step beside a node": (lambda h: 1.0 * (h > 0.50001), step(mpf(0.50001))),
    "step, true and false": (lambda h: h > 0.3, step(mpf(0.3))),
    "sign": (np.sign, lambda s: (mpf(0), mp.sqrt(2 / mp.pi), mpf(1))),
    "relu": (lambda h: np.maximum(h, 0.0), bent(mpf(0))),
    "relu moved": (lambda h: np.maximum(h + 0.7, 0.0), bent(-mpf(0.7))),
    "absolute value": (np.abs, lambda s: (s * mp.sqrt(2 / mp.pi), mpf(0), s * s)),
    "erf": (scipy.special.erf, erf),
    "tanh": (np.tanh, integrated(mp.tanh)),
    "softplus": (lambda h: np.logaddexp(0.0, h), integrated(lambda h: mp.log(1 + mp.exp(h)))),
    "sine": (np.sin, sine(mpf(1))),
    "fast sine": (lambda h: np.sin(1000.0 * h), sine(mpf(1000))),
    "linear": (lambda h: 3.0 * h, lambda s: (mpf(0), 3 * s, 9 * s * s)),
    "constant": (lambda h: 0.0 * h + 3.0, lambda s: (mpf(3), mpf(0), mpf(9))),
    "zero": (lambda h: 0.0 * h, lambda s: (mpf(0), mpf(0), mpf(0))),
    "cube": (lambda h: h**3, power(3)),
    "h^20": (lambda h: h**20, power(20)),
    "exponential": (np.exp, lambda s: (mp.exp(s * s / 2), s * mp.exp(s * s / 2), mp.exp(2 * s * s))),
    "needle": (lambda h: np.exp(-((h - 0.3) ** 2) / 2e-6), needle(mpf(0.3), mp.sqrt(mpf(1e-6)))),
}


def check(phi: Callable[..., Any], moments: Callable[[Any], Moments], scale: float, largest: float, **options: Any) -> None:
    found = th.hermite_coefficients(phi, scale, **options)
    with mp.workdps(50):
        constant, linear, square = moments(mpf(scale))
        rest = mp.sqrt(abs(square - constant**2 - linear**2))
        errors = [abs(found.constant - constant), abs(found.linear - linear), abs(found.rest - rest)]
        assert max(errors) <= found.error
        assert found.error <= largest * mp.sqrt(square)


@pytest.mark.parametrize("scale", [1.0, 2.0, 0.15])
@pytest.mark.parametrize("name", list(KNOWN))
def test_known_coefficients(name: str, scale: float) -> None:
    phi, moments = KNOWN[name]
    check(phi, moments, scale, 1e-12 if name in ("fast sine", "needle") else 5e-14)


def test_the_step_that_was_off_by_half_a_per_cent() -> None:
    found = th.hermite_coefficients(lambda h: 1.0 * (h > 0.3), 2.0)
    assert found.constant == pytest.approx(scipy.special.ndtr(-0.15), rel=1e-14)
    assert found.linear == pytest.approx(np.exp(-0.15**2 / 2) / np.sqrt(2 * np.pi), rel=1e-14)


def test_the_rest_of_an_almost_linear_function_has_its_digits() -> None:
    """tanh h = h − h³/3 + …: c* = s³ √6/3 (1 + O(s²)), far below the rounding of Eφ² − c₁²."""
    for s in (1e-2, 1e-3):
        with mp.workdps(60):
            constant, linear, square = integrated(mp.tanh)(mpf(s))
            rest = float(mp.sqrt(square - constant**2 - linear**2))
        found = th.hermite_coefficients(np.tanh, s)
        assert found.rest == pytest.approx(rest, rel=1e-13 / s**2, abs=0)
        assert rest == pytest.approx(s**3 * np.sqrt(6) / 3, rel=20 * s**2)


@pytest.mark.parametrize("width", [1e-5, 1e-6])
def test_breakpoints_show_what_is_too_narrow_to_see(width: float) -> None:
    def phi(h: Any) -> Any:
        return np.exp(-(((h - PLACE) / width) ** 2) / 2)

    assert th.hermite_coefficients(phi, 2.0).constant == 0.0
    check(phi, needle(mpf(PLACE), mpf(width)), 2.0, 1e-15 / width, breakpoints=[PLACE])
    assert th.hermite_coefficients(phi, 2.0, breakpoints=PLACE) == th.hermite_coefficients(phi, 2.0, breakpoints=[PLACE])


def test_scale_is_one_when_left_out() -> None:
    assert th.hermite_coefficients(np.tanh) == th.hermite_coefficients(np.tanh, scale=1.0, breakpoints=[])
    assert pickle.loads(pickle.dumps(th.hermite_coefficients(np.tanh))) == th.hermite_coefficients(np.tanh)


@pytest.mark.parametrize("steps", [50, 100_000])
def test_the_bound_holds_where_the_integrals_do_not_converge(steps: int) -> None:
    """A staircase; E g⌊h⌉ = 1 for steps that are small beside the density's scale. A hundred thousand are too many."""

    def stairs(h: Any) -> Any:
        return np.round(h * steps) / steps

    if steps < 10_000:
        check(stairs, lambda s: (mpf(0), mpf(1), 1 + mpf(1) / (12 * steps**2)), 1.0, 1e-12)
    else:
        with pytest.warns(th.QuadratureWarning, match="known to"):
            found = th.hermite_coefficients(stairs)
        assert abs(found.constant) <= found.error
        assert abs(found.linear - 1.0) <= found.error
        assert abs(found.rest - 1.0 / (steps * np.sqrt(12.0))) <= found.error


def test_growth_almost_too_fast_is_warned_of_and_too_fast_is_refused() -> None:
    def gaussian(rate: float) -> Callable[[Any], Any]:
        return lambda h: np.exp(rate * h * h)

    check(gaussian(0.24), lambda s: (1 / mp.sqrt(1 - 2 * mpf(0.24)), mpf(0), 1 / mp.sqrt(1 - 4 * mpf(0.24))), 1.0, 1e-12)
    with pytest.warns(th.QuadratureWarning):
        found = th.hermite_coefficients(gaussian(0.249))
    rest = np.sqrt(1 / np.sqrt(1 - 4 * 0.249) - 1 / (1 - 2 * 0.249))
    assert abs(found.rest - rest) <= found.error < 0.2 * rest
    with pytest.raises(ValueError, match="phi = .*square-integrable"):
        th.hermite_coefficients(gaussian(0.25))


@pytest.mark.parametrize(
    ("argument", "change"),
    [
        ("phi", {"phi": "tanh"}),
        ("phi", {"phi": lambda h: h[:3]}),
        ("phi", {"phi": lambda h: 1j * h}),
        ("phi", {"phi": lambda h: None}),
        ("phi", {"phi": lambda h: np.log(h)}),
        ("phi", {"phi": lambda h: float(h)}),
        ("activation", {"phi": 3, "argument": "activation"}),
        ("scale", {"scale": 0.0}),
        ("scale", {"scale": [1.0]}),
        ("scale", {"scale": np.inf}),
        ("scale", {"scale": "wide"}),
        ("breakpoints", {"breakpoints": [np.nan]}),
        ("breakpoints", {"breakpoints": [np.inf]}),
        ("breakpoints", {"breakpoints": [[0.1]]}),
        ("breakpoints", {"breakpoints": "0.3"}),
    ],
)
def test_bad_input_names_the_argument(argument: str, change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{argument} = .*must be .*; "):
        th.hermite_coefficients(**({"phi": np.tanh} | change))


@pytest.mark.slow
def test_the_bound_holds_for_random_steps() -> None:
    """Sums of four steps at random places and scales, by their closed forms."""
    rng = np.random.default_rng(7)
    for _ in range(100):
        places, weights = rng.normal(size=4) * 2.0, rng.normal(size=4)
        scale = float(np.exp(rng.uniform(-1, 3)))

        def phi(h: Any, places: Any = places, weights: Any = weights) -> Any:
            return np.sum([w * (h > p) for p, w in zip(places, weights, strict=True)], axis=0)

        def moments(s: Any, places: Any = places, weights: Any = weights) -> Moments:
            pairs = [(mpf(float(p)), mpf(float(w))) for p, w in zip(places, weights, strict=True)]
            square = mpmath.fsum(w * v * above(max(p, q) / s) for p, w in pairs for q, v in pairs)
            return (
                mpmath.fsum(w * above(p / s) for p, w in pairs), mpmath.fsum(w * density(p / s) for p, w in pairs), square,
            )  # fmt: skip

        check(phi, moments, scale, 1e-12)
