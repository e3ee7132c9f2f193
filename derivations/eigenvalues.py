"""Eigenvalues: how many exceed x, where they end, and their entropy.

The logarithm of a determinant counts eigenvalues, and every layer adds to it in closed form. Counts, densities, edges and
entropies follow from ridge maps alone.
"""

import theory as th
from derivations import Derivation, the
from derivations.settings.eigenvalues import Eigenvalues

model = th.Chain(th.Samples(), th.GaussianFeatures(), th.FeatureNoise(), th.HaarProjection())
alone = th.Chain(th.Samples())
white = the(alone).spectrum(th.Isotropic(100), n_samples=400)
D = Derivation(__doc__, setting=Eigenvalues(model), sources=["Marchenko & Pastur 1967", "arXiv:2405.00592", "arXiv:2306.14975"])
D.bind(R="ridge map of the package, λ(κ)", value=the(model).fixed_point.rhs)
D.bind(F="share of the kernel's eigenvalues up to x, in the package", value=the(th.EigenvalueDensity).cdf)
D.bind(ρ="density of one of its eigenvalues, in the package", value=the(th.EigenvalueDensity).density)

D.say("**Counting.** By `cut(F, x)` we mean minus the imaginary part of F over π at s = −x + i0, with principal logarithms. An "
      "eigenvalue y puts a factor `1 + y/s` into the determinant of 1 + A/s.")
D.letter("y", "an eigenvalue")
D.numeric("cut(ln(1 + y/s), x) = 1", "it is counted", where="x < y", points=20)
D.numeric("cut(ln(1 + y/s), x) = 0", "it is not", where="y < x", points=20)
D.exact("d/dlns (ln(1 + y/s)) = -y/(y + s)", "its share of the degrees of freedom, with a minus")
D.say("With W = ln det(1 + A/s), then, `cut(W, x)` is the number of eigenvalues above x. The slope of W by ln s is minus the "
      "degrees of freedom, and on the cut dln s = dln x: those have `cut` equal to x times the density of eigenvalues. "
      "Population:")
D.let("W_0 = Σ_k ln(1 + λ_k/κ)")
D.exact("dW_0/dlnκ = -d")

D.say("**Layers** hand on a ridge and degrees of freedom. The first is a projection on N₁ of D coordinates, which leaves d as "
      "it is; then comes noise on the N₁ coordinates, which fills all of them; Gaussian features; and rows of data, which are "
      "the same thing here.")
D.let("κ_1 = κ (1 - d/N_1)/(1 - d/D)", "projection")
D.let("κ_2 = κ_1 - μ²", "noise")
D.let("e = d + (N_1 - d) μ²/κ_1", "degrees of freedom from there on")
D.let("κ_3 = κ_2 (1 - e/N_2)", "features")
D.let("λ = κ_3 (1 - e/P)", "data")
D.exact("λ = R", "the package's chain of these four")
D.say("Each adds to W what makes its slope by the ridge outside minus the degrees of freedom outside.")
D.let("W_1 = W_0 - N_1 ln(1 - d/N_1) + D ln(1 - d/D)")
D.exact("dW_1/dlnκ_1 = -d")
D.refutes("W_1 = W_0 - N_1 ln(1 - d/N_1) - d", "what Gaussian features would add")
D.let("W_2 = W_1 - N_1 ln(κ_2/κ_1)")
D.exact("dW_2/dlnκ_2 = -e")
D.let("W_3 = W_2 - N_2 ln(1 - e/N_2) - e")
D.exact("dW_3/dlnκ_3 = -e")
D.let("W = W_3 - P ln(1 - e/P) - e")
D.exact("dW/dlnλ = -e")
D.say("So the kernel of the chain, P × P, has counts and density in closed form, at the κ where λ is −x + i0: the one that "
      "comes down from large imaginary λ. In the package, over populations of seven modes:")
D.numeric("(cut(W, x) - P (1 - F(x)))^2 < 1e-18 P^2", points=20)
D.numeric("(cut(e, x) - P x ρ(x))^2 < 1e-16 P^2", points=20)
cases = [{"x": 0.3, "P": 0.7}, {"x": 1.5, "P": 1.6}]
D.simulate("count ≈ cut(W, x)", "matrices, layer by layer", sizes=(12, 36), resolution=0.03, cases=cases)

