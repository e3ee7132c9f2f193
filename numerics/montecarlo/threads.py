"""One BLAS thread a trial: workers do not multiply threads, and sums are taken in one order whatever the machine is doing.

A matrix product over several threads is summed in another order, and differs in the last bits; with one thread each, the
numbers of a trial do not depend on where it runs. Needs `threadpoolctl`; where that is not installed, set
OMP_NUM_THREADS=1 (or the variable of the BLAS at hand) before Python starts.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any


@cache
def _controller() -> Any:
    """Return the handle of the BLAS libraries loaded in this process, found once; None without `threadpoolctl`."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()


def single_thread() -> AbstractContextManager[Any]:
    """Return a context in which BLAS runs on one thread."""
    controller = _controller()
    return nullcontext() if controller is None else controller.limit(limits=1, user_api="blas")
