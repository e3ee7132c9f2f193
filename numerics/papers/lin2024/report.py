"""The report on Lin et al.: the claims, the figures as printed, and Figure 1 simulated: fits, slopes, what they depend on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from numerics.papers.claims import Claim, notes, published
from numerics.papers.fits import STARTS, STATED
from numerics.papers.lin2024.experiment import AMBIENT, ESTIMATES, FAR, NOISE, STEP, TERMS, Case, Plan
from numerics.papers.lin2024.figures import Pair, figure, pair, printed_figure
from numerics.papers.lin2024.printed import GRIDS, Remade
from numerics.papers.reproduction import Reproduction
from numerics.validation.page import Section, table

TITLE = "One-pass SGD on sketched covariates: Lin et al., arXiv:2406.08466"


def report(plan: Plan, cases: Sequence[Case], remade: Sequence[Remade] = (), claims: Sequence[Claim] = ()) -> Reproduction:
    """Return the report on the spectra measured, the figures as printed, and the claims."""
    pairs = [pair(case) for case in cases]
    facts: dict[str, Any] = {"paper": "lin2024", **{case.title: _facts(case) for case in cases}}
    verdicts = tuple((case.title, case.agreement) for case in cases)
    facts["claims"] = [vars(claim) for claim in claims]
    sections = tuple(_section(plan, case, drawn) for case, drawn in zip(cases, pairs, strict=True))
    sections += tuple(_printed_section(remade, number) for number in sorted({figure.printed.number for figure in remade}))
    table_of_claims = [*published(claims), "", *_spreads(remade), ""] if claims else []
    text = "\n".join([*table_of_claims, *_fits(cases), "", *_why(cases), "", *_slopes(plan, cases), "", *_deviations(cases)])
    return Reproduction(
        "lin2024", TITLE, plan, verdicts, text, sections, _settings(plan, cases), (*_notes(cases), *notes(claims)), facts,
        lambda: figure(pairs),
    )


def _spreads(remade: Sequence[Remade]) -> list[str]:
    """Return the exponents fitted on every grid, a column a figure."""
    fitted = [(figure, figure.printed.exponents) for figure in remade if figure.printed.exponents is not None]
    rows = [
        (name, *("{:.3f}, {:.3f}".format(*figure.fits[name]) for figure, _ in fitted)) for name in GRIDS
    ]  # fmt: skip
    rows.append(("**printed**", *("**{:.2f}, {:.2f}**".format(*exponents) for _, exponents in fitted)))
    return [
        "### Figures 1 and 3 as printed: what the fits depend on",
        "",
        "tr H = 1 over d modes, σ² = 1, γ = 0.1: a₁, a₂ of the sharp theory, by the same fit on parts of the grid. The paper "
        "prints neither the sizes nor the scale of Huber's loss.",
        "",
        *table(("grid", *(figure.printed.words for figure, _ in fitted)), rows),
    ]


def _printed_section(remade: Sequence[Remade], number: int) -> Section:
    """Return one figure as printed."""
    drawn = [figure for figure in remade if figure.printed.number == number]
    what = "the last iterate of halving steps" if number < 3 else "the mean of all iterates at a constant step"
    caption = (
        f"Sharp theory for {what}, H_ii in proportion to i^-a with tr H = 1, "
        f"d = {' and '.join(str(figure.printed.dims) for figure in drawn)}; nothing is fitted. Dashed: the asymptotic slopes."
    )
    return Section(f"Figure {number} as printed", caption, f"lin2024-figure{number}.png", lambda: printed_figure(drawn))


def _facts(case: Case) -> dict[str, Any]:
    """Return the findings on one spectrum as numbers."""
    rows = zip(ESTIMATES, *(case.estimates[name] for name in ("simulation", "error", "theory", "asymptotic")), strict=True)
    found: dict[str, Any] = {
        name: {"simulation": float(mean), "stderr": float(error), "theory": float(exact), "asymptotic": float(limit)}
        for name, mean, error, exact, limit in rows
    }  # fmt: skip
    protocols = {words: {"p": p, "q": q} for words, (p, q) in case.protocols.items()}
    return {**found, "protocols": protocols, "far": dict(zip("pq", case.far, strict=True)),
            "unmixed": dict(zip(ESTIMATES[2:], case.unmixed, strict=True)), "excluded": case.excluded}


def _notes(cases: Sequence[Case]) -> tuple[str, ...]:
    lines = []
    for case in cases:
        for place, name in enumerate(ESTIMATES[:2]):
            mean, error, exact, limit = _row(case, place)
            found = f"{mean:.3f} ± {error:.3f} simulated, {exact:.3f} in theory, {limit:.3f} asymptotically"
            lines.append(f"{case.title}: {name} = {found}")
    return tuple(lines)


def _row(case: Case, place: int) -> tuple[float, float, float, float]:
    mean, error, exact, limit = (float(case.estimates[name][place]) for name in ("simulation", "error", "theory", "asymptotic"))
    return mean, error, exact, limit


def _estimates(cases: Sequence[Case], places: Sequence[int]) -> list[str]:
    """Return a table of the three columns, with what separates them."""
    rows = []
    for case in cases:
        for place in places:
            mean, error, exact, limit = _row(case, place)
            rows.append((
                case.title, ESTIMATES[place], f"{mean:.3f} ± {error:.3f}", f"{exact:.3f}", f"{limit:.3f}",
                f"{(mean - exact) / error:+.2f}", f"{exact / limit - 1:+.1%}",
            ))  # fmt: skip
    compared = ("z, simulation − theory", "theory/asymptotic − 1")
    heads = ("spectrum", "exponent", "simulation", "sharp theory", "asymptotic", *compared)
    return table(heads, rows)


def _fits(cases: Sequence[Case]) -> list[str]:
    plan = cases[0].plan
    return [
        "## Fits",
        "",
        f"R = σ² + c₁ M^-p + c₂ N_eff^-q, σ² = {NOISE:g} fixed, fitted to {len(plan.widths)} × {len(plan.n_samples)} points: "
        f"{STATED.words}, from a grid of starts (p and q each in {', '.join(map(str, STARTS))}; c₁ and c₂ by non-negative "
        f"least squares). Uncertainties: {plan.resamples} bootstrap resamples of the sketches at each M, each with its runs at "
        "all N. Simulation and theory are fitted at the same points, so that they may be compared whatever the fit; asymptotic "
        "are the exponents of the theorem, p = a − 1 and q = (a − 1)/a. No fitted value of the paper is printed: none is "
        "confirmed.",
        "",
        *_estimates(cases, (0, 1)),
        "",
        *(f"{case.title}: c₁ = {case.fits[0].amplitudes[0]:.3f}, c₂ = {case.fits[0].amplitudes[1]:.3f} simulated; "
          f"{case.fits[1].amplitudes[0]:.3f}, {case.fits[1].amplitudes[1]:.3f} in theory.  " for case in cases),
    ]  # fmt: skip


def _why(cases: Sequence[Case]) -> list[str]:
    """Return where the fits differ from the asymptotic exponents, and why, in numbers of the sharp theory."""
    words = list(cases[0].protocols)
    rows: list[tuple[str, ...]] = [
        (name, *(f"{value:.3f}" for case in cases for value in case.protocols[name])) for name in words
    ]
    rows.append(("**range**", *(f"**{low:.2f} … {high:.2f}**" for case in cases for low, high in _ranges(case))))
    far = (f"{value:.3f}" for case in cases for value in case.far)
    rows.append((f"least squares on ln(R − σ²), M × {FAR:g}, N × {FAR:g}^a", *far))
    heads = ("protocol, on the sharp theory", *(f"{case.title}: {letter}" for case in cases for letter in "pq"))
    lines = [
        "## Why finite-size fits differ from the asymptotic exponents",
        "",
        "The fit supposes that what M limits and what N limits add up. They do not: approximation error and bias are two parts "
        "of one tail of the target, Σ c_k λ_k over the modes that the sketch misses (k ≳ M) or that N samples do not reach "
        "(k ≳ (γN_eff)^{1/a}), and no mode is in both. So the bias at given N depends on M, and R − σ² is a function of "
        "M/N_eff^{1/a} times a power law, not a sum of two. A fitted exponent then depends on the points and on the loss:",
        "",
        *table(heads, rows),
        "",
    ]
    for case in cases:
        bias, N = case.theory["bias"][:, -1], case.plan.n_samples[-1]
        missed, _ = case.unmixed
        (p, q), (far_p, far_q) = (float(case.estimates["asymptotic"][place]) for place in (0, 1)), case.far
        lines.append(
            f"- {case.title}: at N = {N} the bias is {bias[0]:.2g} at M = {case.plan.widths[0]} and {bias[-1]:.2g} at "
            f"M = {case.plan.widths[-1]}. The approximation error alone has slope {missed:.3f} in M over the grid "
            f"(asymptotically {p:.3g}): so much are slow corrections. With M {FAR:g} times as large and N to match they are "
            f"gone, yet the fit gives ({far_p:.3f}, {far_q:.3f}), not ({p:.3g}, {q:.3g}): the two exponents appear one at a "
            "time, where only M or only N limits the risk."
        )
    return lines


def _ranges(case: Case) -> list[tuple[float, float]]:
    found = np.array(list(case.protocols.values()))
    return [(float(column.min()), float(column.max())) for column in found.T]


def _slopes(plan: Plan, cases: Sequence[Case]) -> list[str]:
    return [
        "## Slopes of straight lines",
        "",
        f"−d ln(R − σ²)/d ln M at N = {plan.n_samples[-1]}, and −d ln(R − σ²)/d ln N_eff at M = {plan.widths[-1]}: "
        f"least-squares lines through all points. A straight line sees the other limit too, and is "
        "the flatter for it. Without the other limit, by the sharp theory on the same sizes: "
        + "; ".join(
            f"{case.title}: {first:.3f} in M as N → ∞, {second:.3f} in N_eff with M {FAR:g} times as large"
            for case in cases for first, second in (case.unmixed,)
        ) + ". What is then left of the distance from the asymptotic exponents are corrections that fall with size.",
        "",
        *_estimates(cases, (2, 3)),
    ]


def _deviations(cases: Sequence[Case]) -> list[str]:
    """Return simulation/theory − 1 at every point, with z."""
    lines = [
        "## Simulation against theory, point by point",
        "",
        "(simulation/theory − 1) of R − σ² in per cent, in brackets in standard errors, as measured: deterministic equivalents "
        "over a sketch of M features have a remainder of order 1/M. The verdicts take it out: at each N they carry the widths, "
        "as a ladder, to M → ∞; fits and slopes do not, and feel it at small M. All N of one M are on the same sketches, and "
        "so move together.",
    ]
    for case in cases:
        mean, error, exact = case.mean("reducible"), case.stderr("reducible"), case.theory["reducible"]
        rows = [
            (f"**{M}**", *(f"{100 * (m / t - 1):+.1f} ({(m - t) / e:+.1f})" for m, e, t in zip(*row, strict=True)))
            for M, *row in zip(case.plan.widths, mean, error, exact, strict=True)
        ]
        lines += ["", f"{case.title}:", "", *table(("M \\ N", *map(str, case.plan.n_samples)), rows)]
    return lines


def _section(plan: Plan, case: Case, drawn: Pair) -> Section:
    caption = (
        f"Points: means over {plan.runs}, bars of one standard error (sketches are the "
        "same at all N). Lines: sharp theory, nothing fitted. Dashed: the asymptotic slope. "
        f"λ_k = k^-{case.capacity:g}, k = 1 … ∞, E w*w*ᵀ = I, σ² = {NOISE:g}, γ = {STEP:g}. Points off the lines at "
        "small M are the theory's remainder of order 1/M. Median of |simulation/theory − 1|: "
        f"{max(panel.median_deviation for panel in drawn.panels):.1%}."
    )
    name = f"lin2024-a{case.capacity:g}.png"
    return Section(f"Reducible risk, {case.title}", caption, name, lambda: figure([drawn]))


def _settings(plan: Plan, cases: Sequence[Case]) -> tuple[str, ...]:
    excluded = sum(case.excluded for case in cases)
    return (
        f"M = {', '.join(map(str, plan.widths))}; N = {', '.join(map(str, plan.n_samples))}; batch 1, geometric decay, base 2",
        f"{plan.runs} a point; {excluded} sketches excluded as unstable",
        f"infinite spectrum: {AMBIENT} M modes drawn one by one, the others as their mean; targets averaged exactly",
        f"terms compared, as simulation/theory: {', '.join(TERMS)}; below {plan.rule.negligible:.0%} of R − σ² in its units",
    )
