"""Layers with columns and rows of a law: one pair replaces another, everywhere, and what is no law is refused."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

import theory as th

S, G, H, N = th.Samples, th.GaussianFeatures, th.HaarProjection, th.FeatureNoise
PAIRS = [(th.Chain(S(), G(columns=0.7)), th.Chain(S(), G())),
         (th.Chain(S(), G(), G(columns=[2.0, 1.0])), th.Chain(S(), G(), G())),
         (th.Chain(G(columns=0.3)), th.Chain(G())), (th.Chain(S(rows=0.4), G()), th.Chain(S(), G())),
         (th.Chain(S(rows=0.4), G(columns=1.2), G(columns=0.5)), th.Chain(S(), G(), G()))]  # fmt: skip


def by_name(formula):
    return {symbol.name: symbol for symbol in formula.free_symbols}


@pytest.mark.parametrize(("chain", "white"), PAIRS, ids=str)
def test_every_term_is_the_white_one_with_its_pair_replaced(chain, white):
    for key, formula in chain.formulas.items():
        if key == "train" and chain.slots.data is not None and chain.slots.data.stiffness:
            continue  # E_train = f b E_test, below
        seen = {}
        for slot in chain.slots:
            if slot.stiffness:
                part, rest = slot.pair.part.symbol, slot.pair.complement.symbol
                seen |= {slot.stiffness.part.symbol: part, slot.stiffness.complement.symbol: rest}
        difference = formula.xreplace(seen) - white.formulas[key]
        odds = {}
        for slot in chain.slots:
            u, t = slot.pair.part.symbol, slot.pair.complement.symbol
            odds[t] = 1 - u
        stiffness = by_name(formula)
        if {"a", "abar"} <= stiffness.keys():
            odds[stiffness["abar"]] = 1 - stiffness["a"]
        assert difference.subs(odds).simplify() == 0, key


def test_correlated_rows_train_on_f_b_times_the_test_error_where_noise_is_matched():
    formulas = th.Chain(S(rows=0.4), G()).formulas
    f, b = (by_name(formulas["train"])[name] for name in ("f_P", "b_P"))
    assert (formulas["train"] / formulas["test"] - f * b).simplify() == 0
    white = th.Chain(S(rows=0.4, noise="white"), G()).formulas
    omega, tau, sigma2 = (by_name(white["train"])[name] for name in ("omega_P", "tau_P", "sigma2"))
    matched = th.Chain(S(rows=0.4), G()).formulas
    assert (white["excess"] - matched["excess"].subs(sigma2, omega * sigma2)).simplify() == 0
    assert (white["train"] - f * b * white["excess"] - tau * sigma2).simplify() == 0


def test_what_is_declared_is_read_compared_and_shown():
    assert G(columns=0.7) == G(columns=0.7) != G(columns=0.6)
    assert hash(S(rows=[1.0, 2.0])) == hash(S(rows=[1, 2]))
    shown = str(th.Chain(S(rows=0.5, noise="white"), G(columns=0.7)))
    assert shown == "Chain(Samples(rows=0.5, noise='white'), GaussianFeatures(columns=0.7))"
    assert S(noise=[1.0, 2.0]).law is not None  # heteroscedastic noise on independent rows
    matrix = np.array([[1.0, 0.5], [0.5, 1.0]])
    assert S(rows=matrix).law == S(rows=[1.5, 0.5]).law
    for layer in (G(columns=0.7), S(rows=th.exponential_memory(3.0), noise="white"), S(rows=matrix, noise=[1.0, 0.0])):
        assert pickle.loads(pickle.dumps(layer)) == layer
    chain, wishart = th.Chain(S(), G(columns=0.7)), th.s_transform.wishart("N", law=th.PowerLaw(0.7, 1, size=8))
    assert chain.s_transform(3.0, N=8, P=9) == pytest.approx(wishart(3.0, N=8) / (1 - 3 / 9), rel=1e-14)


class Squared(th.Layer):
    """Two layers of one size and one law with nothing between them, declared by a user."""

    letter, default_name, words = "N", "features", "features"
    law = G(columns=0.6).law

    def outer(self, level, own, noise):
        factor = own.factor(level.dof)
        return level.through(ridge=level.ridge * factor * factor, size=own.size)


def test_a_users_layer_may_have_a_law():
    task, sizes = th.PowerLaw(1.4, 0.5), {"ridge": 1e-3, "noise": 0.1, "n_samples": 30}
    own = th.Chain(S(), Squared()).evaluate(task, n_features=40, **sizes)
    two = th.Chain(S(), G(columns=0.6), G(columns=0.6)).evaluate(task, n_features_1=40, n_features_2=40, **sizes)
    assert float(own.test) == pytest.approx(float(two.test), rel=1e-13)
    assert float(own.train) == pytest.approx(float(two.train), rel=1e-13)


@pytest.mark.parametrize(("make", "words"), [
    (lambda: G(columns=-0.5), "columns = -0.5"), (lambda: G(columns=[1.0, -2.0]), "eigenvalues from -2 to 1"),
    (lambda: S(rows=[[1.0, 2.0], [2.0, 1.0]]), "eigenvalues from -1 to 3"),
    (lambda: S(rows=[[1.0, 2.0], [0.0, 1.0]]), "symmetric"),
    (lambda: G(columns="steep"), "columns = 'steep'"), (lambda: G(columns=[0.0, 0.0]), "not all zero"),
    (lambda: G(columns=math.inf), "columns"), (lambda: G(columns=[[[1.0]]]), "columns"),
    (lambda: S(rows=0.4, noise="pink"), "noise = 'pink'"), (lambda: S(rows=0.4, noise=[-1.0]), "noise"),
    (lambda: S(rows=lambda tau: np.cos(tau)).law.positive(50), "positive definite"),
])  # fmt: skip
def test_what_is_no_law_is_refused(make, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        make()


@pytest.mark.parametrize(("chain", "sizes", "words"), [
    (th.Chain(S(rows=[1.0, 2.0])), {"n_samples": 3}, "n_samples = 3.0.*exactly 2"),
    (th.Chain(S(), G(columns=th.Isotropic(8))), {"n_samples": 5, "n_features": 9}, "n_features = 9.0.*up to 8"),
    (th.Chain(S(rows=0.5)), {"n_samples": 20.5}, "n_samples = 20.5"),
    (th.Chain(S(rows=0.5, noise=[1.0] * 4)), {"n_samples": 5}, "n_samples = 5.0.*4, as many as `noise`"),
])  # fmt: skip
def test_sizes_that_do_not_fit_are_refused_by_name(chain, sizes, words):
    with pytest.raises(ValueError, match=words):
        chain.evaluate(th.Isotropic(10), ridge=0.1, **sizes)


def test_what_is_not_established_for_unmatched_noise_is_refused():
    chain = th.Chain(S(rows=0.5, noise="white"))
    for ask in (lambda: chain.two_point, lambda: chain.two_point_at(th.Isotropic(10), ridge=[0.1, 0.2], n_samples=20),
                lambda: th.GradientFlow(chain).evaluate(th.Isotropic(10), time=3.0, n_samples=20)):  # fmt: skip
        with pytest.raises(ValueError, match="matched"):
            ask()


def test_what_is_not_derived_with_laws_is_refused_and_the_rest_is_found():
    task, chain, sizes = th.PowerLaw(1.5, 0.4), th.Chain(S(rows=0.5), G(columns=0.7)), {"n_samples": 50, "n_features": 80}
    for ask, words in (
        (lambda: chain.local_exponents(task, ridge=0.1, **sizes), "without columns or rows for local slopes"),
        (lambda: chain.optimum(task, {"n_samples": 1, "n_features": 1}, 1e4), "without columns or rows for the best sizes"),
        (lambda: chain.spectrum(task, **sizes), "rational"), (lambda: chain.evaluate(task, ridge=-1e-4, **sizes), "ridge"),
        (lambda: chain.evaluate(task, ridge=-1e-4, precision=20, **sizes), "without columns|with columns"),
    ):
        with pytest.raises(ValueError, match=words):
            ask()
    best = chain.optimal_ridge(task, noise=0.1, **sizes)
    around = chain.evaluate(task, ridge=float(best) * np.array([0.9, 1.0, 1.1]), noise=0.1, **sizes).test
    assert around[1] == pytest.approx(float(best.risk), rel=1e-12)
    assert around[1] < min(around[0], around[2])
    stop = th.GradientFlow(chain).optimum(task, noise=0.1, **sizes)
    assert bool(np.all(stop.converged))
