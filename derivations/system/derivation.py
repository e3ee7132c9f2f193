"""A derivation as its author has it: a document that is checked, doubted and printed."""

from __future__ import annotations

from derivations.system import render
from derivations.system.document import Document
from derivations.system.mutants import mutants


class Derivation(Document):
    """A document whose every step is verified; see `Document` for what is written and how it is checked."""

    def survivors(self) -> list[str]:
        """Return what the check does not notice: perturbations of a right-hand side under which every step still holds."""
        return [mutant.what for mutant in mutants(self) if not mutant.caught()]

    def markdown(self) -> str:
        """Return the derivation as Markdown whose mathematics renders on code-hosting sites."""
        return render.markdown(self)

    def latex_document(self) -> str:
        """Return the derivation as a LaTeX document."""
        return render.document(self)

    def _repr_markdown_(self) -> str:
        return self.markdown()
