r"""Derivations on the page: Markdown with mathematics in dollars, and LaTeX.

Code-hosting sites read Markdown before mathematics: formulas hold no backslash before punctuation, displays stand alone on
one line between blank lines, and inline formulas touch no letters. What is rendered does not depend on what checks find.
"""

from __future__ import annotations

import re
import unicodedata

from derivations.claims.against import Refutation
from derivations.claims.given import conditions
from derivations.claims.step import Step
from derivations.language.grammar import Name, names, parse
from derivations.language.typeset import symbol
from derivations.system.document import Document
from derivations.system.items import Binding, Definition, Say

MODES = {
    "exact": "*exact*: an identity, proved by computer algebra",
    "numeric": "*numeric*: both sides to 50 digits at random points, on every branch of a minimum or maximum",
    "simulation": "*simulation*: random matrices at several sizes, carried to infinite size, against the formula",
    "asymptotic": "*asymptotic*: the ratio of the sides goes to one in the limit",
    "slope": "*slope*: the theory's own exponent between two very large sizes",
    "reference": "*reference*: a published formula or value, to the digits printed",
    "refutation": "*refutation*: the claim fails a test that the derived one passes",
}
_FALSE = {"=": r"\neq", "≈": r"\not\approx", "~": r"\not\sim"}
_TRUE = {"=": "=", "≈": r"\approx", "~": r"\sim"}
_ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")
_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_SPECIAL |= {letter: f"\\{letter}" for letter in "&%$#_{}"}
_MATHEMATICS = {
    "→": r"\to", "≥": r"\ge", "≤": r"\le", "≈": r"\approx", "≃": r"\simeq", "×": r"\times", "∞": r"\infty", "−": "-",
    "′": "'", "Σ": r"\sum", "√": r"\surd", "∂": r"\partial", "≠": r"\neq", "·": r"\cdot", "≪": r"\ll", "≫": r"\gg",
    "∼": r"\sim",
    "ᵀ": r"^{T}", "ᴴ": r"^{H}", "½": r"\tfrac12", "⟨": r"\langle", "⟩": r"\rangle", "∏": r"\prod", "∫": r"\int", "±": r"\pm",
    "χ": r"\chi", "‖": r"\|", "∈": r"\in", "≡": r"\equiv", "⇒": r"\Rightarrow", "∝": r"\propto", "–": r"\text{--}",
    "²": "^2", "³": "^3",
    "⁻": "^-", "¹": "^1", "⁴": "^4",
}  # fmt: skip


def markdown(derivation: Document) -> str:
    """Return a derivation as Markdown."""
    blocks = [f"# {derivation.title}", _prose(derivation, derivation.introduction)]
    sources = ", ".join(_ARXIV.sub(r"[arXiv:\1](https://arxiv.org/abs/\1)", source) for source in derivation.sources)
    blocks.append(f"Sources: {sources}." if sources else "")
    blocks.append("\n".join(f"- ${formula}$ – {words}" for formula, words in _symbols(derivation)))
    labels = {id(step): label for label, step in derivation.steps.items()}
    for item in derivation.items:
        blocks += _item(derivation, item, labels)
    used = dict.fromkeys(step.mode for step in derivation.steps.values())
    blocks += ["---", "How each step is checked, by machine: " + "; ".join(MODES[mode] for mode in MODES if mode in used) + "."]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _item(derivation: Document, item: object, labels: dict[int, str]) -> list[str]:
    if isinstance(item, Say):
        return [_prose(derivation, item.text)]
    if isinstance(item, Definition):
        return [f"**Let**{_after(derivation, item.why)}", f"$${_definition(derivation, item)}$$"]
    if isinstance(item, Binding):
        said = f"${derivation.latex(Name(item.name))}$ is the {item.meaning}"
        return [f"**From the package**: {said}: `{item.source}`." if item.source else f"**Constant**: {said}."]
    if isinstance(item, Step):
        note = f" *({_prose(derivation, item.note)})*" if item.note else ""
        head = f"**({labels[id(item)]}) {heading(item)}**{_after(derivation, item.why)}{note}"
        return [head, f"$${formula(derivation, item)}$$"]
    return []


def heading(step: Step) -> str:
    """Return a step's mode as it is printed."""
    return "Refuted" if isinstance(step, Refutation) else step.mode.capitalize()


def formula(derivation: Document, step: Step) -> str:
    """Return a claim's LaTeX: a refuted one struck through, conditions after it, the derived side beside a refutation."""
    text = derivation.latex(step.relation)
    if isinstance(step, Refutation):
        sign, left = step.relation.signs[-1], derivation.latex(step.relation.sides[0])
        text = f"{left} {_FALSE[sign]} {derivation.latex(step.relation.right)}"
        if step.instead is not None:
            text += rf" \qquad \mathrm{{but}} \qquad {left} {_TRUE[sign]} {derivation.latex(step.instead)}"
    given = [derivation.latex(condition.relation) for condition in conditions(step.where)]
    return text + (rf" \qquad \mathrm{{where}}\quad {', '.join(given)}" if given else "")


