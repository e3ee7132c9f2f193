"""What a ledger lacks: formulas without an entry, entries older than their formula, too few witnesses, and disagreement."""

from __future__ import annotations

import math
from collections.abc import Sequence

from numerics.validation.ledger.catalogue import subjects as all_subjects
from numerics.validation.ledger.entries import Entry, Ledger, Page
from numerics.validation.ledger.inquiry import Subject

ENOUGH = 3
SAME = 1e-9  # relative: values of one formula, of whatever machine


def faults(ledger: Ledger, subjects: Sequence[Subject] | None = None) -> list[str]:
    """Return what is wrong with a ledger, a line a fault; none, if it holds.

    Parameters
    ----------
    ledger : Ledger
        As it is committed.
    subjects : sequence of Subject, optional
        All, if left out.
    """
    every = all_subjects() if subjects is None else tuple(subjects)
    found = [f"made with control {ledger.control:g}"] if ledger.control != 1.0 else []
    found += [f"{key}: there is no such subject" for key in ledger.pages if key not in {subject.key for subject in every}]
    for subject in every:
        page = ledger.pages.get(subject.key)
        found += [f"{subject.key}: no entry"] if page is None else faults_of(page, subject)
    return found


def faults_of(page: Page, subject: Subject) -> list[str]:
    """Return what is wrong with one page.

    Parameters
    ----------
    page : Page
        As it is held.
    subject : Subject
        As it is.
    """
    prints, values = subject.fingerprints(), subject.probe()
    found = [f"{subject.key}, {name}: there is no such formula" for name in page.entries if name not in prints]
    if page.setting != subject.setting:
        found.append(f"{subject.key}: the setting is another")
    for name, fingerprint in prints.items():
        entry = page.entries.get(name)
        wrong = ["no entry"] if entry is None else _wrong(entry, fingerprint, values[name])
        found += [f"{subject.key}, {name}: {words}" for words in wrong]
    return found


def _wrong(entry: Entry, fingerprint: str, value: float) -> list[str]:
    found = []
    if entry.fingerprint != fingerprint:
        found.append("the entry is older than the formula")
    elif not math.isclose(entry.value, value, rel_tol=SAME, abs_tol=1e-300):
        found.append(f"the formula was {entry.value:.12g} at its probe and is {value:.12g}")
    found += [f"{kind} disagrees: {entry.witnesses[kind].words}" for kind in entry.disagreeing]
    if len(entry.agreeing) < ENOUGH:
        found.append(f"{len(entry.agreeing)} witnesses of {ENOUGH}: {', '.join(entry.agreeing) or 'none'}")
    return found
