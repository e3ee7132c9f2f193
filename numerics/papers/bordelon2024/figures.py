"""Figure 4, which is theory alone."""

from __future__ import annotations

from collections.abc import Sequence

from numerics.papers.bordelon2024.claims import Allocation
from numerics.papers.parts import Part
from numerics.pictures.panels import Curve, Panel


def optimum(found: Sequence[Allocation]) -> Part:
    """Return Figure 4: the least loss at each budget, with the published slopes below (dashed)."""
    curves = []
    for allocation in found:
        a, b = allocation.a, allocation.b
        label = f"$(a, b) = ({a:g}, {b:g})$"
        unit = allocation.loss[0]
        curves.append(Curve(label, allocation.budgets, allocation.loss / unit))
        law = allocation.budgets ** (-(a - 1) / (1 + b))
        curves.append(Curve(f"guide, {label}", allocation.budgets, law / law[-1] * allocation.loss[-1] / unit))
    words = "the least loss over width and time at N t = C, P = ∞, in units of the first; dashed: the published slopes"
    return Part("4", words, (Panel("loss", tuple(curves)),), None, "budget $C = N t$")
