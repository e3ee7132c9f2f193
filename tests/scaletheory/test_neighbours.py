"""Generic import names: a package of the same name that comes first is seen, and said."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from scaletheory.neighbours import PACKAGES, ForeignPackageError, check_ours

ROOT = Path(__file__).resolve().parents[2]


def test_ours_pass():
    check_ours()


@pytest.mark.parametrize("name", PACKAGES)
def test_a_foreign_package_is_named_with_its_place(name, monkeypatch):
    foreign = ModuleType(name)
    foreign.__file__ = f"/elsewhere/{name}/__init__.py"
    monkeypatch.setitem(sys.modules, name, foreign)
    with pytest.raises(ForeignPackageError, match=rf"the package '{name}' .* is /elsewhere/{name}/__init__.py: start from"):
        check_ours()


def test_a_foreign_folder_without_init(monkeypatch):
    foreign = ModuleType("theory")
    foreign.__path__ = ["/elsewhere/theory"]
    monkeypatch.setitem(sys.modules, "theory", foreign)
    with pytest.raises(ForeignPackageError, match="/elsewhere/theory"):
        check_ours()


def test_the_command_line_refuses_the_wrong_ones(tmp_path):
    (tmp_path / "theory").mkdir()
    (tmp_path / "theory" / "__init__.py").touch()
    done = subprocess.run(
        [sys.executable, "-m", "scaletheory", "--version"], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: the package 'theory' that Python finds first is not scaletheory's, it is ")
    assert done.stderr.count("\n") == 1
