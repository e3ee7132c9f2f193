"""The ledger: as committed it holds every formula as it is; altered, the audit says how; made, it goes on where it stopped."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import sympy

import theory as th
from numerics.validation.ledger.audit import faults
from numerics.validation.ledger.catalogue import subjects
from numerics.validation.ledger.entries import Entry, Ledger, Witness, read
from numerics.validation.ledger.fingerprints import of_chain, text_of
from numerics.validation.ledger.inquiry import Inquiry
from numerics.validation.ledger.make import make
from numerics.validation.ledger.residues import Residues
from tests.scaletheory.invoke import run
from tests.zoo import LAYERS

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "ledger" / "ledger.json"


@pytest.fixture(scope="module")
def committed():
    return read(COMMITTED)


def subject(key):
    return next(each for each in subjects() if each.key == key)


def test_every_formula_has_three_witnesses_that_agree_with_it_as_it_is(committed):
    """What fails here: run `scaletheory validate --ledger --store docs/ledger/ledger.json`, and read what it says."""
    assert faults(committed) == []


def test_what_is_ready_made_is_in_it():
    chains = [each.model for each in subjects() if each.group == "chains"]
    made = {type(slot.layer) for chain in chains for slot in chain.slots}
    assert made >= set(LAYERS)
    assert any(chain.nonlinear for chain in chains)
    ready = [name for name in th.__all__ if getattr(getattr(th, name), "__module__", "") == "theory.models"]
    assert {each.key for each in subjects()} >= set(ready)
    tasks = [each.task for each in subjects() if each.group == "spectra"]
    public = [getattr(th, name) for name in th.__all__]
    spectra = {value for value in public if isinstance(value, type) and issubclass(value, th.Spectrum)} - {th.Spectrum}
    assert len(spectra) >= 5
    assert all(any(isinstance(task, kind) for task in tasks) for kind in spectra)
    run = {type(getattr(each, "training", getattr(each, "sgd", None))) for each in subjects()}
    assert run >= {th.GradientFlow, th.GradientDescent, th.OnePassSGD, th.MultiPassSGD}


def altered(ledger, key, name, **changes):
    page = ledger.pages[key]
    entry = replace(page.entries[name], **changes)
    return replace(ledger, pages={**ledger.pages, key: replace(page, entries={**page.entries, name: entry})})


def test_an_altered_ledger_is_found_out(committed):
    """Each alteration is one fault, and the one that it is."""
    one = [subject("linear_ridge")]
    short = Ledger(0, 1.0, {"linear_ridge": committed.pages["linear_ridge"]})
    page, entry = short.pages["linear_ridge"], short.pages["linear_ridge"].entries["test"]
    assert faults(short, one) == []
    without = {name: each for name, each in page.entries.items() if name != "test"}
    wrong = {**entry.witnesses, "digits": Witness("disagree", "off by 5e-02")}
    undecided = {kind: replace(each, verdict="undecided") for kind, each in entry.witnesses.items() if kind != "digits"}
    cases = [
        (replace(short, pages={}), "linear_ridge: no entry"),
        (replace(short, pages={"linear_ridge": replace(page, entries=without)}), "linear_ridge, test: no entry"),
        (replace(short, pages={**short.pages, "gone": page}), "gone: there is no such subject"),
        (replace(short, pages={"linear_ridge": replace(page, entries={**page.entries, "spread": entry})}),
         "linear_ridge, spread: there is no such formula"),
        (altered(short, "linear_ridge", "test", fingerprint="0" * 16),
         "linear_ridge, test: the entry is older than the formula"),
        (altered(short, "linear_ridge", "test", value=entry.value * 1.0001),
         f"linear_ridge, test: the formula was {entry.value * 1.0001:.12g} at its probe and is {entry.value:.12g}"),
        (altered(short, "linear_ridge", "test", witnesses=wrong), "linear_ridge, test: digits disagrees: off by 5e-02"),
        (altered(short, "linear_ridge", "test", witnesses={**undecided, "digits": entry.witnesses["digits"]}),
         "linear_ridge, test: 1 witnesses of 3: digits"),
        (replace(short, control=1.05), "made with control 1.05"),
    ]  # fmt: skip
    for ledger, words in cases:
        assert faults(ledger, one) == [words]


@pytest.mark.parametrize("key", ["pool"])
def test_a_wrong_theory_is_told_by_every_witness(key):
    one = subject(key)
    for witnesses in one.witnesses(Inquiry(control=1.05)).values():
        for kind, witness in witnesses.items():
            assert witness.verdict == ("none" if witness.words in ("not published",) else "disagree"), (kind, witness)


def test_equal_expressions_have_equal_residues_and_others_not():
    x, y = sympy.symbols("x y", positive=True)
    at = Residues(3)
    assert at.value((x + y) ** 2 / x) == at.value(x + 2 * y + y**2 / x)
    assert at.value(th.df2(x)) == at.value(th.df1(x) + x * sympy.diff(th.df1(x), x))
    assert at.value(x + y) != at.value(x + 2 * y)
    assert at.value(sympy.Function("chi")(x + x)) == at.value(sympy.Function("chi")(2 * x))
    assert Residues(3, {y: x}).value(y / x) == 1
    with pytest.raises(ZeroDivisionError):
        Residues(3, {y: x}).value(1 / (x - y))


def test_another_layer_is_another_formula():
    class Wrong(th.GaussianFeatures):
        def outer(self, level, own, noise):
            return level.through(ridge=level.ridge * own.factor(level.dof) ** 2, size=own.size)

    right, wrong = of_chain(th.random_features()), of_chain(th.Chain(th.Samples(), Wrong()))
    assert set(right) == set(wrong)
    assert all(right[name] != wrong[name] for name in right)
    assert len(set(right.values())) == len(right)


def test_words_are_no_code():
    code = 'def f(x):\n    """Say é."""\n    return "#" + x  # here\n'
    assert text_of(code) == text_of('def f(x):\n\n    return "#" + x\n')
    assert text_of(code) != text_of('def f(x):\n    return "#" - x\n')


class Counted:
    """A subject that counts how often it is asked."""

    group, setting = "trials", "nowhere"

    def __init__(self, key, value=1.5, broken=False):
        self.key, self.title, self.value, self.broken, self.asked = key, key, value, broken, 0

    def fingerprints(self):
        return {"one": "f" * 16}

    def probe(self):
        return {"one": self.value}

    def witnesses(self, inquiry):
        self.asked += 1
        if self.broken:
            raise KeyboardInterrupt
        return {"one": {kind: Witness("agree", "as it should be", {"error": 0.0}) for kind in ("identity", "digits", "route")}}


def test_an_interrupted_run_goes_on_and_changes_alone_are_made_anew(tmp_path):
    path, first, second = tmp_path / "ledger.json", Counted("first"), Counted("second", broken=True)
    with pytest.raises(KeyboardInterrupt):
        make(path, subjects=[first, second])
    second.broken = False
    found = make(path, subjects=[first, second])
    assert (first.asked, second.asked) == (1, 2)
    assert faults(found, [first, second]) == []
    text = path.read_text()
    assert make(path, subjects=[first, second]) == found == read(path)
    assert path.read_text() == text
    assert json.loads(text)["subjects"]["first"]["entries"]["one"]["value"] == 1.5
    first.value = 1.6
    assert faults(found, [first, second]) == ["first, one: the formula was 1.5 at its probe and is 1.6"]
    make(path, subjects=[first, second])
    assert (first.asked, second.asked) == (2, 2)
    with pytest.raises(ValueError, match="control"):
        make(path, control=1.05, subjects=[first])
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(ValueError, match="^--store"):
        make(tmp_path / "other.json", subjects=[first])


def test_entries_tell_what_agrees():
    entry = Entry("f", 1.0, {"identity": Witness("agree", ""), "digits": Witness("disagree", ""), "route": Witness("none", "")})
    assert (entry.agreeing, entry.disagreeing) == (["identity"], ["digits"])


@pytest.mark.parametrize(("options", "words"), [
    ((), "--store"), (("--store", "x.json", "--quick"), "--quick"), (("--store", "x.json", "--paper", "lin2024"), "--paper"),
    (("--store", str(Path(__file__))), "--store"),
])  # fmt: skip
def test_the_command_refuses_what_makes_no_sense(options, words):
    result = run("validate", "--ledger", *options)
    assert result.exit_code == 2
    assert words in result.stderr
