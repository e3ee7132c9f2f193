"""Laws of eigenvalues without a closed S-transform: listed, densities, moments; their traces, and the χ of their S."""
