"""Variance-limited regimes: the first terms in one over data and features, with their amplitudes.

With data, or features, almost without limit, a smooth loss comes near its limit as one over their number. How near is
the first term of the package's own test risk, at a ridge that is kept.
"""

import theory as th
from derivations import Derivation, the
from derivations.settings.chains import ChainSetting

model = th.random_features()
formulas = the(model).formulas
D = Derivation(__doc__, setting=ChainSetting(model, x="positive", y="positive"),
               sources=["arXiv:2102.06701", "arXiv:2405.00592"])
D.bind(F="test risk of the package", value=formulas["test"])
D.bind(R="ridge map of the package, λ(κ)", value=the(model).fixed_point.rhs)
D.bind(U1="variance over features of the package", value=formulas["features"])
D.bind(U2="variance over samples and features of the package", value=formulas["samples", "features"])
D.bind(U3="variance over samples, features and label noise of the package", value=formulas["samples", "features", "noise"])

D.say("Let x be one over the data, and y one over the features; κ is where the population stands.")
D.let("h = κ (1 - d x) (1 - d y)", "the ridge outside")
D.exact("h = R", where="x = 1/P, y = 1/N")
D.let("e = (1 - d y)/(1 - d y + a d y)", "what a change of the ridge outside the features moves inside")
D.let("E = (B + (1 - e) T2 + σ²)/(1 - d x (1 - e a))")
D.exact("E = F", "the package's test risk", where="x = 1/P, y = 1/N")
D.simulate("test ≈ F", "with far more data than modes, and far more features", sizes=(20, 80), resolution=0.025,
           cases=[{"P": 6, "N": 0.8}, {"P": 0.8, "N": 6}])

D.say("Where the ridge is kept, κ moves as x or y does. So the first term of E is its derivative less what the move of h would "
      "make.")
D.let("A = dE/dx - dE/dh dh/dx", "the slope by x at a ridge that is kept: what many data still lose, times their number")
D.let("W = dE/dy - dE/dh dh/dy", "the slope by y: what many features still lose, times their number")
D.exact("A = d2 (B + σ²) + κ d dB/dκ", "data, for a model that is the population itself: noise and bias learnt, and a ridge "
        "that shifts by d/P", where="x = 0, y = 0")
D.exact("A = d (T + σ²)", "data, for N features without a ridge: all they miss is noise, and d is N", where="x = 0, y = 1/d")
D.exact("W = a d T2 + κ d dB/dκ", "features, for data without limit: variance, and the shift of the ridge",
        where="x = 0, y = 0")
D.exact("W = d (T + σ²)", "features, for P data without a ridge, and d is P: the dual of (5)", where="x = 1/d, y = 0")
D.refutes("A = d2 (B + σ²)", "the shift of the ridge is of the same order", instead="d2 (B + σ²) + κ d dB/dκ",
          where="x = 0, y = 0")

D.say("**Ensembles.** The mean of many predictors, each with features of its own, loses what features add.")
D.let("M = (B + σ²)/(1 - d2 x)", "an infinite ensemble")
D.exact("M = F - U1 - U2 - U3", "without what features add", where="x = 1/P")
D.let("S = -dM/dh dh/dy", "its first term in y at a ridge that is kept: it has no y but in that")
D.exact("S = κ d (1 - d x) dM/dh", "is the shift of the ridge alone")
D.exact("S = 0", "so without a ridge an ensemble has no such term", where="x = 1/d")
D.refutes("S = 0", "but it has one with a ridge", where="y = 0")
