"""The ledger made: subject by subject, each stored when it is done, so that an interrupted run goes on where it was."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

from numerics.validation.ledger.audit import faults_of
from numerics.validation.ledger.catalogue import subjects as all_subjects
from numerics.validation.ledger.entries import Entry, Ledger, Page, read
from numerics.validation.ledger.inquiry import Inquiry, Subject
from theory.errors import BadArgument
from theory.versions import version

DIGITS = 12


def make(
    path: Path, *, seed: int = 0, control: float = 1.0, executor: Executor | None = None,
    progress: Callable[[float, float], None] | None = None, subjects: Sequence[Subject] | None = None,
) -> Ledger:  # fmt: skip
    """Return the ledger in a file, with every page made anew that is not there or has a fault.

    Parameters
    ----------
    path : Path
        A ledger, or a file that is not there yet; it is written after every subject.
    seed : int
        Of all draws.
    control : float
        Multiplies every value of the theory; other than 1, the ledger must end in disagreement.
    executor : concurrent.futures.Executor, optional
        Of the trials; no number depends on it.
    progress : callable, optional
        Called with (done, total), in subjects.
    subjects : sequence of Subject, optional
        All, if left out.

    Raises
    ------
    ValueError
        If the file is no ledger, or one of another seed or control.
    """
    every = all_subjects() if subjects is None else tuple(subjects)
    held = read(path) if path.exists() else Ledger(seed, control, {})
    if (held.seed, held.control) != (seed, control):
        found = f"of seed {held.seed} and control {held.control:g}"
        raise BadArgument("--store", f"{path}, {found}", f"a ledger of seed {seed} and control {control:g}", "name a new file")
    pages, inquiry = {}, Inquiry(seed, control, executor)
    for done, subject in enumerate(every):
        page = held.pages.get(subject.key)
        held_still = page is not None and not (faults_of(page, subject) and control == 1.0)
        pages[subject.key] = page if page is not None and held_still else made(subject, inquiry)
        rest = {each.key: held.pages[each.key] for each in every[done + 1 :] if each.key in held.pages}
        Ledger(seed, control, {**pages, **rest}).write(path)
        if progress is not None:
            progress(done + 1, len(every))
    return Ledger(seed, control, pages)


def made(subject: Subject, inquiry: Inquiry) -> Page:
    """Return the page of one subject, every witness asked.

    Parameters
    ----------
    subject : Subject
        The subject.
    inquiry : Inquiry
        How it is asked.
    """
    said, values, prints = subject.witnesses(inquiry), subject.probe(), subject.fingerprints()
    entries = {name: Entry(prints[name], float(f"{values[name]:.{DIGITS}g}"), said.get(name, {})) for name in prints}
    return Page(subject.title, subject.group, subject.setting, commit(), entries)


def commit() -> str:
    """Return the commit of this code; the version where it is no checkout."""
    folder = Path(__file__).resolve().parent
    try:
        command = ["git", "rev-parse", "--short=10", "HEAD"]
        found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return version()
    return found.stdout.strip()