D.say("**Edges.** Off the spectrum κ is real. A band ends where λ turns back as κ goes on: there two real κ meet. For P rows "
      "of data on the population itself:")
D.bind(R_P="ridge map of P rows of data in the package", value=the(alone).fixed_point.rhs)
D.let("λ_P = κ (1 - d/P)")
D.exact("λ_P = R_P")
D.exact("dλ_P/dκ = 1 - d2/P", "zero where the squares of `λ_k/(λ_k + κ)` add up to P")
D.say("White data have D equal eigenvalues, one.")
D.letter("c", "D/P")
D.letter("q", "a real κ", domain="real")
D.let("f(q) = q (1 - c/(1 + q))")
D.let("g(q) = 1 - c/(1 + q)^2")
D.exact("white(λ_P) = f(κ)", where="D = c P")
D.exact("d/dq (f(q)) = g(q)")
D.exact("g(√c - 1) = 0")
D.exact("f(√c - 1) = -(1 - √c)^2", "the lower edge, at -λ: Marchenko and Pastur's")
D.exact("g(-√c - 1) = 0")
D.exact("f(-√c - 1) = -(1 + √c)^2", "the upper one")
D.bind(x_1="largest eigenvalue of the package, D = 100, P = 400", value=white.edges[0])
D.bind(x_2="smallest, there", value=white.edges[1])
D.numeric("(x_1 + f(-√c - 1))^2 < 1e-24", where="c = 1/4", points=5)
D.numeric("(x_2 + f(√c - 1))^2 < 1e-24", where="c = 1/4", points=5)

D.say("**Entropy.** An eigenvalue y of a matrix of the trace z is a share p = y/z, and adds −p ln p.")
D.letter("z", "a trace")
D.let("h(s) = y ln((y + s)/(z + s))")
D.exact("d/ds (h(s)) = y/(y + s) - y/(z + s)")
D.exact("-h(0)/z = -(y/z) ln(y/z)")
D.asymptotic("h(s) ~ y (y - z)/s", "nothing is left at large s", limit="s → ∞")
D.say("Summed over eigenvalues, z H is the integral of d(s) − z/(z + s) by s from 0 to ∞, d(s) the degrees of freedom at the "
      "ridge s. With s = u z, H is the integral of d(u z) − 1/(1 + u) by u. Now let `s = λ_P`; the trace is that of the "
      "population.")
D.let("τ = Σ_k λ_k")
D.let("Y = Σ_k λ_k ln(λ_k + κ) - τ ln(τ + λ_P) - (κ d^2 - I(κ))/(2 P)")
D.exact("dY/dκ = (d - τ/(τ + λ_P)) dλ_P/dκ")
D.asymptotic("Y ~ (Σ_k λ_k^2 - τ^2 (1 - 1/P))/κ", "nothing is left at large κ", limit="κ → ∞")
D.let("H = -Y/τ", "the entropy, at the κ where `λ_P` is zero")
D.let("H_0 = ln τ - (Σ_k λ_k ln λ_k)/τ", "that of the population")
D.exact("H = H_0 - I(0)/(2 P τ)", "at least as many rows as the rank: κ goes to zero", where="κ = 0")
D.exact("H = H_0 - (Σ_k λ_k ln(1 + κ/λ_k) - κ P/2 + I(κ)/(2 P))/τ", "fewer: κ stays where d is P", where="P = d")
D.bind(S="entropy of P samples in the package", value=the(th.sample_entropy))
D.numeric("(S(P) - H)^2 < 1e-24", where="κ = 0, D < P", points=20)
D.numeric("(S(d) - H)^2 < 1e-24", where="P = d", points=20)
D.simulate("entropy ≈ H", "fewer rows than dimensions, and more", sizes=(16, 48), resolution=0.004,
           cases=[{"P": 0.5}, {"P": 2}])
D.refutes("entropy ≈ H_0", "eigenvalues of a sample spread more than the population's", instead="H", sizes=(16, 48),
          resolution=0.004, cases=[{"P": 2}])
