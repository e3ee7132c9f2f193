"""The report on Atanasov et al.: figures, the verdict on every point, and the verdict on every claim."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from numerics.papers.atanasov2024.experiment import MANY, NOISE, Plan
from numerics.papers.atanasov2024.exponents import largest_miss
from numerics.papers.atanasov2024.figures import DIAGRAMS, components, diagram
from numerics.papers.claims import Claim, notes, published
from numerics.papers.parts import Part, figure
from numerics.papers.reproduction import Reproduction
from numerics.validation.page import Section

TITLE = (
    "Scaling and renormalization in high-dimensional regression: Atanasov, Zavatone-Veth, Pehlevan, arXiv:2405.00592, and its "
    "sequel on correlated samples, arXiv:2408.04607"
)
TITLES = {
    "ridge": "Ridge regression", "features": "Linear random features", "deep": "Deep random features",
    "noise": "Additive noise", "columns": "Structured weights", "projections": "Projections",
    "correlated": "Correlated samples", "anova": "Bias and variances", "rays": "Exponents of structured weights",
}  # fmt: skip
DIAGRAM_TITLES = {
    "phases": "Phase diagram", "phases-noise": "Phase diagram with label noise",
    "phases-columns-0.7": "Phase diagram, structured weights", "phases-columns-1.5": "Phase diagram, steep structured weights",
}  # fmt: skip
WORDS = (
    "Structured weights: the published column takes the variance of features as (d/N)^c. It fails in two places. Columns "
    "steeper than 1/k renormalise the ridge by a power: where the ridge limits, l/(α + α_F - 1) stands for l/α in every term, "
    "label noise included. Columns between k^-1/2 and 1/k leave less variance below N^(1-α_F) degrees of freedom, where even "
    "the largest column lies below χ; whether that shows in the total depends on α and r.",
    "Correlated samples: dividing the training error by f b is right for noise that is correlated as the rows are. For white "
    "noise it is wrong by the factor in the table: the noise's covariance and variance have to be known.",
    "The slips recorded of the public code are not copied; those that can be measured have a value above.",
)


def report(plan: Plan, parts: Sequence[Part], claims: Sequence[Claim]) -> Reproduction:
    """Return the report on the parts measured and the claims."""
    verdicts = tuple((TITLES[part.figure], part.agreement) for part in parts if part.agreement is not None)
    facts = {"paper": "atanasov2024", "claims": [vars(claim) for claim in claims]}
    return Reproduction(
        "atanasov2024", TITLE, plan, verdicts, "\n".join(published(claims, *WORDS)), _sections(parts), _settings(plan),
        notes(claims), facts, lambda: figure(parts),
    )  # fmt: skip


def _sections(parts: Sequence[Part]) -> tuple[Section, ...]:
    phases = (
        Section(DIAGRAM_TITLES[name], "The derived law in the papers' letters: λ ~ P^-l, N ~ P^q.", f"atanasov2024-{name}.png",
                partial(diagram, name))
        for name in DIAGRAMS
    )  # fmt: skip
    return (*map(_section, parts), *phases)


def _section(part: Part) -> Section:
    words = f"{part.words[0].upper()}{part.words[1:]}"
    told = "Points: means over draws, bars of one standard error. Lines: theory, nothing fitted."
    if part.agreement is None:
        missed = ", ".join(f"{miss:.3f} ({title.split(':')[0]})" for title, miss in largest_miss(part).items())
        told = f"Lines: the derived law. Points miss it by at most {missed}."
    draw = partial(components, part, NOISE) if part.figure == "anova" else partial(figure, [part])
    return Section(TITLES[part.figure], f"{words}. {told}", f"atanasov2024-{part.figure}.png", draw)


def _settings(plan: Plan) -> tuple[str, ...]:
    return (
        f"{plan.trials} draws a point, fewer beyond {MANY} samples, of complex matrices; single sizes: remainders of order "
        f"1/size² stay in; {plan.draws} draws of real rows for cross-validation",
        "the authors' settings: isotropic ridge and random features, and the notebooks on correlated samples; the populations "
        "of the other figures are ours (the papers' figures are not at hand)",
    )
