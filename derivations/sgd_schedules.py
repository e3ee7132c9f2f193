"""Schedules of SGD: the best decay of the step is (1 − z)^(2α−1), and what others cost.

One pass over P samples by steps `γ g(z)`, z the share that is done, u = 1 − z. What training leaves of the target asks for a
large sum of steps; what noise leaves asks for small ones at the end. Both are sums over the modes `k^-α`, to leading order.
"""

import theory as th
from derivations import Derivation, Setting, the
from theory.dynamics.sgd.moments import BATCH, STEP
from theory.notation import CAPACITY, SOURCE, SPREAD, size_letter

best = th.OnePassSGD(schedule=th.linear())
mean = th.OnePassSGD(schedule="constant", averaging="iterate")
setting = Setting(α=(CAPACITY.symbol, (1.2, 3)), r=(SOURCE.symbol, (0.1, 0.9)), γ=(STEP, "positive"), B=(BATCH, "positive"),
                  P=(size_letter("P", "number of samples").symbol, "positive"), c=(SPREAD.symbol, "positive"),
                  u=(0, 1), p=(0, 8), H="positive", h="positive", x="positive", y="positive")
D = Derivation(__doc__, setting=setting, sources=["arXiv:2406.08466", "arXiv:2509.19189"])
D.bind(flow="bias of faint modes under g = 1 − z, in the package", value=the(best).leading_terms()["flow"])
D.bind(early="variance over s² that modes being learnt carry, in the package", value=the(best).leading_terms()["early"])
D.bind(meanflow="bias of the mean of all iterates at a constant step", value=the(mean).leading_terms()["flow"])

D.say("**Two integrals.** Of a mode h the last u of the pass leaves `exp(-2 γ h G P/B)`, where G is the integral of g over it. "
      "So the bias depends on A = G(1) alone, and the variance, kicked in by `g^2` all along the pass, on")
D.say("c = the integral of `g^2 G^-e`, e = 2 − 1/α. That is all: the package has, for g = 1 − z,")
D.let("e = 2 - 1/α")
D.let("t = 2 γ P/B", "the sum of steps that are all γ")
D.exact("flow = Γ(2 r)/α (t/2)^(-2 r)", "A is a half")
D.exact("early = c Γ(e)/α γ^2 P/B^2 t^(-e)", "Mellin's integral of `h^2 exp(-t h G)` over modes")

D.say("**The best decay.** Write `G = H^(2 α)`. With h the derivative of H, `g = 2 α H^(2 α - 1) h`, and the integral loses G:")
D.let("G = H^(2 α)")
D.let("g = 2 α H^(2 α - 1) h")
D.exact("g/G = 2 α h/H", "by the logarithm")
D.exact("g^2 G^-e = 4 α^2 h^2", "so c is 4α² times the integral of h²")
D.exact("(x^2 + y^2)/2 - ((x + y)/2)^2 = (x - y)^2/4", "which is least, at a given total of h, where h is the same everywhere")
D.say("So H is linear, G is in proportion to `u^(2 α)`, and g to `u^(2 α - 1)`. No other decay of the last iterate leaves less "
      "noise at the same sum of steps.")

D.say("**Powers.** For `g = u^p` the integral is elementary.")
D.let("I(u) = (p + 1)^e u^((p + 1)/α - 1)/((p + 1)/α - 1)")
D.exact("d/du (I(u)) = u^(2 p) (u^(p + 1)/(p + 1))^-e", "`u^p` has G = `u^(p+1)/(p+1)`")
D.let("C = (p + 1)^e/((p + 1)/α - 1)", "c of `u^p`, which converges for p > α − 1")
D.exact("C = I(1)")
D.exact("C = (2 α)^e", "the least", where="p = 2 α - 1")

D.say("**The price.** At the best step the two parts balance. With x = γP/B the excess is `F x^(-2 r) + V x^(1/α)/P`; where it "
      "is least, x and the excess depend on P/Q alone, `Q = V F^(1/(2 α r))`. F carries `A^(-2 r)`, V carries c: over the best "
      "decay,")
D.let("Q = C (p + 1)^(1/α)/(4 α^2)", "Q of `u^p`: A is 1/(p+1)")
D.exact("Q = 1", where="p = 2 α - 1")
D.numeric("Q ≥ 1", "every other power needs more data", where="p > α - 1")
D.exact("dQ/dp = Q ((1/α + e)/(p + 1) - 1/(p + 1 - α))", "which changes its sign at p = 2α − 1 alone")
D.exact("dQ/dp = 0", where="p = 2 α - 1")
D.refutes("Q = 1", "a linear decay is the best at capacity 1 only", where="p = 1, α = 1.5")

D.say("**A mean is no last iterate.** At a constant step the mean of all iterates forgets by `((1 - exp(-x))/x)^2`, which no "
      "decay can do, and at small sources it needs less data still.")
D.exact("meanflow = Γ(2 r - 2)/α (2^(2 - 2 r) - 2) (t/2)^(-2 r)")
