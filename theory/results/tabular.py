"""What has arguments and answers, point by point, shown and handed on as a table."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from numpy.typing import NDArray

from theory.results import frames, table
from theory.results.inputs import Inputs
from theory.results.status import Code, reasons


class Tabular:
    """Arguments by name, and answers of their shape."""

    outcomes: ClassVar[type[Code] | None] = None  # what the codes of an answer "status" mean

    inputs: Inputs

    @property
    def answers(self) -> dict[str, NDArray[Any]]:
        """What was computed by name, arrays of one shape."""
        raise NotImplementedError

    @property
    def attributes(self) -> dict[str, Any]:
        """What belongs to all points: numbers and words."""
        return dict(self.inputs.about)

    @property
    def headline(self) -> str:
        """A few words to stand above the table, beside what is constant."""
        return ""

    @property
    def _points(self) -> tuple[int, ...]:
        return next((answer.shape for answer in self.answers.values()), self.inputs.shape)

    def to_frame(self) -> Any:
        """Return a `pandas.DataFrame`: one row a point, arguments and answers as columns, the last axis fastest.

        Raises
        ------
        ValueError
            If pandas is not installed.
        """
        columns = {**self.inputs, **self.answers}
        words = {} if self.outcomes is None else {"status": [outcome.reason for outcome in self.outcomes]}
        return frames.frame(columns, self.attributes, words)

    def to_dataset(self) -> Any:
        """Return a `xarray.Dataset`: each axis named by the argument that varies along it, arguments as coordinates.

        An axis along which several arguments vary together is called "point".

        Raises
        ------
        ValueError
            If xarray is not installed.
        """
        inputs = self.inputs if self.inputs else Inputs(self._points, {})
        codes = {} if self.outcomes is None else {outcome.reason: outcome.value for outcome in self.outcomes}
        return frames.dataset(inputs, self.answers, self.attributes, {"status": codes} if codes else {})

    @property
    def _shown(self) -> tuple[str, dict[str, NDArray[Any]]]:
        """Return a title and the columns of a table."""
        constant, shape = self.inputs.constant, self._points
        words = [self.headline] * bool(self.headline) + [f"{name} {table.cell(value)}" for name, value in constant.items()]
        of = f" of shape {shape}" if shape else ""
        columns: dict[str, Any] = {name: value for name, value in self.inputs.items() if name not in constant}
        answers = self.answers
        if self.outcomes is not None and (found := answers.pop("status")).any():
            columns["status"] = reasons(found, self.outcomes)
        columns |= answers
        short = {re.sub(r"^variance\[(.*?)\]", lambda found: f"V[{found[1].replace('*', ' × ')}]", name): column
                 for name, column in columns.items()}  # fmt: skip
        return f"{type(self).__name__}{of}{': ' if words else ''}{', '.join(words)}", short

    def __repr__(self) -> str:
        return table.text(*self._shown, "out.to_frame() has all")

    def _repr_html_(self) -> str:
        return table.html_table(*self._shown)
