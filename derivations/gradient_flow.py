"""Polarisation: the dynamics of training from the objective at one ridge.

Gradient flow is a sum of ridge regressions: its Laplace transform at s is the predictor of ridge s. What two of those
have in common decides the loss at every time, and it follows from the least training objective at a single ridge.
"""

import theory as th
from derivations import Derivation, the
from derivations.settings.two_ridges import TwoRidges

model = th.random_features()
D = Derivation(__doc__, setting=TwoRidges(model), sources=["arXiv:2402.01092", "arXiv:2405.00592"])
D.bind(R="ridge map of the package, λ(κ)", value=the(model).fixed_point.rhs)
D.bind(F0="two-point test error of the package", value=the(model).two_point["test"])
D.bind(F1="two-point training error of the package", value=the(model).two_point["train"])
D.bind(E="test risk of the package", value=the(model).formulas["test"])

D.say("The readout of N random features is trained from zero on P samples. Along an eigenvector of the data kernel, of "
      "eigenvalue x, the residual falls as exp(-x t). The Laplace transform of that, times s, is what ridge regression "
      "leaves at the ridge s.")
D.letter("x", "an eigenvalue of the kernel")
D.letter("s", "a ridge: the Laplace variable of the time t")
D.letter("s'", "another")
D.let("f(s) = s/(x + s)", "the residual along an eigenvector", domain=(0, 1))
D.say("The loss at time t is quadratic in residuals: it needs two Laplace variables at once. But a product of two "
      "resolvents is a divided difference of one, and this is all that polarisation is.")
D.exact("f(s) f(s') = f(s) - s (f(s) - f(s'))/(s - s')", "for each eigenvalue, hence for any sum over them")
D.exact("f(s)^2 = f(s) - s d/ds (f(s))", "where the two meet: the envelope theorem")

D.say("So large random matrices have one function to give, their least objective L at the ridge λ. A prime means: at "
      "the ridge `λ'`.")
D.let("R1 = 1 - d/P", "the response of the residuals to the targets")
D.let("R3 = 1 - d/N", "that of the features to what drives them")
D.let("λ = κ R1 R3", "the ridge outside; κ is what the population sees")
D.exact("λ = R", "what the package solves")
D.let("L = (T + σ²) R1", "the least objective")
D.let("C1 = L - λ (L - L')/(λ - λ')", "training residuals at λ times those at `λ'`, by polarisation")
D.let("C0 = C1/(R1 R1')", "on new data either residual is larger, by one over its response")
D.exact("C1 = F1", "the package carries the divided difference through its layers")
D.exact("C0 = F0", "and the gain of each residual")
cases = [{"P": 0.6, "N": 1.5}, {"P": 2, "N": 0.7, "λ": 0.02, "λ'": 0.5}]
D.simulate("train·train' ≈ C1", "one draw, two ridges", sizes=(12, 36), resolution=0.04, cases=cases)
D.simulate("test·test' ≈ C0", "and a new point", sizes=(12, 36), resolution=0.04, cases=cases)
D.refutes("test·test' ≈ C1/R1^2", "the two residuals do not grow alike", instead="C0", sizes=(12, 36), resolution=0.04,
          cases=cases)

D.say("Dynamical mean-field theory comes from the other side: it follows each mode of the population in time, in a "
      "Gaussian field that stands for all others. A mode with the resolvent `1/(λ_k + κ)` hears them twice: through the "
      "P samples, as noise in proportion to their total error `C0`, and through the N features, in proportion to W, the "
      "total of what modes send there. The correlations of one mode are")
D.let("q = Σ_k λ_k/((λ_k + κ) (λ_k + κ'))")
D.let("p = Σ_k λ_k^2/((λ_k + κ) (λ_k + κ'))")
D.let("v = Σ_k c_k λ_k/((λ_k + κ) (λ_k + κ'))")
D.let("w = Σ_k c_k λ_k^2/((λ_k + κ) (λ_k + κ'))")
D.let("W = κ κ' (w + q C0/P)/(1 - p/N)", "`W = κ κ' (w + q C0/P) + p W/N`: target, samples, and the features' echo")
D.exact("C0 = κ κ' v + σ² + p C0/P + q W/N",
        "the loop closes on the errors that the chain has given: it solves the mean-field equations")
D.exact("C1 = R1 R1' (κ κ' v + σ² + p C0/P + q W/N)", "and data shrink either residual by its response")

D.say("Both loops solved for the error, with `λ = κ R1 R3` in place of the sums that squares of resolvents make:")
D.let("A = Σ_k c_k λ_k/(λ_k + κ)")
D.let("G = (κ κ' (R3 v + q A/N) + σ² (R3 + κ' q/N))/(R1 R3' + q (κ R1/N + κ' R3'/P))",
      "the two-point function in closed form")
D.exact("C0 = G")
D.refutes("C0 = (κ κ' (R3 v + q A/N) + σ² (R3 + κ' q/N))/(R1 R3 + q (κ R1/N + κ' R3/P))",
          "its primes look lopsided, yet none may go")
D.exact("R3 + κ' q/N = R3' + κ q/N", "for q is itself a divided difference, that of d")
D.exact("G = (κ κ' (R3' v + q A'/N) + σ² (R3' + κ q/N))/(R1' R3 + q (κ' R1'/N + κ R3/P))", "so that all may change places")

D.say("Its limits are those that they must be.")
D.exact("G = E", "one ridge twice: the test risk", where="κ' = κ")
D.exact("G = (κ κ' v + σ²)/(1 - p/P)", "any number of features: only samples are scarce", where="N = ∞")
D.exact("G = σ² + κ κ' (R3 v + q A/N)/(R3 + κ' q/N)", "any number of samples: the noise averages out", where="P = ∞")
D.asymptotic("G ~ T' + σ²", "the first of two at the very start, where the residual is the target itself", limit="κ → ∞")
