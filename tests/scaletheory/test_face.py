"""`import scaletheory as st`: the public names, loaded when asked for; names that do not exist lead to those that do."""

import subprocess
import sys

import pytest

import numerics as nm
import scaletheory as st
import theory as th
from tests.scaletheory.invoke import run


def test_the_face_is_that_of_theory():
    for name in th.__all__:
        assert getattr(st, name) is getattr(th, name)
    assert st.numerics is nm
    assert st.derivations.Derivation
    assert {*th.__all__, "numerics", "derivations"} <= set(dir(st))
    with pytest.raises(AttributeError, match="module 'scaletheory' has no attribute 'xyz'$"):
        _ = st.xyz


def test_nothing_is_loaded_before_it_is_asked_for():
    code = "import sys, scaletheory; print(sorted({'theory', 'numerics', 'sympy', 'numpy'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True, timeout=60) == "[]\n"


@pytest.mark.parametrize("face", [th, nm])
def test_completion_shows_public_names_only(face):
    assert {name for name in dir(face) if not name.startswith("__")} == set(face.__all__)


@pytest.mark.parametrize(
    ("asked", "first"),
    [("RandomFeatures", "random_features"), ("nonlinear_features", "NonlinearFeatures"), ("lienar_ridge", "linear_ridge"),
     ("NonlinearRandomFeatures", "nonlinear_random_features"), ("sgd", "OnePassSGD")],
)  # fmt: skip
def test_names_lead_to_one_another_in_python(asked, first):
    with pytest.raises(AttributeError, match=f"has no attribute '{asked}'; did you mean {first}"):
        getattr(th, asked)


@pytest.mark.parametrize(
    ("asked", "first"),
    [("random_features", "random-features"), ("NonlinearFeatures", "nonlinear-random-features"), ("Ridge", "linear-ridge")],
)
def test_names_lead_to_one_another_on_the_command_line(asked, first):
    found = run("risk", asked, "--capacity", "1.5", "--source", "0.4")
    assert found.exit_code == 2
    assert f"did you mean {first}" in found.stderr


def test_each_name_of_a_model_tells_the_others():
    for one, others in {
        th.random_features: ("random-features", "nonlinear_random_features"),
        th.nonlinear_random_features: ("nonlinear-random-features", "NonlinearFeatures"),
        th.NonlinearFeatures: ("nonlinear-random-features", "random_features"),
    }.items():
        assert all(other in one.__doc__ for other in others)
