"""Packages that only some of the work needs, imported when it is asked for; they come with extras of the distribution."""

from __future__ import annotations

import importlib
from types import ModuleType


def optional(package: str, extra: str, purpose: str) -> ModuleType:
    """Return a package, or say how to install it.

    Parameters
    ----------
    package : str
        Its name.
    extra : str
        The extra it comes with.
    purpose : str
        What it is needed for.

    Raises
    ------
    ValueError
        If it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError as missing:
        raise ValueError(f"{package} is needed for {purpose}: pip install 'scaletheory[{extra}]'") from missing
