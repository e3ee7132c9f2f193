"""Claims of a paper and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from numerics.validation.page import table


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


def published(claims: Sequence[Claim], *words: str) -> list[str]:
    """Return a section in Markdown: how many claims came out how, and a row for each; `words` follow the table."""
    counts = Counter(claim.verdict for claim in claims)
    told = "; ".join(f"{count} {verdict}" for verdict, count in counts.items())
    rows = [
        [cell.replace("|", "\\|") for cell in (c.where, c.words, c.published, c.found, f"**{c.verdict}**", c.evidence)]
        for c in claims
    ]
    return [
        "## Published claims",
        "",
        f"{told}. A claim that is refuted is a finding, not a failure of this report; what the paper prints no number for is "
        "said to be not published.",
        "",
        *table(("where", "claim", "published", "found", "verdict", "evidence"), rows),
        *(line for text in words for line in ("", text)),
    ]


def notes(claims: Sequence[Claim]) -> tuple[str, ...]:
    """Return each claim in a line."""
    return tuple(f"{c.where}: {c.words}: {c.verdict} (published {c.published}, found {c.found})" for c in claims)
