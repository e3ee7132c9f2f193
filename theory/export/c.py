"""A model as a C file: `risk` fills an array of terms, in the order of `risk_terms`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from sympy.printing.c import C99CodePrinter

from theory.export.program import MODES, Program
from theory.export.scripting import Python
from theory.export.translate import indented


class C(Python):
    """C99, to be compiled with -lm; no memory is allocated but for the caller's arrays."""

    end = ";"
    joined: ClassVar[dict[str, str]] = {"or": "||", "and": "&&"}
    functions: ClassVar[dict[str, str]] = {"minimum": "fmin", "maximum": "fmax"}
    constants: ClassVar[dict[str, str]] = {"nan": "NAN", "inf": "INFINITY", "False": "0"}
    printer = C99CodePrinter()
    head = """#include <math.h>

/* Sum of weight x^i y^j over the modes, x = l/(l + kappa), y = kappa/(l + kappa). */
static double total(long n_modes, const double *eigenvalues, const double *weights, double kappa, int i, int j) {
    double found = 0.0;
    if (isnan(kappa)) return NAN;
    for (long k = 0; k < n_modes; k++) {
        double whole = eigenvalues[k] + kappa;
        if (whole > 0.0) found += weights[k] * pow(eigenvalues[k] / whole, i) * pow(kappa / whole, j);
        else if (i == 0) found += weights[k];
    }
    return found;
}

/* Sum of the eigenvalues. */
static double total_variance(long n_modes, const double *eigenvalues, const double *counts) {
    double found = 0.0;
    for (long k = 0; k < n_modes; k++) found += eigenvalues[k] * counts[k];
    return found;
}

/* What is left of a size, 1 - d/size, when `slack` is left of the smallest. */
static double share(double size, double floor, double slack) {
    return isinf(size) ? 1.0 : (size - floor + slack) / size;
}
"""

    def write(self, made: Program, title: str) -> str:
        """Return the file."""
        lines = ["/*", title.replace("*/", "* /"), "*/", "", *self.head.splitlines(), ""]
        for function in made.functions:
            lines += self.source(function)
        names = [name for name, _ in made.terms]
        lines += ["/*", *(line.strip('"') for line in self.documentation(made)),
                  "Here signals[k] = counts[k] * target_power[k] * eigenvalues[k]; `out` takes what risk_terms lists.",
                  "*/", f"enum {{ N_TERMS = {len(names)} }};",
                  "const char *const risk_terms[N_TERMS] = {", *indented([f'"{name}",' for name in names]), "};", ""]
        scalars = ", ".join(f"double {name}" for name in made.arguments)
        modes = ", ".join(f"const double *{name}" for name in MODES)
        lines += [f"void risk(long n_modes, {modes}, {scalars}, double *out) {{",
                  *indented([*self.assignments(made), *self.returned(made)]), "}"]  # fmt: skip
        return "\n".join(lines) + "\n"

    def called(self, name: str, arguments: Sequence[str]) -> str:
        """Return a call; what takes arrays takes their length first."""
        whole = ["n_modes", *arguments] if set(arguments) & set(MODES) else arguments
        return super().called(name, whole)

    def assignment(self, name: str, value: str, new: bool) -> str:
        """Return an assignment."""
        kind = "int " if name == "below" else "double "
        return f"{kind if new else ''}{name} = {value}"

    def function(self, name: str, arguments: Sequence[str], body: Sequence[str]) -> list[str]:
        """Return a function."""
        typed = [f"const double *{each}" if each in MODES else f"double {each}" for each in arguments]
        return [f"static double {name}({', '.join(['long n_modes', *typed])}) {{", *indented(body), "}", ""]

    def loop(self, count: int, body: Sequence[str], changed: Sequence[str], stop: str) -> list[str]:
        """Return a loop."""
        return [f"for (int step = 0; step < {count}; step++) {{", *indented([*body, f"if ({stop}) break;"]), "}"]

    def choice(self, condition: str, then: str, otherwise: str) -> str:
        """Return one of two values."""
        return f"({condition} ? {then} : {otherwise})"

    def power(self, base: str, exponent: str) -> str:
        """Return a power."""
        return f"pow({base}, {exponent})"

    def returned(self, made: Program) -> list[str]:
        """Return the statements that hand the terms out."""
        return [f"out[{k}] = {self.printer.doprint(value)};" for k, (_, value) in enumerate(made.terms)]
