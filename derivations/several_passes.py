"""Several passes of SGD: what sampling adds to gradient descent, and the kernels that carry it.

SGD takes rows from a sample over and over. Its mean is gradient descent on the sample. About that its weights fluctuate, and
in a large system every direction of the sample does so by itself: like one of the directions of a population seen once.
"""

import theory as th
from derivations import Derivation, the
from derivations.settings.passes import Passes
from theory.dynamics.sgd.moments import BATCH, STEP, coefficients

model, step = th.random_features(), coefficients()
setting = Passes(model, h=(step.eigenvalue, (0.1, 1)), B=(BATCH, (1, 8)), γ=(STEP, (0.05, 0.3)), p="positive", f="positive",
                 l="positive", n=(2, 40))
D = Derivation(__doc__, setting=setting, sources=["arXiv:2405.00592"])
D.bind(loss="share of its mean square that a mode loses in one step of one-pass SGD, in the package", value=the(step).loss)
D.bind(kick="risk that a unit of noise adds in it, in the package", value=the(step).kick)
D.bind(R="ridge map of the package, λ(κ)", value=the(model).fixed_point.rhs)

D.say("**Directions.** Let A be the covariance of n rows, h an eigenvalue of it; along its eigenvector the rows are √(nh) "
      "v, v a unit vector of n entries. Of Gaussian rows v is in random directions, whatever the labels along it are. "
      "Fourth moments of its entries: C of two different squares, F of one.")
D.let("C = 1/(n (n + 2))")
D.let("F = 3 C")
D.exact("(2 F + 6 C)/4 = F", "two entries turned by half a right angle are as likely as before")
D.exact("n F + n (n - 1) C = 1", "and squares add up to one")

D.say("**One batch.** Residuals have the mean square l. In the direction h the weight is off by a mean square p, which is n "
      "h p of their sum of squares n l. B rows are drawn, each as likely as any other at any time. Their gradients scatter "
      "by `γ^2 G/B` in this direction: the mean of `h n v_i^2 r_i^2` over rows, less the square of the mean gradient.")
D.let("S = n (C (n l - n h p) + F n h p)", "the sum of `v_i^2 r_i^2`")
D.let("G = h S - h^2 p")
D.exact("S = (l + 2 h p)/(1 + 2/n)", "the direction itself counts thrice")
D.asymptotic("G ~ h l + h^2 p", "many rows", limit="n → ∞")
D.say("B different rows scatter less, by (n − B)/(n − 1), as any mean over part of a finite set. Let f be the mean square "
      "that has come from scatter: p goes as descent does, f loses as much, and gains what is scattered.")
D.let("p_1 = (1 - γ h)^2 p")
D.let("f_1 = (1 - γ h)^2 f + γ^2/B (h l + h^2 (p + f))")
D.exact("p_1 + f_1 = (1 - loss) (p + f) + kick/h l", "one-pass SGD on a population of covariance A, where l is the risk")
D.refutes("p_1 + f_1 = (1 - γ h)^2 (p + f) + kick/h l", "the fourth moment counts here too")
D.say("So all that holds of one pass holds again, with the training risk for the risk: stability, schedules, any number of "
      "steps. It needs the eigenvalues, and the labels along the eigenvectors.")

D.say("**Kernels** are traces of the rows' covariance at the ridge λ. N random features, P rows; τ is the trace.")
D.let("τ = Σ_k λ_k")
D.let("κ_1 = κ (1 - d/N)", "the ridge that rows see")
D.let("u = d/P")
D.let("λ = κ_1 (1 - u)")
D.exact("λ = R")
D.let("L = (T + σ²) (1 - u)", "the least objective")
D.let("L_0 = Σ_k c_k λ_k + σ²", "the training risk at the start")
cases = [{"P": 0.6, "N": 1.5}, {"P": 2, "N": 0.7, "λ": 0.3}]
D.simulate("seen ≈ τ - λ d", "how scatter shows on the rows themselves", sizes=(12, 36), resolution=0.04, cases=cases)
D.simulate("shown ≈ τ - κ_1 d", "on new points: rows see the features' covariance C by `C (C + κ_1)^-1`", sizes=(12, 36),
           resolution=0.04, cases=cases)
D.refutes("shown ≈ τ - λ d", "on which rows are less of a help", instead="τ - κ_1 d", sizes=(12, 36), resolution=0.04,
          cases=cases[:1])
D.say("The scatter of the first batch, summed over directions h with the weight 1/(h + λ): `h l` makes d times the risk, "
      "and `h^2 p` what the objective has lost. Here n is P.")
D.let("Z = (L_0 d + 2 (L_0 - L))/(1 + 2/P) - (L_0 - L)")
D.asymptotic("Z ~ L_0 d + L_0 - L", "many rows", limit="P → ∞")
D.simulate("scatter ≈ Z", "rows and labels as they are drawn", sizes=(12, 36), resolution=0.03, cases=cases)
D.refutes("scatter ≈ (L_0 d + (L_0 - L))/(1 + 2/P) - (L_0 - L)", "without the fourth moment", instead="Z", sizes=(12, 36),
          resolution=0.03, cases=cases[:1])

D.say("**Densities** are jumps at s = −x + i0: by `cut(F, x)` we mean minus the imaginary part of F over π there. That of d "
      "is the density of eigenvalues times x, that of the objective over the ridge is the labels along them; the last "
      "kernel has the variance of new points in their directions, in proportion to the first:")
D.let("g = cut(1/(1 - u), x)/cut(u, x)", "`κ_1/λ` times its conjugate: the gap of generalised cross-validation, on the cut")
D.numeric("cut(τ - κ_1 d, x) = x g cut(d, x)", points=20)
D.exact("L/λ = (T + σ²)/κ_1", "labels")
D.say("A fluctuation f in the direction h, then, adds h f to the training risk, and h f g to the test risk.")
