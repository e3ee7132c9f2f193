"""Whatever has public formulas: chains, training, SGD, spectra, densities, laws; what each is held against."""
