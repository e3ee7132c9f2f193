"""The outcome of a cross-check: every comparison as a row, the verdict, and how sharp the check was."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.check.extrapolation import Array
from numerics.check.verdict import Block, Row, Rule, TermRow, Verdict, judge
from theory.errors import BadArgument
from theory.results.inputs import Inputs
from theory.results.store import Stored
from theory.results.tabular import Tabular
from theory.terms import Key, term_name

HEADINGS = ("setting", "term", "theory", "mean ± s.e.", "z", "sizes", "trials", "remainder", "verdict")


@dataclass(frozen=True, eq=False, repr=False)
class Agreement(Tabular, Stored):
    """Formula against simulation; printed as a table.

    Attributes
    ----------
    blocks : tuple of Block
        The measurements, and the formula's values at each size.
    rule : Rule
        What the verdict promises.
    """

    blocks: tuple[Block, ...]
    rule: Rule

    @cached_property
    def inputs(self) -> Inputs:  # type: ignore[override]
        """The setting of each comparison, by argument; NaN where it has none."""
        names = dict.fromkeys(name for row in self.rows for name in row.setting)
        given = {name: [row.setting.get(name, math.nan) for row in self.rows] for name in names}
        return Inputs((len(self.rows),), given)

    @property
    def answers(self) -> dict[str, NDArray[Any]]:
        """Every comparison, by column."""
        terms = {"term": np.array([term_name(row.term) for row in self.rows])}
        known = ("theory", "mean", "stderr", "z", "remainder")
        numbers = {name: np.array([getattr(row, name) for row in self.rows]) for name in known}
        return {**terms, **numbers, "verdict": np.array([row.verdict for row in self.rows])}

    @property
    def headline(self) -> str:
        """The verdict."""
        return f"verdict {self.verdict}"

    def __getitem__(self, place: int) -> Row:
        """Return one comparison."""
        return self.rows[place]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def _judged(self) -> tuple[list[Row], list[TermRow]]:
        return judge(self.blocks, self.rule)

    @property
    def rows(self) -> list[Row]:
        """Every term in every setting."""
        return self._judged[0]

    @property
    def terms(self) -> list[TermRow]:
        """Every term over all settings."""
        return self._judged[1]

    @cached_property
    def verdict(self) -> Verdict:
        """Of everything: "disagree" if any comparison does, else "undecided" if any is, else "agree"."""
        found = {row.verdict for row in self.rows} | {row.verdict for row in self.terms}
        return "disagree" if "disagree" in found else "undecided" if "undecided" in found else "agree"

    def __bool__(self) -> bool:
        """Refuse to be a truth value: there are three verdicts."""
        raise TypeError("a cross-check has three verdicts: compare .verdict with 'agree', 'disagree' or 'undecided'")

    def against(self, theory: Callable[[Block], Sequence[Mapping[Key, Array]]]) -> Agreement:
        """Return the same measurements held against other values of the formula.

        Parameters
        ----------
        theory : callable
            Takes a block and returns its `theory` anew: for each rung, one array of shape (n_settings,) a term.
        """
        return Agreement(tuple(replace(block, theory=tuple(theory(block))) for block in self.blocks), self.rule)

    def multiplied(self, factor: float) -> Agreement:
        """Return the same measurements held against a formula of which every term is wrong by a factor.

        Parameters
        ----------
        factor : float
            What every value of the theory is multiplied by.
        """
        return self.against(lambda block: [{name: values * factor for name, values in rung.items()} for rung in block.theory])

    def scaled(self, term: Key, factor: float) -> Agreement:
        """Return the same measurements held against a formula whose `term` is wrong by `factor`.

        Parameters
        ----------
        term : str or tuple of str
            Which term: a risk, bias, or the sources of a variance, in any order.
        factor : float
            What its theory is multiplied by.

        Raises
        ------
        ValueError
            If the term is not among those compared.
        """
        known = [row.term for row in self.terms]
        wanted = [name for name in known if _sources(name) == _sources(term)]
        if not wanted:
            raise BadArgument("term", term, f"one of {', '.join(map(label, known))}", "name a term of the comparison")
        return self.against(
            lambda block: [
                {name: values * (factor if name == wanted[0] else 1.0) for name, values in rung.items()}
                for rung in block.theory
            ]
        )

    def to_records(self) -> list[dict[str, Any]]:
        """Return the rows as plain dicts, ready for JSON: numbers that are not finite become None."""
        return [
            {
                "setting": {name: _plain(value) for name, value in row.setting.items()},
                "term": label(row.term),
                "theory": _plain(row.theory),
                "mean": _plain(row.mean),
                "stderr": _plain(row.stderr),
                "z": _plain(row.z),
                "sizes": [dict(sizes) for sizes in row.sizes],
                "trials": list(row.trials),
                "remainder": _plain(row.remainder),
                "verdict": row.verdict,
            }
            for row in self.rows
        ]

    def table(self) -> str:
        """Return the comparisons as text in columns, then each term over all settings, then the verdict."""
        lines = _columns([HEADINGS, *map(_cells, self.rows)])
        pooled = _columns([("term, all settings", "simulation/theory − 1", "z", "verdict"), *map(_pooled, self.terms)])
        return "\n".join([*lines, "", *pooled, "", self.summary()])

    __str__ = table

    def to_markdown(self) -> str:
        """Return the same in Markdown."""
        entries = _markdown([HEADINGS, *map(_cells, self.rows)])
        pooled = _markdown([("term, all settings", "simulation/theory − 1", "z", "verdict"), *map(_pooled, self.terms)])
        return "\n".join([f"**{self.summary()}**", "", *pooled, "", *entries, ""])

    def summary(self) -> str:
        """Return the verdict in a sentence, with what it promises."""
        counts = Counter(row.verdict for row in self.rows)
        listed = ", ".join(f"{counts[name]} {name}" for name in ("agree", "disagree", "undecided") if counts[name])
        rule = self.rule
        return (
            f"verdict: {self.verdict} ({len(self.rows)} comparisons: {listed}; false alarm {rule.false_alarm:g} over all; "
            f"seen with probability {rule.power:g}: an error of {100 * rule.resolution:g} % in a term throughout, "
            f"of {100 * rule.entry_resolution:g} % in one entry)"
        )


def label(term: Key) -> str:
    """Return a term's name: sources joined by ×."""
    return term if isinstance(term, str) else " × ".join(term)


def _sources(term: Key) -> frozenset[str]:
    return frozenset((term,) if isinstance(term, str) else term)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value if isinstance(value, int | float | str | bool | type(None)) else str(value)


def _cells(row: Row) -> tuple[str, ...]:
    setting = ", ".join(f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
                        for name, value in row.setting.items())
    drawn = [sizes for sizes in row.sizes if sizes]
    sizes = " → ".join("/".join(map(str, size.values())) for size in drawn) if drawn else "–"
    return (
        setting, label(row.term), f"{row.theory:.5g}", f"{row.mean:.5g} ± {_number(row.stderr, '.1g')}",
        _number(row.z, "+.2f"), sizes, " → ".join(map(str, row.trials)), _number(row.remainder, ".1g"), row.verdict,
    )


def _pooled(row: TermRow) -> tuple[str, ...]:
    deviation = f"{_number(row.deviation, '+.2%')} ± {_number(row.stderr, '.2%')}"
    return label(row.term), deviation, _number(row.z, "+.2f"), row.verdict


def _number(value: float, form: str) -> str:
    return "–" if math.isnan(value) else format(value, form)


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return [head, "|" + "---|" * len(rows[0]), *body]
