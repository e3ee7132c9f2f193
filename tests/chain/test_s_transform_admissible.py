"""Which expressions are S-transforms: true ones pass, and false ones are refused for the right reason."""

from fractions import Fraction

import numpy as np
import pytest

import theory as th
from theory.chain.s_transforms.laws.series import stieltjes_fraction

S = th.s_transform

TRUE = {
    "no matrix": S(1),
    "white": S.wishart("N"),
    "deep": S.wishart("N") * S.wishart("P") ** 2,
    "projection": S.projection("N", "D"),
    "inverse Wishart": S("1 + 2*d/D"),
    "free lognormal": S("exp(3*d/D)"),
    "Raney 3/2": S("(1 - d/D)**(-1/2)"),
    "AR(1)": S("(sqrt(1 + (beta**2 - 1)*d**2/N**2) + beta*d/N)/(1 - d**2/N**2)"),
    "two atoms": S.diagonal([1.0, 100.0]).normalised() * S.wishart("N"),
    "rows": S.wishart("N", law=np.linspace(1, 5, 30)) * S.projection("P", "D"),
    "density": S.from_density(lambda x: 0.5 + 0 * x, (0, 2)) * S.wishart("P"),
    "moments": S.from_moments([1, 2, 5, 14]) * S.wishart("P"),
    "infinite": S.wishart(law=th.PowerLaw(1.5, 0.4)),
}
FALSE = {
    "scale": ("2 - d/D", "1 at d = 0"),
    "negative variance": ("1 - d/(2*D)", "non-decreasing.* variance were negative"),
    "widening projection": ("(1 - d/D)/(1 - d/(3*D))", "non-decreasing"),
    "pole inside": ("1/(1 - d**2/D**2 - d/D)", "positive and finite"),
    "no variance, but not constant": ("1 + d**2/D**2", r"det\(m_\{i\+l\}\), 0 <= i, l <= 1"),
    "third moment": ("1 + d/D + 3*d**2/D**2", r"det\(m_\{i\+l\+1\}\), 0 <= i, l <= 1"),
    "fourth moment": ("1 + d/D + d**2/D**2", r"det\(m_\{i\+l\}\), 0 <= i, l <= 2"),
    "branch point": ("1 + d/D + d**3/(3*D**3)", "branch point between the positive axis and"),
    "branch point below a pole": ("1/(1 - d/D)**2 + 2*d**3/D**3", "branch point"),
}
SIZES = {"N": 30.0, "P": 60.0, "D": 100.0, "beta": 1.3}


def sizes(transform, dimension="D"):
    return {name: SIZES[name] for name in {*transform.letters, dimension}}


@pytest.mark.parametrize("transform", TRUE.values(), ids=TRUE)
def test_true_ones_pass(transform):
    dimension = 2 if transform is TRUE["two atoms"] else "D"
    given = sizes(transform)
    given = {"N": 30.0} if dimension == 2 else given
    assert transform.check_admissible(dimension, **given) is None


@pytest.mark.parametrize("name", FALSE)
def test_false_ones_are_refused(name):
    expression, reason = FALSE[name]
    with pytest.raises(ValueError, match=f"S = STransform.* is not admissible: S must be .*{reason}"):
        S(expression).check_admissible(D=100)


def test_a_branch_point_is_a_negative_moment_determinant_further_on():
    """What the half-plane says at once, moments say only at the thirteenth: both are right."""
    moments = [Fraction(int(m.p), int(m.q)) for m in S(FALSE["branch point below a pole"][0]).moments(13, 1, D=1)]
    assert len(stieltjes_fraction(moments[:12])) == 12
    with pytest.raises(ValueError, match=r"det\(m_\{i\+l\+1\}\), 0 <= i, l <= 6"):
        stieltjes_fraction(moments)


def test_a_quotient_is_tested_as_a_whole():
    law = [1.0, 2.0, 6.0]
    taken = S.diagonal(law).normalised() * S.wishart("N") / S.diagonal(law).normalised()
    taken.check_admissible("D", N=30, D=100)
    with pytest.raises(ValueError, match="non-decreasing"):
        (S.wishart("N") / S.diagonal(law).normalised()).check_admissible(3, N=1000)
    (S.diagonal(law).normalised() * S("1 + d/3")).check_admissible(3)


def test_a_product_may_be_true_though_its_rest_is_not():
    """1 − d/300 alone is no S-transform; times a matrix of larger variance it is: seen only by testing the whole."""
    whole = S.diagonal([1.0, 2.0, 30.0]).normalised() * S.wishart(6) * S("1 - d/60")
    with pytest.raises(ValueError, match="non-decreasing"):
        S("1 - d/60").check_admissible(3)
    whole.check_admissible(3)


def test_the_mean_is_named():
    with pytest.raises(ValueError, match=r"1 at d = 0 .*it is 0\.5: take S\.normalised"):
        S.diagonal([1.0, 3.0]).check_admissible(2)
    S.diagonal([1.0, 3.0]).normalised().check_admissible(2)
