"""Numbers: the fixed point of a chain in doubles or at any precision, evaluation, local slopes, the optimum."""
