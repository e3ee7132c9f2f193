"""The linear algebra of a trial, in functions of the array API standard: where it runs, fits, predictors, and paths of them."""
