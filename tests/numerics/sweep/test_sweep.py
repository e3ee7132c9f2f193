"""Grids as datasets: what `evaluate` gives, chunk by chunk, stopped and taken up again, and nothing of another grid."""

from __future__ import annotations

import functools
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import numerics as nm
import theory as th
from numerics.sweep import kept
from numerics.sweep.grid import Grid, chunk_shape

xarray = pytest.importorskip("xarray")
pytest.importorskip("zarr")

MODEL, TASK = th.random_features(), th.PowerLaw(1.5, 0.4)
AXES: dict[str, Any] = {"ridge": [1e-3, 0.1, 1.0], "n_samples": [30.0, 100.0, 300.0, math.inf], "n_features": [50, 80]}


CALLS: list[float] = []


def counted(spectrum: th.Spectrum, ridge: float, n_samples: float) -> Any:
    """Return numbers, and count."""
    CALLS.append(ridge)
    return {"test": spectrum.total_variance / n_samples, "steps": int(n_samples), "fine": ridge > 0.1}


def plain(x: float, y: float, power: int = 2) -> dict[str, float]:
    """Return two numbers."""
    return {"sum": x + y, "power": y**power}


# -- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "fixed"),
    [
        (MODEL, {"noise": 0.1}), (th.GradientFlow(MODEL), {"time": 30.0, "noise": 0.1}),
    ],
)  # fmt: skip
def test_a_sweep_is_what_evaluate_gives(model: Any, fixed: dict[str, Any]) -> None:
    axes = {name: values for name, values in AXES.items() if name != "ridge" or model is MODEL} | {"ensemble": [1, 2]}
    found = nm.sweep(model, TASK, axes, chunk=5, **fixed)
    given = dict(zip(axes, np.ix_(*map(np.asarray, axes.values())), strict=True))
    expected = model.evaluate(TASK, **given, **fixed)
    assert list(found.data_vars) == list(expected.answers)
    for name, column in expected.answers.items():
        assert found[name].dims == tuple(axes)
        assert found[name].dtype == column.dtype
        np.testing.assert_allclose(found[name].values, column, rtol=1e-11, atol=1e-13, err_msg=name)
    for name, values in axes.items():
        np.testing.assert_array_equal(found[name].values, values)
    assert found.attrs["model"] == repr(model)
    assert found.attrs["noise"] == 0.1
    assert found.status.attrs == expected.to_dataset().status.attrs


def test_one_pass_and_options_that_are_no_arrays() -> None:
    sgd = th.OnePassSGD()
    found = nm.sweep(sgd, TASK, {"step": [0.05, 0.1], "n_samples": [100, 1000]}, allow_unstable=True)
    expected = sgd.evaluate(TASK, step=[[0.05], [0.1]], n_samples=[100, 1000], allow_unstable=True)
    np.testing.assert_allclose(found["test"].values, expected.test, rtol=1e-12)
    found = nm.sweep(th.linear_ridge(), TASK.truncate(8), {"ridge": [0.1, 1.0], "entries": ["real", "complex"]},
                     n_samples=50, finite_size=True)  # fmt: skip
    for place, entries in enumerate(("real", "complex")):
        expected = th.linear_ridge().evaluate(
            TASK.truncate(8), ridge=[0.1, 1.0], entries=entries, n_samples=50, finite_size=True
        )
        np.testing.assert_allclose(found["test"].values[:, place], expected.test, rtol=1e-12)
    assert list(found["entries"].values) == ["real", "complex"]


def test_populations_and_simulations_vary_as_well() -> None:
    found = nm.sweep(
        MODEL, th.PowerLaw, {"ridge": [0.01, 0.1], "capacity": [1.2, 1.5]}, source=0.3, n_samples=50, n_features=40
    )
    for place, capacity in enumerate((1.2, 1.5)):
        at = MODEL.evaluate(th.PowerLaw(capacity, 0.3), ridge=[0.01, 0.1], n_samples=50, n_features=40)
        np.testing.assert_allclose(found["test"].values[:, place], at.test, rtol=1e-12)
    assert "task" not in found.attrs
    draw = functools.partial(nm.simulate, th.linear_ridge(), trials=3, seed=5, decompose=False, progress=False)
    found = nm.sweep(draw, TASK.truncate(12), {"n_samples": [8, 16], "ridge": [0.1, 1.0]}, noise=0.1)
    mc = draw(TASK.truncate(12), n_samples=16, ridge=[0.1, 1.0], noise=0.1)
    np.testing.assert_array_equal(found["test"].values[1], mc.test.mean)
    np.testing.assert_array_equal(found["test_stderr"].values[1], mc.test.stderr)
    runs = functools.partial(nm.simulate_sgd, th.OnePassSGD(), sketches=2, trials=2, seed=5, progress=False)
    found = nm.sweep(runs, TASK.truncate(12), {"n_samples": [8, 16]}, step=0.1)
    assert found["excluded"].values.tolist() == [0, 0]  # of each call, not of the whole


