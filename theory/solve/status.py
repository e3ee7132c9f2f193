"""What became of each point: a few words, and whether its numbers are to be trusted."""

from __future__ import annotations

CONVERGED, RIDGELESS, THRESHOLD, NEGATIVE, UNDERFLOW, FAILED = range(6)

WORDS = (
    "converged",
    "ridgeless",
    "interpolation threshold: the ridgeless test risk diverges",
    "negative ridge",
    "ridgeless to doubles: a complement is below 1e-307",
    "not converged: the bracket of kappa did not close",
)
