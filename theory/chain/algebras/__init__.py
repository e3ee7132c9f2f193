"""The algebras that layers run through beside numbers and SymPy: parameters as each reads them, triples, posynomials."""
