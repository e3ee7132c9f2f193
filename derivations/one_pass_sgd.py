"""One-pass SGD: Lin's decomposition of the risk, and the recursion of second moments.

SGD on a sketch of the data sees every sample once. Its risk has four parts; two of them obey a recursion that closes on the
mean squares of the errors, for Gaussian data exactly.
"""

import numpy as np

import theory as th
from derivations import Derivation, the
from derivations.settings.sgd import PAIR, SGD
from theory.dynamics.sgd.moments import coefficients

step = coefficients()
setting = SGD(λ1="positive", λ2="positive", S1="real", S2="real", w1="real", w2="real", v="real", h=(0.1, 1),
              C="positive", V="positive", Y="positive", W="positive")
D = Derivation(__doc__, setting=setting, sources=["arXiv:2406.08466"])
D.bind(K="mean square of the first error after a step, in the package", value=the(PAIR).updates[0])
D.bind(forget="share that the mean of the first error loses in a step, in the package", value=the(step).forget)
D.bind(loss="share that its mean square loses, in the package", value=the(step).loss)
D.bind(kick="risk that a unit of noise adds in this mode, in the package", value=the(step).kick)

D.say("**Four parts.** A sketch turns x into Sx, and predicts ⟨v, Sx⟩. What it can reach, and what v still misses, add up; "
      "here for one column and two eigenvalues.")
D.let("H = λ1 S1^2 + λ2 S2^2", "covariance of the sketched data")
D.let("v0 = (λ1 S1 w1 + λ2 S2 w2)/H", "the best v")
D.let("A = λ1 λ2/H (S1 w2 - S2 w1)^2", "approximation: what the best v misses")
D.exact("σ² + λ1 (S1 v - w1)^2 + λ2 (S2 v - w2)^2 = σ² + A + H (v - v0)^2", "the risk of v")
D.say("What the sketch misses is noise to SGD, independent of the features: of variance `s² = σ² + A`. From here on the "
      "features are in the eigenbasis of their covariance, e = v − v0.")

D.say("**One step.** A sample's gradient in the first mode, and its moments by Isserlis, pair by pair:")
D.let("q = (z1 e1 + z2 e2 - ξ)^2/2", "half the squared residual of a sample")
D.let("g1 = z1 (z1 e1 + z2 e2 - ξ)")
D.exact("dq/de1 = g1")
D.exact("E(g1) = h1 e1")
D.exact("E(g1^2) = h1 (h1 e1^2 + h2 e2^2 + s²) + 2 h1^2 e1^2", "one pairing of the residual with itself, and two across")
D.exact("E(e1 - γ g1) = (1 - forget) e1", "the mean error")
D.let("U = e1^2 - 2 γ e1 E(g1) + γ^2 (E(g1^2)/B + (1 - 1/B) E(g1)^2)", "the mean square after a step on B independent samples")
D.exact("U = K", "what the package derives: products of two errors do not enter", where="e1 = √C1, e2 = √C2")
D.exact("K = C1 (1 - 2 γ h1 + γ^2 (1 + 1/B) h1^2) + γ^2/B h1 (h1 C1 + h2 C2 + s²)")
D.refutes("K = C1 (1 - 2 γ h1 + γ^2 h1^2) + γ^2/B h1 (h1 C1 + h2 C2 + s²)", "the fourth moment counts")
D.refutes("K = C1 (1 - 2 γ h1 + γ^2 (1 + 1/B) h1^2) + γ^2 h1 (h1 C1 + h2 C2 + s²)", "a batch divides the noise")

D.say("**Any number of modes**: each sees the others through Y, the sum of hC, alone.")
D.let("δ(h) = γ h (2 - (1 + 1/B) γ h)", "what a mode forgets")
D.let("g(h) = γ^2/B h^2", "what it adds of the noise")
D.let("f(h, C, Y) = (1 - δ(h)) C + g(h)/h (Y + s²)")
D.exact("K = f(h1, C1, h1 C1 + h2 C2)")
D.exact("δ(h1) = loss")
D.exact("g(h1) = kick")
D.exact("f(h, C + V, Y + W) - f(h, V, W) = (1 - δ(h)) C + g(h)/h Y",
        "bias and variance: the initial error goes as if there were no noise, the noise as if there were no initial error")
