"""Several passes of SGD over the same rows: their kernel as a population of its own, descent on it, and what sampling adds."""
