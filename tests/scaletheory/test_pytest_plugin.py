"""The plugin as other projects use it: three lines, in a pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]["pytest11"]
PLUGIN = ("-p", *PLUGINS.values())

ESTIMATOR = """
import numpy as np

def inverse_wishart(rng, n, d):
    x = rng.standard_normal((n, d))
    return np.trace(np.linalg.inv(x.T @ x / n)) / d
"""
SETTINGS = '[{"n": 40, "d": 10}, {"n": 60, "d": 10}]'


def run(folder: Path, body: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run one test file in a pytest of its own, with nothing of this project's configuration."""
    (folder / "test_theirs.py").write_text(ESTIMATOR + body)
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "test_theirs.py"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_three_lines(tmp_path: Path) -> None:
    body = f"""
def test_formula(agrees):
    agrees(lambda n, d: 1 / (1 - d / n), inverse_wishart, {SETTINGS}, sizes=("n", "d"))

def test_exact_formula(agrees):
    agrees(lambda n, d: n / (n - d - 1), inverse_wishart, {SETTINGS})

def test_chain(agrees):
    import theory as th
    agrees(th.linear_ridge(), th.Isotropic(16), [dict(n_samples=24, ridge=0.1, noise=0.1)], trials=20)
"""
    result = run(tmp_path, body, *PLUGIN)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "3 passed" in result.stdout


def test_wrong_and_vague_formulas_fail_with_the_table(tmp_path: Path) -> None:
    body = f"""
def test_wrong(agrees):
    agrees(lambda n, d: 1.03 * n / (n - d - 1), inverse_wishart, {SETTINGS})

def test_vague(agrees):
    agrees(lambda n, d: n / (n - d - 1), inverse_wishart, {SETTINGS}, trials=5, max_trials=5)
"""
    result = run(tmp_path, body, *PLUGIN)
    assert result.returncode == 1
    assert "2 failed" in result.stdout
    assert "formula and simulation: disagree" in result.stdout
    assert "formula and simulation: undecided" in result.stdout
    assert "raise max_trials=" in result.stdout
    assert "n=40, d=10" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_bad_input_is_an_error_of_the_test(tmp_path: Path) -> None:
    body = f"def test_bad(agrees):\n    agrees(lambda n, d: 1.0, inverse_wishart, {SETTINGS}, trials=0)\n"
    result = run(tmp_path, body, *PLUGIN)
    assert result.returncode == 1
    assert "trials = 0 is not admissible" in result.stdout


def test_without_the_plugin_there_is_no_fixture(tmp_path: Path) -> None:
    result = run(tmp_path, "def test_formula(agrees):\n    pass\n")
    assert result.returncode == 1
    assert "fixture 'agrees' not found" in result.stdout


def test_the_fixture_documents_itself(tmp_path: Path) -> None:
    result = run(tmp_path, "", "--fixtures", *PLUGIN)
    assert "agrees" in result.stdout
    assert "Assert that a formula agrees with a simulation." in result.stdout


HEAVY = ("theory", "numerics", "derivations", "numpy", "scipy", "sympy", "mpmath")


def test_starting_pytest_imports_nothing(tmp_path: Path) -> None:
    body = """
def test_modules(request):
    assert request.config.pluginmanager.has_plugin("scaletheory.pytest_plugin")
    assert BEFORE == []
"""
    (tmp_path / "conftest.py").write_text(f"import builtins, sys\nbuiltins.BEFORE = [n for n in {HEAVY} if n in sys.modules]\n")
    result = run(tmp_path, body, *PLUGIN)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("packaged", [True, False], ids=["package", "folder"])
def test_a_project_with_folders_of_the_same_names(tmp_path: Path, packaged: bool) -> None:
    for name in ("theory", "numerics"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "theirs.py").write_text("VALUE = 7\n")
        if packaged:
            (tmp_path / name / "__init__.py").touch()
    theirs = """
def test_theirs():
    from numerics.theirs import VALUE
    assert VALUE == 7
"""
    ours = """
def test_formula(agrees):
    agrees(lambda n: n, lambda rng, n: float(n), [{"n": 5}])
"""
    alone = run(tmp_path, theirs if packaged else "def test_theirs():\n    pass\n", *PLUGIN)
    assert alone.returncode == 0, alone.stdout + alone.stderr
    both = run(tmp_path, ours, *PLUGIN)
    if packaged:  # a folder without __init__.py gives way to a package further down the path
        assert both.returncode == 1
        assert "the package 'theory' that Python finds first is not scaletheory's" in both.stdout
        assert str(tmp_path / "theory" / "__init__.py") in both.stdout
        assert "python -c" in both.stdout
    else:
        assert both.returncode == 0, both.stdout
