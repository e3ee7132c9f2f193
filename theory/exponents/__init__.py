"""Powers: exponents by max-plus on the formulas that give numbers, regimes and their borders, prefactors, allocation."""
