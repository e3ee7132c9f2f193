"""Training time: what a contour leaves of a ridge.

Gradient flow is a contour integral of ridge regressions. On a contour whatever is analytic leaves nothing, and this alone
makes the law in training time another than that in the ridge, where each is an infinite power law.
"""

import numpy as np
from sympy import log

import theory as th
from derivations import Derivation, the
from derivations.settings.training import Training
from theory.exponents.algebra.traces import amplitude
from theory.notation import CAPACITY, NOISE, SOURCE, TIME, size_letter

model = th.random_features()
law = the(th.GradientFlow)(model).exponents()
setting = Training(model, α=(CAPACITY.symbol, (1.2, 3)), r=(SOURCE.symbol, (0.1, 1.4)), l=(0.1, 4), ν=(0.1, 3), h=(0, 6))
D = Derivation(__doc__, setting=setting, sources=["arXiv:2402.01092", "arXiv:2405.00592"])

D.say("**The contour.** By `flow(F(s), t)` we mean the integral of `exp(s t) F(s)/s` over s along a contour around the "
      "negative axis, over 2πi: the inverse Laplace transform. On an eigenvector of the data kernel, of eigenvalue x, "
      "ridge regression leaves f of the target.")
D.letter("x", "an eigenvalue of the kernel")
D.letter("t'", "another time", domain=(50, 10000))
D.let("f(s) = s/(x + s)", "what the ridge s leaves", domain=(0, 1))
D.exact("flow(f(s), t) = exp(-x t)", "what gradient flow leaves")
D.exact("flow(f(s) f(s'), t, t') = flow(f(s), t + t')", "two residuals are one at the sum of their times")
D.letter("n", "a number of steps", domain="integer")
D.letter("η", "the size of a step")
D.say("Descent has `(1 + η s)^n` in place of `exp(s t)`, and the same contour.")
D.exact("descent(f(s), n, η) = (1 - η x)^n", "n steps")
D.asymptotic("descent(f(s), n, t/n) ~ flow(f(s), t)", "many small steps are flow", limit="n → ∞")

D.say("**What is analytic leaves nothing.** Where F is a sum of powers of s, one that is whole and positive closes on "
      "itself; other powers have their branch cut inside.")
D.letter("b", "a power", domain=(0, 4))
D.exact("flow(s, t) = 0")
D.exact("flow(s^3, t) = 0", "and so on")
D.exact("flow(s s'^(-b), t, t') = 0", "whatever the other ridge does")
D.exact("flow(1, t) = 1", "the pole at s = 0: the end of training")
D.exact("flow(s^(-b), t) = t^b/Γ(1 + b)", "Hankel's integral")
D.exact("flow(s^b, t) = t^(-b)/Γ(1 - b)", "which is zero where b is whole: 1/Γ vanishes there")
D.refutes("flow(s^b, t) = t^(-b)", "s for 1/t is right for powers only, and for no whole one")

D.say("**Any chain.** The training and test errors of random features at two ridges, by polarisation. A function of κ is "
      "taken at the ridge λ(κ) outside.")
D.bind(R="ridge map of the package, λ(κ)", value=the(model).fixed_point.rhs)
D.bind(F0="two-point test error of the package", value=the(model).two_point["test"])
D.bind(F1="two-point training error of the package", value=the(model).two_point["train"])
D.let("R1 = 1 - d/P")
D.let("R3 = 1 - d/N")
D.let("λ = κ R1 R3")
D.exact("λ = R")
D.let("L = (T + σ²) R1", "the least objective")
D.let("C1 = L - λ (L - L')/(λ - λ')")
D.let("C0 = C1/(R1 R1')")
D.exact("C1 = F1")
D.exact("C0 = F0")
cases = [{"P": 0.6, "N": 1.5}, {"P": 2, "N": 0.7, "t": 20}]
D.simulate("train ≈ flow(C1, t, t)", "one draw, at one time", sizes=(12, 36), resolution=0.05, cases=cases)
D.simulate("train ≈ flow(L, 2 t)", "one contour is enough: times add", sizes=(12, 36), resolution=0.05, cases=cases)
D.simulate("test ≈ flow(C0, t, t)", sizes=(12, 36), resolution=0.05, cases=cases)
D.say("**Subsets along time.** Average over all sources but some, and only those that reach the population without a gap "
      "remain in the least objective; all others stay in κ. At two ridges this is polarised as before, and so it is along"
      " time.")
