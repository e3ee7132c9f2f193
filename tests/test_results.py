"""Results carry what they answer: their arguments, points by index, tables, frames, files; discovered by class."""

import json
import sys

import numpy as np
import pytest

import numerics as nm
import theory as th
from theory.errors import BadArgument
from theory.results.inputs import Inputs
from theory.results.result import Result, pointwise
from theory.results.tabular import Tabular

TASK, MODEL = th.PowerLaw(1.5, 0.4), th.random_features()
P, N = np.array([30.0, 60.0, 90.0, 120.0])[:, None], [20, 50, np.inf]
GRID = MODEL.evaluate(TASK, n_samples=P, n_features=N, ridge=1e-3, noise=0.1)


def alone(row, column):
    return MODEL.evaluate(TASK, n_samples=P[row, 0], n_features=N[column], ridge=1e-3, noise=0.1)


def test_inputs_are_all_arguments_broadcast():
    assert list(GRID.inputs) == ["n_samples", "n_features", "ridge", "noise", "ensemble"]
    assert {value.shape for value in GRID.inputs.values()} == {(4, 3)}
    np.testing.assert_array_equal(GRID.inputs["n_samples"][:, 1], P[:, 0])
    np.testing.assert_array_equal(GRID.inputs["n_features"][2], N)
    assert GRID.inputs.dims == ("n_samples", "n_features")
    assert GRID.inputs.about == {"model": "Chain(Samples(), GaussianFeatures())", "task": "PowerLaw(capacity=1.5, source=0.4)"}
    with pytest.raises(ValueError, match="read-only"):
        GRID.inputs["ridge"][0, 0] = 2.0


def test_inputs_are_not_the_callers():
    sizes = np.array([10.0, 20.0])
    out = MODEL.evaluate(TASK, n_samples=sizes, n_features=5, ridge=0.1)
    sizes[:] = 0.0
    np.testing.assert_array_equal(out.inputs["n_samples"], [10.0, 20.0])


@pytest.mark.parametrize(
    ("shape", "given", "dims"),
    [
        ((), {"a": 1}, ()),
        ((3,), {"a": [1, 2, 3], "b": 2}, ("a",)),
        ((3,), {"a": [1, 2, 3], "b": [4, 5, 6]}, ("point",)),
        ((1,), {"a": [1], "b": 2}, ("a",)),
        ((2, 3), {"a": [[1], [2]], "b": [1, 2, 3]}, ("a", "b")),
        ((2, 3), {"a": [[1], [2]], "b": np.ones((2, 3))}, ("point_0", "point_1")),
        ((2, 1), {"a": [[1], [2]], "b": [5]}, ("a", "b")),
    ],
)
def test_names_of_axes(shape, given, dims):
    assert Inputs(shape, given).dims == dims


@pytest.mark.parametrize("key", [(1, 2), (slice(None), 0), 3, (..., 1), (slice(1, 3), slice(None, 2))])
def test_points_by_index(key):
    part = GRID[key]
    np.testing.assert_array_equal(part.test, GRID.test[key])
    assert part.shape == GRID.test[key].shape == part.status.shape == part.variance["samples", "noise"].shape
    np.testing.assert_array_equal(part.inputs["n_samples"], GRID.inputs["n_samples"][key])
    np.testing.assert_array_equal(part.kappa, GRID.kappa[key])


def test_a_point_is_what_it_would_be_alone():
    for row, column in ((0, 0), (3, 2)):
        point, same = GRID[row, column], alone(row, column)
        assert isinstance(point.test, np.ndarray)
        assert point.shape == ()
        for key, value in same.terms.items():
            np.testing.assert_allclose(point.terms[key], value, rtol=1e-12)
        assert dict(point.inputs) == dict(same.inputs)


