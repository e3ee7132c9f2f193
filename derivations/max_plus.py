"""The subtraction-free form, and why max-plus is exact on it.

Exponents are tropical: at large sizes a sum goes as its largest term. That is a theorem where nothing is subtracted,
and false where something is. So the risk is first written without a minus sign, and then evaluated with max for + and +
for times.
"""

import numpy as np

import theory as th
from derivations import Derivation, the
from derivations.settings.power_laws import PowerLaws
from theory.notation import CAPACITY, RIDGE, SOURCE

model = th.random_features()
law = model.exponents()
setting = PowerLaws(model, α=(CAPACITY.symbol, (1.2, 3)), r=(SOURCE.symbol, (0.1, 1.4)), λ=(RIDGE.symbol, (0.0001, 0.02)))
D = Derivation(__doc__, setting=setting, sources=["arXiv:2405.00592"])
D.bind(F="test risk of the package", value=the(model).formulas["test"])
D.bind(R="ridge map of the package, λ(κ)", value=the(model).fixed_point.rhs)

D.say("The test risk of random features, as a derivation gives it: with an elasticity e and a fraction γ. Both are "
      "complements, small differences of numbers near one.")
D.let("k = κ (1 - d/N)", "the ridge between features and data")
D.let("e = dlnκ/dlnk", domain=(0, 1))
D.let("γ = d/P (1 - e a)", domain=(0, 1))
D.let("E = (T - e T2 + σ²)/(1 - γ)", "the test risk")

D.say("Every complement gets a letter: u + t = 1 for the features, v + w = 1 for the data; and T = T2 + B for the "
      "population. Where a 1 stands, one of these sums is put for it, until no minus is left.")
D.let("u = d/N", "the features that are taken up")
D.let("t = 1 - u", domain=(0, 1))
D.let("v = d/P", "the data that are")
D.let("w = 1 - v", domain=(0, 1))
D.exact("T = T2 + B")
D.exact("e = t/(t + a u)")
D.let("X = B t + B a u + T2 a u + σ² t + σ² a u")
D.let("Y = t w + a t v + a u w")
D.exact("E = X/Y", "five monomials over three, all positive")
D.exact("X/Y = F", "what the package evaluates")
D.exact("k w = R", "and `κ t w`, the ridge outside, is a monomial: the fixed point subtracts nothing either")

D.say("A sum of n positive terms lies between its largest and n times that, whatever the terms are. So the logarithm of "
      "a sum is the largest logarithm, up to ln n at most; and ln n is nothing beside the logarithms of large sizes.")
for name in ("x", "y", "z"):
    D.letter(name, "a positive monomial")
D.numeric("max(ln x, ln y, ln z) < ln(x + y + z) ≤ max(ln x, ln y, ln z) + ln 3", "at any size")
D.let("M = max(t w, a t v, a u w)", "max-plus on the denominator")
D.numeric("M < Y < 3 M", "so it is off by a factor of three at most, and X likewise by five")

D.say("The terms themselves are powers: a trace over a power law goes as a power of κ, by the smaller of two exponents.")
cases = [{"α": 1.5, "r": 0.3}, {"α": 2, "r": 0.8}, {"α": 1.3, "r": 1.3}]
D.asymptotic("dlnd/dlnκ ~ -1/α", "the degrees of freedom: modes above κ", limit="κ → 0", cases=cases)
D.asymptotic("dlnT2/dlnκ ~ min(1, 2 r)", "the signal at the edge, or a trickle from all modes", limit="κ → 0", cases=cases)
D.asymptotic("dlnT/dlnκ ~ min(1, 2 r)", "the potential", limit="κ → 0", cases=cases)
D.asymptotic("dlnB/dlnκ ~ min(2, 2 r)", "the bias", limit="κ → 0", cases=cases)
D.refutes("dlnB/dlnκ ~ min(1, 2 r)", "max-plus on B = T - T2, where the largest terms cancel", instead="min(2, 2 r)",
          limit="κ → 0",
          cases=cases)

D.say("In the fixed point `λ = κ t w` either no complement is small, and κ goes as λ, or one is, and d goes as its "
      "size. With the exponents of the traces at that κ the largest monomials are those of the package, which has them "
      "from the same formulas by machine.")
D.bind(l="logarithm of the excess risk in the package's law", value=the(law)["excess"])
D.bind(l_F="logarithm of the variance due to the features, there", value=the(law)["features"])
D.let("K = max(λ, P^(-α), N^(-α))", "κ by max-plus")
D.let("V = K^(min(1, 2 r) - 1/α)/N", "`T2 a u/(t + a u)` by max-plus, the variance due to the features")
D.numeric("exp(l_F) = V")
D.numeric("exp(l) = max(K^(2 min(1, r)), V, σ² K^(-1/α)/P)", "bias, features, noise")

D.say("Slopes of the risk itself, at sizes where one term is large beside all others.")
P_only, N_only = {"P": 1, "N": 2}, {"N": 1, "P": 2}
D.slope("kappa ~ N^(-α)", ray=N_only, cases=cases)
D.slope("kappa ~ P^(-α)", ray=P_only, cases=cases)
D.slope("bias ~ N^(-α min(2, 2 r))", "few features", ray=N_only, cases=cases)
D.slope("V[features] ~ N^(-α min(1, 2 r))", ray=N_only, cases=cases)
D.slope("V[features] ~ (P/N) P^(-α min(1, 2 r))", "few data", ray=P_only, cases=cases)
D.slope("V[samples, features] ~ (N/P) N^(-α min(1, 2 r))", ray=N_only, cases=cases)
D.slope("V[samples] ~ λ^(min(2, 2 r) - 1/α)/P", "a large ridge", ray={"P": 1, "N": np.inf, "λ": -0.5}, cases=cases)
D.refutes("bias ~ N^(-α min(1, 2 r))", "the exponent of the form with a minus", instead="N^(-α min(2, 2 r))",
          ray=N_only, cases=cases)
