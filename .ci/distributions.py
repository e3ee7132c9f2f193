"""Build the source distribution and the wheel, and hold both to what they promise.

The wheel works from a zip: every module, the command, the pytest plugin and a derivation. The tests of the unpacked sdist are
those of the repository, collected without an error. Usage: `python .ci/distributions.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FROM_ZIP = """
import importlib, importlib.metadata, pkgutil, sys
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
import derivations, numerics, scaletheory, theory
packages = (theory, numerics, derivations, scaletheory)
found = [name for package in packages for _, name, _ in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
modules = [name for name in found if not name.endswith("__main__")]
for name in modules:
    module = importlib.import_module(name)
    assert module.__file__.startswith(sys.argv[1]), module.__file__
(ours,) = importlib.metadata.distributions(path=[sys.argv[1]])
assert {"console_scripts", "pytest11"} == {entry.group for entry in ours.entry_points if entry.load()}
from derivations.system.discover import load, names
assert "linear-ridge" in names(), names()
assert load("linear-ridge").check()
assert "scaletheory/law/1" in theory.linear_ridge().exponents().html()
print(f"{len(modules)} modules and {len(names())} derivations, from the wheel as a zip")
"""
INSTALLED = """
import sys, scaletheory as st
assert st.theory.__file__.startswith(sys.argv[1]), st.theory.__file__
task = st.Isotropic(10)
print("installed: test risk", float(st.linear_ridge().evaluate(task, n_samples=20, ridge=0.1).test.round(6)))
"""


def output(*command: str | Path, **options: object) -> str:
    """Return what a command prints, or fail with it."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))[:200]}\n{done.stdout}{done.stderr}")
    return str(done.stdout)


def collected(folder: Path) -> set[str]:
    """Return the tests that pytest collects in a folder."""
    listed = output(sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", cwd=folder)
    return {line for line in listed.splitlines() if "::" in line}


def main() -> None:
    """Build in a temporary folder, and check."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        output(sys.executable, "-m", "build", "-o", place, ROOT)
        (wheel,), (sdist,) = place.glob("*.whl"), place.glob("*.tar.gz")
        print(output(sys.executable, "-c", FROM_ZIP, wheel, cwd=place, env=os.environ | {"PYTHONPATH": str(wheel)}), end="")
        installed = place / "installed"
        output(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", installed, wheel)
        alone = os.environ | {"PYTHONPATH": str(installed)}
        print(output(sys.executable, "-c", INSTALLED, installed, cwd=place, env=alone), end="")
        with tarfile.open(sdist) as archive:
            archive.extractall(place / "source", filter="data")
        (unpacked,) = (place / "source").iterdir()
        with ThreadPoolExecutor() as side_by_side:
            here, there = side_by_side.map(collected, (ROOT, unpacked))
        if here != there:
            sys.exit(f"tests missing from the sdist, or strange to it: {sorted(here ^ there)[:10]}")
        print(f"{len(there)} tests collected from the unpacked sdist")


if __name__ == "__main__":
    main()
