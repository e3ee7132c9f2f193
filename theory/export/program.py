"""A chain as a small program: functions in a subset of Python that every other language is translated from, and its formulas.

The fixed point is solved block by block, as `theory.solve.kappa` does: in a block all sizes share d, so that with the slack
x = n_min − d of the smallest size ∏ ((n_j − n_min + x)/n_j)^m_j = λ/κ, and E(κ) = d(κ) − n_min + x(κ) falls through zero at the
root, bracketed from the start; every step at least halves the bracket in ln κ (Ridders' method). Noise between two blocks
makes the inner one the medium of the outer one, κ_in = κ_out + μ². The subset of Python: assignments,
`for _ in range(count)` that may end in `if …: break`, `return`, arithmetic, conditional expressions, calls.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sympy
from sympy import Expr, Symbol

from theory.chain.algebras.own import Known
from theory.chain.arguments import TRACES
from theory.chain.layers import Level
from theory.chain.places import POPULATION, check_lawless, inputs
from theory.chain.ridge_map import ridge_powers
from theory.errors import BadArgument
from theory.notation import DIMS, ENSEMBLE, NOISE, Pair, identifier
from theory.solve.lower import trace_expressions
from theory.terms import Key

MODES = ("eigenvalues", "signals", "counts")
TAKEN = {  # names of what the files are made of, and words of their languages that could be a layer's name
    *MODES, "n_dims", "total", "share", "minimum", "maximum", "floor", "low", "high", "middle", "below", "least", "most",
    "scale", "both", "within", "inside", "left", "excess", "out", "nan", "inf", "exp", "log", "before",
    "shift", "ratio", "sqrt", "isinf", "target_power", "double",
    "float", "int", "long", "const", "static", "void", "var", "let", "new", "this", "function", "end", "begin", "struct",
    "char", "short", "export", "default", "switch", "case", "do", "auto", "register",
}  # fmt: skip
HALVINGS = 80  # of ln κ and of ln x at most: a bracket as wide as doubles ends in two neighbours after about 65


@dataclass
class Program:
    """What is translated.

    Attributes
    ----------
    arguments : tuple of str
        What `risk` takes after the modes: sizes and variances innermost first, ridge, noise, ensemble.
    functions : list of str
        The solver, in the subset of Python.
    steps : list of str
        Assignments that come before the formulas, in the same.
    shared, terms : list of (name, Expr)
        Common subexpressions, and every term of the risk.
    meanings : dict
        By argument, one line of words.
    """

    arguments: tuple[str, ...]
    functions: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    shared: list[tuple[Symbol, Expr]] = field(default_factory=list)
    terms: list[tuple[str, Expr]] = field(default_factory=list)
    meanings: dict[str, str] = field(default_factory=dict)


def field_name(key: Key) -> str:
    """Return a term's name as an identifier: test, bias, variance_samples_features."""
    if isinstance(key, str) and key in ("test", "train", "excess", "bias"):
        return key
    return f"variance_{'_'.join([key] if isinstance(key, str) else key)}"


@dataclass(frozen=True)
class _Block:
    """Sized layers that share one d.

    Attributes
    ----------
    place : int
        Innermost first.
    sizes : list of (str, int)
        Sizes with net exponents, the medium's own (n_dims, or the size under the noise) among them.
    own : list of int
        Places of its layers in the chain.
    noise : str or None
        The variance of the noise inside it.
    level : str
        The number of coordinates of its medium.
    """

    place: int
    sizes: list[tuple[str, int]]
    own: list[int]
    noise: str | None
    level: str


