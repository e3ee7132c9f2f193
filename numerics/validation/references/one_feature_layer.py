"""Closed forms for ridge on one layer of N Gaussian random features.

Provenance: arXiv:2405.00592 (fine-grained bias-variance of linear random features), written with e = dlnκ/dlnκ₁,
s_F = u/(1 − u); checked against simulation by the authors of this project's design notes.
"""

from __future__ import annotations

from typing import Any

from theory.terms import Key


def terms(a: Any, u: Any, v: Any, bias: Any, learnt: Any, noise: Any) -> dict[Key, Any]:
    """Return every term.

    Parameters
    ----------
    a, u, v : number
        −dlnd/dlnκ, d/N and d/P.
    bias, learnt, noise : number
        B, T₂ and σ².
    """
    s = u / (1 - u)
    e = 1 / (1 + s * a)
    g1, g2 = v * (1 - e * a), v * (1 - a)
    test = (bias + (1 - e) * learnt + noise) / (1 - g1)
    feature = (1 - e) * learnt
    return {
        "test": test,
        "train": (1 - v) ** 2 * test,
        "excess": test - noise,
        "bias": bias,
        "features": feature,
        "samples": bias * g2 / (1 - g2),
        ("samples", "features"): feature * g1 / (1 - g1) + bias * (g1 - g2) / ((1 - g1) * (1 - g2)),
        ("samples", "noise"): noise * g2 / (1 - g2),
        ("samples", "features", "noise"): noise * (g1 - g2) / ((1 - g1) * (1 - g2)),
    }
