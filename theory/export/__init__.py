"""Formulas that leave the house: a model as one stand-alone source file, from the expressions that give numbers here."""
