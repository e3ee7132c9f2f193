"""Forms on cones: what is implied is proved for every capacity and source, not seen at samples."""

from fractions import Fraction

from theory.exponents.algebra.forms import Cone, Form
from theory.exponents.algebra.traces import ALPHA, FIELD, RHO, TWICE, printed, read, specialise

P, N = Form((FIELD.one, FIELD.zero)), Form((FIELD.zero, FIELD.one))
CONE = Cone([P, N - P])


def test_implied_for_all_capacities_and_sources():
    for true in (P, N, N - P, N + P, P * (ALPHA - 1), P * RHO[1], P * (TWICE - RHO[2]), P * (2 - RHO[2]), N * ALPHA - P):
        assert CONE.implies(true)


def test_what_holds_at_samples_alone_is_not_implied():
    """α > 6/5 at every sample, and 2r > 1/5; neither holds for all α > 1, r > 0."""
    for false in (-P, P - N, N - P * ALPHA, P * (ALPHA - FIELD(6) / 5), P * (RHO[1] - FIELD(1) / 5),
                  P * (TWICE - FIELD(1) / 5)):
        assert not CONE.implies(false)


def test_exponents_are_read_as_they_are_printed():
    for element in (ALPHA, TWICE / 2, 1 - 1 / ALPHA, (TWICE + 1) / (ALPHA * TWICE + 2)):
        assert read(printed(element)) == element
    assert specialise((TWICE + 1) / ALPHA - RHO[2], Fraction(7, 4), Fraction(8, 3)) == Fraction(19, 3) / Fraction(7, 4) - 2
