"""Every symbol of the theory, once: its name, LaTeX, domain and meaning. The only place where symbols are made.

Two kinds: the fixed letters below (κ, λ, σ², the population's T₂ and B, …), and the letters that depend on a chain's
layers or on a number of modes, made by `size_letter`, `occupancy_letters`, `mode_letters` and the like.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sympy import Expr, Symbol


@dataclass(frozen=True)
class Letter:
    """A symbol with its LaTeX and what it stands for. Numbers need its name alone: SymPy is loaded when it is asked for.

    Attributes
    ----------
    name : str
        Of the symbol.
    latex : str
        How it is typeset.
    meaning : str
        One line of words.
    domain : tuple of str
        SymPy's words for where it lies, such as "positive".
    """

    name: str
    latex: str
    meaning: str
    domain: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return hash(self.name)

    @cached_property
    def symbol(self) -> Symbol:
        """The symbol itself; its assumptions are its domain."""
        from sympy import Symbol

        return Symbol(self.name, **dict.fromkeys(self.domain, True))


@dataclass(frozen=True)
class Pair:
    """Two letters that add up to one, u + t = 1: an occupied fraction and its complement."""

    part: Letter
    complement: Letter


def _letter(name: str, latex: str, meaning: str, *domain: str) -> Letter:
    return Letter(name, latex, meaning, domain or ("nonnegative",))


KAPPA = _letter("kappa", r"\kappa", "renormalised ridge: what the population sees", "positive")
KAPPA_PRIMED = _letter("kappa'", r"\kappa'", "renormalised ridge of the second point", "positive")
RIDGE = _letter("lambda", r"\lambda", "ridge, beside the normalised XᵀX/P", "nonnegative")
NOISE = _letter("sigma2", r"\sigma^2", "variance of the label noise")
DIMS = _letter("D", "D", "number of modes of the population (n_dims)", "positive")
ENSEMBLE = _letter("K", "K", "number of predictors in the mean (ensemble)", "positive")
ENTRIES = _letter("c", "c", "2/β − 1 of the entries of matrices: 1 for real ones, 0 for complex ones")
KURTOSIS = _letter("kappa_4", r"\kappa_4", "κ₄, the fourth cumulant of the entries of rows", "real")
CAPACITY = _letter("alpha", r"\alpha", "capacity: λ_k = k^-α", "positive")
SOURCE = _letter("r", "r", "source: c_k λ_k = k^-(1+2αr)", "positive")
COLUMN = _letter("alpha_F", r"\alpha_F", "power of columns or rows: eigenvalues γ_k = k^-α_F", "positive")
BIAS = _letter("B", "B", "bias of the population problem: the signal missed at ridge κ")
LEARNT = _letter("T2", "T_2", "dT/dlnκ of the population potential T = T₂ + B")
STEP = _letter("gamma", r"\gamma", "step size", "positive")
TIME = _letter("t", "t", "training time of gradient flow: the sum of the steps")
STEPS = _letter("n", "n", "number of steps of gradient descent")
DECAY = _letter("omega", r"\omega", "weight decay, the ridge of the objective that is trained on")
BATCH = _letter("B", "B", "samples of a batch of SGD", "positive")
STEP_NOISE = _letter("s2", "s^2", "variance of the noise that a step of SGD sees", "positive")
LABEL_ERROR = _letter("xi", r"\xi", "label noise of one sample", "real")
DONE = _letter("z", "z", "share of a pass, or of a piece of its schedule, that is done", "positive")
LEFT = _letter("u_z", "u", "the share that is left, 1 − z", "positive")
SPREAD = _letter("c_V", "c_V", "finite part of ∫ g² G^-e/(1 − Φ) du of a schedule, e = 2 − 1/α", "real")
FALL = _letter("L", "L", "how fast a step falls at the end of a pass: −d ln g/dz", "positive")
PHASE = _letter("l", r"\ell", "phase of a schedule, counted from 0", "integer", "nonnegative")
VARIABLE = _letter("x", "x", "a variable of integration", "positive")
SMALL = _letter("epsilon", r"\epsilon", "an expansion parameter", "positive")
MODE = _letter("k", "k", "number of a mode", "integer", "positive")
DECAYED = _letter("decayed", r"\kappa^{2r}", "κ^2r, what the flow of the population leaves of the target")
SEEN = _letter("P_eff", r"P_{\mathrm{eff}}", "effective samples of SGD: those seen at about the first step size", "positive")
DOF = _letter("d", "d", "degrees of freedom tr A(A+ζ)⁻¹ of a matrix A at ridge ζ, unnormalised", "positive")
VOICULESCU = _letter("w", "w", "Voiculescu's variable −d/D of a D × D matrix", "negative")
FRACTION = Pair(_letter("u", "u", "degrees of freedom over a size", "positive"), _letter("t", "t", "1 − u", "positive"))
STIFFNESS = Pair(
    _letter("a", "a", "−dlnd/dlnκ, the share of the degrees of freedom that a change of κ moves"),
    _letter("abar", r"\bar a", "1 − a = df₂/df₁"),
)


def size_letter(letter: str, meaning: str) -> Letter:
    """Return the letter of a size such as P, N or N_1 (a name with an underscore gets a subscript)."""
    return _letter(letter, _subscripted(letter), meaning, "positive")


def variance_letter(letter: str, meaning: str) -> Letter:
    """Return the letter of a variance such as mu2 or mu2_1, typeset as a square."""
    _, _, index = letter.partition("_")
    return _letter(letter, rf"\mu_{{{index}}}^2" if index else r"\mu^2", meaning)


def occupancy_letters(size: str, meaning: str) -> Pair:
    """Return (u, t): the fraction d/n of a size n that is taken up, and what is left of it."""
    return Pair(
        _letter(f"u_{size}", f"u_{{{_subscripted(size)}}}", f"degrees of freedom over the number of {meaning}"),
        _letter(f"t_{size}", f"t_{{{_subscripted(size)}}}", f"1 − u_{size}: what is left of the {meaning}"),
    )


def stiffness_letters(size: str, meaning: str) -> Pair:
    """Return (b̄, b) of a layer with a law: b = −dlnd/dlnχ of tr C(C+χ)⁻¹ = d."""
    latex = _subscripted(size)
    return Pair(
        _letter(f"bbar_{size}", rf"\bar b_{{{latex}}}", f"1 − b_{size}: tr C²(C+χ)⁻²/d of the {meaning}"),
        _letter(f"b_{size}", f"b_{{{latex}}}", f"−dlnd/dlnχ of tr C(C+χ)⁻¹ = d, C the covariance of the {meaning}"),
    )


def row_letters(size: str) -> tuple[Letter, Letter, Letter]:
    """Return f, ω, τ of correlated rows: what they leave of the ridge, and what label noise weighs in test and training."""
    latex = _subscripted(size)
    return (
        _letter(f"f_{size}", f"f_{{{latex}}}", "share of the ridge that correlated rows leave, dχ/P"),
        _letter(f"omega_{size}", rf"\omega_{{{latex}}}", "Σ νK/(K+χ)²/(d bbar): label noise as the predictor sees it"),
        _letter(f"tau_{size}", rf"\tau_{{{latex}}}", "Σ ν r²/P with r = χ/(K+χ): label noise that is left in training"),
    )


def share_letters(variance: str, meaning: str) -> Pair:
    """Return (η, η̄): the share of a renormalised ridge that is feature noise, and the rest."""
    _, _, index = variance.partition("_")
    name, latex = (f"_{index}", f"_{{{index}}}") if index else ("", "")
    return Pair(
        _letter(f"eta{name}", rf"\eta{latex}", f"share of the ridge that is {meaning}"),
        _letter(f"etabar{name}", rf"\bar\eta{latex}", f"1 − eta{name}"),
    )


def ratio_letters(size: str, meaning: str) -> Pair:
    """Return (r, r̄): the ratio of a size to the size of its input, and its complement."""
    return Pair(
        _letter(f"r_{size}", f"r_{{{_subscripted(size)}}}", f"number of {meaning} over the dimension of their input"),
        _letter(f"rbar_{size}", rf"\bar r_{{{_subscripted(size)}}}", f"1 − r_{size}"),
    )


def odds_letter(pair: Pair) -> Letter:
    """Return the letter of u/t, by which a pair is written in one letter."""
    return _letter(f"odds_{pair.part.symbol.name}", rf"{pair.part.latex}/{pair.complement.latex}", "odds of a fraction")


def term_letter(name: str) -> Letter:
    """Return the letter of a term of an error by its name."""
    return _letter(name, rf"\mathrm{{{name}}}", f"the term {name}")


def mode_letters(letter: str, count: int, meaning: str, *domain: str) -> list[Letter]:
    """Return the letters of a quantity at modes 1 … `count`: h1, h2, …."""
    return [_letter(f"{letter}{k}", f"{letter}_{{{k}}}", f"{meaning} {k}", *domain) for k in range(1, count + 1)]


def unknown_letter(index: int) -> Letter:
    """Return τ_i, an unknown of the self-consistent equations of a linear pencil."""
    return Letter(f"tau_{index}", rf"\tau_{{{index}}}", "a normalised trace of the pencil's resolvent")


def resolvent_letter(space: Expr) -> Letter:
    """Return G of an index space, the mean resolvent of a linear pencil."""
    from sympy import latex

    name = f"G_{{{latex(space)}}}"
    return Letter(name, name, f"mean resolvent on the index space {space}")


def law_ridge(index: int | str | None = None, dof: Expr | None = None) -> Expr:
    """Return χ(d), the ridge at which a law of eigenvalues has d degrees of freedom; with an index where there are several."""
    from sympy import Function

    return Function("chi" if index is None else f"chi_{index}", positive=True)(DOF.symbol if dof is None else dof)


def law_trace(kind: str, size: str, *ridges: Expr) -> Expr:
    """Return a trace of the covariance C of columns as a function: "df2", tr C²(C+χ)⁻², or "df", tr C(C+χ)⁻¹(C+χ′)⁻¹."""
    from sympy import Function

    return Function(f"{kind}_{size}", positive=True)(*ridges)


def identifier(name: str, **domain: bool) -> Symbol:
    """Return a symbol that is no letter of the theory: a name in a program, a paper's text, a symbol read from a file."""
    from sympy import Symbol

    return Symbol(name, **domain)


