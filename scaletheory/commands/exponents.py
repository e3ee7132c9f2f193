"""`scaletheory exponents`: the scaling law of a model, symbolic, by regime, or along a ray; and its phase diagram."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from numerics.pictures import figures
from scaletheory.options.directions import (
    Number,
    given_sizes,
    keyword_of,
    law_options,
    model_named,
    powers_as_text,
    size_options,
)
from scaletheory.options.letters import LetteredCommand, Letters, letter_options
from scaletheory.options.models import LAWS
from scaletheory.options.values import OutputFile, exact_number
from scaletheory.output.report import Column, Report
from scaletheory.output.reporting import reporting
from scaletheory.wording import missing
from theory.errors import BadArgument
from theory.exponents.algebra.forms import Form
from theory.exponents.algebra.rays import Ray
from theory.exponents.balance import Cell
from theory.exponents.directions import HUGE
from theory.exponents.law import Law
from theory.exponents.regimes import Regime
from theory.exponents.summary import conditions, name
from theory.exponents.words import compared, text
from theory.terms import term_name

EPILOG = """\b
Models:
{models}

\b
Without --capacity and --source the law is symbolic. With both, the regimes: which term
dominates the excess risk where. With powers of a large number Λ for sizes, ridge and
noise as well, the exponent of every term: --samples 1 --features 2 --ridge -1.5 is
P ~ Λ, N ~ Λ^2, λ ~ Λ^(-3/2). Powers may be fractions, sizes inf; -inf, the default of
ridge and noise, is none at all.

\b
The law, and the same in the letters of a paper, as LaTeX:
  scaletheory exponents random-features
  scaletheory exponents random-features --convention lin2024 --latex
On a ray, as JSON:
  scaletheory exponents random-features --capacity 1.5 --source 0.4 \\
      --samples 1 --features 2 --ridge -1.5 --noise 0 --json
In a paper's letters; its sizes go by --direction:
  scaletheory exponents random-features --convention lin2024 --a 1.5 --b 2 \\
      --direction N=1 --direction M=2 --ridge -1.5
The regimes, and their picture in the plane of ridge and features, at constant noise:
  scaletheory exponents random-features --capacity 1.5 --source 0.4 --noise 0 --plot phases.png
A page that one can touch, sliders and all, in one file:
  scaletheory exponents random-features --html page.html
