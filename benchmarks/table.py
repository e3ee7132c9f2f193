"""All benchmarks in one table: what a piece of work costs here, what it costs otherwise, and the ratio, in one run.

Run it by `python benchmarks/table.py [NAME ...] [--json FILE]`; a name is that of a file beside this one. Each such file has
`rows()`, which yields (work, seconds, rival, its seconds): medians of alternated repetitions, CPU time, one thread; a rival
None says that there is nothing to compare with. Read the ratios, not the seconds. `compare.py` holds two commits side by side.
"""

import os

os.environ.update(dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1"))

import argparse
import importlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
PACKAGES = ("scaletheory", "numpy", "scipy", "sympy", "mpmath", "numba", "python-flint")
WIDTH = 58


class Row(NamedTuple):
    """What one piece of work costs here and otherwise, in seconds."""

    work: str
    seconds: float
    rival: str | None = None
    rival_seconds: float | None = None

    def __str__(self):
        """Return the row as a line of the table."""
        line = f"{self.work:{WIDTH}s}{duration(self.seconds):>10s}"
        if self.rival is None:
            return line
        return f"{line}{duration(self.rival_seconds):>12s}{self.rival_seconds / self.seconds:9.3g}x  {self.rival}"


def duration(seconds):
    """Return seconds in the unit in which they are read."""
    unit, size = next(((u, s) for u, s in (("s", 1.0), ("ms", 1e-3)) if seconds >= s), ("µs", 1e-6))
    return f"{seconds / size:.3g} {unit}"


def machine():
    """Return what the seconds depend on: processor, system and versions, by name."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    models = [line.split(":")[1].strip() for line in cpu_lines() if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        **found,
    }


def cpu_lines():
    """Return the lines in which Linux describes its processors; none elsewhere."""
    described = Path("/proc/cpuinfo")
    return described.read_text().splitlines() if described.exists() else []


def names():
    """Return the benchmarks that have rows, in order."""
    return sorted(path.stem for path in HERE.glob("*.py") if "\ndef rows()" in path.read_text())


def show(rows):
    """Print rows as they come, and return them all."""
    kept = []
    for row in map(Row._make, rows):
        print(f"  {row}", flush=True)
        kept.append(row)
    return kept


def main():
    """Print the table of the benchmarks that are named, all by default."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names())}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write machine and rows there too")
    given = parser.parse_args()
    if unknown := set(given.names) - set(names()):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; admissible are {', '.join(names())}")
    about = machine()
    print("\n".join(f"{key}: {value}" for key, value in about.items()))
    print(f"\n{'':{WIDTH + 2}s}{'here':>10s}{'otherwise':>12s}{'ratio':>10s}")
    found = {}
    for name in given.names or names():
        print(name)
        found[name] = show(importlib.import_module(name).rows())
    if given.json:
        rows = {name: [row._asdict() for row in kept] for name, kept in found.items()}
        given.json.write_text(json.dumps({"machine": about, "rows": rows}, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
