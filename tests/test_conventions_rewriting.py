"""Rewriting in a paper's letters: our exponents come out as the papers print them, with every value unchanged."""

import pytest
import sympy
from sympy import Max, Min, Rational, Symbol, log

import theory as th
from theory.conventions import convention
from theory.conventions.known import _ROWS
from theory.notation import CAPACITY, NOISE, RIDGE, SOURCE, STIFFNESS, size_letter

ALPHA, R = CAPACITY.symbol, SOURCE.symbol
P, N, D = (size_letter(letter, "").symbol for letter in "PND")
OURS = {"n_samples": P, "n_features": N, "n_dims": D}
ROWS = [pytest.param(row, id=row.key) for row in _ROWS]
POWER_LAWS = [pytest.param(row, id=row.key) for row in _ROWS if row.letters]


def positive(names):
    return [Symbol(name, positive=True) for name in (names.split() if isinstance(names, str) else names)]


def admissible(row, capacity, source):
    """Return arguments of `theirs` that the paper can express, with the source free where the paper lets it be."""
    if row.source is None:
        return {"capacity": capacity}
    return {"capacity": capacity, "source": source if len(row.letters) == 2 else (capacity - 1) / (2 * capacity)}


def test_published_exponents():
    lin, bahri, bordelon = (convention(key) for key in ("lin2024", "bahri2021", "bordelon2024"))
    a, b, M = positive("a b M")
    assert bordelon.rewrite(ALPHA * Min(1, 2 * R)) == Min(a - 1, b)          # loss in N, derived
    assert bordelon.rewrite(2 * ALPHA * Min(1, R)) == Min(a - 1, 2 * b)      # published: bias in N, loss in P
    assert bordelon.rewrite(2 * R) == (a - 1) / b                            # loss in t
    assert lin.rewrite(2 * ALPHA * R) == b - 1                               # approximation in M
    assert lin.rewrite(2 * R) == (b - 1) / a                                 # bias in N_eff
    assert lin.rewrite(M ** 0 * N ** (-2 * ALPHA * R)) == M ** (1 - b)
    assert lin.rewrite(1 - 1 / ALPHA) == (a - 1) / a
    (alpha_K,) = positive("alpha_K")
    Db, Pb = P.func("D", positive=True), P.func("P", positive=True)
    assert bahri.rewrite(P ** (-2 * ALPHA * Min(R, 1))) == Db**-alpha_K
    assert bahri.rewrite(N ** (-ALPHA * Min(2 * R, 1))) == Pb**-alpha_K
    alpha, beta = positive("alpha beta")
    assert convention("maloney2022").rewrite(2 * ALPHA * R) == alpha
    assert convention("paquette2024").rewrite(2 * ALPHA * R) == 2 * alpha + 2 * beta - 1
    assert convention("paquette2024").rewrite(2 * R) == (2 * alpha + 2 * beta - 1) / (2 * alpha)
    assert convention("paquette2024").rewrite(2 * ALPHA * Min(R, 1)) == Min(2 * alpha + 2 * beta - 1, 4 * alpha)
    assert convention("simon2023").rewrite(2 * ALPHA * R / (1 + 2 * ALPHA * R)) == (beta - 1) / beta
    assert convention("levi2023").rewrite(ALPHA - 1) == alpha


def test_rewriting_reaches_inside():
    lin = convention("lin2024")
    a, b, M, n = positive("a b M N")
    small = Min(2 * a, b - 1)
    assert lin.rewrite(2 * ALPHA * Min(R, 1) / (1 + 2 * ALPHA * Min(R, 1))) == small / (1 + small)
    assert lin.rewrite(P / N * P ** (-ALPHA * Min(2 * R, 1))) == n ** (1 - Min(a, b - 1)) / M
    assert lin.rewrite(Max(-2 * ALPHA * Min(R, 1) * log(P), log(NOISE.symbol))) == Max(-small * log(n), log(NOISE.symbol))
    inner = lin.rewrite(Max(2 * ALPHA * Min(R, 1), Min(ALPHA, 2 * ALPHA * R)) + RIDGE.symbol)
    assert inner == RIDGE.symbol + Max(small, Min(a, b - 1))
    pieces = sympy.Piecewise((2 * ALPHA * Min(R, 1), RIDGE.symbol < R), (2 * ALPHA * R, True))
    assert lin.rewrite(pieces) == sympy.Piecewise((small, RIDGE.symbol < (b - 1) / (2 * a)), (b - 1, True))


@pytest.mark.parametrize("row", POWER_LAWS)
@pytest.mark.parametrize("expression", [
    ALPHA - 1, ALPHA * Min(1, 2 * R), -3 * ALPHA * Min(1, R) / 2, 2 * ALPHA * R / (1 + 2 * ALPHA * R),
    Max(2, ALPHA) * Min(2 * R, 1) - Min(ALPHA, 3 * R) / ALPHA, (Max(1, R) + ALPHA) ** -Min(R, 1),
    (ALPHA - 2) * Min(1, R), (R - 1) * Max(ALPHA, 2 * R) * (ALPHA - 3),
])
def test_rewriting_keeps_the_value(row, expression):
    if row.source is None and expression.has(R):
        expression = expression.subs(R, Rational(2, 5))
    rewritten = row.rewrite(expression)
    assert rewritten.free_symbols <= set(positive(row.letters))
    for capacity, source in [("5/4", "1/7"), ("3/2", "2/5"), ("7/3", "5/4"), ("5", "1/2")]:
        exponents = admissible(row, Rational(capacity), Rational(source))
        mine = expression.subs({ALPHA: exponents["capacity"], R: exponents.get("source", 0)}, simultaneous=True)
        letters = row.theirs(**exponents)
        assert sympy.simplify(rewritten.subs({positive(k)[0]: v for k, v in letters.items()}, simultaneous=True) - mine) == 0