""".format(models="\n".join(f"  {name:26} {model.words}" for name, model in LAWS.items()))


@click.command("exponents", cls=LetteredCommand, epilog=EPILOG, short_help="The scaling law of a model: its exponents.")
@click.argument("model", metavar="MODEL")
@law_options
@size_options("a power of Λ")
@click.option("--direction", "directions", multiple=True, metavar="NAME=POWER",
              help="The power of one argument, by its name or its letter in a paper: --direction M=2.")
@letter_options
@click.option("--latex", is_flag=True, help="Print the symbolic law as a LaTeX array.")
@click.option("--html", "html_file", type=OutputFile(".html", ".htm"), metavar="FILE.html",
              help="Write an interactive page, one file that loads nothing; it begins at what is given.")
@reporting
def command(
    model: str, capacity: Number | None, source: Number | None,
    n_samples: Number | None, n_features: tuple[tuple[Number, ...], ...], feature_noise: Number | None,
    ridge: Number | None, time: Number | None, step: Number | None, noise: Number | None, directions: tuple[str, ...],
    convention: str | None, assignments: tuple[str, ...], latex: bool, html_file: Path | None, **layers: Any,
) -> Report:
    """Print the exponents of MODEL on an infinite power law: of test and training risk, bias and every variance.

    They are derived from the formulas that `risk` evaluates, in the max-plus algebra.
    """
    widths = [width for widths in n_features for width in widths]
    chain = model_named(model, layers, widths)
    law = chain.exponents()
    letters = Letters.of(law.system, convention, assignments)
    alpha, r = letters.numbers(capacity, source)
    powers: dict[str, Any] = given_sizes(
        model, law.system, n_samples, widths, feature_noise, {"ridge": ridge, "time": time, "step": step, "noise": noise}
    )
    _add_directions(powers, directions, letters)
    report = _report(model, chain, law, letters, alpha, r, powers, latex)
    if html_file is not None:
        title = f"The law of {model}{letters.title}"
        page = law.html(capacity=alpha, source=r, convention=convention, title=title, **powers)
        html_file.write_text(page, encoding="utf-8")
    return report


def _report(
    model: str, chain: Any, law: Law, letters: Letters, alpha: Any, r: Any, powers: dict[str, Any], latex: bool
) -> Report:
    notes, convention = letters.notes, None if letters.convention is None else letters.convention.key
    if "feature_noise" in LAWS[model].derived:
        notes = (*notes, "the feature noise follows from the activation: μ² ~ 1/N")
    if latex and (alpha is not None or powers):
        raise BadArgument("--latex", True, "the symbolic law", "leave out capacity, source and all powers")
    facts: dict[str, Any] = {
        "command": "exponents", "model": model, "chain": str(chain), "convention": convention,
    }  # fmt: skip
    if alpha is None:
        if powers:
            raise missing("--capacity", "powers are of a law with numbers for exponents", "give --capacity and --source")
        return _symbolic(f"{model}{letters.title}", law, letters, facts, notes, latex)
    facts |= {"capacity": float(alpha), "source": float(r)}
    title = f"{model} on a power law (capacity {alpha}, source {r}){letters.title}"
    if convention is not None:
        notes = (*notes, "--plot draws in our letters: P for samples, N for features")
    draw = _picture(model, law, alpha, r, powers)
    if not powers.keys() - {"noise"}:
        if powers:
            at = powers_as_text(powers, letters, letters.names["n_samples"])
            notes = (*notes, f"these are the regimes for every noise; --plot draws those at {at}")
        return _regimes(title, law.regimes(alpha, r), letters, facts, notes, draw)
    for keyword in law.system.keywords:
        if keyword.startswith("n_") and keyword not in powers:
            flag = "--features" if keyword.startswith("n_features") else "--samples"
            raise missing(flag, "a ray has a power for every size", f"write for example {flag} 1")
    ray = law.along(capacity=alpha, source=r, **powers)
    whole: dict[str, Any] = {each.keyword: powers.get(each.keyword, each.default) for each in law.system.arguments}
    facts |= {keyword: float(power) for keyword, power in whole.items()}
    return _ray(f"{title}, {powers_as_text(whole, letters, 'Λ')}", ray, letters, facts, notes, draw)


def _add_directions(powers: dict[str, Number], directions: tuple[str, ...], letters: Letters) -> None:
    for direction in directions:
        called, equals, value = direction.partition("=")
        if not equals:
            raise BadArgument("--direction", direction, "NAME=POWER", "write for example --direction samples=1")
        keyword = keyword_of(called, letters, "--direction", direction)
        if keyword in powers:
            raise BadArgument("--direction", direction, f"the only power of {letters.names[keyword]}", "give it once")
        powers[keyword] = exact_number(value, "--direction")


def _symbolic(
    title: str, law: Law, letters: Letters, facts: Mapping[str, Any], notes: tuple[str, ...], latex: bool
) -> Report:
    rows = list(law_rows(law, letters.text, lambda above, below: f"({above})/({below})"))
    terms = [row[0] for row in rows]
    shown = ["" if place and terms[place - 1] == term else term for place, term in enumerate(terms)]
    by_term = {"kappa": "κ"} | {term_name(key): name(key) for key in law.terms}
    where = []
    for _, _, kappa, cell in rows:
        words = [] if cell is None else conditions(cell, lambda form: compared(form, letters.variables(), "≥"))
        where.append(f"κ ~ {kappa}" + (f" ({', '.join(words)})" if words else "") if kappa else "")
    columns = (
        Column("term", terms, "term", key=True, words=True, shown=[by_term.get(term, "") for term in shown]),
        Column("law", [row[1] for row in rows], "~", words=True, wraps=True),
        Column("where", where, "where" if any(where) else "", words=True, wraps=True),
    )
    page = ""
    if latex:
        page = law.latex() if letters.convention is None else _array(law, letters)
        facts = {**facts, "latex": page}
    more = (*notes, "for κ < 1; where a line holds in one regime of the fixed point only, κ says which")
    return Report(f"The law of {title}", facts, columns, more, _no_picture, page=page)


def law_rows(
    law: Law, write: Callable[[Form, bool], str], ratio: Callable[[str, str], str]
) -> Iterator[tuple[str, str, str, Cell | None]]:
    """Yield the lines of a law: the term, its monomials, where they hold (the monomial of κ, and the cell; none: everywhere).

    Parameters
    ----------
    law : Law
        Of any model.
    write : callable
        Makes text of a monomial; the flag says that κ stands in the place of the ridge.
    ratio : callable
        Makes text of a sum over another.
    """
    cells = law.summary.cells
    kappas = list(dict.fromkeys(write(cell.kappa, False) for cell, _ in cells))
    yield "kappa", f"max({', '.join(kappas)})" if len(kappas) > 1 else kappas[0], "", None
    for key in law.terms:
        forms = law.summary.in_kappa(key)
        if forms is not None:
            yield term_name(key), " + ".join(write(form, True) for form in forms), "", None
            continue
        for cell, terms in cells:
            above = " + ".join(write(form, False) for form in terms[key].above) or "0"
            below = " + ".join(write(form, False) for form in terms[key].below)
            yield term_name(key), above if below == "1" else ratio(above, below), write(cell.kappa, False), cell


def _array(law: Law, letters: Letters) -> str:
    """Return a law as a LaTeX array in a paper's letters: a row for each term, or for each regime of it."""
    words = {"kappa": r"\kappa"} | {term_name(key): rf"\text{{{name(key)}}}" for key in law.terms}
    rows = []
    for term, form, kappa, cell in law_rows(law, letters.latex, lambda above, below: rf"\frac{{{above}}}{{{below}}}"):
        where = rf"\kappa\sim {kappa}" if kappa else ""
        for note in [] if cell is None else conditions(cell, lambda form: rf"\(1\lesssim {letters.latex(form)}\)"):
            where += rf"\ \text{{({note})}}"
        term_in_words = words[term].replace("×", r"$\times$").replace("_", r"\_")
        if cell is not None and cell.tight and not cell.beyond:  # names of layers in words, no letters with an index
            where = where.replace("_", r"\_")
        rows.append(" & ".join([term_in_words, form.replace("max(", r"\max("), where]))
    return r"\begin{array}{l|ll}" + r" \\ ".join(rows) + r"\end{array}"


