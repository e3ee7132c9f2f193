"""What is shipped: every package has its __init__, so that a wheel works from a zip too, and the sdist brings its tests.

`.ci/run` builds both and holds them to it; see `.ci/distributions.py`.
"""

import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("theory", "numerics", "derivations", "scaletheory")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_of_a_package_is_a_package(package):
    folders = {source.parent for source in (ROOT / package).rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_every_package_bears_the_distribution_s_mark_and_its_types():
    include = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]["find"]
    assert include["include"] == [f"{package}*" for package in PACKAGES]
    for package in PACKAGES:
        assert (ROOT / package / "py.typed").is_file()


def test_the_source_distribution_takes_whatever_the_tests_and_the_readme_need():
    taken = {line.split()[1] for line in (ROOT / "MANIFEST.in").read_text().splitlines() if line.startswith("graft ")}
    assert {*PACKAGES, "tests", "docs", "benchmarks"} <= taken


def test_test_files_have_names_of_their_own():
    """Two files of one name cannot be collected together: folders of tests are no packages."""
    counts = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in counts.items() if count > 1] == []