@pytest.mark.parametrize("row", ROWS)
def test_sizes_are_rewritten_all_at_once(row):
    held = [keyword for keyword in OURS if keyword in row.sizes]
    weights = sympy.symbols("w:3", positive=True)
    expression = sum(weight * OURS[keyword] for weight, keyword in zip(weights, held, strict=False))
    theirs = [sympy.Mul(*positive(row.sizes[keyword].split("*"))) for keyword in held]
    assert sympy.expand(row.rewrite(expression) - sum(w * size for w, size in zip(weights, theirs, strict=False))) == 0
    for keyword, symbol in OURS.items():
        if keyword not in row.sizes:
            with pytest.raises(ValueError, match=f"^expression = .* free of {symbol}, for which {row.key} has no letter"):
                row.rewrite(symbol + 1)


def test_numbered_layers_keep_their_numbers():
    first, second = positive("N_1 N_2")
    m1, m2, n = positive("M_1 M_2 N")
    assert convention("lin2024").rewrite(P / (first * second**2)) == n / (m1 * m2**2)
    with pytest.raises(ValueError, match="^expression = .* free of N_2, for which jin2024 has no letter"):
        convention("jin2024").rewrite(second)


def test_our_own_letters_stay():
    tidy = Min(2 * ALPHA, 2 * ALPHA * R)
    assert convention("scaletheory").rewrite(2 * ALPHA * Min(R, 1) / (1 + 2 * ALPHA * Min(R, 1))) == tidy / (1 + tidy)
    two = Min(1, 2 * R) * ALPHA ** Max(1, R)
    assert convention("scaletheory").rewrite(two) == two
    for key in ("scaletheory", "atanasov2024"):
        expression = P ** (-2 * ALPHA * R) + N / D + STIFFNESS.part.symbol
        assert convention(key).rewrite(expression).equals(expression)
    assert convention("jin2024").rewrite(3) == 3


@pytest.mark.parametrize("expression", ["alpha", None, True, [ALPHA], sympy.Eq(ALPHA, 2), 1j])
def test_only_expressions_are_rewritten(expression):
    with pytest.raises(ValueError, match="^expression = .* must be a SymPy expression; use the symbols of theory.notation"):
        convention("lin2024").rewrite(expression)


@pytest.mark.parametrize(("key", "expression"), [
    ("lin2024", STIFFNESS.part.symbol * ALPHA),          # our a, Lin's a
    ("bordelon2024", Symbol("alpha") + 1),               # not our α, which is positive
    ("lin2024", Symbol("t_N", nonnegative=True) / P),    # t_N of our N, which Lin calls M
    ("paquette2024", Symbol("d", positive=True) * ALPHA),
    ("bahri2021", Symbol("alpha_K") + R),
])
def test_symbols_that_could_be_mistaken(key, expression):
    with pytest.raises(ValueError, match=f"^expression = .* to be mistaken for those of {key}, as .* is; substitute"):
        convention(key).rewrite(expression)


def test_exponents_that_a_paper_has_not():
    with pytest.raises(ValueError, match="^expression = .* free of r, for which levi2023 has no letter; substitute a value"):
        convention("levi2023").rewrite(ALPHA * Min(1, 2 * R))
    with pytest.raises(ValueError, match="^expression = .* free of alpha, for which jin2024 has no letter"):
        convention("jin2024").rewrite(ALPHA)


@pytest.fixture(scope="module")
def law():
    return th.random_features().exponents()


@pytest.fixture(scope="module")
def optima(law):
    return law.compute_optimal({"n_samples": 1, "n_features": 1})


@pytest.mark.parametrize("paper", [row for row in POWER_LAWS if row.values[0].source is not None])
def test_laws_and_optima_in_every_papers_letters(law, optima, paper):
    """A law and its best allocation, rewritten and evaluated at the paper's own numbers, are what they are in ours."""
    capacity = Rational(3, 2)
    letters = paper.theirs(**admissible(paper, capacity, Rational(2, 3)))
    mine = {ALPHA: capacity, R: paper.ours(**letters)["source"]}
    theirs = dict(zip(positive(list(letters)), letters.values(), strict=True))
    for keyword, symbol in zip(law.system.keywords, law.system.variables, strict=True):
        mine[symbol] = Rational(len(mine) + 9, 7)
        if keyword in paper.sizes:
            first, *rest = positive(paper.sizes[keyword].split("*"))
            theirs |= {first: mine[symbol] / 3 ** len(rest), **dict.fromkeys(rest, Rational(3))}
        else:
            theirs[symbol] = mine[symbol]
    sizes = [optimum.exponents["n_samples"] for optimum in optima]
    for expression in (law["excess"], law["features"], *(optimum.risk for optimum in optima), *sizes):
        found = paper.rewrite(expression).subs(theirs, simultaneous=True).evalf()
        assert float(found) == pytest.approx(float(expression.subs(mine).evalf()), rel=1e-12)
