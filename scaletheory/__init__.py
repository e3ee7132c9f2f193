"""What one installs is what one imports: `import scaletheory as st` has the public names of `theory`, and `st.numerics`.

All of it, `st.derivations` too, is loaded when it is first asked for. Where another package called `theory` comes first on
Python's path, ours is taken from beside this one. The command line is here as well: it parses arguments, calls `theory` and
`numerics`, prints, and computes nothing itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from scaletheory.neighbours import ours

if TYPE_CHECKING:
    import derivations as derivations
    import numerics as numerics
    import theory as theory
    from theory import *  # noqa: F403

_BESIDE = ("derivations", "numerics", "theory")


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = ours(name) if name in _BESIDE else None
    if found is None:
        face = ours("theory")
        try:
            found = import_module(f"{__name__}.{name}") if name == "sklearn" else getattr(face, name)
        except AttributeError as unknown:
            raise AttributeError(str(unknown).replace("'theory'", repr(__name__)), name=name) from None
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*ours("theory").__all__, *_BESIDE, "sklearn"})
