"""`scaletheory validate --ledger`: every public formula and its witnesses, made or brought up to date in one file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from numerics.validation.ledger.audit import ENOUGH, faults
from numerics.validation.ledger.entries import KINDS
from numerics.validation.ledger.make import make
from scaletheory.output.progress import progress_bar
from scaletheory.output.report import Column, Report
from theory.errors import BadArgument

MOST = 20  # faults that are told one by one


def ledger_report(store: Path | None, control: float, seed: int, executor: Any) -> Report:
    """Return the ledger as a table, a row a formula, and what is wrong with it.

    Parameters
    ----------
    store : Path or None
        Its file.
    control : float
        Multiplies every value of the theory.
    seed : int
        Of all draws.
    executor : concurrent.futures.Executor or None
        Of the trials.

    Raises
    ------
    ValueError
        If the file is missing or no ledger.
    """
    if store is None:
        raise BadArgument("--store", None, "the ledger's file, with --ledger", "name one: --store docs/ledger/ledger.json")
    begin = time.monotonic()
    with progress_bar("the ledger") as tick:
        found = make(store, seed=seed, control=control, executor=executor, progress=tick)
    wrong = [words for words in faults(found) if control == 1.0 or not words.startswith("made with control")]
    rows = [(page, name, entry) for page in found.pages.values() for name, entry in page.entries.items()]
    columns = [
        Column("subject", [page.title for page, _, _ in rows], "subject", key=True, words=True),
        Column("formula", [name for _, name, _ in rows], "formula", key=True, words=True),
        *(
            Column(kind, [entry.witnesses[kind].verdict if kind in entry.witnesses else "none" for _, _, entry in rows], kind,
                   words=True)
            for kind in KINDS
        ),
    ]  # fmt: skip
    facts = {"command": "validate", "verdict": "disagree" if wrong else "agree", "formulas": len(rows), "faults": wrong,
             "seed": seed, "control": control, "store": str(store)}  # fmt: skip
    told = wrong[:MOST] + ([f"and {len(wrong) - MOST} more"] if len(wrong) > MOST else [])
    held = f"{len(rows)} formulas, each with {ENOUGH} witnesses or more that agree" if not wrong else f"{len(wrong)} faults"
    return Report("The ledger of formulas", facts, tuple(columns),
                  (*told, f"verdict: {facts['verdict']}; {held}; {store} after {time.monotonic() - begin:.0f} s"),
                  _no_figure, bool(wrong))  # fmt: skip


def _no_figure(title: str) -> Any:
    raise BadArgument("--plot", title, "left out with --ledger", "the site shows it: scripts/site")