def _regimes(
    title: str, regimes: tuple[Regime, ...], letters: Letters, facts: Mapping[str, Any], notes: tuple[str, ...],
    draw: Callable[[str], Any],
) -> Report:
    variables = letters.variables()
    where = [", ".join(compared(form, variables, "≥") for form in regime.constraints) for regime in regimes]
    risks = [text(_form(regime.exponents), variables) for regime in regimes]
    columns = (
        Column("excess", risks, "excess risk ~", key=True, words=True),
        Column("dominant", [term_name(regime.dominant) for regime in regimes], "dominant", words=True, wraps=True,
               shown=[" and ".join(map(name, regime.tied)) for regime in regimes]),
        Column("kappa", [text(_form(regime.kappa), variables) for regime in regimes], "κ ~", words=True),
        Column("where", where, "where", words=True, wraps=True),
        *(Column(f"power_{keyword}", [float(regime.exponents[keyword]) for regime in regimes])
          for keyword in letters.system.keywords),
    )  # fmt: skip
    return Report(f"The regimes of {title}", facts, columns, notes, draw, heading="")


def _form(powers: Mapping[str, Any]) -> Form:
    return Form(tuple(powers.values()))


def _ray(
    title: str, ray: Ray, letters: Letters, facts: Mapping[str, Any], notes: tuple[str, ...], draw: Callable[[str], Any]
) -> Report:
    found = {"kappa": ray.kappa} | {term_name(key): value for key, value in ray.terms.items()}
    powers = {term_name(key): power for key, power in ray.logarithms.items()}
    dominant = [term == term_name(ray.dominant) for term in found]
    columns = (
        Column("term", list(found), "term", key=True, words=True, shown=["κ", *map(name, ray.terms)]),
        Column("exponent", [float(value) for value in found.values()], "power of Λ"),
        Column("exact", [str(value) for value in found.values()], "exactly"),
        Column("logarithm", [powers.get(term, 0) for term in found], "power of ln Λ" if powers else ""),
        Column("dominant", dominant, "", words=True),
        Column("", dominant, "in the excess risk", words=True, shown=["dominant" if each else "" for each in dominant]),
    )
    if -math.inf in found.values():
        notes = (*notes, "a power of -inf: the term vanishes")
    if ray.walls:
        walls = ", ".join(ray.walls) if letters.convention is None else "two regimes meet"
        notes = (*notes, f"the ray lies on a border: {walls}")
    return Report(title, {**facts, "walls": len(ray.walls)}, columns, notes, draw, heading="")


def _picture(model: str, law: Law, capacity: Any, source: Any, powers: Mapping[str, Any]) -> Callable[[str], Any]:
    """Return what draws the phase diagram, in powers of P, with the ray as a point."""

    def draw(heading: str) -> Any:
        if [keyword for keyword in law.system.keywords if keyword.startswith("n_")] != ["n_samples", "n_features"]:
            raise BadArgument(
                "MODEL", model, "one with a single layer of features for --plot", "leave out --plot, or choose another"
            )
        scale = powers.get("n_samples", 1)
        if not 0 < scale < math.inf:
            raise BadArgument("--samples", scale, "a power > 0 for --plot, which draws powers of P", "let the samples grow")
        others = {keyword: power for keyword, power in powers.items() if keyword != "n_samples"}
        ratios = {keyword: power / scale if abs(power) < math.inf else power for keyword, power in others.items()}
        clock = ratios.pop("time", math.inf) if "time" in law.system.keywords else -ratios.pop("ridge", -math.inf)
        place = clock, ratios.pop("n_features", math.inf)
        mark = place if all(abs(power) <= HUGE for power in place) else None
        return figures.phase_diagram(law, capacity, source, mark=mark, title=heading, **{"noise": -math.inf, **ratios})

    return draw


def _no_picture(heading: str) -> Any:
    raise ValueError("--plot needs --capacity and --source: it draws regimes in powers of P")
