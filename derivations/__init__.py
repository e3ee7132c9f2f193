"""Machine-checked derivations of the results that the theory rests on."""
