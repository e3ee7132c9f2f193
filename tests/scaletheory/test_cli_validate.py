"""`scaletheory validate`: the report is written, verdicts come out, and the exit status tells."""

import functools
import json
from dataclasses import replace

import pytest

import scaletheory.commands.validate as module
from numerics.check.verdict import Rule
from numerics.papers import lin2024, reproduce
from numerics.validation.bench import Bench, Plan
from numerics.validation.experiments import validate
from tests.scaletheory import invoke

run = functools.partial(invoke.run, "validate")

TINY = Plan("quick", seed=0, size=8, trials=4, points=2, pool=40, check_size=8, check_samples=(2.0,), check_trials=10,
            rule=Rule(resolution=0.5, entry_resolution=0.9))  # fmt: skip


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setattr(module, "QUICK", TINY)


@pytest.fixture
def once(monkeypatch):
    """Run the experiments once, and judge two models, right even in systems so small: what is tested is what follows."""

    @functools.cache
    def experiments(plan):
        found = validate(Bench(plan))
        return replace(found, verdicts=found.verdicts[:2])

    monkeypatch.setattr(module, "validate", lambda bench: experiments(bench.plan))
    return experiments


def test_report_verdicts_and_exit_status(once, tmp_path, monkeypatch):
    out = tmp_path / "a" / "b"
    result = run("--quick", "--out", out, "--seed", "3", "--json", "--csv", tmp_path / "v.csv", "--plot", tmp_path / "v.pdf",
                 "--store", tmp_path / "kept")  # fmt: skip
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout, parse_constant=pytest.fail)
    assert (found["command"], found["seed"], found["report"]) == ("validate", 3, str(out / "report.md"))
    assert found["verdict"] in ("agree", "undecided")
    assert set(found["model"]) == {"linear ridge", "random features"}
    assert len(found["term"]) == len(found["z"]) == len(found["term_verdict"])
    assert "seed 3" in (out / "report.md").read_text(encoding="utf-8")
    assert len(list(out.glob("*.png"))) == 7
    assert len((tmp_path / "v.csv").read_text().splitlines()) == len(found["term"]) + 1
    assert (tmp_path / "v.pdf").read_bytes()[:4] == b"%PDF"
    assert len(list((tmp_path / "kept").glob("*.sqlite"))) > 20

    monkeypatch.setattr(module, "write_report", lambda found, folder, seconds: folder / "report.md")
    table = run("--quick", "--out", out, "--seed", "3")
    assert table.exit_code == 0
    assert f"verdict: {found['verdict']}" in table.stdout
    assert "random features" in table.stdout

    def wrong(bench):
        right = once(bench.plan)
        title, agreement = right.verdicts[0]
        return replace(right, verdicts=((title, agreement.scaled("test", 20.0)), *right.verdicts[1:]))

    monkeypatch.setattr(module, "validate", wrong)
    result = run("--quick", "--out", out, "--seed", "3", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["verdict"] == "disagree"


def test_a_bad_folder_is_one_line_and_exit_status_two(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "validate", lambda bench: pytest.fail("refused too late"))
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        result = run("--quick", "--out", place)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("Error: --out = ")
        assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("options", [("--seed", "-1"), ("--workers", "0"), ("--trials", "5")])
def test_bad_options_are_refused(options):
    result = run("--quick", *options)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


@pytest.fixture
def figure_one(monkeypatch):
    """Make the figure of Lin et al. once, in small."""
    small = replace(lin2024.QUICK, widths=(4, 8, 16), n_samples=(10, 20, 40), sketches=8, trials=4, resamples=4,
                    rule=Rule(resolution=0.5, entry_resolution=0.9))  # fmt: skip
    monkeypatch.setattr(lin2024, "QUICK", small)
    return functools.cache(lambda seed: reproduce("lin2024", quick=True, seed=seed))


@pytest.mark.slow
def test_a_paper_is_made_again(figure_one, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "reproduce", lambda paper, *, quick, seed, executor, progress, control: figure_one(seed))
    out, options = tmp_path / "lin", ("--paper", "lin2024", "--quick", "--seed", "3")
    result = run(*options, "--out", out, "--json", "--csv", tmp_path / "v.csv", "--plot", tmp_path / "v.pdf")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout, parse_constant=pytest.fail)
    assert (found["command"], found["paper"], found["seed"]) == ("validate", "lin2024", 3)
    assert (found["verdict"], found["report"]) == (figure_one(3).verdict, str(out / "report.md"))
    assert set(found["a = 1.5"]["p"]) == {"simulation", "stderr", "theory", "asymptotic"}
    assert set(found["model"]) == {"a = 1.5", "a = 2"}
    text = (out / "report.md").read_text(encoding="utf-8")
    assert "scaletheory validate --paper lin2024 --quick --seed 3" in text
    drawn = {f"lin2024-{name}.png" for name in ("a1.5", "a2", "figure1", "figure2", "figure3", "figure4")}
    assert {path.name for path in out.glob("*.png")} == drawn
    assert all(f"({path.name})" in text for path in out.glob("*.png"))
    assert len((tmp_path / "v.csv").read_text().splitlines()) == len(found["term"]) + 1
    assert (tmp_path / "v.pdf").read_bytes()[:4] == b"%PDF"

    title, agreement = figure_one(3).verdicts[0]
    wrong = replace(figure_one(3), verdicts=((title, agreement.scaled("reducible", 20.0)),), sections=())
    monkeypatch.setattr(module, "reproduce", lambda *paper, **options: wrong)
    result = run(*options, "--out", out)
    assert result.exit_code == 1
    assert "verdict: disagree" in result.stdout
    assert "simulated" in result.stdout


def test_an_unknown_paper_is_refused_with_those_there_are(tmp_path):
    result = run("--paper", "lin2025", "--out", tmp_path / "none")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "lin2025" in result.stderr
    assert "lin2024" in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "none").exists()
