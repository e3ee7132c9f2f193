"""Claims, and how each kind is checked: from numbers at points to proofs, limits, simulations and refutations."""
