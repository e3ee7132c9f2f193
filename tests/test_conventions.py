"""Each paper's letters against ours: hand values from the papers' own definitions, round trips, limits and bad input."""

import re
from dataclasses import FrozenInstanceError
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, Symbol

from theory.conventions import CONVENTIONS, Convention, convention
from theory.conventions.known import _ROWS
from theory.notation import CAPACITY, SOURCE, size_letter

ALPHA, R = CAPACITY.symbol, SOURCE.symbol
P, N, D = (size_letter(letter, "").symbol for letter in "PND")
OURS = {"n_samples": P, "n_features": N, "n_dims": D}
ROWS = [pytest.param(row, id=row.key) for row in _ROWS]
POWER_LAWS = [pytest.param(row, id=row.key) for row in _ROWS if row.letters]
LETTERLESS = [pytest.param(row, id=row.key) for row in _ROWS if not row.letters]
TIED = ["bahri2021", "maloney2022"]  # isotropic teachers with one exponent: r = (α − 1)/2α
TWO = [row.key for row in _ROWS if len(row.letters) == 2]


def positive(names):
    return [Symbol(name, positive=True) for name in (names.split() if isinstance(names, str) else names)]


def admissible(row, capacity, source):
    """Return arguments of `theirs` that the paper can express, with the source free where the paper lets it be."""
    if row.source is None:
        return {"capacity": capacity}
    return {"capacity": capacity, "source": source if len(row.letters) == 2 else (capacity - 1) / (2 * capacity)}


def same(left, right):
    return left.keys() == right.keys() and all(sympy.simplify(left[name] - right[name]) == 0 for name in left)


# --- the table ---


def test_the_papers_that_the_project_contains_are_there():
    assert set(CONVENTIONS) >= {"scaletheory", "atanasov2024", "lin2024", "bahri2021", "bordelon2024", "levi2023", "jin2024",
                                "paquette2024", "maloney2022", "simon2023", "functional2025"}
    assert len(CONVENTIONS) == len(_ROWS)  # no key twice


@pytest.mark.parametrize("row", ROWS)
def test_rows_are_complete_and_frozen(row):
    assert isinstance(row, Convention)
    assert convention(row.key) is CONVENTIONS[row.key] is row
    assert row.key == "scaletheory" or re.search(r", arXiv:\d{4}\.\d{5}$", row.reference)
    symbols = {positive(letter)[0] for letter in row.letters}
    used = set().union(*(part.free_symbols for part in (row.capacity, row.source) if part is not None))
    assert used == symbols
    assert set(row.defaults) <= set(row.letters)
    assert all(keyword.startswith("n_") for keyword in row.sizes)
    assert "n_samples" in row.sizes
    assert row.note == "" or row.note.endswith(".")
    assert isinstance(hash(row), int)
    with pytest.raises(FrozenInstanceError):
        row.key = "other"
    with pytest.raises(TypeError):
        row.sizes["n_samples"] = "Q"
    with pytest.raises(TypeError):
        CONVENTIONS["mine"] = row


def test_references():
    numbers = {"atanasov2024": "2405.00592", "lin2024": "2406.08466", "bahri2021": "2102.06701", "bordelon2024": "2402.01092",
               "levi2023": "2306.14975", "jin2024": "2403.19720", "paquette2024": "2405.15074", "maloney2022": "2210.16859",
               "simon2023": "2311.14646", "functional2025": "2509.19189"}
    for key, number in numbers.items():
        assert convention(key).reference.endswith(f"arXiv:{number}")


# --- exponents, from the papers' definitions of λ_k and c_k λ_k ---

