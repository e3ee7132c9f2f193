"""Property tests draw the same examples every time, so that a run can be repeated; BLAS has one thread in a worker, and
nothing is recalled from files."""

import os

from hypothesis import settings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # read by the workers, that start after this

os.environ["SCALETHEORY_CACHE"] = "off"  # formulas are derived, not recalled from an earlier run

settings.register_profile("repeatable", derandomize=True, deadline=None)  # the first example may load SymPy
settings.load_profile("repeatable")
