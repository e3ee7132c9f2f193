"""Names and letters of a chain's layers: keywords (`n_<name>`), variance sources, and the symbols in its formulas.

A lone feature layer is `features` with letter N; several are numbered as a network numbers them, features_1 (N_1)
being the first layer, next to the population; noise layers likewise.
"""

from __future__ import annotations

import keyword
import unicodedata

from theory.arguments import SIZE, VARIANCE
from theory.chain.layers import Layer
from theory.chain.layers.shapes import MATCHED
from theory.chain.places import Slot, Slots, check_order
from theory.errors import BadArgument
from theory.notation import (
    occupancy_letters,
    ratio_letters,
    row_letters,
    share_letters,
    size_letter,
    stiffness_letters,
    variance_letter,
)

LABEL_NOISE = "noise"
RESERVED = (  # what terms are called, and what evaluations, laws and simulations take beside the layers' own arguments
    *("bias", "excess", "gap", "kappa", "test", "train", "variance"),
    *("allow_unstable", "axes", "budget", "capacity", "certified", "chunk", "complex", "convention", "cost", "decompose",
      "device", "digits", "ensemble", "entries", "equal", "executor", "finite_size", "grid", "kurtosis", "max_trials",
      "model", "noise", "of", "preactivation", "precision", "progress", "ridge", "rule", "runs", "scales", "seed", "self",
      "sgd", "source", "step", "store", "task", "terms", "time", "title", "training", "trials", "weight_decay", "xp"),
)  # fmt: skip


def slots(layers: tuple[Layer, ...]) -> Slots:
    """Return the slots of a chain, *innermost first*, from its layers listed with the data first.

    Raises
    ------
    ValueError
        If the order makes no sense (`check_order`), a name is not an identifier, is reserved, or is used twice.
    """
    check_order(layers)
    inward = layers[::-1]
    made: list[Slot] = []
    for place, layer in enumerate(inward):
        alike = [other for other in inward if other.default_name == layer.default_name]
        index = 1 + sum(other.default_name == layer.default_name for other in inward[:place])
        suffix = f"_{index}" if len(alike) > 1 else ""
        name = layer.name if layer.name is not None else layer.default_name + suffix
        if not isinstance(name, str) or not name.isidentifier() or name in RESERVED or name.startswith("n_"):
            admissible = f"an identifier that does not start with n_, other than {', '.join(RESERVED)}"
            raise BadArgument("name", name, admissible, "choose another layer name")
        if keyword.iskeyword(name) or unicodedata.normalize("NFKC", name) != name:
            remedy = "a keyword argument cannot be called that" if keyword.iskeyword(name) else "Python takes it for another"
            raise BadArgument("name", name, "a name that Python keeps as it is", f"{remedy}: choose another layer name")
        letter = layer.letter + suffix
        if layer.sized:
            meaning, pair = f"number of {layer.words}", occupancy_letters(letter, layer.words)
            argument = SIZE.called(f"n_{name}", size_letter(letter, meaning), meaning)
        else:
            meaning, pair = f"variance of the {layer.words}", share_letters(letter, layer.words)
            argument = VARIANCE.called(name, variance_letter(letter, meaning), meaning)
        ratio = ratio_letters(letter, layer.words) if layer.nested else None
        stiffness = stiffness_letters(letter, layer.words) if layer.law is not None else None
        rows = row_letters(letter)[: 1 if layer.noise == MATCHED else 3] if layer.trains and stiffness else ()
        made.append(Slot(layer, name, argument, pair, ratio, stiffness, rows))
    names = [slot.name for slot in made]
    for name in names:
        if names.count(name) > 1:
            raise BadArgument("name", name, "used by one layer only", "give the layers different names, or none")
    return Slots(made)
