"""The ledger: every public formula with its witnesses, made before a release and held to what the formulas are now."""
