"""What formulas are held against: published values and closed forms with their provenance, and brute force."""
