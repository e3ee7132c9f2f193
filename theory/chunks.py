"""Long arrays in parts, so that a table over points and modes fits into the cache."""

from collections.abc import Iterator


def chunks(length: int, step: int) -> Iterator[slice]:
    """Yield slices that cover 0 … length, each of `step` (at least one) but the last."""
    step = max(1, step)
    return (slice(start, start + step) for start in range(0, length, step))
