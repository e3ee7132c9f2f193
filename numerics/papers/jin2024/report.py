"""The report on Jin et al.: figures, the verdict on drawn tasks, and the verdict on every claim."""

from __future__ import annotations

from collections.abc import Sequence

from numerics.papers.claims import Claim, notes, published
from numerics.papers.jin2024.experiment import Plan
from numerics.papers.parts import Part, figure
from numerics.papers.reproduction import Reproduction
from numerics.validation.page import Section

TITLE = "Meta-learning with generalised ridge: Jin, Balasubramanian, Paul, arXiv:2403.19720"
TITLES = {"limits": "Limiting risks", "sweep": "Weights and ridges", "learning": "The prior estimated"}


def report(plan: Plan, parts: Sequence[Part], claims: Sequence[Claim]) -> Reproduction:
    """Return the report on the parts measured and the claims."""
    verdicts = tuple((TITLES[part.figure], part.agreement) for part in parts if part.agreement is not None)
    facts = {"paper": "jin2024", "claims": [vars(claim) for claim in claims]}
    words = "The raw estimate is cut to be positive; what repairs it is chosen by the likelihood of tasks held out."
    settings = (
        f"{plan.tasks} new tasks a point, real matrices; {plan.trials} sets of tasks where the prior is estimated",
        "the paper's figures, and its real data, are not at hand: nothing is said about them",
    )
    return Reproduction(
        "jin2024", TITLE, plan, verdicts, "\n".join(published(claims, words)), tuple(map(_section, parts)), settings,
        notes(claims), facts, lambda: figure(parts),
    )  # fmt: skip


def _section(part: Part) -> Section:
    caption = f"{part.words}. Points: drawn tasks, bars of one standard error. Lines: theory, nothing fitted."
    return Section(TITLES[part.figure], caption, f"jin2024-{part.figure}.png", lambda: figure([part]))
