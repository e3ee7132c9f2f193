"""Files: tables, header lines, labels; what cannot be read is refused with the place and the reason."""

import numpy as np
import pytest

from numerics.data.files import read_array
from numerics.data.sets import DataWarning, load

RNG = np.random.default_rng(5)
X = RNG.standard_normal((40, 3))
Y = X @ [1.0, -2.0, 0.5] + 0.1 * RNG.standard_normal(40)


@pytest.mark.parametrize("suffix", ["npy", "csv", "npz", "single npz"])
def test_files(tmp_path, suffix):
    features, targets = tmp_path / f"X.{suffix[-3:]}", tmp_path / f"y.{suffix[-3:]}"
    if suffix == "npy":
        np.save(features, X)
        np.save(targets, Y)
    elif suffix == "csv":
        np.savetxt(features, X, delimiter=",", fmt="%.17g")
        np.savetxt(targets, Y, delimiter=",", fmt="%.17g")
    elif suffix == "npz":
        np.savez(features, X)
        np.savez(targets, Y)
    else:
        np.savez(features, X=X, y=Y)
        targets = None
    data = load(str(features), targets)
    assert data.name == "X"
    np.testing.assert_array_equal(data.features, X)
    np.testing.assert_allclose(data.targets[:, 0], Y - Y.mean(), rtol=1e-15, atol=1e-15)


def written(path, text):
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("1,2\n3\n", "columns"),
        ("1,2\n3,x\n", "line 2, column 2: 'x' is not a number"),
        ("1,2\n3,\n", "line 2, column 2: '' is not a number"),
        ("1,2\n\n# note\n3,1_0\n", "line 4, column 2"),
        ("1;2\n3;4\n", "not a number"),
        ("a,b\n", "not a number"),
        ("# nothing\n", "no data"),
        ("1,05\n2,25\n", "decimal commas"),
        ("1,5,2,05\n2,5,3,75\n", "decimal commas"),
        ("", "no data"),
        ("1,2\n3,nan\n", "features"),
        ("1,2\n1,2\n", "constant"),
    ],
)
def test_bad_csv_is_a_value_error(tmp_path, content, reason):
    with pytest.raises(ValueError, match=reason):
        load(written(tmp_path / "X.csv", content), written(tmp_path / "y.csv", "0.5\n1.5\n"))


def test_bad_files_are_value_errors(tmp_path):
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "short.npy", Y[:-1])
    np.save(tmp_path / "object.npy", np.array([{}, None]), allow_pickle=True)
    np.savez(tmp_path / "two.npz", a=X, b=Y)
    good, y = tmp_path / "X.npy", tmp_path / "short.npy"
    for features, targets, reason in [
        (good, None, "targets"),
        (good, y, "rows"),
        (good, tmp_path / "absent.npy", "No such file"),
        (tmp_path / "object.npy", y, "pickle"),
        (tmp_path / "two.npz", y, "named 'X'"),
        (written(tmp_path / "broken.npy", "text"), y, "readable"),
        (written(tmp_path / "broken.npz", "text"), y, "readable"),
        (written(tmp_path / "X.txt", "1,2"), y, "csv"),
        ("digits", y, "built-in"),
        ("digit", None, "mnist5k"),
        (tmp_path, y, "csv"),
    ]:
        with pytest.raises(ValueError, match=reason):
            load(features, targets)


def test_header_lines(tmp_path):
    plain = written(tmp_path / "plain.csv", "1,2.5\n3,4\n5,7\n")
    named = written(tmp_path / "named.csv", "\ufeffage, height\n1,2.5\n3,4\n5,7\n")
    for path, header in ((plain, None), (plain, False), (named, None), (named, True)):
        table = read_array(path, "source", ("X",), header=header, labels=False)
        np.testing.assert_array_equal(table, [[1.0, 2.5], [3.0, 4.0], [5.0, 7.0]])
    np.testing.assert_array_equal(read_array(plain, "source", ("X",), header=True, labels=False), [[3.0, 4.0], [5.0, 7.0]])
    with pytest.raises(ValueError, match="line 1, column 1: 'age' is not a number"):
        read_array(named, "source", ("X",), header=False, labels=False)
    np.save(tmp_path / "X.npy", X)
    with pytest.raises(ValueError, match="header = True .*only .csv"):
        load(tmp_path / "X.npy", tmp_path / "X.npy", header=True)
    with pytest.raises(ValueError, match="header = 'yes'"):
        load(plain, plain, header="yes")
    np.save(tmp_path / "y.npy", [0.5, 1.5, 2.0])
    assert load(named, tmp_path / "y.npy", header=True).features.shape == (3, 2)


def test_columns_of_labels_and_of_whole_numbers(tmp_path):
    def column(text, **options):
        return read_array(written(tmp_path / "y.csv", text), "targets", ("y",), **options)

    assert column("cat\ndog\ncat\n").tolist() == ["cat", "dog", "cat"]
    assert column("pet\ncat\ndog\n", header=True).tolist() == ["cat", "dog"]
    assert column('"a, b"\nC#\n').tolist() == ["a, b", "C#"]
    whole = column("y\n1\n2\n-3\n")
    assert (whole.dtype.kind, whole.tolist()) == ("i", [1, 2, -3])
    assert column("1\n2.5\n").tolist() == [1.0, 2.5]
    assert column("1\n2.0\n").dtype.kind == "f"
    assert column("1\n2a\n", labels=True).tolist() == ["1", "2a"]
    with pytest.raises(ValueError, match="line 3, column 1: 'NA' is not a number"):
        column("1.5\n2.5\nNA\n")


def test_a_header_in_one_file_only_is_pointed_out(tmp_path):
    features = written(tmp_path / "X.csv", "1,2\n3,4.5\n5,5\n")
    labels = written(tmp_path / "y.csv", "pet\ncat\ndog\ncat\n")
    with pytest.raises(ValueError, match="targets = 4 .*header"):
        load(features, labels)
    assert load(features, written(tmp_path / "z.csv", "cat\ndog\ncat\n")).targets.shape == (3, 2)


def test_decimal_commas_are_not_two_targets(tmp_path):
    features = written(tmp_path / "X.csv", "1,2\n3,4\n5,5\n")
    targets = written(tmp_path / "y.csv", "1,5\n2,5\n3,25\n")
    with pytest.raises(ValueError, match="targets = .*decimal commas, or two columns"):
        load(features, targets)
    for text in ("a,b\n1,5\n2,5\n3,25\n", "1.0,5\n2,5\n3,25\n", "1,5\n2,-5\n3,2e1\n"):
        assert load(features, written(targets, text)).targets.shape == (3, 2)


def test_labels_in_files_are_labels_without_a_guess(tmp_path):
    np.savetxt(tmp_path / "X.csv", X, delimiter=",")
    names = written(tmp_path / "y.csv", "\n".join(np.where(Y > 0, "up", "down")))
    data = load(tmp_path / "X.csv", names)
    assert (data.kind, data.notes, data.targets.shape) == ("classes", (), (40, 2))
    whole = written(tmp_path / "w.csv", "\n".join(str(int(y > 0)) for y in Y))
    with pytest.warns(DataWarning, match="2 whole values are taken for class labels"):
        assert load(tmp_path / "X.csv", whole).kind == "classes"
    assert load(tmp_path / "X.csv", whole, kind="numbers").targets.shape == (40, 1)
    np.testing.assert_array_equal(load(tmp_path / "X.csv", whole, kind="classes").targets, data.targets)
