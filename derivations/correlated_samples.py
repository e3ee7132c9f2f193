"""Correlated samples: the test error from the training error, and label noise of any covariance.

Rows of data that are correlated share what they say. Where their label noise is correlated as they are, one factor leads from the
training error to the test error; of any other noise it gives a wrong answer, and two more numbers are needed.
"""

import theory as th
from derivations import Derivation, the
from derivations.settings.structured import Structured

model = th.Chain(th.Samples(rows=th.exponential_memory(2)), th.GaussianFeatures())
free = th.Chain(th.Samples(rows=[2, 1], noise=[1, 3]), th.GaussianFeatures())  # the same for any rows and noise
D = Derivation(__doc__, setting=Structured(model), sources=["arXiv:2408.04607", "arXiv:2405.00592"])
D.bind(R="ridge map of the package, λ(κ)", value=the(model).fixed_point.rhs)
D.bind(F="test risk of the package, noise matched", value=the(model).formulas["test"])
D.bind(H="training risk, there", value=the(model).formulas["train"])
D.bind(F_ν="test risk of the package, any noise", value=the(free).formulas["test"])
D.bind(H_ν="training risk, there", value=the(free).formulas["train"])

D.say("Rows X = K^½ Z Σ^½ have variances `K_i` of mean one along the eigenvectors of their covariance K, and label noise the "
      "variances `σ² ν_i`. Test points are independent of them. Inside are N random features, and what those lose is Q.")
D.let("κ_1 = κ (1 - d/N)")
D.let("Q = T - dT/dlnκ_1")
D.let("f = d χ_P(d)/P", "what rows leave of the ridge")
D.let("λ = κ_1 f")
D.exact("λ = R")
D.let("b = χ_P(d)/d Σ_i K_i/(K_i + χ_P(d))^2")
D.let("b̄ = 1 - b")
D.exact("b̄ d = Σ_i K_i^2/(K_i + χ_P(d))^2")
D.let("γ = b̄ (1 + dlnd/dlnκ_1)", "the share of a training error that rows have of each other", domain=(0, 1))

D.say("**Objective.** λ(XXᵀ/P + λ)⁻¹ is equivalent to a function of K, with `χ/(K_i + χ)` for each eigenvalue, χ the ridge at which "
      "K has d degrees of freedom. What is left of the target is T, as if it were noise that is correlated as rows are.")
D.let("L = T f + σ² Σ_i ν_i χ_P(d)/(K_i + χ_P(d))/P", "the least objective")
D.let("E_train = L - λ dL/dλ", "envelope theorem")
cases = [{"h": 0}, {"h": 2, "P": 1.5, "N": 0.8}]
D.simulate("objective ≈ L", "noise that goes as K^h", sizes=(12, 36), resolution=0.04, cases=cases)

D.say("**Row by row.** The residual of a row is what a new one would have, shrunk by `χ/(K_i + χ)`: `K_i` times the excess error E of "
      "new points, and its own noise. Their mean is the training error: that gives E.")
D.let("τ = Σ_i ν_i χ_P(d)^2/(K_i + χ_P(d))^2/P", "of the noise")
D.exact("Σ_i K_i χ_P(d)^2/(K_i + χ_P(d))^2/P = f b", "of the excess error")
D.let("E = (E_train - σ² τ)/(f b)")
D.let("ω = Σ_i ν_i K_i/(K_i + χ_P(d))^2/(d b̄)", "how much the noise weighs")
D.exact("E = (Q + σ² ω γ)/(1 - γ)")
D.exact("E + σ² = F_ν", "the package's test risk")
D.exact("E_train = H_ν", "and its training risk")
D.simulate("test ≈ E + σ²", sizes=(12, 36), resolution=0.04, cases=cases)
D.simulate("train ≈ E_train", sizes=(12, 36), resolution=0.04, cases=cases)
D.let("g = χ_P(d)^2/P")
D.simulate("weighted ≈ E g Σ_i K_i^2/(K_i + χ_P(d))^2 + σ² g Σ_i ν_i K_i/(K_i + χ_P(d))^2",
           "each row for itself: their mean weighed by K", sizes=(12, 36), resolution=0.04, cases=cases)

D.say("**Matched noise**, ν = K.")
D.exact("Σ_i K_i^2/(K_i + χ_P(d))^2/(d b̄) = 1", "ω is one")
D.let("E_K = (Q + σ²)/(1 - γ)", "so this is the test error")
D.exact("E_K = F")
D.let("M = (T + σ²) f", "the objective")
D.exact("M - λ dM/dλ = f b E_K = H", "the training error is f b of the test error, whatever the target is")
D.simulate("train ≈ f b E_K", sizes=(12, 36), resolution=0.04, cases=[{"h": 1}, {"h": 1, "P": 1.5, "N": 0.8, "σ²": 2}])

D.say("**White noise**, ν = 1.")
D.let("ω_1 = Σ_i K_i/(K_i + χ_P(d))^2/(d b̄)")
D.exact("ω_1 = b/(χ_P(d) b̄)")
D.let("τ_1 = Σ_i χ_P(d)^2/(K_i + χ_P(d))^2/P")
D.exact("τ_1 = 1 - (2 - b̄) d/P")
D.exact("E_train/(f b) - E - σ² = σ² (τ/(f b) - 1)", "what the factor adds to the test error")
D.refutes("E_train = f b (E + σ²)", "of noise that is not matched")
D.refutes("train ≈ f b (E + σ²)", "white noise, as it is drawn", instead="f b E + σ² τ", sizes=(12, 36), resolution=0.04,
          cases=[{"h": 0, "σ²": 1}])
D.refutes("test ≈ E_K", "nor is the test error that of matched noise", instead="E + σ²", sizes=(12, 36), resolution=0.04,
          cases=[{"h": 0, "σ²": 1}])
