"""Published numbers, with their provenance; every value is given to the digits at which it was published or recomputed."""

# arXiv:2405.00592, the authors' public code: isotropic ridge, D=250, λ=1e-3, σ=.5; D/P -> excess test risk.
ISOTROPIC_RIDGE = {10: 0.927771, 2: 0.749005, 1: 3.84514, 0.5: 0.248026, 0.1: 0.0277107}

# The same source: linear random features with F ~ N(0, 1/D) (our ridge is λ·D/N), D=200, N=100, λ=1e-3, σ=.25, target of
# total power one; P -> excess test risk.
RANDOM_FEATURES = {20: 1.1474, 50: 1.5789, 100: 6.7927, 200: 1.0537, 2000: 0.52948}

# arXiv:2402.01092, final losses of gradient flow from its mean-field equations at a=1.5, b=1.25, M=2000:
# (samples, features) -> loss. Recomputed from the paper's equations.
GRADIENT_FLOW_LIMITS = {(64, 256): 0.5810348776, (256, 64): 0.6754824530}

# arXiv:2403.19720, limiting risks from the authors' formulas: Ω = tridiag(16|5), Σ = I, σ²=1; p/n -> risk at the optimum.
META_LEARNING = {5.12: 13.625218, 2.56: 10.580325, 1.28: 5.849476}