def test_points_by_mask():
    mask = GRID.test < np.median(GRID.test)
    part = GRID[mask]
    assert part.shape == (6,)
    np.testing.assert_array_equal(part.test, GRID.test[mask])
    assert part.inputs.dims == ("point",)
    assert list(part.inputs.constant) == ["ridge", "noise", "ensemble"]


def test_length_and_truth():
    assert len(GRID) == 4
    assert [row.shape for row in GRID] == [(3,)] * 4
    assert GRID[:0]
    with pytest.raises(TypeError, match="one point"):
        len(alone(0, 0))
    with pytest.raises(IndexError):
        GRID[7]


def test_repr_is_short():
    long = MODEL.evaluate(TASK, n_samples=np.arange(1, 200), n_features=50, noise=0.1)
    lines = repr(long).splitlines()
    assert lines[0] == "Risk of shape (199,): n_features 50, ridge 0, noise 0.1, ensemble 1"
    assert len(lines) == 1 + 1 + 12 + 1
    assert max(map(len, lines[:-1])) <= 110
    assert lines[7].split()[0] == "6"
    assert lines[8].split()[0] == "…"
    assert lines[9].split()[0] == "195"
    assert "interpolation threshold" in repr(long[45:55])
    assert long._repr_html_().count("<tr>") == 13
    assert "V[samples × features]" in long._repr_html_()


def test_frame():
    pandas = pytest.importorskip("pandas")
    table = GRID.to_frame()
    assert isinstance(table, pandas.DataFrame)
    assert len(table) == 12
    assert list(table.columns[:6]) == ["n_samples", "n_features", "ridge", "noise", "ensemble", "test"]
    np.testing.assert_array_equal(table["variance[samples*noise]"], GRID.variance["samples", "noise"].ravel())
    np.testing.assert_array_equal(table["n_features"], np.broadcast_to(N, (4, 3)).ravel())
    assert list(table["status"].unique()) == ["converged"]
    assert table.attrs["task"] == "PowerLaw(capacity=1.5, source=0.4)"


def test_dataset():
    pytest.importorskip("xarray")
    data = GRID.to_dataset()
    assert dict(data.sizes) == {"n_samples": 4, "n_features": 3}
    assert float(data.test.sel(n_samples=60.0, n_features=50)) == GRID.test[1, 1]
    assert float(data.noise) == 0.1
    assert data.status.attrs["ridgeless"] == 1
    along = th.GradientFlow(MODEL).evaluate(TASK, time=[1.0, 10.0], n_samples=100, n_features=50)
    assert along.to_dataset().test.dims == ("time",)
    zipped = MODEL.evaluate(TASK, n_samples=[10, 20], n_features=[20, 40], ridge=0.1).to_dataset()
    assert zipped.n_features.dims == zipped.test.dims == ("point",)


@pytest.mark.parametrize(("method", "package", "extra"), [("to_frame", "pandas", "frame"), ("to_dataset", "xarray", "dataset")])
def test_what_is_missing_is_named(monkeypatch, method, package, extra):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ValueError, match=rf"{package} is needed for {method}\(\): pip install 'scaletheory\[{extra}\]'"):
        getattr(GRID, method)()


def test_status_is_a_byte_with_words_behind_it():
    out = MODEL.evaluate(TASK, n_samples=[50.0, 60.0], n_features=50.0)
    assert out.status.dtype == np.int8
    assert list(out.reasons) == ["interpolation threshold: the ridgeless test risk diverges", "ridgeless"]


def test_precise_results_are_saved_to_the_last_digit(tmp_path):
    out = MODEL.evaluate(TASK, n_samples=[10, 20], n_features=7, ridge=0.1, noise=0.3, precision=40)
    out.save(tmp_path / "x.npz")
    again = th.Risk.load(tmp_path / "x.npz")
    assert all(one._mpf_ == other._mpf_ for one, other in zip(again.test, out.test, strict=True))


