"""κ by simulation: Σ x/(x+λ) over the eigenvalues x of drawn kernels is the d outside all layers, which κ makes."""

from __future__ import annotations

from typing import Any

import numpy as np

from numerics.check.formula import crosscheck_formula
from numerics.check.ladder import population
from numerics.simulate.eigenvalues import simulate_spectrum
from numerics.validation.ledger.entries import Witness
from numerics.validation.ledger.inquiry import RULE, Inquiry
from numerics.validation.ledger.subjects.asked import Asked
from theory.chain.symbolic import levels
from theory.notation import DIMS, KAPPA
from theory.spectra.psi import Psi

LADDER = (1, 2)


def of_chain(asked: Asked, inquiry: Inquiry) -> Witness:
    """Return what drawn kernels say of κ.

    Parameters
    ----------
    asked : Asked
        The chain.
    inquiry : Inquiry
        How it is asked.
    """
    if asked.model.nonlinear is not None:
        return Witness("none", "its terms are held to draws")
    outside = levels(asked.model.slots)[-1].dof
    letters = {slot.letter.symbol: slot.keyword for slot in asked.model.slots}

    def sizes(copies: int) -> dict[str, Any]:
        return {name: size * copies if name.startswith("n_") else size for name, size in asked.sizes.items()}

    def theory(n_samples: int, ridge: float, copies: int) -> float:
        task, arguments = population(asked.task, copies), {**sizes(copies), "n_samples": n_samples}
        kappa = float(asked.model.evaluate(task, **arguments, ridge=ridge).kappa)
        known: dict[Any, float] = {}
        for trace in outside.atoms(Psi):
            p, q, m = map(int, trace.args[:3])
            known[trace] = float(task.trace(p, q, m, kappa))
        known |= {KAPPA.symbol: kappa, DIMS.symbol: task.size}
        known |= {symbol: arguments[keyword] for symbol, keyword in letters.items()}
        return float(outside.xreplace(known)) / n_samples

    def draw(rng: np.random.Generator, n_samples: int, ridge: float, copies: int) -> float:
        seed, task = int(rng.integers(2**62)), population(asked.task, copies)
        x = simulate_spectrum(asked.model, task, trials=1, seed=seed, complex=True, n_samples=n_samples, **sizes(copies))
        return float((x / (x + ridge)).sum()) / n_samples

    def scaled(setting: dict[str, Any], scale: float) -> dict[str, Any]:
        return {**setting, "n_samples": setting["n_samples"] * round(scale), "copies": round(scale)}

    agreement = crosscheck_formula(
        theory, draw, [{"n_samples": n_samples, "ridge": 0.05, "copies": 1} for n_samples in asked.samples],
        sizes=scaled, scales=LADDER, order=2, trials=40, max_trials=400, seed=inquiry.seed, rule=RULE,
        executor=None,
    )  # fmt: skip
    said = inquiry.judged(agreement, str)["value"]
    return Witness(said.verdict, f"d of drawn kernels: {said.words}", said.figures)