def program(model: Any) -> Program:
    """Return the program of a chain.

    Raises
    ------
    ValueError
        For nonlinear features and for layers whose ridge map is no monomial (laws of columns and rows, other layers' own).
    """
    if model.nonlinear is not None:
        raise BadArgument("layers", model.layers, "linear for export", "export the equivalent layers, with FeatureNoise()")
    check_lawless(model.slots, "export", "replace it by a layer of independent entries")
    slots = model.slots
    if any(ridge_powers(slot.layer) is None for slot in slots):
        raise BadArgument("layers", model.layers, "with ridge maps that are monomials, for export", "use the layers of theory")
    keywords = [slot.keyword for slot in slots]
    made = Program((*keywords, "ridge", "noise", "ensemble"))
    made.meanings = {slot.keyword: f"{slot.letter.symbol}, {slot.argument.meaning}" for slot in slots}
    blocks = _blocks(slots)
    for block in blocks:
        made.functions += _functions(block, blocks, keywords, slots)
    made.steps = _steps(slots, blocks, keywords)
    _add_formulas(made, model, slots)
    assigned = {step.partition(" =")[0] for step in made.steps} | {str(name) for name, _ in made.shared}
    for keyword in keywords:
        if keyword in assigned | TAKEN:
            raise BadArgument("name", keyword, "a name that no file uses otherwise", "give the layer another name for export")
    return made


def _blocks(slots: Any) -> list[_Block]:
    """Return the blocks of a chain, cut at its noises."""
    found: list[_Block] = []
    own: list[int] = []
    sizes, noise, level = [("n_dims", 0)], None, "n_dims"
    for place, slot in enumerate(slots):
        if not slot.is_size:
            found.append(_Block(len(found), [pair for pair in sizes if pair[1]], own, noise, level))
            level = slots[own[-1]].keyword if own else level
            sizes, own, noise = [(level, 0)], [], slot.keyword
            continue
        m, k = ridge_powers(slot.layer)  # type: ignore[misc]
        inner = 0 if slot.layer.pooled else len(sizes) - 1
        sizes[inner] = (sizes[inner][0], sizes[inner][1] + k)
        sizes.append((slot.keyword, m))
        own.append(place)
    return [*found, _Block(len(found), [pair for pair in sizes if pair[1]], own, noise, level)]


def _names(keywords: Iterable[str]) -> str:
    return ", ".join((*MODES, "n_dims", *keywords))


def _functions(block: _Block, blocks: list[_Block], keywords: list[str], slots: Any) -> list[str]:
    """Return a block's medium, its slack and its solver."""
    b, rest = block.place, _names(keywords)
    if block.noise is None:
        medium = f"def medium_{b}(kappa, {rest}):\n    return total(eigenvalues, counts, kappa, 1, 0)"
        variance = "total_variance(eigenvalues, counts)"
    else:
        inner = blocks[b - 1]
        free = _complement(block.level, inner, "inside", "within", b - 1)
        medium = f"""def medium_{b}(kappa, {rest}):
    within = kappa + {block.noise}
    inside = solve_{b - 1}(within, {rest})
    left = {free}
    return {_noisy(block, slots)}"""
        variance = f"variance_{b - 1}({rest}) + {block.level} * {block.noise}"
    made = [f"def variance_{b}({rest}):\n    return {variance}", medium]
    if not block.sizes:
        return [*made, f"def solve_{b}(ridge, {rest}):\n    return ridge"]
    floors = [name for name, power in block.sizes if power > 0]
    made.append(f"def floor_{b}({rest}):\n    return {_least(floors)}")
    made.append(_slack(block, rest))
    made.append(f"def excess_{b}(kappa, ridge, {rest}):\n    return "
                f"medium_{b}(kappa, {rest}) - floor_{b}({rest}) + slack_{b}(ridge / kappa, {rest})")  # fmt: skip
    share = " + ".join(f"{power}.0 / {name}" for name, power in block.sizes if power > 0)
    made.append(f"""def solve_{b}(ridge, {rest}):
    floor = floor_{b}({rest})
    low = maximum(ridge, 1e-300)
    high = maximum((ridge + variance_{b}({rest}) * ({share})) * (1.0 + 1e-10), low)
    at_low = excess_{b}(low, ridge, {rest})
    at_high = excess_{b}(high, ridge, {rest})
    before = 0.0
    kappa = high
    for _ in range({HALVINGS}):
        before = kappa
        middle = sqrt(low) * sqrt(high)
        at_middle = excess_{b}(middle, ridge, {rest})
        shift = at_middle / sqrt(at_middle * at_middle + maximum(at_low, 1e-300) * maximum(-at_high, 1e-300))
        kappa = middle * exp(log(middle / low) * shift)
        at_kappa = excess_{b}(kappa, ridge, {rest})
        at_low = at_middle if at_middle > 0.0 else at_low
        low = middle if at_middle > 0.0 else low
        at_high = at_high if at_middle > 0.0 else at_middle
        high = high if at_middle > 0.0 else middle
        at_low = at_kappa if at_kappa > 0.0 else at_low
        low = kappa if at_kappa > 0.0 else low
        at_high = at_high if at_kappa > 0.0 else at_kappa
        high = high if at_kappa > 0.0 else kappa
        if maximum(kappa - before, before - kappa) < 4e-16 * kappa or high - low < 4e-16 * high or kappa == 0.0:
            break
    return ridge if isinf(floor) else kappa""")
    return made


