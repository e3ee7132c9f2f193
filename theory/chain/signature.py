"""What a chain's formulas depend on, as text: two chains of one signature have one set of formulas.

It is read off the layers by running them through recorded arithmetic, as SymPy would be run through them, but at no cost; a
layer of one's own is read like any other.
"""

from __future__ import annotations

from typing import Any

from theory.chain.algebras.own import Known, Own
from theory.chain.algebras.polarise import Triple
from theory.chain.algebras.recorded import Recorded
from theory.chain.layers import Layer, Level
from theory.chain.places import Slots

PARTS = ("ridge", "dof", "vacancy", "loss", "size")


def signature(slots: Slots) -> str | None:
    """Return the text, or None where a layer asks for the value of a number, which letters do not have.

    Parameters
    ----------
    slots : Slots
        The layers, innermost first.
    """
    try:
        return "\n".join(f"{slot.name} {slot.pair} {slot.ratio} {slot.stiffness} {slot.rows}\n{_declared(slot.layer)}"
                         for slot in slots)  # fmt: skip
    except Exception:  # a layer of one's own may do anything
        return None


def _declared(layer: Layer) -> str:
    """Return what a layer does to letters, and to pairs of them where it is rows of data."""
    level = Level(*map(Recorded, PARTS))
    own = Known(Recorded("own"), Recorded("share"), Recorded("factor"), layer.whole(level), layer.sized)
    made = layer.outer(level, own, Recorded("noise"))
    lines = [f"{trait}: {getattr(layer, trait)}" for trait in ("sized", "nested", "trains", "pooled")]
    lines += [f"{part}: {getattr(made, part)}" for part in PARTS]
    if layer.trains:
        inside, outside = (Level(*(_triple(f"{side}_{part}") for part in PARTS)) for side in ("inside", "outside"))
        lines.append(f"gain: {layer.gain(inside, outside, Own(outside.size))}")
    return "\n".join(lines)


def _triple(name: str) -> Any:
    return Triple(*(Recorded(f"{name}{place}") for place in ("", "_primed", "_delta")))
