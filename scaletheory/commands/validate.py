"""`scaletheory validate`: theory against simulation, a report in Markdown with figures and a table of verdicts."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click

from numerics.check.agreement import label
from numerics.montecarlo.keeping import kept_in
from numerics.papers import PAPERS, Reproduction, reproduce
from numerics.pictures.drawing import matplotlib
from numerics.validation.bench import FULL, QUICK, Bench
from numerics.validation.experiments import Validation, validate
from numerics.validation.figures import deviations
from numerics.validation.page import VERDICTS
from numerics.validation.report import write_report
from scaletheory.commands.ledger import ledger_report
from scaletheory.output.progress import progress_bar
from scaletheory.output.report import Column, Report
from scaletheory.output.reporting import reporting
from theory.errors import BadArgument

EPILOG = """\b
DIR receives report.md and its figures (PNG); files of these names are replaced.
--json, --csv and --plot give the verdicts, a row for each term of each model.
The same seed gives the same numbers, whatever the number of workers.

\b
The exit status is 1 if a verdict is "disagree"; "undecided" means that the simulation
was not sharp enough to tell, and is no failure.

\b
A first look, under two minutes:
  scaletheory validate --quick --out validation
Figure 1 of Lin et al. (arXiv:2406.08466), with fits of its exponents:
  scaletheory validate --paper lin2024 --workers 2 --out lin2024
The figures of Bordelon et al. (arXiv:2402.01092), with a verdict on every claim:
  scaletheory validate --paper bordelon2024 --quick --out bordelon2024
Every public formula with its witnesses, brought up to date where one has changed:
  scaletheory validate --ledger --store docs/ledger/ledger.json
"""


@click.command("validate", epilog=EPILOG, short_help="Theory against simulation: report, figures, verdicts.")
@click.option("--paper", type=click.Choice(list(PAPERS)), help="A paper's experiment, instead of the library's own.")
@click.option("--control", type=float, metavar="FACTOR",
              help="With --paper or --ledger: multiply every value of the theory; it must end in \"disagree\".")  # fmt: skip
@click.option("--ledger", is_flag=True, help="Every public formula with its witnesses, kept in the file --store.")
@click.option("--quick", is_flag=True, help="Smaller systems, fewer trials, coarser verdicts.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("validation"), show_default=True, metavar="DIR",
              help="Where to write the report; made if need be.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all random draws.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes for the trials.")
@click.option("--store", type=click.Path(path_type=Path), metavar="DIR",
              help="Keep every trial here as it is done: the same command, stopped and started again, goes on. With --ledger "
                   "its file.")  # fmt: skip
@reporting
def command(
    paper: str | None, control: float | None, quick: bool, out: Path, seed: int, workers: int, store: Path | None,
    ledger: bool,
) -> Report:
    """Hold the theory against simulations that know nothing of it, and write a report.

    Test and training risk through the interpolation peak, bias and variances, ensembles, the ridge path, truncated
    spectra and real data, each in a figure; and a verdict on every term of six models. With --paper: a published
    experiment instead, simulation, sharp theory and asymptotic exponents beside each other. With --ledger: every public
    formula with its witnesses, of which the file keeps those of formulas that have not changed.
    """
    if control is not None and paper is None and not ledger:
        raise BadArgument("--control", control, "given beside --paper or --ledger", "name a paper")
    if ledger:
        for option, given in (("--paper", paper), ("--quick", quick or None)):
            if given is not None:
                raise BadArgument(option, given, "left out with --ledger, which is one size", f"remove {option}")
        with worked_by(workers) as executor:
            return ledger_report(store, 1.0 if control is None else control, seed, executor)
    matplotlib()
    folder = writable_folder(out)
    begin = time.monotonic()
    with worked_by(workers) as executor, progress_bar("theory against simulation") as tick, kept_in(store):
        found: Validation | Reproduction
        if paper is None:
            found = validate(Bench(replace(QUICK if quick else FULL, seed=seed), executor, tick))
        else:
            found = reproduce(paper, quick=quick, seed=seed, executor=executor, progress=tick,
                              control=1.0 if control is None else control)  # fmt: skip
    seconds = time.monotonic() - begin
    if isinstance(found, Reproduction):
        return published_summary(found, found.write(folder, seconds), seconds)
    return summary(found, write_report(found, folder, seconds), seconds)


def worked_by(workers: int) -> Any:
    """Return what trials run in, as a context: None for this process alone."""
    return nullcontext() if workers == 1 else ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def writable_folder(path: Path) -> Path:
    """Return the folder, made if need be, or refuse it before anything is computed."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or "it cannot be made"
        raise BadArgument("--out", str(path), "a folder, or a name for a new one", f"choose another ({reason})") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise BadArgument("--out", str(path), "a folder that can be written", "choose another")
    return path


def summary(found: Validation, report: Path, seconds: float) -> Report:
    """Return the verdicts as a table, a row for each term of each model."""
    return _verdicts(found, "Theory against simulation", report, seconds, lambda _: deviations(found.verdicts))


def published_summary(found: Reproduction, report: Path, seconds: float) -> Report:
    """Return the same of a paper's experiment, with its findings in the notes and, as numbers, in the JSON object."""
    made = _verdicts(found, found.title, report, seconds, lambda _: found.figure())
    return replace(made, facts={**made.facts, **found.facts}, notes=(*found.notes, *made.notes))


def _verdicts(
    found: Validation | Reproduction, title: str, report: Path, seconds: float, figure: Callable[[str], Any]
) -> Report:
    rows = [(part, agreement, row) for part, agreement in found.verdicts for row in agreement.terms]
    counts = [Counter(entry.verdict for entry in agreement.rows if entry.term == row.term) for _, agreement, row in rows]
    facts = {
        "command": "validate", "verdict": found.verdict, "settings": found.plan.name, "seed": found.plan.seed,
        "report": str(report), "seconds": round(seconds, 1),
    }  # fmt: skip
    columns = (
        Column("model", [part for part, _, _ in rows], "model", key=True, words=True),
        Column("term", [label(row.term) for _, _, row in rows], "term", key=True, words=True),
        Column("deviation", [row.deviation for _, _, row in rows], "simulation/\ntheory − 1",
               shown=[f"{row.deviation:+.2%} ± {row.stderr:.2%}" for _, _, row in rows]),
        Column("stderr", [row.stderr for _, _, row in rows]),
        Column("z", [row.z for _, _, row in rows], "z", shown=[f"{row.z:+.2f}" for _, _, row in rows]),
        Column("term_verdict", [row.verdict for _, _, row in rows], "verdict", words=True),
        *(Column(f"settings_{name}", [count[name] for count in counts], f"settings\n{name}") for name in VERDICTS),
    )  # fmt: skip
    notes = (f"verdict: {found.verdict}", f"{report} written after {seconds:.0f} s")
    failed = found.verdict == "disagree"
    return Report(title, facts, columns, notes, figure, failed)
