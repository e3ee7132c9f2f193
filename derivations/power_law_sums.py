"""Power-law sums: pole, ζ and resonance, and the exponents of ridge and random features.

With `λ_k = k^-α` and signals `c_k λ_k = k^(-1-2 α r)` every trace is a sum over integers. It is an integral or a ζ function,
whichever is larger, and where they are equal a logarithm. Exponents follow.
"""

from sympy import EulerGamma, log

import theory as th
from derivations import Derivation, the
from derivations.settings.power_laws import PowerLaws
from theory.exponents.algebra.traces import amplitude, exponent, printed
from theory.notation import CAPACITY, NOISE, RIDGE, size_letter

model = th.random_features()
setting = PowerLaws(model, α=(CAPACITY.symbol, (1.2, 3)), δ=(-0.3, 0.3), λ="positive", l=(0.1, 4), n=(0.1, 3), s=(0, 6))
D = Derivation(__doc__, setting=setting,
               sources=["arXiv:2405.00592", "Flajolet, Gourdon & Dumas 1995", "Caponnetto & De Vito 2007"])

D.say("**The pole.** A sum of `k^-p/(k^-α + κ)^m` is an integral over modes near κ, if it converges; with `b = (p - 1)/α`:")
D.let("A(b, m) = Γ(b) Γ(m - b)/(α Γ(m))", "times `κ^(b-m)`: a Beta function")
D.bind(A_d="amplitude of d in the package", value=the(amplitude)(1, 0, 1, False, True))
D.bind(A_T="amplitude of T in the package below r = 1/2", value=the(amplitude)(1, 1, 1, False, True))
D.numeric("A(1 - 1/α, 1) = A_d", "here p is α")
D.exact("A_d = (π/α)/sin(π/α)")
D.numeric("A(2 r, 1) = A_T", "and here p is 1 + 2αr")
D.asymptotic("d ~ A_d κ^(-1/α)", limit="κ → 0")
D.asymptotic("d2 ~ (1 - 1/α) d", limit="κ → 0")
D.asymptotic("B ~ A(2 r, 2) κ^(2 r)", limit="κ → 0", cases=[{"r": 0.3}, {"r": 0.5}, {"r": 0.8}], where="r < 1")

D.say("**ζ.** The other poles of the Mellin transform are those of the expansion in κ, term by term. They are the rest:")
D.asymptotic("d - A_d κ^(-1/α) ~ ζ(0)", "half a mode less than the integral", limit="κ → 0")
D.asymptotic("d - A_d κ^(-1/α) - ζ(0) ~ -ζ(-α) κ", "and so on", limit="κ → 0", cases=[{"α": 1.3}, {"α": 1.7}, {"α": 2.6}])
D.let("τ = T/κ", "the sum of `k^(-1-2 α r)/(k^-α + κ)`")
D.asymptotic("τ - A_T κ^(2 r - 1) ~ ζ(1 + 2 α r - α)", "below and above r = 1/2", limit="κ → 0",
             cases=[{"r": 0.3, "α": 1.5}, {"r": 0.4, "α": 2.5}, {"r": 0.8, "α": 1.5}, {"r": 1.3, "α": 1.4}])
D.asymptotic("τ ~ A_T κ^(2 r - 1)", "below, where the pole leads", limit="κ → 0", cases=[{"r": 0.2}, {"r": 0.3}],
             where="r < 1/2")
D.asymptotic("τ ~ ζ(1 + 2 α r - α)", "above, where the learnt modes do", limit="κ → 0", cases=[{"r": 0.8}, {"r": 1.3}],
             where="r > 1/2")
D.refutes("τ ~ A_T κ^(2 r - 1)", "above", instead="ζ(1 + 2 α r - α)", limit="κ → 0", cases=[{"r": 0.8}, {"r": 1.3}],
          where="r > 1/2")

D.say("**Resonance.** At r = 1/2 both diverge, with opposite signs. At 2r = 1 + δ their sum is regular, and is a logarithm:")
D.bind(γ="constant of Euler", value=EulerGamma)
D.asymptotic("A(1 + δ, 1) κ^δ + ζ(1 + α δ) ~ ln(1/κ)/α + γ", limit="δ → 0")
D.asymptotic("τ - ln(1/κ)/α ~ γ", "and so the package has it", limit="κ → 0",
             cases=[{"α": 1.3}, {"α": 1.5}, {"α": 2.5}], where="r = 1/2")
D.refutes("τ ~ ζ(1 + 2 α r - α + 1/10)", "a ζ near its pole is no substitute", instead="ln(1/κ)/α + γ", limit="κ → 0",
          cases=[{"α": 1.5}, {"α": 2.5}], where="r = 1/2")

D.say("**Exponents of traces**: the smaller of those of the two terms, `κ^(b-m)` and a constant.")
D.bind(e_d="exponent of d in the package", value=the(printed)(the(exponent)(1, 0, 1, True)))
D.bind(e_T="exponent of T/κ in the package", value=the(printed)(the(exponent)(1, 1, 1, True)))
D.bind(e_B="exponent of B/κ² in the package", value=the(printed)(the(exponent)(1, 1, 2, True)))
D.exact("e_d = -1/α", "the pole always: modes are without number")
D.numeric("e_T = min(2 r - 1, 0)")
D.numeric("e_B = min(2 r - 2, 0)")

