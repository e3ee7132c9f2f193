"""The validation report in Markdown: verdicts, figures with captions, settings, and how to repeat it."""

from __future__ import annotations

from pathlib import Path

from numerics.validation import figures
from numerics.validation.bench import HEAVY, Plan
from numerics.validation.experiments import Validation
from numerics.validation.page import Section, closing, comparisons, opening, pictures, repeat, write_page


def write_report(found: Validation, folder: str | Path, seconds: float) -> Path:
    """Write the report; see `write_page`. `seconds` is the experiments' wall time, to be stated."""
    return write_page(folder, sections(found), markdown(found, seconds), found.verdicts)


def sections(found: Validation) -> tuple[Section, ...]:
    """Return the figures, in order; that of real data is left out where there are none."""
    plan, n = found.plan, found.plan.threshold
    law = f"λ_k = k^-1.2, c_k λ_k = k^-1.96, k = 1 … {plan.size}"
    near = f"Open points are medians (P within a factor {HEAVY:g} of the threshold), filled ones means."
    path, cut = found.ridge_path, found.truncation[0]
    parts = [
        Section(
            "Test and training risk through the interpolation peak",
            f"Lines: theory. Points: {plan.trials} simulations each, bars of one standard error. {near} Near interpolation the "
            "risk of a single draw has heavy tails, and a mean over draws would be that of its few largest values; bars of "
            f"medians are order statistics. Population: {law} (linear ridge: {n} modes; relu: {plan.size} equal modes); "
            f"ridge 1e-5, label noise 0.2; all models interpolate at P = {n} (dotted). Medians of |simulation/theory − 1|: "
            + "; ".join(f"{panel.title} {panel.median_deviation:.1%}" for panel in found.peaks)
            + f". These are real matrices of finite size: the remainder is of order 1/{n}, and the verdicts take it out.",
            "peaks.png",
            lambda: figures.small_multiples(found.peaks, ("test risk", "training risk")),
        ),
        Section(
            "Bias and variances, stacked",
            f"Areas: theory. Points: the same sums from simulation, by U-statistics on crossed draws ({plan.trials} grids "
            f"each), with bars of one standard error. Random features, N = {n}, ridge 1e-3, label noise 0.2. Median of "
            f"|simulation/theory − 1| of the sums: {found.decomposition.median_deviation:.1%}.",
            "decomposition.png",
            lambda: figures.stacked(found.decomposition),
        ),
        Section(
            "Ensembles",
            "Test risk of the mean of K predictors with features of their own and the same data. K = ∞ is simulated without "
            f"taking a limit: it is what U-statistics leave when features are averaged. {near} Random features, N = {n}, ridge "
            f"1e-4, label noise 0.2. Median of |simulation/theory − 1|: {found.ensembles.median_deviation:.1%}.",
            "ensembles.png",
            lambda: figures.one_panel(found.ensembles, "n_samples", "test risk"),
        ),
        Section(
            "The ridge path and its optimum",
            f"Random features at P = N = {n}; {4 * plan.trials} draws, each fitted at all ridges. Open points (ridge < 1e-3) "
            "are medians, filled ones means. Dotted: where the optimum moves as the noise varies, by theory. Stars: optima of "
            "the simulated means (parabola through the least three). "
            + " ".join(
                f"σ² = {best.noise:g}: λ* = {best.ridge:.4f} by theory, {best.simulated:.4f} ±{100 * (best.factor - 1):.1f} % "
                "simulated."
                for best in found.optima
            )
            + f" Median of |simulation/theory − 1| along the paths: {path.median_deviation:.1%}.",
            "ridge-path.png",
            lambda: figures.one_panel(path, "ridge", "test risk", found.optima),
        ),
        Section(
            "A truncated spectrum is not an infinite one",
            f"Linear ridge on λ_k = k^-1.2, c_k λ_k = k^-1.96, cut off after D modes, and with all of them; ridge 1e-4, no "
            f"noise. Points: {plan.trials} simulations each at D = {plan.size}, where theory and simulation agree (median of "
            f"|simulation/theory − 1| {cut.median_deviation:.1%}) on a curve that is not that of the power law. Right: the "
            "renormalised ridge, too small at every P, not only at P ~ D.",
            "truncation.png",
            lambda: figures.side_by_side(found.truncation),
        ),
    ]  # fmt: skip
    if found.real_data:
        parts.append(
            Section(
                "Real learning curves",
                "Kernel ridge on images of handwritten digits (scikit-learn), predicted from the spectrum of the kernel matrix "
                f"of {'all images' if plan.pool is None else f'{plan.pool} of them'}, measured on random splits; ridge 0.01 · "
                "mean K(x, x), squared error summed over ten outputs, bars of one standard error. The prediction was made at "
                "the measured P. Medians of |measured/predicted − 1| over held-out and training errors: "
                + "; ".join(f"{panel.title} {panel.median_deviation:.1%}" for panel in found.real_data) + ".",
                "real-data.png",
                lambda: figures.small_multiples(found.real_data, ("held-out error", "training error"), columns=2),
            )
        )  # fmt: skip
    parts.append(
        Section(
            "Every term, all settings",
            "Deviation of the simulation, carried to infinite size, from the theory: weighted means over all settings in which "
            "a term is above 1 % of the test risk, with bars of one standard error. Filled: agree; open: undecided; crosses: "
            "disagree.",
            "verdicts.png",
            lambda: figures.deviations(found.verdicts),
        )
    )
    return tuple(parts)


def markdown(found: Validation, seconds: float) -> str:
    """Return the text of the report; only the line of the wall time differs between runs of one seed."""
    plan, rule = found.plan, found.plan.rule
    promise = (
        f"Each term of each model was simulated at two sizes and carried to infinite size. A right formula is called wrong "
        f"with probability {rule.false_alarm:g} a model; an error of {rule.resolution:.0%} in a term throughout, or of "
        f"{rule.entry_resolution:.0%} in one entry, is seen with probability {rule.power:.0%}, else the verdict is undecided."
    )
    lines = [*opening("Theory against simulation", found.verdicts, "model"), "", promise, ""]
    lines += pictures(sections(found), numbered=True)
    if not found.real_data:
        lines += ["Real learning curves are left out: scikit-learn is not installed (`pip install 'scaletheory[data]'`).", ""]
    size = f"D = {plan.size}, {plan.trials} trials a point, {plan.points} points a curve"
    settings = (f"seed {plan.seed}; {plan.name}: {size}",)
    lines += [*comparisons(found.verdicts), *closing(settings, seconds, repeat("", plan.name, plan.seed)), *_one_model(plan)]
    return "\n".join(lines)


def _one_model(plan: Plan) -> list[str]:
    return f"""To repeat the verdict on one model, here random features:

```python
from numerics.check.crosscheck import crosscheck
from numerics.validation.experiments import verdict_grid, verdict_options, verdict_settings
from numerics.validation.bench import {plan.name.upper()} as plan

one = verdict_settings(plan)[1]
options = verdict_options(plan) | {{"seed": {plan.seed}}}
print(crosscheck(one.model, one.task, verdict_grid(plan, one), **options))
```
""".split("\n")
