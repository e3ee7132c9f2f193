"""A model as a Python file that needs NumPy at most, as one for JAX, as a Julia and as a JavaScript module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from sympy.printing.jscode import JavascriptCodePrinter
from sympy.printing.julia import JuliaCodePrinter
from sympy.printing.numpy import JaxPrinter
from sympy.printing.pycode import PythonCodePrinter

from theory.export.program import Program
from theory.export.translate import Translator, indented

PYTHON_HEAD = '''from math import exp, inf, isinf, log, nan, sqrt


def total(eigenvalues, weights, kappa, i, j):
    """Sum of weight x^i y^j over the modes, x = l/(l + kappa), y = kappa/(l + kappa)."""
    if kappa != kappa:
        return nan
    found = 0.0
    for value, weight in zip(eigenvalues, weights):
        whole = value + kappa
        if whole > 0.0:
            found += weight * (value / whole) ** i * (kappa / whole) ** j
        elif i == 0:
            found += weight
    return found


def total_variance(eigenvalues, counts):
    """Sum of the eigenvalues."""
    return sum(value * count for value, count in zip(eigenvalues, counts))


def share(size, floor, slack):
    """What is left of a size, 1 - d/size, when `slack` is left of the smallest."""
    return 1.0 if isinf(size) else (size - floor + slack) / size


def minimum(one, other):
    return one if one < other else other


def maximum(one, other):
    return one if one > other else other

'''


class Python(Translator):
    """Plain Python, the standard library alone."""

    head = PYTHON_HEAD
    printer = PythonCodePrinter({"fully_qualified_modules": False})

    def write(self, made: Program, title: str) -> str:
        """Return the file."""
        lines = [f'"""{title}"""', "", *self.head.splitlines(), ""]
        for function in made.functions:
            lines += self.source(function)
        names = ", ".join(made.arguments[:-3])
        tail = "ridge=0.0, noise=0.0, ensemble=1.0, counts=None"
        lines += [f"def risk(eigenvalues, target_power, {names}, {tail}):", *indented(self.documentation(made))]
        lines += indented([*self.prepared(), *self.assignments(made), *self.returned(made)])
        return "\n".join(lines).rstrip() + "\n"

    def documentation(self, made: Program) -> list[str]:
        """Return the docstring of `risk`."""
        lines = [
            '"""Return kappa and every term of the risk by name.', "",
            "eigenvalues: of the covariance, at least zero; target_power: c_k = (w.u_k)^2;",
            "counts: how many modes each stands for (one if left out).",
            *(f"{name}: {words}" for name, words in made.meanings.items()),
            "ridge: lambda, beside the normalised X'X/P, > 0, or 0 where a size is below the number of positive",
            "eigenvalues (nan elsewhere); noise: variance of the label noise; ensemble: number of predictors in the mean.",
            '"""',
        ]  # fmt: skip
        return lines

    def prepared(self) -> list[str]:
        """Return the statements that make the arrays of modes."""
        return ["counts = [1.0] * len(eigenvalues) if counts is None else counts",
                "signals = [n * c * l for n, c, l in zip(counts, target_power, eigenvalues)]"]  # fmt: skip

    def assignments(self, made: Program) -> list[str]:
        """Return all assignments, the formulas by SymPy's printer."""
        lines = [line for step in made.steps for line in self.source(step)]
        return lines + [self.assignment(str(name), self.printer.doprint(value), True) + self.end for name, value in made.shared]

    def returned(self, made: Program) -> list[str]:
        """Return the statement that returns the terms."""
        return ["return {", *(f'    "{name}": {self.printer.doprint(value)},' for name, value in made.terms), "}"]


