"""The report on Levi & Oz: figures, the verdict on Gaussian draws, and the verdict on every observation."""

from __future__ import annotations

from collections.abc import Sequence

from numerics.papers.claims import Claim, notes, published
from numerics.papers.levi2023.experiment import DIGITS, MNIST, PHOTOS, Data, Plan
from numerics.papers.parts import Part, figure
from numerics.papers.reproduction import Reproduction
from numerics.validation.page import Section

TITLE = "Universal statistics of data: Levi, Oz, arXiv:2306.14975"
TITLES = {"ranks": "Eigenvalues by rank", "density": "Densities", "ratios": "Ratios of spacings",
          "local": "Spacings and form factors", "entropies": "Entropies", "critical": "How many samples"}  # fmt: skip
WORDS = (
    "The verdict of this report is that of Gaussian draws against theory. Data are held against theory in the table: a "
    "surrogate that does not model them is a finding about the data.",
    "What does not reproduce: a power that fits ranks from 10 on says nothing about the top, of which the entropy is made; "
    "patches of photographs are not Gaussian, as their contrast fluctuates from row to row; and the class of the ratios, which "
    "white data share, tells nothing about correlations.",
)


def report(plan: Plan, parts: Sequence[Part], claims: Sequence[Claim]) -> Reproduction:
    """Return the report on the parts measured and the observations."""
    verdicts = tuple((TITLES[part.figure], part.agreement) for part in parts if part.agreement is not None)
    facts = {"paper": "levi2023", "claims": [vars(claim) for claim in claims]}
    text = "\n".join(published(claims, *WORDS))
    return Reproduction(
        "levi2023", TITLE, plan, verdicts, text, tuple(map(_section, parts)), _settings(plan), notes(claims), facts,
        lambda: figure(parts),
    )  # fmt: skip


def _section(part: Part) -> Section:
    words = f"{part.words[0].upper()}{part.words[1:]}"
    caption = f"{words}. Points: measured, bars of one standard error. Lines: theory, nothing fitted."
    return Section(TITLES[part.figure], caption, f"levi2023-{part.figure}.png", lambda: figure([part]))


def _settings(plan: Plan) -> tuple[str, ...]:
    def told(data: Data) -> str:
        return f"{data.name}: {len(data.rows)} rows, {data.dims} columns that vary"

    return (
        *(told(data) for data in (MNIST, PHOTOS, DIGITS)),
        f"{plan.draws} Gaussian draws a point (four times as many for densities), complex ones where they are held against "
        f"theory; {plan.subsets} disjoint subsets of data at most",
        "the paper's data sets (FMNIST, CIFAR, tiny-ImageNet) and values are not at hand: nothing is said about them",
    )
