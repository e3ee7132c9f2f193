"""A claim of the paper and what became of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """One claim of the paper.

    Attributes
    ----------
    where : str
        Figure or equation.
    words : str
        What is claimed.
    published, found : str
        What it says, and what the evaluated theory says; "not published" where the paper prints no number.
    verdict : str
        "confirmed", "refuted", "undecided" or "not published".
    evidence : str
        How it was found.
    """

    where: str
    words: str
    published: str
    found: str
    verdict: str
    evidence: str
