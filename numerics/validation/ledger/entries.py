"""What the ledger holds: subjects (a model, a spectrum, an algorithm), their formulas, and the witnesses of each; as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from theory.errors import BadArgument

SCHEMA = "scaletheory/ledger/1"
KINDS = {
    "identity": "exact algebra: sums, limits, other forms",
    "digits": "doubles against many digits, or certified bounds",
    "simulation": "draws that know no formula, with a verdict",
    "published": "numbers and closed forms in print",
    "route": "another way to the same number",
}


@dataclass(frozen=True)
class Witness:
    """What one kind of witness says of a formula.

    Attributes
    ----------
    verdict : str
        "agree", "disagree", "undecided", or "none": not published, not drawn.
    words : str
        What was compared, and how it came out.
    figures : mapping
        Its numbers, by name.
    """

    verdict: str
    words: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One formula.

    Attributes
    ----------
    fingerprint : str
        Of the formula that the witnesses were held against.
    value : float
        Its value at the subject's probe.
    witnesses : mapping of str to Witness
        By kind.
    """

    fingerprint: str
    value: float
    witnesses: Mapping[str, Witness]

    @property
    def agreeing(self) -> list[str]:
        """The kinds of the witnesses that agree."""
        return [kind for kind, witness in self.witnesses.items() if witness.verdict == "agree"]

    @property
    def disagreeing(self) -> list[str]:
        """The kinds of those that do not."""
        return [kind for kind, witness in self.witnesses.items() if witness.verdict == "disagree"]


@dataclass(frozen=True)
class Page:
    """The entries of one subject, made together.

    Attributes
    ----------
    title : str
        Of the subject.
    group : str
        What it is one of: models, training, spectra, …
    setting : str
        Where it was drawn and evaluated.
    commit : str
        Of the code that made them.
    entries : mapping of str to Entry
        By formula.
    """

    title: str
    group: str
    setting: str
    commit: str
    entries: Mapping[str, Entry]


@dataclass(frozen=True)
class Ledger:
    """All pages, by subject.

    Attributes
    ----------
    seed : int
        Of all draws.
    control : float
        What every value of the theory was multiplied by: 1, but where the ledger is to fail.
    pages : mapping of str to Page
        In the order in which they are shown.
    """

    seed: int
    control: float
    pages: Mapping[str, Page]

    def write(self, path: Path) -> None:
        """Write it, a line a number, in one order: what changes is what differs."""
        made = {"schema": SCHEMA, "seed": self.seed, "control": self.control, "subjects": _plain(self.pages)}
        text = json.dumps(made, ensure_ascii=False, indent=1, allow_nan=False)
        beside = path.with_name(f"{path.name}.part")
        beside.write_text(f"{text}\n", encoding="utf-8")
        beside.replace(path)


def _plain(pages: Mapping[str, Page]) -> dict[str, Any]:
    return {key: {name: value for name, value in asdict(page).items() if value != ""} for key, page in pages.items()}


def read(path: Path) -> Ledger:
    """Return a ledger that was written.

    Raises
    ------
    ValueError
        If the file is none.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["schema"] != SCHEMA:
            raise KeyError("schema")
        pages = {key: Page(**{"setting": "", **page, "entries": {name: Entry(entry["fingerprint"], entry["value"], {
            kind: Witness(**witness) for kind, witness in entry["witnesses"].items()
        }) for name, entry in page["entries"].items()}}) for key, page in found["subjects"].items()}  # fmt: skip
        return Ledger(found["seed"], found["control"], pages)
    except (OSError, ValueError, KeyError, TypeError) as error:
        admissible = f"a ledger ({SCHEMA}) that `scaletheory validate --ledger` wrote"
        raise BadArgument("--store", str(path), admissible, "name another file, or a new one") from error
