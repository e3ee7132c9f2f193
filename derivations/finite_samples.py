"""Finite samples: the first correction to the risk of ridge regression, from one determinant.

A deterministic equivalent misses the mean over real Gaussian data by a term of the order of one over their number. It follows
from the mean of one log-determinant, to the next order, by three perturbations of the population.
"""

import theory as th
from derivations import Derivation, the
from derivations.settings.real_matrices import RealMatrices

model = th.linear_ridge()
letters = {"h": "nonnegative", "τ": "nonnegative", "v": (0, 0.5), "w": (0.1, 1), "m": (3, 6)}
D = Derivation(__doc__, setting=RealMatrices(model, **letters), sources=["arXiv:2405.00592"])
D.bind(F="test risk of the package", value=the(model).formulas["test"])
D.bind(G="correction of the test risk of the package", value=the(model).first_corrections["test"])
D.bind(G_train="correction of the training risk of the package", value=the(model).first_corrections["train"])
D.bind(G_L="correction of the least objective of the package", value=the(model).first_corrections["objective"])
D.bind(G_df="correction of the degrees of freedom of the package", value=the(model).first_corrections["dof"])

D.say("**One determinant.** The mean of ln det(λ + XᵀX/P) is to leading order stationary in the ridge κ that the "
      "population sees; the fluctuations about that point add `c/2 ln(1 - γ)`, with c = 1 for real matrices and c = 0 "
      "for complex ones, and entries that are not Gaussian `-κ_4 γ/2`. A perturbation of the population moves both, at "
      "a ridge λ that is kept.")
D.let("t = 1 - d/P")
D.let("γ = d2/P")
D.exact("d/dκ (κ t) = 1 - γ", "the slope of the ridge map")

D.say("**Three perturbations.** The target, as a feature of strength √h, makes h L/λ of the determinant: so the degrees "
      "of freedom of the population gain h times the test risk of the population over κ. A penalty λ(1 + τΣ) is a ridge "
      "on rows of new data: L grows by λτ times the test risk, and Σ becomes Σ/(1 + τΣ).")
D.let("k = κ/(1 - τ κ)", "the ridge that the penalised population sees")
D.let("T_τ = (T + σ²)/(1 - τ κ)", "its potential, label noise included")
D.let("d_h = d (1 - τ κ) + h (T_τ/k - (dT_τ/dκ)/(dk/dκ))", "its degrees of freedom, with the source")
D.let("z = k (1 - d_h/P)", "the ridge outside")
D.let("s = (dz/dκ)/(dk/dκ)", "its slope by the ridge inside, 1 − γ of the perturbed population")
D.let("W = c/2 ln s + κ_4/2 s", "what the determinant gains, but for a constant")

D.say("**Leading order**, where the determinant is stationary: its slope by h is that at a fixed κ.")
D.let("M = T_τ/k")
D.let("E = -dM/dz dz/dτ", "the slope by τ at a fixed ridge outside; M itself has no τ")
D.exact("E = F", "is the test risk", where="h = 0, τ = 0")

D.say("**Next order.** All slopes are now those of W.")
D.let("δ_df = -z dW/dz")
D.let("A = dW/dh - dW/dz dz/dh", "by the source")
D.let("δ_L = z A")
D.let("δ_E = dA/dτ - dA/dz dz/dτ", "by the source and the penalty")
D.exact("δ_df = G_df", "the package's", where="h = 0, τ = 0")
D.exact("δ_L = G_L", where="h = 0, τ = 0")
D.exact("δ_L - z dδ_L/dz = G_train", "training: the objective less its slope, as at leading order", where="h = 0, τ = 0")
D.exact("δ_E = G", "and test", where="h = 0, τ = 0")

D.say("**In closed form**, with `ρ = dκ/dλ`.")
D.let("ρ = 1/(1 - γ)")
D.let("E_0 = ρ (T - T2 + σ²)")
D.let("j = -c/(2 P) κ t dE_0/dκ")
D.exact("j = G_L", where="κ_4 = 0")
D.exact("j + κ_4/c (1 - γ) j = G_L", "with entries of any kurtosis")
D.let("e_G = c/(2 P) (ρ d/dκ (κ^2 dE_0/dκ) + 2 E_0 (d/dκ (κ ρ) - 1))")
D.exact("e_G = G", where="κ_4 = 0")
D.let("q = (d/dκ (κ^2 ρ) - 2 κ) dE_0/dκ")
D.exact("e_G + κ_4/(2 ρ) (2 e_G/c - q/P) = G")
D.simulate("dof ≈ d + G_df", "real matrices: what is left falls as one over the size squared", where="c = 1, κ_4 = 0",
           sizes=(16, 48), resolution=0.004)
D.simulate("objective ≈ (T + σ²) t + G_L", where="c = 1, κ_4 = 0", sizes=(16, 48), resolution=0.01)
D.simulate("test ≈ F + e_G", where="c = 1", sizes=(16, 48), resolution=0.008)
D.refutes("dof ≈ d", "without the correction", instead="d + G_df", where="c = 1, κ_4 = 0", sizes=(16, 48), resolution=0.004)

D.say("**GCV fails at this order.** At leading order the test risk is the training risk over t². Corrected, that "
      "relation has another term of the same order.")
D.let("r_E = (T + σ²) t - κ t d/dκ ((T + σ²) t)/(1 - γ)", "training, at leading order")
D.exact("F = r_E/t^2")
D.refutes("G = G_train/t^2 + 2 r_E/t^3 G_df/P", "what GCV makes of the corrected training risk and degrees of freedom",
          where="κ_4 = 0")

D.say("**Exact laws.** Without a ridge the mean test risk of label noise is known at all sizes, v "
      "being one over the scale of P = m/v and D = w/v. Its first term is that of the closed form.")
D.let("X = σ² (m - v)/(m - w - v)", "σ² (P − 1)/(P − D − 1) with P = m/v and D = w/v")
D.exact("dX/dv = σ² w/(m - w)^2", where="v = 0")
D.asymptotic("G ~ σ² d/(P - d)^2", "the package's, of any population: without a ridge all of it is learnt", limit="κ → 0",
             where="c = 1, κ_4 = 0")
