"""Machine-checked derivations of the results that the theory rests on, and the system to write your own.

    from derivations import Derivation

A derivation is a document: words, definitions, results of the package by name, and claims, each verified by machine. See
TUTORIAL.md here; `scaletheory derive --list` lists those that ship.
"""

from derivations.meaning.setting import Setting
from derivations.settings.chains import ChainSetting
from derivations.system.derivation import Derivation
from derivations.system.document import DerivationError, Result
from derivations.system.package import the

__distribution__ = "scaletheory"  # whose package this is: others may bear its name

__all__ = ["ChainSetting", "Derivation", "DerivationError", "Result", "Setting", "the"]
