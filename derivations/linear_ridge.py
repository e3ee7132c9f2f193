"""Generalised cross-validation: the test risk from the training risk.

Ridge regression on P samples has a test risk and a training risk, and their ratio depends on the ridge alone.
"""

import theory as th
from derivations import Derivation, the

model = th.Chain(th.Samples())
D = Derivation(__doc__, setting=model, sources=["arXiv:2405.00592", "Craven & Wahba 1979"])
D.bind(F="test risk of the package", value=the(model).formulas["test"])

D.say("On P samples ridge regression behaves as its population problem at a larger ridge κ.")
D.let("λ = κ (1 - d/P)", "each sample removes its share of the degrees of freedom")
D.let("L = (T + σ²) (1 - d/P)", "the training objective at its minimum")
D.let("S = κ/λ", "how much the ridge is renormalised", domain="positive")
D.let("E_train = L - λ dL/dλ", "envelope: the optimum does not move to first order")
D.let("E_test = S^2 E_train", "one power of S for each residual")
D.exact("E_test = (T - T2 + σ²)/(1 - d2/P)", "S cancels the square")
D.exact("E_test = F", "what the package evaluates")
D.simulate("test ≈ E_test", sizes=(20, 80), resolution=0.025)
D.refutes("E_test = E_train/(1 - 2 d/P)", "first order is not enough at finite d/P")