D.let("Q = T - κ (T - T')/(κ - κ')", "no source: the bias")
D.let("Q_F = T - κ R3 (T - T')/(κ R3 - κ' R3')", "features alone: the ridge outside them is κ R3")
D.let("S = T R1", "the least objective of samples alone, at the ridge κ R1")
D.let("Q_X = (S - κ R1 (S - S')/(κ R1 - κ' R1'))/(R1 R1')", "their error")
D.simulate("bias ≈ flow(Q, t, t)", sizes=(12, 36), resolution=0.08, cases=cases)
D.simulate("Q[features] ≈ flow(Q_F, t, t)", sizes=(12, 36), resolution=0.08, cases=cases)
D.simulate("Q[samples] ≈ flow(Q_X, t, t)", sizes=(12, 36), resolution=0.08, cases=cases)

D.say("**Constants.** Early, as long as t is far below `min(N, P)^α`, nothing is scarce: κ is s, but for first orders in "
      "1/N and 1/P. Over the power law `λ_k = k^-α`, `c_k λ_k = k^(-1 - 2 α r)` a trace is a pole's power of s and "
      "further powers, which are whole: only the pole's leaves something.")
D.let("p = 1/α", domain=(0, 1))
D.let("A(b) = Γ(b) Γ(1 - b)/α", "the pole of d and of T, as power-law sums have it")
D.bind(A_d="amplitude of d in the package", value=the(amplitude)(1, 0, 1, False, True))
D.bind(A_T="amplitude of T in the package, below r = 1/2", value=the(amplitude)(1, 1, 1, False, True))
D.numeric("A(1 - p) = A_d")
D.numeric("A(2 r) = A_T", "and its continuation above")
D.say("The bias is a sum over modes of `c x f(s) f(s')`, the residual of a residual: T at twice the time.")

early = law.asymptote(th.PowerLaw(1.5, 0.8), time=1e6, n_features=1e30, n_samples=1e31, noise=0.01)
smooth = law.asymptote(th.PowerLaw(1.5, 1.4), time=1e6, n_features=1e30, n_samples=1e31)
leaky = law.asymptote(th.PowerLaw(1.5, 1.4), time=1e12, n_features=4e8, n_samples=np.inf)
here, there = "α = 3/2, r = 4/5", "α = 3/2, r = 7/5"
D.bind(X_B="bias, early, in the package", value=early.terms["bias"])
D.let("Y_B = Γ(2 r) (2 t)^(-2 r)/α")
D.exact("flow(A(2 r) s^(2 r), 2 t) = Y_B", "at any source: no saturation")
D.asymptotic("X_B ~ Y_B", limit="t → ∞", where=here)
D.say("Samples turn `Σ (1 - f(s)) (1 - f(s'))` of noise into error, over P:")
D.bind(X_ε="variance from noise, early, in the package", value=early.terms["samples", "noise"])
D.let("Y_ε = σ² Γ(1 - p) (2 - 2^p) t^p/P")
D.exact("flow((1 - f(s)) (1 - f(s')), t, t) = 2 flow(1 - f(s), t) - flow(1 - f(s), 2 t)", "mode by mode, so d takes its place")
D.exact("σ²/P (2 flow(A(1 - p) s^(-p), t) - flow(A(1 - p) s^(-p), 2 t)) = Y_ε")
D.asymptotic("X_ε ~ Y_ε", limit="t → ∞", where="α = 3/2")
D.exact("flow(1 - A(1 - p) s^(-p)/P, 2 t) = 1 - Γ(1 - p) (2 t)^p/P", "and of the noise on the data remains so much, L at 2t")
D.say("Features spread the target that they do not hold, over N: above r = 1/2 all of it, by `Σ_k c_k`, times `Σ x f(s) "
      "f(s')`.")
D.bind(Z1="sum of the target's `c_k`, amplitude of T/κ in the package above r = 1/2", value=the(amplitude)(1, 1, 1, True, True))
D.bind(X_F="variance due to the features, early, in the package", value=early.terms["features"])
D.let("y = Γ(1 - p) (2 t)^(p - 1)/α")
D.exact("flow(x f(s) f(s'), t, t) = -flow(s f(s), 2 t)", "as x f is s (1 - f), and s leaves nothing; so s d takes its place")
D.exact("flow(A(1 - p) s^(1 - p), 2 t) = y")
D.asymptotic("X_F ~ Z1 y/N", limit="t → ∞", where=here)
D.say("So do samples, above r = 1: `Σ_k c_k/λ_k` times `Σ x^2 f(s) f(s')`, over P.")
D.bind(Z2="sum of `c_k/λ_k`, amplitude of `B/κ^2` in the package above r = 1", value=the(amplitude)(1, 1, 2, True, True))
D.bind(X_X="variance due to the samples, early, in the package", value=smooth.terms["samples"])
D.let("z = Γ(2 - p) (2 t)^(p - 2)/α")
D.exact("flow(x^2 f(s) f(s'), t, t) = flow(s^2 f(s), 2 t)", "once more, and s² d takes its place")
D.exact("flow(-A(1 - p) s^(2 - p), 2 t) = z")
D.asymptotic("X_X ~ Z2 z/P", limit="t → ∞", where=there)