D.say("**Exponents of the risk.** The sums turn sizes into κ: `λ = κ (1 - d/P) (1 - d/N)` and d is `κ^(-1/α)`, so κ is the "
      "largest of λ, `P^-α`, `N^-α`. Slopes of the package's evaluator at very large sizes, on either side of r = 1/2 and 1, "
      "first where the ridge rules:")
sources = [{"α": 1.6, "r": 0.3}, {"α": 1.4, "r": 0.8}, {"α": 1.5, "r": 1.3}]
ridge = {"λ": -0.6, "P": 1, "N": 1.5, "σ²": 0.1}
few = {"λ": -6, "P": 1, "N": 1.5, "σ²": 0.1}
narrow = {"λ": -6, "P": 1.5, "N": 1, "σ²": 0.1}
D.slope("kappa ~ λ", ray=ridge, cases=sources)
D.slope("bias ~ λ^(2 min(1, r))", ray=ridge, cases=sources)
D.slope("V[features] ~ λ^(min(1, 2 r) - 1/α)/N", ray=ridge, cases=sources)
D.slope("V[samples] ~ λ^(2 min(1, r) - 1/α)/P", ray=ridge, cases=sources)
D.slope("V[samples, features] ~ λ^(min(1, 2 r) - 2/α)/(P N)", ray=ridge, cases=sources)
D.slope("V[samples, noise] ~ σ² λ^(-1/α)/P", ray=ridge, cases=sources)
D.slope("V[samples, features, noise] ~ σ² λ^(-2/α)/(P N)", ray=ridge, cases=sources)
D.say("where samples are few:")
D.slope("kappa ~ P^(-α)", ray=few, cases=sources)
D.slope("bias ~ P^(-2 α min(1, r))", ray=few, cases=sources)
D.slope("V[features] ~ P/N P^(-α min(1, 2 r))", ray=few, cases=sources)
D.slope("V[samples] ~ P^(-2 α min(1, r))", ray=few, cases=sources)
D.slope("V[samples, features] ~ P/N P^(-α min(1, 2 r))", ray=few, cases=sources)
D.slope("V[samples, noise] ~ σ²", ray=few, cases=sources)
D.slope("V[samples, features, noise] ~ σ² P/N", ray=few, cases=sources)
D.say("and where features are:")
D.slope("kappa ~ N^(-α)", ray=narrow, cases=sources)
D.slope("bias ~ N^(-2 α min(1, r))", ray=narrow, cases=sources)
D.slope("V[features] ~ N^(-α min(1, 2 r))", ray=narrow, cases=sources)
D.slope("V[samples] ~ N/P N^(-2 α min(1, r))", ray=narrow, cases=sources)
D.slope("V[samples, features] ~ N/P N^(-α min(1, 2 r))", ray=narrow, cases=sources)
D.slope("V[samples, noise] ~ σ² N/P", ray=narrow, cases=sources)
D.slope("V[samples, features, noise] ~ σ² N/P", ray=narrow, cases=sources)
D.refutes("bias ~ P^(-2 α r)", "the sum saturates: B converges beyond r = 1", instead="P^(-2 α min(1, r))",
          ray=few, cases=sources)

D.say("The package derives them in all directions at once, by max-plus. Let `λ = P^-l`, `N = P^n`, `σ² = P^-s`.")
law = model.exponents()
powers = {log(RIDGE.symbol): -setting.symbol("l"), log(NOISE.symbol): -setting.symbol("s"), log(size_letter("P", "").symbol): 1,
          log(size_letter("N", "").symbol): setting.symbol("n")}
D.let("k = min(l, α, α n)", "κ is `P^-k`")
D.bind(x_B="exponent of the bias in the package", value=the(law)["bias"].at(powers))
D.bind(x_F="exponent of the variance over features", value=the(law)["features"].at(powers))
D.bind(x="exponent of the excess risk", value=the(law)["excess"].at(powers))
D.numeric("-x_B = 2 k min(1, r)")
D.numeric("-x_F = n + k (min(1, 2 r) - 1/α)")
D.reference("1 - x = 1 + min(2 α min(1, r, l/α, l r/α), 2 α n min(1/2, r), (α - 1) min(1, l/α) + n, "
            "s + 1 - min(1, l/α, n))", "the authors' list, for s = 0", source="code of arXiv:2405.00592")
D.say("**The best ridge** without limit on features balances bias and noise.")
D.let("y = min(2 l min(1, r), 1 - l/α)", "exponent of the excess risk of ridge regression, while κ is λ")
D.let("best = 2 α min(1, r)/(1 + 2 α min(1, r))")
D.let("l0 = α/(1 + 2 α min(1, r))")
D.numeric("y ≤ 2 l min(1, r)", "the bias falls no faster")
D.numeric("y ≤ best", "whatever the ridge")
D.numeric("y = best", "at `λ = P^-l0`", where="l = l0")