def _subscripted(name: str) -> str:
    head, _, index = name.partition("_")
    return f"{head}_{{{index}}}" if index else head


def typeset(expression: Any, letters: dict[Symbol, Letter]) -> str:
    """Return the LaTeX of a SymPy object with the letters' own typesetting."""
    from sympy import latex

    return str(latex(expression, symbol_names={symbol: letter.latex for symbol, letter in letters.items()}))


__all__ = [
    "BATCH", "BIAS", "CAPACITY", "COLUMN", "DECAY", "DECAYED", "DIMS", "DOF", "DONE", "ENSEMBLE", "FALL", "FRACTION", "KAPPA",
    "KAPPA_PRIMED", "LABEL_ERROR", "LEARNT", "LEFT", "MODE", "NOISE", "PHASE", "RIDGE", "SEEN", "SMALL", "SOURCE", "SPREAD",
    "STEP", "STEPS", "STEP_NOISE", "STIFFNESS", "TIME", "VARIABLE", "VOICULESCU",
    "Letter", "Pair", "identifier", "law_ridge", "law_trace", "mode_letters", "occupancy_letters", "odds_letter",
    "ratio_letters",
    "resolvent_letter", "row_letters", "share_letters", "size_letter", "stiffness_letters", "term_letter", "typeset",
    "unknown_letter", "variance_letter",
]
