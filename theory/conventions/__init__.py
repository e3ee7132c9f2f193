"""Each paper's letters and ours, both ways: capacity α and source r, and the sizes n_samples, n_features, n_dims.

With λ_k = k^-α and c_k λ_k = k^-(1+2αr), a row of the table in `known` states α and r in a paper's letters and what the
paper calls each size. That row is all a new paper needs: the inverse and the rewriting are worked out from it. `register` takes
users' own, an entry point those of a distribution.
"""

from theory.conventions.known import CONVENTIONS, as_convention, convention, register
from theory.conventions.letters import Convention

__all__ = ["CONVENTIONS", "Convention", "as_convention", "convention", "register"]