DECAYS = {  # λ_k = k^-first, c_k λ_k = k^-second
    "scaletheory": lambda alpha, r: (alpha, 1 + 2 * alpha * r),
    "atanasov2024": lambda alpha, r: (alpha, 1 + 2 * alpha * r),
    "lin2024": lambda a, b: (a, b),
    "bahri2021": lambda alpha_K: (1 + alpha_K, 1 + alpha_K),
    "bordelon2024": lambda a, b: (b, (a - b) + b),  # w*² = k^(b−a)
    "levi2023": lambda alpha: (1 + alpha, None),
    "paquette2024": lambda alpha, beta: (2 * alpha, 2 * alpha + 2 * beta),
    "maloney2022": lambda alpha: (1 + alpha, 1 + alpha),
    "simon2023": lambda alpha, beta: (alpha, beta),
    "functional2025": lambda s, beta: (beta, 1 + s * beta),
}


def test_every_power_law_has_its_decays_written_here():
    assert set(DECAYS) == {row.key for row in _ROWS if row.letters}


@pytest.mark.parametrize("row", POWER_LAWS)
def test_exponents_reproduce_the_papers_spectrum_and_target(row):
    letters = dict(zip(row.letters, positive(row.letters), strict=True))
    spectrum, target = DECAYS[row.key](**letters)
    made = row.ours(**letters)
    assert list(made) == (["capacity"] if target is None else ["capacity", "source"])
    assert sympy.simplify(made["capacity"] - spectrum) == 0
    if target is not None:
        assert sympy.simplify(1 + 2 * made["capacity"] * made["source"] - target) == 0


HAND = [
    ("scaletheory", {"alpha": 1.5, "r": 0.4}, ("3/2", "2/5")),
    ("atanasov2024", {"alpha": 2, "r": Fraction(1, 3)}, ("2", "1/3")),
    ("lin2024", {"a": 1.5, "b": 2.2}, ("3/2", "2/5")),
    ("lin2024", {"a": 2}, ("2", "1/4")),
    ("lin2024", {"a": 1.5}, ("3/2", "1/6")),
    ("bahri2021", {"alpha_K": 1}, ("2", "1/4")),
    ("bahri2021", {"alpha_K": 0.5}, ("3/2", "1/6")),
    ("bordelon2024", {"a": 1.5, "b": 1.25}, ("5/4", "1/5")),
    ("bordelon2024", {"a": 2, "b": 1.5}, ("3/2", "1/3")),
    ("levi2023", {"alpha": 0.3}, ("13/10", None)),
    ("paquette2024", {"alpha": 0.75, "beta": 0.35}, ("3/2", "2/5")),
    ("paquette2024", {"alpha": 1.5, "beta": -0.7}, ("3", "1/10")),
    ("maloney2022", {"alpha": 1}, ("2", "1/4")),
    ("simon2023", {"alpha": 1.5, "beta": 2.2}, ("3/2", "2/5")),
    ("functional2025", {"s": 0.8, "beta": 1.5}, ("3/2", "2/5")),
]


@pytest.mark.parametrize(("key", "letters", "values"), HAND)
def test_hand_values_both_ways(key, letters, values):
    row, expected = convention(key), [Rational(value) for value in values if value]
    made = row.ours(**letters)
    assert list(made.values()) == expected
    assert all(isinstance(value, Rational) for value in made.values())
    back = row.theirs(**made)
    assert list(back) == list(row.letters)
    for letter, value in letters.items():
        assert back[letter] == Rational(str(value))


def test_every_power_law_has_hand_values():
    assert {key for key, _, _ in HAND} == {row.key for row in _ROWS if row.letters}


def test_task_and_capacity_are_swapped_between_lin_and_bordelon():
    lin, bordelon = convention("lin2024"), convention("bordelon2024")
    assert lin.ours(a=1.5, b=2) == bordelon.ours(a=2, b=1.5) == {"capacity": Rational(3, 2), "source": Rational(1, 3)}
    assert lin.theirs(1.5, Fraction(1, 3)) == {"a": Rational(3, 2), "b": 2}
    assert bordelon.theirs(1.5, Fraction(1, 3)) == {"a": 2, "b": Rational(3, 2)}


