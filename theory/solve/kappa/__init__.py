"""The fixed point κ of any chain, real and complex, with every complement."""
