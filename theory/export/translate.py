"""Translation of the small programs of `theory.export.program`: one class, which languages vary by a few methods."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import ClassVar

BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
COMPARED = {ast.Lt: "<", ast.Gt: ">", ast.Eq: "=="}


class Translator:
    """Statements and expressions as Python writes them; a language overrides what it writes otherwise.

    Attributes
    ----------
    functions : dict
        What the primitive functions (sqrt, minimum, isinf, …) are called.
    joined : dict
        What "and" and "or" are called.
    constants : dict
        What nan and False are called.
    end : str
        What ends a statement.
    """

    functions: ClassVar[dict[str, str]] = {}
    joined: ClassVar[dict[str, str]] = {}
    constants: ClassVar[dict[str, str]] = {}
    end = ""

    def source(self, text: str) -> list[str]:
        """Return the lines of statements or function definitions."""
        return [line for node in ast.parse(text).body for line in self.statement(node)]

    def statement(self, node: ast.stmt) -> list[str]:
        """Return the lines of one statement."""
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in node.args.args]
            declared: set[str] = set(names)
            body = [line for each in node.body for line in self._within(each, declared)]
            return self.function(node.name, names, body)
        return self._within(node, set())

    def _within(self, node: ast.stmt, declared: set[str]) -> list[str]:
        if isinstance(node, ast.Assign):
            (target,) = node.targets
            assert isinstance(target, ast.Name)
            new = target.id not in declared
            declared.add(target.id)
            return [self.assignment(target.id, self.expression(node.value), new) + self.end]
        if isinstance(node, ast.Return) and node.value is not None:
            return [f"return {self.expression(node.value)}{self.end}"]
        assert isinstance(node, ast.For), ast.dump(node)
        assert isinstance(node.iter, ast.Call)
        (count,) = node.iter.args
        assert isinstance(count, ast.Constant)
        *steps, last = node.body
        stop = ""
        if isinstance(last, ast.If):
            stop = self.expression(last.test)
        else:
            steps.append(last)
        inner = set(declared)
        changed = [each.targets[0].id for each in steps if isinstance(each, ast.Assign)  # type: ignore[attr-defined]
                   and each.targets[0].id in declared]  # type: ignore[attr-defined]  # fmt: skip
        body = [line for each in steps for line in self._within(each, inner)]
        return self.loop(int(str(count.value)), body, list(dict.fromkeys(changed)), stop)

    def assignment(self, name: str, value: str, new: bool) -> str:
        """Return an assignment; `new` tells whether the name is."""
        return f"{name} = {value}"

    def function(self, name: str, arguments: Sequence[str], body: Sequence[str]) -> list[str]:
        """Return a function."""
        return [f"def {name}({', '.join(arguments)}):", *indented(body), "", ""]

    def loop(self, count: int, body: Sequence[str], changed: Sequence[str], stop: str) -> list[str]:
        """Return a loop that is run a number of times at most, changes some names, and ends where `stop` holds."""
        return [f"for _ in range({count}):", *indented([*body, f"if {stop}:", "    break"])]

    def choice(self, condition: str, then: str, otherwise: str) -> str:
        """Return one of two values."""
        return f"({then} if {condition} else {otherwise})"

    def either(self, word: str, parts: Sequence[str]) -> str:
        """Return parts joined by "and" or "or"."""
        sign = self.joined.get(word, word)
        return f"({f' {sign} '.join(parts)})"

    def power(self, base: str, exponent: str) -> str:
        """Return a power."""
        return f"{base} ** {exponent}"

    def called(self, name: str, arguments: Sequence[str]) -> str:
        """Return a call."""
        return f"{self.functions.get(name, name)}({', '.join(arguments)})"

    def expression(self, node: ast.expr) -> str:
        """Return one expression, products and sums in parentheses where they need them."""
        if isinstance(node, ast.Name):
            return self.constants.get(node.id, node.id)
        if isinstance(node, ast.Constant):
            return self.constants.get(str(node.value), repr(node.value))
        if isinstance(node, ast.UnaryOp):
            return f"(-{self.expression(node.operand)})"
        if isinstance(node, ast.IfExp):
            return self.choice(*map(self.expression, (node.test, node.body, node.orelse)))
        if isinstance(node, ast.BoolOp):
            return self.either("or" if isinstance(node.op, ast.Or) else "and", [self.expression(each) for each in node.values])
        if isinstance(node, ast.Compare):
            left, right = self.expression(node.left), self.expression(node.comparators[0])
            return f"({left} {COMPARED[type(node.ops[0])]} {right})"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self.called(node.func.id, [self.expression(each) for each in node.args])
        assert isinstance(node, ast.BinOp), ast.dump(node)
        left, right = self.expression(node.left), self.expression(node.right)
        if isinstance(node.op, ast.Pow):
            return self.power(left, right)
        shown = f"{left} {BINARY[type(node.op)]} {right}"
        return shown if isinstance(node.op, ast.Mult) else f"({shown})"


def indented(lines: Sequence[str], by: int = 4) -> list[str]:
    """Return lines further to the right."""
    return [f"{' ' * by}{line}" if line else line for line in lines]