def test_the_isotropic_prior_leaves_the_source_degree_out():
    lin, (a,) = convention("lin2024"), positive("a")
    assert lin.ours(a=3) == lin.ours(a=3, b=3) == {"capacity": 3, "source": Rational(1, 3)}
    assert sympy.simplify(lin.ours(a=a)["source"] - (a - 1) / (2 * a)) == 0
    assert lin.theirs(3) == {"a": 3, "b": 3}
    assert lin.theirs(ALPHA) == {"a": ALPHA, "b": ALPHA}
    assert lin.theirs(3, 1) == {"a": 3, "b": 7}


# --- round trips ---


@pytest.mark.parametrize("row", POWER_LAWS)
@settings(max_examples=25, deadline=None)
@given(st.fractions(Fraction(1, 20), 20, max_denominator=1000), st.fractions(Fraction(1, 1000), 20, max_denominator=1000))
def test_round_trip_of_rationals(row, excess, source):
    exponents = admissible(row, 1 + excess, source)
    letters = row.theirs(**exponents)
    assert list(letters) == list(row.letters)
    assert all(isinstance(value, Rational) for value in letters.values())
    assert row.ours(**letters) == exponents
    assert row.theirs(**row.ours(**letters)) == letters


@pytest.mark.parametrize("row", POWER_LAWS)
def test_round_trip_of_symbols(row):
    exponents = admissible(row, ALPHA, R)
    letters = row.theirs(**exponents)
    assert same(row.ours(**letters), exponents)
    own = dict(zip(row.letters, positive(row.letters), strict=True))
    assert same(row.theirs(**row.ours(**own)), own)
    renamed = dict(zip(row.letters, positive("x y"), strict=False))
    assert same(row.theirs(**row.ours(**renamed)), renamed)


def test_letters_that_trade_names_do_not_get_mixed_up():
    a, b = positive("a b")
    assert same(convention("lin2024").ours(a=b, b=a), {"capacity": b, "source": (a - 1) / (2 * b)})
    assert same(convention("scaletheory").ours(alpha=R, r=ALPHA), {"capacity": R, "source": ALPHA})
    assert same(convention("bordelon2024").theirs(R, ALPHA), {"a": 1 + 2 * ALPHA * R, "b": R})


@pytest.mark.parametrize(
    "value", [1.1, np.float64(1.1), np.float32(1.1), Fraction(11, 10), Rational(11, 10), sympy.Float("1.1"), sympy.Float(1.1)]
)
def test_numbers_are_exact_and_floats_are_read_as_written(value):
    made = convention("bahri2021").ours(alpha_K=value)
    assert made == {"capacity": Rational(21, 10), "source": Rational(11, 42)}
    assert all(type(number) is Rational for number in made.values())
    assert convention("simon2023").theirs(value, 0.1) == {"alpha": Rational(11, 10), "beta": Rational(61, 50)}


def test_integers_and_irrational_numbers_are_exact():
    assert convention("levi2023").ours(alpha=np.int64(2)) == {"capacity": 3}
    assert convention("levi2023").ours(alpha=sympy.sqrt(2)) == {"capacity": 1 + sympy.sqrt(2)}
    assert convention("bordelon2024").theirs(sympy.pi, 1)["a"] == 1 + 2 * sympy.pi


# --- what a paper with one exponent cannot say ---


@pytest.mark.parametrize("key", TIED)
def test_a_capacity_that_implies_the_source(key):
    row, (letter,) = convention(key), convention(key).letters
    assert row.theirs(3) == row.theirs(3, Fraction(1, 3)) == {letter: 2}
    assert row.theirs(ALPHA) == row.theirs(ALPHA, (ALPHA - 1) / (2 * ALPHA)) == {letter: ALPHA - 1}
    assert row.theirs(3, 1 / 3) == {letter: 2}  # a float that is 1/3 but for rounding
    assert row.theirs(1.1, (1.1 - 1) / (2 * 1.1)) == {letter: Rational(1, 10)}
    for capacity, source in [(3, Rational(34, 100)), (3, 0.333333333), (2, 0.4), (3, Rational(1, 3) + Rational(1, 10**20))]:
        with pytest.raises(ValueError, match=rf"^source = .* must be \(capacity - 1\)/\(2\*capacity\) = 1/\d, .*{key}.*; "):
            row.theirs(capacity, source)
    for symbolic in [R, ALPHA, (ALPHA - 1) / (3 * ALPHA)]:
        with pytest.raises(ValueError, match=r"^source = .* must be \(capacity - 1\)/\(2\*capacity\) = \(alpha - 1\)/"):
            row.theirs(ALPHA, symbolic)


