"""The report on Bahri et al.: the table of claims, the verdicts on theory, and eight figures."""

from __future__ import annotations

from collections.abc import Sequence

from numerics.papers.bahri2021.plan import Found, Plan
from numerics.papers.claims import notes, published
from numerics.papers.parts import Part, figure
from numerics.papers.reproduction import Reproduction
from numerics.pictures.panels import Panel
from numerics.validation.page import Section

TITLE = "Explaining neural scaling laws: Bahri, Dyer, Kaplan, Lee, Sharma, arXiv:2102.06701"
FIGURES = {  # title, words, across, axes, up
    "regimes": (
        "Four regimes on MNIST",
        "resolution- and variance-limited losses, in data and in width",
        "$D$, $P$ or $N$",
        "xy",
        "loss",
    ),
    "plane": (
        "Exponents, and the plane of data and width",
        "α_D and α_P of images pooled over squares of pixels; losses over m κ(m), either way round",
        "theory of the spectrum, or $m/M$",
        "",
        "measured, or $L/mκ(m)$",
    ),
    "amplitudes": (
        "Amplitudes",
        "variance-limited: ΔL times size, over its amplitude, for all losses and nets",
        "size",
        "x",
        "ratio",
    ),
    "ensembles": ("Ensembles", "N · ΔL of the mean of K predictors, down to infinitely many", "$1/K$", "", "$N·ΔL$"),
    "spheres": (
        "Exponents of kernels and neighbours",
        "α_D of zonal kernels on spheres, its amplitude, and interpolation on tori",
        "$t/d$, or $1/d$",
        "xy",
        "exponent",
    ),
    "bounds": (
        "Interpolation",
        "piecewise linear interpolation, and the loss of nearest neighbours E|f − F| with its bound K_F E r",
        "data $D$",
        "xy",
        "loss",
    ),
    "dimensions": (
        "Dimension of data",
        "1/α_D of the Laplace kernel against the dimension of nearest neighbours",
        "TwoNN",
        "xy",
        "$1/α_D$",
    ),
    "classes": (
        "Superclasses and noise",
        "losses of labels: coarser classes, and noise on the input",
        "samples $D$",
        "xy",
        "loss",
    ),
}
WORDS = (
    "A row is confirmed where the mean over three seeds is within the stated distance of what is expected by two standard "
    "errors, refuted where it is outside by three, else undecided. What is expected is the theory on the same range of sizes, "
    "not its limit.",
    "What the table may refute: real data are not Gaussian features, so that α_D on images can fall below the theory that α_P "
    "follows; on the circle data and features have one exponent and different constants; an infinite ensemble keeps a term 1/N "
    "where there is a ridge; amplitudes without a ridge are not those of Gaussian data; and the constant printed in equation "
    "(5) is upside down.",
)


def report(plan: Plan, found: Sequence[Found]) -> Reproduction:
    """Return the report on the pieces."""
    claims = [claim for one in found for claim in one.claims]
    verdicts = tuple((title, agreement) for one in found for title, agreement in one.agreements.items())
    panels: dict[str, list[Panel]] = {name: [] for name in FIGURES}
    for one in found:
        for name, more in one.panels.items():
            panels[name] += more
    parts = [
        Part(name, words, tuple(panels[name]), None, across, axes, up)
        for name, (_, words, across, axes, up) in FIGURES.items()
        if panels[name]
    ]
    facts = {"paper": "bahri2021", "claims": [vars(claim) for claim in claims]}
    settings = (
        f"three seeds a row, {plan.trials} trials each ({plan.many} of cheap fits); {plan.pool} rows of MNIST-5k, permuted",
        "their D (data) and P (parameters) are P and N of this package; the teacher is averaged over exactly",
        "the paper's appendix and data sets are not at hand: no exponent of a data set is printed as published",
    )
    return Reproduction(
        "bahri2021",
        TITLE,
        plan,
        verdicts,
        "\n".join(published(claims, *WORDS)),
        tuple(map(_section, parts)),
        settings,
        notes(claims),
        facts,
        lambda: figure(parts),
    )


def _section(part: Part) -> Section:
    words = f"{part.words[0].upper()}{part.words[1:]}"
    caption = f"{words}. Points: measured, bars of one standard error. Lines: theory, nothing fitted; dashed: guides."
    return Section(FIGURES[part.figure][0], caption, f"bahri2021-{part.figure}.png", lambda: figure([part]))
