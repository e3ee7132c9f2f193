"""The width exponent of Bordelon, Atanasov and Pehlevan.

A model of N random features, with data and time without limit, loses N^-min(a−1, 2b), they say. Their own equations say
N^-min(a−1, b): what they give is the exponent of the bias, which an infinite ensemble of models would reach.
"""

import numpy as np
from sympy import log, oo

import theory as th
from derivations import Derivation, the
from derivations.settings.power_laws import PowerLaws
from theory.conventions import convention
from theory.exponents.algebra.traces import amplitude
from theory.exponents.optima.allocation import Optima
from theory.notation import RIDGE, size_letter

paper, model = convention("bordelon2024"), th.random_features()
setting = PowerLaws(model, "bordelon2024", a=(1.2, 6), b=(1.25, 2), x=(0, 1))
law = model.exponents()
width = {log(size_letter("N", "").symbol): 1, log(size_letter("P", "").symbol): oo, log(RIDGE.symbol): -oo}
optima = law.compute_optimal({"n_features": 1, "ridge": -1}, n_samples=np.inf)
assert isinstance(optima, Optima)  # for symbolic letters: hard tasks, and easy ones

D = Derivation(__doc__, setting=setting, sources=["arXiv:2402.01092", "arXiv:2405.00592"])
D.bind(R="ridge map of the package, λ(κ)", value=the(model).fixed_point.rhs)
D.bind(F="excess risk of the package", value=the(model).formulas["excess"])
D.bind(V="variance over features of the package", value=the(model).formulas["features"])

D.say("In their letters a is the task and b the capacity: `λ_k = k^-b` and `c_k λ_k = k^-a`. N features are a random layer, "
      "and P samples one more.")
D.let("λ1 = κ (1 - d/N)", "the ridge outside the features")
D.let("λ = λ1 (1 - d/P)", "the ridge outside the data")
D.exact("λ = R")
D.exact("F = (B + σ²)/(1 - d2/P) - σ²", "features without number: the risk of ridge regression", where="N = ∞")

D.say("**Data without limit.** What N features lose is a population's problem: its potential T, less the ridge times its "
      "slope.")
D.let("E = T - λ1 dT/dλ1")
D.exact("E = F", "the package's risk: noise averages out", where="P = ∞")
D.exact("E = T", "time without limit: no ridge is left, and d(κ) = N", where="N = d")
D.exact("E - B = V", "the rest is the variance over the draw of features: an infinite ensemble loses B alone")
D.exact("T = B + T2", "without a ridge the two parts of T are bias and variance")

D.say("**Two sums.** All is in T and B at the κ where d(κ) = N. Each is an integral over the modes near κ, or a sum over the "
      "learnt ones, whichever is larger.")
D.bind(τ="amplitude of T in the package, integral", value=the(paper).rewrite(the(amplitude)(1, 1, 1, False, True)))
D.asymptotic("d ~ (π/b)/sin(π/b) κ^(-1/b)", "so κ falls as `N^-b`", limit="κ → 0")
D.exact("τ = (π/b)/sin(π (a - 1)/b)", "a Beta function")
D.asymptotic("T ~ τ κ^((a - 1)/b)", "a hard task: a − 1 < b", limit="κ → 0",
             cases=[{"a": 1.6, "b": 1.5}, {"a": 1.9, "b": 1.4}], where="a - 1 < b")
D.asymptotic("T ~ ζ(a - b) κ", "an easy task: the learnt modes cost κ each", limit="κ → 0",
             cases=[{"a": 3.2, "b": 1.5}, {"a": 2.9, "b": 1.3}], where="a - 1 > b")
D.asymptotic("B ~ (1 - (a - 1)/b) T", "a hard task: bias and variance fall alike", limit="κ → 0",
             cases=[{"a": 1.6, "b": 1.5}, {"a": 1.9, "b": 1.4}], where="a - 1 < b")
D.asymptotic("B ~ ζ(a - 2 b) κ^2", "an easy task, a − 1 > 2b: the bias is the square", limit="κ → 0",
             cases=[{"a": 5.1, "b": 1.5}, {"a": 4.4, "b": 1.3}], where="a - 1 > 2 b")

