"""A law as data, and as one self-contained page that one can touch: exponents exactly, and the risks of a chain as numbers."""
