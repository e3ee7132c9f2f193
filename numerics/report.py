"""The validation report in Markdown: verdicts, figures with captions, settings, and how to repeat it."""

from __future__ import annotations

import importlib.metadata
import platform
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from numerics import validation_figures as figures
from numerics.agreement import Agreement, label
from numerics.drawing import save
from numerics.validation import Validation
from numerics.validation_bench import HEAVY, Plan

PACKAGES = ("scaletheory", "numpy", "scipy", "sympy", "mpmath", "matplotlib", "scikit-learn")
NAME = "report.md"


@dataclass(frozen=True)
class Section:
    """A figure of the report: its title and caption, its file, and how to draw it."""

    title: str
    caption: str
    file: str
    draw: Callable[[], Any]


def write_report(found: Validation, folder: str | Path, seconds: float) -> Path:
    """Write `report.md` and its figures into a folder; return the report's path.

    Parameters
    ----------
    found : Validation
    folder : path
        Exists; files of the same names are replaced.
    seconds : float
        Wall time of the experiments, to be stated. All else is the same for the same seed and versions.

    Raises
    ------
    ValueError
        If matplotlib is missing.
    OSError
        If a file cannot be written.
    """
    place = Path(folder)
    for section in sections(found):
        save(section.draw(), place / section.file)
    report = place / NAME
    report.write_text(markdown(found, seconds), encoding="utf-8")
    return report


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
    lines = ["# Theory against simulation", "", f"Verdict: **{found.verdict}**", "", *verdict_table(found), ""]
    for number, section in enumerate(sections(found), 1):
        lines += [f"## {number}. {section.title}", "", f"![{section.title}]({section.file})", "", section.caption, ""]
    if not found.real_data:
        lines += ["Real learning curves are left out: scikit-learn is not installed (`pip install 'scaletheory[data]'`).", ""]
    lines += ["## Every comparison", ""]
    for title, agreement in found.verdicts:
        lines += [f"### {title}", "", agreement.to_markdown()]
    return "\n".join([*lines, *_settings(found.plan, seconds), ""])


def verdict_table(found: Validation) -> list[str]:
    """Return the verdicts, one model a line, and what they promise."""
    rule = found.plan.rule
    heads = ("model", "verdict", "comparisons", "agree", "disagree", "undecided", "largest \\|z\\|", "worst term, all settings")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for title, agreement in found.verdicts:
        counts = Counter(row.verdict for row in agreement.rows)
        worst = max(agreement.terms, key=lambda row: np.nan_to_num(abs(row.z), nan=-1.0))
        numbers = " | ".join(str(counts[verdict]) for verdict in ("agree", "disagree", "undecided"))
        lines.append(
            f"| {title} | **{agreement.verdict}** | {len(agreement.rows)} | {numbers} | {largest_z(agreement):.2f} | "
            f"{label(worst.term)}: {worst.deviation:+.2%} ± {worst.stderr:.2%} |"
        )
    promise = (
        f"Each term of each model was simulated at two sizes and carried to infinite size. A right formula is called wrong "
        f"with probability {rule.false_alarm:g} a model; an error of {rule.resolution:.0%} in a term throughout, or of "
        f"{rule.entry_resolution:.0%} in one entry, is seen with probability {rule.power:.0%}, else the verdict is undecided."
    )
    return [*lines, "", promise]


def largest_z(agreement: Agreement) -> float:
    """Return the largest |z| of a model's entries that have one."""
    found = np.abs([row.z for row in agreement.rows])
    return float(np.nanmax(found, initial=0.0))


def _settings(plan: Plan, seconds: float) -> list[str]:
    versions = [f"Python {platform.python_version()}", *filter(None, map(_version, PACKAGES))]
    quick = " --quick" if plan.name == "quick" else ""
    return f"""## Settings

- seed {plan.seed}; {plan.name}: D = {plan.size}, {plan.trials} trials a point, {plan.points} points a curve
- versions: {", ".join(versions)}; {platform.machine()}
- wall time: {seconds:.0f} s

To repeat it, figures and numbers:

```sh
scaletheory validate{quick} --seed {plan.seed} --out DIR
```

To repeat the verdict on one model, here random features:

```python
from numerics.crosscheck import crosscheck
from numerics.validation import verdict_grid, verdict_options, verdict_settings
from numerics.validation_bench import {plan.name.upper()} as plan

one = verdict_settings(plan)[1]
options = verdict_options(plan) | {{"seed": {plan.seed}}}
print(crosscheck(one.model, one.task, verdict_grid(plan, one), **options))
```""".splitlines()


def _version(package: str) -> str | None:
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return None
