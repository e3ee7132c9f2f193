"""All subjects of the ledger, in the order in which they are shown."""

from __future__ import annotations

import functools

from numerics.validation.ledger.inquiry import Subject
from numerics.validation.ledger.subjects import chains, densities, one_pass, several_passes, spectra, training


@functools.cache
def subjects() -> tuple[Subject, ...]:
    """Return every subject."""
    rooms = (chains, training, one_pass, several_passes, spectra, densities)
    return tuple(subject for room in rooms for subject in room.subjects())
