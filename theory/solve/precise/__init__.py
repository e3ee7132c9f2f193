"""Any number of digits: the same chain and the same formulas through mpmath, from arguments taken exactly."""
