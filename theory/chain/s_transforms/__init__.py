"""S-transforms of random matrices as objects: the factor by which a matrix renormalises the ridge, κ = λ S(d)."""
