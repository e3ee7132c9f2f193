"""Structured features: exponents of the variance, and two places where the published rule fails.

Features whose columns are a power law, γ_j ∝ j^-α_F, change the exponents of what their draw costs. A published rule is right
in most places; it is wrong at a finite ridge for steep columns, and at few degrees of freedom for columns between ½ and 1.
"""

import numpy as np
from sympy import Rational, log

from derivations import Derivation, the
from derivations.settings.column_laws import ColumnLaws, columns
from theory.notation import CAPACITY, RIDGE, SOURCE, size_letter

N, P = (log(size_letter(name, "").symbol) for name in "NP")
steep, middle = columns(1.6).exponents(), columns(0.6).exponents()
setting = ColumnLaws(α=(CAPACITY.symbol, (1.2, 3)), r=(SOURCE.symbol, (0.1, 1.4)), λ=(RIDGE.symbol, (0.0001, 0.02)))
D = Derivation(__doc__, setting=setting, sources=["arXiv:2405.00592"])
D.bind(p_1="exponent of the variance over features along N = P^1.2, λ = P^-0.9, in the package, α_F = 1.6",
       value=the(steep)["features"].at({P: 1, N: Rational(6, 5), log(RIDGE.symbol): -Rational(9, 10)}))
D.bind(p_2="same along N = P^1.6, λ = P^-0.6, α_F = 0.6, for α = 1.5",
       value=the(middle)["features"].at({CAPACITY.symbol: Rational(3, 2), P: 1, N: Rational(8, 5),
                                         log(RIDGE.symbol): -Rational(3, 5)}))

D.say("A layer leaves f of the ridge and replaces the fraction `m/N` of m degrees of freedom by `b̄`. That is a sum over "
      "columns, of γ²/(γ + χ)² over m: it is held by all of them, by those near χ, or by the largest one, as `α_F` has it.")
few = {"N": 1, "m": -0.5}
wide = (1e12, 1e15)
D.slope("b̄ ~ m/N", "all columns", ray={"N": 1, "m": 0.5}, cases=[{"α_F": 0.2}, {"α_F": 0.3}], where="α_F < 0.4", scales=wide)
D.slope("b̄ ~ (m/N)^((1 - α_F)/α_F)", "those near χ", ray={"N": 1, "m": 0.6}, cases=[{"α_F": 0.7}],
        where="0.65 < α_F, α_F < 0.75", scales=wide)
D.slope("b̄ ~ m N^(2 α_F - 2)", "the largest one, χ is above all: m is below `N^(1 - α_F)`", ray=few, cases=[{"α_F": 0.6}],
        where="0.58 < α_F, α_F < 0.9", scales=wide)
D.slope("f ~ m^(1 - α_F)", "steep columns are a power law without end", ray={"N": 1, "m": 0.35},
        cases=[{"α_F": 1.6}], where="α_F > 1.5", scales=wide)
D.asymptotic("d2 ~ (1 - 1/α) d", "their `b̄` is a constant (α stands for `α_F` here, κ for χ)", limit="κ → 0")

D.say("The variance over features goes as `κ^min(1, 2 r) b̄`, and κ by `λ = κ f` with `m ~ κ^(-1/α)`, where neither "
      "features nor samples are taken up.")
first = {"P": np.inf, "N": 1.2, "λ": -0.9}
D.slope("kappa ~ λ^(α/(α + α_F - 1))", "steep columns renormalise the ridge at any size", ray=first,
        cases=[{"α": 1.5, "r": 0.8, "α_F": 1.6}], where="α_F > 1.5", scales=(1e9, 1e12))
tasks = [{"α": 1.5, "r": 0.8, "α_F": 1.6}, {"α": 1.5, "r": 0.3, "α_F": 1.8}]
D.slope("V[features] ~ λ^(α min(1, 2 r)/(α + α_F - 1))", "and `b̄` is a constant", ray=first, cases=tasks, where="α_F > 1.5",
        scales=(1e9, 1e12))
D.refutes("V[features] ~ λ^(min(1, 2 r))", "as published, where κ is λ", instead="λ^(α min(1, 2 r)/(α + α_F - 1))", ray=first,
          cases=tasks, where="α_F > 1.5", scales=(1e9, 1e12))
D.slope("V[features] ~ P^(-α min(1, 2 r))", "without a ridge the published exponent is right", ray={"P": 1, "N": 1.2},
        cases=tasks, where="α_F > 1.5", scales=(1e9, 1e12))
second = {"P": np.inf, "N": 1.6, "λ": -0.6}
here = [{"α": 1.5, "r": 0.8, "α_F": 0.6}, {"α": 1.5, "r": 0.3, "α_F": 0.6}]
D.slope("V[features] ~ λ^(min(1, 2 r) - 1/α) N^(2 α_F - 2)", "few degrees of freedom", ray=second, cases=here,
        where="0.58 < α_F, α_F < 0.62", scales=(1e7, 2e9))
D.refutes("V[features] ~ λ^(min(1, 2 r) - (1 - α_F)/(α α_F)) N^(-(1 - α_F)/α_F)", "as published, at any number of them",
          instead="λ^(min(1, 2 r) - 1/α) N^(2 α_F - 2)", ray=second, cases=here, where="0.58 < α_F, α_F < 0.62",
          scales=(1e7, 2e9))
D.slope("V[features] ~ λ^(min(1, 2 r) - (1 - α_F)/(α α_F)) N^(-(1 - α_F)/α_F)", "which holds at many",
        ray={**second, "λ": -1.6}, cases=[{"α": 1.5, "r": 0.8, "α_F": 0.7}, {"α": 1.5, "r": 0.4, "α_F": 0.7}],
        where="0.68 < α_F, α_F < 0.72", scales=(1e7, 2e9))

D.say("By max-plus, of the package's law. At α = 1.5 and r ≥ ½ these are 0.6429 where 0.9 is published, and 1.48 where 1.40 "
      "is.")
D.numeric("-p_1 = 0.9 α min(1, 2 r)/(α + 0.6)")
D.numeric("-p_2 = 0.6 min(1, 2 r) + 0.88")
D.refutes("-p_1 = 0.9 min(1, 2 r)", "as published", instead="0.9 α min(1, 2 r)/(α + 0.6)")
D.refutes("-p_2 = 0.6 min(1, 2 r) + 0.8", "as published", instead="0.6 min(1, 2 r) + 0.88")