def _noisy(block: _Block, slots: Any) -> str:
    """Return d of the level with noise, as its layer declares it, by the ridge inside, κ and what is left inside."""
    layer = next(slot.layer for slot in slots if slot.keyword == block.noise)
    within, left, kappa, size, noise = map(identifier, ("within", "left", "kappa", block.level, str(block.noise)))
    level = Level(within, size * (1 - left), left, sympy.Integer(0), size)
    own = Known(noise, noise / within, kappa / within, within, sized=False)
    return str(layer.outer(level, own, sympy.Integer(0)).dof)


def _least(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"minimum({names[0]}, {_least(names[1:])})"


def _slack(block: _Block, rest: str) -> str:
    """Return the slack of the smallest size by the ratio λ/κ."""
    b, powers = block.place, [power for _, power in block.sizes]
    head = f"def slack_{b}(ratio, {rest}):"
    if powers == [1]:
        return f"{head}\n    return {block.sizes[0][0]} * ratio"
    if powers == [1, 1]:
        one, two = (name for name, _ in block.sizes)
        return f"""{head}
    least = minimum({one}, {two})
    most = maximum({one}, {two})
    scale = sqrt(least) * sqrt(most) * sqrt(ratio)
    both = 2.0 * scale * (scale / (most - least + sqrt((most - least) * (most - least) + 4.0 * scale * scale) + 1e-300))
    return least * ratio if isinf(most) else both"""
    product = " * ".join(
        f"share({name}, floor, middle)" if power == 1 else f"share({name}, floor, middle) ** ({power})"
        for name, power in sorted(block.sizes, key=lambda pair: -pair[1])
    )
    return f"""{head}
    floor = floor_{b}({rest})
    low = floor * 1e-300
    high = floor
    for _ in range({HALVINGS}):
        middle = sqrt(low) * sqrt(high)
        below = {product} < ratio
        low = middle if below else low
        high = high if below else middle
        if high - low < 4e-16 * high:
            break
    return 0.0 if ratio == 0.0 else sqrt(low) * sqrt(high)"""


def _complement(size: str, block: _Block, kappa: str, ridge: str, b: int, rest: str | None = None) -> str:
    """Return the expression of 1 − d/size in a block, at its κ and its ridge."""
    if not block.sizes:
        return f"total(eigenvalues, counts, {kappa}, 0, 1) / n_dims" if block.noise is None else "1.0"
    names = rest or _REST
    return f"share({size}, floor_{b}({names}), slack_{b}({ridge} / {kappa}, {names}))"


_REST = "@rest@"


def _steps(slots: Any, blocks: list[_Block], keywords: list[str]) -> list[str]:
    """Return the assignments that solve the chain, from the data inwards, and make every pair."""
    rest, letters = _names(keywords), [slot.letter.symbol for slot in slots]
    steps = ["n_dims = total(eigenvalues, counts, 1.0, 0, 0)"]
    last = blocks[-1]
    enough = f" or floor_{last.place}({rest}) < total(eigenvalues, counts, 0.0, 1, 0)" if last.sizes else ""
    steps.append(f"ridge_{last.place} = ridge if ridge > 0.0 or (ridge == 0.0 and ({enough.removeprefix(' or ') or 'False'})) "
                 "else nan")  # fmt: skip
    for block in reversed(blocks):
        b = block.place
        steps.append(f"kappa_{b} = solve_{b}(ridge_{b}, {rest})")
        if block.sizes:
            steps += [f"slack_at_{b} = slack_{b}(ridge_{b} / kappa_{b}, {rest})", f"floor_at_{b} = floor_{b}({rest})"]
        steps.append(f"dof_{b} = medium_{b}(kappa_{b}, {rest})")
        for place in block.own:
            pair, size = slots[place].pair, slots[place].keyword
            steps += [f"{pair.part.symbol} = 0.0 if isinf({size}) else dof_{b} / {size}",
                      f"{pair.complement.symbol} = share({size}, floor_at_{b}, slack_at_{b})"]  # fmt: skip
        if block.noise is not None:
            pair = next(slot.pair for slot in slots if slot.keyword == block.noise)
            steps += [f"ridge_{b - 1} = kappa_{b} + {block.noise}", f"{pair.part.symbol} = {block.noise} / ridge_{b - 1}",
                      f"{pair.complement.symbol} = kappa_{b} / ridge_{b - 1}"]  # fmt: skip
    steps += ["kappa = kappa_0"]
    population = _pair_steps(POPULATION, "total(eigenvalues, counts, kappa, 1, 0)",
                             "total(eigenvalues, counts, kappa, 0, 1)", "n_dims")  # fmt: skip
    names = {letter: slot.keyword for letter, slot in zip(letters, slots, strict=True)} | {DIMS.symbol: "n_dims"}
    for slot, inner in zip(slots, inputs(slots.layers, letters, DIMS.symbol), strict=True):
        if slot.ratio:
            own, inside = slot.keyword, names[inner]
            population += _pair_steps(slot.ratio, own, f"({inside} - {own})", inside)
    return steps + population


def _pair_steps(pair: Pair, part: str, rest: str, whole: str) -> list[str]:
    return [f"{pair.part.symbol} = {part} / {whole}", f"{pair.complement.symbol} = {rest} / {whole}"]


def _add_formulas(made: Program, model: Any, slots: Any) -> None:
    """Add the traces and every term, with what they share."""
    derivation = model.derivation
    single = slots.pooled or "bias" not in derivation.formulas
    formulas = derivation.formulas if single else derivation.ensemble
    moments, expressions = trace_expressions()
    for order, moment in moments.items():
        weights = "signals" if order[2] else "counts"
        made.steps.append(f"{moment} = total(eigenvalues, {weights}, kappa, {order[0]}, {order[1]})")
    traces = [trace.symbol for trace in TRACES]
    made.shared = list(zip(traces, expressions, strict=True))
    used = set().union(*(formula.free_symbols for formula in formulas.values()))
    plain = {symbol: identifier(symbol.name) for symbol in {*used, *traces}}
    plain |= {NOISE.symbol: identifier("noise"), ENSEMBLE.symbol: identifier("ensemble")}
    shared, terms = sympy.cse([formula.xreplace(plain) for formula in formulas.values()],
                              symbols=sympy.numbered_symbols("shared_"))  # fmt: skip
    made.shared = [(plain[name], each) for name, each in made.shared] + shared
    made.terms = [("kappa", identifier("kappa")), *zip(map(field_name, formulas), terms, strict=True)]
    made.functions = [each.replace(_REST, _names(made.arguments[:-3])) for each in made.functions]
