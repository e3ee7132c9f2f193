"""The README tells the truth: its examples run, in order, in one session."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import numerics as nm
import theory as th
from tests.blocks import run_blocks

README = Path(__file__).parent.parent / "README.md"


def test_examples_run(capsys):
    pytest.importorskip("sklearn")
    run_blocks(README)
    printed = capsys.readouterr().out
    for expected in (
        "Eq(lambda, kappa*(1 - df1(kappa)/N)*(1 - df1(kappa)/P))",
        "(B*(a + abar*t_N) + T2*a*u_N + sigma2*(a + abar*t_N))/(a*(t_N + t_P*u_N) + abar*t_N*t_P)",
        "ridge = -1.0 is not admissible: ridge must be at least -0.001",
    ):
        assert expected in printed
        assert expected in README.read_text(encoding="utf-8")


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
    assert "# n_features_1 (next to the population)" in README.read_text(encoding="utf-8")
    drawn, draw = set(), th.GaussianFeatures.draw

    def recorded(self, generator, n_inputs, n):
        drawn.add((n_inputs, n))
        return draw(self, generator, n_inputs, n)

    monkeypatch.setattr(th.GaussianFeatures, "draw", recorded)
    nm.simulate(th.deep_random_features(2), th.Isotropic(30), n_samples=9, n_features_1=20, n_features_2=10, trials=2, seed=0)
    assert drawn == {(30, 20), (20, 10)}  # from the 30 modes of the population to the first layer
