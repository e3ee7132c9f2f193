"""A chain of real matrices, for what holds to the next order in one over their size: the remainder falls as 1/size² again."""

from __future__ import annotations

from typing import Any

import theory as th
from derivations.settings.chains import ChainSetting
from theory.notation import ENTRIES, KURTOSIS


class RealMatrices(ChainSetting):
    """A chain whose simulations draw real matrices, with the letters of a first correction.

    Parameters
    ----------
    model : th.Chain
        Whose letters and formulas they are.
    **letters
        Further letters, as in `Setting`.
    """

    complex = False

    def __init__(self, model: th.Chain, **letters: Any) -> None:
        own: dict[str, Any] = {"c": (ENTRIES.symbol, (0, 1))}
        if len(model.slots) == 1:
            own["κ_4"] = (KURTOSIS.symbol, (-1, 3))
        super().__init__(model, **own, **letters)
