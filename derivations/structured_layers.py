"""Structured layers: one pair replaces another.

Columns of features or rows of data that have a spectrum change every term of the risk in one way: a pair of numbers that add
up to one stands where white layers have the fraction that is taken up and its complement.
"""

import theory as th
from derivations import Derivation, the
from derivations.settings.structured import Structured

model = th.Chain(th.Samples(rows=th.exponential_memory(1)), th.GaussianFeatures(columns=th.moving_average([1, 0.8])))
white = th.random_features()
D = Derivation(__doc__, setting=Structured(model), sources=["arXiv:2405.00592", "arXiv:2408.04607"])
D.bind(R="ridge map of the package, λ(κ)", value=the(model).fixed_point.rhs)

D.say("Features F = Z C^½ have columns of the variances `γ_j`, data X = K^½ Z Σ^½ rows of the variances `K_i`, both of mean "
      "one. Such a layer has a ridge χ of its own, at which its spectrum has the degrees of freedom d that come from inside.")
D.exact("Σ_j γ_j/(γ_j + χ_N(d)) = d")
D.let("f_N = d χ_N(d)/N", "what it leaves of the ridge")
D.let("f_P = d χ_P(d)/P", "and what rows leave")
D.let("κ_1 = κ f_N")
D.let("λ = κ_1 f_P")
D.exact("λ = R")
cases = [{"P": 0.6, "N": 1.5}, {"P": 2, "N": 0.7, "λ": 0.02}]
D.simulate("dof ≈ d", "tr K(K+λ)⁻¹ of the kernel", sizes=(12, 36), resolution=0.03, cases=cases[:1])

D.say("**The pair.**")
D.let("b_N = χ_N(d)/d Σ_j γ_j/(γ_j + χ_N(d))^2")
D.let("b̄_N = 1/d Σ_j γ_j^2/(γ_j + χ_N(d))^2")
D.let("b_P = χ_P(d)/d Σ_i K_i/(K_i + χ_P(d))^2")
D.let("b̄_P = 1/d Σ_i K_i^2/(K_i + χ_P(d))^2")
D.exact("b̄_N + b_N = 1")
D.exact("b̄_P + b_P = 1")
D.exact("dlnf_N/dlnd = -b̄_N/b_N", "since χ moves with d")
D.exact("dlnf_P/dlnd = -b̄_P/b_P")
D.let("u_N = d/N", "white features")
D.let("t_N = 1 - u_N", "is their f as well")
D.let("u_P = d/P")
D.let("t_P = 1 - u_P")
D.exact("dlnt_N/dlnd = -u_N/t_N", "the same law: `u_N` takes the place of `b̄_N`, and `t_N` that of `b_N`")
D.numeric("u_N ≤ b̄_N", "by Cauchy and Schwarz: unequal columns are stiffer", points=20)

D.say("**Features**, data without limit. What they lose is a population's problem at the ridge outside, whose potential T "
      "is that of the population: of the layer only a ratio of slopes is seen, and f cancels.")
D.exact("dlnd/dlnκ = -a")
D.exact("dlnκ_1/dlnκ = (b_N + a b̄_N)/b_N")
D.let("Q(x, y) = B + T2 a x/(y + a x)", "of a pair x + y = 1")
D.exact("T - dT/dlnκ_1 = Q(b̄_N, b_N)")
D.let("κ_w = κ t_N", "white features")
D.exact("T - dT/dlnκ_w = Q(u_N, t_N)", "one function of a pair")

D.let("A(x, y) = a y/(y + a x)")
D.exact("-dlnd/dlnκ_1 = A(b̄_N, b_N)", "what a is for the level outside")

D.say("**Rows.** The envelope theorem gives the training error of the least objective L. A new point has that error times "
      "the slope of d S by d, S the renormalisation; label noise is as correlated here as rows are.")
D.let("L = (T + σ²) f_P")
D.let("z = d/f_P")
D.exact("dz/dd = 1/(f_P b_P)", "again the pair")
D.let("E_test = (L - λ dL/dλ) dz/dd")
D.let("W(q, h, v, w, s) = (q + s)/(w + v h) - s", "rows of the pair v + w = 1 add to a risk q with dlnd/dlnκ = -h inside")
D.bind(F="test risk of the package, structured", value=the(model).formulas["test"])
D.exact("E_test = W(Q(b̄_N, b_N), A(b̄_N, b_N), b̄_P, b_P, σ²) + σ² = F")
D.let("λ_w = κ_w t_P", "all white")
D.bind(R_w="ridge map of the package, white", value=the(white).fixed_point.rhs)
D.exact("λ_w = R_w")
D.let("L_w = (T + σ²) t_P")
D.let("z_w = d/t_P")
D.bind(F_w="test risk of the package, white", value=the(white).formulas["test"])
D.exact("(L_w - λ_w dL_w/dλ_w) dz_w/dd = W(Q(u_N, t_N), A(u_N, t_N), u_P, t_P, σ²) + σ² = F_w", "one function of two pairs")
D.refutes("F = W(Q(u_N, t_N), A(u_N, t_N), u_P, t_P, σ²) + σ²", "true fractions do not serve")
D.refutes("F = W(Q(1 - f_N, f_N), A(1 - f_N, f_N), 1 - f_P, f_P, σ²) + σ²", "nor does what is left of the ridge")

D.say("**Every term.** What keeps some sources random is the risk of the chain that has these alone, at the same κ; the "
      "components follow by inclusion and exclusion.")
D.let("V_F(x, y) = Q(x, y) - B", "features")
D.let("V_X(v, w) = W(B, a, v, w, 0) - B", "samples")
D.let("V_XF(x, y, v, w) = W(Q(x, y), A(x, y), v, w, 0) - Q(x, y) - V_X(v, w)", "both")
D.let("V_Xε(v, w) = W(0, a, v, w, σ²)", "samples and label noise")
D.let("V_XFε(x, y, v, w) = W(0, A(x, y), v, w, σ²) - V_Xε(v, w)", "all three")
for name, key, pairs in (("F", "features", "NN"), ("X", "samples", "PP"), ("XF", ("samples", "features"), "NNPP"),
                         ("Xε", ("samples", "noise"), "PP"), ("XFε", ("samples", "features", "noise"), "NNPP")):
    said = "V_" + name
    D.bind(**{f"F_{name}": "same in the package, structured"}, value=the(model).formulas[key])
    D.bind(**{f"H_{name}": "same in the package, white"}, value=the(white).formulas[key])
    stiff = ", ".join(f"{letter}_{layer}" for letter, layer in zip(("b̄", "b") * 2, pairs, strict=False))
    taken = ", ".join(f"{letter}_{layer}" for letter, layer in zip(("u", "t") * 2, pairs, strict=False))
    D.exact(f"{said}({stiff}) = F_{name}")
    D.exact(f"{said}({taken}) = H_{name}")

D.say("**Simulation** of literal draws, with columns of a moving average and rows of exponential memory.")
D.simulate("test ≈ E_test", sizes=(12, 36), resolution=0.04, cases=cases)
D.simulate("V[features] ≈ V_F(b̄_N, b_N)", sizes=(12, 36), resolution=0.1, cases=cases[1:])
D.refutes("test ≈ W(Q(u_N, t_N), A(u_N, t_N), u_P, t_P, σ²) + σ²", "white pairs at the true κ", instead="E_test",
          sizes=(12, 36), resolution=0.04, cases=cases)