class Jax(Python):
    """JAX: `risk` can be compiled and vectorised; 64-bit numbers are switched on."""

    head = '''import jax
import jax.numpy as jnp
from jax.numpy import exp, inf, isinf, log, maximum, minimum, nan, sqrt

jax.config.update("jax_enable_x64", True)


def total(eigenvalues, weights, kappa, i, j):
    """Sum of weight x^i y^j over the modes, x = l/(l + kappa), y = kappa/(l + kappa)."""
    whole = eigenvalues + kappa
    safe = jnp.where(whole > 0.0, whole, 1.0)
    terms = jnp.where(whole > 0.0, (eigenvalues / safe) ** i * (kappa / safe) ** j, 1.0 if i == 0 else 0.0)
    return jnp.where(jnp.isnan(kappa), nan, (weights * terms).sum())


def total_variance(eigenvalues, counts):
    """Sum of the eigenvalues."""
    return (eigenvalues * counts).sum()


def share(size, floor, slack):
    """What is left of a size, 1 - d/size, when `slack` is left of the smallest."""
    return jnp.where(isinf(size), 1.0, (size - floor + slack) / size)

'''
    joined: ClassVar[dict[str, str]] = {"or": "|", "and": "&"}
    printer = JaxPrinter({"fully_qualified_modules": False})

    def choice(self, condition: str, then: str, otherwise: str) -> str:
        """Return one of two values, both of which are computed."""
        return f"jnp.where({condition}, {then}, {otherwise})"

    def loop(self, count: int, body: Sequence[str], changed: Sequence[str], stop: str) -> list[str]:
        """Return the loop as functions of what it changes."""
        names, start = ", ".join(changed), [f"jnp.asarray({name}, float)" for name in changed]
        return ["def goes_on(state):",
                *indented([f"step, {names} = state", f"return (step < {count}) & ~({stop})"]), "",
                "def next_one(state):", *indented([f"step, {names} = state", *body, f"return step + 1, {names}"]), "",
                f"_, {names} = jax.lax.while_loop(goes_on, next_one, (0, {', '.join(start)}))"]  # fmt: skip

    def prepared(self) -> list[str]:
        """Return the statements that make the arrays of modes."""
        return ["eigenvalues, target_power = jnp.asarray(eigenvalues, float), jnp.asarray(target_power, float)",
                "counts = jnp.ones_like(eigenvalues) if counts is None else jnp.asarray(counts, float)",
                "signals = counts * target_power * eigenvalues",
                "ridge, noise, ensemble = (jnp.asarray(each, float) for each in (ridge, noise, ensemble))"]  # fmt: skip


class Julia(Python):
    """A Julia file that defines `risk`."""

    joined: ClassVar[dict[str, str]] = {"or": "||", "and": "&&"}
    functions: ClassVar[dict[str, str]] = {"minimum": "min", "maximum": "max"}
    constants: ClassVar[dict[str, str]] = {"nan": "NaN", "inf": "Inf", "False": "false"}
    printer = JuliaCodePrinter({"contract": False})
    head = '''"Sum of weight x^i y^j over the modes, x = l/(l + kappa), y = kappa/(l + kappa)."
function total(eigenvalues, weights, kappa, i, j)
    isnan(kappa) && return NaN
    found = 0.0
    for (value, weight) in zip(eigenvalues, weights)
        whole = value + kappa
        if whole > 0.0
            found += weight * (value / whole)^i * (kappa / whole)^j
        elseif i == 0
            found += weight
        end
    end
    return found
end

"Sum of the eigenvalues."
total_variance(eigenvalues, counts) = sum(eigenvalues .* counts)

"What is left of a size, 1 - d/size, when `slack` is left of the smallest."
share(size, floor, slack) = isinf(size) ? 1.0 : (size - floor + slack) / size
'''

    def write(self, made: Program, title: str) -> str:
        """Return the file."""
        lines = ["#=", title, "=#", "", *self.head.splitlines(), ""]
        for function in made.functions:
            lines += self.source(function)
        keywords = ", ".join(f"{name}" for name in made.arguments[:-3])
        tail = "ridge=0.0, noise=0.0, ensemble=1.0, counts=ones(length(eigenvalues))"
        lines += [*self.documentation(made), f"function risk(eigenvalues, target_power; {keywords}, {tail})"]
        lines += indented(["signals = counts .* target_power .* eigenvalues", *self.assignments(made), *self.returned(made)])
        return "\n".join([*lines, "end"]) + "\n"

    def function(self, name: str, arguments: Sequence[str], body: Sequence[str]) -> list[str]:
        """Return a function."""
        return [f"function {name}({', '.join(arguments)})", *indented(body), "end", ""]

    def loop(self, count: int, body: Sequence[str], changed: Sequence[str], stop: str) -> list[str]:
        """Return a loop."""
        return [f"for _ in 1:{count}", *indented([*body, f"{stop} && break"]), "end"]

    def choice(self, condition: str, then: str, otherwise: str) -> str:
        """Return one of two values."""
        return f"({condition} ? {then} : {otherwise})"

    def power(self, base: str, exponent: str) -> str:
        """Return a power."""
        return f"{base}^{exponent}"

    def returned(self, made: Program) -> list[str]:
        """Return a named tuple."""
        return ["return (", *(f"    {name} = {self.printer.doprint(value)}," for name, value in made.terms), ")"]


