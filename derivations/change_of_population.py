"""Change of population: penalties and first stages that are any matrices.

Ridge regression that penalises wᵀAw, or that sees its inputs through a fixed matrix, is plain ridge regression on another
population. No two of the matrices need to commute; what the first stage does not let pass of the target counts as bias.
"""

from derivations import Derivation, the
from derivations.settings.first_stages import FirstStages

entries = {f"t{k}": "real" for k in range(1, 5)} | {"s1": "positive", "s2": "real", "s3": "positive", "l": "positive"}
setting = FirstStages(**entries)
D = Derivation(__doc__, setting=setting, sources=["arXiv:2403.19720", "arXiv:2405.00592"])
D.bind(F="test risk of the package where all of the target passes", value=the(setting.model).formulas["test"])
D.bind(R="ridge map of the package, λ(κ)", value=the(setting.model).fixed_point.rhs)

D.say("**Penalties.** With S = XᵀX/P the predictor needs (S + lA)⁻¹. Let T be any root of A⁻¹ = TTᵀ, such as A^-½ or that "
      "of Cholesky: TᵀAT = 1, and (S + lA)⁻¹ = T(TᵀST + l)⁻¹Tᵀ, which is plain ridge on the features Tᵀx. Entry by entry in "
      "two dimensions, S of the entries `s_1`, `s_2`, `s_3` and T of the rows `t_1`, `t_2` and `t_3`, `t_4`:")
D.let("a1 = t1^2 + t2^2", "of TTᵀ")
D.let("a2 = t1 t3 + t2 t4")
D.let("a3 = t3^2 + t4^2")
D.let("δ = a1 a3 - a2^2")
D.let("m1 = s1 + l a3/δ", "of S + lA")
D.let("m2 = s2 - l a2/δ")
D.let("m3 = s3 + l a1/δ")
D.let("n1 = t1^2 s1 + 2 t1 t3 s2 + t3^2 s3 + l", "of TᵀST + l")
D.let("n2 = t1 t2 s1 + (t1 t4 + t2 t3) s2 + t3 t4 s3")
D.let("n3 = t2^2 s1 + 2 t2 t4 s2 + t4^2 s3 + l")
D.let("M = δ (m1 m3 - m2^2)", "determinants")
D.let("N = n1 n3 - n2^2")
D.exact("M = N")
D.exact("δ m3 = t1^2 n3 - 2 t1 t2 n2 + t2^2 n1", "over that the entries of the inverse")
D.exact("-δ m2 = t1 t3 n3 - (t1 t4 + t2 t3) n2 + t2 t4 n1")
D.exact("δ m1 = t3^2 n3 - 2 t3 t4 n2 + t4^2 n1")
D.say("Another root is T times a rotation, and turns the new population only.")

D.say("**First stages.** So a stage T and a penalty A are the stage T A^-½. The population that is left has the covariance "
      "TᵀΣT, with eigenvalues `λ_k`, and of the target the best that it can represent, with `c_k` along them. The rest of "
      "the target, of the variance ρ, is independent of all features: the predictor sees it as label noise.")
D.let("λ = κ (1 - d/P)")
D.exact("λ = R")
D.let("γ = d2/P")
D.let("E = (B + ρ + σ²)/(1 - γ)")
D.exact("E = F + ρ/(1 - γ)")
cases: list[dict[str, float]] = [{"m": 1, "w": 1}, {"m": 0.6, "P": 1.5}, {"m": 1.5, "w": -1, "λ": 0.3}]
D.simulate("risk ≈ E", "square with a penalty, thin, wide with another; sizes over the dimension, A a power of a matrix",
           sizes=(16, 48), resolution=0.04, cases=cases)
D.refutes("risk ≈ F", "what does not pass is not for nothing", instead="E", sizes=(16, 48), resolution=0.04, cases=cases[1:2])

D.say("It is no label noise in the parts of the risk, though: other data leave the same of it.")
D.simulate("bias ≈ B + ρ", sizes=(16, 48), resolution=0.04, cases=cases[:2])
D.let("V_ε = σ² γ/(1 - γ)", "variance by label noise")
D.let("V_X = (B + ρ) γ/(1 - γ)", "by the data")
D.exact("E = B + ρ + V_X + V_ε + σ²")
D.simulate("noise ≈ V_ε", sizes=(16, 48), resolution=0.04, cases=cases[:2])
D.refutes("noise ≈ (σ² + ρ) γ/(1 - γ)", "as if it were noise", instead="V_ε", sizes=(16, 48), resolution=0.04, cases=cases[1:2])
