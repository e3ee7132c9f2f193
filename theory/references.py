"""The papers that results rest on, as references with BibTeX; what of them a chain uses is read off its layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy

from theory.chain.layers import FeatureNoise, HaarProjection
from theory.errors import BadArgument
from theory.frozen import Frozen
from theory.terms import Key, Terms


@dataclass(frozen=True)
class Reference:
    """One paper.

    Attributes
    ----------
    key : str
        First author and year.
    authors : tuple of str
        "Family, Given".
    title : str
        As printed.
    year : int
        Of its first version.
    arxiv : str
        Its number there; empty for none.
    """

    key: str
    authors: tuple[str, ...]
    title: str
    year: int
    arxiv: str = ""

    @property
    def bibtex(self) -> str:
        """The entry."""
        authors = " and ".join(self.authors)
        lines = [f"  author = {{{authors}}},", f"  title = {{{{{self.title}}}}},", f"  year = {{{self.year}}},"]
        if self.arxiv:
            lines += [f"  eprint = {{{self.arxiv}}},", "  archivePrefix = {arXiv},"]
        return "\n".join([f"@misc{{{self.key},", *lines, "}"])

    def __str__(self) -> str:
        names = [author.partition(",")[0] for author in self.authors]
        where = f", arXiv:{self.arxiv}" if self.arxiv else ""
        return f"{', '.join(names)}, {self.title} ({self.year}){where}"


_ROWS = (
    Reference("atanasov2024", ("Atanasov, Alexander", "Zavatone-Veth, Jacob A.", "Pehlevan, Cengiz"),
              "Scaling and renormalization in high-dimensional regression", 2024, "2405.00592"),
    Reference("atanasov2024correlated", ("Atanasov, Alexander", "Zavatone-Veth, Jacob A.", "Pehlevan, Cengiz"),
              "Risk and cross validation in ridge regression with correlated samples", 2024, "2408.04607"),
    Reference("adlam2020", ("Adlam, Ben", "Pennington, Jeffrey"),
              "Understanding double descent requires a fine-grained bias-variance decomposition", 2020, "2011.03321"),
    Reference("mei2019", ("Mei, Song", "Montanari, Andrea"),
              "The generalization error of random features regression: Precise asymptotics and double descent curve", 2019,
              "1908.05355"),
    Reference("scaletheory", ("{The scaletheory developers}",),
              "scaletheory: analytic theory of scaling laws in high-dimensional regression", 2026),
)  # fmt: skip
REFERENCES: Mapping[str, Reference] = Frozen({row.key: row for row in _ROWS})


@dataclass(frozen=True)
class Citation:
    """What is used of a paper.

    Attributes
    ----------
    reference : Reference
        The paper.
    where : str
        The place in it, and what it states there.
    equations : tuple of str
        As they are used here, in this project's letters.
    """

    reference: Reference
    where: str
    equations: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([f"{self.reference}: {self.where}", *(f"    {equation}" for equation in self.equations)])


class Citations(tuple[Citation, ...]):
    """All that a result rests on; `print` shows papers, equations and BibTeX."""

    @property
    def bibtex(self) -> str:
        """The entries, each once."""
        return "\n\n".join(dict.fromkeys(citation.reference.bibtex for citation in self))

    def __str__(self) -> str:
        return "\n".join([*map(str, self), "", self.bibtex])


def citations(model: Any, key: Key | None = None) -> Citations:
    """Return what a chain rests on: its fixed point, its layers, the decomposition; see `Chain.cite`.

    Raises
    ------
    ValueError
        For a term that the chain has not.
    """
    formulas = model.derivation.formulas
    if key is not None and key not in formulas:
        raise BadArgument("key", key, f"one of {', '.join(map(repr, formulas))}", "name a term, or leave it out for all")
    layers = [slot.layer for slot in model.slots]
    fixed = f"{_plain(model.fixed_point.lhs)} = {_plain(model.fixed_point.rhs)}"
    chosen = [] if key is None else [f"{key if isinstance(key, str) else ', '.join(key)} = {_plain(formulas[key])}"]
    made = [Citation(REFERENCES["atanasov2024"], f"sections 2 and 3, renormalised ridge{_also(layers)}", (fixed, *chosen))]
    if any(layer.trains and layer.law is not None for layer in layers):
        made.append(Citation(REFERENCES["atanasov2024correlated"], "correlated samples"))
    variances = any(not isinstance(each, str) or each not in ("test", "train", "excess", "bias")
                    for each in (formulas if key is None else [key]))  # fmt: skip
    if variances:
        made.append(Citation(REFERENCES["adlam2020"], "the decomposition of the variance by its sources"))
    if model.nonlinear is not None:
        made.append(Citation(REFERENCES["mei2019"], "nonlinear features as linear ones with noise"))
    pool = ", and samples of a finite pool (derivations/pool_samples)" if model.slots.pooled else ""
    return Citations([*made, Citation(REFERENCES["scaletheory"], f"the subtraction-free form{pool}")])


def _also(layers: Iterable[Any]) -> str:
    """Return what of section 4 is used."""
    kinds = {
        "features": any(layer.sized and not layer.trains for layer in layers),
        "structured weights": any(not layer.trains and layer.law is not None for layer in layers),
        "additive feature noise": any(isinstance(layer, FeatureNoise) for layer in layers),
        "projections": any(isinstance(layer, HaarProjection) for layer in layers),
    }
    named = [name for name, used in kinds.items() if used]
    return f"; section 4, {', '.join(named)}" if named else ""


def _plain(expression: Any) -> str:
    return str(sympy.sympify(expression))


class Formulas(Terms[Any]):
    """A chain's terms by name, with what they rest on.

    Parameters
    ----------
    model : Chain
        Whose formulas these are.
    """

    def __init__(self, model: Any) -> None:
        super().__init__(model.derivation.formulas)
        self._model = model

    def cite(self, key: Key | None = None) -> Citations:
        """Return paper, equation and BibTeX of one term, or of all.

        Parameters
        ----------
        key : str or tuple of str, optional
            Which.

        Raises
        ------
        ValueError
            For a term that there is not.
        """
        return citations(self._model, key)
