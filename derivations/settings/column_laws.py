"""Random features whose columns are a power law, γ_j ∝ j^-α_F, over power laws: slopes of the risk, and of the layer's own b̄ and f.

Sizes of the features are whole numbers, to 1e15. b̄ and f are taken along rays of N and of m, the degrees of freedom inside.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

import theory as th
from derivations.language.grammar import canonical
from derivations.meaning.quantities import Case, Observable
from derivations.settings.power_laws import PowerLaws
from theory.errors import BadArgument
from theory.solve.kappa.shaped import at_dof

OWN = {"b̄": (r"\bar{b}", "tr C²(C+χ)⁻²/m of the columns"), "f": ("f", "what the columns leave of the ridge")}


class ColumnLaws(PowerLaws):
    """Samples of random features with columns of a power α_F.

    Parameters
    ----------
    **domains
        As in `PowerLaws`.
    """

    def __init__(self, **domains: Any) -> None:
        super().__init__(columns(None), **{"α_F": (0.1, 2), **domains})
        self.exponents = (*self.exponents, "α_F")
        self.letter("m", "positive", "degrees of freedom inside a layer of N columns")

    @cached_property
    def observables(self) -> Mapping[str, Observable]:
        """Those of the chain, and b̄ and f."""
        return {**super().observables, **{name: Observable(*said, _undrawn) for name, said in OWN.items()}}

    def curve(self, name: str, case: Case, ray: Case, scale: float) -> float:
        """Return ln of κ or of a term, or of b̄ or f, where every letter of the ray is scale^power."""
        given = {canonical(key): value for key, value in case.items()}
        at = {canonical(key): scale**power if math.isfinite(power) else np.inf for key, power in ray.items()}
        model, width = columns(float(given["α_F"])), round(at["N"])
        if name in OWN:
            law = model.slots[0].layer.law
            assert law is not None
            shape = at_dof(law, np.array([float(width)]), np.zeros(1), np.array([at["m"]]))
            return math.log(float((shape.part if name == "b̄" else shape.factor)[0]))
        risk = model.evaluate(self.law(given), n_samples=at["P"], n_features=width, ridge=at.get("λ", 0.0), noise=0.0)
        if not bool(risk.converged):
            raise BadArgument("ray", ray, "where the package converges", str(risk.reasons))
        return math.log(float(risk.kappa) if name == "kappa" else float(risk.terms[self.key(name)]))


@lru_cache(maxsize=64)
def columns(power: float | None) -> th.Chain:
    """Return the chain of samples on features with columns of a power; None: all alike."""
    return th.Chain(th.Samples(), th.GaussianFeatures(columns=power))


def _undrawn(arguments: Any, trials: int, seed: int, first: int) -> Any:
    raise BadArgument("simulate", "b̄ or f", "a claim about slopes", "simulate traces of a chain instead")
