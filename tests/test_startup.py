"""What is loaded, and when: `import theory` loads nothing, and what was derived before is evaluated without SymPy."""

import ast
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import theory

LOADED = "import json, sys; print(json.dumps([sorted(sys.modules), found]))"
EVALUATED = """
import numpy as np, theory as th
rates = th.Discrete(np.arange(1.0, 60.0) ** -1.5, np.ones(59))
at = {"ridge": 1e-3, "noise": 0.1, "n_samples": 40.0}
found = [th.linear_ridge().evaluate(th.PowerLaw(1.5, 0.4), **at).test.item().hex(),
         th.random_features().evaluate(rates, **at, n_features=[30.0, 70.0], ensemble=2).train.sum().hex(),
         th.Chain(th.Samples(), th.HaarProjection()).evaluate(rates, **at, n_features=20.0).bias.item().hex()]
"""


def run(code, **environment):
    """What is loaded after some lines, in a process of its own, and what was found."""
    answer = subprocess.check_output([sys.executable, "-c", f"{code}\n{LOADED}"], text=True, timeout=120,
                                     env=os.environ | environment)  # fmt: skip
    modules, found = json.loads(answer)
    return set(modules), found


def test_nothing_is_loaded_before_it_is_asked_for():
    before, _ = run("import importlib.util, typing; found = None")
    after, _ = run("import importlib.util, typing, theory; found = None")
    assert after - before == {"theory"}


def test_what_was_derived_before_is_evaluated_without_sympy(tmp_path):
    first, derived = run(EVALUATED, SCALETHEORY_CACHE=str(tmp_path))
    assert "sympy" in first
    assert len(list(tmp_path.rglob("*.json"))) == 4  # the traces, and three models' terms
    again, recalled = run(EVALUATED, SCALETHEORY_CACHE=str(tmp_path))
    assert again.isdisjoint({"sympy", "scipy", "flint", "pandas", "numpy.ma", "importlib.metadata"})
    assert recalled == derived


@pytest.mark.parametrize(
    ("code", "without"),
    [("import theory as th; found = th.PowerLaw(1.5, 0.4).trace(1, 0, 1, 0.01).item()", {"sympy", "scipy"}),
     ("import theory as th; found = repr(th.Chain(th.Samples(rows=th.exponential_memory(9.0))))", {"sympy", "scipy"}),
     ("import theory as th; found = str(th.linear_ridge().fixed_point)", {"scipy"})],
)  # fmt: skip
def test_declarations_load_no_more_than_they_need(code, without):
    modules, _ = run(code)
    assert modules.isdisjoint(without)


def test_type_checkers_know_the_same_names():
    tree = ast.parse(Path(theory.__file__).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"]
    seen = {name.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for name in node.names}
    assert seen.pop("conventions") == "theory"
    assert seen == theory._PLACE_OF
    assert sorted({*seen, "conventions"}) == theory.__all__
    for name in theory.__all__:
        assert getattr(theory, name) is not None


def test_rooms_are_reached_through_the_package():
    assert theory.errors.BadArgument is not None
    with pytest.raises(AttributeError, match="no attribute 'linear_rigde'; did you mean linear_ridge"):
        _ = theory.linear_rigde
    for absent in ("_nothing", "errors.BadArgument", "two words"):
        with pytest.raises(AttributeError):
            getattr(theory, absent)


def test_equal_populations_are_summed_once(monkeypatch):
    rates = np.arange(1.0, 300.0) ** -1.5
    nodes = theory.Discrete(rates, np.ones(299))._compressed
    law = theory.PowerLaw(1.37, 0.41)
    sums = law.total_variance, law.signal, theory.PowerLaw(1.37, 0.41, size=100)._nodes
    for place in ("power_law.total", "power_law.smooth_nodes", "sums.compression.compress"):
        monkeypatch.setattr(f"theory.spectra.{place}", None)
    assert theory.Discrete(rates, np.ones(299))._compressed is nodes
    law = theory.PowerLaw(1.37, 0.41)
    assert (law.total_variance, law.signal, theory.PowerLaw(1.37, 0.41, size=100)._nodes) == sums
    with pytest.raises(TypeError):
        _ = theory.Discrete(rates, np.full(299, 2.0))._compressed


def test_a_grid_takes_little_more_than_its_results():
    model, task = theory.linear_ridge(), theory.PowerLaw(1.5, 0.4)

    def beside(axis):
        """The most bytes that were held beside the results, on a grid."""
        model.evaluate(task, n_samples=np.full(10_000, 10.0))  # what is loaded once: formulas, and Numba where it is installed
        tracemalloc.start()
        given = {"n_samples": np.logspace(1, 5, axis)[:, None], "ridge": np.logspace(-6, 0, axis), "noise": 0.1}
        risk = model.evaluate(task, **given)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        own = sum(term.nbytes for term in risk.terms.values()) + risk.kappa.nbytes + risk.status.nbytes
        assert own == 57 * axis**2
        return peak - own

    assert (beside(450) - beside(300)) / (450**2 - 300**2) < 30  # a point: the two arguments that vary, and its number
