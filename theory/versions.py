"""Which versions of the distribution and of what it stands on are in use: what a report of a fault should state."""

from __future__ import annotations

import sys

DISTRIBUTION = "scaletheory"
NEEDED = ("sympy", "mpmath", "numpy", "scipy")
OPTIONAL = ("matplotlib", "pandas", "xarray", "scikit-learn", "click", "rich", "threadpoolctl")


def version(distribution: str = DISTRIBUTION) -> str:
    """Return the version of an installed distribution; "not installed" for none.

    Parameters
    ----------
    distribution : str
        Its name.
    """
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed(distribution)
    except PackageNotFoundError:
        return "not installed"


def show_versions() -> None:
    """Print the versions of scaletheory, of Python and of every package it uses, to be pasted into a report."""
    import platform

    for name in (DISTRIBUTION, *NEEDED, *OPTIONAL):
        print(f"{name:15}{version(name)}")
    print(f"{'Python':15}{sys.version.split()[0]}")
    print(f"{'platform':15}{platform.platform()}")
