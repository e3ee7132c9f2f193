"""Eigenvalues of matrices, measured: what is universal of them, and the power that their spectra follow."""