def test_a_paper_without_a_target_has_no_source():
    levi = convention("levi2023")
    assert levi.theirs(1.5) == {"alpha": Rational(1, 2)}
    with pytest.raises(ValueError, match=r"^source = 0\.4 .* must be None for levi2023; .*leave source out"):
        levi.theirs(1.5, 0.4)


@pytest.mark.parametrize("row", LETTERLESS)
def test_a_paper_without_exponents(row):
    assert row.ours() == {}
    with pytest.raises(ValueError, match=rf"^capacity = 1\.5 .* must be left out for {row.key}; .*sizes"):
        row.theirs(1.5)
    with pytest.raises(ValueError, match=r"^a = 2 .* must be a letter of .*: none; leave a out"):
        row.ours(a=2)


@pytest.mark.parametrize("key", sorted(set(TWO) - {"lin2024"}))
def test_a_source_that_nothing_implies_must_be_given(key):
    with pytest.raises(ValueError, match=rf"^source = None .* must be a finite real.*; add source=: in {key}"):
        convention(key).theirs(1.5)


# --- sizes ---

SIZES = {  # samples, features, ambient: the table of letters
    "scaletheory": ("P", "N", "D"), "atanasov2024": ("P", "N", "D"), "lin2024": ("N", "M", None), "bahri2021": ("D", "P", "S"),
    "bordelon2024": ("P", "N", "M"), "levi2023": ("M", None, "d"), "jin2024": ("n", None, "p"),
    "paquette2024": ("steps*batch", "d", "v"), "maloney2022": ("T", "N", "M"), "simon2023": ("n", "k", None),
    "functional2025": ("D", "M", None),
}


@pytest.mark.parametrize("row", ROWS)
def test_sizes(row):
    assert tuple(row.sizes.get(keyword) for keyword in OURS) == SIZES[row.key]
    for keyword, letter in row.sizes.items():
        assert row.keyword(letter) == keyword
    for unknown in ["Q", "", None, "n_samples", []]:
        with pytest.raises(ValueError, match=f"^letter = .* must be a size of {row.key}: {re.escape(row.sizes['n_samples'])}"):
            row.keyword(unknown)


def test_the_treacherous_size():
    assert convention("lin2024").keyword("N") == "n_samples"
    assert convention("maloney2022").keyword("N") == convention("bordelon2024").keyword("N") == "n_features"
    assert convention("bahri2021").keyword("D") == "n_samples"
    assert convention("bahri2021").keyword("P") == "n_features"
    assert convention("bordelon2024").keyword("t") == convention("paquette2024").keyword("steps") == "n_steps"


# --- bad input ---


@pytest.mark.parametrize("name", ["lin", "Lin2024", "", None, 3, ["lin2024"]])
def test_unknown_papers(name):
    with pytest.raises(ValueError, match="^name = .* must be one of scaletheory, atanasov2024, lin2024, .*functional2025; "):
        convention(name)


UNREAL = ["1.5", None, True, np.True_, sympy.true, np.inf, -np.inf, np.nan, 1j, [1.5], np.array([2.0]), sympy.I, sympy.oo,
          -sympy.oo, sympy.nan, sympy.zoo, sympy.I * ALPHA, sympy.oo * Symbol("x"), Symbol("A", commutative=False)]


