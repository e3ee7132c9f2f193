"""`scaletheory derive`: derivations printed, listed and checked, those that ship and a user's own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import click

from derivations import Derivation
from derivations.system.discover import load, names
from derivations.system.document import Result
from scaletheory.output.formats import short
from scaletheory.output.progress import progress_bar
from scaletheory.output.report import Column, Report
from scaletheory.output.reporting import reporting
from theory.errors import BadArgument

EPILOG = """\b
NAME is one of --list, or a Python file of your own that holds one Derivation.

\b
Read one, as Markdown or as LaTeX; check one, your own, or all of them:
  scaletheory derive linear-ridge
  scaletheory derive linear-ridge --format latex > linear-ridge.tex
  scaletheory derive my_file.py --check
  scaletheory derive --check

\b
The exit status is 1 if a step fails. What is undecided fails.
"""


@click.command("derive", epilog=EPILOG, short_help="Derivations, each step checked by machine.")
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["markdown", "latex"]), help="What to print.  [default: markdown]")
@click.option("--list", "listed", is_flag=True, help="List the derivations that ship.")
@click.option("--check", "checked", is_flag=True, help="Verify every step of NAME, or of all derivations.")
@reporting
def command(name: str | None, form: str | None, listed: bool, checked: bool) -> Report:
    """Print the derivation NAME; with --check verify every step of it, with --list say which there are."""
    if listed:
        if name is not None or checked or form is not None:
            raise BadArgument("--list", True, "used alone", "leave the rest out")
        return _listing()
    if checked:
        if form is not None:
            raise BadArgument("--format", form, "left out with --check", "print and check in two commands")
        return _checking([name] if name is not None else names())
    if name is None:
        raise BadArgument("NAME", None, f"one of {', '.join(names())}, or a path ending in .py", "or give --list or --check")
    return _printed(name, loaded(name), form or "markdown")


def loaded(name: str) -> Derivation:
    """Return a derivation by name or from a file, which may not leave in its own way.

    Parameters
    ----------
    name : str
        As `derivations.system.discover.load` takes it.

    Raises
    ------
    ValueError
        As there; and if the file asks to exit.
    """
    try:
        return load(name)
    except SystemExit as leaving:
        code = "0" if leaving.code is None else leaving.code
        raise BadArgument("NAME", name, "a file that runs to its end", f"it leaves with exit({code})") from None


def _printed(name: str, derivation: Derivation, form: str) -> Report:
    text = derivation.markdown() if form == "markdown" else derivation.latex_document()
    facts = {"command": "derive", "name": name, "title": derivation.title, "format": form, "text": text}
    steps = derivation.steps
    columns = (
        Column("step", list(steps), key=True),
        Column("mode", [step.mode for step in steps.values()]),
        Column("claim", [step.text for step in steps.values()]),
    )
    return Report(derivation.title, facts, columns, (), _no_picture, page=text.rstrip("\n"))


def _listing() -> Report:
    known = {name: loaded(name) for name in names()}
    columns = (
        Column("name", list(known), "name", key=True, words=True),
        Column("steps", [derivation.n_claims for derivation in known.values()], "steps"),
        Column("title", [derivation.title for derivation in known.values()], "what it derives", words=True),
    )
    return Report(f"{len(known)} derivations", {"command": "derive"}, columns, (), _no_picture)


def _checking(chosen: Sequence[str]) -> Report:
    begin, derivations = time.monotonic(), {name: loaded(name) for name in chosen}
    results: dict[str, Result] = {}
    with progress_bar("checking derivations") as tick:
        for place, (name, derivation) in enumerate(derivations.items()):
            results[name] = derivation.verify()
            tick(place + 1, len(derivations))
    rows = [(name, outcome) for name, result in results.items() for outcome in result.outcomes]
    failures = [f"{name} ({outcome.label}) {outcome.text}: {outcome.found}" for name, outcome in rows if not outcome.passed]
    failures += [f"{name}: there is nothing to check" for name, result in results.items() if not result.outcomes]
    seconds = time.monotonic() - begin
    facts: dict[str, Any] = {
        "command": "derive", "derivations": list(chosen), "passed": not failures, "seconds": round(seconds, 1),
    }  # fmt: skip
    columns = (
        Column("derivation", [name for name, _ in rows], "derivation", key=True, words=True),
        Column("step", [outcome.label for _, outcome in rows], "step", key=True, words=True),
        Column("mode", [outcome.mode for _, outcome in rows], "mode", words=True),
        Column("claim", [outcome.text for _, outcome in rows], "claim", words=True, wraps=True),
        Column("passed", [outcome.passed for _, outcome in rows], "holds", words=True,
               shown=["yes" if outcome.passed else "NO" for _, outcome in rows]),
        Column("found", [outcome.found for _, outcome in rows]),
        Column("seconds", [round(outcome.seconds, 3) for _, outcome in rows], "seconds"),
    )
    said = "every step holds" if not failures else f"{len(failures)} fail{'s' if len(failures) == 1 else ''}"
    title = f"{len(rows)} steps of {len(results)} derivation{'s' if len(results) > 1 else ''}: {said} ({short(seconds, 3)} s)"
    return Report(title, facts, columns, tuple(failures), _no_picture, failed=bool(failures))


def _no_picture(heading: str) -> Any:
    raise ValueError("--plot has nothing to draw of a derivation: leave it out")