D.say("**The leak.** A learnt mode is left `κ/x`. Flow of the population leaves nothing of s/x; but `κ = s (1 + d/N)`, to"
      " first order, and `s d` is no whole power. It is the only trace of the saturation that ridge regression has.")
D.bind(X_leak="bias, early, where it is the leak, in the package", value=leaky.terms["bias"])
D.let("u = Γ(1 - p) t^(p - 1)/(α N x)")
D.exact("flow(A(1 - p) s^(1 - p), t)/(N x) = u", "what is left of a learnt mode")
D.asymptotic("X_leak ~ Z2 (u x)^2", "a sum over modes of c x u²", limit="t → ∞", where=there)
D.refutes("X_leak ~ Z2 (Γ(1 - p) t^(p - 1)/N)^2", "its α may not be forgotten", instead="Z2 (u x)^2", limit="t → ∞",
          where=there)

D.say("**The law**, then, is that of the chain at the ridge 1/t with two changes. The bias keeps `κ^(2 r)`; and where "
      "layers make κ of s, w = 1 - s/κ is no whole power, and w² times the bias of a ridge joins it.")
D.bind(l_B="logarithm of the bias in the package's law", value=law["bias"])
D.bind(l_X="logarithm of the variance due to the samples, there", value=law["samples"])
D.let("K = max(1/t, P^(-α), N^(-α))", "κ by max-plus")
D.let("W = max(K^(-p)/P, K^(-p)/N)^2", "w², what the fuller layer takes")
D.numeric("exp(l_B) = max(K^(2 r), W K^2)", "a ridge's bias below r = 1 is no larger than the first")
D.numeric("exp(l_X) = K^(2 min(1, r) - p)/P", "the other terms are those of the ridge")
D.say("Where κ is frozen, shares of a size that are left go as s, and leave nothing. The training risk, in powers of P: "
      "`t = P^l`, `N = P^ν`, `σ² = P^-h`.")
powers = {log(TIME.symbol): setting.symbol("l"), log(NOISE.symbol): -setting.symbol("h"), log(size_letter("P", "").symbol): 1,
          log(size_letter("N", "").symbol): setting.symbol("ν")}
D.bind(x_E="exponent of the training risk in the package", value=law["train"].at(powers))
D.let("j = min(l, α ν)", "κ is `P^-j`, unless samples are used up")
D.let("y_E = min(2 r j, ν + j (1 - p), 1 + j (2 - p), h)", "bias, features, samples, noise")
D.numeric("exp(x_E) = exp(-y_E)", "as long as there are samples left", where="j < α")
D.refutes("exp(x_E) = exp(-y_E)", "no power of P is left of it when they are used up", where="l > α, ν > 1")
sources = [{"α": 1.6, "r": 0.3}, {"α": 1.4, "r": 0.8}, {"α": 1.5, "r": 1.3}]
endless = {"t": 1, "P": np.inf, "N": np.inf}
begun = {"t": 1, "P": 1.2, "N": 1, "σ²": 0.1}
narrow = {"t": 4, "P": 1.5, "N": 1}
D.say("Slopes of the package's evaluator at very late times:")
D.slope("bias ~ t^(-2 r)", ray=endless, cases=sources)
D.refutes("bias ~ t^(-2 min(1, r))", "that flow saturates as ridge does", instead="t^(-2 r)", ray=endless, cases=sources)
D.slope("bias ~ t^(2 p - 2)/N^2", "the leak of a narrow layer", ray={"t": 1, "P": np.inf, "N": 0.9}, cases=sources[2:],
        where="9/10 < r - 1 + p")
D.slope("V[features] ~ t^(p - min(1, 2 r))/N", ray=begun, cases=sources)
D.slope("V[samples] ~ t^(p - 2 min(1, r))/P", ray=begun, cases=sources)
D.slope("V[samples, noise] ~ σ² t^p/P", ray=begun, cases=sources)
D.slope("bias ~ N^(-2 α min(1, r))", "few features, and κ is frozen: the ridge's saturation at last", ray=narrow, cases=sources)
D.slope("V[samples, features] ~ t^(1/2) N^(-α (min(1, 2 r) + 1/2))", "as many samples as features: half a power stays",
        ray={"t": 4, "P": 1, "N": 1}, cases=sources)
