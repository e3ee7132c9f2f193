"""Bias and variances by connectedness.

The risk of a random model has a share for each source of randomness, and one for what each set of sources does
together. Every share is a difference of risks of smaller models at one and the same κ, and a drawing tells of which.
"""

import theory as th
from derivations import Derivation, the

model = th.deep_random_features(2)
D = Derivation(__doc__, setting=model, sources=["arXiv:2405.00592", "arXiv:2011.03321"])
D.bind(R="ridge map of the package, λ(κ)", value=the(model).fixed_point.rhs)
D.bind(E_test="test risk of the package", value=the(model).formulas["test"])

D.say("Four sources: a first layer F of random features of the population, a second layer G of features of those, P "
      "samples X of them, and the noise ε of their labels. Each matrix renormalises the ridge.")
D.let("κ1 = κ (1 - d/N1)", "outside F")
D.let("κ2 = κ1 (1 - d/N2)", "outside G")
D.let("t = 1 - d/P", "what the degrees of freedom leave of the samples")
D.exact("κ2 t = R", "outside the samples: the ridge of the regression")

D.say("The envelope theorem turns a least objective into a risk on that for which it is least. Without samples this is "
      "the population; with them it is the training set, and on new rows each residual is 1/t larger.")
D.let("h(k, l) = l - k dl/dk", "the risk, of a least objective l at the ridge k")
D.let("Q(k) = h(k, T)", "without samples: the excess risk of features that end at the ridge k")
D.let("E(k, s) = h(k t, (T + s) t)/t^2 - s", "the same of P samples of these, with noise of variance s")
D.exact("Q(κ) = B", "no layer: the bias of the population's own problem")
D.exact("E(κ2, σ²) + σ² = E_test", "both layers: the test risk")

D.say("Now hold some sources random, average the predictor over all others, and only then square its error. In a "
      "drawing, spaces are points and random matrices lines: F joins the population with the first features, G those "
      "with the second, and the samples join their rows with whatever is seen. A line that is averaged is taken away; "
      "all it leaves is its part in κ. What is then without a path to the population does not know the target, and its "
      "fluctuations fall out as the system grows. So features count up to the first gap, samples always, and noise "
      "where the samples do, since otherwise its sign is as often plus as minus.")
D.let("Q_F = Q(κ1)", "F alone is random")
D.let("Q_G = Q(κ)", "G alone is, but hangs in the air")
D.let("Q_FG = Q(κ2)", "both are")
D.let("Q_XG = E(κ, 0)", "samples and G: samples reach the population past it")
cases = [{"P": 0.75, "N1": 1.25, "N2": 1.5}, {"P": 1.5, "N1": 1.25, "N2": 0.8}]
D.simulate("Q[features_1] ≈ Q_F", sizes=(10, 30), resolution=0.1, cases=cases)
D.simulate("Q[features_2] ≈ Q_G", sizes=(10, 30), resolution=0.1, cases=cases)
D.simulate("Q[features_1, features_2] ≈ Q_FG", sizes=(10, 30), resolution=0.1, cases=cases)
D.simulate("Q[samples, features_2] ≈ Q_XG", sizes=(10, 30), resolution=0.1, cases=cases)
D.refutes("Q[features_2] ≈ Q(κ (1 - d/N2))", "the rule that keeps whatever is random, connected or not", instead="Q_G",
          sizes=(10, 30), resolution=0.1, cases=cases)

D.say("A component is what a set of sources adds to all of its subsets: a sum with alternating signs, Möbius inversion. "
      "That of G alone is `Q_G - Q(κ)`, nothing; and so is every component with G but without F.")
D.bind(v_F="variance that the package gives to F", value=the(model).formulas["features_1"])
D.bind(v_FG="variance that it gives to F and G together", value=the(model).formulas["features_1", "features_2"])
D.let("V_F = Q_F - Q(κ)")
D.let("V_FG = Q_FG - Q_F - Q_G + Q(κ)")
D.exact("V_F = v_F")
D.exact("V_FG = v_FG")
D.numeric("Q_FG - Q_F - Q(κ (1 - d/N2)) + Q(κ) < 0 < V_FG", "by the refuted rule a variance would be negative")
D.simulate("V[features_1, features_2] ≈ V_FG", "measured by definition, on crossed grids of draws", sizes=(10, 30),
           resolution=0.1,
           cases=cases[1:])

D.say("With samples:")
D.bind(v_X="variance that the package gives to the samples", value=the(model).formulas["samples"])
D.bind(v_XF="variance that it gives to samples and F", value=the(model).formulas["samples", "features_1"])
D.bind(v_XFG="variance that it gives to samples, F and G", value=the(model).formulas["samples", "features_1", "features_2"])
D.let("V_X = E(κ, 0) - Q(κ)")
D.let("V_XF = E(κ1, 0) - E(κ, 0) - V_F")
D.let("V_XFG = E(κ2, 0) - E(κ1, 0) - V_FG", "the components with G and without F being nothing")
D.exact("V_X = v_X")
D.exact("V_XF = v_XF")
D.numeric("V_XFG = v_XFG", "a long fraction without a minus in the package, here a difference of three")

D.say("With noise, each risk less that without noise:")
D.bind(v_Xε="variance that the package gives to the samples and their noise", value=the(model).formulas["samples", "noise"])
D.bind(v_XFε="variance that it gives to samples, noise and F", value=the(model).formulas["samples", "features_1", "noise"])
D.bind(v_XFGε="variance that it gives to all four", value=the(model).formulas["samples", "features_1", "features_2", "noise"])
D.let("V_Xε = E(κ, σ²) - E(κ, 0)")
D.let("V_XFε = E(κ1, σ²) - E(κ1, 0) - V_Xε")
D.let("V_XFGε = E(κ2, σ²) - E(κ2, 0) - V_XFε - V_Xε")
D.exact("V_Xε = v_Xε")
D.exact("V_XFε = v_XFε")
D.exact("V_XFGε = v_XFGε")
D.numeric("B + V_F + V_FG + V_X + V_XF + V_XFG + V_Xε + V_XFε + V_XFGε + σ² = E_test", "together they are the test risk")
D.numeric("B + v_F + v_FG + v_X + v_XF + v_XFG + v_Xε + v_XFε + v_XFGε + σ² = E_test", "and so are the package's")

D.say("Most have a short form. With G averaged these are the components of a model with one layer, at its own κ.")
D.let("e = dlnκ/dlnκ1", "how far κ follows the ridge outside F", domain=(0, 1))
D.let("γ1 = d/P (1 - e a)", "samples enlarge noise by `1/(1 - γ1)` through F", domain=(0, 1))
D.let("γ2 = d2/P", "and by `1/(1 - γ2)` without", domain=(0, 1))
D.exact("V_F = (1 - e) T2")
D.exact("V_X = B γ2/(1 - γ2)")
D.exact("V_XF = V_F γ1/(1 - γ1) + B (γ1 - γ2)/((1 - γ1) (1 - γ2))")
D.exact("V_Xε = σ² γ2/(1 - γ2)")
D.exact("V_XFε = σ² (γ1 - γ2)/((1 - γ1) (1 - γ2))")
D.exact("B + V_X + V_Xε + σ² = (B + σ²)/(1 - γ2)",
        "an endless ensemble of features on the same samples is ridge regression at κ")
D.refutes("B + V_X + V_Xε + σ² = E_test", "no single member is")
