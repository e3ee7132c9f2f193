"""The report on Bordelon et al.: figures, the verdict on every point, and the verdict on every claim."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numerics.papers.bordelon2024.claims import Allocation
from numerics.papers.bordelon2024.experiment import Plan
from numerics.papers.bordelon2024.shapes import GOOD
from numerics.papers.claims import Claim, notes, published
from numerics.papers.parts import Part, figure
from numerics.papers.reproduction import Reproduction
from numerics.validation.page import Section, table

TITLE = "A dynamical model of neural scaling laws: Bordelon, Atanasov, Pehlevan, arXiv:2402.01092"

WIDTH = (
    "The width: N^-min(a-1, 2b) is the exponent of the bias, that is of an infinite ensemble. A single model has "
    "N^-min(a-1, b), by the variance over its features, and so the best loss at N t = C falls as C^-(a-1)/a where a − 1 > b."
)


def report(
    plan: Plan, parts: Sequence[Part], claims: Sequence[Claim], shapes: Sequence[tuple[str, ...]], found: Sequence[Allocation]
) -> Reproduction:
    """Return the report on the parts measured and the claims."""
    verdicts = tuple((_name(part), part.agreement) for part in parts if part.agreement is not None)
    sections = tuple(_section(part) for part in parts)
    text = "\n".join([*published(claims, WIDTH), "", *_shapes(shapes), "", *_exponents(found)])
    facts = {"paper": "bordelon2024", "claims": [vars(claim) for claim in claims]}
    return Reproduction(
        "bordelon2024", TITLE, plan, verdicts, text, sections, _settings(plan, parts), notes(claims), facts,
        lambda: figure(parts),
    )


def _name(part: Part) -> str:
    return f"Figure {part.figure}" if part.figure.isdigit() else "Final loss against width"


def _shapes(rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [
        "## Figures 2a and 2d in shape",
        "",
        "The learning rate and the number of modes are not published, so that losses can be compared in shape only. One time "
        "scale and one amplitude are fitted to the three published values of the narrowest curve of 2a (N = 32); its six wider "
        "ones, eighteen values, and the seven of 2d (the loss at the last time against P, at N = 1000) are predictions. Missed "
        f"by at most {GOOD:g} in ln L the shape is taken as reproduced. The number of modes is one for all exponents (the one "
        "with which the published exponents predict best), or chosen anew for each of them, in its favour: then another "
        "number of modes makes up for a smaller b, which these curves do not tell apart.",
        "",
        *table(("a", "b", *("modes", "2a", "2d", "L(0)") * 2), rows),
        "",
        "In ln L, the worst of the predictions; left one number of modes, right the best for each row. The published curves "
        "are said to start from L(0) = 1. Where the fit says something else, the published losses are in another unit, or "
        "their spectrum has another head; the paper does not tell.",
    ]


def _exponents(found: Sequence[Allocation]) -> list[str]:
    rows = [
        (f"({a.a:g}, {a.b:g})", f"{a.budgets[0]:.0e} … {a.budgets[-1]:.0e}", f"{a.slope(a.loss):+.4f}",
         f"{-(a.a - 1) / (1 + a.b):+.4f}", f"{a.slope(a.width):+.4f}", f"{1 / (1 + a.b):+.4f}")
        for a in found
    ]  # fmt: skip
    heads = ("(a, b)", "C", "loss, found", "−(a−1)/(1+b)", "width, found", "1/(1+b)")
    return ["## Compute-optimal exponents", "", "Over the last third of the budgets:", "", *table(heads, rows)]


def _section(part: Part) -> Section:
    guide = " Dashed: guides." if any(c.label.startswith("guide") for panel in part.panels for c in panel.curves) else ""
    points = "" if part.agreement is None else " Points: means over draws, bars of one standard error."
    caption = f"{part.words}.{points} Lines: theory, nothing fitted.{guide} Losses in units of that before training."
    return Section(_name(part), caption, f"bordelon2024-{part.figure}.png", lambda: figure([part]))


def _settings(plan: Plan, parts: Sequence[Part]) -> tuple[Any, ...]:
    return (
        f"{plan.trials} draws a curve or more, of complex matrices; single sizes: remainders of order 1/size² stay in",
        *(f"{_name(part)}: {part.words}" for part in parts),
        "not published, and ours: the number of modes, step sizes, the exponents of Figures 5, 6, and the noise (none)",
    )
