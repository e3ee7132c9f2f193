"""For other projects' tests: "this formula agrees with this simulation", in three lines.

    def test_mean_of_a_wishart(agrees):
        agrees(lambda n, d: d, estimator, [{"n": 40, "d": 10}])

Installed with the package (entry point `pytest11`), or by `-p scaletheory.pytest_plugin`. The test fails on "disagree", and on
"undecided" too, with the table of comparisons as its message: a test that cannot see is no test. Nothing is imported before
the fixture is called, so that projects with a `numerics` or `theory` of their own, and tests that do not use it, pay nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from scaletheory.neighbours import ForeignPackageError, check_ours

if TYPE_CHECKING:
    from numerics.check.agreement import Agreement


@pytest.fixture
def agrees() -> Callable[..., Agreement]:
    """Assert that a formula agrees with a simulation.

    `agrees(model, task, grid, ...)` holds a chain against its simulation (`crosscheck`),
    `agrees(formula, estimator, settings, ...)` any function against any other (`crosscheck_formula`), and
    `agrees(agreement)` takes the outcome of either. All keywords are theirs; the outcome is returned.
    """
    return _assert_agrees


def _assert_agrees(*arguments: Any, **options: Any) -> Agreement:
    __tracebackhide__ = True
    try:
        check_ours()
    except ForeignPackageError as foreign:
        pytest.fail(str(foreign), pytrace=False)
    from numerics.check.agreement import Agreement
    from numerics.check.crosscheck import crosscheck
    from numerics.check.formula import crosscheck_formula

    if len(arguments) == 1 and isinstance(arguments[0], Agreement):
        outcome = arguments[0]
    elif arguments and hasattr(arguments[0], "slots") and hasattr(arguments[0], "evaluate"):
        outcome = crosscheck(*arguments, **options)
    else:
        outcome = crosscheck_formula(*arguments, **options)
    if outcome.verdict != "agree":
        pytest.fail(f"formula and simulation: {outcome.verdict}\n{_complaint(outcome)}", pytrace=False)
    return outcome


def _complaint(outcome: Agreement) -> str:
    hint = "undecided: raise max_trials=, or the rule's resolution" if outcome.verdict == "undecided" else ""
    return "\n".join(line for line in (outcome.table(), hint) if line)
