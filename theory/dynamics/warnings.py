"""Warnings about time."""

from __future__ import annotations


class UnstableStepWarning(UserWarning):
    """The step size is near the largest stable one, or beyond: runs fluctuate, and some diverge."""