def test_functions_of_ones_own() -> None:
    found = nm.sweep(plain, None, {"x": [1, 2, 3], "y": [0.5, 2.0]}, power=3)
    np.testing.assert_array_equal(found["sum"].values, [[1.5, 3.0], [2.5, 4.0], [3.5, 5.0]])
    np.testing.assert_array_equal(found["power"].values, [[0.125, 8.0]] * 3)
    lone = nm.sweep(lambda spectrum, ridge: spectrum.total_variance * ridge, TASK.truncate(3), {"ridge": [1.0, 2.0]})
    np.testing.assert_allclose(lone["value"].values, TASK.truncate(3).total_variance * np.array([1.0, 2.0]))


@pytest.mark.parametrize("shape", [(3, 4, 5), (1,), (7, 1, 2)])
@pytest.mark.parametrize("most", [1, 2, 6, 1000])
def test_chunks_cover_a_grid_once(shape: tuple[int, ...], most: int) -> None:
    steps = chunk_shape(shape, [axis % 2 == 0 for axis in range(len(shape))], most)
    assert math.prod(steps) <= most
    grid = Grid(plain, None, {f"x{axis}": np.zeros(length) for axis, length in enumerate(shape)}, {}, steps)
    seen = np.zeros(shape)
    for index in range(grid.n_chunks):
        seen[grid.slices(index)] += 1
    assert (seen == 1).all()


# -- stopped, and taken up again --------------------------------------------------------------------------------------


def stopped_at(points: int) -> Any:
    """Return a progress that stops a run."""

    def told(done: int, total: int) -> None:
        if done >= points:
            raise KeyboardInterrupt

    return told


@pytest.mark.parametrize("chunk", [None, 4, 100])
def test_a_sweep_that_was_stopped_goes_on_and_equals_one_that_was_not(chunk: int | None, tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"axes": {"ridge": [0.1, 0.2, 0.4], "n_samples": [10, 20, 30, 40]}, "chunk": chunk}
    model, calls = counted, CALLS
    calls.clear()
    whole = nm.sweep(model, TASK, **arguments)
    assert len(calls) == 12
    calls.clear()
    keep = tmp_path / "inside" / "kept"
    with pytest.raises(KeyboardInterrupt):
        nm.sweep(model, TASK, store=keep, progress=stopped_at(5), **arguments)
    done = len(calls)
    assert done == {None: 5, 4: 8, 100: 12}[chunk]
    half = xarray.open_zarr(keep / kept.RESULTS, consolidated=False, chunks=None)
    assert int(np.isfinite(half["test"].values).sum()) == done
    counts: list[int] = []
    again = nm.sweep(model, TASK, store=keep, progress=lambda now, _: counts.append(now), **arguments)
    assert len(calls) == 12, "only what was missing"
    assert counts[0] == done
    assert counts[-1] == 12
    xarray.testing.assert_identical(again.load(), whole)
    with ThreadPoolExecutor(2) as executor:
        xarray.testing.assert_identical(nm.sweep(model, TASK, store=keep, executor=executor, **arguments).load(), whole)
        assert len(calls) == 12
        xarray.testing.assert_identical(nm.sweep(model, TASK, executor=executor, **arguments), whole)


def test_a_process_killed_while_it_writes_leaves_no_wrong_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = nm.sweep(MODEL, TASK, AXES, chunk=4)
    with monkeypatch.context() as patch:
        patch.setattr(kept, "FLUSH", 0.0)
        patch.setattr(
            kept.TrialStore, "add_all", lambda self, outcomes: stopped_at(0)(1, 1)
        )  # the numbers are there, not the marks
        with pytest.raises(KeyboardInterrupt):
            nm.sweep(MODEL, TASK, AXES, chunk=4, store=tmp_path / "a")
    counts: list[int] = []
    again = nm.sweep(MODEL, TASK, AXES, chunk=4, store=tmp_path / "a", progress=lambda done, _: counts.append(done))
    assert counts[0] == 0
    xarray.testing.assert_identical(again.load(), whole)