class JavaScript(Python):
    """A JavaScript module, for browsers and Node, that exports `risk`."""

    end = ";"
    joined: ClassVar[dict[str, str]] = {"or": "||", "and": "&&"}
    functions: ClassVar[dict[str, str]] = {"minimum": "Math.min", "maximum": "Math.max", "sqrt": "Math.sqrt", "exp": "Math.exp",
                 "log": "Math.log"}  # fmt: skip
    constants: ClassVar[dict[str, str]] = {"nan": "NaN", "inf": "Infinity", "False": "false"}
    printer = JavascriptCodePrinter()
    head = """const isinf = (value) => value === Infinity;

// Sum of weight x^i y^j over the modes, x = l/(l + kappa), y = kappa/(l + kappa).
function total(eigenvalues, weights, kappa, i, j) {
    if (Number.isNaN(kappa)) return NaN;
    let found = 0.0;
    for (let k = 0; k < eigenvalues.length; k++) {
        const whole = eigenvalues[k] + kappa;
        if (whole > 0.0) found += weights[k] * (eigenvalues[k] / whole) ** i * (kappa / whole) ** j;
        else if (i === 0) found += weights[k];
    }
    return found;
}

// Sum of the eigenvalues.
function total_variance(eigenvalues, counts) {
    return eigenvalues.reduce((sum, value, k) => sum + value * counts[k], 0.0);
}

// What is left of a size, 1 - d/size, when `slack` is left of the smallest.
function share(size, floor, slack) {
    return isinf(size) ? 1.0 : (size - floor + slack) / size;
}
"""

    def write(self, made: Program, title: str) -> str:
        """Return the file."""
        lines = ["/*", title.replace("*/", "* /"), "*/", "", *self.head.splitlines(), ""]
        for function in made.functions:
            lines += self.source(function)
        keywords = ", ".join(made.arguments[:-3])
        lines += ["/*", *(line.strip('"') for line in self.documentation(made)), "*/",
                  f"export function risk(eigenvalues, target_power, {{ {keywords}, ridge = 0.0, noise = 0.0, ensemble = 1.0, "
                  "counts = eigenvalues.map(() => 1.0) }) {"]  # fmt: skip
        body = ["const signals = eigenvalues.map((value, k) => counts[k] * target_power[k] * value);", *self.assignments(made)]
        return "\n".join([*lines, *indented([*body, *self.returned(made)]), "}"]) + "\n"

    def assignment(self, name: str, value: str, new: bool) -> str:
        """Return an assignment."""
        return f"{'let ' if new else ''}{name} = {value}"

    def function(self, name: str, arguments: Sequence[str], body: Sequence[str]) -> list[str]:
        """Return a function."""
        return [f"function {name}({', '.join(arguments)}) {{", *indented(body), "}", ""]

    def loop(self, count: int, body: Sequence[str], changed: Sequence[str], stop: str) -> list[str]:
        """Return a loop."""
        return [f"for (let step = 0; step < {count}; step++) {{", *indented([*body, f"if ({stop}) break;"]), "}"]

    def choice(self, condition: str, then: str, otherwise: str) -> str:
        """Return one of two values."""
        return f"({condition} ? {then} : {otherwise})"

    def returned(self, made: Program) -> list[str]:
        """Return an object."""
        return ["return {", *(f"    {name}: {self.printer.doprint(value)}," for name, value in made.terms), "};"]
