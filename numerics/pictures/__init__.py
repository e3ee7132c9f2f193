"""Figures, made from results; matplotlib is imported when one is drawn."""
