"""Random features on rows of a finite pool.

D points are all there is, seen through N random features; P of them are drawn and learnt. The rows see the features, but
what they lack is of the pool: two factors side by side, and a third that takes back.
"""

import theory as th
from derivations import Derivation, the
from derivations.settings.pools import FeaturedPool

D = Derivation(__doc__, setting=FeaturedPool(), sources=["arXiv:2102.06701", "arXiv:2405.00592"])
D.bind(F="test risk of the package on independent rows", value=the(th.random_features()).formulas["test"])
D.bind(R="ridge map of the package there, λ(κ)", value=the(th.random_features()).fixed_point.rhs)
D.bind(K="ridge map of the package, λ(κ)", value=the(th.Chain(th.PoolSamples(), th.GaussianFeatures())).fixed_point.rhs)
D.bind(G="risk of the package without rows: data without limit",
       value=the(th.Chain(th.GaussianFeatures())).formulas["test"])

D.say("Given the features, the kernel of the pool is a matrix of D rows with d degrees of freedom, whatever its rank. A draw "
      "of P rows is a projection of it in random directions.")
D.let("t = 1 - d/P", "the rows that are free", domain=(0, 1))
D.let("w = 1 - d/N", "the features that are", domain=(0, 1))
D.let("v = 1 - d/D", "the points that are")
D.let("λ = κ w t/v")
D.exact("λ = K")
D.let("L = T t/v", "the least training objective: features hand on the potential T, rows take their share of it")
D.let("E_train = L - λ dL/dλ", "the envelope theorem")
D.let("E = E_train/t^2", "the rows left out")
D.simulate("unseen ≈ E", "ridge regression itself, fewer data than features and more", sizes=(20, 60), resolution=0.025,
           cases=[{"P": 0.4, "N": 0.65, "λ": 0.05}, {"P": 0.7, "N": 0.5, "λ": 0.1}])
D.simulate("seen ≈ E_train", sizes=(20, 60), resolution=0.05, cases=[{"P": 0.4, "N": 0.65, "λ": 0.2}])
D.refutes("unseen ≈ F", "not the risk on new points of a population without limit", instead="E", sizes=(20, 60),
          resolution=0.025, cases=[{"P": 0.4, "N": 0.65, "λ": 0.05}])

D.exact("λ = R", "few points of a large pool are independent rows", where="D = ∞")
D.exact("E = F", where="D = ∞, σ² = 0")
D.exact("λ = κ w", "all rows of the pool: it is the population", where="P = D")
D.exact("E_train = G", "and the training risk is that of features with data without limit", where="P = D, σ² = 0")