k = np.arange(1, 2001)
task = th.Discrete(k**-1.25, k ** (1.25 - 1.5))
D.reference("F = 0.5810348776", "their final loss is the risk of the package; here with more features",
            source="their equations at a = 1.5, b = 1.25 and 2000 modes", at={"task": task, "P": 64, "N": 256, "λ": 0, "σ²": 0})
D.reference("F = 0.6754824530", "and with fewer", source="the same", at={"task": task, "P": 256, "N": 64, "λ": 0, "σ²": 0})

D.say("**The exponents**, by the package at sizes from 1e12 to 1e16, without a fit.")
tasks = [{"a": 1.6, "b": 1.3}, {"a": 2, "b": 1.5}, {"a": 3.1, "b": 1.5}, {"a": 4.8, "b": 1.5}]
D.slope("excess ~ N^(-min(a - 1, b))", "one model", ray={"N": 1, "P": np.inf}, cases=tasks)
D.slope("bias ~ N^(-min(a - 1, 2 b))", "an infinite ensemble", ray={"N": 1, "P": np.inf}, cases=tasks)
D.slope("V[features] ~ N^(-min(a - 1, b))", "what the ensemble takes away", ray={"N": 1, "P": np.inf}, cases=tasks)
D.slope("excess ~ P^(-min(a - 1, 2 b))", "data, the published exponent: they leave no such variance", ray={"P": 1, "N": np.inf},
        cases=tasks)
D.refutes("excess ~ N^(-min(a - 1, 2 b))", "as published for the width", instead="N^(-min(a - 1, b))",
          ray={"N": 1, "P": np.inf}, cases=tasks)
D.bind(p_V="width exponent of the variance over features, derived by the package for all a and b",
       value=the(paper).rewrite(the(law)["features"].at(width)))
D.bind(p_B="width exponent of the bias, likewise", value=the(paper).rewrite(the(law)["bias"].at(width)))
D.numeric("-p_V = min(a - 1, b)", "by max-plus, for all a and b")
D.numeric("-p_B = min(a - 1, 2 b)")
D.refutes("-p_V = min(a - 1, 2 b)", instead="min(a - 1, b)")

D.say("**Simulation**: literal draws at finite size are on the formula whose slopes these are, for a hard and an easy task.")
D.simulate("excess ≈ F", "with three samples for each mode, and with fewer than modes", sizes=(16, 48), resolution=0.1,
           cases=[{"a": 2, "b": 1.5, "P": 3, "N": 0.5, "λ": 0.002, "σ²": 0},
                  {"a": 3.4, "b": 1.3, "P": 0.8, "N": 0.5, "λ": 0.002, "σ²": 0.01}])

D.say("**Consequence for compute** C = N t, with t steps as good as a ridge 1/t. Of C a power x goes into width: `N = C^x`, "
      "`t = C^(1-x)`, and κ is the larger of 1/t and `N^-b`.")
D.let("k = min(1 - x, b x)", "κ is `C^-k`")
D.let("y = min(k (a - 1)/b, x + k (1 - 1/b))",
      "the loss is `C^-y`: bias, and variance over features of easy tasks; that of hard ones is never above the bias")
D.let("best = min((a - 1)/(1 + b), (a - 1)/a)")
D.numeric("y ≤ (a - 1) x", "the bias of N features falls no faster than that of their population")
D.numeric("y ≤ x + k (1 - 1/b)", "nor their variance, of any task")
D.numeric("y ≤ best", "whatever x is")
D.let("x0 = max(1/(1 + b), (a - b)/a)")
D.numeric("y = best", "and this x reaches it", where="x = x0")
D.bind(hard="exponent of compute for hard tasks", value=the(paper).rewrite(the(optima)[0].risk))
D.bind(easy="exponent of compute for easy tasks", value=the(paper).rewrite(the(optima)[1].risk))
D.exact("-hard = (a - 1)/(1 + b)", "for a − 1 < b, the published one")
D.numeric("-easy = min(a - 1, 2 b)/(1 + min(a - 1, 2 b))",
          "for a − 1 > b it is (a − 1)/a: easy tasks pay for the variance. (Beyond a − 1 = 2b a ridge learns less than time)")
D.refutes("y = (a - 1)/(1 + b)", "as published, for easy tasks too", instead="best", where="x = x0")
