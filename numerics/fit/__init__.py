"""From tables of measured losses to exponents and forecasts, with bands that are tested on the table itself."""
