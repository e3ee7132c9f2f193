r"""A parsed equation as LaTeX, printed as it was written: `2 d/P` is \frac{2 d}{P}.

Only commands that LaTeX, MathJax and KaTeX share, and no backslash before punctuation (Markdown would eat it).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from derivations.language.grammar import (
    Call,
    Group,
    Name,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Relation,
    Slope,
    Sum,
    Total,
    canonical,
)

_GREEK = {letter: unicodedata.name(letter).split()[-1].lower() for letter in "αβγδεζηθικμνξπρστυφχψω"} | {"λ": "lambda"}
_GREEK |= {letter: unicodedata.name(letter).split()[-1].capitalize() for letter in "ΓΔΘΞΠΣΦΨΩ"} | {"Λ": "Lambda"}
_ACCENTS = {"\u0304": "bar", "\u0302": "hat", "\u0303": "tilde"}
_SIGNS = {"=": "=", "≈": r"\approx", "~": r"\sim", "<": r"\lt", ">": r"\gt", "≤": r"\leq", "≥": r"\geq"}
_FUNCTIONS = {"ln": r"\ln", "exp": r"\exp", "sin": r"\sin", "cos": r"\cos", "min": r"\min", "max": r"\max", "ζ": r"\zeta",
              "Γ": r"\Gamma", "O": "O"}
Letters = Mapping[str, str]


def name_latex(name: str, letters: Letters | None = None) -> str:
    r"""Return a name's LaTeX: `E_train` is E_{\mathrm{train}}, `d2` is d_{2}; `letters` gives those of a setting."""
    known = letters or {}
    bare, prime = (name[:-1], "'") if name.endswith("'") else (name, "")
    if canonical(bare) in known:
        return known[canonical(bare)] + prime
    if name == "∞":
        return r"\infty"
    head, *indices = re.sub(r"(?<=[^\W\d_])_?(\d+)$", r"_\1", canonical(bare)).split("_")
    base = symbol(head) + prime
    if not indices:
        return base
    return f"{base}_{{{', '.join(symbol(index) for index in indices)}}}"


def symbol(word: str) -> str:
    """Return one letter, Greek or accented, or a word in upright type."""
    plain = unicodedata.normalize("NFD", word)
    if len(plain) == 2 and plain[1] in _ACCENTS:
        return rf"\{_ACCENTS[plain[1]]}{{{symbol(plain[0])}}}"
    if word in _GREEK:
        return rf"\{_GREEK[word]}"
    if word.isdigit() or (len(word) == 1 and word.isascii()):
        return word
    if all(letter in _GREEK or letter.isascii() for letter in word):
        parts = re.findall(r"[^\W_a-zA-Z0-9]|[a-zA-Z0-9]+", word)
        return " ".join(symbol(part) if part in _GREEK else rf"\mathrm{{{part}}}" for part in parts)
    return rf"\mathrm{{{word}}}"


def latex(item: Node | Relation, letters: Letters | None = None) -> str:
    """Return the LaTeX of a tree, with a setting's own typesetting for its `letters` (by canonical name)."""
    known = letters or {}
    if isinstance(item, Relation):
        sides = [latex(side, known) for side in item.sides]
        return sides[0] + "".join(f" {_SIGNS[sign]} {side}" for sign, side in zip(item.signs, sides[1:], strict=True))
    match item:
        case Number(written):
            mantissa, _, power = written.partition("e")
            return rf"{mantissa} \cdot 10^{{{int(power)}}}" if power else written
        case Name(text):
            return name_latex(text, known)
        case Group(inside):
            return rf"\left({latex(inside, known)}\right)"
        case Sum(terms):
            first = ("-" if terms[0][0] < 0 else "") + latex(terms[0][1], known)
            return first + "".join(f" {'-' if sign < 0 else '+'} {latex(term, known)}" for sign, term in terms[1:])
        case Product(factors):
            return _product([latex(factor, known) for factor in factors], factors)
        case Quotient(above, below):
            return rf"\frac{{{latex(_bare(above), known)}}}{{{latex(_bare(below), known)}}}"
        case Power(base, exponent):
            return _power(base, exponent, known)
        case Call(function, arguments):
            listed = ", ".join(latex(argument, known) for argument in arguments)
            if function == "sqrt":
                return rf"\sqrt{{{latex(_bare(arguments[0]), known)}}}"
            return rf"{_FUNCTIONS.get(function) or name_latex(function, known)}\left({listed}\right)"
        case Slope(of, by, of_log, by_log):
            by_what = rf"\mathrm{{d}}{_log(by_log)}{latex(by, known)}"
            if isinstance(of, Name):
                return rf"\frac{{\mathrm{{d}}{_log(of_log)}{latex(of, known)}}}{{{by_what}}}"
            return rf"\frac{{\mathrm{{d}}}}{{{by_what}}}{latex(of, known)}"
        case Total(index, body):
            return rf"\sum{'_{' + index + '}' if index else ''} {latex(body, known)}"


def _log(wanted: bool) -> str:
    return r"\ln " if wanted else ""


def _bare(node: Node) -> Node:
    """Drop parentheses that a fraction bar or a root makes needless."""
    return node.inside if isinstance(node, Group) else node


def _product(written: list[str], factors: tuple[Node, ...]) -> str:
    """Set factors side by side; a dot only before a number."""
    text = written[0]
    for factor, piece in zip(factors[1:], written[1:], strict=True):
        text += (r" \cdot " if isinstance(factor, Number) else " ") + piece
    return text


def _power(base: Node, exponent: Node, known: Letters) -> str:
    """Set a power; a named square such as σ² keeps its own letter, an indexed or primed base its place."""
    if isinstance(base, Name) and exponent == Number("2") and canonical(f"{base.text}²") in known:
        return known[canonical(f"{base.text}²")]
    foot = latex(base, known)
    if isinstance(base, Quotient | Product | Sum | Slope | Total) or "'" in foot or (isinstance(base, Name) and "^" in foot):
        foot = rf"\left({foot}\right)"
    return rf"{foot}^{{{latex(_bare(exponent), known)}}}"
