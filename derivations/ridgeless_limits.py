"""Ridgeless limits: double descent, and the duality of data and features.

Without a ridge the smaller of the data and the features is filled up, and the risk depends on which. Where they are
equal it is infinite; where the teacher prefers no direction they may be exchanged.
"""

import theory as th
from derivations import Derivation, the
from derivations.settings.teachers import Isotropic

model = th.random_features()
D = Derivation(__doc__, setting=Isotropic(model), sources=["arXiv:2102.06701", "arXiv:2405.00592", "arXiv:1908.05355"])
D.bind(R="ridge map of the package, λ(κ)", value=the(model).fixed_point.rhs)
D.bind(F="test risk of the package", value=the(model).formulas["test"])
D.bind(F_train="training risk of the package", value=the(model).formulas["train"])

D.say("N random features, P samples; κ is where the population stands.")
D.let("t = 1 - d/N", "the features that are free", domain=(0, 1))
D.let("w = 1 - d/P", "the data that are", domain=(0, 1))
D.let("λ = κ t w")
D.let("L = (T + σ²) w", "the least training objective")
D.let("E_train = L - λ dL/dλ", "the envelope theorem")
D.exact("λ = R")
D.exact("E_train = F_train")
D.let("f(x, y) = ((B + σ²) (x + a (1 - x)) + T2 a (1 - x))/(x y + a (x (1 - y) + y (1 - x)))", "free to the parts x and y,")
D.let("E = f(t, w)", "the test risk, in a form that does not mind where either is zero")
D.exact("E = E_train/w^2", "GCV")
D.exact("E = F")

D.say("As λ goes to zero so does t or w, while κ stays: d becomes the smaller of N and P. With fewer features than data "
      "the features are full.")
D.exact("E = (T + σ²)/(1 - N/P)", "a regression on N variables, with all that they miss as noise", where="N = d")
D.exact("E_train = (1 - N/P)^2 E", "it does not interpolate", where="N = d")
D.bind(H="test risk with a Haar projection in place of Gaussian features: the package's two-point function",
       value=the(th.Chain(th.Samples(), th.HaarProjection())).two_point["test"])
D.exact("H = (T + σ²)/(1 - N/P)", "so it is whatever the law of the features, at their own κ", where="N = d, κ' = κ")
D.say("With fewer data than features the data are, and the training risk is zero.")
D.exact("E = (B + σ²)/(1 - d2/P) + (T + σ²) P/(N - P)", "kernel ridge regression, and what the features add", where="P = d")
D.exact("E_train = 0", where="P = d")
D.refutes("E = (T + σ²)/(1 - P/N)", "not the same with N and P exchanged", where="P = d")
cases = [{"λ": 0, "P": 1.5, "N": 0.6}, {"λ": 0, "P": 0.5, "N": 0.9}]
D.simulate("test ≈ E", "both sides, without any ridge", sizes=(20, 80), resolution=0.025, cases=cases)

D.say("With as many features as data both are nearly full, t = w = √(λ/κ), and the risk diverges as one over that.")
D.exact("λ = κ t^2", where="P = N")
D.letter("x", "the part of either that is free, √(λ/κ)")
D.asymptotic("f(x, x) ~ (T + σ²)/(2 x)", "whatever the population: the peak goes as `1/√λ`", limit="x → 0")
D.refutes("f(x, x) ~ (T + σ²)/x", "what (5) would say with w = x: but t is not zero here", instead="(T + σ²)/(2 x)",
          limit="x → 0")
D.simulate("test ≈ E", "at the peak, with a ridge", sizes=(20, 80), resolution=0.06, cases=[{"λ": 0.01, "P": 0.6, "N": 0.6}])

D.say("A published curve across the peak: D = 200, N = 100, λ = 0.002 in our units, isotropic teacher.")
for P, value in ((20, "1.1474"), (50, "1.5789"), (100, "6.7927"), (200, "1.0537"), (2000, "0.52948")):
    D.reference(f"E - σ² = {value}", f"P = {P}", source="formulas of arXiv:2405.00592, authors' code",
                at={"task": th.Isotropic(200), "P": P, "N": 100, "λ": 0.002, "σ²": 0.0625})

D.say("Now let the teacher be isotropic and the labels exact, as in Bahri et al. (their D and P, data and parameters, are P "
      "and N here; c is one over their S, and their loss is half of the risk). Then data and features are dual: with m the "
      "smaller number, M the larger, and κ(m) where d = m, the risk is c m κ(m)/(1 - m/M) either way.")
D.exact("iso(E) = c κ N/(1 - N/P)", "fewer features", where="N = d, σ² = 0")
D.exact("iso(E) = c κ P/(1 - P/N)", "fewer data", where="P = d, σ² = 0")
D.exact("iso(E) = c κ N", "limited by the resolution of few features",
        where="P = ∞, N = d, σ² = 0")
D.exact("iso(E) = c κ P", "or of few data, to which the rest comes as a variance, in m/M", where="N = ∞, P = d, σ² = 0")
D.exact("iso(E) = c κ d a/(t w + a (t (1 - w) + w (1 - t)))", "and it is so at every ridge: t and w enter alike, in λ too",
        where="σ² = 0")
D.refutes("iso(E) = (c κ P + σ²)/(1 - P/N)", "noise tells them apart: only data have it", where="P = d")
D.refutes("E = T/(1 - P/N)", "and so does a teacher who prefers directions", where="P = d, σ² = 0")
