"""A chain as one source file: the solver of its fixed point and every term, with what they mean and where they come from."""

from __future__ import annotations

from typing import Any

from theory.errors import one_of
from theory.export.c import C
from theory.export.program import program
from theory.export.scripting import JavaScript, Jax, Julia, Python
from theory.references import citations

LANGUAGES = {"python": Python, "jax": Jax, "julia": Julia, "c": C, "javascript": JavaScript}


def exported(model: Any, language: str) -> str:
    """Return the file; see `Chain.export`."""
    writer = LANGUAGES[one_of("language", language, LANGUAGES)]()
    point = model.fixed_point
    title = f"""Risk of ridge regression for {model!r}, made by scaletheory.

Fixed point: {point.lhs} = {point.rhs}; df1(kappa) = sum of l/(l + kappa) over the eigenvalues l of the population.
It is solved by a bracket that is halved in ln kappa, with every difference 1 - d/size from the slack of the smallest size.
Features have entries of variance 1/size; scikit-learn's alpha is ridge * n_samples. The terms have no subtraction in them.

{chr(10).join(str(citation.reference) + ": " + citation.where for citation in citations(model))}"""
    return writer.write(program(model), title)
