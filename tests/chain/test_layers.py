"""One declaration, every algebra: the layers of the package, and random ones of a user, read alike by all that run `outer`."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import numerics as nm
import theory as th
from numerics.validation.references.two_points import stack
from tests.zoo import admissible_chains, label, sizes
from theory.chain.algebras.own import Own
from theory.chain.algebras.polarise import Triple
from theory.chain.algebras.posynomial import NotPosynomialError, Posynomial
from theory.chain.layers import Level
from theory.chain.ridge_map import ridge_powers
from theory.solve.status import Status

TASK = th.Discrete(*th.PowerLaw(1.3, 0.4).truncate(60).explicit())


class Doubled(th.Layer):
    """As the README has it: two Gaussian layers of one size with nothing between them."""

    letter, default_name, words = "N", "features", "features"

    def outer(self, level, own, noise):
        factor = own.factor(level.dof)
        return level.through(ridge=level.ridge * factor * factor, size=own.size)

    def draw(self, generator, n_inputs, n):
        return generator.standard_normal((n_inputs, n)) @ generator.standard_normal((n, n)) / n


class Stiff(th.Layer):
    """A ridge map that is no monomial: S = (1 + u)/(1 − u)."""

    letter, default_name, words = "N", "features", "features"

    def outer(self, level, own, noise):
        u, t = own.share(level.dof), own.factor(level.dof)
        return level.through(ridge=level.ridge * t / (1 + u), size=own.size)


class Mixed(th.Layer):
    """S = (1 + u²/2)/(1 − u)^3/2 … with an inner sum: anything that falls with d and vanishes at d = n."""

    letter, default_name, words = "N", "features", "features"

    def outer(self, level, own, noise):
        u, t = own.share(level.dof), own.factor(level.dof)
        return level.through(ridge=level.ridge * t * t / (t + u + u * u / 2), size=own.size)


def random_layer(rng):
    """Return a layer with a random admissible ridge map: t^m/(1 + a u + b u²)."""
    power, a, b = map(int, rng.integers((1, 0, 0), (4, 4, 3)))

    class Random(th.Layer):
        letter, default_name, words = "N", "features", "features"

        def outer(self, level, own, noise):
            u, t = own.share(level.dof), own.factor(level.dof)
            return level.through(ridge=level.ridge * t**power / (1 + a * u + b * u * u), size=own.size)

    return Random()


ROWS, WIDE, NOISE = th.Samples(), th.GaussianFeatures(), th.FeatureNoise()
OWN = [th.Chain(ROWS, Doubled()), th.Chain(ROWS, Stiff()), th.Chain(ROWS, WIDE, Mixed()), th.Chain(ROWS, NOISE, Stiff()),
       th.Chain(Mixed())]  # fmt: skip


def plain(task, kappa):
    """Return the population in mpmath."""
    eigenvalues, power = task.explicit()
    dof = mpmath.fsum(mpmath.mpf(e) / (mpmath.mpf(e) + kappa) for e in eigenvalues)
    loss = mpmath.fsum(kappa * mpmath.mpf(e * c) / (mpmath.mpf(e) + kappa) for e, c in zip(eigenvalues, power, strict=True))
    return Level(kappa, dof, 1 - dof / task.size, loss, mpmath.mpf(task.size))


@pytest.mark.parametrize("chain", [*admissible_chains(), *OWN], ids=label)
def test_doubles_solve_what_outer_declares(chain):
    """λ(κ) by running the layers in mpmath gives back the ridge, at easy and hard points; and so does precision=."""
    given = sizes(chain)
    for ridge in (1e-12, 1e-3, 10.0):
        out = chain.evaluate(TASK, ridge=ridge, **given)
        assert out.converged
        with mpmath.workdps(80):
            kappa = chain.evaluate(TASK, ridge=ridge, precision=60, **given).kappa[()]
            assert abs(float(out.kappa) / kappa - 1) < 1e-13
            parameters = [mpmath.mpf(str(given[slot.keyword])) for slot in chain.slots]
            outside = stack(chain.slots.layers, parameters, plain(TASK, kappa), mpmath.mpf(0))[-1]
            assert abs(outside.ridge / mpmath.mpf(str(ridge)) - 1) < 1e-30


@pytest.mark.parametrize("chain", [*admissible_chains(), *OWN], ids=label)
def test_triples_are_divided_differences_of_plain_numbers_real_and_complex(chain):
    given = sizes(chain)
    parameters = [given[slot.keyword] for slot in chain.slots]
    eigenvalues, power = TASK.explicit()

    def population(kappa):
        x = eigenvalues / (eigenvalues + kappa)
        return Level(kappa, x.sum(), 1 - x.sum() / 60, kappa * (power * x).sum(), 60.0)

    for one, two in ((0.9, 0.4), (0.9 + 0.3j, 0.2 - 0.7j)):
        first, second = population(one), population(two)
        values = zip(vars(first).values(), vars(second).values(), strict=True)
        pair = Level(*(Triple(a, b, (a - b) / (one - two)) for a, b in values))
        both = stack(chain.slots.layers, [Triple.constant(p) for p in parameters], pair, Triple.constant(0.3))
        ends = [stack(chain.slots.layers, parameters, inside, 0.3) for inside in (first, second)]
        for level, at_one, at_two in zip(both, *ends, strict=True):
            for name in ("ridge", "dof", "vacancy", "loss"):
                a, b, found = getattr(at_one, name), getattr(at_two, name), getattr(level, name)
                np.testing.assert_allclose([found.value, found.primed], [a, b], rtol=1e-13)
                np.testing.assert_allclose(found.delta, (a - b) / (one - two), rtol=1e-10, atol=1e-12 * abs(a))


def test_random_layers_of_a_user_agree_between_doubles_and_digits():
    rng, worst = np.random.default_rng(7), 0.0
    for count in [1] * 12 + [2] * 3:
        chain = th.Chain(th.Samples(), random_layer(rng), *(th.GaussianFeatures() for _ in range(count - 1)))
        given = {slot.keyword: float(rng.uniform(5, 90)) for slot in chain.slots}
        ridge = 10.0 ** rng.uniform(-14, 2)
        out, precise = chain.evaluate(TASK, ridge=ridge, **given), chain.evaluate(TASK, ridge=ridge, precision=25, **given)
        assert out.converged
        for found, expected in ((out.kappa, precise.kappa), (out.test, precise.test)):
            worst = max(worst, abs(float(found) / float(expected[()]) - 1))
    assert worst < 1e-13


@pytest.mark.parametrize("kind", [th.GaussianFeatures, th.HaarProjection, th.Samples, th.PoolSamples, Doubled])
def test_exponents_of_monomial_maps_are_derived(kind):
    expected = {th.HaarProjection: (1, -1), th.PoolSamples: (1, -1), Doubled: (2, 0)}
    assert ridge_powers(kind()) == expected.get(kind, (1, 0))
    assert ridge_powers(Stiff()) is None


def test_a_map_that_is_no_monomial_says_what_it_cannot_do():
    chain = th.Chain(th.Samples(), Stiff())
    with pytest.raises(ValueError, match="layers = 'Stiff' is not admissible: layers must be of monomial ridge maps"):
        chain.exponents()
    with pytest.raises(ValueError, match="ridge = -0.0001 is not admissible: .*no monomial"):
        chain.evaluate(TASK, n_samples=30, n_features=40, ridge=-1e-4)
    assert chain.evaluate(TASK, n_samples=30, n_features=40, ridge=0.0).status == Status.RIDGELESS
    with pytest.raises(ValueError, match="draw = 'Stiff'"):
        nm.simulate(chain, TASK, n_samples=30, n_features=40, trials=2, seed=0)


class Cancelling(Stiff):
    def outer(self, level, own, noise):
        return level.through(ridge=level.ridge * (1 - level.dof / own.size), size=own.size)


class Rising(Stiff):
    def outer(self, level, own, noise):
        return level.through(ridge=level.ridge / own.factor(level.dof) * (2 - own.factor(level.dof)), size=own.size)


class Shifting(Stiff):
    def outer(self, level, own, noise):
        return level.through(ridge=(level.ridge + own.share(level.dof)) * own.factor(level.dof), size=own.size)


class Consuming(Stiff):
    def outer(self, level, own, noise):
        return level.through(ridge=level.ridge * own.factor(level.dof), dof=level.dof / 2, size=own.size)


class Halving(Stiff):
    def outer(self, level, own, noise):
        return level.through(ridge=level.ridge * own.factor(level.dof / 2), size=own.size)


class Loud(th.FeatureNoise):
    def outer(self, level, own, noise):
        return level.through(ridge=level.ridge * own.factor(level.ridge) ** 2)


class Nameless(th.Layer):
    def outer(self, level, own, noise):
        return level


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (Cancelling, "free of cancellation"), (Rising, "monotone"), (Shifting, "proportional to the ridge"),
        (Consuming, "hands on d"), (Halving, r"own\.factor\(level\.dof\)"), (Loud, "declared as noise"), (Nameless, "letter"),
    ],
)  # fmt: skip
def test_declarations_that_cannot_be_solved_are_refused_at_once(layer, reason):
    with pytest.raises(ValueError, match=reason):
        th.Chain(th.Samples(), th.FeatureNoise() if layer is None else layer(), th.GaussianFeatures())


def test_a_layer_without_outer_is_no_layer():
    class Empty(th.Layer):
        letter, default_name, words = "N", "features", "features"

    with pytest.raises(TypeError, match="outer"):
        Empty()


class TestPosynomials:
    x, y = Posynomial.letter("x"), Posynomial.letter("y")

    def test_they_add_multiply_and_divide(self):
        x, y = self.x, self.y
        assert (x + y) * (x + y) == x**2 + 2 * x * y + y**2
        assert (x + y) / x == 1 + y / x
        assert (x / y) ** -2 == y * y / (x * x)
        assert ((x + y) ** 3).terms[frozenset({("x", 2), ("y", 1)})] == 3
        assert 1 / x == x**-1

    @pytest.mark.parametrize("wrong", [lambda x, y: x - y, lambda x, y: 1 - x, lambda x, y: x / (x + y), lambda x, y: x * -1,
                                       lambda x, y: (x + y) ** -1, lambda x, y: (x + y) ** 0.5])  # fmt: skip
    def test_they_refuse_what_leaves_them(self, wrong):
        with pytest.raises(NotPosynomialError):
            wrong(self.x, self.y)


def test_own_reads_a_parameter_in_any_arithmetic():
    assert Own(4.0).share(1.0) == 0.25
    assert Own(4.0).factor(1.0) == 0.75
    assert Own(0.5, sized=False).share(2.0) == 0.25
    assert Own(4.0).gain(Triple(1.0, 2.0, 1.0)) == pytest.approx(1 / (0.75 * 0.5))
