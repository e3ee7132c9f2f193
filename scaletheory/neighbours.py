"""Whether `theory`, `numerics` and `derivations` are this distribution's: the names are generic, and others may bear them."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

DISTRIBUTION = "scaletheory"
PACKAGES = ("theory", "numerics", "derivations")


class ForeignPackageError(ImportError):
    """Another package of the same name comes first on Python's path."""


def check_ours(packages: tuple[str, ...] = PACKAGES) -> None:
    """Import the packages, and say what to do where one is not ours.

    Parameters
    ----------
    packages : tuple of str
        Import names, each after those that it imports itself.

    Raises
    ------
    ForeignPackageError
        If a package does not bear this distribution's mark, `__distribution__`.
    """
    for name in packages:
        _check(importlib.import_module(name))


def ours(name: str) -> ModuleType:
    """Return one of the packages, ours even where another of its name comes first on Python's path.

    Parameters
    ----------
    name : str
        "theory", "numerics" or "derivations".

    Raises
    ------
    ForeignPackageError
        If the other one is imported already: one process holds one package of a name.
    """
    for each in PACKAGES[: PACKAGES.index(name) + 1]:  # each imports those before it
        if each not in sys.modules:
            _load(each)
        _check(sys.modules[each])
    return sys.modules[name]


def _load(name: str) -> None:
    """Import a package from beside this one; where there is none, as Python finds it."""
    spec = importlib.machinery.PathFinder.find_spec(name, [str(Path(__file__).parent.parent)])
    if spec is None or spec.loader is None:
        importlib.import_module(name)
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise


def _check(module: ModuleType) -> None:
    name = module.__name__
    if getattr(module, "__distribution__", None) != DISTRIBUTION:
        place = getattr(module, "__file__", None) or ", ".join(getattr(module, "__path__", ["built in"]))
        raise ForeignPackageError(
            f"the package {name!r} that Python finds first is not {DISTRIBUTION}'s, it is {place}: start "
            f"from another folder, or rename or uninstall that one, or import {DISTRIBUTION} before it; see which is found by "
            f'python -c "import {name}; print({name}.__file__)"'
        )
