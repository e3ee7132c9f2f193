"""All subjects of the ledger, in the order in which they are shown."""

from __future__ import annotations

import functools

from numerics.validation.ledger.inquiry import Subject
from numerics.validation.ledger.subjects import chains


@functools.cache
def subjects() -> tuple[Subject, ...]:
    """Return every subject."""
    return (*chains.subjects(),)
