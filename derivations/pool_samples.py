"""A finite pool: an isotropic teacher on rows drawn without replacement, and the duality of data and features.

D points are all there is. P of them are drawn and learnt, and the teacher prefers no direction. What is lost on all points
is what P random features lose that see a population without limit.
"""

import theory as th
from derivations import Derivation, the
from derivations.settings.teachers import Isotropic

model = th.Chain(th.PoolSamples())
D = Derivation(__doc__, setting=Isotropic(model), sources=["arXiv:2102.06701", "arXiv:2405.00592"])
D.bind(R="ridge map of the package, λ(κ)", value=the(model).fixed_point.rhs)
D.bind(F="test risk of the package, on the rows left out", value=the(model).formulas["test"])
D.bind(G="training risk of the package", value=the(model).formulas["train"])

D.say("A draw of P rows is a projection of the pool in random directions. It removes the share of the degrees of freedom that "
      "rows have, less what the pool itself has of them; noise is in the pool's targets already.")
D.let("t = 1 - d/P", "the rows that are free", domain=(0, 1))
D.let("v = 1 - d/D", "the points that are", domain=(0, 1))
D.let("λ = κ t/v")
D.let("L = T t/v", "the least training objective")
D.let("E_train = L - λ dL/dλ", "the envelope theorem")
D.exact("λ = R")
D.exact("E_train = G")
D.let("r = P/D", "the share that is drawn")
D.let("f(x) = B/(a (r x^2 + 1 - r) + (1 - a) x (r x + 1 - r))", "free to the part x of the rows, zero included")
D.let("E = f(t)", "the risk on the rows left out")
D.exact("E = E_train/t^2", "residuals there are larger by 1/t, as in generalised cross-validation")
D.exact("E = F")
D.refutes("E = E_train v^2/t^2", "that would be new points of a population without limit", instead="E_train/t^2")
D.simulate("test ≈ E", "rows of a unitary matrix in random directions", sizes=(20, 80), resolution=0.025,
           cases=[{"P": 0.5, "λ": 0.05, "σ²": 0}, {"P": 0.8, "λ": 0.3, "σ²": 0}])

D.say("All points together lose the share r of the training error, and the rest of that on the rows left out.")
D.let("A = r E_train + (1 - r) E")
D.exact("A = E (1 - r (1 - t^2))")

D.say("**Without a ridge** the rows are full, d = P, and the training error is zero. For the isotropic teacher B is c κ a d.")
D.exact("iso(E) = c κ P/(1 - P/D)", "on the rows left out: m κ(m)/(1 - m/M), m the smaller number and M the pool",
        where="P = d")
D.exact("iso(A) = c κ P", "on all points: m κ(m)", where="P = d")
D.exact("iso(A) = iso(T)", "which is what as many features lose of a population that is known: data and width are dual",
        where="P = d")
D.refutes("A = T", "not for a teacher who prefers directions", where="P = d")
D.refutes("iso(E) = iso(T)", "nor on the rows left out, who see a pool that is smaller by P", instead="c κ P/(1 - P/D)",
          where="P = d")
D.exact("E = B/(1 - d2/P)/(1 - P/D)", "any teacher: independent rows, over what is left of the pool", where="P = d")
D.simulate("test ≈ E", "without a ridge", sizes=(20, 80), resolution=0.025,
           cases=[{"P": 0.4, "λ": 0, "σ²": 0}, {"P": 0.7, "λ": 0, "σ²": 0}])
D.exact("iso(E) = c κ d a/(a (r t^2 + 1 - r) + (1 - a) t (r t + 1 - r))", "and at every ridge")
