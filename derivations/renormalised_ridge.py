"""Deterministic equivalence: random layers renormalise the ridge.

A resolvent of random matrices acts, in all its traces, as that of the population at a larger ridge κ. One row taken out of
the data gives the equation for κ.
"""

import theory as th
from derivations import Derivation, the

model = th.random_features()
D = Derivation(__doc__, setting=model, sources=["arXiv:2405.00592", "Bai & Silverstein 1998", "Sherman & Morrison 1950"])
D.bind(R="ridge map of the package, λ(κ)", value=the(model).fixed_point.rhs)

D.say("Let K be the kernel of the data. Assume that λ/(K + λ) has the traces of a population's resolvent at some κ. Taking one "
      "row of the data out changes the resolvent by a factor 1 + g, g the mean over P of what a new row sees.")
D.let("κ1 = κ (1 - d/N)", "the ridge between the features and the data")
D.let("λ = κ1 (1 - d/P)", "the ridge outside")
D.let("g = κ1 d/(λ P)", "tr ΣG over P, with λG equivalent to the resolvent at `κ1`")
D.exact("κ1 = λ (1 + g)", "Sherman and Morrison: each row is shrunk by 1 + g")
D.exact("λ = R", "layer by layer, what the package solves")
D.exact("λ = κ (1 - d/P)", "ridge regression: features without number", where="N = ∞")
D.exact("dλ/dκ = 1 - d2/P", "which is positive where d < P: there κ is unique", where="N = ∞")
D.numeric("dλ/dκ < 1", "the ridge only grows inwards")
D.numeric("dlnκ/dlnλ < 1", "but by ever less")

D.say("Three traces of the random matrices at the ridge λ, against the population at κ.")
cases = [{"P": 0.6, "N": 1.5}, {"P": 2, "N": 0.7, "λ": 0.01}]
D.simulate("dof ≈ d", "tr K(K+λ)⁻¹", sizes=(20, 60), resolution=0.0125, cases=cases)
D.simulate("kappa ≈ κ1", "one over the mean of 1/(K+λ)", sizes=(20, 60), resolution=0.025, cases=cases)
D.simulate("objective ≈ (T + σ²) (1 - d/P)", "the least training objective", sizes=(20, 60), resolution=0.025, cases=cases)
D.refutes("dof ≈ Σ_k λ_k/(λ_k + λ)", "the ridge itself is far off", instead="d", sizes=(20, 60), resolution=0.0125, cases=cases)
D.refutes("λ = κ (1 - d/P - d/N)", "layers multiply: they do not add")
