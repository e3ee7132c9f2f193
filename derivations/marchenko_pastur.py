"""The law of Marchenko and Pastur, and the S-transform of a Wishart matrix, from moments.

Data enter the theory through one fact: a Wishart matrix multiplies the S-transform of a population by a simple factor.
Here it is derived from the moments alone, which count permutations.
"""

import theory as th
from derivations import Derivation, the
from derivations.settings.wishart import Wishart

D = Derivation(__doc__, setting=Wishart(order=6), sources=["Marchenko & Pastur 1967", "Voiculescu 1987", "arXiv:2405.00592"])
D.bind(R="ridge map of P rows of data, λ(κ)", value=the(th.Chain(th.Samples())).fixed_point.rhs)

D.say("W = ZᴴZ/P, with Z of P rows and D columns of independent entries. By Wick's rule the mean of tr W^k is a sum over "
      "permutations; those of genus zero stay as P and D grow with `c = D/P`.")
D.exact("m1 = 1")
D.exact("m2 = 1 + c")
D.exact("m3 = 1 + 3 c + c^2", "one, three and one non-crossing partitions: Narayana's numbers")
D.exact("m4 = 1 + 6 c + 6 c^2 + c^3")
D.simulate("moment3 ≈ m3", "at c below and above one", sizes=(20, 60), resolution=0.025, cases=[{"c": 0.5}, {"c": 2}])

D.say("All moments together solve a quadratic equation.")
D.exact("ψ_W(z) = z (1 + ψ_W(z)) (1 + c ψ_W(z)) + O(z^7)", "to all orders that the setting counts")
D.let("x = (λ + 1 + c - √((λ + 1 + c)^2 - 4 c))/(2 c)", "its root at z = -1/λ is -x", domain=(0, 1))
D.numeric("λ x = (1 - x) (1 - c x)", "the quadratic, with one sign for each factor")
D.simulate("dof ≈ x", "the share of degrees of freedom, tr W(W+λ)⁻¹ over D", sizes=(20, 60), resolution=0.0125,
           cases=[{"c": 0.5, "λ": 0.3}, {"c": 2, "λ": 0.1}])
D.exact("(1 - z (1 + c))^2 - 4 c z^2 = (1 - z (1 + √c)^2) (1 - z (1 - √c)^2)",
        "the discriminant vanishes at the edges of the spectrum, `(1 + √c)^2` and `(1 - √c)^2`")

D.say("The S-transform of a matrix is (1+u)/u times the inverse of its moment series.")
D.let("S(u) = 1/(1 + c u)")
D.exact("ψ_W(u S(u)/(1 + u)) = u + O(u^7)", "so S is that of W")
D.exact("ψ_ΣW(z S(ψ_Σ(z))) = ψ_Σ(z) + O(z^7)", "and for any population Σ that of ΣW is a product: S of Σ times S of W")
D.refutes("ψ_ΣW(z S(ψ_Σ(z))^2) = ψ_Σ(z) + O(z^7)", "one factor, not two")

D.say("Read at z = -1/κ, where `ψ_Σ(z)` is -d/D: the same degrees of freedom are those of ΣW at the ridge `λ = κ/S`.")
D.exact("κ/S(-d/D) = R", "what the package makes of P rows of data", where="c = D/P")
