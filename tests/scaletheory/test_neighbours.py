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


def shadowed(folder, *arguments):
    """The result of Python started in a folder that has a package `theory` of its own."""
    (folder / "theory").mkdir()
    (folder / "theory" / "__init__.py").touch()
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


def test_the_command_line_takes_its_own(tmp_path):
    done = shadowed(tmp_path, "-m", "scaletheory", "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("scaletheory")


def test_the_face_takes_its_own(tmp_path):
    done = shadowed(tmp_path, "-c", "import scaletheory as st; print(st.random_features(), st.numerics.simulate.__name__)")
    assert (done.stdout, done.stderr) == ("Chain(Samples(), GaussianFeatures()) simulate\n", "")


def test_two_of_a_name_do_not_fit_in_one_process(tmp_path):
    done = shadowed(tmp_path, "-c", "import theory; import scaletheory as st; st.random_features")
    assert "the package 'theory' that Python finds first is not scaletheory's, it is " in done.stderr
    assert "or import scaletheory before it" in done.stderr