def _definition(derivation: Document, item: Definition) -> str:
    domain = {"positive": r" \gt 0", "nonnegative": r" \ge 0"}.get(item.domain, "") if isinstance(item.domain, str) else ""
    if isinstance(item.domain, tuple):
        domain = rf" \in \left({item.domain[0]:g}, {item.domain[1]:g}\right)"
    return derivation.latex(item.relation) + (rf", \qquad {derivation.latex(item.relation.sides[0])}{domain}" if domain else "")


def _after(derivation: Document, why: str) -> str:
    return f": {_prose(derivation, why)}" if why else ""


def _symbols(derivation: Document) -> list[tuple[str, str]]:
    """Return the setting's quantities that a derivation uses, with their meaning, in the setting's order."""
    trees = [side for item in derivation.items if isinstance(item, Definition) for side in item.relation.sides]
    trees += [node for step in derivation.steps.values() for node in step.nodes]
    used = set().union(*map(names, trees)) if trees else set()
    used |= {"κ"} if any(name in used for name in ("d", "T")) else set()
    return [
        (derivation.latex(Name(name)), _prose(derivation, quantity.meaning))
        for name, quantity in derivation.setting.quantities.items()
        if name in used and quantity.meaning
    ]


def _prose(derivation: Document, text: str) -> str:
    """Return words with the equations in `backticks` typeset."""

    def typeset(match: re.Match[str]) -> str:
        return f"${derivation.latex(parse(match[1], derivation.scope.setting.functions))}$"

    return re.sub(r"`([^`]+)`", typeset, text)


# LaTeX


def document(derivation: Document) -> str:
    """Return a derivation as a LaTeX document: article, amsmath and amssymb, nothing else."""
    lines = [
        r"\documentclass{article}", r"\usepackage{amsmath,amssymb}",
        r"\setlength{\parindent}{0pt}\setlength{\parskip}{6pt}", rf"\title{{{plain(derivation.title)}}}",
        rf"\author{{{plain('; '.join(derivation.sources))}}}", r"\date{}", r"\begin{document}", r"\maketitle",
    ]  # fmt: skip
    body = markdown(derivation).split("\n\n")[1:]
    for block in body:
        if block.startswith("Sources: "):
            continue
        if block == "---":
            lines.append(r"\medskip\hrule\medskip")
        elif block.startswith("$$"):
            lines.append("\\begin{equation*}\n" + _signs(block.strip("$")) + "\n\\end{equation*}")
        elif block.startswith("- "):
            entries = [rf"\item {_paragraph(entry[2:])}" for entry in block.split("\n")]
            lines.append("\\begin{itemize}\n" + "\n".join(entries) + "\n\\end{itemize}")
        else:
            lines.append(_paragraph(block) + "\n")
    return "\n".join([*lines, r"\end{document}"]) + "\n"


def _paragraph(text: str) -> str:
    """Return a paragraph of the Markdown above in LaTeX: its formulas, bold and emphasised words."""
    pieces = re.split(r"(\$[^$]+\$)", text)
    found = "".join(_signs(piece) if place % 2 else plain(piece) for place, piece in enumerate(pieces))
    found = re.sub(r"`([^`]+)`", r"\\texttt{\1}", found)
    found = re.sub(r"\*\*(.+?)\*\*", r"\\textbf{\1}", found)
    return re.sub(r"\*(.+?)\*", r"\\emph{\1}", found)


def _signs(formula: str) -> str:
    """Return a formula with < and > as LaTeX has them (in Markdown they would be tags)."""
    return formula.replace(r"\lt", "<").replace(r"\gt", ">")


def plain(text: str) -> str:
    """Return words in LaTeX: special characters escaped, Greek letters and signs as mathematics."""
    written = []
    for letter in unicodedata.normalize("NFC", text):
        if letter in _MATHEMATICS:
            written.append(rf"\ensuremath{{{_MATHEMATICS[letter]}}}")
        elif "GREEK" in unicodedata.name(letter, ""):
            written.append(rf"\ensuremath{{{symbol(letter)}}}")
        elif letter in "₀₁₂₃₄₅₆₇₈₉":
            written.append(rf"\ensuremath{{_{'₀₁₂₃₄₅₆₇₈₉'.index(letter)}}}")
        else:
            written.append(_SPECIAL.get(letter, letter))
    return "".join(written)