@pytest.mark.parametrize("row", POWER_LAWS)
def test_what_is_not_a_real_number(row):
    good = row.theirs(**admissible(row, Rational(3, 2), Rational(2, 5)))
    for value in UNREAL:
        for letter in row.letters:
            with pytest.raises(ValueError, match=f"(?s)^{letter} = .* must be a finite real number .*; pass for example"):
                row.ours(**{**good, letter: value})
        with pytest.raises(ValueError, match="(?s)^capacity = .* must be a finite real number .*; "):
            row.theirs(value)
        if row.source is not None and value is not None:
            with pytest.raises(ValueError, match="(?s)^source = .* must be a finite real number .*; "):
                row.theirs(1.5, value)


@pytest.mark.parametrize("row", POWER_LAWS)
def test_unknown_and_missing_letters(row):
    good = row.theirs(**admissible(row, Rational(3, 2), Rational(2, 5)))
    listed = ", ".join(row.letters)
    with pytest.raises(ValueError, match=f"^gamma = 2 .* must be a letter of {row.key}: {listed}; leave gamma out"):
        row.ours(**good, gamma=2)
    for letter in row.letters:
        short = {name: value for name, value in good.items() if name != letter}
        if letter in row.defaults:
            assert row.ours(**short)["capacity"] == Rational(3, 2)
        else:
            with pytest.raises(ValueError, match=f"^{letter} = None .* must be a finite real.*; add {letter}=, .*{row.key}"):
                row.ours(**short)


@pytest.mark.parametrize("row", POWER_LAWS)
def test_exponents_out_of_range(row):
    x = Symbol("x", positive=True)
    for capacity in [1, 1.0, 0.5, 0, -2, 1 - x, -x]:
        with pytest.raises(ValueError, match="^capacity = .* must be above 1; "):
            row.theirs(capacity, *([Rational(2, 5)] if len(row.letters) == 2 else []))
    if row.source is not None:
        for source in [0, 0.0, -0.4, -x]:
            with pytest.raises(ValueError, match="^source = .* must be above 0; "):
                row.theirs(1.5, source)


OUT_OF_RANGE = [
    ("scaletheory", {"alpha": 1, "r": 0.4}, "capacity = 1 "), ("scaletheory", {"alpha": 2, "r": 0}, "source = 0 "),
    ("atanasov2024", {"alpha": 1.5, "r": -1}, "source = -1 "), ("lin2024", {"a": 1}, "capacity = 1 "),
    ("lin2024", {"a": 0, "b": 2}, "capacity = 0 "), ("lin2024", {"a": 2, "b": 1}, "source = 0 "),
    ("bahri2021", {"alpha_K": 0}, "capacity = 1 "), ("bahri2021", {"alpha_K": -1}, "capacity = 0 "),
    ("bordelon2024", {"a": 2, "b": 1}, "capacity = 1 "), ("bordelon2024", {"a": 0.5, "b": 1.25}, "source = -1/5 "),
    ("levi2023", {"alpha": -0.5}, "capacity = 1/2 "), ("paquette2024", {"alpha": 0.5, "beta": 1}, "capacity = 1 "),
    ("paquette2024", {"alpha": 1, "beta": -0.5}, "source = 0 "), ("maloney2022", {"alpha": 0}, "capacity = 1 "),
    ("simon2023", {"alpha": 2, "beta": 1}, "source = 0 "),
]


@pytest.mark.parametrize(("key", "letters", "start"), OUT_OF_RANGE)
def test_letters_out_of_range(key, letters, start):
    with pytest.raises(ValueError, match=f"^{start}is not admissible: .* above [01]; it is .* letters of {key}: change "):
        convention(key).ours(**letters)


def test_symbols_known_to_be_out_of_range():
    (x,) = positive("x")
    with pytest.raises(ValueError, match="^capacity = 1 - x .* above 1"):
        convention("levi2023").ours(alpha=-x)
    with pytest.raises(ValueError, match="^source = .* above 0"):
        convention("bordelon2024").ours(a=1 - x, b=2)