D.let("Y0 = Σ_k h_k C_k", "at the start")
D.let("Y1 = Σ_k h_k f(h_k, C_k, Y0)", "after a step")
D.let("Y2 = Σ_k h_k f(h_k, f(h_k, C_k, Y0), Y1)", "after two")
D.numeric("Y1 = Σ_k (1 - δ(h_k)) h_k C_k + (Σ_k g(h_k)) (Σ_k h_k C_k + s²)", "diagonal and a product: a matrix of rank one")
runs: list[dict[str, float]] = [{"B": 1}, {"B": 3, "γ": 1.2}]
D.simulate("risk1 ≈ s² + Y1", "runs of the update rule", sizes=(8, 16), resolution=0.04, cases=runs)
D.simulate("risk2 ≈ s² + Y2", sizes=(8, 16), resolution=0.04, cases=runs)

D.say("**In the long run** no mode changes, and the noise that all make of a unit of noise is Φ.")
D.let("Φ = Σ_k g(h_k)/δ(h_k)")
D.let("Φ12 = g(h1)/δ(h1) + g(h2)/δ(h2)", "for two modes")
D.let("c(h) = g(h)/(h δ(h)) s²/(1 - Φ12)")
D.let("c1 = c(h1)")
D.let("c2 = c(h2)")
D.exact("K = c1", "these moments stay", where="C1 = c1, C2 = c2")
D.exact("h1 c1 + h2 c2 + s² = s²/(1 - Φ12)", "and this is their risk")
D.exact("(δ(h1) - g(h1)) (δ(h2) - g(h2)) - g(h1) g(h2) = δ(h1) δ(h2) (1 - Φ12)",
        "the determinant of what two modes forget: stability ends where Φ is one")
D.exact("kick/loss = γ h1/(B (2 - (1 + 1/B) γ h1))", "a mode's part of Φ in the package")
D.simulate("stationary ≈ s²/(1 - Φ)", "long runs", sizes=(8, 16), resolution=0.04, cases=runs)
D.refutes("stationary ≈ s² (1 + Φ)", "noise makes noise", instead="s²/(1 - Φ)", sizes=(8, 16), resolution=0.04, cases=runs)

D.say("**Exponents.** The step halves from phase to phase, each of P steps. A mode h forgets 2γhP in the first and twice that "
      "in all: of faint modes `exp(-4 γ P h)` is left. The bias is the sum of `k^(-1-2 α r)` times that, an integral:")
D.bind(flow="bias of faint modes, leading term of the package", value=the(th.OnePassSGD()).leading_terms()["flow"])
D.bind(missed="approximation, leading term of the package", value=the(th.OnePassSGD()).leading_terms()["approximation"])
D.bind(late="variance over s² where all N modes are learnt", value=the(th.OnePassSGD()).leading_terms()["late"])
D.let("M(p, t) = Γ((p - 1)/α)/α t^(-(p - 1)/α)", "the integral of `k^-p exp(-t k^-α)`")
D.exact("flow = M(1 + 2 α r, 4 γ P)", "the bias of the package")
D.exact("late = N/(8 P ln 2)", "N equal parts of the noise of the last phases")
D.let("κ0 = ((π/α)/(N sin(π/α)))^α", "where d(κ) = N")
D.numeric("missed = (π/α)/sin(2 π r) κ0^(2 r)", "what N features miss is the potential T there")
D.let("b = 1 + 2 α r", "the source in Lin's letters, capacity α")
D.reference("dlnmissed/dlnN = 1 - b", source="arXiv:2406.08466, second-hand")
D.reference("dlnflow/dlnP = (1 - b)/α", source="arXiv:2406.08466, second-hand")
cases: list[dict[str, float]] = [{"α": 1.5, "r": 0.3}, {"α": 2, "r": 1.2}]
D.slope("approximation ~ N^(-α min(1, 2 r))", "the exact risk of the package at large sizes", ray={"P": 1, "N": 0.5},
        cases=cases, scales=(1e8, 1e12))
D.slope("bias ~ P^(-min(2 r, 2 - 1/α))", "easy tasks saturate: early noise is left in faint modes", ray={"P": 1, "N": np.inf},
        cases=cases, scales=(1e8, 1e12))
D.slope("variance ~ σ² P^(1/α - 1)", "modes that are being learnt", ray={"P": 1, "N": np.inf, "σ²": 0}, cases=cases,
        scales=(1e8, 1e12))
D.slope("variance ~ σ² N/P", "all modes learnt", ray={"P": 1, "N": 0.2, "σ²": 0.5}, cases=cases, scales=(1e8, 1e12))
D.refutes("bias ~ P^(-2 r)", "for all tasks", instead="P^(-min(2 r, 2 - 1/α))", ray={"P": 1, "N": np.inf}, cases=cases,
          scales=(1e8, 1e12))
