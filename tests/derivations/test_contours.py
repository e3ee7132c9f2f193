"""Contours of training in derivations: closed forms against mpmath and a sum over the circle, sums against the evaluator."""

import numpy as np
import pytest
import sympy
from mpmath import mp

import theory as th
from derivations import Derivation
from derivations.language.grammar import parse
from derivations.settings.contours import RIDGES, Flow, descent, flow
from derivations.settings.training import Training
from theory.notation import KAPPA, KAPPA_PRIMED

s, s1 = RIDGES
x, y, t = sympy.symbols("x y t", positive=True)
BODIES = {
    "a mode": s / (x + s),
    "two modes": s**2 / ((x + s) * (y + s)),
    "a double pole": x * s / (x + s) ** 2,
    "a triple pole": s / (x + s) ** 3,
    "powers": 1 / s**2 + s ** sympy.Rational(-1, 3) + 2 * s ** sympy.Rational(5, 7),
    "all of it": (1 + sympy.sqrt(s)) * 3 / sympy.sqrt(s) - s / (x + 2 * s),
}


@pytest.mark.parametrize("what", BODIES)
def test_flow_is_the_inverse_laplace_transform(what):
    at = {x: 0.7, y: 1.9, t: 1.3}
    with mp.workdps(30):
        function = sympy.lambdify(s, (BODIES[what] / s).subs(at), "mpmath")
        wanted = mp.invertlaplace(function, at[t], method="talbot", degree=60)
        assert float(flow(BODIES[what], t).subs(at)) == pytest.approx(float(wanted), rel=1e-12)


@pytest.mark.parametrize("what", ["a mode", "two modes", "a double pole", "a triple pole"])
def test_descent_is_a_sum_over_a_circle(what):
    at, n, step = {x: 0.7, y: 1.9}, 9, 0.3
    ring = 5 * np.exp(2j * np.pi * np.arange(256) / 256)
    function = sympy.lambdify(s, BODIES[what].subs(at) + 0 * s, "numpy")
    wanted = np.mean((1 + step * ring) ** n * function(ring)).real
    found = float(descent(BODIES[what], sympy.Integer(n), sympy.Float(step)).subs(at))
    assert found == pytest.approx(wanted, rel=1e-10)


def test_flow_in_two_ridges_is_one_after_the_other():
    body = (1 - s / (x + s)) * (1 - s1 / (y + s1))
    assert sympy.simplify(flow(body, t, 2 * t) - (1 - sympy.exp(-x * t)) * (1 - sympy.exp(-2 * y * t))) == 0


@pytest.mark.parametrize(
    ("body", "times", "said"),
    [(s, (), "one time for each ridge"), (s, (t, t, t), "one time for each ridge"), (s * s1, (t,), "a second time"),
     (s / (1 + s**2 + s**3), (t,), "linear functions of s"), (sympy.sqrt(s) / (x + s), (t,), "linear functions of s")],
)  # fmt: skip
def test_flow_refuses_what_it_cannot_integrate(body, times, said):
    with pytest.raises(ValueError, match=said):
        flow(body, *times)


def test_what_has_no_closed_form_is_summed_over_the_ridges_of_the_chain():
    """The test risk, by polarisation of the least objective, at one time and at two, against the evaluator."""
    model = th.random_features()
    setting = Training(model)
    D = Derivation("Sums.", setting=setting)
    for text in ("R1 = 1 - d/P", "λ = κ R1 (1 - d/N)", "L = (T + σ²) R1", "C1 = L - λ (L - L')/(λ - λ')", "C0 = C1/(R1 R1')"):
        D.let(text)
    case = {"P": 0.6, "N": 1.5, "t": 7, "σ²": 0.1}
    system = setting.experiment(20, case, D.scope)
    given = {key: value for key, value in system.arguments.items() if key not in ("task", "ridge", "time")}
    risk = th.GradientFlow(model).evaluate(system.arguments["task"], time=7, **given)
    pair = th.GradientFlow(model).correlation(system.arguments["task"], time=(7, 21), **given)
    D.letter("t'")
    for text, wanted in (("flow(C0, t, t)", risk.test), ("flow(C1, t, t)", risk.train), ("flow(L, 2 t)", risk.train),
                         ("flow(C0, t, 3 t)", pair.test)):  # fmt: skip
        expression = D.scope.value(parse(text, D._functions, ()).right)
        assert expression.atoms(Flow)
        assert float(setting.evaluate(expression, system.point)) == pytest.approx(float(wanted), rel=1e-9)


def test_functions_of_one_ridge_have_one_time():
    with pytest.raises(ValueError, match="a second time"):
        flow(KAPPA.symbol * KAPPA_PRIMED.symbol, t)
