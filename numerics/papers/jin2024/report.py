"""The report on Jin et al.: figures, the verdict on drawn tasks, and the verdict on every claim."""

from __future__ import annotations

from collections.abc import Sequence

from numerics.papers.claims import Claim, notes, published
from numerics.papers.jin2024.claims import real_claims
from numerics.papers.jin2024.experiment import Plan
from numerics.papers.jin2024.real import Measured
from numerics.papers.jin2024.real import part as real_part
from numerics.papers.parts import Part, figure
from numerics.papers.reproduction import Reproduction
from numerics.validation.page import Section

TITLE = "Meta-learning with generalised ridge: Jin, Balasubramanian, Paul, arXiv:2403.19720"
TITLES = {"limits": "Limiting risks", "sweep": "Weights and ridges", "learning": "The prior estimated",
          "real": "Real tasks"}  # fmt: skip

WORDS = (
    "The raw estimate is cut to be positive; what repairs it is chosen by the likelihood of tasks held out.",
    "Real tasks: what patches of photographs leave unexplained differs between them by a factor of hundreds, where the "
    "model has one σ²; they are tried again with equal noise, by a scale that nobody would know.",
)


def report(plan: Plan, parts: Sequence[Part], claims: Sequence[Claim], real: Sequence[Measured]) -> Reproduction:
    """Return the report on the parts measured, the claims, and what was found on real tasks."""
    claims = [*claims, *real_claims(real)]
    verdicts = tuple((TITLES[part.figure], part.agreement) for part in parts if part.agreement is not None)
    facts = {"paper": "jin2024", "claims": [vars(claim) for claim in claims]}
    if any(each.errors for each in real):
        parts = [*parts, real_part(real)]
    settings = (
        f"{plan.tasks} new tasks a point, real matrices; {plan.trials} sets of tasks where the prior is estimated",
        f"real tasks: {plan.splits} splits into known and new ones, {plan.patches} patches of photographs",
        "the paper's figures, and its real data, are not at hand: nothing is said about them",
    )
    return Reproduction(
        "jin2024", TITLE, plan, verdicts, "\n".join(published(claims, *WORDS)), tuple(map(_section, parts)), settings,
        notes(claims), facts, lambda: figure(parts),
    )  # fmt: skip


def _section(part: Part) -> Section:
    lines = "Points: drawn tasks, bars of one standard error. Lines: theory, nothing fitted."
    if part.figure == "real":
        lines = "Points: new tasks, bars of one standard error, joined by lines."
    caption = f"{part.words}. {lines}"
    return Section(TITLES[part.figure], caption, f"jin2024-{part.figure}.png", lambda: figure([part]))
