"""Whether `theory`, `numerics` and `derivations` are this distribution's: the names are generic, and others may bear them."""

from __future__ import annotations

import importlib

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
        module = importlib.import_module(name)
        if getattr(module, "__distribution__", None) != DISTRIBUTION:
            place = getattr(module, "__file__", None) or ", ".join(getattr(module, "__path__", ["built in"]))
            raise ForeignPackageError(
                f"the package {name!r} that Python finds first is not {DISTRIBUTION}'s, it is {place}: start "
                f"from another folder, or rename or uninstall that one; see which is found by "
                f'python -c "import {name}; print({name}.__file__)"'
            )
