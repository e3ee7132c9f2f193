"""Who the data are: eigenvalues, target power and the traces at κ, in any number."""
