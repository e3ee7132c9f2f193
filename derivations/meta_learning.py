"""Meta-learning: generalised ridge, and the best weight.

Many regressions share a prior: their p coefficients β are Gaussian, of covariance Ω/p. Ridge with a weight matrix A can
use it. Which A is best, and what does it reach?
"""

from derivations import Derivation, the
from derivations.settings.meta_learning import MetaLearning, published

setting = MetaLearning(m="positive", ε="positive", q=(0, 1))
D = Derivation(__doc__, setting=setting, sources=["arXiv:2403.19720", "arXiv:2405.00592"])
D.bind(F="test risk of the package", value=the(setting.model).formulas["test"])
D.bind(R="ridge map of the package, λ(κ)", value=the(setting.model).fixed_point.rhs)

D.say("**It is plain ridge.** On P samples, the rows of X ~ N(0, Σ), the estimator is (XᵀX + PλA)⁻¹Xᵀy. With β = A^-½w it is "
      "plain ridge for w, on the population A^-½ΣA^-½. Of that `λ_k` are the eigenvalues, and `c_k` is what A^½ΩA^½/p has on "
      "the diagonal along its eigenvectors.")
D.let("λ = κ (1 - d/P)")
D.exact("λ = R", "the package's κ")
D.let("E = (B + σ²)/(1 - d2/P)")
D.exact("E = F", "the package's test risk")
D.simulate("risk ≈ E", "the estimator as it is written, for A = I, Ω^-½ and Ω^-3/2; Ω and Σ do not commute", sizes=(16, 48),
           resolution=0.025, cases=[{"w": 0}, {"w": 0.5, "P": 1.5, "λ": 0.2}, {"w": 1.5, "λ": 3}])

D.say("**A weight for every mode.** E is a sum over modes. Of each a share `κ/(λ_k + κ)` is missed, which its weight sets at "
      "will; its signal `m = c_k λ_k` does not depend on the weight.")
D.exact("(1 - d2/P) (E - ε) = Σ_k (c_k λ_k κ^2/(λ_k + κ)^2 + ε λ_k^2/(P (λ_k + κ)^2)) + σ² - ε",
        "whatever the number ε is, so the least E is the ε at which the least right side is zero")
D.let("J(s) = m s^2 + ε/P (1 - s)^2", "one mode that is missed by s")
D.let("s0 = ε/(ε + m P)", domain=(0, 1))
D.exact("J(q) = J(s0) + (m + ε/P) (q - s0)^2", "each mode has one best share, and is convex")
D.exact("s0/(1 - s0) = ε/(m P)", "ridge has κ/λ_k there, which is κ c_k/m")

D.say("Ridge misses `s0` of every mode if `κ P c_k = ε` in all: if the `c_k` are the same. They belong to A^½ΩA^½/p: that is "
      "A = Ω⁻¹, and all are 1/p, whatever Σ is. (It is Bayes' rule: no estimator does better.)")
D.let("c = 1/D", "D is their p")
D.let("e = (c κ^2 Σ_k λ_k/(λ_k + κ)^2 + σ²)/(1 - d2/P)", "the risk with that weight, at any ridge")
D.let("w = Σ_k λ_k^2/(λ_k + κ)^3")
D.exact("de/dκ = 2 w/(P (1 - d2/P)^2) (c P λ - σ²)", "so one ridge is best: `λ = σ²/(c P)`, p σ² over the samples")
D.simulate("risk ≈ e", "with A = Ω⁻¹, away from the best ridge", sizes=(16, 48), resolution=0.025,
           cases=[{"λ": 0.3}, {"λ": 3}])
D.exact("e = κ P c", "and there it has the best share in every mode", where="σ² = c P κ (1 - d/P)")
D.exact("e = σ² κ/λ", "the noise, renormalised as the ridge is", where="σ² = c P κ (1 - d/P)")
D.simulate("risk ≈ σ² κ/λ", "at the best weight and ridge, λ = pσ²/P", sizes=(16, 48), resolution=0.025,
           cases=[{"P": 0.5}, {"P": 2, "σ²": 3}])
D.refutes("risk ≈ σ² κ/λ", "the best ridge without weights is not enough", instead="E", sizes=(16, 48), resolution=0.025,
          cases=[{"w": 0, "λ": 1 / 16}, {"w": 0.5, "λ": 1 / 4}])
D.refutes("e = σ² κ/λ", "nor are weights at another ridge")

D.say("**Published**, for Ω tridiagonal with 16 on the diagonal and 5 beside it, Σ = I, σ² = 1: limits of many dimensions at "
      "p/P = 5.12, 2.56, 1.28.")
D.reference("F = 13.625218", source="the authors' code, p = 512 on the midpoint rule", at=published(100))
D.reference("e = 10.580325", source="the same", at=published(200))
D.reference("σ² κ/λ = 5.849476", source="the same", at=published(400))
