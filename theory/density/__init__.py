"""Eigenvalues of what a chain makes: where their bands end."""