# -- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"noise": 0.2}, "fixed.noise is 0.1 in it and 0.2 here"),
        ({"axes": {**AXES, "ridge": [1e-3, 0.1, 2.0]}}, r"axes\.ridge\[2\] is 1\.0 in it and 2\.0 here"),
        ({"model": th.linear_ridge(), "axes": {"ridge": [0.1], "n_samples": [20]}}, r"n_features"),
        ({"task": th.PowerLaw(1.6, 0.4)}, "task.*3/2.* in it and .*8/5.* here"),
        ({"chunk": 3}, r"chunk\[\d\] is \d in it and \d here"),
        ({"model": plain, "task": None, "axes": {"x": [1.0], "y": [2.0]}, "noise": None}, r"axes\.x is null in it"),
    ],
)
def test_a_store_that_holds_another_sweep_is_refused(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    arguments = {"model": MODEL, "task": TASK, "axes": AXES, "noise": 0.1, "chunk": 100, "store": tmp_path / "a"}
    before = nm.sweep(**arguments).load()
    changed = {name: value for name, value in (arguments | changes).items() if value is not None or name == "task"}
    with pytest.raises(ValueError, match=message) as caught:
        nm.sweep(**changed)
    assert "store = " in str(caught.value)
    xarray.testing.assert_identical(nm.sweep(**arguments).load(), before)


def test_functions_are_known_by_what_they_do(tmp_path: Path) -> None:
    def times(factor: float) -> Any:
        return lambda x: factor * x

    axes = {"x": [1.0, 2.0]}
    nm.sweep(times(2.0), None, axes, store=tmp_path / "a")
    assert nm.sweep(times(2.0), None, axes, store=tmp_path / "a")["value"].values.tolist() == [2.0, 4.0]
    for other in (times(3.0), lambda x: 2.0 * x, lambda x: x + 2.0):
        with pytest.raises(ValueError, match="model"):
            nm.sweep(other, None, axes, store=tmp_path / "a")


class Unknown:
    """A model that says nothing of itself."""

    def evaluate(self, task: Any, *, x: float) -> float:
        """Return a number."""
        return x


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"axes": {}}, "axes = {}"),
        ({"axes": [0.1]}, "axes = "),
        ({"axes": {"ridge": 0.1}}, "ridge = 0.1"),
        ({"axes": {"ridge": [[0.1]]}}, "ridge = "),
        ({"axes": {"ridge": []}}, "ridge = "),
        ({"axes": {"ridge": [None]}}, "ridge = "),
        ({"axes": {"ridge": [0.1]}, "ridge": 0.2}, "an axis or a fixed argument, not both"),
        ({"axes": {"rige": [0.1]}}, "rige = .*ridge"),
        ({"axes": {"ridge": [0.1]}, "nose": 0.1}, "nose = "),
        ({"axes": {"ridge": [0.1]}, "noise": [0.1, 0.2]}, "noise = .*put it among the axes"),
        ({"axes": {"ridge": [0.1]}, "certified": True}, "certified"),
        ({"axes": {"ridge": [0.1]}, "chunk": 0}, "chunk = 0"),
        ({"axes": {"ridge": [0.1]}, "executor": 3}, "executor = 3"),
        ({"axes": {"ridge": [0.1]}, "store": 3}, "store = 3"),
        ({"model": 3, "axes": {"ridge": [0.1]}}, "model = 3"),
        ({"task": 3, "axes": {"ridge": [0.1]}}, "task = 3"),
        ({"model": plain, "task": None, "axes": {"z": [0.1]}}, "z = .*among x, y, power"),
        ({"model": th.OnePassSGD(), "axes": {"ridge": [0.1]}}, "ridge = .*among n_samples, step"),
        ({"model": lambda x: "word", "task": None, "axes": {"x": [0.1]}}, "with numbers for answers"),
        ({"model": lambda x: np.ones(3), "task": None, "axes": {"x": [0.1]}}, "one number a point"),
        ({"model": lambda x: {"a": 1.0} if x else {"b": 1.0}, "task": None, "axes": {"x": [0, 1]}}, "the same answers"),
        ({"model": lambda x: 1j if x else 1.0, "task": None, "axes": {"x": [0, 1]}}, "of one kind"),
        ({"model": Unknown(), "axes": {"x": [0.1]}, "store": "new"}, "leave store= out"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["memory", "folder"])
def test_bad_input(
    arguments: dict[str, Any], message: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given: dict[str, Any] = {"model": MODEL, "task": TASK}
    if arguments.get("model", MODEL) is MODEL:
        given |= {"n_samples": 30, "n_features": 20}
    if where == "folder":
        given["store"] = "a"
    with pytest.raises(ValueError, match=message):
        nm.sweep(**given | arguments)


def test_folders_that_are_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    axes = {"x": [1.0], "y": [2.0]}
    (tmp_path / "file").write_text("kept")
    with pytest.raises(ValueError, match="a folder, not a file"):
        nm.sweep(plain, None, axes, store=tmp_path / "file")
    with pytest.raises(ValueError, match="a folder that a sweep made"):
        nm.sweep(plain, None, axes, store=tmp_path)
    with pytest.raises(ValueError, match="choose another"):
        nm.sweep(plain, None, axes, store=tmp_path / "file" / "inside")
    assert (tmp_path / "file").read_text() == "kept"
    monkeypatch.setattr(kept, "IN_MEMORY", 10.0)
    with pytest.raises(ValueError, match="store = None .* GB of answers"):
        nm.sweep(plain, None, axes)
    assert nm.sweep(plain, None, axes, store=tmp_path / "new")["sum"].values == 3.0
