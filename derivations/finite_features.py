"""Finite features: what random features add to the first correction.

Features change the population that rows of data see, and at finite width its degrees of freedom and its potential deviate, in
the mean, from their limits. Both follow from the determinant of the features, and go through the formulas of the rows.
"""

import theory as th
from derivations import Derivation, the
from derivations.settings.real_matrices import RealMatrices

model = th.random_features()
D = Derivation(__doc__, setting=RealMatrices(model, h="nonnegative", s="nonnegative", ε="real"), sources=["arXiv:2405.00592"])
D.bind(R="ridge map of the package, λ(κ)", value=the(model).fixed_point.rhs)
D.bind(F="test risk of the package", value=the(model).formulas["test"])
D.bind(G="correction of the test risk of the package", value=the(model).first_corrections["test"])
D.bind(G_L="correction of the least objective of the package", value=the(model).first_corrections["objective"])
D.bind(G_df="correction of the degrees of freedom of the package", value=the(model).first_corrections["dof"])

D.say("N features Fᵀx with F of independent normal entries of variance 1/N. Inside the rows of data is the ridge K.")
D.let("K = κ (1 - d/N)")
D.let("λ = K (1 - d/P)")
D.exact("λ = R")

D.say("**The determinant of the features.** The mean of ln det(K + FᵀΣF) gains c/2 ln(dK/dκ), as that of rows does. Its "
      "slope by ln K is less the degrees of freedom.")
D.let("w = 1/2 ln(dK/dκ)", "times c")
D.let("δ_d = -c K dw/dK", "what finite width adds to the degrees of freedom at a ridge K that is kept")

D.say("The potential T of a level is the slope of K ln det by the strength of the target, as a feature that is outside "
      "F: a population whose inverse covariance has gained it, and so one whose degrees of freedom have lost s T2, with "
      "s its strength over K.")
D.let("K_s = κ (1 - (d - s T2)/N)")
D.exact("K_s = K", where="s = 0")
D.let("w_s = 1/2 ln(dK_s/dκ)")
D.let("δ_T = c (dw_s/ds - dw_s/dK_s dK_s/ds)", "at a ridge K that is kept")
D.let("e = K/(κ dK/dκ)", "dlnκ/dlnK")
D.let("V = (1 - e) T2", "the variance of the features, for data without limit")
D.exact("δ_T = c/2 d/dκ (κ V/(a d))", "the mean potential follows that variance", where="s = 0")
D.let("δ_0 = c/2 d/dκ (κ V/(a d))")

D.say("**Rows of data** see a population of d + ε δ_d and T + ε δ_T. Their ridge λ is kept.")
D.let("d_ε = d + ε δ_d")
D.let("T_ε = T + σ² + ε δ_0")
D.let("l = K (1 - d_ε/P)")
D.let("ρ = (dK/dκ)/(dl/dκ)")
D.let("E = ρ (T_ε - K dT_ε/dK)", "their test risk at leading order")
D.exact("E = F", where="ε = 0")
D.let("Y = T_ε (1 - d_ε/P)", "and their objective")
D.let("E_0 = (T + σ² - K dT/dK) (dK/dκ)/(dλ/dκ)")
D.let("r = (dK/dκ)/(dλ/dκ)")
D.let("j = c/(2 P) (r d/dκ (K^2 (dE_0/dK)) / (dK/dκ) + 2 E_0 (d/dκ (K r)/(dK/dκ) - 1))", "what rows add, as for any population")
D.numeric("dd_ε/dε - dd_ε/dl dl/dε - c/2 λ d/dλ ln(1/r) = G_df", where="ε = 0", points=12)
D.numeric("dY/dε - dY/dl dl/dε - c/(2 P) λ dE_0/dK = G_L", where="ε = 0", points=12)
D.numeric("dE/dε - dE/dl dl/dε + j = G", "the package's", where="ε = 0", points=12)
D.simulate("test ≈ F + G", "real matrices", where="c = 1", sizes=(16, 48), resolution=0.01, cases=[{"λ": 0.2}])
D.simulate("dof ≈ d + G_df", where="c = 1", sizes=(16, 48), resolution=0.004, cases=[{"λ": 0.2}])
D.refutes("dof ≈ d", "without the correction", instead="d + G_df", where="c = 1", sizes=(16, 48), resolution=0.004,
          cases=[{"λ": 0.2}])
D.refutes("dE/dε - dE/dl dl/dε = G", "the shift of the population alone", where="ε = 0")
