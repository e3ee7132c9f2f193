"""The algebra of exponents: forms, cones, max-plus, exact linear programmes."""
