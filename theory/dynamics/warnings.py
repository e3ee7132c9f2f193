"""Warnings about time."""

from __future__ import annotations


class UnstableStepWarning(UserWarning):
    """The step size is above half of the largest stable one: fluctuations between runs are large."""
