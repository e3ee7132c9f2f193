"""Finding derivations: those that ship, one file each in this package, and a user's own by path."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

from derivations.system.derivation import Derivation
from theory.errors import BadArgument

HOME = Path(__file__).resolve().parent.parent


def names() -> list[str]:
    """Return the names of the derivations that ship: their files', with hyphens."""
    modules = pkgutil.iter_modules([str(HOME)])
    return sorted(module.name.replace("_", "-") for module in modules if not module.ispkg and not module.name.startswith("_"))


def load(name: str) -> Derivation:
    """Return a derivation by its name, or by the path of a file that ends in .py.

    Raises
    ------
    ValueError
        If there is none, if the file cannot be read as Python, or if it does not hold exactly one derivation.
    """
    path = Path(name)
    if path.suffix == ".py":
        if not path.is_file():
            raise BadArgument("derivation", name, "the path of a file", "check where it is")
        return _of(_executed(path), name)
    known = names()
    if name.replace("_", "-") not in known:
        raise BadArgument(
            "derivation", name, f"one of {', '.join(known)}, or a path ending in .py", "see scaletheory derive --list"
        )
    return _of(importlib.import_module(f"derivations.{name.replace('-', '_')}"), name)


def source(name: str) -> Path:
    """Return the file of a derivation that ships."""
    return HOME / f"{name.replace('-', '_')}.py"


def rendered(name: str) -> Path:
    """Return where the Markdown of a derivation that ships is kept: beside its source."""
    return source(name).with_suffix(".md")


def _executed(path: Path) -> ModuleType:
    # Compiled from its text: cached bytecode is stale where a file is edited twice within its clock's tick.
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    try:
        exec(compile(path.read_bytes(), path, "exec"), vars(module))
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(f"{path} does not run: {type(error).__name__}: {error}") from error
    return module


def _of(module: ModuleType, name: str) -> Derivation:
    found = {id(value): value for value in vars(module).values() if isinstance(value, Derivation)}
    if len(found) != 1:
        raise BadArgument(
            "derivation", name, f"a file with one Derivation (it has {len(found)})", "write D = Derivation(__doc__, ...)"
        )
    return next(iter(found.values()))
