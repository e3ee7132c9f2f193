"""Run the core once with the oldest dependencies that pyproject.toml allows, and once with each newer Python at hand.

The floors follow SPEC 0 (https://scientific-python.org/specs/spec-0000/): what was released in the last two years is supported,
and older versions as long as they cost nothing. Usage: `python .ci/floors.py [--pythons]`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("python3.12", "python3.13")
SMOKE = """
import sys
from importlib.metadata import version
import numpy as np
import scaletheory as st

task, model = st.PowerLaw(1.5, 0.4), st.random_features()
risk = model.evaluate(task, n_samples=np.logspace(2, 4, 5), n_features=300, ridge=1e-4, noise=0.1)
parts = risk.bias + 0.1 + sum(risk.variance.values())
np.testing.assert_allclose(risk.test, parts, rtol=1e-12)
precise = model.evaluate(task, n_samples=100, n_features=300, ridge=1e-4, noise=0.1, precision=30)
np.testing.assert_allclose(float(precise.test), risk.test[0], rtol=1e-12)
assert model.exponents().along(capacity=1.5, source=0.4, n_samples=1, n_features=2)["test"] == -1.2
finite = task.truncate(50)
flow = st.GradientFlow(model).evaluate(finite, time=10.0, n_samples=40, n_features=30)
density = model.spectrum(finite, n_samples=40, n_features=30)
measured = st.numerics.simulate(model, finite, n_samples=40, n_features=30, ridge=0.1, trials=20, seed=0)
theory = model.evaluate(finite, n_samples=40, n_features=30, ridge=0.1)
assert abs(measured.test.mean - theory.test) < 5 * measured.test.stderr + 0.1 * theory.test
scope = {}
exec(model.export("python"), scope)
found = scope["risk"](*map(list, finite.explicit()), n_samples=40.0, n_features=30.0, ridge=0.1)
np.testing.assert_allclose(found["test"], theory.test, rtol=1e-10)
names = ("numpy", "scipy", "sympy", "mpmath")
print(f"python {sys.version.split()[0]}, " + ", ".join(f"{name} {version(name)}" for name in names) + ": all right")
"""


def output(*command: str | Path) -> str:
    """Return what a command prints, or fail with it."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))[:200]}\n{done.stdout}{done.stderr}")
    return done.stdout


def oldest() -> list[str]:
    """Return the core's dependencies at their oldest versions."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    found = [re.fullmatch(r"([\w-]+)>=([\d.]+)", each) for each in listed]
    pairs = [(match[1], match[2]) for match in found if match]
    return [f"{name}=={version}{'.0' if version.count('.') < 2 else ''}" for name, version in pairs]


def smoke(python: str | Path, requirements: list[str]) -> None:
    """Install what is required beside the source in an environment of its own, and run the core there."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        output(python, "-m", "venv", place)
        inside = place / "bin" / "python"
        output(inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements)
        code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{SMOKE}"
        print(output(inside, "-W", "ignore", "-c", code), end="", flush=True)


def main() -> None:
    """Run with the oldest versions, and with other Pythons if they are asked for."""
    smoke(sys.executable, oldest())
    for python in PYTHONS if "--pythons" in sys.argv[1:] else ():
        try:
            subprocess.run([python, "--version"], capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            print(f"{python} is not at hand")
            continue
        smoke(python, [re.split("[>=]", each)[0] for each in oldest()])


if __name__ == "__main__":
    main()