def test_files_that_are_not_ours(tmp_path):
    path = tmp_path / "x.npz"
    GRID.save(path)
    with pytest.raises(BadArgument, match=r"with a SGDRisk, not with a theory\.solve\.evaluate\.Risk.*load it by Risk\.load"):
        th.SGDRisk.load(path)
    np.savez(path, a=np.ones(2))
    with pytest.raises(BadArgument, match=r"a file that Risk\.save wrote"):
        th.Risk.load(path)
    path.write_text("nothing")
    with pytest.raises(BadArgument, match=r"a file that Risk\.save wrote"):
        th.Risk.load(path)
    header = {"format": 1, "version": "0", "result": {"class": "os.system", "fields": {}}}
    np.savez(path, scaletheory=np.array(json.dumps(header)))
    with pytest.raises(BadArgument, match="not with a os.system"):
        th.Risk.load(path)
    with pytest.raises(FileNotFoundError):
        th.Risk.load(tmp_path / "none.npz")


def test_simulations_and_theory_have_the_same_columns():
    task = TASK.truncate(30)
    sizes = {"n_samples": 10, "n_features": 20, "ridge": [0.1, 0.2], "noise": 0.1}
    measured, predicted = nm.simulate(MODEL, task, **sizes, trials=4, seed=0), MODEL.evaluate(task, **sizes)
    assert set(predicted.terms) == set(measured.terms)
    names = {name for name in measured.answers if not name.endswith("_stderr")}
    assert names == set(predicted.answers) - {"kappa", "status"}
    np.testing.assert_array_equal(measured[1].test.values, measured.test.values[:, 1])
    np.testing.assert_array_equal(measured.answers["test_stderr"], measured.test.stderr)
    assert measured.inputs["seed"].shape == (2,)


def test_every_result_declares_its_axes():
    public = [value for face in (th, nm) for value in vars(face).values() if isinstance(value, type)]
    classes = [each for each in public if issubclass(each, Result)]
    assert len(classes) > 8
    assert all(pointwise(each) for each in classes)
    assert issubclass(nm.Agreement, Tabular)


def test_the_best_ridge_and_the_density_are_tables():
    best = MODEL.optimal_ridge(TASK, n_samples=[100, 1000], n_features=50, noise=0.1)
    assert list(best.answers) == ["ridge", "risk", "status"]
    assert best.inputs.dims == ("n_samples",)
    density = MODEL.spectrum(TASK, n_samples=50, n_features=30)
    curve = density.curve(20)
    np.testing.assert_array_equal(curve.density, density.density(curve.inputs["eigenvalue"]))
    assert dict(density.inputs) == {"n_samples": 50, "n_features": 30, "of": "kernel"}


def test_versions(capsys):
    assert th.__version__
    th.show_versions()
    told = capsys.readouterr().out
    assert {"scaletheory", "numpy", "xarray", "Python"} <= {line.split()[0] for line in told.splitlines()}


def test_laws_are_tables_of_regimes(tmp_path):
    law = MODEL.exponents()
    assert repr(law) == "ChainLaw of Chain(Samples(), GaussianFeatures()) in n_samples, n_features, ridge, noise"
    assert [str(symbol) for symbol in law.inputs.values()] == ["P", "N", "lambda", "sigma2"]
    columns = law._columns
    assert len(columns["term"]) == 3 * len(law.terms)
    assert {"λ", "P^(-α)", "N^(-α)"} == set(columns["kappa"])
    law.save(tmp_path / "law.npz")
    again = th.Law.load(tmp_path / "law.npz")
    assert repr(again) == repr(law)
    ray = {"capacity": 1.5, "source": 0.4, "n_samples": 1, "n_features": 2, "ridge": -1.5}
    assert again.along(**ray)["test"] == law.along(**ray)["test"]


def test_what_cannot_be_written_without_pickle_is_refused(tmp_path):
    with pytest.raises(BadArgument, match="pickle the result instead"):
        th.Chain(th.Samples(), th.NonlinearFeatures(lambda x: x**3)).exponents().save(tmp_path / "law.npz")
