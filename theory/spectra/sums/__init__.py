"""How sums over the modes of a spectrum are made: nodes, quadrature, series."""
