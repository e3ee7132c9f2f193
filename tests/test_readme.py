"""The README and the tour tell the truth: their examples run, in order, each in one session."""

import ast
import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import numerics as nm
import theory as th
from tests.blocks import blocks, run_blocks

README = Path(__file__).parent.parent / "README.md"
TOUR = README.parent / "docs" / "tour.md"
TEXT = "".join(document.read_text(encoding="utf-8") for document in (README, TOUR))


@pytest.fixture(scope="module")
def readme():
    """Everything that the tour's examples have made, and what they and the README's printed."""
    pytest.importorskip("sklearn")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        run_blocks(README)
        session = run_blocks(TOUR)
    return session, printed.getvalue()


def test_examples_run(readme):
    for expected in (
        "Eq(lambda, kappa*(1 - df1(kappa)/N)*(1 - df1(kappa)/P))",
        "Eq(lambda, kappa*(1 - df1(kappa)/N)**2*(1 - df1(kappa)/P))",
        "(B*(a + abar*t_N) + T2*a*u_N + sigma2*(a + abar*t_N))/(a*(t_N + t_P*u_N) + abar*t_N*t_P)",
        "ridge = -1.0 is not admissible: ridge must be at least -0.001",
    ):
        assert expected in readme[1]
        assert expected in TEXT


def declared(name):
    """The lines of a class that the tour declares."""
    (block,) = (block for block in blocks(TOUR) if f"class {name}(" in block)
    node = next(node for node in ast.parse(block).body if isinstance(node, ast.ClassDef) and node.name == name)
    return block.splitlines()[node.lineno - 1 : node.end_lineno]


def test_a_layer_of_one_s_own_is_two_gaussian_ones_in_every_answer(readme):
    assert len(declared("Doubled")) <= 40
    own, pair = readme[0]["doubled"], th.Chain(th.Samples(), th.GaussianFeatures(), th.GaussianFeatures())
    task, given = th.PowerLaw(1.5, 0.4), {"n_samples": [40.0, 60.0], "ridge": [1e-2, 0.0], "noise": 0.1}
    one, two = own.evaluate(task, n_features=80, **given), pair.evaluate(task, n_features_1=80, n_features_2=80, **given)
    precise = own.evaluate(task, n_features=80, precision=30, **given)
    for name in ("kappa", "test", "train", "bias"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-13)
        np.testing.assert_allclose(getattr(one, name), getattr(precise, name).astype(float), rtol=1e-13)
    grid = {"ridge": [1e-2, 1e-2 + 1e-2j, -1e-2 + 1e-1j], "n_samples": 40, "noise": 0.1}
    one, two = own.two_point_at(task, n_features=80, **grid), pair.two_point_at(task, n_features_1=80, n_features_2=80, **grid)
    assert one.converged.all()
    for name in ("kappa", "test", "train"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-12)
    ray = {"capacity": 1.5, "source": 0.4, "n_samples": 1, "ridge": -1.5}
    expected = pair.exponents().along(**ray, n_features_1=2, n_features_2=2)
    assert own.exponents().along(**ray, n_features=2)["test"] == expected["test"]
    finite = th.PowerLaw(1.5, 0.4).truncate(100)
    sizes = {"n_samples": 60, "n_features": 80, "ridge": 1e-2, "noise": 0.1}
    theory, measured = own.evaluate(finite, **sizes), nm.simulate(own, finite, **sizes, trials=200, seed=1, complex=True)
    for name in ("test", "train", "bias"):
        estimate = getattr(measured, name)
        allowance = 1 / 60**2  # complex matrices: the remainder falls like 1/size²
        assert abs(estimate.mean - getattr(theory, name)) < 4 * estimate.stderr + allowance * estimate.mean, name


def test_images_exist():
    for image in re.findall(r"!\[.*?\]\((.*?)\)", README.read_text(encoding="utf-8")):
        assert (README.parent / image).is_file()


def test_the_advice_on_clashing_names_does_what_it_says(tmp_path):
    (command,) = re.findall(r'python -c "(.*?)"\n', README.read_text(encoding="utf-8"))
    (tmp_path / "theory").mkdir()
    (tmp_path / "theory" / "__init__.py").touch()

    def run(code, folder):
        command = [sys.executable, "-c", code]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)

    for folder in (README.parent, tmp_path):
        assert Path(run(command, folder).stdout.strip()) == folder / "theory" / "__init__.py"
    (complaint,) = re.findall(r"AttributeError: .*", run("import theory; theory.Chain", tmp_path).stderr)
    assert complaint in " ".join(README.read_text(encoding="utf-8").split())


def test_the_first_layer_of_a_deep_network_is_next_to_the_population(monkeypatch):
    assert "# n_features_1 (next to the population)" in TEXT
    drawn, draw = set(), th.GaussianFeatures.draw

    def recorded(self, generator, n_inputs, n):
        drawn.add((n_inputs, n))
        return draw(self, generator, n_inputs, n)

    monkeypatch.setattr(th.GaussianFeatures, "draw", recorded)
    nm.simulate(th.deep_random_features(2), th.Isotropic(30), n_samples=9, n_features_1=20, n_features_2=10, trials=2, seed=0)
    assert drawn == {(30, 20), (20, 10)}  # from the 30 modes of the population to the first layer


def test_a_spectrum_of_one_s_own_is_the_one_that_it_says(readme):
    """Against the modes themselves, a million of them: Σ λ beyond is 1e-4."""
    assert len(declared("Broken")) <= 25
    own, k = readme[0]["broken"], np.arange(1.0, 1e6)
    listed = th.Discrete.from_signal(1 / (k * (1 + k / 100)), k**-2)
    given = {"n_samples": [40.0, 400.0], "ridge": [1e-2, 1e-3], "n_features": 80, "noise": 0.1}
    np.testing.assert_allclose(
        th.random_features().evaluate(own, **given).test, th.random_features().evaluate(listed, **given).test, rtol=1e-3
    )
    at = 2, 1, 2, 0.1 + 0.2j, 0.1 - 0.2j
    np.testing.assert_allclose(own.trace(*at), listed.trace(*at), rtol=1e-9)
